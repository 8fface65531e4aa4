//! Differences that are known, each with its reason.

use super::compare::Difference;
use super::list::ListName;
use anyhow::{Result, ensure};
use serde::Deserialize;

/// All exceptions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exceptions {
    #[serde(default)]
    exception: Vec<Exception>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    list: ListName,
    /// The model, as the list calls it.
    model: String,
    /// The difference, as reported, or its beginning; without it, everything of the model.
    field: Option<String>,
    reason: String,
}

impl Exceptions {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let exceptions: Self = toml::from_str(text)?;
        for exception in &exceptions.exception {
            ensure!(
                !exception.reason.trim().is_empty(),
                "the exception for {} has no reason",
                exception.model
            );
        }
        Ok(exceptions)
    }

    /// Returns why there is a difference, if that is known.
    pub(crate) fn reason(&self, difference: &Difference) -> Option<&str> {
        let exception = self.exception.iter().find(|exception| exception.covers(difference));
        exception.map(|exception| exception.reason.as_str())
    }

    /// Returns the models of exceptions of a list that cover no difference.
    pub(crate) fn idle(&self, list: ListName, differences: &[Difference]) -> Vec<&str> {
        let idle = self.exception.iter().filter(|exception| {
            exception.list == list && !differences.iter().any(|difference| exception.covers(difference))
        });
        idle.map(|exception| exception.model.as_str()).collect()
    }
}

impl Exception {
    fn covers(&self, difference: &Difference) -> bool {
        self.list == difference.list
            && self.model == difference.model
            && self.field.as_ref().is_none_or(|field| difference.field.starts_with(field.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exception_of_the_repository_has_a_reason() {
        Exceptions::parse(include_str!("../../../crates/ctm-pricing/exceptions.toml")).unwrap();
        let without = "[[exception]]\nlist = 'genai'\nmodel = 'm'\nreason = ' '";
        assert!(Exceptions::parse(without).is_err());
    }

    #[test]
    fn an_exception_only_covers_its_field() {
        let text = "[[exception]]\nlist = 'litellm'\nmodel = 'm'\nfield = 'input'\nreason = 'because'";
        let exceptions = Exceptions::parse(text).unwrap();
        let difference = |list, model: &str, field: &str| Difference {
            list,
            model: model.to_owned(),
            field: field.to_owned(),
            ours: String::new(),
            theirs: String::new(),
        };
        let check = |list, model, field, expected| {
            assert_eq!(exceptions.reason(&difference(list, model, field)), expected);
        };
        check(ListName::Litellm, "m", "input", Some("because"));
        check(ListName::Litellm, "m", "output", None);
        check(ListName::Litellm, "m", "fast.input", None);
        check(ListName::Litellm, "n", "input", None);
        check(ListName::Genai, "m", "input", None);
        assert_eq!(exceptions.idle(ListName::Litellm, &[]), ["m"]);
        assert_eq!(exceptions.idle(ListName::Genai, &[]), [""; 0]);
    }
}
