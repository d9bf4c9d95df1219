//! Where the marks of an axis stand, and what is written at them.

use crate::wording::grouped;

/// What the numbers of an axis are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AxisNumbers {
    /// Steps, epochs, counts: no mark stands between two whole numbers.
    Whole,
    /// Anything.
    Real,
}

/// The range of an axis and its marks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) ticks: Vec<(f64, String)>,
}

impl Axis {
    /// An axis over these numbers, with about `wanted` marks. Nothing to show is an axis from 0 to 1; one number alone gets
    /// room on both sides.
    pub(super) fn over(values: impl Iterator<Item = f64>, numbers: AxisNumbers, wanted: usize) -> Self {
        let (low, high) = values
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = if low > high { (0.0, 1.0) } else { (low, high) };
        // So close together that the difference is rounding.
        let (low, high) = if high - low > (low.abs().max(high.abs())) * 1e-12 {
            (low, high)
        } else {
            let room = (low.abs() * 0.1).max(if numbers == AxisNumbers::Whole { 0.5 } else { 1e-6 });
            (low - room, high + room)
        };
        Self { low, high, ticks: ticks(low, high, numbers, wanted) }
    }

    /// Where a number stands, 0 at the low end and 1 at the high end.
    pub(super) fn share(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(-0.1, 1.1)
    }
}

fn ticks(low: f64, high: f64, numbers: AxisNumbers, wanted: usize) -> Vec<(f64, String)> {
    let rough = (high - low) / wanted.max(1) as f64;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|times| times * power).into_iter().find(|step| *step >= rough * 0.999);
    let step = step.unwrap_or(power * 10.0);
    let step = if numbers == AxisNumbers::Whole { step.round().max(1.0) } else { step };
    let first = (low / step - 1e-9).ceil();
    let last = (high / step + 1e-9).floor();
    // Never more than are asked for, whatever the numbers do.
    let count = ((last - first).max(-1.0) as usize).saturating_add(1).min(wanted * 3 + 3);
    (0..count)
        .map(|n| (first + n as f64) * step)
        .filter(|value| last >= first && value.is_finite())
        .map(|value| (value, label(value, step)))
        .collect()
}

/// A number at its mark, with the decimals that tell it from its neighbours.
fn label(value: f64, step: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if step >= 1.0 {
        let sign = if value < 0.0 { "−" } else { "" };
        return format!("{sign}{}", grouped(value.abs().round() as u64));
    }
    if step < 1e-4 {
        return format!("{value:.1e}").replace('-', "−");
    }
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    format!("{value:.decimals$}").replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(values: &[f64], numbers: AxisNumbers) -> Vec<String> {
        Axis::over(values.iter().copied(), numbers, 6).ticks.into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn marks_stand_at_round_numbers() {
        assert_eq!(labels(&[0.0, 1.63], AxisNumbers::Real), ["0", "0.5", "1.0", "1.5"]);
        assert_eq!(labels(&[1.0, 18.0], AxisNumbers::Whole), ["5", "10", "15"]);
        assert_eq!(labels(&[1.0, 3.0], AxisNumbers::Whole), ["1", "2", "3"]);
        assert_eq!(labels(&[0.0, 100_000.0], AxisNumbers::Whole).last().unwrap(), "100,000");
        assert_eq!(labels(&[-0.2, 0.2], AxisNumbers::Real), ["−0.2", "−0.1", "0", "0.1", "0.2"]);
        assert_eq!(labels(&[0.0, 2e-5], AxisNumbers::Real)[1], "5.0e−6");
    }

    #[test]
    fn nothing_and_one_number_have_an_axis_too() {
        for values in [&[] as &[f64], &[f64::NAN], &[0.0], &[7.0, 7.0], &[1e300], &[-1e300, 1e300], &[9.1e18, 9.2e18]] {
            for numbers in [AxisNumbers::Whole, AxisNumbers::Real] {
                let axis = Axis::over(values.iter().copied(), numbers, 6);
                assert!(axis.low < axis.high && axis.ticks.len() < 22, "{values:?}: {axis:?}");
            }
        }
        assert_eq!(labels(&[7.0], AxisNumbers::Whole), ["7"]);
    }
}
