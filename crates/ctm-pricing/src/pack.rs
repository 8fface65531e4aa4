//! Packs: list prices that are used only on request.
//!
//! # Design
//!
//! Claude Code is also used with models of other makers. A transcript does not name the provider, and the
//! same name has several prices, so such a model is unpriced by default. A pack contains the prices of the
//! makers, in the form of the built-in table, with exact names of models.

use crate::fields::DayField;
use crate::notation::{plain, without_context_marker};
use crate::table::ModelFields;
use crate::{Model, PriceOrigin};
use chrono::NaiveDate;
use serde::Deserialize;
use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

/// A pack of list prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pack {
    /// Models of other makers than Anthropic.
    Others,
}

/// The contents of a pack.
#[derive(Debug)]
pub(crate) struct PackTable {
    pub(crate) as_of: NaiveDate,
    pub(crate) models: Vec<Model>,
    names: HashSet<Arc<str>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackFile {
    version: DayField,
    model: Vec<ModelFields>,
}

impl Pack {
    /// Returns the pack's name, as the settings have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Others => "others",
        }
    }

    /// Returns the pack of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        (name == Self::Others.name()).then_some(Self::Others)
    }

    /// Returns whether the pack has a price for a name in the notation of a transcript.
    #[must_use]
    pub fn has(self, written: &str) -> bool {
        let name = plain(written);
        let names = &self.table().names;
        names.contains(&*name) || names.contains(without_context_marker(&name))
    }

    /// Returns the UTC day on which the prices were looked up.
    #[must_use]
    pub fn as_of(self) -> NaiveDate {
        self.table().as_of
    }

    /// Returns the models of the pack.
    #[must_use]
    pub fn models(self) -> &'static [Model] {
        &self.table().models
    }

    fn table(self) -> &'static PackTable {
        static OTHERS: OnceLock<PackTable> = OnceLock::new();
        match self {
            Self::Others => {
                OTHERS.get_or_init(|| PackTable::parse(include_str!("../data/other-makers.toml")))
            }
        }
    }
}

impl PackTable {
    fn parse(text: &str) -> Self {
        let file: PackFile = toml::from_str(text).expect("the packs are valid, as the tests prove");
        let models: Vec<Model> =
            file.model.into_iter().map(|fields| fields.into_model(None, PriceOrigin::Pack)).collect();
        let names = models.iter().flat_map(|model| std::iter::once(&model.id).chain(&model.aliases).cloned());
        Self { as_of: file.version.0, names: names.collect(), models }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PriceBook, PriceFlag, Quote, UnpricedReason};
    use ctm_types::{Billing, EpochMs, TokenCounts};

    /// 2026-11-28 at noon, UTC.
    const NOON: EpochMs = EpochMs(1_795_867_200_000);

    fn quote(book: &PriceBook, name: &str, prompt_tokens: u64) -> Quote {
        let billing = Billing { model: name.to_owned(), ..Billing::default() };
        book.quote_request(&billing, Some(NOON), prompt_tokens)
    }

    fn check(name: &str, expected: Option<&str>) {
        let million = TokenCounts {
            input: 1_000_000,
            output: 1_000_000,
            cache_read: 1_000_000,
            ..TokenCounts::default()
        };
        let book = PriceBook::builtin().with_pack(Pack::Others);
        let amount = match quote(&book, name, 0) {
            Quote::Priced(price) => Some(price.rates.cost(&million, 0).amount.to_string()),
            _ => None,
        };
        assert_eq!(amount.as_deref(), expected, "{name}");
        assert_eq!(Pack::Others.has(name), expected.is_some(), "{name}");
    }

    #[test]
    fn models_of_other_makers_cost_their_list_price() {
        check("glm-5", Some("4.4"));
        check("z-ai/glm-5.3", Some("6.06"));
        check("GLM-4.7[1m]", Some("2.91"));
        check("moonshotai/kimi-k2.6", Some("5.11"));
        check("deepseek-v4-pro", Some("5.324"));
        check("qwen3.7-max", Some("10.5"));
        check("MiniMax-M2.5", Some("1.53"));
        check("gpt-5", Some("11.375"));
        check("openai/gpt-5.4-mini", Some("5.325"));
        check("gpt-5-2025-08-07", Some("11.375"));
    }

    #[test]
    fn relatives_of_their_names_are_unknown() {
        for name in [
            "glm-6",
            "glm-5-thinking",
            "glm-5-fast",
            "glm-5:fast",
            "glm-5-20260101",
            "glm-4-7",
            "someone/glm-5",
            "openrouter/z-ai/glm-5",
            "anthropic/glm-5",
            "kimi-k2-thinking",
            "kimi-k2.6-thinking",
            "gpt-5-turbo",
            "gpt-5-2025-08-08",
            "glm-5[1m][1m]",
            "qwen3-coder-plus",
        ] {
            check(name, None);
        }
    }

    #[test]
    fn without_the_pack_they_are_unpriced_with_a_hint() {
        let hint = |name: &str| match quote(&PriceBook::builtin(), name, 0) {
            Quote::Unpriced(unpriced) => (unpriced.reason, unpriced.hint),
            other => panic!("{other:?}"),
        };
        let (reason, text) = hint("glm-5[1m]");
        assert_eq!(reason, UnpricedReason::UnknownModel);
        assert!(text.contains(r#"prices_pack = "others""#), "{text}");
        assert_eq!(hint("z-ai/glm-5").0, UnpricedReason::UnknownProvider);
        assert!(!hint("glm-6").1.contains("prices_pack"));
    }

    #[test]
    fn pack_prices_are_marked_as_provider_unknown() {
        let book = PriceBook::builtin().with_pack(Pack::Others);
        let Quote::Priced(price) = quote(&book, "glm-5", 0) else { panic!("priced") };
        assert!(
            price.source.starts_with("list price of the maker, provider not known: "),
            "{}",
            price.source
        );
        assert!(
            price.flags.contains(&PriceFlag::ProviderUnknown)
                && !price.flags.contains(&PriceFlag::BeforeEffective)
        );
        assert_eq!(book.version(), format!("{}+others", PriceBook::builtin().version()));
        // The pack is taken once, and Claude models are what they were.
        assert_eq!(book.with_pack(Pack::Others).version(), book.version());
        assert_eq!(quote(&book, "claude-opus-5", 0), quote(&PriceBook::builtin(), "claude-opus-5", 0));
    }

    #[test]
    fn prompts_of_a_length_with_other_prices_have_none() {
        let book = PriceBook::builtin().with_pack(Pack::Others);
        let tokens = TokenCounts { input: 10, output: 10, ..TokenCounts::default() };
        let unpriced = |name: &str, prompt| quote(&book, name, prompt).cost(&tokens, 0).unpriced_tokens;
        assert_eq!(unpriced("gpt-5.4", 200_000), 0);
        assert_eq!(unpriced("gpt-5.4", 200_001), 20);
        assert_eq!(unpriced("glm-5", 900_000), 0);
    }

    #[test]
    fn an_own_price_for_such_a_model_replaces_that_of_the_pack() {
        let book = PriceBook::builtin().with_pack(Pack::Others);
        let own = "price = [{ model = 'glm-5', input = '9', output = '1' }]\nalias.house = 'kimi-k2.6'";
        let book = book.with_overrides(own).unwrap();
        let input = |name: &str| match quote(&book, name, 0) {
            Quote::Priced(price) => price.rates.input.unwrap().0,
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!([input("glm-5"), input("z-ai/glm-5"), input("house")], [9_000_000, 9_000_000, 950_000]);
    }

    #[test]
    fn every_name_of_a_pack_is_plain_and_means_one_model() {
        let mut seen = HashSet::new();
        let thresholds = PriceBook::builtin().context_thresholds().to_vec();
        for model in Pack::Others.models() {
            for name in std::iter::once(&model.id).chain(&model.aliases) {
                assert!(seen.insert(name.clone()), "{name} means two models");
                assert!(
                    plain(name) == **name && !name.contains("claude") && !name.ends_with("[1m]"),
                    "{name}"
                );
            }
            assert!(model.modifiers.is_empty() && !model.prices.is_empty(), "{}", model.id);
            for row in &model.prices {
                assert_eq!(row.origin, PriceOrigin::Pack);
                let above = row.standard.long_context.map(|long| long.above_prompt_tokens);
                assert!(above.is_none_or(|above| thresholds.contains(&above)), "{}", model.id);
            }
        }
        assert_eq!(Pack::parse("others"), Some(Pack::Others));
        assert_eq!(Pack::parse("none"), None);
        assert!(Pack::Others.as_of() >= "2026-11-27".parse().unwrap());
    }
}
