//! Sealed months, and bundles of sessions.
//!
//! # Design
//!
//! A seal is of what this machine has read: every response with its own figures, whether it counts as another machine claims it or not. So an
//! import changes no seal, and each machine seals its own months.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::query::{Period, Query};
use super::wire::{SealCorrection, SealedMonth, SealedMonths, SealedState, Time, certainty};
use chrono::{Datelike, Months, NaiveDate};
use chrono_tz::Tz;
use ctm_aggregate::{DateRange, day_of_ms};
use ctm_facts::{CatalogNames, StoredCorrection, StoredResponse, StoredSeal, UsageFilter};
use ctm_proof::chain;
use ctm_proof::{
    BundleSession, FactSums, ProofBundle, ProvableResponse, SealState, SealStatement, SigningKey,
    StoredSealText, SummedDay, SummedFacts, states,
};
use ctm_types::{EpochMs, Slot};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::RangeInclusive;

/// Years whose months can be sealed.
const YEARS: RangeInclusive<i32> = 1970..=9999;

impl DatabaseReports {
    /// Returns the facts of a month in a zone, with their digests.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn month_facts(&self, first: NaiveDate, tz: Tz) -> Result<SummedFacts, ReportError> {
        Ok(self.fact_sums(month_range(first), tz).await?.finish())
    }

    /// Returns the lines of the facts of a day in a zone, of which its digest is computed.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn day_lines(&self, day: NaiveDate, tz: Tz) -> Result<String, ReportError> {
        Ok(self.fact_sums(DateRange::day(day), tz).await?.lines())
    }

    async fn fact_sums(&self, range: DateRange, tz: Tz) -> Result<FactSums, ReportError> {
        let bounds = range.bounds_ms(tz);
        let filter = UsageFilter {
            from: Some(Slot::after(bounds.start)),
            until: Some(Slot::after(bounds.end)),
            ..UsageFilter::default()
        };
        let mut sums = FactSums::default();
        let prices = &self.reporter.prices;
        let add = |response: &StoredResponse| {
            sums.add(day_of_ms(response.at_ms, tz), &provable(response), prices);
        };
        self.machine_store()?.each_response(&filter, add).await?;
        Ok(sums)
    }

    /// Returns how many days of a month only Claude Code's own statistics know.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn days_unknown(&self, first: NaiveDate, tz: Tz) -> Result<u64, ReportError> {
        let range = month_range(first);
        let period = Period::Between { from: Some(range.from()), to: Some(range.to()) };
        let query = Query { period, tz, filter: UsageFilter::default() };
        let gathered = self.reporter.gather(&query, CatalogNames::None, |_| Vec::new()).await?;
        let ledger = self.reporter.ledger(&query, &gathered);
        Ok(self.days_of_statistics(&query, &[(range, &ledger)]).await?.len() as u64)
    }

    /// Returns the sealed months as the chain of seals takes them.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn sealed_texts(&self) -> Result<Vec<StoredSealText>, ReportError> {
        Ok(self.store.seals().await?.into_iter().map(text_of).collect())
    }

    /// Returns a number that changes with the stored seals and corrections.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn seals_version(&self) -> Result<u64, ReportError> {
        let mut hasher = DefaultHasher::new();
        for StoredSeal { month, statement, digest, signature } in self.store.seals().await? {
            (month, statement, digest, signature).hash(&mut hasher);
        }
        for StoredCorrection { month, day, noticed_at_ms, former, present } in
            self.store.seal_corrections().await?
        {
            (month, day, noticed_at_ms.0, former, present).hash(&mut hasher);
        }
        Ok(hasher.finish())
    }

    /// Returns the sealed months compared with the present facts. What changed since the last time is stored as noticed at a time, if
    /// there is one.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read, or written to.
    pub async fn sealed_months(&self, notice_at: Option<EpochMs>) -> Result<SealedMonths, ReportError> {
        let seals = self.sealed_texts().await?;
        let stored = self.machine_store()?.seal_corrections().await?;
        let mut items = Vec::with_capacity(seals.len());
        let mut noticed = Vec::new();
        let states = states(&seals);
        for (seal, state) in seals.into_iter().zip(states) {
            let facts = match &state.statement {
                Some(statement) => self.facts_of(statement).await?,
                None => None,
            };
            let month = chain::month(&seal.month);
            let corrections: Vec<_> = stored.iter().filter(|of| of.month == month).cloned().collect();
            let new = match (&state.statement, &facts) {
                (Some(statement), Some(facts)) => changes(&month, statement, &corrections, facts, notice_at),
                _ => Vec::new(),
            };
            let all = corrections.iter().map(|of| correction(of, true));
            let all = all.chain(new.iter().map(|of| correction(of, notice_at.is_some()))).flatten().collect();
            items.push(sealed_month(seal, state, facts, all));
            noticed.extend(new);
        }
        if notice_at.is_some() && !noticed.is_empty() {
            self.store.add_seal_corrections(&noticed, stored.len()).await?;
        }
        Ok(SealedMonths { price_version: self.reporter.prices.version().to_owned(), items })
    }

    /// Returns the present facts of a sealed month; `None` of a month or in a zone that does not exist.
    async fn facts_of(&self, statement: &SealStatement) -> Result<Option<SummedFacts>, ReportError> {
        match statement.zone.parse::<Tz>() {
            Ok(tz) if YEARS.contains(&statement.month.year()) => {
                self.month_facts(statement.month, tz).await.map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Returns the bundle of a session, signed if there is a key.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read, or for a session without responses.
    pub async fn session_bundle(
        &self,
        session: &str,
        program: &str,
        key: Option<&SigningKey>,
    ) -> Result<ProofBundle, ReportError> {
        let filter = UsageFilter { sessions: vec![session.to_owned()], ..UsageFilter::default() };
        let mut bundle = BundleSession::new(session, &self.reporter.prices);
        let add = |response: &StoredResponse| {
            let file = response.path.rsplit(['/', '\\']).next().unwrap_or_default();
            bundle.add(&provable(response), file, response.offset_bytes, response.copies);
        };
        self.machine_store()?.each_response(&filter, add).await?;
        let bundle = bundle.finish(program, key);
        if bundle.statement.responses.is_empty() {
            return Err(self.missing_session(session).await);
        }
        Ok(bundle)
    }

    /// Returns the session whose id has a hash in a bundle, if it is known.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn session_of_hash(&self, hash: &str) -> Result<Option<String>, ReportError> {
        let sessions = self.machine_store()?.session_names().await?;
        Ok(sessions.into_values().find(|id| ctm_proof::bundle::session_hash(id) == hash))
    }
}

fn provable(response: &StoredResponse) -> ProvableResponse<'_> {
    ProvableResponse {
        key: &response.key,
        at_ms: response.at_ms,
        is_final: response.is_final,
        parts: &response.parts,
    }
}

/// Returns the days of a month.
fn month_range(first: NaiveDate) -> DateRange {
    let next = first.checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX);
    DateRange::new(first, next.pred_opt().unwrap_or(first)).unwrap_or(DateRange::day(first))
}

/// Returns a stored seal with its month as a day; a text that is no month is before all others.
fn text_of(seal: StoredSeal) -> StoredSealText {
    let StoredSeal { month, statement, digest, signature } = seal;
    let first = NaiveDate::parse_from_str(&format!("{month}-01"), "%Y-%m-%d");
    StoredSealText { month: first.unwrap_or_default(), statement, digest, signature }
}

/// Returns the days of which the facts are not those that are known of them.
fn changes(
    month: &str,
    statement: &SealStatement,
    corrections: &[StoredCorrection],
    facts: &SummedFacts,
    notice_at: Option<EpochMs>,
) -> Vec<StoredCorrection> {
    let by_day = |days: &[SummedDay]| -> BTreeMap<NaiveDate, SummedDay> {
        days.iter().map(|of| (of.day, of.clone())).collect()
    };
    let (mut known, present) = (by_day(&statement.days), by_day(&facts.days));
    for correction in corrections {
        let Ok(day) = correction.day.parse() else { continue };
        match summed_day(correction.present.as_ref()) {
            Some(of) => known.insert(day, of),
            None => known.remove(&day),
        };
    }
    let days: BTreeSet<NaiveDate> = known.keys().chain(present.keys()).copied().collect();
    let digest = |of: Option<&SummedDay>| of.map(|of| of.digest.clone());
    let text = |of: Option<&SummedDay>| of.and_then(|of| serde_json::to_string(of).ok());
    let changed = days.into_iter().filter(|day| digest(known.get(day)) != digest(present.get(day)));
    let correction = |day: NaiveDate| StoredCorrection {
        month: month.to_owned(),
        day: day.to_string(),
        noticed_at_ms: notice_at.unwrap_or(EpochMs::MIN),
        former: text(known.get(&day)),
        present: text(present.get(&day)),
    };
    changed.map(correction).collect()
}

fn summed_day(text: Option<&String>) -> Option<SummedDay> {
    text.and_then(|text| serde_json::from_str(text).ok())
}

/// Returns a correction as it is sent; none of a day that is none.
fn correction(of: &StoredCorrection, is_stored: bool) -> Option<SealCorrection> {
    let totals = |text: &Option<String>| summed_day(text.as_ref()).map(|of| of.totals);
    Some(SealCorrection {
        day: of.day.parse().ok()?,
        noticed_at: is_stored.then(|| Time::of(of.noticed_at_ms)),
        before: totals(&of.former),
        after: totals(&of.present),
    })
}

fn sealed_month(
    seal: StoredSealText,
    state: SealState,
    facts: Option<SummedFacts>,
    corrections: Vec<SealCorrection>,
) -> SealedMonth {
    let SealState { statement, signature, mut faults } = state;
    if statement.is_some() && facts.is_none() {
        faults.push("its month or its zone does not exist".to_owned());
    }
    let sealed = statement.as_ref().map(|of| of.facts.as_str());
    let is_same = sealed == facts.as_ref().map(|facts| facts.digest.as_str());
    let prices = |of: &SummedFacts| statement.as_ref().is_some_and(|at| at.price_digest != of.prices_digest);
    let totals = statement.as_ref().map(|of| of.totals.clone()).unwrap_or_default();
    let days_unknown = statement.as_ref().map_or(0, |of| of.days_unknown);
    SealedMonth {
        month: chain::month(&seal.month),
        state: match (faults.is_empty(), is_same) {
            (false, _) => SealedState::Broken,
            (true, false) => SealedState::Corrected,
            (true, true) => SealedState::Intact,
        },
        faults,
        zone: statement.as_ref().map(|of| of.zone.clone()).unwrap_or_default(),
        sealed_at: statement.as_ref().map(|of| Time::of(EpochMs(of.sealed_at_ms))),
        certainty: certainty(&totals, days_unknown),
        totals,
        days_unknown,
        price_version: statement.as_ref().map(|of| of.price_version.clone()).unwrap_or_default(),
        repriced: is_same && facts.as_ref().is_some_and(prices),
        present: facts.map(|facts| facts.totals),
        corrections,
        digest: seal.digest,
        statement: seal.statement,
        signature,
    }
}
