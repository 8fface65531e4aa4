//! The requests of a server, according to its OpenAPI document.
//!
//! Endpoints are only taken from the document, so all of them are measured. A path parameter has each of the values that
//! the document lists. Others are taken from a response: `{key}` after `responses` is the `key` of the first item of a
//! list whose path ends with `responses`; of an empty list, there is nothing to request.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Values of query parameters, wherever an operation has them.
const PARAMETERS: [(&str, &str); 2] = [("range", "all"), ("tz", "UTC")];

/// A question to a server.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Question {
    /// The path as the document has it, such as `/api/v1/sessions/{id}`.
    pub(super) path: String,
    /// The requested path and query.
    pub(super) address: String,
    /// Size of the response in bytes.
    pub(super) bytes: usize,
}

#[derive(Deserialize)]
struct Document {
    paths: BTreeMap<String, Path>,
}

#[derive(Deserialize)]
struct Path {
    get: Option<Operation>,
}

#[derive(Deserialize)]
struct Operation {
    #[serde(default)]
    parameters: Vec<Parameter>,
}

#[derive(Deserialize)]
struct Parameter {
    name: String,
    r#in: String,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    schema: Schema,
}

#[derive(Default, Deserialize)]
struct Schema {
    #[serde(default, rename = "enum")]
    values: Vec<String>,
}

/// A response with a list.
#[derive(Deserialize)]
struct List {
    items: Vec<Map<String, Value>>,
}

/// Lists, by the last part of their paths.
type Lists = BTreeMap<String, List>;

/// Returns every GET operation of a document as a request for all time. Each is sent once, by `ask`.
pub(super) fn of_document(
    document: &[u8],
    mut ask: impl FnMut(&str) -> Result<Vec<u8>>,
) -> Result<Vec<Question>> {
    let document: Document = serde_json::from_slice(document).context("the OpenAPI document")?;
    let paths = document.paths.into_iter();
    let mut waiting: Vec<_> = paths.filter_map(|(path, methods)| Some((path, methods.get?))).collect();
    let (mut questions, mut lists) = (Vec::new(), Lists::new());
    while !waiting.is_empty() {
        let mut left = Vec::new();
        let mut is_further = false;
        for (path, operation) in waiting {
            let Some(filled) = filled(&path, &operation, &lists) else {
                left.push((path, operation));
                continue;
            };
            is_further = true;
            for (shown, address) in filled {
                let address = address + &query(&path, &operation)?;
                let answer = ask(&address)?;
                if let (Some(kind), Ok(list)) = (path.rsplit('/').next(), serde_json::from_slice(&answer)) {
                    lists.insert(kind.to_owned(), list);
                }
                questions.push(Question { path: shown, address, bytes: answer.len() });
            }
        }
        if !is_further {
            let paths: Vec<_> = left.iter().map(|(path, _)| path.as_str()).collect();
            bail!("no response has a value for {}", paths.join(", "));
        }
        waiting = left;
    }
    questions.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(questions)
}

/// Returns the paths to show, with listed values filled in, each with its address, which has all values; `None` while no
/// list has them.
fn filled(path: &str, operation: &Operation, lists: &Lists) -> Option<Vec<(String, String)>> {
    let mut kind = "";
    let mut filled = vec![(String::new(), String::new())];
    for part in path.split('/').skip(1) {
        let values = match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => match operation.values(name) {
                [] => match lists.get(kind)?.items.first() {
                    Some(item) => vec![(part, escaped(item.get(name)?.as_str()?))],
                    None => Vec::new(),
                },
                values => values.iter().map(|value| (value.as_str(), escaped(value))).collect(),
            },
            None => vec![(part, part.to_owned())],
        };
        let with = |(shown, address): &(String, String)| {
            let further = values.iter();
            further.map(|(name, value)| (format!("{shown}/{name}"), format!("{address}/{value}"))).collect()
        };
        filled = filled.iter().flat_map(|begun| -> Vec<_> { with(begun) }).collect();
        kind = part;
    }
    Some(filled)
}

impl Operation {
    /// Returns the listed values of a path parameter.
    fn values(&self, name: &str) -> &[String] {
        let of = self.parameters.iter().find(|parameter| parameter.r#in == "path" && parameter.name == name);
        of.map_or(&[], |parameter| &parameter.schema.values)
    }
}

/// Returns the query of an operation, with a question mark before it.
fn query(path: &str, operation: &Operation) -> Result<String> {
    let mut pairs = Vec::new();
    for parameter in operation.parameters.iter().filter(|parameter| parameter.r#in == "query") {
        match PARAMETERS.iter().find(|(name, _)| *name == parameter.name) {
            Some((name, value)) => pairs.push(format!("{name}={value}")),
            None if parameter.required => {
                bail!("{path} needs `{}`, of which nothing is known", parameter.name)
            }
            None => {}
        }
    }
    Ok(if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) })
}

/// Escapes characters that are not allowed in a part of a path.
fn escaped(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn addresses(paths: &Value) -> Result<Vec<String>> {
        let document = json!({ "paths": paths }).to_string();
        let answer = |address: &str| {
            Ok(match address {
                "/sessions?range=all&tz=UTC" => r#"{"items": [{"id": "a/b"}, {"id": "c"}]}"#.into(),
                "/sessions/a%2Fb/responses" => r#"{"items": [{"key": "d"}]}"#.into(),
                "/projects" => r#"{"items": []}"#.into(),
                _ => b"# no JSON".into(),
            })
        };
        let questions = of_document(document.as_bytes(), answer)?;
        Ok(questions.into_iter().map(|question| question.address).collect())
    }

    fn takes(parameters: &[(&str, &str)]) -> Value {
        let parameters: Vec<_> =
            parameters.iter().map(|(name, place)| json!({ "name": name, "in": place })).collect();
        json!({ "get": { "parameters": parameters } })
    }

    #[test]
    fn every_question_is_about_all_time_in_utc_where_it_can_be() {
        let found = addresses(&json!({
            "/metrics": { "get": {} },
            "/sessions": takes(&[("limit", "query"), ("range", "query"), ("tz", "query")]),
            "/zoned": takes(&[("tz", "query"), ("range", "header")]),
            "/export": { "post": {} },
        }));
        assert_eq!(found.unwrap(), ["/metrics", "/sessions?range=all&tz=UTC", "/zoned?tz=UTC"]);
    }

    #[test]
    fn path_parameters_have_each_listed_value() {
        let by = json!({ "get": { "parameters": [
            { "name": "what", "in": "path", "required": true, "schema": { "enum": ["skill", "mcp"] } },
            { "name": "tz", "in": "query" },
        ] } });
        let found = addresses(&json!({ "/by/{what}": by }));
        assert_eq!(found.unwrap(), ["/by/mcp?tz=UTC", "/by/skill?tz=UTC"]);
    }

    #[test]
    fn path_parameters_come_from_responses() {
        let found = addresses(&json!({
            "/responses/{key}": takes(&[("key", "path")]),
            "/sessions": takes(&[("range", "query"), ("tz", "query")]),
            "/sessions/{id}": takes(&[("id", "path")]),
            "/sessions/{id}/responses": takes(&[("id", "path")]),
        }));
        let expected =
            ["/responses/d", "/sessions?range=all&tz=UTC", "/sessions/a%2Fb", "/sessions/a%2Fb/responses"];
        assert_eq!(found.unwrap(), expected);
    }

    #[test]
    fn an_empty_list_has_no_item_to_request() {
        let paths = json!({ "/projects": { "get": {} }, "/projects/{id}": takes(&[("id", "path")]) });
        assert_eq!(addresses(&paths).unwrap(), ["/projects"]);
    }

    #[test]
    fn requests_that_cannot_be_sent_are_reported() {
        let error = |paths: Value| addresses(&paths).unwrap_err().to_string();
        let open = json!({ "/metrics": { "get": {} }, "/metrics/{id}": takes(&[("id", "path")]) });
        assert_eq!(error(open), "no response has a value for /metrics/{id}");
        let parameters = json!([{ "name": "month", "in": "query", "required": true }]);
        let needy = json!({ "/bill": { "get": { "parameters": parameters } } });
        assert_eq!(error(needy), "/bill needs `month`, of which nothing is known");
    }
}
