//! Changes of the level of a series: Pettitt's test, with binary segmentation.
//!
//! The test compares ranks, so that neither the distribution of the values nor an outlier matters.

/// Probability under which a change is not attributed to chance.
const SIGNIFICANCE: f64 = 0.01;

/// A change of the level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangePoint {
    /// Number of values before it.
    pub index: usize,
    /// Probability of such a difference without a change.
    pub p_value: f64,
}

/// Returns the changes of a series in order; at least `shortest` values are between them.
#[must_use]
pub fn change_points(values: &[f64], shortest: usize) -> Vec<ChangePoint> {
    let mut points = Vec::new();
    split(values, 0, shortest.max(1), &mut points);
    between_neighbours(values, &points, shortest.max(1))
}

/// Tests each change again between its neighbours: a first split was placed while others were not known.
fn between_neighbours(values: &[f64], points: &[ChangePoint], shortest: usize) -> Vec<ChangePoint> {
    let mut placed: Vec<ChangePoint> = Vec::new();
    let ends = points.iter().skip(1).map(|point| point.index).chain([values.len()]);
    for end in ends.take(points.len()) {
        let start = placed.last().map_or(0, |point| point.index);
        let found = strongest(&values[start..end], shortest);
        placed.extend(found.map(|point| ChangePoint { index: start + point.index, ..point }));
    }
    placed
}

/// Appends the changes of a segment that begins after `before` values.
fn split(values: &[f64], before: usize, shortest: usize, points: &mut Vec<ChangePoint>) {
    let Some(ChangePoint { index, p_value }) = strongest(values, shortest) else { return };
    let (first, second) = values.split_at(index);
    split(first, before, shortest, points);
    points.push(ChangePoint { index: before + index, p_value });
    split(second, before + index, shortest, points);
}

/// Returns the position at which the ranks on both sides differ most, if that is significant.
#[expect(clippy::cast_precision_loss, reason = "a series is short")]
fn strongest(values: &[f64], shortest: usize) -> Option<ChangePoint> {
    let count = values.len() as f64;
    let mut sum = 0.0;
    let statistics = ranks(values).into_iter().enumerate().map(|(index, rank)| {
        sum += rank;
        let before = index + 1;
        (before, (2.0 * sum - before as f64 * (count + 1.0)).abs())
    });
    let is_long = |(before, _): &(usize, f64)| *before >= shortest && values.len() - before >= shortest;
    let (index, statistic) = statistics.filter(is_long).max_by(|one, other| one.1.total_cmp(&other.1))?;
    let p_value = (2.0 * (-6.0 * statistic * statistic / (count.powi(3) + count.powi(2))).exp()).min(1.0);
    (p_value < SIGNIFICANCE).then_some(ChangePoint { index, p_value })
}

/// Returns the rank of each value, from 1; equal values have the mean of theirs.
#[expect(clippy::cast_precision_loss, reason = "a series is short")]
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|one, other| values[*one].total_cmp(&values[*other]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for equal in order.chunk_by(|one, other| values[*one].total_cmp(&values[*other]).is_eq()) {
        let rank = first as f64 + (equal.len() as f64 + 1.0) / 2.0;
        equal.iter().for_each(|index| ranks[*index] = rank);
        first += equal.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[f64], expected: &[usize]) {
        let found: Vec<usize> = change_points(values, 5).iter().map(|point| point.index).collect();
        assert_eq!(found, expected, "{values:?}");
    }

    /// Levels with a small, regular deviation.
    fn levels(levels: &[(usize, f64)]) -> Vec<f64> {
        let values = levels.iter().flat_map(|(count, level)| (0..*count).map(move |index| (index, *level)));
        values.map(|(index, level)| level + [0.0, -0.2, 0.1, -0.1, 0.2][index % 5]).collect()
    }

    #[test]
    fn equal_values_share_their_ranks() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
        assert!(ranks(&[]).is_empty());
    }

    #[test]
    fn a_level_that_changes_is_found_where_it_does() {
        check(&levels(&[(20, 5.0)]), &[]);
        check(&levels(&[(20, 5.0), (20, 4.0)]), &[20]);
        check(&levels(&[(20, 5.0), (15, 4.0), (25, 6.0)]), &[20, 35]);
        check(&[], &[]);
        check(&[1.0; 40], &[]);
    }

    #[test]
    fn few_values_are_no_proof_and_one_outlier_is_no_change() {
        check(&levels(&[(6, 5.0), (6, 1.0)]), &[]);
        let mut values = levels(&[(30, 5.0)]);
        values[29] = 1e9;
        check(&values, &[]);
    }
}
