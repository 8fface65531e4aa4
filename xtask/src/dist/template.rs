//! Files of `packaging/` with values in the place of `{{name}}`.

use anyhow::{Context, Result};
use std::collections::BTreeMap;

/// Values of a template by name.
#[derive(Debug, Default, Clone)]
pub(super) struct Values(BTreeMap<String, Option<String>>);

impl Values {
    /// Sets a value.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.set_if_known(name, Some(value.to_owned()));
    }

    /// Sets a value; lines with one that is not known are omitted.
    pub(super) fn set_if_known(&mut self, name: &str, value: Option<String>) {
        self.0.insert(name.to_owned(), value);
    }

    /// Returns a template with all values.
    pub(super) fn fill(&self, template: &str) -> Result<String> {
        let lines = template.split_inclusive('\n').map(|line| self.line(line));
        lines.collect()
    }

    fn line(&self, mut rest: &str) -> Result<String> {
        let mut line = String::new();
        while let Some((before, from)) = rest.split_once("{{") {
            let (name, after) = from.split_once("}}").context("a `{{` of a template is not closed")?;
            let value =
                self.0.get(name).with_context(|| format!("a template names `{name}`, which is unknown"))?;
            let Some(value) = value else { return Ok(String::new()) };
            line.push_str(before);
            line.push_str(value);
            rest = after;
        }
        line.push_str(rest);
        Ok(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_filled_in_or_its_line_omitted() {
        let mut values = Values::default();
        values.set("a", "1");
        values.set("url.x86_64-apple-darwin", "2");
        values.set_if_known("home", None);
        let check = |template: &str, expected: &str| {
            assert_eq!(values.fill(template).unwrap_or_else(|error| error.to_string()), expected);
        };
        check("a\n", "a\n");
        check("{{a}}{{url.x86_64-apple-darwin}} ${c} {d}", "12 ${c} {d}");
        check("a {{a}}\nhome: {{home}}\nb\n", "a 1\nb\n");
        check("a {{b}}", "a template names `b`, which is unknown");
        check("a {{b", "a `{{` of a template is not closed");
    }
}
