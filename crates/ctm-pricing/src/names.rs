//! Resolution of model names.
//!
//! # Design
//!
//! A name is taken apart by the notations of the platforms that write it, and what is left must
//! be a known id or alias, letter for letter. Matching by prefix, substring or likeness was
//! rejected: `claude-opus-5-5` is not `claude-opus-5`, and a price that is wrong is worse than
//! one that is missing.

use crate::multipliers::{Match, Multiplier, Multipliers};
use crate::{Model, Ratio, UnpricedReason};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The names that are known, and how to find the model behind each.
#[derive(Debug, Clone)]
pub(crate) struct Names {
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
    /// Whether the name asks for fast mode.
    pub(crate) fast: bool,
    /// The multiplier of the Bedrock endpoint that the name stands for, when it is one.
    pub(crate) bedrock: Option<Ratio>,
    /// The person's multiplier that the name has.
    pub(crate) multiplied: Option<Multiplied>,
}

/// The user's multiplier of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Multiplied {
    /// Place of the multiplier.
    place: usize,
    /// Whether the model is the one of a part of the name, rather than of the name itself.
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

/// Prefixes before the last `/` of a name that resolves to the model behind it.
const PROVIDERS: [&str; 7] = [
    "anthropic",
    "azure_ai",
    "bedrock",
    "claude_platform",
    "openrouter/anthropic",
    "vercel_ai_gateway/anthropic",
    "vertex_ai",
];

/// Prefix of SAP AI Core before a model's name: `anthropic--claude-4.6-opus`.
const VENDOR: &str = "anthropic--";

/// The multiplier of regions for the government.
const GOV: &str = "us-gov";

/// Suffixes of a name, once each, and whether they request fast mode.
///
/// `[1m]` asks for a long context, which is billed by the prompt's length, not by the name.
const MARKERS: [(&str, bool); 5] =
    [("[1m]", false), (":thinking", false), ("-thinking", false), (":fast", true), ("-fast", true)];

impl Names {
    /// Knows the ids and aliases of `models`.
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

    /// Makes `name` the id of the model at `place`.
    pub(crate) fn add(&mut self, name: String, place: usize) {
        self.models.insert(name, place);
    }

    /// Makes `name`, and no other form of it, the name of the model at `place`.
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

    /// Lets `name`, in the form of [`plain`], mean `target`.
    pub(crate) fn map(&mut self, name: String, target: Named) {
        self.mapped.insert(name, target);
    }

    /// Forgets what `name` was mapped to.
    pub(crate) fn unmap(&mut self, name: &str) {
        self.mapped.remove(name);
    }

    /// Returns what a name means as it is written on a line.
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

    /// Returns the multiplier of a name, as it is or without its markers, and whether these ask for fast mode.
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

    /// Returns the ids that a name can be a form of that Claude Code itself writes: that of the first-party API,
    /// of Bedrock or of Vertex AI, with or without a date.
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

/// Returns a name as names are compared: without white space around, in lower case.
pub(crate) fn plain(written: &str) -> String {
    written.trim().to_lowercase()
}

/// Removes the `[1m]` behind a name.
pub(crate) fn without_context_marker(name: &str) -> &str {
    name.strip_suffix("[1m]").unwrap_or(name)
}

/// Removes the revision behind a Bedrock id, and the version before it, too.
fn without_revision(id: &str) -> [&str; 2] {
    let without_revision = match id.rsplit_once(':') {
        Some((head, revision)) if is_number(revision) => head,
        _ => id,
    };
    let without_version = match without_revision.rsplit_once("-v") {
        Some((head, version)) if is_number(version) => head,
        _ => without_revision,
    };
    // `anthropic.claude-v2:1` is a model named `claude-v2`, not version 2 of `claude`: the first one goes first.
    [without_revision, without_version]
}

/// Removes what may follow a name, and returns whether it asks for fast mode.
fn without_markers(name: &str) -> (&str, bool) {
    let (mut name, mut fast) = (name, false);
    let mut left = MARKERS.to_vec();
    while let Some(at) = left.iter().position(|(marker, _)| name.ends_with(marker)) {
        let (marker, asks_for_fast) = left.remove(at);
        name = &name[..name.len() - marker.len()];
        fast |= asks_for_fast;
    }
    (name, fast)
}

/// Removes the path of a known provider, or what stands around the id in an ARN.
fn without_path(name: &str) -> Result<&str, UnpricedReason> {
    if name.starts_with("arn:") {
        return inference_profile(name).ok_or(UnpricedReason::OpaqueProfile);
    }
    match name.rsplit_once('/') {
        None => Ok(name),
        Some((provider, id)) if is_provider(provider) => Ok(id),
        Some(_) => Err(UnpricedReason::UnknownProvider),
    }
    .map(|id| id.strip_prefix(VENDOR).unwrap_or(id))
}

/// Returns whether a name in a path or an ARN is of a region for the government, which a Bedrock id
/// without a prefix does not say itself.
fn is_gov(name: &str) -> bool {
    let region = match name.strip_prefix("arn:") {
        Some(rest) => rest.split(':').nth(2),
        None => name.strip_prefix("bedrock/").and_then(|rest| rest.split('/').next()),
    };
    region.is_some_and(|region| region.starts_with("us-gov-"))
}

/// Returns the id in `arn:<partition>:bedrock:<region>:<account>:inference-profile/<id>`.
///
/// Other ARNs name something that its owner made, and do not tell the model.
fn inference_profile(arn: &str) -> Option<&str> {
    let mut fields = arn.splitn(6, ':');
    let service = fields.nth(2)?;
    let resource = fields.nth(2)?;
    resource.strip_prefix("inference-profile/").filter(|_| service == "bedrock")
}

fn is_provider(path: &str) -> bool {
    PROVIDERS.contains(&path) || path.strip_prefix("bedrock/").is_some_and(is_aws_region)
}

/// Returns whether a text has the form of an AWS region: `eu-west-1`, `us-gov-west-1`.
fn is_aws_region(text: &str) -> bool {
    let mut parts = text.split('-');
    let number = parts.next_back().unwrap_or_default();
    let words: Vec<&str> = parts.collect();
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    is_number(number) && words.len() >= 2 && words.iter().all(is_word)
}

/// Removes the snapshot that Vertex AI adds: `@20251001`, `@default` or `@latest`.
fn without_snapshot(id: &str) -> &str {
    match id.split_once('@') {
        Some((id, snapshot)) if is_date(snapshot) || matches!(snapshot, "default" | "latest") => id,
        _ => id,
    }
}

/// Writes the dots between digits as dashes: `claude-opus-4.5` is `claude-opus-4-5`.
fn with_dashed_versions(name: &str) -> String {
    let bytes = name.as_bytes();
    let is_digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    name.char_indices()
        .map(|(at, char)| match char {
            '.' if is_digit(at.checked_sub(1)) && is_digit(Some(at + 1)) => '-',
            _ => char,
        })
        .collect()
}

/// Removes a date behind a name: `-20251101`.
fn without_date(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((name, date)) if is_date(date) => name,
        _ => name,
    }
}

fn is_date(text: &str) -> bool {
    text.len() == 8 && is_number(text)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
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
