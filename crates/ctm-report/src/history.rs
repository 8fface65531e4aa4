//! Snapshots, and the data coverage of days.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::others::OtherCounts;
use super::page::PageQuery;
use super::query::Query;
use super::reporter::{MOST_EMPTY, Reporter};
use super::wire;
use chrono::NaiveDate;
use chrono_tz::Tz;
use ctm_aggregate::{Amounts, DateRange, day_of_slot};
use ctm_facts::{SnapshotPage, Snapshots};
use ctm_types::{EpochMs, UsageSnapshot};
use std::collections::{BTreeMap, BTreeSet};

impl DatabaseReports {
    /// Returns a page of the snapshots that were taken on these UTC days, and the data coverage
    /// of each day, which a team has not; without days, all snapshots, and all days since the first one with
    /// data. If there are more than ten years of days, those without data are omitted.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read, or the cursor is invalid.
    pub async fn history(
        &self,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
        page: &PageQuery,
    ) -> Result<wire::History, ReportError> {
        let today = self.reporter.today(Tz::UTC);
        let machine = self.machine_store().ok();
        let day_files = match machine {
            Some(store) => store.day_files().await?,
            None => Vec::new(),
        };
        let files: BTreeMap<NaiveDate, wire::Presence> = day_files
            .iter()
            .map(|day| {
                let presence = match (day.there, day.gone) {
                    (0, _) => wire::Presence::Gone,
                    (_, 0) => wire::Presence::Present,
                    _ => wire::Presence::Partial,
                };
                (day_of_slot(day.utc_day.slot(0), Tz::UTC), presence)
            })
            .collect();
        let others = OtherCounts::load(&self.reporter.facts, &Query::all()).await?;
        let known = files.keys().next().copied().into_iter().chain(others.first_day());
        let last = to.unwrap_or(from.map_or(today, |from| from.max(today)));
        let first = from.unwrap_or(known.min().map_or(last, |first| first.min(last)));
        let range = DateRange::new(first, last).unwrap_or(DateRange::day(last));
        let days: BTreeSet<NaiveDate> = if machine.is_some() && range.day_count() <= MOST_EMPTY {
            range.days().collect()
        } else {
            files.keys().copied().chain(others.days()).filter(|day| range.contains(*day)).collect()
        };
        let coverage = days.into_iter().map(|date| {
            let transcripts = files.get(&date).copied();
            let source = match transcripts {
                Some(_) => wire::FactSource::Events,
                None => others.source(date),
            };
            let programs = others.imported.of_day(date).map(|usage| usage.program).collect();
            wire::CoveredDay { date, source, transcripts, programs }
        });
        let mut imported = others.imported.within(range);
        self.reporter.compare_imported(&Query::all(), &mut imported).await?;

        // A snapshot with a wrong time is still a snapshot.
        let bounds = range.bounds_ms(Tz::UTC);
        let taken_ms = from.map_or(EpochMs::MIN, |_| bounds.start)..to.map_or(EpochMs::MAX, |_| bounds.end);
        let after = page
            .cursor
            .as_ref()
            .map(|cursor| cursor.parse().map_err(|_| ReportError::Cursor(cursor.clone())));
        let limit = page.limit.unwrap_or(usize::MAX - 1);
        // An additional row indicates a further page.
        let asked = SnapshotPage { after: after.transpose()?, limit: limit + 1, order: page.order.by_time() };
        let Snapshots { page: mut snapshots, total } = self.store.snapshots(&taken_ms, &asked).await?;
        let more = snapshots.len() > limit;
        snapshots.truncate(limit);
        Ok(wire::History {
            from: range.from(),
            to: range.to(),
            next_cursor: snapshots.last().filter(|_| more).map(|last| last.id.to_string()),
            total,
            items: snapshots.iter().map(|stored| snapshot_item(stored.id, &stored.snapshot)).collect(),
            coverage: coverage.collect(),
            imported,
        })
    }
}

impl DatabaseReports {
    /// Returns the time of the newest snapshot, in UTC epoch milliseconds.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn newest_snapshot_ms(&self) -> Result<Option<EpochMs>, ReportError> {
        Ok(self.store.last_snapshot().await?.map(|newest| newest.taken_at_ms))
    }
}

impl Reporter {
    /// Returns the present totals of all usage.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn snapshot(&self) -> Result<UsageSnapshot, ReportError> {
        let (total, data_version) = self.total(&Query::all()).await?;
        let amounts = &total.amounts;
        Ok(UsageSnapshot {
            taken_at_ms: self.clock.now_ms(),
            data_version,
            price_version: self.prices.version().to_owned(),
            tokens: amounts.tokens,
            web_searches: amounts.web_searches,
            responses: amounts.responses,
            sessions: total.session_count(),
            unfinalised: amounts.unfinalised,
            unpriced_tokens: amounts.unpriced_tokens,
            cost: amounts.cost_usd(),
            cache_saving: amounts.cache_saving,
        })
    }
}

fn snapshot_item(id: i64, snapshot: &UsageSnapshot) -> wire::Snapshot {
    let amounts = Amounts {
        tokens: snapshot.tokens,
        web_searches: snapshot.web_searches,
        responses: snapshot.responses,
        unfinalised: snapshot.unfinalised,
        cost: snapshot.cost.unwrap_or_default(),
        // Only whether anything had a price matters.
        priced_tokens: u64::from(snapshot.cost.is_some()),
        unpriced_tokens: snapshot.unpriced_tokens,
        cache_saving: snapshot.cache_saving,
        ..Amounts::default()
    };
    wire::Snapshot {
        id,
        taken_at: wire::Time::of(snapshot.taken_at_ms),
        data_version: snapshot.data_version,
        price_version: snapshot.price_version.clone(),
        totals: wire::Usage::of(&amounts, snapshot.sessions),
    }
}
