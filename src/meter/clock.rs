//! A clock of a few nanoseconds: the processor's invariant counter, or the monotonic clock.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// A point in time, in ticks of [`Clock`].
pub type Ticks = u64;

/// Which counter is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// `rdtsc` or `cntvct_el0`: constant rate, never stops, the same on all cores.
    Counter,
    /// `CLOCK_MONOTONIC`, in nanoseconds.
    Monotonic,
}

impl Clock {
    /// The best clock of this machine.
    pub fn pick() -> Self {
        if counter::is_invariant() { Self::Counter } else { Self::Monotonic }
    }

    /// Now.
    #[inline]
    pub fn now(self) -> Ticks {
        match self {
            Self::Counter => counter::read(),
            Self::Monotonic => monotonic(),
        }
    }

    /// Ticks in a nanosecond, measured over about `window`.
    pub fn ticks_per_ns(self, window: Duration) -> f64 {
        if self == Self::Monotonic {
            return 1.0;
        }
        let (start, ticks) = (Instant::now(), self.now());
        while start.elapsed() < window {
            std::hint::spin_loop();
        }
        let elapsed = start.elapsed();
        (self.now() - ticks) as f64 / elapsed.as_nanos() as f64
    }
}

fn monotonic() -> Ticks {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    let origin = ORIGIN.get_or_init(Instant::now);
    // 584 years fit.
    u64::try_from(origin.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(target_arch = "x86_64")]
mod counter {
    use std::arch::x86_64::{__cpuid, _rdtsc};

    /// Bit 8 of EDX of leaf `8000_0007h`: the counter runs at a constant rate in all power states
    /// (Intel SDM vol. 3, 18.17.1; AMD APM vol. 3, E.4.7).
    pub fn is_invariant() -> bool {
        __cpuid(0x8000_0000).eax >= 0x8000_0007 && __cpuid(0x8000_0007).edx & (1 << 8) != 0
    }

    #[inline]
    #[allow(unsafe_code, reason = "the one intrinsic of the clock")]
    pub fn read() -> u64 {
        // SAFETY: every x86-64 processor has the instruction, and it touches no memory.
        unsafe { _rdtsc() }
    }
}

#[cfg(target_arch = "aarch64")]
mod counter {
    /// The generic timer is invariant by architecture (Arm ARM, D12.1).
    pub fn is_invariant() -> bool {
        true
    }

    #[inline]
    #[allow(unsafe_code, reason = "the one intrinsic of the clock")]
    pub fn read() -> u64 {
        let ticks: u64;
        // SAFETY: Linux lets user space read the virtual counter; it touches no memory.
        unsafe {
            std::arch::asm!("mrs {}, cntvct_el0", out(reg) ticks, options(nomem, nostack));
        }
        ticks
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod counter {
    pub fn is_invariant() -> bool {
        false
    }

    pub fn read() -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_clocks_go_forward_and_count_nanoseconds() {
        for clock in [Clock::pick(), Clock::Monotonic] {
            let rate = clock.ticks_per_ns(Duration::from_millis(1));
            let start = clock.now();
            std::thread::sleep(Duration::from_millis(5));
            let ns = (clock.now() - start) as f64 / rate;
            assert!(ns > 4e6, "{clock:?} {ns}");
        }
    }
}
