//! The present state.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::query::{Compare, Period, Query};
use super::reporter::{Gathered, last_component};
use super::responses::amounts;
use super::wire;
use chrono::Weekday;
use chrono_tz::Tz;
use ctm_aggregate::{Amounts, Base, Bucket, Buckets, DateRange, Ledger, RangePreset, Split, Step, Trend};
use ctm_facts::{CatalogNames, ResponsePage, StoredResponse, TimeOrder, UsageFilter};
use ctm_types::printable::one_line;
use ctm_types::{ACTIVE_MS, EpochMs, Slot};
use std::collections::BTreeMap;

/// Time over which the pace of a session is measured, in milliseconds.
const PACE_MS: i64 = 10 * 60 * 1000;

/// The shortest time over which a pace is measured, in milliseconds.
const SHORTEST_MS: i64 = 60 * 1000;

/// Maximum number of responses that the paces are measured from: three a second.
const MOST_RESPONSES: usize = 5_000;

impl DatabaseReports {
    /// Returns the present state in a zone, of some projects and homes, or of all usage if none is named.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn now(&self, tz: Tz, week_start: Weekday, of: &UsageFilter) -> Result<wire::Now, ReportError> {
        let reporter = &self.reporter;
        let period = Period::Preset(RangePreset::Today);
        let query = Query { period, tz, filter: of.clone() };
        let today = reporter.today(tz);
        let span = |bucket: Bucket| {
            DateRange::new(bucket.first_day(today), bucket.last_day(today)).unwrap_or(DateRange::day(today))
        };
        let [day, week, month] = [Bucket::Day, Bucket::Week(week_start), Bucket::Month].map(span);
        let base = reporter.base(&query, Compare::Previous, day);
        let others = |_| base.iter().map(|base| base.days).chain([week, month]).collect();
        let gathered = reporter.gather(&query, CatalogNames::None, others).await?;
        let base = gathered.known_base(base);
        let ledger = reporter.ledger_of(&query, &gathered);
        let sessions = self.active_sessions(&query.filter).await?;
        let (usd_per_min, pace_certainty) = total_pace(sessions.as_deref());
        // Blocks and limits are those of homes.
        let UsageFilter { projects, homes, .. } = &query.filter;
        let is_of_homes = projects.is_empty();
        Ok(wire::Now {
            meta: reporter.meta(&query, &gathered, &ledger.within(day)),
            usd_per_min,
            pace_certainty,
            sessions: sessions.unwrap_or_default(),
            hours: self.hours(day, tz, base, &gathered),
            previous: base.map(|base| {
                gathered.previous(&base, &reporter.base_ledger(&query, &gathered, &base).total())
            }),
            day: self.span(day, tz, &ledger),
            week: self.span(week, tz, &ledger),
            month: self.span(month, tz, &ledger),
            block: if is_of_homes { reporter.current_block(homes).await? } else { None },
            limits: if is_of_homes { self.current_limits(homes).await? } else { None },
        })
    }

    /// Returns the present cost per minute of all active sessions, in US dollars; `None` if one of them has unknown cost.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn pace(&self) -> Result<Option<f64>, ReportError> {
        Ok(total_pace(self.active_sessions(&UsageFilter::default()).await?.as_deref()).0)
    }

    #[expect(clippy::cast_precision_loss, reason = "a part is for showing only")]
    fn span(&self, days: DateRange, tz: Tz, ledger: &Ledger) -> wire::CurrentSpan {
        let bounds = days.bounds_ms(tz);
        let elapsed = self.reporter.clock.now_ms().since(bounds.start) as f64;
        wire::CurrentSpan {
            from: days.from(),
            to: days.to(),
            elapsed: (elapsed / bounds.end.since(bounds.start) as f64).clamp(0.0, 1.0),
            usage: (&ledger.within(days).total()).into(),
        }
    }

    /// Returns the hours of a day with those of its base.
    fn hours(
        &self,
        day: DateRange,
        tz: Tz,
        base: Option<Base>,
        gathered: &Gathered,
    ) -> Vec<wire::HourOfToday> {
        let Gathered { rows, catalog, .. } = gathered;
        let amounts = |buckets: &Buckets| -> Vec<Amounts> {
            let trend = Trend::new(rows, catalog, &self.reporter.prices, buckets, Split::Nothing, 0);
            trend.total.buckets.iter().map(|usage| usage.amounts).collect()
        };
        let buckets = Buckets::new(day, Step::Hour, tz);
        let before = base.map(|base| {
            let buckets = Buckets::of_base(day, Step::Hour, tz, &base);
            let is_known =
                |index: usize| buckets.last_day(index, tz).is_some_and(|last| !gathered.is_unknown(last));
            let amounts = amounts(&buckets).into_iter().enumerate();
            amounts.map(|(index, amounts)| is_known(index).then_some(amounts)).collect::<Vec<_>>()
        });
        let before = |index| before.as_ref().and_then(|amounts| *amounts.get(index)?);
        let hours = buckets.starts().iter().zip(amounts(&buckets)).enumerate();
        hours
            .map(|(index, (start, amounts))| wire::HourOfToday {
                start_at: (*start).into(),
                cost_usd: amounts.cost_usd().map(wire::Usd),
                certainty: wire::Certainty::of(&amounts),
                previous_cost_usd: before(index).and_then(|before| before.cost_usd()).map(wire::Usd),
                previous_certainty: before(index)
                    .map_or(wire::Certainty::Unknown, |before| wire::Certainty::of(&before)),
            })
            .collect()
    }

    /// Returns the sessions that are active at present, the most expensive first; `None` of a team, which has no single responses.
    async fn active_sessions(
        &self,
        of: &UsageFilter,
    ) -> Result<Option<Vec<wire::ActiveSession>>, ReportError> {
        let Ok(store) = self.machine_store() else { return Ok(None) };
        let now_ms = self.reporter.clock.now_ms();
        let from = Some(Slot::of(now_ms.saturating_sub(PACE_MS)));
        let until = Some(Slot::after(now_ms.saturating_add(ACTIVE_MS)));
        let page =
            ResponsePage { limit: MOST_RESPONSES, order: TimeOrder::NewestFirst, ..ResponsePage::default() };
        let filter = self.billed(UsageFilter { from, until, ..of.clone() }).await?;
        let responses = store.responses(&filter, &page).await?;
        let mut by_session: BTreeMap<&str, Vec<&StoredResponse>> = BTreeMap::new();
        for response in responses.iter().filter(|response| response.at_ms.since(now_ms) < ACTIVE_MS) {
            by_session.entry(&response.session).or_default().push(response);
        }
        let sessions = by_session.values().filter_map(|responses| self.active_session(responses, now_ms));
        let mut sessions: Vec<_> = sessions.collect();
        let pace = |session: &wire::ActiveSession| session.usd_per_min.unwrap_or_default();
        sessions.sort_by(|one, other| pace(other).total_cmp(&pace(one)));
        Ok(Some(sessions))
    }

    /// Returns a session by its recent responses, the latest first; `None` if it is not active.
    #[expect(clippy::cast_precision_loss, reason = "a pace is for showing only")]
    fn active_session(&self, responses: &[&StoredResponse], now_ms: EpochMs) -> Option<wire::ActiveSession> {
        let (last, first) = (responses.first()?, responses.last()?);
        if now_ms.since(last.at_ms) >= ACTIVE_MS {
            return None;
        }
        let from_ms = now_ms.saturating_sub(PACE_MS);
        let mut recent = Amounts::default();
        for response in responses.iter().filter(|response| response.at_ms >= from_ms) {
            recent += amounts(response, &self.reporter.prices);
        }
        let minutes = now_ms.since(first.at_ms.max(from_ms)).max(SHORTEST_MS) as f64 / 60_000.0;
        let model = last.parts.first().map(|part| part.billing.model.clone()).unwrap_or_default();
        Some(wire::ActiveSession {
            id: last.session.clone(),
            project_label: one_line(last_component(&last.project)).into_owned(),
            project: last.project.clone(),
            model_label: one_line(&self.reporter.model_label(&model)).into_owned(),
            model,
            last_at: wire::Time::of(last.at_ms),
            usd_per_min: recent.cost_usd().map(|cost| cost.to_f64() / minutes),
            certainty: wire::Certainty::of(&recent),
        })
    }
}

/// Returns the pace of all sessions together, and how much of the usage it covers.
fn total_pace(sessions: Option<&[wire::ActiveSession]>) -> (Option<f64>, wire::Certainty) {
    let paces = |sessions: &[wire::ActiveSession]| {
        sessions.iter().map(|session| session.usd_per_min).collect::<Option<Vec<f64>>>()
    };
    let Some((sessions, paces)) = sessions.and_then(|sessions| Some((sessions, paces(sessions)?))) else {
        return (None, wire::Certainty::Unknown);
    };
    let is_exact = sessions.iter().all(|session| session.certainty == wire::Certainty::Exact);
    let certainty = if is_exact { wire::Certainty::Exact } else { wire::Certainty::AtLeast };
    // The sum of no numbers is -0.0 in Rust.
    (Some(paces.iter().fold(0.0, |sum, pace| sum + pace)), certainty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_of_no_session_is_zero_and_not_negative() {
        let (pace, certainty) = total_pace(Some(&[]));
        assert_eq!((pace.map(f64::to_bits), certainty), (Some(0.0_f64.to_bits()), wire::Certainty::Exact));
        assert_eq!(total_pace(None), (None, wire::Certainty::Unknown));
    }
}
