//! When a failed notice is sent again.

use ctm_types::EpochMs;

const MINUTE_MS: i64 = 60_000;

/// The longest wait: six hours.
const LONGEST_MS: i64 = 6 * 60 * MINUTE_MS;

/// The most attempts: the last one is about a day after the first.
const MOST_ATTEMPTS: u32 = 13;

/// Returns when a notice is sent again after a number of failed attempts; `None` if it is not.
///
/// The wait is a minute after the first attempt and doubles up to six hours. `random`, from 0 to 1, changes it by up to a tenth, so that
/// senders that failed together do not return together.
#[must_use]
pub fn next_attempt_ms(attempts: u32, now_ms: EpochMs, random: f64) -> Option<EpochMs> {
    if attempts >= MOST_ATTEMPTS {
        return None;
    }
    let wait_ms = (MINUTE_MS << attempts.saturating_sub(1)).min(LONGEST_MS);
    let factor = 0.9 + random.clamp(0.0, 1.0) / 5.0;
    Some(now_ms.saturating_add((wait_ms as f64 * factor) as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_a_minute_to_six_hours_and_end_after_a_day() {
        let wait = |attempts| next_attempt_ms(attempts, EpochMs(7), 0.5).map(|at| (at.0 - 7) / MINUTE_MS);
        let waits: Vec<_> = (1..MOST_ATTEMPTS).map(|attempts| wait(attempts).unwrap()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]);
        assert_eq!(waits.iter().sum::<i64>() / 60, 26);
        assert_eq!((wait(0), wait(MOST_ATTEMPTS), wait(u32::MAX)), (Some(1), None, None));
    }

    #[test]
    fn chance_changes_a_wait_by_a_tenth_at_most() {
        let wait = |random| next_attempt_ms(1, EpochMs(0), random).unwrap().0;
        assert_eq!([-1.0, 0.0, 0.5, 1.0, 9.0].map(wait), [54_000, 54_000, 60_000, 66_000, 66_000]);
        assert!(wait(f64::NAN) >= 0);
        assert_eq!(next_attempt_ms(1, EpochMs(i64::MAX), 0.0), Some(EpochMs(i64::MAX)));
    }
}
