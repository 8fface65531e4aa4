//! Markers: what follows from facts and the price table on a day, a changed price or a first use.

use crate::calendar::{day_of_ms, minus_days};
use chrono::NaiveDate;
use chrono_tz::Tz;
use ctm_pricing::{PriceBook, PriceRow, Quote};
use ctm_types::{BillingId, Catalog, EpochMs, SessionId, UsageRow, UtcDay, VersionUse};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Number of days before a change of a price within which its model has to be used.
const IN_USE_DAYS: u64 = 30;

/// A changed price of a model in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceChange {
    /// First UTC day of the new price.
    pub date: NaiveDate,
    /// The model, as the price table names it.
    pub model: Arc<str>,
    /// The former price.
    pub before: PriceRow,
    /// The new price.
    pub after: PriceRow,
}

/// First uses by day, each day with the names in the order of their first use.
pub type FirstUses = BTreeMap<NaiveDate, Vec<Arc<str>>>;

/// The use of models, by their name in the price table; models without a price by the logged name.
#[derive(Debug, Clone, Default)]
pub struct ModelUses(BTreeMap<Arc<str>, ModelUse>);

#[derive(Debug, Clone)]
struct ModelUse {
    first_ms: EpochMs,
    days: BTreeSet<UtcDay>,
}

impl ModelUses {
    /// Returns the use of models in rows. Names that are no models are omitted.
    #[must_use]
    pub fn new(rows: &[UsageRow], catalog: &Catalog, prices: &PriceBook) -> Self {
        let mut by_billing: HashMap<BillingId, ModelUse> = HashMap::new();
        for row in rows {
            let found = by_billing.entry(row.billing);
            let of = found.or_insert_with(|| ModelUse { first_ms: row.first_ms, days: BTreeSet::new() });
            of.first_ms = of.first_ms.min(row.first_ms);
            of.days.insert(UtcDay::of_slot(row.slot));
        }
        let mut models: BTreeMap<Arc<str>, ModelUse> = BTreeMap::new();
        for (billing, of) in by_billing {
            let Some(billing) = catalog.billings.get(&billing) else { continue };
            if matches!(prices.quote(billing, None, 0), Quote::Ignored | Quote::Unbilled(_)) {
                continue;
            }
            let listed = prices.model_of(&billing.model);
            let name = listed.map_or_else(|| billing.model.as_str().into(), |model| Arc::clone(&model.id));
            let known = models.entry(name).or_insert_with(|| of.clone());
            known.first_ms = known.first_ms.min(of.first_ms);
            known.days.extend(of.days);
        }
        Self(models)
    }

    /// Returns the models by the day of a zone on which each was first used.
    #[must_use]
    pub fn firsts(&self, tz: Tz) -> FirstUses {
        firsts_by_day(self.0.iter().map(|(name, of)| (Arc::clone(name), of.first_ms)), tz)
    }

    /// Returns the changed prices of models that were used in the 30 days before, the oldest first.
    #[must_use]
    pub fn price_changes(&self, prices: &PriceBook) -> Vec<PriceChange> {
        let mut changes: Vec<PriceChange> = self
            .0
            .iter()
            .filter_map(|(name, of)| Some((prices.model_of(name)?, of)))
            .flat_map(|(model, of)| {
                model.prices.windows(2).filter_map(move |rows| {
                    let [before, after] = rows else { return None };
                    let date = after.from.filter(|date| of.is_used_before(*date))?;
                    let is_other = (before.standard, before.fast) != (after.standard, after.fast);
                    is_other.then(|| PriceChange {
                        date,
                        model: Arc::clone(&model.id),
                        before: before.clone(),
                        after: after.clone(),
                    })
                })
            })
            .collect();
        changes.sort_by(|a, b| (a.date, &a.model).cmp(&(b.date, &b.model)));
        changes
    }
}

impl ModelUse {
    fn is_used_before(&self, date: NaiveDate) -> bool {
        let day = |date: NaiveDate| UtcDay(date.signed_duration_since(NaiveDate::default()).num_days());
        self.days.range(day(minus_days(date, IN_USE_DAYS))..day(date)).next().is_some()
    }
}

/// Returns the versions by the day of a zone on which each was first used. Sessions without rows are omitted.
#[must_use]
pub fn first_versions(uses: &[VersionUse], rows: &[UsageRow], tz: Tz) -> FirstUses {
    let mut starts: HashMap<SessionId, EpochMs> = HashMap::new();
    for row in rows {
        let start = starts.entry(row.session).or_insert(row.first_ms);
        *start = (*start).min(row.first_ms);
    }
    let mut firsts: BTreeMap<&str, EpochMs> = BTreeMap::new();
    for of in uses {
        let Some(at_ms) = of.first_ms.or_else(|| starts.get(&of.session).copied()) else { continue };
        let first = firsts.entry(&of.version).or_insert(at_ms);
        *first = (*first).min(at_ms);
    }
    firsts_by_day(firsts.into_iter().map(|(version, at_ms)| (version.into(), at_ms)), tz)
}

/// Groups names by the day of their first use.
fn firsts_by_day(firsts: impl Iterator<Item = (Arc<str>, EpochMs)>, tz: Tz) -> FirstUses {
    let mut firsts: Vec<_> = firsts.map(|(name, at_ms)| (at_ms, name)).collect();
    firsts.sort();
    let mut days = FirstUses::new();
    for (at_ms, name) in firsts {
        days.entry(day_of_ms(at_ms, tz)).or_default().push(name);
    }
    days
}
