//! Facts as lines of text, the prices of their parts, and sums of both.
//!
//! # Design
//!
//! A fact has everything that its cost depends on, and nothing else: so a digest changes exactly if an amount can. Its text is a JSON array of
//! texts, whole numbers and `null`, in a fixed order and without white space. Lines of a day are sorted as bytes, so that the order
//! of reading is no part of a digest.

use crate::digest;
use chrono::NaiveDate;
use ctm_pricing::{Cost, PriceBook, Quote, Rate, Rates};
use ctm_types::{Billing, EpochMs, Part, PicoUsd, TokenCounts};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// A response of which a fact is made.
#[derive(Debug, Clone, Copy)]
pub struct ProvableResponse<'r> {
    /// Its key.
    pub key: &'r str,
    /// Its time, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// `true` if its output is final.
    pub is_final: bool,
    /// Its parts.
    pub parts: &'r [Part],
}

impl ProvableResponse<'_> {
    /// Returns its line, with a line feed.
    #[must_use]
    pub fn line(&self) -> String {
        let part = |Part { billing, tokens, web_searches, .. }: &Part| {
            let Billing { model, speed, service_tier, inference_geo, refusal } = &**billing;
            let TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h } = tokens;
            json!([
                model,
                speed,
                service_tier,
                inference_geo,
                refusal,
                input,
                output,
                cache_read,
                cache_write_5m,
                cache_write_1h,
                web_searches
            ])
        };
        let parts: Vec<_> = self.parts.iter().map(part).collect();
        format!("{}\n", json!([digest::of(self.key), self.at_ms.0, u8::from(self.is_final), parts]))
    }
}

/// An amount as it is written.
const AMOUNT: &str = r"^-?[0-9]+(\.[0-9]{1,12})?$";

/// An amount that is written exactly, as text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExactUsd(pub PicoUsd);

impl Serialize for ExactUsd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl PartialSchema for ExactUsd {
    fn schema() -> RefOr<Schema> {
        let amount = ObjectBuilder::new().schema_type(Type::String).pattern(Some(AMOUNT));
        let description =
            "US dollars at API list prices: an exact decimal with at most 12 decimals, as text.";
        amount.description(Some(description)).build().into()
    }
}

impl ToSchema for ExactUsd {}

impl<'de> Deserialize<'de> for ExactUsd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

/// The price of a part: its terms, and the rates that they have, in pico-dollars for each token or search.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceLine {
    /// The model, as logged.
    pub model: String,
    /// The speed, as logged.
    pub speed: Option<String>,
    /// The service tier, as logged.
    pub service_tier: Option<String>,
    /// The inference region, as logged.
    pub inference_geo: Option<String>,
    /// The category of a refusal before any output.
    pub refusal: Option<String>,
    /// The model of the price table; `null` without a price.
    pub priced_as: Option<String>,
    /// First UTC day of the price.
    pub from: Option<NaiveDate>,
    /// First UTC day after the price.
    pub until: Option<NaiveDate>,
    /// `false` for a refused attempt that is not billed.
    pub billed: bool,
    /// An input token.
    pub input: Option<u64>,
    /// An output token.
    pub output: Option<u64>,
    /// A token read from the cache.
    pub cache_read: Option<u64>,
    /// A token written to the cache for five minutes.
    pub cache_write_5m: Option<u64>,
    /// A token written to the cache for an hour.
    pub cache_write_1h: Option<u64>,
    /// A web search.
    pub web_search: Option<u64>,
}

impl PriceLine {
    /// Returns the price of a part at a time by a price book.
    #[must_use]
    pub fn of(part: &Part, at_ms: EpochMs, prices: &PriceBook) -> Self {
        let quote = prices.quote_request(&part.billing, Some(at_ms), part.tokens.prompt());
        let (rates, priced) = match &quote {
            Quote::Priced(price) => (price.rates, Some(price)),
            Quote::Unpriced(_) | Quote::Ignored | Quote::Unbilled(_) => (Rates::default(), None),
        };
        let Billing { model, speed, service_tier, inference_geo, refusal } = Billing::clone(&part.billing);
        let rate = |rate: Option<Rate>| rate.map(|rate| rate.0);
        Self {
            model,
            speed,
            service_tier,
            inference_geo,
            refusal,
            priced_as: priced.map(|price| price.model.to_string()),
            from: priced.and_then(|price| price.from),
            until: priced.and_then(|price| price.until),
            billed: !quote.is_unbilled(),
            input: rate(rates.input),
            output: rate(rates.output),
            cache_read: rate(rates.cache_read),
            cache_write_5m: rate(rates.cache_write_5m),
            cache_write_1h: rate(rates.cache_write_1h),
            web_search: rate(rates.web_search),
        }
    }

    /// Returns the line as JSON, with the fields in their order and a line feed.
    fn text(&self) -> String {
        serde_json::to_string(self).expect("a price is JSON") + "\n"
    }

    /// Returns the terms.
    #[must_use]
    pub fn billing(&self) -> Billing {
        Billing {
            model: self.model.clone(),
            speed: self.speed.clone(),
            service_tier: self.service_tier.clone(),
            inference_geo: self.inference_geo.clone(),
            refusal: self.refusal.clone(),
        }
    }

    /// Returns the cost of a part at its rates; nothing for an attempt that is not billed.
    #[must_use]
    pub fn cost(&self, tokens: &TokenCounts, web_searches: u64) -> Cost {
        if !self.billed {
            return Cost::default();
        }
        let rates = Rates {
            input: self.input.map(Rate),
            output: self.output.map(Rate),
            cache_read: self.cache_read.map(Rate),
            cache_write_5m: self.cache_write_5m.map(Rate),
            cache_write_1h: self.cache_write_1h.map(Rate),
            web_search: self.web_search.map(Rate),
        };
        rates.cost(tokens, web_searches)
    }
}

/// Sums of facts, with what is not known of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProofTotals {
    /// Responses, without attempts that are not billed.
    pub responses: u64,
    /// Input tokens.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Tokens read from the cache.
    pub cache_read_tokens: u64,
    /// Tokens written to the cache for five minutes.
    pub cache_write_5m_tokens: u64,
    /// Tokens written to the cache for an hour.
    pub cache_write_1h_tokens: u64,
    /// Web searches.
    pub web_searches: u64,
    /// The cost of everything that has a price.
    pub cost_usd: ExactUsd,
    /// Responses whose output is not final.
    pub unfinalised: u64,
    /// Tokens without a price.
    pub unpriced_tokens: u64,
    /// Web searches without a price.
    pub unpriced_web_searches: u64,
}

impl ProofTotals {
    /// Adds the parts of a response, each with its price, and returns their cost.
    pub fn add<'p>(
        &mut self,
        is_final: bool,
        parts: impl IntoIterator<Item = (&'p PriceLine, TokenCounts, u64)>,
    ) -> Cost {
        let (mut is_billed, mut cost) = (false, Cost::default());
        for (price, tokens, web_searches) in parts {
            if !price.billed {
                continue;
            }
            is_billed = true;
            cost += price.cost(&tokens, web_searches);
            add(&mut self.input_tokens, tokens.input);
            add(&mut self.output_tokens, tokens.output);
            add(&mut self.cache_read_tokens, tokens.cache_read);
            add(&mut self.cache_write_5m_tokens, tokens.cache_write_5m);
            add(&mut self.cache_write_1h_tokens, tokens.cache_write_1h);
            add(&mut self.web_searches, web_searches);
        }
        add(&mut self.responses, u64::from(is_billed));
        add(&mut self.unfinalised, u64::from(is_billed && !is_final));
        self.cost_usd.0 += cost.amount;
        add(&mut self.unpriced_tokens, cost.unpriced_tokens);
        add(&mut self.unpriced_web_searches, cost.unpriced_web_searches);
        cost
    }

    /// Adds other sums.
    pub fn join(&mut self, other: &Self) {
        add(&mut self.responses, other.responses);
        add(&mut self.input_tokens, other.input_tokens);
        add(&mut self.output_tokens, other.output_tokens);
        add(&mut self.cache_read_tokens, other.cache_read_tokens);
        add(&mut self.cache_write_5m_tokens, other.cache_write_5m_tokens);
        add(&mut self.cache_write_1h_tokens, other.cache_write_1h_tokens);
        add(&mut self.web_searches, other.web_searches);
        add(&mut self.unfinalised, other.unfinalised);
        self.cost_usd.0 += other.cost_usd.0;
        add(&mut self.unpriced_tokens, other.unpriced_tokens);
        add(&mut self.unpriced_web_searches, other.unpriced_web_searches);
    }

    /// Returns all tokens.
    #[must_use]
    pub fn tokens(&self) -> u64 {
        TokenCounts {
            input: self.input_tokens,
            output: self.output_tokens,
            cache_read: self.cache_read_tokens,
            cache_write_5m: self.cache_write_5m_tokens,
            cache_write_1h: self.cache_write_1h_tokens,
        }
        .total()
    }

    /// Returns whether the cost is that of all the usage.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.unfinalised == 0 && self.unpriced_tokens == 0 && self.unpriced_web_searches == 0
    }
}

fn add(sum: &mut u64, count: u64) {
    *sum = sum.saturating_add(count);
}

/// A day, with the digest of its lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SummedDay {
    /// The day, in the zone of the month.
    pub day: NaiveDate,
    /// SHA-256 of its lines, sorted as bytes.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub digest: String,
    /// Its sums.
    pub totals: ProofTotals,
}

/// Facts of some days, while they are read.
#[derive(Debug, Default)]
pub struct FactSums {
    days: BTreeMap<NaiveDate, (Vec<String>, ProofTotals)>,
    prices: BTreeSet<PriceLine>,
}

/// Facts of some days, with their digests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummedFacts {
    /// The days with facts, in order.
    pub days: Vec<SummedDay>,
    /// The sums of all days.
    pub totals: ProofTotals,
    /// SHA-256 of a line for each day: the day, a space, and its digest.
    pub digest: String,
    /// SHA-256 of the prices that the cost consists of, each as a line of JSON, sorted as bytes.
    pub prices_digest: String,
}

impl FactSums {
    /// Adds a response of a day.
    pub fn add(&mut self, day: NaiveDate, response: &ProvableResponse<'_>, prices: &PriceBook) {
        let lines: Vec<_> =
            response.parts.iter().map(|part| PriceLine::of(part, response.at_ms, prices)).collect();
        let parts = lines.iter().zip(response.parts);
        let parts = parts.map(|(price, part)| (price, part.tokens, part.web_searches));
        let (texts, totals) = self.days.entry(day).or_default();
        texts.push(response.line());
        totals.add(response.is_final, parts);
        self.prices.extend(lines);
    }

    /// Returns the lines of all days, those of a day sorted as bytes.
    #[must_use]
    pub fn lines(self) -> String {
        let sorted = self.days.into_values().flat_map(|(mut lines, _)| {
            lines.sort_unstable();
            lines
        });
        sorted.collect()
    }

    /// Returns the sums and digests.
    #[must_use]
    pub fn finish(self) -> SummedFacts {
        let mut totals = ProofTotals::default();
        let mut days = Vec::with_capacity(self.days.len());
        for (day, (mut lines, of_day)) in self.days {
            lines.sort_unstable();
            totals.join(&of_day);
            let digest = digest::of_all(lines.iter().map(String::as_str));
            days.push(SummedDay { day, digest, totals: of_day });
        }
        let mut prices: Vec<_> = self.prices.iter().map(PriceLine::text).collect();
        prices.sort_unstable();
        SummedFacts {
            digest: days_digest(&days),
            prices_digest: digest::of_all(prices.iter().map(String::as_str)),
            days,
            totals,
        }
    }
}

/// Returns the SHA-256 of a line for each day: the day, a space, and its digest.
#[must_use]
pub fn days_digest(days: &[SummedDay]) -> String {
    let lines: Vec<_> = days.iter().map(|day| format!("{} {}\n", day.day, day.digest)).collect();
    digest::of_all(lines.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::Arc;

    fn part(model: &str, tokens: [u64; 5], web_searches: u64) -> Part {
        let [input, output, cache_read, cache_write_5m, cache_write_1h] = tokens;
        Part {
            billing: Arc::new(Billing { model: model.to_owned(), ..Billing::default() }),
            tokens: TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h },
            web_searches,
            ttl_assumed: false,
        }
    }

    fn day(number: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, number).unwrap()
    }

    #[test]
    fn a_line_has_all_that_its_cost_depends_on() {
        let parts = [part("claude-opus-4-5", [1, 2, 3, 4, 5], 6)];
        let response =
            ProvableResponse { key: "abc", at_ms: EpochMs(1_773_259_200_000), is_final: true, parts: &parts };
        let expected = "[\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\",1773259200000,1,\
                        [[\"claude-opus-4-5\",null,null,null,null,1,2,3,4,5,6]]]\n";
        assert_eq!(response.line(), expected);
    }

    type Drawn = (u8, u32, bool, [u64; 5], u64);

    fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
        let one =
            (any::<u8>(), 1..4_u32, any::<bool>(), proptest::array::uniform5(0..9_999_999_u64), 0..5_u64);
        proptest::collection::vec(one, 1..12)
    }

    fn summed(responses: &[Drawn]) -> SummedFacts {
        let prices = PriceBook::builtin();
        let mut sums = FactSums::default();
        for (key, of_day, is_final, tokens, searches) in responses {
            let model = ["claude-opus-4-5", "claude-haiku-4-5", "nobody-knows"][usize::from(key % 3)];
            let parts = [part(model, *tokens, *searches)];
            let key = format!("key {key}");
            let at_ms = EpochMs(1_773_259_200_000);
            let response = ProvableResponse { key: &key, at_ms, is_final: *is_final, parts: &parts };
            sums.add(day(*of_day), &response, &prices);
        }
        sums.finish()
    }

    proptest! {
        #[test]
        fn the_order_is_no_part_of_a_digest(responses in drawn(), turn in any::<usize>()) {
            let mut turned = responses.clone();
            turned.rotate_left(turn % responses.len());
            turned.reverse();
            prop_assert_eq!(summed(&responses), summed(&turned));
        }

        #[test]
        fn any_change_of_a_fact_is_one_of_the_digests_of_its_day_and_month(
            responses in drawn(), which in any::<usize>(), change in 0..5_usize
        ) {
            let before = summed(&responses);
            let mut changed = responses.clone();
            let at = which % changed.len();
            let of_day = day(changed[at].1);
            match change {
                0 => changed[at].0 = changed[at].0.wrapping_add(3),
                1 => changed[at].2 = !changed[at].2,
                2 => changed[at].3[which % 5] += 1,
                3 => changed[at].4 += 1,
                _ => drop(changed.remove(at)),
            }
            let after = summed(&changed);
            prop_assert_ne!(&before.digest, &after.digest);
            let digest = |of: &SummedFacts| of.days.iter().find(|day| day.day == of_day).map(|day| day.digest.clone());
            prop_assert_ne!(digest(&before), digest(&after));
            let others = |of: &SummedFacts| of.days.iter().filter(|day| day.day != of_day).cloned().collect::<Vec<_>>();
            prop_assert_eq!(others(&before), others(&after));
        }

        #[test]
        fn the_days_add_up(responses in drawn()) {
            let summed = summed(&responses);
            let mut totals = ProofTotals::default();
            summed.days.iter().for_each(|day| totals.join(&day.totals));
            prop_assert_eq!(totals, summed.totals);
        }
    }
}
