//! The table and a list, side by side.

use super::list::{KINDS, ListName, Listed, Rates};
use chrono::NaiveDate;
use ctm_pricing::{Model, Offer, PriceBook, PriceRow, Quote};
use ctm_types::{Billing, EpochMs};
use std::collections::BTreeSet;
use std::fmt;

/// Something that the table and a list do not agree on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) list: ListName,
    /// The model, as the list calls it.
    pub(crate) model: String,
    /// The field: a kind of tokens, also after `long_context.` or `fast.`; `model` for all of them.
    pub(crate) field: String,
    /// US dollars per million tokens, or `-`.
    pub(crate) ours: String,
    pub(crate) theirs: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ours {}, theirs {}", self.model, self.field, self.ours, self.theirs)
    }
}

/// Result of a comparison.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Compared {
    /// Models of the list that agree in everything.
    pub(crate) agreeing: usize,
    pub(crate) differences: Vec<Difference>,
    /// Models of the table that the list does not have.
    pub(crate) absent: Vec<String>,
}

/// Compares the prices of a UTC day.
pub(crate) fn compare(book: &PriceBook, list: ListName, listed: &[Listed], day: NaiveDate) -> Compared {
    let mut compared = Compared::default();
    let mut met = BTreeSet::new();
    for theirs in listed {
        let differ = |field: String, ours: String, theirs_is: String| Difference {
            list,
            model: theirs.model.clone(),
            field,
            ours,
            theirs: theirs_is,
        };
        let found = find(book, &theirs.model, day);
        let Some((model, row)) = found else {
            compared.differences.push(differ("model".to_owned(), "-".to_owned(), "a price".to_owned()));
            continue;
        };
        met.insert(model.id.clone());
        let before = compared.differences.len();
        for (field, ours, theirs) in fields(row, theirs) {
            if ours != theirs {
                compared.differences.push(differ(field, usd(ours), usd(theirs)));
            }
        }
        compared.agreeing += usize::from(compared.differences.len() == before);
    }
    let absent = book.models().filter(|model| !met.contains(&model.id));
    compared.absent = absent.map(|model| model.id.to_string()).collect();
    compared
}

/// Returns the model that a name means in the table, and its price of a day.
fn find<'a>(book: &'a PriceBook, name: &str, day: NaiveDate) -> Option<(&'a Model, &'a PriceRow)> {
    let billing = Billing { model: name.to_owned(), ..Billing::default() };
    let at_ms = day.and_hms_opt(12, 0, 0)?.and_utc().timestamp_millis();
    let Quote::Priced(price) = book.quote(&billing, Some(EpochMs(at_ms)), 0) else { return None };
    let model = book.models().find(|model| model.id == price.model)?;
    Some((model, model.prices.iter().find(|row| row.from == price.from)?))
}

/// Returns every rate that one of both has, by its name: ours and theirs. Where a list is silent on
/// a kind of tokens of an offer that it has, there is nothing to compare.
fn fields(row: &PriceRow, theirs: &Listed) -> Vec<(String, Option<u64>, Option<u64>)> {
    let mut fields = named("", Some(rates(&row.standard, false)), Some(theirs.standard));
    let ours_long = row.standard.long_context;
    let long_name = |above: Option<u64>| above.map(|above| format!("long_context.{above}."));
    let (our_above, their_above) =
        (ours_long.map(|long| long.above_prompt_tokens), theirs.long.map(|(above, _)| above));
    if our_above == their_above {
        if let Some(name) = long_name(our_above) {
            let ours = rates(&row.standard, true);
            fields.extend(named(&name, Some(ours), theirs.long.map(|(_, rates)| rates)));
        }
    } else {
        if let Some(name) = long_name(our_above) {
            fields.extend(named(&name, Some(rates(&row.standard, true)), None));
        }
        if let Some((name, (_, rates))) = long_name(their_above).zip(theirs.long) {
            fields.extend(named(&name, None, Some(rates)));
        }
    }
    let fast = row.fast.as_ref().map(|fast| rates(fast, false));
    if fast.is_some() || theirs.fast.is_some() {
        fields.extend(named("fast.", fast, theirs.fast));
    }
    fields
}

fn named(
    prefix: &str,
    ours: Option<Rates>,
    theirs: Option<Rates>,
) -> Vec<(String, Option<u64>, Option<u64>)> {
    let of = |rates: Option<Rates>, kind: usize| rates.and_then(|rates| rates[kind]);
    let kinds =
        KINDS.iter().enumerate().filter(|(kind, _)| theirs.is_none_or(|theirs| theirs[*kind].is_some()));
    let kinds = kinds.map(|(kind, name)| (format!("{prefix}{name}"), of(ours, kind), of(theirs, kind)));
    kinds.filter(|(_, ours, theirs)| ours.is_some() || theirs.is_some()).collect()
}

fn rates(offer: &Offer, is_long: bool) -> Rates {
    let listed = offer.long_context.filter(|_| is_long).map_or(offer.listed, |long| long.listed).rates;
    let kinds =
        [listed.input, listed.output, listed.cache_read, listed.cache_write_5m, listed.cache_write_1h];
    kinds.map(|rate| rate.map(|rate| rate.0))
}

/// Writes a rate as US dollars per million tokens.
fn usd(rate: Option<u64>) -> String {
    let Some(rate) = rate else { return "-".to_owned() };
    let text = format!("{}.{:06}", rate / 1_000_000, rate % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(listed: Listed, day: &str, expected: &[&str]) {
        let book = PriceBook::builtin();
        let compared = compare(&book, ListName::Genai, &[listed], day.parse().unwrap());
        let differences: Vec<_> = compared.differences.iter().map(ToString::to_string).collect();
        assert_eq!(differences, expected);
        assert_eq!(compared.agreeing, usize::from(expected.is_empty()));
    }

    fn opus_4_5(input: u64) -> Listed {
        let standard = [input, 25_000_000, 500_000, 6_250_000, 10_000_000].map(Some);
        Listed { model: "claude-opus-4-5".to_owned(), standard, ..Listed::default() }
    }

    #[test]
    fn only_differences_are_reported() {
        check(opus_4_5(5_000_000), "2026-11-22", &[]);
        check(opus_4_5(15_000_000), "2026-11-22", &["claude-opus-4-5 input: ours 5, theirs 15"]);
        let silent = Listed { standard: [Some(5_000_000), None, None, None, None], ..opus_4_5(0) };
        check(silent, "2026-11-22", &[]);
        let unknown = Listed { model: "claude-opus-99".to_owned(), ..opus_4_5(0) };
        check(unknown, "2026-11-22", &["claude-opus-99 model: ours -, theirs a price"]);
        let fast = Listed { fast: Some([Some(10_000_000), None, None, None, None]), ..opus_4_5(5_000_000) };
        check(fast, "2026-11-22", &["claude-opus-4-5 fast.input: ours -, theirs 10"]);
    }

    #[test]
    fn prices_are_those_of_the_day() {
        let sonnet = |cache_read| Listed {
            model: "claude-sonnet-5-5".to_owned(),
            standard: [None, None, Some(cache_read), None, None],
            ..Listed::default()
        };
        check(sonnet(200_000), "2026-10-06", &[]);
        check(sonnet(200_000), "2026-10-07", &["claude-sonnet-5-5 cache_read: ours 0.1, theirs 0.2"]);
    }

    #[test]
    fn tiers_for_long_prompts_are_compared_by_their_threshold() {
        let haiku = |long| Listed { model: "claude-haiku-5-5".to_owned(), long, ..Listed::default() };
        check(haiku(Some((100_000, [Some(500_000), None, None, None, None]))), "2026-11-22", &[]);
        let other = haiku(Some((200_000, [Some(500_000), None, None, None, None])));
        check(
            other,
            "2026-11-22",
            &[
                "claude-haiku-5-5 long_context.100000.input: ours 0.5, theirs -",
                "claude-haiku-5-5 long_context.100000.output: ours 2.5, theirs -",
                "claude-haiku-5-5 long_context.100000.cache_read: ours 0.05, theirs -",
                "claude-haiku-5-5 long_context.100000.cache_write_5m: ours 0.625, theirs -",
                "claude-haiku-5-5 long_context.100000.cache_write_1h: ours 1, theirs -",
                "claude-haiku-5-5 long_context.200000.input: ours -, theirs 0.5",
            ],
        );
    }

    #[test]
    fn models_missing_from_a_list_are_reported() {
        let compared = compare(
            &PriceBook::builtin(),
            ListName::Litellm,
            &[opus_4_5(5_000_000)],
            "2026-11-22".parse().unwrap(),
        );
        assert!(compared.absent.contains(&"claude-3-opus".to_owned()));
        assert!(!compared.absent.contains(&"claude-opus-4-5".to_owned()));
    }
}
