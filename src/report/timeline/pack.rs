//! Samples as text that is short and quickly read: what changed from one to the next, in as many
//! bytes as that takes, in base64.

use crate::profile::Sample;

/// Fewer steps than this a curve is not drawn with.
const STEPS: f64 = 100_000.0;
/// The digits of base64 (RFC 4648).
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The step of time for recordings of some length: as fine as in files, or finer where the whole
/// is short. Seconds.
pub fn tick(duration: f64) -> f64 {
    let mut tick = 1e-4;
    while tick > 1e-9 && duration < tick * STEPS {
        tick /= 10.0;
    }
    tick
}

/// The largest power of two, up to a page of memory, that all samples are multiples of. Bytes.
pub fn unit<'a>(samples: impl Iterator<Item = &'a Sample>) -> i64 {
    let bits = samples.fold(1 << 12, |bits, sample| bits | sample.bytes);
    bits & bits.wrapping_neg()
}

/// Samples, in order of time: of each the ticks and the units by which it is more than the one
/// before, which is at zero for the first.
pub fn pack(samples: &[Sample], tick: f64, unit: i64) -> String {
    let mut bytes = Vec::with_capacity(4 * samples.len());
    let (mut before, mut level) = (0, 0_i64);
    for sample in samples {
        let at = ticks(sample.time, tick).max(before);
        let units = sample.bytes / unit;
        number(&mut bytes, at - before);
        number(&mut bytes, zigzag(units.wrapping_sub(level)));
        (before, level) = (at, units);
    }
    base64(&bytes)
}

/// A time in ticks.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is rounded")]
pub fn ticks(time: f64, tick: f64) -> u64 {
    // What a double holds exactly.
    (time / tick).round().clamp(0.0, 9e15) as u64
}

/// Signed to unsigned: small stays small.
fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

/// Seven bits a byte, the low ones first; the highest bit says that there are more.
fn number(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0, |bits, &byte| bits << 8 | u32::from(byte));
        let bits = bits << (8 * (3 - group.len()));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= group.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_is_as_others_have_it() {
        let texts =
            ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|text| base64(text.as_bytes()));
        assert_eq!(texts, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]);
    }

    #[test]
    fn units_and_ticks_fit_the_recording() {
        let samples = |bytes: &[i64]| -> Vec<_> {
            bytes.iter().map(|&bytes| Sample { time: 0.0, bytes }).collect()
        };
        assert_eq!(unit(samples(&[8192, 4096]).iter()), 4096);
        assert_eq!(unit(samples(&[1 << 20, 3072]).iter()), 1024);
        assert_eq!(unit(samples(&[7]).iter()), 1);
        assert_eq!(unit([].iter()), 4096);
        assert!(tick(1000.0) > 0.9e-4 && tick(0.5) < 1.1e-5 && tick(0.0) > 0.0);
    }

    /// As the page reads it.
    fn unpack(text: &str, tick: f64, unit: i64) -> Vec<Sample> {
        let mut bits = text.bytes().filter(|digit| *digit != b'=').flat_map(|digit| {
            let value = DIGITS.iter().position(|known| *known == digit).unwrap();
            (0..6).rev().map(move |place| value >> place & 1)
        });
        let mut bytes = Vec::new();
        loop {
            let byte: Vec<_> = bits.by_ref().take(8).collect();
            if byte.len() < 8 {
                break;
            }
            bytes.push(byte.iter().fold(0, |all, bit| all << 1 | *bit as u64));
        }
        let mut numbers = Vec::new();
        let (mut number, mut place) = (0_u64, 0);
        for byte in bytes {
            number |= (byte & 0x7f) << place;
            place += 7;
            if byte < 0x80 {
                numbers.push(number);
                (number, place) = (0, 0);
            }
        }
        let (mut at, mut level) = (0, 0_i64);
        let read = |pair: &[u64]| {
            at += pair[0];
            level = level.wrapping_add((pair[1] >> 1).cast_signed() ^ -(pair[1] & 1).cast_signed());
            Sample { time: at as f64 * tick, bytes: level * unit }
        };
        numbers.chunks(2).map(read).collect()
    }

    proptest! {
        #[test]
        fn what_is_packed_is_there_again(
            steps in proptest::collection::vec((0..100_000_u32, -(1_i64 << 40)..1 << 40), 0..50),
        ) {
            let mut at = 0;
            let samples: Vec<_> = steps.iter().map(|&(step, bytes)| {
                at += u64::from(step);
                Sample { time: at as f64 * 1e-4, bytes: bytes * 1024 }
            }).collect();
            let unit = unit(samples.iter());
            prop_assert!(unit >= 1024);
            prop_assert_eq!(unpack(&pack(&samples, 1e-4, unit), 1e-4, unit), samples);
        }
    }
}
