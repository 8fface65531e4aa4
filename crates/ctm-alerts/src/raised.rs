//! What was raised, so that no cause is raised twice.

use crate::cause::AlertCause;
use crate::rule::AlertRule;
use chrono_tz::Tz;
use ctm_types::EpochMs;
use std::collections::{BTreeMap, BTreeSet};

const MINUTE_MS: i64 = 60_000;

/// How far the time at which a cause was last present may be off: so, a cause that stays changes nothing from minute to minute.
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// Maximum number of causes that are remembered of a rule, those that were present most recently.
pub const MOST_CAUSES: usize = 1_000;

/// What a rule raised.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Raised {
    /// Time of the last alert.
    pub last_ms: Option<EpochMs>,
    /// The causes that were raised, by their keys, each with the time at which it was last present, to within a day.
    pub causes: BTreeMap<String, EpochMs>,
}

impl Raised {
    /// Returns which of the present causes are to be raised now, and remembers them: none twice, none within the quiet hours and the cooldown of
    /// the rule.
    #[must_use]
    pub fn due(
        &mut self,
        rule: &AlertRule,
        present: Vec<AlertCause>,
        now_ms: EpochMs,
        tz: Tz,
    ) -> Vec<AlertCause> {
        for cause in &present {
            if let Some(last_ms) = self.causes.get_mut(&cause.key)
                && now_ms.since(*last_ms) >= DAY_MS
            {
                *last_ms = now_ms;
            }
        }
        if rule.quiet.is_some_and(|quiet| quiet.contains(now_ms, tz)) || self.is_cooling(rule, now_ms) {
            return Vec::new();
        }
        let kept: BTreeSet<String> = present.iter().map(|cause| cause.key.clone()).collect();
        let mut due = Vec::new();
        for cause in present {
            if !self.causes.contains_key(&cause.key) {
                self.causes.insert(cause.key.clone(), now_ms);
                due.push(cause);
            }
        }
        if !due.is_empty() {
            self.last_ms = Some(now_ms);
            self.forget(&kept);
        }
        due
    }

    /// Returns whether the cooldown after the last alert lasts. A clock that went back ends it.
    fn is_cooling(&self, rule: &AlertRule, now_ms: EpochMs) -> bool {
        let cooldown_ms = i64::from(rule.cooldown_minutes) * MINUTE_MS;
        self.last_ms.is_some_and(|last_ms| (0..cooldown_ms).contains(&now_ms.since(last_ms)))
    }

    /// Forgets the causes that were present least recently, and none that is present.
    fn forget(&mut self, kept: &BTreeSet<String>) {
        let surplus = self.causes.len().saturating_sub(MOST_CAUSES);
        let absent = self.causes.iter().filter(|(key, _)| !kept.contains(*key));
        let mut by_time: Vec<_> = absent.map(|(key, at_ms)| (*at_ms, key.clone())).collect();
        by_time.sort_unstable();
        for (_, key) in by_time.into_iter().take(surplus) {
            self.causes.remove(&key);
        }
    }
}
