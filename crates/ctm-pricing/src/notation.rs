//! The notations of platforms for the name of a model: what each writes before and behind an id.

use crate::UnpricedReason;

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

/// Suffixes of a name, once each, and whether they request fast mode.
///
/// `[1m]` requests a long context, which is billed by the prompt's length, not by the name.
const MARKERS: [(&str, bool); 5] =
    [("[1m]", false), (":thinking", false), ("-thinking", false), (":fast", true), ("-fast", true)];

/// Returns a name as names are compared: without white space around, in lower case.
pub(crate) fn plain(written: &str) -> String {
    written.trim().to_lowercase()
}

/// Removes the `[1m]` behind a name.
pub(crate) fn without_context_marker(name: &str) -> &str {
    name.strip_suffix("[1m]").unwrap_or(name)
}

/// Removes the revision behind a Bedrock id, and the version before it, too.
pub(crate) fn without_revision(id: &str) -> [&str; 2] {
    let without_revision = match id.rsplit_once(':') {
        Some((head, revision)) if is_number(revision) => head,
        _ => id,
    };
    let without_version = match without_revision.rsplit_once("-v") {
        Some((head, version)) if is_number(version) => head,
        _ => without_revision,
    };
    // `anthropic.claude-v2:1` is a model named `claude-v2`, not version 2 of `claude`: the id without a revision comes first.
    [without_revision, without_version]
}

/// Removes what may follow a name, and returns whether it requests fast mode.
pub(crate) fn without_markers(name: &str) -> (&str, bool) {
    let (mut name, mut fast) = (name, false);
    let mut left = MARKERS.to_vec();
    while let Some(at) = left.iter().position(|(marker, _)| name.ends_with(marker)) {
        let (marker, asks_for_fast) = left.remove(at);
        name = &name[..name.len() - marker.len()];
        fast |= asks_for_fast;
    }
    (name, fast)
}

/// Removes the path of a known provider, or the surroundings of the id in an ARN.
pub(crate) fn without_path(name: &str) -> Result<&str, UnpricedReason> {
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

/// Returns whether a name in a path or an ARN belongs to a government region, which a Bedrock id without a
/// prefix does not show.
pub(crate) fn is_gov(name: &str) -> bool {
    let region = match name.strip_prefix("arn:") {
        Some(rest) => rest.split(':').nth(2),
        None => name.strip_prefix("bedrock/").and_then(|rest| rest.split('/').next()),
    };
    region.is_some_and(|region| region.starts_with("us-gov-"))
}

/// Returns the id in `arn:<partition>:bedrock:<region>:<account>:inference-profile/<id>`.
///
/// Other ARNs belong to resources of the customer, and do not contain the model.
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
pub(crate) fn without_snapshot(id: &str) -> &str {
    match id.split_once('@') {
        Some((id, snapshot)) if is_date(snapshot) || matches!(snapshot, "default" | "latest") => id,
        _ => id,
    }
}

/// Writes the dots between digits as dashes: `claude-opus-4.5` is `claude-opus-4-5`.
pub(crate) fn with_dashed_versions(name: &str) -> String {
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
pub(crate) fn without_date(name: &str) -> &str {
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
