//! The price book: the built-in table with the user's overrides, and its queries.

use crate::managed::{Managed, ManagedFault, ManagedPricing};
use crate::names::{Named, Nameless};
use crate::overrides::Overrides;
use crate::spans::utc_day;
use crate::table::Table;
use crate::{
    Discount, ListedRates, Model, Modifier, Offer, OverridesError, Pack, Price, PriceFlag, PriceOrigin,
    PriceRow, PriceSpans, Quote, Ratio, RefusalBilling, Tier, UnbilledAttempt, Unpriced, UnpricedReason,
};
use chrono::NaiveDate;
use ctm_types::{Billing, EpochMs};
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

/// All prices that are known, by model, day and terms.
///
/// A clone shares the table and costs next to nothing.
#[derive(Debug, Clone)]
pub struct PriceBook(Arc<Book>);

#[derive(Debug, Clone)]
struct Book {
    version: String,
    table: Table,
    platform_premium: bool,
    discount: Option<Discount>,
    pack: Option<Pack>,
    managed: Option<Managed>,
}

impl PriceBook {
    /// Returns the book of the table that is part of the program.
    #[must_use]
    pub fn builtin() -> Self {
        static BUILTIN: OnceLock<PriceBook> = OnceLock::new();
        BUILTIN
            .get_or_init(|| {
                let table = Table::builtin();
                Self(Arc::new(Book {
                    version: table.as_of.to_string(),
                    table,
                    platform_premium: true,
                    discount: None,
                    pack: None,
                    managed: None,
                }))
            })
            .clone()
    }

    /// Returns the book with the valid managed settings of Claude Code, and their ignored values.
    ///
    /// Packs and price overrides come on top: they are to be added afterwards.
    #[must_use]
    pub fn with_managed(&self, pricing: ManagedPricing) -> (Self, Vec<ManagedFault>) {
        let mut book = Book::clone(&self.0);
        let text = pricing.text();
        let (managed, faults) = pricing.merge_into(&mut book.table);
        if managed.is_none() {
            return (self.clone(), faults);
        }
        book.managed = managed;
        book.add_to_version(&text);
        (Self(Arc::new(book)), faults)
    }

    /// Returns the book with the prices of a pack; names that have a price already keep it.
    #[must_use]
    pub fn with_pack(&self, pack: Pack) -> Self {
        if self.0.pack == Some(pack) {
            return self.clone();
        }
        let mut book = Book::clone(&self.0);
        for model in pack.models() {
            let place = book.table.models.len();
            for name in std::iter::once(&model.id).chain(&model.aliases) {
                if book.table.names.find_exact(name).is_none() {
                    book.table.names.add_exact(name.to_string(), place);
                }
            }
            book.table.models.push(model.clone());
        }
        book.pack = Some(pack);
        book.version.push_str(&format!("+{}", pack.name()));
        Self(Arc::new(book))
    }

    /// Returns the book with `toml` on top: see [`crate::overrides`] for its format.
    ///
    /// To read a changed file again, start from the built-in book: what this book has been
    /// overridden with stays.
    ///
    /// # Errors
    ///
    /// An invalid line, with the reason and the allowed values.
    pub fn with_overrides(&self, toml: &str) -> Result<Self, OverridesError> {
        let overrides = Overrides::parse(toml)?;
        if overrides.is_empty() {
            return Ok(self.clone());
        }
        let mut book = Book::clone(&self.0);
        overrides.merge_into(&mut book.table, toml)?;
        book.discount = overrides.discount.or(book.discount);
        book.platform_premium = overrides.settings.platform_premium.unwrap_or(book.platform_premium);
        book.add_to_version(toml);
        Ok(Self(Arc::new(book)))
    }

    /// Returns the table's version: the day on which it was last checked, `YYYY-MM-DD`, and behind a `+`
    /// each, as far as there are any, a short hash of managed prices, the name of a pack, and a short hash
    /// of the overrides.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.0.version
    }

    /// Returns the UTC day on which the built-in table was last checked.
    #[must_use]
    pub fn as_of(&self) -> NaiveDate {
        self.0.table.as_of
    }

    /// Returns the prompt lengths in tokens above which some model has other rates, ascending.
    ///
    /// Overrides never change them, so that bands counted once stay right.
    #[must_use]
    pub fn context_thresholds(&self) -> &[u64] {
        &self.0.table.context_thresholds
    }

    /// Returns how many of the [`context_thresholds`](Self::context_thresholds) a prompt exceeds.
    #[must_use]
    pub fn context_band(&self, prompt_tokens: u64) -> u8 {
        ctm_types::context_band(prompt_tokens, self.context_thresholds())
    }

    /// Returns the rates of a request, or the reason for their absence.
    ///
    /// `at_ms` is UTC epoch milliseconds; `prompt_tokens` is the length of the request's own prompt
    /// ([`TokenCounts::prompt`](ctm_types::TokenCounts::prompt)), never of a sum of prompts.
    #[must_use]
    pub fn quote_request(&self, billing: &Billing, at_ms: Option<EpochMs>, prompt_tokens: u64) -> Quote {
        self.quote(billing, at_ms, self.context_band(prompt_tokens))
    }

    /// Returns the rates of billed parts with prompts of one band, or the reason for their absence: for parts that
    /// were summed by their bands. [`quote_request`](Self::quote_request) is for a single one.
    ///
    /// `at_ms` is UTC epoch milliseconds; `context_band` is what
    /// [`context_band`](Self::context_band) returns for the part's own prompt: it cannot be derived
    /// from a sum of prompts.
    #[must_use]
    pub fn quote(&self, billing: &Billing, at_ms: Option<EpochMs>, context_band: u8) -> Quote {
        if let Some(unbilled) = self.unbilled(billing, at_ms) {
            return Quote::Unbilled(unbilled);
        }
        match self.0.table.names.resolve(&billing.model) {
            Ok(named) => Quote::Priced(self.0.price(named, billing, at_ms, context_band)),
            Err(Nameless::Placeholder) => Quote::Ignored,
            Err(Nameless::Unpriced(reason)) => Quote::Unpriced(self.0.unpriced(reason, &billing.model)),
        }
    }

    fn unbilled(&self, billing: &Billing, at_ms: Option<EpochMs>) -> Option<UnbilledAttempt> {
        let category = billing.refusal.as_deref()?;
        let refusal = self.refusal((category != Billing::UNCATEGORISED).then_some(category), at_ms);
        (refusal != RefusalBilling::Billed).then(|| UnbilledAttempt {
            category: category.to_owned(),
            is_known: refusal == RefusalBilling::Unbilled,
        })
    }

    /// Returns the model of a name in the notation of a transcript.
    #[must_use]
    pub fn model_of(&self, written: &str) -> Option<&Model> {
        let named = self.0.table.names.resolve(written).ok()?;
        self.0.table.models.get(named.model)
    }

    /// Returns the effective managed settings.
    #[must_use]
    pub fn managed(&self) -> Option<&Managed> {
        self.0.managed.as_ref()
    }

    /// Returns the user's multipliers, each with its pattern, the most specific first.
    pub fn multipliers(&self) -> impl Iterator<Item = (String, Ratio)> {
        let multipliers = self.0.table.names.multipliers();
        multipliers.map(|multiplier| (multiplier.pattern.to_string(), multiplier.ratio))
    }

    /// Returns the pack that is used.
    #[must_use]
    pub fn pack(&self) -> Option<Pack> {
        self.0.pack
    }

    /// Returns whether a refusal before any output is billed, by its `category` (`stop_details.category`).
    ///
    /// `at_ms` is UTC epoch milliseconds. One amid the output is billed like any other response.
    #[must_use]
    pub fn refusal(&self, category: Option<&str>, at_ms: Option<EpochMs>) -> RefusalBilling {
        self.0.table.refusals.on(category, at_ms.and_then(utc_day))
    }

    /// Returns the spans of days in which no quote changes.
    #[must_use]
    pub fn spans(&self) -> PriceSpans {
        let of_models = self.models().flat_map(|model| {
            let firsts = model.prices.iter().filter_map(|row| row.from);
            firsts.chain(model.retired)
        });
        PriceSpans::between(of_models.chain(self.0.table.refusals.firsts()))
    }

    /// Returns the user's contract discount; no quote includes it.
    #[must_use]
    pub fn discount(&self) -> Option<Discount> {
        self.0.discount
    }

    /// Returns every model with all its prices, those from overrides last.
    pub fn models(&self) -> impl Iterator<Item = &Model> {
        self.0.table.models.iter()
    }
}

impl Book {
    fn add_to_version(&mut self, text: &str) {
        let hash = xxhash_rust::xxh3::xxh3_64(text.as_bytes()) >> 32;
        self.version.push_str(&format!("+{hash:08x}"));
    }

    fn unpriced(&self, reason: UnpricedReason, written: &str) -> Unpriced {
        match Pack::Others {
            pack if self.pack != Some(pack) && pack.has(written) => {
                Unpriced::in_pack(reason, written, pack.name())
            }
            _ => Unpriced::new(reason, written),
        }
    }

    fn price(&self, named: Named, billing: &Billing, at_ms: Option<EpochMs>, context_band: u8) -> Price {
        let mut flags = BTreeSet::new();
        let model = &self.table.models[named.model];
        let day = at_ms.and_then(utc_day);
        let (row, remark) = model.row_on(day);
        flags.extend(remark);
        // Managed prices hold as they are written, whatever the terms.
        let has_terms = row.origin != PriceOrigin::Managed;
        let fast = if has_terms { fast_offer(row, named, billing, &mut flags) } else { None };
        let (tier, listed) = self.tier(fast.unwrap_or(&row.standard), context_band);
        let conditions =
            [(model.is_retired_on(day), PriceFlag::RetiredModel), (listed.derived, PriceFlag::Derived)];
        flags.extend(conditions.into_iter().filter_map(|(holds, flag)| holds.then_some(flag)));
        flags.extend(row.origin.flag());
        let mut multipliers = if has_terms {
            self.multipliers(model, named, billing, fast.is_some(), &mut flags)
        } else {
            Vec::new()
        };
        let chosen = self.chosen_multiplier(row, named);
        multipliers.extend(chosen.as_ref().map(|(modifier, ratio, _)| (*modifier, *ratio)));
        flags.extend(chosen.as_ref().map(|(modifier, ..)| match modifier {
            Modifier::Managed => PriceFlag::Managed,
            _ => PriceFlag::Override,
        }));
        let ratios: Vec<Ratio> = multipliers.iter().map(|(_, ratio)| *ratio).collect();
        let mut rates = listed.rates.times(&ratios);
        if let Some((Modifier::Managed, ratio, _)) = chosen {
            rates.web_search = rates.web_search.map(|rate| rate.times(&[ratio]));
        }
        Price {
            model: model.id.clone(),
            rates,
            listed: listed.rates,
            multipliers,
            tier,
            fast: fast.is_some(),
            from: row.from,
            until: row.until,
            source: match chosen {
                None => row.source.clone(),
                Some((_, ratio, by)) => format!("{}; x {ratio} by {by}", row.source).into(),
            },
            note: row.note.clone(),
            flags,
        }
    }

    /// Returns the multiplier of the user or of managed settings, whatever the terms, with its origin.
    ///
    /// The user's multiplier takes the place of the managed one. A price that the user set for the name itself
    /// is multiplied by neither.
    fn chosen_multiplier(&self, row: &PriceRow, named: Named) -> Option<(Modifier, Ratio, String)> {
        let is_own = row.origin == PriceOrigin::Own;
        if let Some(multiplied) = named.multiplied.filter(|multiplied| multiplied.of_part || !is_own) {
            let multiplier = self.table.names.multiplier(multiplied);
            let by = format!("`{}` of the price overrides", multiplier.pattern);
            return Some((Modifier::Multiplier, multiplier.ratio, by));
        }
        let managed = self.managed.as_ref().filter(|_| !is_own)?;
        Some((Modifier::Managed, managed.multiplier?, managed.source.to_string()))
    }

    /// Returns the tier that a prompt of this band is in, and its rates.
    fn tier(&self, offer: &Offer, context_band: u8) -> (Tier, ListedRates) {
        let thresholds = self.table.context_thresholds.iter();
        let mut exceeded = thresholds.take(context_band.into());
        match offer.long_context {
            Some(long) if exceeded.any(|threshold| *threshold == long.above_prompt_tokens) => {
                let above_prompt_tokens = long.above_prompt_tokens;
                (Tier::LongContext { above_prompt_tokens }, long.listed)
            }
            _ => (Tier::Standard, offer.listed),
        }
    }

    /// Returns what multiplies the token rates, and flags terms that have no price.
    fn multipliers(
        &self,
        model: &Model,
        named: Named,
        billing: &Billing,
        is_fast: bool,
        flags: &mut BTreeSet<PriceFlag>,
    ) -> Vec<(Modifier, Ratio)> {
        let offers = |modifier| model.modifiers.contains(&modifier);
        let mut multipliers = Vec::new();
        match billing.service_tier.as_deref() {
            None | Some("standard") => {}
            Some("batch") if offers(Modifier::Batch) && !is_fast => {
                multipliers.push((Modifier::Batch, self.table.batch));
            }
            Some(_) => {
                flags.insert(PriceFlag::ServiceTierUnknown);
            }
        }
        match billing.inference_geo.as_deref() {
            None | Some("global" | "not_available") => {}
            // Bedrock has its regional endpoints instead.
            Some("us") if offers(Modifier::UsInference) && named.bedrock.is_none() => {
                multipliers.push((Modifier::UsInference, self.table.us_inference));
            }
            Some(_) => {
                flags.insert(PriceFlag::InferenceGeoUnknown);
            }
        }
        let has_premium = self.platform_premium && offers(Modifier::Regional);
        if let Some(premium) = named.bedrock.filter(|premium| has_premium && *premium != Ratio::ONE) {
            multipliers.push((Modifier::Regional, premium));
            flags.insert(PriceFlag::PlatformPremium);
        }
        multipliers
    }
}

/// Returns the offer of fast mode when the request ran in it and it has a price.
fn fast_offer<'a>(
    row: &'a PriceRow,
    named: Named,
    billing: &Billing,
    flags: &mut BTreeSet<PriceFlag>,
) -> Option<&'a Offer> {
    let is_fast = match billing.speed.as_deref() {
        None => named.fast,
        Some("fast") => true,
        Some("standard") => false,
        Some(_) => {
            flags.insert(PriceFlag::SpeedUnknown);
            false
        }
    };
    if is_fast && row.fast.is_none() {
        flags.insert(PriceFlag::FastRateUnknown);
    }
    row.fast.as_ref().filter(|_| is_fast)
}

/// Returns the UTC day of a time, or `None` beyond the calendar.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Rate, UnpricedReason};
    use ctm_types::{PicoUsd, TokenCounts};

    /// Terms of a request, written `model [speed=..] [tier=..] [geo=..]`.
    fn billing(text: &str) -> Billing {
        let mut words = text.split(' ');
        let mut billing =
            Billing { model: words.next().unwrap_or_default().to_owned(), ..Billing::default() };
        for word in words {
            let (term, value) = word.split_once('=').unwrap();
            let value = Some(value.to_owned());
            match term {
                "speed" => billing.speed = value,
                "tier" => billing.service_tier = value,
                "geo" => billing.inference_geo = value,
                _ => panic!("{term}"),
            }
        }
        billing
    }

    /// Midnight UTC of a day.
    fn at(day: &str) -> Option<EpochMs> {
        let day: NaiveDate = day.parse().unwrap();
        Some(EpochMs(day.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp_millis()))
    }

    /// Describes a price: USD per million input and output tokens, multipliers and flags.
    fn describe(quote: Quote) -> String {
        let price = match quote {
            Quote::Priced(price) => price,
            Quote::Unpriced(unpriced) => return unpriced.reason.name().to_owned(),
            Quote::Ignored => return "ignored".to_owned(),
            Quote::Unbilled(unbilled) => return format!("unbilled {}", unbilled.category),
        };
        let per_million = |rate: Option<Rate>| match rate {
            Some(rate) => PicoUsd(i128::from(rate.0) * 1_000_000).to_string(),
            None => "-".to_owned(),
        };
        let mut text =
            format!("{} {}/{}", price.model, per_million(price.rates.input), per_million(price.rates.output));
        for (modifier, ratio) in &price.multipliers {
            text.push_str(&format!(" {} x{ratio}", modifier.name()));
        }
        for flag in &price.flags {
            text.push_str(&format!(" {}", flag.name()));
        }
        text
    }

    fn check_at(day: &str, terms: &str, prompt_tokens: u64, expected: &str) {
        let book = PriceBook::builtin();
        let quote = book.quote_request(&billing(terms), at(day), prompt_tokens);
        assert_eq!(describe(quote), expected, "{terms} on {day}");
    }

    fn check(terms: &str, expected: &str) {
        check_at("2026-11-20", terms, 0, expected);
    }

    #[test]
    fn bands_count_exceeded_thresholds() {
        let book = PriceBook::builtin();
        let check = |prompt_tokens, band| assert_eq!(book.context_band(prompt_tokens), band);
        check(0, 0);
        check(100_000, 0);
        check(100_001, 1);
        check(200_000, 1);
        check(200_001, 2);
        check(u64::MAX, book.context_thresholds().len() as u8);
    }

    #[test]
    fn the_price_is_that_of_the_utc_day() {
        let book = PriceBook::builtin();
        let cache_read = |at_ms| {
            let Quote::Priced(price) = book.quote(&billing("claude-sonnet-5-5"), Some(at_ms), 0) else {
                panic!("priced");
            };
            price.rates.cache_read
        };
        let midnight = at("2026-10-07").unwrap();
        assert_eq!(cache_read(midnight - 1), Some(Rate(200_000)));
        assert_eq!(cache_read(midnight), Some(Rate(100_000)));
    }

    #[test]
    fn before_the_first_price_the_first_holds_and_is_flagged() {
        check_at("2024-01-01", "claude-3-5-haiku", 0, "claude-3-5-haiku 1/5 before_effective");
    }

    #[test]
    fn without_a_time_the_latest_price_holds_and_is_flagged() {
        let book = PriceBook::builtin();
        let check = |at_ms| {
            let quote = book.quote(&billing("claude-3-5-haiku"), at_ms, 0);
            assert_eq!(describe(quote), "claude-3-5-haiku 0.8/4 no_timestamp");
        };
        check(None);
        check(Some(EpochMs::MAX));
        check(Some(EpochMs::MIN));
    }

    #[test]
    fn refusals_before_any_output_are_billed_by_category() {
        let book = PriceBook::builtin();
        for day in ["2026-09-10", "2026-09-24", "2026-11-20"] {
            let check = |category, expected| assert_eq!(book.refusal(category, at(day)), expected, "{day}");
            for billed in ["bio", "frontier_llm", "reasoning_extraction"] {
                check(Some(billed), RefusalBilling::Billed);
            }
            for unbilled in ["cyber", "general_harms"] {
                check(Some(unbilled), RefusalBilling::Unbilled);
            }
            check(Some("new"), RefusalBilling::Unknown);
            check(Some("Bio"), RefusalBilling::Unknown);
            check(None, RefusalBilling::Unbilled);
        }
        assert_eq!(book.refusal(Some("bio"), None), RefusalBilling::Billed);
    }

    #[test]
    fn a_refused_attempt_is_quoted_by_its_category() {
        let book = PriceBook::builtin();
        let quote = |category: &str| {
            let refusal = Some(category.to_owned());
            book.quote(&Billing { refusal, ..billing("claude-opus-5") }, at("2026-11-20"), 0)
        };
        let unbilled = |category: &str, is_known| {
            Quote::Unbilled(UnbilledAttempt { category: category.to_owned(), is_known })
        };
        assert!(matches!(quote("bio"), Quote::Priced(_)));
        assert_eq!(quote("cyber"), unbilled("cyber", true));
        assert_eq!(quote(Billing::UNCATEGORISED), unbilled(Billing::UNCATEGORISED, true));
        assert_eq!(quote("new"), unbilled("new", false));
        let tokens = ctm_types::TokenCounts { input: 7, ..Default::default() };
        assert_eq!(quote("cyber").cost(&tokens, 1), crate::Cost::default());
        assert_eq!(quote("cyber").cache_saving(&tokens), ctm_types::PicoUsd::ZERO);
    }

    #[test]
    fn retirement_is_flagged_from_its_day_on() {
        check_at("2026-08-04", "claude-opus-4-1", 0, "claude-opus-4-1 15/75");
        check_at("2026-08-05", "claude-opus-4-1", 0, "claude-opus-4-1 15/75 retired_model");
    }

    #[test]
    fn a_long_prompt_is_billed_wholly_at_the_higher_rates() {
        check_at("2026-11-20", "claude-haiku-5-5", 100_000, "claude-haiku-5-5 0.1/0.5");
        check_at("2026-11-20", "claude-haiku-5-5", 100_001, "claude-haiku-5-5 0.5/2.5");
        check_at("2026-11-20", "claude-haiku-5-5", 200_001, "claude-haiku-5-5 0.5/2.5");
        check_at("2026-04-29", "claude-sonnet-4-5", 200_000, "claude-sonnet-4-5 3/15");
        check_at("2026-04-29", "claude-sonnet-4-5", 200_001, "claude-sonnet-4-5 6/22.5");
        check_at("2026-04-30", "claude-sonnet-4-5", 200_001, "claude-sonnet-4-5 3/15");
        check_at("2026-11-20", "claude-opus-5-5", 900_000, "claude-opus-5-5 4/20");
    }

    #[test]
    fn the_price_names_its_tier() {
        let book = PriceBook::builtin();
        let tier = |band| match book.quote(&billing("claude-haiku-5-5"), at("2026-11-20"), band) {
            Quote::Priced(price) => price.tier,
            other => panic!("{other:?}"),
        };
        let above_prompt_tokens = 100_000;
        assert_eq!(tier(0), Tier::Standard);
        assert_eq!(tier(1), Tier::LongContext { above_prompt_tokens });
        assert_eq!(tier(255), Tier::LongContext { above_prompt_tokens });
    }

    #[test]
    fn fast_mode_has_rates_of_its_own_while_it_is_offered() {
        check("claude-opus-5 speed=fast", "claude-opus-5 10/50");
        check("claude-opus-5-fast", "claude-opus-5 10/50");
        check("claude-opus-5-fast speed=standard", "claude-opus-5 5/25");
        check("claude-fable-5-2 speed=fast", "claude-fable-5-2 16/80");
        check_at("2026-05-01", "claude-opus-4-6 speed=fast", 0, "claude-opus-4-6 30/150");
        check_at("2026-02-10", "claude-opus-4-6 speed=fast", 200_001, "claude-opus-4-6 60/225");
        check_at("2026-02-21", "claude-opus-4-6 speed=fast", 200_001, "claude-opus-4-6 30/150");
        check_at("2026-06-29", "claude-opus-4-6 speed=fast", 0, "claude-opus-4-6 5/25 fast_rate_unknown");
        check("claude-opus-4-8 speed=fast geo=us", "claude-opus-4-8 11/55 us_inference x1.1");
        check("claude-opus-5 speed=slow", "claude-opus-5 5/25 speed_unknown");
    }

    #[test]
    fn batch_halves_the_rates_but_not_in_fast_mode() {
        check("claude-opus-5 tier=batch", "claude-opus-5 2.5/12.5 batch x0.5");
        check_at(
            "2026-11-20",
            "claude-haiku-5-5 tier=batch",
            100_001,
            "claude-haiku-5-5 0.25/1.25 batch x0.5",
        );
        check("claude-opus-5 tier=batch speed=fast", "claude-opus-5 10/50 service_tier_unknown");
        check_at("2024-06-01", "claude-2 tier=batch", 0, "claude-2 8/24 service_tier_unknown");
        check("claude-opus-5 tier=batch geo=us", "claude-opus-5 2.75/13.75 batch x0.5 us_inference x1.1");
    }

    #[test]
    fn tiers_without_a_list_price_are_flagged() {
        check("claude-opus-5 tier=standard", "claude-opus-5 5/25");
        check("claude-opus-5 tier=priority", "claude-opus-5 5/25 service_tier_unknown");
    }

    #[test]
    fn inference_in_the_us_costs_a_tenth_more_from_claude_4_6_on() {
        check("claude-opus-5 geo=us", "claude-opus-5 5.5/27.5 us_inference x1.1");
        check("claude-opus-5 geo=global", "claude-opus-5 5/25");
        check("claude-opus-5 geo=not_available", "claude-opus-5 5/25");
        check("claude-opus-5 geo=mars", "claude-opus-5 5/25 inference_geo_unknown");
        check("claude-haiku-4-5 geo=us", "claude-haiku-4-5 1/5 inference_geo_unknown");
    }

    #[test]
    fn regional_endpoints_cost_more_from_claude_4_5_on() {
        check("us.anthropic.claude-opus-4-8", "claude-opus-4-8 5.5/27.5 regional x1.1 platform_premium");
        check(
            "us-gov.anthropic.claude-haiku-4-5-20251001-v1:0",
            "claude-haiku-4-5 1.2/6 regional x1.2 platform_premium",
        );
        check("global.anthropic.claude-opus-4-8", "claude-opus-4-8 5/25");
        check("anthropic.claude-opus-4-8", "claude-opus-4-8 5/25");
        check_at("2026-01-01", "us.anthropic.claude-opus-4-1", 0, "claude-opus-4-1 15/75");
        check(
            "us.anthropic.claude-opus-4-8 geo=us",
            "claude-opus-4-8 5.5/27.5 regional x1.1 inference_geo_unknown platform_premium",
        );
    }

    #[test]
    fn nothing_multiplies_a_web_search() {
        let book = PriceBook::builtin();
        for terms in ["claude-opus-5", "claude-opus-5 tier=batch geo=us", "eu.anthropic.claude-opus-5"] {
            let cost = book.quote(&billing(terms), at("2026-11-20"), 0).cost(&TokenCounts::default(), 1_000);
            assert_eq!(cost.amount.to_string(), "10", "{terms}");
        }
    }

    #[test]
    fn usage_without_a_price_is_counted_as_unpriced() {
        let book = PriceBook::builtin();
        let tokens = TokenCounts { input: 1_000_000, cache_read: 5, ..TokenCounts::default() };
        let check = |model: &str, amount: &str, unpriced_tokens, unpriced_web_searches| {
            let cost = book.quote(&billing(model), at("2024-06-01"), 0).cost(&tokens, 2);
            assert_eq!(cost.amount.to_string(), amount, "{model}");
            assert_eq!(cost.unpriced_tokens, unpriced_tokens, "{model}");
            assert_eq!(cost.unpriced_web_searches, unpriced_web_searches, "{model}");
        };
        check("claude-2.1", "8", 5, 2);
        check("claude-opus-6", "0", 1_000_005, 2);
        check("<synthetic>", "0", 1_000_005, 2);
        check("claude-sonnet-5", "2.020001", 0, 0);
    }

    #[test]
    fn an_unpriced_name_comes_with_a_hint() {
        let book = PriceBook::builtin();
        for (name, reason) in [
            ("", UnpricedReason::NoModel),
            ("claude-opus-6", UnpricedReason::UnknownModel),
            ("opus", UnpricedReason::AmbiguousAlias),
            ("someone/claude-opus-5", UnpricedReason::UnknownProvider),
            ("arn:aws:bedrock:x", UnpricedReason::OpaqueProfile),
        ] {
            let Quote::Unpriced(unpriced) = book.quote(&billing(name), None, 0) else {
                panic!("{name} is priced");
            };
            assert_eq!(unpriced.reason, reason);
            assert!(unpriced.hint.contains(name), "{}", unpriced.hint);
        }
    }

    #[test]
    fn the_version_is_the_day_of_the_table() {
        let book = PriceBook::builtin();
        assert_eq!(book.version(), book.as_of().to_string());
        assert_eq!(book.discount(), None);
        assert!(book.models().any(|model| &*model.id == "claude-opus-5"));
    }

    #[test]
    fn flags_and_modifiers_have_names_of_their_own() {
        let flags: BTreeSet<&str> = PriceFlag::ALL.map(PriceFlag::name).into();
        assert_eq!(flags.len(), PriceFlag::ALL.len());
        let modifiers: BTreeSet<&str> = Modifier::ALL.map(Modifier::name).into();
        assert_eq!(modifiers.len(), Modifier::ALL.len());
    }
}
