//! Sums of events: the one place where events become rows of usage.

use ctm_types::{Slot, UsageEvent, UsageKey, UsageRow};
use foldhash::HashMap;

/// Rows of usage while events are added to them.
#[derive(Debug, Default)]
pub struct UsageSums(HashMap<(Slot, UsageKey), UsageRow>);

impl UsageSums {
    /// Adds an event to the row that it agrees with in all that reports can group by.
    pub fn add(&mut self, key: &UsageKey, event: &UsageEvent) {
        self.0
            .entry((Slot::of(event.at_ms), *key))
            .and_modify(|row| row.add(event))
            .or_insert_with(|| UsageRow::of(event, key));
    }

    /// Adds a row of other events.
    pub fn join(&mut self, row: UsageRow) {
        self.0.entry((row.slot, row.key())).and_modify(|sum| sum.join(&row)).or_insert(row);
    }

    /// Returns the rows in no order.
    #[must_use]
    pub fn into_rows(self) -> Vec<UsageRow> {
        self.0.into_values().collect()
    }

    /// Returns the rows in the order of slots and keys, the same for the same events.
    #[must_use]
    pub fn into_sorted(self) -> Vec<UsageRow> {
        let mut rows: Vec<_> = self.0.into_iter().collect();
        rows.sort_unstable_by_key(|(key, _)| *key);
        rows.into_iter().map(|(_, row)| row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_types::{BillingId, EpochMs, FolderId, HomeId, ProjectId, SessionId, TokenCounts};

    #[test]
    fn events_that_agree_are_one_row() {
        let key = |session, sidechain| UsageKey {
            session: SessionId(session),
            project: ProjectId(1),
            folder: FolderId(1),
            home: HomeId(1),
            billing: BillingId(1),
            context_band: 0,
            sidechain,
        };
        let event = |at_ms, output, is_first| UsageEvent {
            at_ms,
            tokens: TokenCounts { output, ..TokenCounts::default() },
            web_searches: 1,
            is_first,
            is_final: false,
        };
        let mut sums = UsageSums::default();
        sums.add(&key(2, false), &event(EpochMs(0), 1, true));
        sums.add(&key(1, false), &event(EpochMs(5), 2, true));
        sums.add(&key(1, false), &event(EpochMs(3), 4, false));
        sums.add(&key(1, true), &event(EpochMs(3), 8, true));
        sums.add(&key(1, false), &event(EpochMs(Slot::MILLIS), 16, true));
        let rows = sums.into_sorted();
        let of =
            |row: &UsageRow| (row.slot.0, row.session.0, row.sidechain, row.tokens.output, row.responses);
        assert_eq!(
            rows.iter().map(of).collect::<Vec<_>>(),
            [(0, 1, false, 6, 1), (0, 1, true, 8, 1), (0, 2, false, 1, 1), (1, 1, false, 16, 1)]
        );
        assert_eq!((rows[0].first_ms, rows[0].last_ms, rows[0].unfinalised), (EpochMs(3), EpochMs(5), 1));
    }
}
