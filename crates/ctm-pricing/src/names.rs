//! Resolution of model names.
//!
//! # Design
//!
//! The notation of the platform is removed from a name, and the rest must exactly equal a known id or alias.
//! Matching by prefix, substring or similarity was rejected: `claude-opus-5-5` is not `claude-opus-5`, and a
//! wrong price is worse than a missing one.

use crate::multipliers::{Match, Multiplier, Multipliers};
use crate::notation::{
    is_gov, plain, with_dashed_versions, without_context_marker, without_date, without_markers, without_path,
    without_revision, without_snapshot,
};
use crate::{Model, Ratio, UnpricedReason};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The names that are known, and how to find the model behind each.
#[derive(Debug, Clone)]
pub(crate) struct KnownNames {
    /// Ids and aliases, to the place of their model.
    models: HashMap<String, usize>,
    /// Names that mean a model letter for letter: no other form of them means it.
    exact: HashMap<String, usize>,
    /// Names that the user mapped.
    mapped: HashMap<String, Named>,
    /// Names that mean different models in different places.
    ambiguous: BTreeSet<String>,
    /// The prefixes of Bedrock ids, and what each multiplies.
    regional: BTreeMap<String, Ratio>,
    /// The user's multipliers.
    multipliers: Multipliers,
}

/// The meaning of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Named {
    /// Place of the model in the table.
    pub(crate) model: usize,
    /// `true` if the name requests fast mode.
    pub(crate) fast: bool,
    /// The multiplier of the Bedrock endpoint in the name, if there is one.
    pub(crate) bedrock: Option<Ratio>,
    /// The user's multiplier that matches the name.
    pub(crate) multiplied: Option<Multiplied>,
}

/// The user's multiplier of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Multiplied {
    /// Place of the multiplier.
    place: usize,
    /// `true` if the model was found by a part of the name.
    pub(crate) of_part: bool,
}

/// Reason why a name resolves to no model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nameless {
    /// It is not meant to: `<synthetic>` and the like.
    Placeholder,
    /// It should, but this cannot be determined.
    Unpriced(UnpricedReason),
}

/// The multiplier of regions for the government.
const GOV: &str = "us-gov";

impl KnownNames {
    /// Creates the index of the ids and aliases of `models`.
    pub(crate) fn new(
        models: &[Model],
        ambiguous: BTreeSet<String>,
        regional: BTreeMap<String, Ratio>,
    ) -> Self {
        let names = models.iter().enumerate().flat_map(|(place, model)| {
            std::iter::once(&model.id).chain(&model.aliases).map(move |name| (name.to_string(), place))
        });
        Self {
            models: names.collect(),
            exact: HashMap::new(),
            mapped: HashMap::new(),
            ambiguous,
            regional,
            multipliers: Multipliers::default(),
        }
    }

    /// Adds `name` as an id of the model at `place`.
    pub(crate) fn add(&mut self, name: String, place: usize) {
        self.models.insert(name, place);
    }

    /// Adds `name`, and no other form of it, as a name of the model at `place`.
    pub(crate) fn add_exact(&mut self, name: String, place: usize) {
        self.exact.insert(name, place);
    }

    /// Returns the model that `name` means letter for letter.
    pub(crate) fn find_exact(&self, name: &str) -> Option<usize> {
        self.exact.get(name).copied()
    }

    /// Multiplies the prices of names that match a pattern.
    pub(crate) fn multiply(&mut self, multiplier: Multiplier) {
        self.multipliers.add(multiplier);
    }

    /// Returns the multipliers, the most specific first.
    pub(crate) fn multipliers(&self) -> impl Iterator<Item = &Multiplier> {
        self.multipliers.iter()
    }

    /// Returns the multiplier that a name has.
    pub(crate) fn multiplier(&self, multiplied: Multiplied) -> &Multiplier {
        self.multipliers.at(multiplied.place)
    }

    /// Maps `name`, in the form of [`plain`], to `target`.
    pub(crate) fn map(&mut self, name: String, target: Named) {
        self.mapped.insert(name, target);
    }

    /// Forgets what `name` was mapped to.
    pub(crate) fn unmap(&mut self, name: &str) {
        self.mapped.remove(name);
    }

    /// Returns the meaning of a name in the notation of a transcript.
    pub(crate) fn resolve(&self, written: &str) -> Result<Named, Nameless> {
        let name = plain(written);
        if name.starts_with('<') && name.ends_with('>') {
            return Err(Nameless::Placeholder);
        }
        let whole = self.resolve_whole(&name);
        let Some((Match { place, parts }, fast)) = self.find_multiplier(&name) else {
            return whole.map_err(Nameless::Unpriced);
        };
        let named = match whole {
            Ok(named) => Ok(Named { multiplied: Some(Multiplied { place, of_part: false }), ..named }),
            Err(reason) => {
                let named = parts.into_iter().find_map(|part| self.resolve_whole(part).ok());
                let multiplied = Some(Multiplied { place, of_part: true });
                named.map(|named| Named { fast: fast || named.fast, multiplied, ..named }).ok_or(reason)
            }
        };
        named.map_err(Nameless::Unpriced)
    }

    /// Returns the multiplier of a name, with or without its markers, and whether these request fast mode.
    fn find_multiplier<'a>(&self, name: &'a str) -> Option<(Match<'a>, bool)> {
        let (bare, fast) = without_markers(name);
        let of_name = self.multipliers.find(name).map(|found| (found, false));
        of_name.or_else(|| Some((self.multipliers.find(bare)?, fast)))
    }

    /// Returns what a name in the form of [`plain`] means, whatever multiplies its price.
    fn resolve_whole(&self, name: &str) -> Result<Named, UnpricedReason> {
        let (bare, fast) = without_markers(name);
        if let Some(named) = self.mapped.get(name) {
            return Ok(*named);
        }
        if let Some(named) = self.mapped.get(bare) {
            return Ok(Named { fast: fast || named.fast, ..*named });
        }
        self.resolve_unmapped(name)
    }

    /// Returns what a name in the form of [`plain`] means without a mapping.
    pub(crate) fn resolve_unmapped(&self, name: &str) -> Result<Named, UnpricedReason> {
        let named = |model: usize, fast, bedrock| Named { model, fast, bedrock, multiplied: None };
        if name.is_empty() {
            return Err(UnpricedReason::NoModel);
        }
        if let Some(&model) = self.exact.get(name).or_else(|| self.exact.get(without_context_marker(name))) {
            return Ok(named(model, false, None));
        }
        if let Some(&model) = self.models.get(name) {
            return Ok(named(model, false, None));
        }
        let (bare, fast) = without_markers(name);
        if let Some(&model) = self.models.get(bare) {
            return Ok(named(model, fast, None));
        }
        let id = without_path(bare)?;
        let (bedrock, model) = match self.without_region(id) {
            Some((Ratio::ONE, model)) if is_gov(bare) => {
                (self.regional.get(GOV).copied(), self.find_bedrock(model))
            }
            Some((ratio, model)) => (Some(ratio), self.find_bedrock(model)),
            None => (None, self.find(without_snapshot(id))),
        };
        match model {
            Some(model) => Ok(named(model, fast, bedrock)),
            None if self.ambiguous.contains(id) => Err(UnpricedReason::AmbiguousAlias),
            None => Err(UnpricedReason::UnknownModel),
        }
    }

    /// Returns the model of this id or alias, also when its version has dots or a date follows.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        let dashed = with_dashed_versions(name);
        [name, &dashed, without_date(&dashed)].into_iter().find_map(|name| self.models.get(name)).copied()
    }

    /// Returns the model of a Bedrock id without its prefix: with or without a version behind.
    fn find_bedrock(&self, id: &str) -> Option<usize> {
        without_revision(id).into_iter().find_map(|id| self.find(id))
    }

    /// Returns the possible ids in Claude Code's own notation for a name: of the first-party API, Bedrock or
    /// Vertex AI, with or without a date.
    pub(crate) fn ids_of_claude_code<'a>(&self, name: &'a str) -> [&'a str; 2] {
        match self.without_region(name) {
            Some((_, id)) => without_revision(id).map(without_date),
            None => [without_date(without_snapshot(name)); 2],
        }
    }

    /// Splits `<region>.anthropic.<id>` or `anthropic.<id>` into multiplier and id.
    fn without_region<'a>(&self, id: &'a str) -> Option<(Ratio, &'a str)> {
        if let Some(id) = id.strip_prefix("anthropic.") {
            return Some((Ratio::ONE, id));
        }
        let (region, id) = id.split_once(".anthropic.")?;
        Some((*self.regional.get(region)?, id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Table;
    use proptest::prelude::*;

    /// Describes what a name means: model, `fast`, and the multiplier of a Bedrock name.
    fn meaning(written: &str) -> String {
        let table = Table::builtin();
        match table.names.resolve(written) {
            Err(Nameless::Placeholder) => "placeholder".to_owned(),
            Err(Nameless::Unpriced(reason)) => reason.name().to_owned(),
            Ok(named) => {
                let mut text = table.models[named.model].id.to_string();
                if named.fast {
                    text.push_str(" fast");
                }
                if let Some(ratio) = named.bedrock {
                    text.push_str(&format!(" x{ratio}"));
                }
                text
            }
        }
    }

    fn check(written: &str, expected: &str) {
        assert_eq!(meaning(written), expected, "{written:?}");
    }

    #[test]
    fn ids_and_aliases_are_exact_whatever_their_case() {
        check("claude-opus-5-5", "claude-opus-5-5");
        check("  Claude-Opus-5 ", "claude-opus-5");
        check("claude-4-5-opus", "claude-opus-4-5");
        check("claude-3-opus-latest", "claude-3-opus");
        check("claude-opus-5-latest", "claude-opus-5");
        check("claude-3-5-haiku-latest", "claude-3-5-haiku");
        check("claude-2.1", "claude-2");
        check("claude-instant-1.2", "claude-instant-1");
    }

    #[test]
    fn every_listed_name_means_its_model() {
        let table = Table::builtin();
        for model in &table.models {
            for name in std::iter::once(&model.id).chain(&model.aliases) {
                check(name, &model.id);
            }
        }
    }

    #[test]
    fn relatives_of_a_known_name_are_unknown() {
        for name in [
            "claude-opus-6",
            "claude-opus-4-9",
            "claude-opus-5-6",
            "claude-opus-5-5-5",
            "claude-opus-latest",
            "claude-opus-5-x",
            "xclaude-opus-5",
            "my-proxy-claude",
            "claude",
            "claude-opus-5-2026072",
            "claude-opus-5-20260724a",
            "claude-opus-5 4",
            "claude-opus-5 [1m]",
            "gpt-5",
            "-20250101",
            "[1m]",
        ] {
            assert!(["unknown_model", "no_model"].contains(&&*meaning(name)), "{name}: {}", meaning(name));
        }
    }

    #[test]
    fn markers_may_follow_once_each_in_any_order() {
        check("claude-opus-5[1m]", "claude-opus-5");
        check("claude-opus-5[1M]", "claude-opus-5");
        check("claude-sonnet-4-6-thinking", "claude-sonnet-4-6");
        check("anthropic/claude-opus-4.5:thinking", "claude-opus-4-5");
        check("claude-opus-5-fast", "claude-opus-5 fast");
        check("claude-opus-5:fast", "claude-opus-5 fast");
        check("claude-opus-5-fast[1m]", "claude-opus-5 fast");
        check("claude-opus-5[1m]-fast", "claude-opus-5 fast");
        check("claude-opus-4-5-20251101-thinking[1m]", "claude-opus-4-5");
        check("claude-opus-5[1m][1m]", "unknown_model");
        check("claude-opus-5[2m]", "unknown_model");
    }

    #[test]
    fn dates_and_dotted_versions_do_not_matter() {
        check("claude-opus-4-5-20251101", "claude-opus-4-5");
        check("claude-opus-5-5-20260922", "claude-opus-5-5");
        check("claude-opus-4.5", "claude-opus-4-5");
        check("claude-opus-4.5-20251101", "claude-opus-4-5");
        check("claude-3.5-sonnet", "claude-3-5-sonnet");
        check("claude.opus.5", "unknown_model");
    }

    #[test]
    fn paths_of_known_providers_are_removed() {
        check("anthropic/claude-opus-4.5", "claude-opus-4-5");
        check("openrouter/anthropic/claude-opus-4.5", "claude-opus-4-5");
        check("vertex_ai/claude-haiku-4-5@20251001", "claude-haiku-4-5");
        check("azure_ai/claude-opus-5", "claude-opus-5");
        check("vercel_ai_gateway/anthropic/claude-opus-5", "claude-opus-5");
        check("claude_platform/claude-opus-5", "claude-opus-5");
        check("bedrock/us-east-1/anthropic.claude-instant-v1", "claude-instant-1 x1");
        check("bedrock/us-gov-west-1/anthropic.claude-opus-5", "claude-opus-5 x1.2");
        check("bedrock/us-gov-east-1/us-gov.anthropic.claude-opus-5", "claude-opus-5 x1.2");
        check("bedrock/us-west-1/anthropic.claude-opus-5", "claude-opus-5 x1");
        check(
            "arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:inference-profile/anthropic.claude-opus-5",
            "claude-opus-5 x1.2",
        );
        check("bedrock/eu.anthropic.claude-opus-5", "claude-opus-5 x1.1");
        check("anthropic/opus", "ambiguous_alias");
    }

    #[test]
    fn names_of_vendors_and_in_reverse_are_listed() {
        check("anthropic--claude-4.6-opus", "claude-opus-4-6");
        check("anthropic--claude-4-opus", "claude-opus-4");
        check("anthropic--claude-3.7-sonnet", "claude-3-7-sonnet");
        check("anthropic/claude-4.6-opus-20260205", "claude-opus-4-6");
        check("openrouter/anthropic/claude-4.1-opus", "claude-opus-4-1");
        check("claude-5.5-haiku", "claude-haiku-5-5");
        for unknown in [
            "anthropic--gpt-5",
            "anthropic-claude-4.6-opus",
            "anthropic--claude-4.6-opux",
            "other--claude-4.6-opus",
        ] {
            check(unknown, "unknown_model");
        }
    }

    #[test]
    fn other_paths_are_nobodys_list_price() {
        for name in [
            "someone/claude-opus-5",
            "openrouter/claude-opus-5",
            "bedrock/us-east/claude-opus-5",
            "bedrock/east-1/claude-opus-5",
            "bedrock/US--1/claude-opus-5",
            "anthropic/x/claude-opus-5",
            "/claude-opus-5",
        ] {
            check(name, "unknown_provider");
        }
    }

    #[test]
    fn bedrock_ids_carry_region_and_version() {
        check("anthropic.claude-opus-4-5-20251101-v1:0", "claude-opus-4-5 x1");
        check("anthropic.claude-opus-4-6-v1", "claude-opus-4-6 x1");
        check("anthropic.claude-opus-4-7", "claude-opus-4-7 x1");
        check("anthropic.claude-v2:1", "claude-2 x1");
        check("anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet x1");
        check("global.anthropic.claude-opus-4-8", "claude-opus-4-8 x1");
        check("us-gov.anthropic.claude-opus-4-8", "claude-opus-4-8 x1.2");
        for region in ["us", "eu", "apac", "jp", "au"] {
            check(&format!("{region}.anthropic.claude-opus-4-8-v1:0[1m]"), "claude-opus-4-8 x1.1");
        }
        check("mars.anthropic.claude-opus-4-8", "unknown_model");
        check("us.claude-opus-4-8", "unknown_model");
        check("anthropic.", "unknown_model");
        check("claude-opus-4-8-v1:0", "unknown_model");
    }

    #[test]
    fn vertex_ids_carry_a_snapshot() {
        check("claude-haiku-4-5@20251001", "claude-haiku-4-5");
        check("claude-opus-5@default", "claude-opus-5");
        check("claude-opus-5@latest", "claude-opus-5");
        check("claude-3-5-sonnet-v2@20241022", "claude-3-5-sonnet");
        check("claude-opus-5@beta", "unknown_model");
    }

    #[test]
    fn an_arn_names_its_model_only_in_a_system_profile() {
        let profile = "arn:aws:bedrock:us-east-1:123456789012";
        check(
            &format!("{profile}:inference-profile/us.anthropic.claude-opus-4-5-20251101-v1:0"),
            "claude-opus-4-5 x1.1",
        );
        check(&format!("{profile}:application-inference-profile/a1b2c3"), "opaque_profile");
        check("arn:aws:sagemaker:us-east-1:1:inference-profile/claude-opus-5", "opaque_profile");
        check("arn:aws", "opaque_profile");
    }

    #[test]
    fn names_that_depend_on_the_platform_stay_unpriced() {
        for name in ["opus", "Sonnet", "haiku", "fable", "best", "default", "opusplan", "opus[1m]"] {
            check(name, "ambiguous_alias");
        }
    }

    #[test]
    fn placeholders_and_empty_names_are_distinguished() {
        check("<synthetic>", "placeholder");
        check(" <Anything> ", "placeholder");
        check("", "no_model");
        check("  ", "no_model");
    }

    proptest! {
        #[test]
        fn case_and_spaces_around_a_name_change_nothing(name in "\\PC*") {
            let name = name.to_lowercase();
            assert_eq!(meaning(&format!(" {name}\t")), meaning(&name));
        }

        #[test]
        fn near_names_mean_the_same_in_capitals(
            name in "(us\\.|arn:aws:|bedrock/|é)?(anthropic\\.)?claude-[a-z0-9.@:/-]{0,12}(-v1:0|@latest|\\[1m\\])?"
        ) {
            assert_eq!(meaning(&name.to_ascii_uppercase()), meaning(&name));
        }
    }
}
