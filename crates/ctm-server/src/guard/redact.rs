//! Answers for a read-only link without names: projects as "Project A", no branches.

use ctm_types::ProjectId;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The names in place of projects: letters in the order in which projects were first used.
pub(super) struct Aliases {
    names: Vec<String>,
}

impl Aliases {
    /// Creates the aliases of all projects.
    pub(super) fn new(names: HashMap<ProjectId, String>) -> Self {
        let mut numbered: Vec<_> = names.into_iter().collect();
        numbered.sort_by_key(|(id, _)| *id);
        let mut names: Vec<String> = Vec::new();
        for (_, name) in numbered {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Self { names }
    }

    /// Returns the alias of a project.
    fn alias_of(&self, name: &str) -> String {
        match self.names.iter().position(|known| known == name) {
            Some(number) => format!("Project {}", letters(number)),
            // A project of a commit after the names were read.
            None => "Project".to_owned(),
        }
    }

    /// Returns the project with an alias, or the empty name of no project.
    pub(super) fn name_of(&self, alias: &str) -> &str {
        let wanted = alias.strip_prefix("Project ").unwrap_or_default();
        let found = self.names.iter().enumerate().find(|(number, _)| letters(*number) == wanted);
        found.map_or("", |(_, name)| name)
    }
}

/// Returns a number as letters: A to Z, AA, AB.
fn letters(mut number: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.insert(0, b'A' + u8::try_from(number % 26).unwrap_or_default());
        if number < 26 {
            return String::from_utf8(letters).unwrap_or_default();
        }
        number = number / 26 - 1;
    }
}

/// Replaces the names in an answer. Any other text that contains the path of a project is emptied, so that a new field
/// discloses none.
pub(super) fn redact(answer: &mut Value, aliases: &Aliases) {
    match answer {
        Value::String(text)
            if aliases.names.iter().any(|name| is_path(name) && text.contains(name.as_str())) =>
        {
            text.clear();
        }
        Value::Array(items) => items.iter_mut().for_each(|item| redact(item, aliases)),
        Value::Object(object) => {
            redact_object(object, aliases);
            object.values_mut().for_each(|value| redact(value, aliases));
        }
        _ => {}
    }
}

fn is_path(name: &str) -> bool {
    name.contains(['/', '\\'])
}

fn redact_object(object: &mut Map<String, Value>, aliases: &Aliases) {
    if let Some(Value::String(project)) = object.get("project") {
        let alias = aliases.alias_of(project);
        if object.contains_key("label") {
            object.insert("label".to_owned(), alias.clone().into());
        }
        object.insert("project".to_owned(), alias.into());
    }
    // The series of a trend by project.
    if object.get("group").is_some_and(|group| group == "project")
        && let Some(Value::Array(series)) = object.get_mut("series")
    {
        for one in series.iter_mut().filter_map(Value::as_object_mut) {
            if let Some(Value::String(project)) = one.get("key") {
                let alias = aliases.alias_of(project);
                one.insert("label".to_owned(), alias.clone().into());
                one.insert("key".to_owned(), alias.into());
            }
        }
    }
    object.entry("branch").and_modify(|branch| *branch = Value::Null);
    // A cursor can contain a name.
    object.entry("next_cursor").and_modify(|cursor| *cursor = Value::Null);
}

/// Removes the labels of homes from official limits: a label can be a path.
pub(super) fn redact_limits(answer: &mut Value) {
    match answer {
        Value::Array(items) => items.iter_mut().for_each(redact_limits),
        Value::Object(object) => {
            object.entry("source").and_modify(|source| *source = Value::Null);
            object.values_mut().for_each(redact_limits);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn aliases() -> Aliases {
        let names = [(2, "/src/api"), (1, "/src/web"), (3, "/src/web")];
        Aliases::new(names.into_iter().map(|(id, name)| (ProjectId::from(id), name.to_owned())).collect())
    }

    #[test]
    fn letters_count_like_columns() {
        let check = |number, expected: &str| assert_eq!(letters(number), expected);
        check(0, "A");
        check(25, "Z");
        check(26, "AA");
        check(27, "AB");
        check(26 + 26 * 26, "AAA");
    }

    #[test]
    fn an_alias_stands_for_one_project() {
        let aliases = aliases();
        assert_eq!(
            (aliases.alias_of("/src/web").as_str(), aliases.alias_of("/src/api").as_str()),
            ("Project A", "Project B")
        );
        assert_eq!(
            (aliases.name_of("Project B"), aliases.name_of("/src/api"), aliases.name_of("Project C")),
            ("/src/api", "", "")
        );
    }

    #[test]
    fn names_are_replaced_at_any_depth() {
        let mut answer = json!({
            "items": [{"project": "/src/api", "label": "api", "branch": "secret", "spark": [], "cost_usd": 1.25}],
            "next_cursor": "of web",
            "new": "below /src/api/lib",
            "previous": {"items": [{"project": "/src/new"}]},
        });
        redact(&mut answer, &aliases());
        let expected = json!({
            "items": [{"project": "Project B", "label": "Project B", "branch": null, "spark": [], "cost_usd": 1.25}],
            "next_cursor": null,
            "new": "",
            "previous": {"items": [{"project": "Project"}]},
        });
        assert_eq!(answer, expected);
        let series = |key: &str, label: &str| json!({"group": "project", "series": [{"key": key, "label": label}, {"key": null, "label": "other"}]});
        let mut trend = series("/src/web", "web");
        redact(&mut trend, &aliases());
        assert_eq!(trend, series("Project A", "Project A"));
    }
}
