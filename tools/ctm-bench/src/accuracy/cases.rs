//! Homes with a single unusual response, which show why programs differ.
//!
//! Each also has an ordinary response in a file of its own, so that every program has something to report. The lines
//! are patches ([RFC 7386](https://www.rfc-editor.org/rfc/rfc7386)) of a plain response, or texts whose characters are
//! bytes.

use super::{ProgramCount, count_each};
use crate::count::{Count, Tokens, percent, shown};
use crate::programs::Programs;
use crate::rivals::Installed;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs;
use std::path::Path;

const CASES: &str = include_str!("../../testdata/cases.json");

/// The day of all responses.
const DAY: &str = "2026-05-01";

#[derive(Deserialize)]
struct Cases {
    plain: Value,
    /// Patch for the ordinary response.
    ordinary: Value,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    /// Billed tokens, in the order of [`crate::count::KINDS`].
    tokens: [u64; 4],
    /// Lines of each transcript.
    files: Vec<Vec<Value>>,
}

/// The counts of all programs in a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct CaseCounts {
    pub(super) name: String,
    /// Tokens of the ordinary response.
    pub(super) ordinary: Tokens,
    /// Tokens of the unusual response.
    pub(super) expected: Tokens,
    pub(super) counts: Vec<ProgramCount>,
}

/// Runs every program on every case.
pub(super) fn count_all(programs: &Programs, rivals: &[Installed]) -> Result<Vec<CaseCounts>> {
    let cases: Cases = serde_json::from_str(CASES).context("the cases")?;
    let ordinary = Tokens::of(ordinary_kinds(&cases.plain)?);
    let count = |case: &Case| {
        let folder = tempfile::tempdir()?;
        cases.write(case, folder.path())?;
        let counts = count_each(programs, rivals, &case.name, folder.path())?;
        Ok(CaseCounts { name: case.name.clone(), ordinary, expected: Tokens::of(case.tokens), counts })
    };
    cases.cases.iter().map(count).collect()
}

fn ordinary_kinds(plain: &Value) -> Result<[u64; 4]> {
    let usage = &plain["message"]["usage"];
    let kinds = ["input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"];
    let counts = kinds.map(|kind| usage[kind].as_u64());
    let [Some(input), Some(output), Some(cache_read), Some(cache_write)] = counts else {
        anyhow::bail!("the plain response has no usage");
    };
    Ok([input, output, cache_read, cache_write])
}

impl Cases {
    /// Writes the home of a case.
    fn write(&self, case: &Case, home: &Path) -> Result<()> {
        let folder = home.join("projects/-home-u-app");
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("ordinary.jsonl"), self.line(&self.ordinary)?)?;
        for (number, lines) in case.files.iter().enumerate() {
            let lines = lines.iter().map(|line| self.line(line)).collect::<Result<Vec<_>>>()?;
            fs::write(folder.join(format!("{number}.jsonl")), lines.concat())?;
        }
        Ok(())
    }

    fn line(&self, line: &Value) -> Result<Vec<u8>> {
        let mut bytes = match line {
            Value::String(text) => {
                text.chars().map(u8::try_from).collect::<Result<_, _>>().context("a character is no byte")?
            }
            patch => serde_json::to_vec(&patched(&self.plain, patch))?,
        };
        bytes.push(b'\n');
        Ok(bytes)
    }
}

/// Applies a merge patch; `null` removes a member.
fn patched(value: &Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else { return patch.clone() };
    let mut members = value.as_object().cloned().unwrap_or_default();
    for (name, change) in patch {
        if change.is_null() {
            members.remove(name);
        } else {
            let changed = patched(members.get(name).unwrap_or(&Value::Null), change);
            members.insert(name.clone(), changed);
        }
    }
    Value::Object(members)
}

impl CaseCounts {
    /// Returns the complete content of the home.
    pub(super) fn truth(&self) -> Count {
        let mut truth = Count::default();
        truth.add(DAY, self.ordinary);
        truth.add(DAY, self.expected);
        truth
    }

    /// Describes how a program counts the unusual response.
    pub(super) fn outcome(&self, counted: &ProgramCount) -> String {
        let Ok(count) = &counted.result else { return "no report".to_owned() };
        let truth = self.truth();
        let (found, ordinary) = (count.totals().sum(), self.ordinary.sum());
        match (found.saturating_sub(ordinary), self.expected.sum()) {
            _ if count.errors(&truth).is_exact() => "exact".to_owned(),
            _ if count.totals() == truth.totals() => "other day".to_owned(),
            (0, _) => "missing".to_owned(),
            (_, 0) => "counted".to_owned(),
            (found, expected) if found == 2 * expected => "twice".to_owned(),
            (found, expected) => shown(percent(found, expected)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(count: Option<(&str, [u64; 4])>, expected: [u64; 4]) -> String {
        let ordinary = Tokens::of([1, 2, 3, 4]);
        let result = count.ok_or_else(|| "it ended with 1".to_owned()).map(|(day, tokens)| {
            let mut count = Count::default();
            count.add(DAY, ordinary);
            count.add(day, Tokens::of(tokens));
            count
        });
        let counted = ProgramCount { name: "other".to_owned(), result };
        let case =
            CaseCounts { name: String::new(), ordinary, expected: Tokens::of(expected), counts: Vec::new() };
        case.outcome(&counted)
    }

    #[test]
    fn outcomes_name_the_difference() {
        let tokens = [10, 20, 30, 40];
        for (count, expected, outcome_expected) in [
            (Some((DAY, tokens)), tokens, "exact"),
            (Some(("2026-05-02", tokens)), tokens, "other day"),
            (Some((DAY, [0; 4])), tokens, "missing"),
            (Some((DAY, tokens)), [0; 4], "counted"),
            (Some((DAY, [20, 40, 60, 80])), tokens, "twice"),
            (Some((DAY, [10, 10, 30, 40])), tokens, "-10.000 %"),
            (None, tokens, "no report"),
        ] {
            assert_eq!(outcome(count, expected), outcome_expected);
        }
    }

    #[test]
    fn every_case_is_a_home() {
        let cases: Cases = serde_json::from_str(CASES).unwrap();
        for case in &cases.cases {
            let home = tempfile::tempdir().unwrap();
            cases.write(case, home.path()).unwrap();
            let folder = fs::read_dir(home.path().join("projects/-home-u-app")).unwrap();
            assert_eq!(folder.count(), case.files.len() + 1, "{}", case.name);
        }
    }

    #[test]
    fn a_patch_changes_and_removes_members() {
        let value = serde_json::json!({ "a": { "b": 1, "c": 2 }, "d": 3 });
        let patch = serde_json::json!({ "a": { "b": null, "e": [4] }, "d": 5 });
        assert_eq!(patched(&value, &patch), serde_json::json!({ "a": { "c": 2, "e": [4] }, "d": 5 }));
    }
}
