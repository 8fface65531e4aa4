//! Homes with known totals, and the figures that a program prints of them.

use anyhow::{Context, Result, bail};
use ctm_corpus::Plan;
use ctm_harness::home::UNTIL_MS;
use serde_json::{Map, Value};
use std::fs;
use std::path::{Path, PathBuf};

/// Figures of which each home with known totals has at least these.
const FIGURES: usize = 6;

/// A home, and its known figures: `totals`, and the same `by_model` and `by_session`.
pub(crate) struct KnownHome {
    /// The home.
    pub(crate) path: PathBuf,
    /// The figures.
    pub(crate) known: Value,
}

/// Returns a home that is generated in `folder`, and each home in the folder that the environment variable
/// `CTM_CORPORA` names.
pub(crate) fn homes(folder: &Path) -> Result<Vec<KnownHome>> {
    let path = folder.join("home");
    let answer = ctm_corpus::generate(&Plan::stress(1, 20_000_000, UNTIL_MS), &path)?;
    let mut homes = vec![KnownHome { path, known: answer.to_json() }];
    let Some(corpora) = std::env::var_os("CTM_CORPORA") else {
        println!("skipped: CTM_CORPORA is not set");
        return Ok(homes);
    };
    for entry in
        fs::read_dir(&corpora).with_context(|| format!("cannot read `{}`", corpora.to_string_lossy()))?
    {
        let path = entry?.path();
        if let Ok(golden) = fs::read(path.join("golden.json")) {
            let known = serde_json::from_slice(&golden).context("golden.json")?;
            homes.push(KnownHome { path, known });
        }
    }
    Ok(homes)
}

impl KnownHome {
    /// Checks figures that a program printed, such as `totals`.
    pub(crate) fn check(&self, group: &str, printed: &Value) -> Result<()> {
        let printed = printed.as_object().with_context(|| format!("{group} is no object"))?;
        match differences(printed, &self.known[group]) {
            Ok(_) => Ok(()),
            Err(wrong) => bail!("{group} of `{}`: {wrong}", self.path.display()),
        }
    }

    /// Checks figures by a name that a program printed, such as `by_model`: no name is missing, and none is added.
    pub(crate) fn check_each(&self, group: &str, printed: &Value) -> Result<()> {
        let names = |of: &Value| Some(of.as_object()?.keys().cloned().collect::<Vec<_>>());
        let (found, expected) = (names(printed), names(&self.known[group]));
        if found != expected || found.is_none() {
            bail!("{group} of `{}` has {found:?}, expected {expected:?}", self.path.display());
        }
        for name in found.unwrap_or_default() {
            let figures = printed[&name].as_object().with_context(|| format!("{name} is no object"))?;
            if let Err(wrong) = differences(figures, &self.known[group][&name]) {
                bail!("{group} of `{}`: {name}: {wrong}", self.path.display());
            }
        }
        Ok(())
    }
}

/// Returns how many printed figures are the expected ones, or those that are not.
fn differences(printed: &Map<String, Value>, expected: &Value) -> Result<usize, String> {
    let known = printed.iter().filter_map(|(name, value)| Some((name, value, expected.get(name)?)));
    let wrong: Vec<_> = known
        .clone()
        .filter(|(_, value, expected)| value != expected)
        .map(|(name, value, expected)| format!("{name} is {value}, expected {expected}"))
        .collect();
    match known.count() {
        _ if !wrong.is_empty() => Err(wrong.join("; ")),
        count if count < FIGURES => Err(format!("{count} figures are known, and not {FIGURES}")),
        count => Ok(count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_wrong_figure_and_too_few_figures_are_found() {
        let totals =
            json!({"input": 1, "output": 2, "cache_read": 3, "write_5m": 4, "write_1h": 5, "responses": 6});
        let check = |name: &str, value: Value, expected| {
            let mut printed = totals.as_object().unwrap().clone();
            printed.insert(name.to_owned(), value);
            assert_eq!(differences(&printed, &totals), expected, "{name}");
        };
        check("cost_usd", json!("1.5"), Ok(6));
        check("output", json!(7), Err("output is 7, expected 2".to_owned()));
        let few = differences(&Map::new(), &totals);
        assert_eq!(few, Err("0 figures are known, and not 6".to_owned()));
    }

    #[test]
    fn a_missing_name_and_a_wrong_figure_of_one_are_found() {
        let figures = |output: u64| json!({"input": 1, "output": output, "cache_read": 3, "write_5m": 4, "write_1h": 5, "responses": 6});
        let home = KnownHome { path: "/h".into(), known: json!({"by_model": {"a": figures(2)}}) };
        let check = |printed: Value| home.check_each("by_model", &printed).map_err(|error| error.to_string());
        assert_eq!(check(json!({"a": figures(2)})), Ok(()));
        assert_eq!(
            check(json!({"a": figures(7)})),
            Err("by_model of `/h`: a: output is 7, expected 2".to_owned())
        );
        let missing = "by_model of `/h` has Some([]), expected Some([\"a\"])";
        assert_eq!(check(json!({})), Err(missing.to_owned()));
    }
}
