//! Signals as something to wait for and read, with who sent them.

use std::os::fd::AsFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::time::TimeSpec;

/// The signals that a recorder takes; no other code of this thread gets them while it does.
#[derive(Debug)]
pub struct Signals {
    descriptor: SignalFd,
    before: SigSet,
}

/// A signal that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// Which one.
    pub signal: Signal,
    /// Whether the kernel sent it, as it does for the keys of a terminal: then it went to all
    /// processes of the group.
    pub by_kernel: bool,
}

impl Signals {
    /// Takes signals from now on.
    ///
    /// # Errors
    /// What the system says.
    pub fn take(signals: &[Signal]) -> nix::Result<Self> {
        let set: SigSet = signals.iter().copied().collect();
        let before = set.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
        match SignalFd::with_flags(&set, flags) {
            Ok(descriptor) => Ok(Self { descriptor, before }),
            Err(error) => {
                before.thread_set_mask()?;
                Err(error)
            }
        }
    }

    /// The next one that came and was not read yet.
    pub fn next(&self) -> Option<Received> {
        loop {
            let about = self.descriptor.read_signal().ok().flatten()?;
            let number = i32::try_from(about.ssi_signo).unwrap_or(0);
            if let Ok(signal) = Signal::try_from(number) {
                return Some(Received { signal, by_kernel: about.ssi_code == libc::SI_KERNEL });
            }
        }
    }

    /// Waits until there is one to read, but no longer than `most`. Whether there may be one.
    pub fn wait(&self, most: Duration) -> bool {
        let mut descriptors = [PollFd::new(self.descriptor.as_fd(), PollFlags::POLLIN)];
        match ppoll(&mut descriptors, Some(TimeSpec::from(most)), None) {
            Ok(ready) => ready > 0,
            Err(error) => {
                if error == Errno::EINVAL {
                    // Nothing to wait for in that way: rather sleep than spin.
                    std::thread::sleep(most);
                }
                true
            }
        }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        let _ = self.before.thread_set_mask();
    }
}

#[cfg(test)]
mod tests {
    use nix::sys::signal::raise;

    use super::*;

    #[test]
    fn a_signal_is_read_where_it_was_waited_for() {
        let signals = Signals::take(&[Signal::SIGUSR1, Signal::SIGWINCH]).unwrap();
        assert_eq!(signals.next(), None);
        raise(Signal::SIGUSR1).unwrap();
        assert!(signals.wait(Duration::from_secs(60)));
        let received = signals.next().unwrap();
        assert_eq!(received, Received { signal: Signal::SIGUSR1, by_kernel: false });
        assert_eq!(signals.next(), None);
    }
}
