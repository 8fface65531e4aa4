//! Report on what one percent of an official limit buys.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::ranked::amounts;
use super::wire;
use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use ctm_aggregate::calibration::{
    Calibration, EarlyReset, ElsewhereUse, FEWEST_OBSERVATIONS, LimitRate, LimitRises, UsageMeter, calibrate,
    limit_rises,
};
use ctm_aggregate::{Amounts, DateRange};
use ctm_facts::telemetry::UnloggedRequest;
use ctm_facts::{Outline, ResponseFilter, UsageFilter};
use ctm_types::{Billing, BillingId, EpochMs, PicoUsd, Slot};
use std::collections::{BTreeMap, HashMap};

/// Number of days before the last one that are covered by default: a quarter, so that a change of the rate shows.
const USUAL_DAYS: Days = Days::new(89);

/// Maximum number of rises from elsewhere that are listed.
const MOST_ELSEWHERE: usize = 20;

impl DatabaseReports {
    /// Returns what one percent of each limit bought on these days; without an end until today, without a beginning for 90 days.
    /// Homes are identified by their paths; an empty list selects all.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn calibrations(
        &self,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
        tz: Tz,
        homes: &[String],
    ) -> Result<wire::LimitCalibrations, ReportError> {
        let to = to.unwrap_or_else(|| self.reporter.today(tz).max(from.unwrap_or_default()));
        let from = from.unwrap_or_else(|| to.checked_sub_days(USUAL_DAYS).unwrap_or_default());
        let bounds = DateRange::new(from, to).unwrap_or(DateRange::day(to)).bounds_ms(tz);
        let mut samples = self.store.limit_samples(&bounds, homes).await?;
        samples.retain(|sample| bounds.contains(&sample.first_at_ms));
        let of_limits = limit_rises(&samples);
        let meters = self.meters(&of_limits).await?;
        let calibration = |of: &LimitRises| {
            let used = |from_ms, to_ms| meters.get(&*of.home).map(|of| of.between(from_ms, to_ms));
            let found = calibrate(&of.rises, |from_ms, to_ms| used(from_ms, to_ms).unwrap_or_default());
            self.calibration(of, &found)
        };
        Ok(wire::LimitCalibrations {
            from,
            to,
            tz: tz.name(),
            tz_source: self.reporter.zone_source(tz),
            price_version: self.reporter.prices.version().to_owned(),
            fewest_observations: FEWEST_OBSERVATIONS,
            limits: of_limits.iter().map(calibration).collect(),
        })
    }

    /// Returns the usage of each home between its reports; that of all homes where the home is unknown.
    async fn meters<'l>(
        &self,
        of_limits: &'l [LimitRises],
    ) -> Result<BTreeMap<&'l str, UsageMeter>, ReportError> {
        let mut moments: BTreeMap<&str, Vec<EpochMs>> = BTreeMap::new();
        for LimitRises { home, rises, .. } in of_limits {
            let of_home = moments.entry(home).or_default();
            of_home.extend(rises.iter().flat_map(|rise| [rise.from_ms, rise.to_ms]));
        }
        let billings = self.machine_store()?.billings().await?;
        let mut meters = BTreeMap::new();
        for (home, moments) in moments {
            let mut meter = UsageMeter::new(moments);
            self.measure(home, &mut meter, &billings).await?;
            meters.insert(home, meter);
        }
        Ok(meters)
    }

    async fn measure(
        &self,
        home: &str,
        meter: &mut UsageMeter,
        billings: &HashMap<BillingId, Billing>,
    ) -> Result<(), ReportError> {
        let Some((first_ms, last_ms)) = meter.span() else { return Ok(()) };
        let filter = UsageFilter {
            homes: Some(home.to_owned()).into_iter().filter(|home| !home.is_empty()).collect(),
            from: Some(Slot::of(first_ms)),
            until: Some(Slot::after(last_ms.saturating_add(1))),
            ..UsageFilter::default()
        };
        let prices = &self.reporter.prices;
        let only = ResponseFilter::default();
        let add = |of: Outline| meter.add(of.at_ms, amounts(&of, billings, prices).unwrap_or_default());
        self.machine_store()?.each_outline(&filter, &only, add).await?;
        // Limits include what only telemetry reports.
        for UnloggedRequest { usage, .. } in self.reporter.facts.unlogged(&filter).await? {
            let Some(billing) = billings.get(&usage.billing) else { continue };
            let quote = prices.quote(billing, Some(usage.first_ms), usage.context_band);
            meter.add(usage.first_ms, Amounts::priced(usage.tokens, usage.web_searches, &quote));
        }
        Ok(())
    }

    fn calibration(&self, of: &LimitRises, found: &Calibration) -> wire::LimitCalibration {
        let Calibration { rates, elsewhere, unpriced } = found;
        let unexplained = elsewhere.iter().fold(0.0, |sum, of| sum + of.unexplained);
        let latest = elsewhere.len().saturating_sub(MOST_ELSEWHERE);
        wire::LimitCalibration {
            source: self.source(&of.home),
            window: of.window.name(),
            windows: of.windows,
            observations: of.rises.len(),
            unpriced_observations: *unpriced,
            rates: rates.iter().map(rate).collect(),
            elsewhere_percent: (!rates.is_empty()).then_some(unexplained),
            elsewhere_observations: elsewhere.len(),
            elsewhere: elsewhere[latest..].iter().map(elsewhere_use).collect(),
            early_resets: of.early_resets.iter().map(early_reset).collect(),
        }
    }
}

fn rate(of: &LimitRate) -> wire::LimitRate {
    let [usd, tokens] = [of.cost, of.tokens];
    wire::LimitRate {
        from: wire::Time::of(of.from_ms),
        to: wire::Time::of(of.to_ms),
        observations: of.observations,
        usd_per_percent: amount(usd.median),
        usd_lower: amount(usd.lower),
        usd_upper: amount(usd.upper),
        tokens_per_percent: count(tokens.median),
        tokens_lower: count(tokens.lower),
        tokens_upper: count(tokens.upper),
        change: of.change.map(|change| change.part),
        p_value: of.change.map(|change| change.p_value),
    }
}

fn elsewhere_use(of: &ElsewhereUse) -> wire::ElsewhereUse {
    wire::ElsewhereUse {
        from: wire::Time::of(of.from_ms),
        to: wire::Time::of(of.to_ms),
        percent: of.percent,
        unexplained_percent: of.unexplained,
    }
}

fn early_reset(of: &EarlyReset) -> wire::EarlyReset {
    wire::EarlyReset {
        at: wire::Time::of(of.at_ms),
        due_at: wire::Time::of(of.due_ms),
        used_before: of.before,
        used_after: of.after,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a rate is for showing only")]
fn amount(pico_usd: f64) -> wire::Usd {
    wire::Usd(PicoUsd(pico_usd.round() as i128))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate is for showing only, and not negative"
)]
fn count(of: f64) -> u64 {
    of.round() as u64
}
