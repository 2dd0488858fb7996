//! The straight line through a curve.

use crate::profile::Sample;

/// By least squares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// Bytes a second.
    pub slope: f64,
    /// Bytes at time zero.
    pub base: f64,
}

impl Trend {
    /// Of samples; nothing if they are all of one time.
    pub fn of(samples: &[Sample]) -> Option<Self> {
        let count = samples.len() as f64;
        let mean = |of: fn(&Sample) -> f64| samples.iter().map(of).sum::<f64>() / count;
        let (middle, height) = (mean(|sample| sample.time), mean(|sample| sample.bytes as f64));
        let (mut spread, mut together) = (0.0, 0.0);
        for sample in samples {
            let away = sample.time - middle;
            spread += away * away;
            together += away * (sample.bytes as f64 - height);
        }
        let slope = together / spread;
        slope.is_finite().then_some(Self { slope, base: height - slope * middle })
    }

    /// Bytes at a time.
    pub fn at(&self, time: f64) -> f64 {
        self.base + self.slope * time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_again() {
        let samples = [(1.0, 5), (2.0, 8), (3.0, 11)].map(Sample::from);
        let trend = Trend::of(&samples).unwrap();
        assert!((trend.slope - 3.0).abs() < 1e-9 && (trend.at(0.0) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn one_time_has_no_trend() {
        assert_eq!(Trend::of(&[]), None);
        assert_eq!(Trend::of(&[(1.0, 5), (1.0, 8)].map(Sample::from)), None);
    }
}
