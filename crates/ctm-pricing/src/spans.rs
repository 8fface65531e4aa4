//! The spans of days in which quotes stay the same.

use chrono::{DateTime, NaiveDate};
use ctm_types::EpochMs;

/// The spans of UTC days between two changes of any price or rule of a [`PriceBook`](crate::PriceBook).
///
/// Quotes of the same billing and band are equal on all days of a span, so that it takes one for each span to price the usage of many
/// days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceSpans(Vec<NaiveDate>);

impl PriceSpans {
    /// Creates the spans between days of change, which come in any order.
    pub(crate) fn between(changes: impl Iterator<Item = NaiveDate>) -> Self {
        let mut changes: Vec<NaiveDate> = changes.collect();
        changes.sort_unstable();
        changes.dedup();
        Self(changes)
    }

    /// Returns the number of the span of a time in UTC epoch milliseconds, from 0; `None` where no calendar has a day for it.
    #[must_use]
    pub fn span_of(&self, at_ms: EpochMs) -> Option<usize> {
        let day = utc_day(at_ms)?;
        Some(self.0.partition_point(|first| *first <= day))
    }
}

/// Returns the UTC day of a time, if the calendar has it.
pub(crate) fn utc_day(at_ms: EpochMs) -> Option<NaiveDate> {
    Some(DateTime::from_timestamp_millis(at_ms.0)?.date_naive())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PriceBook;
    use ctm_types::{Billing, UtcDay};
    use std::collections::HashMap;

    const OWN: &str = r#"
        [[price]]
        model = "claude-opus-4-8"
        effective_from = "2026-09-09"
        input = "1"
        output = "2"
    "#;

    #[test]
    fn quotes_are_equal_on_all_days_of_a_span() {
        for book in [PriceBook::builtin(), PriceBook::builtin().with_overrides(OWN).unwrap()] {
            let spans = book.spans();
            let models: Vec<String> = book.models().map(|model| model.id.to_string()).collect();
            let mut found = HashMap::new();
            // From 2023-01-01 to 2027-05-17, and days without a date.
            for day in (19_358..20_955).chain([i64::MAX / UtcDay::MILLIS, i64::MIN / UtcDay::MILLIS]) {
                let at_ms = EpochMs(day * UtcDay::MILLIS);
                let span = spans.span_of(at_ms);
                for (model, refusal) in
                    models.iter().map(|model| (model, None)).chain([(&models[0], Some("cyber".to_owned()))])
                {
                    let billing = Billing { model: model.clone(), refusal, ..Billing::default() };
                    let quote = book.quote(&billing, Some(at_ms), 0);
                    let of_span = found.entry((billing, span)).or_insert_with(|| quote.clone());
                    assert_eq!(*of_span, quote, "{model} on day {day}");
                }
            }
        }
    }

    #[test]
    fn a_change_begins_a_span() {
        let own = PriceBook::builtin().with_overrides(OWN).unwrap().spans();
        let first = UtcDay::of_date("2026-09-09").unwrap().slot(0).start();
        let last_before = EpochMs(first.0 - 1);
        assert_eq!(own.span_of(last_before).map(|span| span + 1), own.span_of(first));
    }
}
