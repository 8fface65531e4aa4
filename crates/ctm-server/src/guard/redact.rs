//! Answers for a read-only link: without what belongs to its owner, and, for a link without names, without names.

use ctm_report::Aliases;
use serde_json::{Map, Value};

/// Fields whose texts are times, models, or words of ctm. A text of any other field is emptied, so that a new field
/// discloses no name.
const WITHOUT_NAMES: [&str; 54] = [
    "at",
    "bucket",
    "buckets",
    "cause",
    "certainty",
    "code",
    "date",
    "end_at",
    "ended_at",
    "expires_at",
    "first_at",
    "first_day",
    "from",
    "generated_at",
    "grain",
    "group",
    "id",
    "known_from",
    "last_at",
    "last_event_at",
    "last_miss_at",
    "metric",
    "mode",
    "model",
    "model_label",
    "models",
    "multiplier",
    "pace_certainty",
    "previous_certainty",
    "price_version",
    "priced_as",
    "program",
    "programs",
    "resets_at",
    "runs_out_at",
    "sampled_at",
    "scope",
    "severity",
    "since",
    "source",
    "start_at",
    "started_at",
    "state",
    "status",
    "to",
    "tz",
    "tz_source",
    "unit",
    "unpriced_models",
    "unpriced_reason",
    "until",
    "version",
    "window",
    "zone",
];

/// Replaces the names in an answer by aliases, or empties them.
pub(super) fn redact(answer: &mut Value, aliases: &Aliases) {
    match answer {
        Value::Array(items) => items.iter_mut().for_each(|item| redact(item, aliases)),
        Value::Object(object) => redact_object(object, aliases),
        _ => {}
    }
}

fn redact_object(object: &mut Map<String, Value>, aliases: &Aliases) {
    let text = |field: &str| object.get(field).and_then(Value::as_str);
    let project = text("project").map(|name| aliases.of_project(name));
    let tool = text("tool").map(|name| aliases.of_tool(name));
    let server = text("mcp_server").map(|name| aliases.of_server(name));
    let group = text("group").map(str::to_owned);
    let is_of_model = object.contains_key("model");
    for (field, value) in object.iter_mut() {
        match field.as_str() {
            "project" | "project_label" => replace(value, project.as_deref()),
            "label" if project.is_some() => replace(value, project.as_deref()),
            "label" if is_of_model => {}
            "tool" => replace(value, tool.as_deref()),
            "mcp_server" => replace(value, server.as_deref()),
            "series" => redact_series(value, group.as_deref(), aliases),
            // A cursor can contain a name.
            "branch" | "session_title" | "next_cursor" => *value = Value::Null,
            field if WITHOUT_NAMES.contains(&field) => each_object(value, aliases),
            _ => {
                empty_texts(value);
                redact(value, aliases);
            }
        }
    }
}

/// Replaces a name by its alias, or empties it. What has no name, as a field that is null, stays so.
fn replace(value: &mut Value, alias: Option<&str>) {
    if let Value::String(name) = value {
        alias.unwrap_or_default().clone_into(name);
    }
}

/// Replaces the names of the series of a trend: keys and labels are those of the group.
fn redact_series(series: &mut Value, group: Option<&str>, aliases: &Aliases) {
    let Value::Array(series) = series else { return };
    for one in series.iter_mut().filter_map(Value::as_object_mut) {
        let alias = match (group, one.get("key").and_then(Value::as_str)) {
            (Some("model" | "kind"), _) | (_, None) => continue,
            (Some("project"), Some(project)) => aliases.of_project(project),
            (_, Some(_)) => String::new(),
        };
        one.insert("label".to_owned(), alias.clone().into());
        one.insert("key".to_owned(), alias.into());
    }
}

/// Redacts the objects in a field whose texts are no names.
fn each_object(value: &mut Value, aliases: &Aliases) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| each_object(item, aliases)),
        Value::Object(object) => redact_object(object, aliases),
        _ => {}
    }
}

/// Empties the texts of a field, but not those in fields of its own.
fn empty_texts(value: &mut Value) {
    match value {
        Value::String(text) => text.clear(),
        Value::Array(items) => items.iter_mut().for_each(empty_texts),
        _ => {}
    }
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

/// Removes the targets of the owner from the present state, and the labels of homes from its limits.
pub(super) fn redact_now(answer: &mut Value) {
    if let Some(limits) = answer.get_mut("limits") {
        redact_limits(limits);
    }
    if let Some(Value::Object(targets)) = answer.get_mut("targets") {
        targets.values_mut().for_each(|target| *target = Value::Null);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_types::ProjectId;
    use serde_json::json;

    fn check(mut answer: Value, expected: &Value) {
        let projects = [(2, "/src/api"), (1, "/src/web")];
        let projects = projects.into_iter().map(|(id, name)| (ProjectId::from(id), name.to_owned()));
        let tools = vec!["mcp__vault__read".to_owned()];
        redact(&mut answer, &Aliases::new(projects.collect(), tools));
        assert_eq!(answer, *expected);
    }

    #[test]
    fn names_are_replaced_at_any_depth() {
        check(
            json!({
                "items": [{"project": "/src/api", "label": "api", "branch": "secret", "session_title": "secret", "spark": [], "cost_usd": 1.25}],
                "sessions": [{"project": "/src/web", "project_label": "web", "model": "m", "model_label": "M"}],
                "next_cursor": "of web",
                "previous": {"items": [{"project": "/src/new"}]},
            }),
            &json!({
                "items": [{"project": "Project B", "label": "Project B", "branch": null, "session_title": null, "spark": [], "cost_usd": 1.25}],
                "sessions": [{"project": "Project A", "project_label": "Project A", "model": "m", "model_label": "M"}],
                "next_cursor": null,
                "previous": {"items": [{"project": "Project"}]},
            }),
        );
    }

    #[test]
    fn series_have_the_names_of_their_group() {
        let trend = |group: &str, key: &str, label: &str| json!({"group": group, "series": [{"key": key, "label": label}, {"key": null, "label": ""}]});
        check(trend("project", "/src/web", "web"), &trend("project", "Project A", "Project A"));
        check(trend("model", "m", "M"), &trend("model", "m", "M"));
        check(trend("branch", "secret", "secret"), &trend("branch", "", ""));
    }

    #[test]
    fn tools_of_mcp_servers_are_replaced_and_others_are_not() {
        check(
            json!({"items": [{"tool": "mcp__vault__read", "mcp_server": "vault"}, {"tool": "Bash", "mcp_server": null}]}),
            &json!({"items": [{"tool": "MCP tool A", "mcp_server": "MCP server A"}, {"tool": "Bash", "mcp_server": null}]}),
        );
    }

    #[test]
    fn texts_of_unknown_fields_are_emptied() {
        check(
            json!({
                "new": "secret", "list": ["secret", {"deep": "secret", "model": "m", "label": "M"}],
                "object": {"label": "secret", "key": "secret", "count": 5, "date": "2026-03-11"},
            }),
            &json!({
                "new": "", "list": ["", {"deep": "", "model": "m", "label": "M"}],
                "object": {"label": "", "key": "", "count": 5, "date": "2026-03-11"},
            }),
        );
    }

    #[test]
    fn the_present_state_of_a_visitor_has_neither_targets_nor_labels_of_homes() {
        let now = |source: Value, target: Value| {
            json!({
                "meta": {"source": "events"},
                "limits": {"five_hour": {"source": source}},
                "targets": {"day": target, "month": null},
            })
        };
        let mut answer = now(json!("/home/u/.claude"), json!(5));
        redact_now(&mut answer);
        assert_eq!(answer, now(Value::Null, Value::Null));
    }
}
