//! The few figures that the analysis needs, each on plain numbers.

/// A straight line through points, and how sure its slope is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slope {
    /// Change a step.
    pub per_step: f64,
    /// The slope by its standard error: Student's t. Infinite for points that lie on the line.
    pub t: f64,
    /// The t beyond which the slope is taken for real: one-sided, 95 of 100. Losses of steps that follow each other are not
    /// quite independent, so this is a measure and no proof.
    pub critical_t: f64,
    /// The line at the first point.
    pub start: f64,
    /// The line at the last point.
    pub end: f64,
}

impl Slope {
    /// The line that fits best by least squares; at least three points, at two places or more.
    pub(super) fn of(points: &[(f64, f64)]) -> Option<Self> {
        let count = points.len();
        if count < 3 {
            return None;
        }
        let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count as f64;
        let (mean_x, mean_y) = (mean(|point| point.0), mean(|point| point.1));
        let spread: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
        if spread <= 0.0 || !spread.is_finite() {
            return None;
        }
        let per_step = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum::<f64>() / spread;
        let at = |x: f64| mean_y + per_step * (x - mean_x);
        let rest: f64 = points.iter().map(|(x, y)| (y - at(*x)).powi(2)).sum();
        let freedom = count - 2;
        let error = (rest / freedom as f64 / spread).sqrt();
        let t = if per_step == 0.0 { 0.0 } else { per_step / error };
        let (start, end) = (at(points[0].0), at(points[count - 1].0));
        Some(Self { per_step, t, critical_t: critical_t(freedom), start, end })
    }

    /// Whether it rises, beyond what chance explains.
    pub fn rises(&self) -> bool {
        self.t > self.critical_t
    }

    /// Whether it falls, beyond what chance explains.
    pub fn falls(&self) -> bool {
        self.t < -self.critical_t
    }
}

/// Student's t, one-sided 95 of 100, by the degrees of freedom (any table of the distribution).
fn critical_t(freedom: usize) -> f64 {
    const FEW: [f64; 12] = [6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833, 1.812, 1.796, 1.782];
    match freedom {
        0..=12 => FEW[freedom.max(1) - 1],
        13..=20 => 1.746,
        21..=40 => 1.697,
        _ => 1.660,
    }
}

/// The mean; `None` of nothing.
pub(super) fn mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.into_iter().fold((0.0, 0usize), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f64)
}

/// A quantile of sorted numbers, between two of them by their distance (as `numpy.quantile` does).
pub(super) fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    Some(below + (above - below) * place.fract())
}

/// How many values to each side the trend looks at: a twentieth of them, so that its window is a tenth.
pub(super) fn trend_reach(count: usize) -> usize {
    (count / 20).max(1)
}

/// The smoothed trend: a centred moving mean, taken twice, so that near values count for more than far ones. Near the ends the
/// window shrinks on both sides alike, so that the trend neither lags nor is bent; to a quarter and no further, where the last
/// of many values alone would be noise. Gaps count for nothing.
pub(super) fn smooth(values: &[Option<f64>], reach: usize) -> Vec<Option<f64>> {
    moving_mean(&moving_mean(values, reach), reach)
}

fn moving_mean(values: &[Option<f64>], reach: usize) -> Vec<Option<f64>> {
    let mut sums = Vec::with_capacity(values.len() + 1);
    let (mut sum, mut count) = (0.0, 0u32);
    sums.push((sum, count));
    for value in values {
        if let Some(value) = value {
            sum += value;
            count += 1;
        }
        sums.push((sum, count));
    }
    let mean_at = |at: usize| {
        let last = values.len() - 1;
        let reach = reach.min(at).min(last - at).max(reach / 4);
        let ((low, before), (high, after)) = (sums[at.saturating_sub(reach)], sums[(at + reach).min(last) + 1]);
        (after > before).then(|| (high - low) / f64::from(after - before))
    };
    (0..values.len()).map(|at| values[at].and_then(|_| mean_at(at))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slope_has_the_t_that_a_table_gives() {
        // Worked by hand: slope 0.9, residuals 0.2 −0.7 0.4 0.5 −0.4, standard error √(1.1/3/10).
        let line = Slope::of(&[(1.0, 1.2), (2.0, 1.2), (3.0, 3.2), (4.0, 4.2), (5.0, 4.2)]).unwrap();
        assert!((line.per_step - 0.9).abs() < 1e-12, "{line:?}");
        assert!((line.t - 0.9 / (1.1f64 / 3.0 / 10.0).sqrt()).abs() < 1e-9, "{line:?}");
        assert!((line.critical_t - 2.353).abs() < 1e-9 && line.rises() && !line.falls());
        assert!((line.start - 1.0).abs() < 1e-12 && (line.end - 4.6).abs() < 1e-12, "{line:?}");
        let flat = Slope::of(&[(1.0, 2.0), (2.0, 2.0), (3.0, 2.0)]).unwrap();
        assert!(!flat.rises() && !flat.falls());
        assert!(Slope::of(&[(1.0, 3.0), (2.0, 2.0), (3.0, 1.0)]).unwrap().falls());
        assert_eq!(Slope::of(&[(1.0, 1.0), (1.0, 2.0), (1.0, 3.0)]), None);
    }

    #[test]
    fn quantiles_are_those_of_numpy() {
        let sorted = [1.0, 2.0, 4.0, 8.0];
        assert_eq!(
            [0.0, 0.25, 0.5, 1.0].map(|share| quantile(&sorted, share)),
            [Some(1.0), Some(1.75), Some(3.0), Some(8.0)]
        );
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn the_trend_keeps_a_straight_line_to_its_ends_and_looks_past_gaps() {
        let line: Vec<_> = (0..50).map(|n| Some(f64::from(n) * 2.0)).collect();
        for (value, smoothed) in line.iter().zip(smooth(&line, 3)) {
            assert!((value.unwrap() - smoothed.unwrap()).abs() < 1e-9);
        }
        let smoothed = smooth(&[Some(1.0), None, Some(3.0), Some(3.0), Some(9.0)], 1);
        assert_eq!((smoothed[0], smoothed[1], smoothed[2]), (Some(1.0), None, Some(4.0)));
    }

    #[test]
    fn the_trend_of_many_values_does_not_end_at_the_last_one() {
        let mut values = vec![Some(1.0); 1_000];
        values[999] = Some(11.0);
        let end = smooth(&values, trend_reach(1_000))[999].unwrap();
        assert!(end < 2.0, "{end}");
    }
}
