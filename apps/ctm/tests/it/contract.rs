//! The OpenAPI document, and answers checked against it.
//!
//! Every response that a test gets through [`crate::http`] is checked: its status, media type and body must
//! match the document for the operation, both as it is and with unknown fields forbidden: the former finds
//! bodies that match two types, the latter undocumented fields.

use jsonschema::Validator;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, Mutex};

static CONTRACT: LazyLock<Contract> = LazyLock::new(Contract::new);

struct Contract {
    document: Value,
    /// The same with nothing beside what it names.
    closed: Value,
    /// Compiled schemas of both, by where they stand.
    validators: Mutex<HashMap<String, [&'static Validator; 2]>>,
}

impl Contract {
    fn new() -> Self {
        let document: Value = serde_json::from_str(&ctm_api::document::document()).unwrap();
        let mut closed = document.clone();
        close(&mut closed, false);
        Self { document, closed, validators: Mutex::default() }
    }

    /// Returns the path of the document that a path of a request is an example of.
    fn template(&self, path: &str) -> Option<&str> {
        let templates = self.document["paths"].as_object().unwrap().keys();
        let mut matching: Vec<&str> =
            templates.map(String::as_str).filter(|template| is_example(path, template)).collect();
        // Literal parts take precedence over variable ones.
        matching.sort_by_key(|template| template.matches('{').count());
        matching.first().copied()
    }

    fn validators(&self, pointer: &str) -> [&'static Validator; 2] {
        let compiled = |document: &Value| -> &'static Validator {
            let mut schema = document.pointer(pointer).unwrap().clone();
            schema["components"] = document["components"].clone();
            Box::leak(Box::new(jsonschema::validator_for(&schema).unwrap()))
        };
        let mut validators = self.validators.lock().unwrap();
        *validators.entry(pointer.to_owned()).or_insert_with(|| [&self.document, &self.closed].map(compiled))
    }
}

/// Makes fields that the document does not know wrong: wherever an object is given by reference,
/// nothing else may be in it. The parts of a whole are left open; the whole is not.
fn close(value: &mut Value, is_part: bool) {
    match value {
        Value::Object(object) => {
            if object.contains_key("$ref") && !is_part {
                object.insert("unevaluatedProperties".to_owned(), json!(false));
            }
            for (key, inner) in object.iter_mut() {
                match inner {
                    Value::Array(items) => items.iter_mut().for_each(|item| close(item, key == "allOf")),
                    inner => close(inner, false),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| close(item, false)),
        _ => {}
    }
}

/// Returns whether a path is an example of a template such as `/sessions/{id}`.
fn is_example(path: &str, template: &str) -> bool {
    let (mut path, mut template) = (path.split('/'), template.split('/'));
    loop {
        match (path.next(), template.next()) {
            (None, None) => return true,
            (Some(part), Some(wanted)) if wanted.starts_with('{') => {
                if part.is_empty() {
                    return false;
                }
            }
            (Some(part), Some(wanted)) if part == wanted => {}
            _ => return false,
        }
    }
}

/// Checks an answer of the interface against the document; others have no contract.
#[track_caller]
pub(crate) fn check(method: &str, path: &str, status: u16, media_type: &str, body: &str) {
    let Some(template) = CONTRACT.template(path) else { return };
    // HTTP defines unknown methods and responses without a body.
    let operation = CONTRACT.document["paths"][template].get(method.to_lowercase());
    if method == "HEAD" || status == 304 || status == 101 || operation.is_none() {
        return;
    }
    let responses = &operation.unwrap()["responses"];
    let listed =
        if responses.get(status.to_string()).is_some() { status.to_string() } else { "default".to_owned() };
    let media = media_type.split(';').next().unwrap().trim();
    let content = &responses[&listed]["content"];
    assert!(
        content.get(media).is_some() || (content.is_null() && body.is_empty()),
        "{method} {path} answers {status} as `{media}`, which is undocumented: {content}"
    );
    if !media.ends_with("json") || media.contains("ndjson") || content[media].get("schema").is_none() {
        return;
    }
    let escaped = |text: &str| text.replace('~', "~0").replace('/', "~1");
    let pointer = format!(
        "/paths/{}/{}/responses/{listed}/content/{}/schema",
        escaped(template),
        method.to_lowercase(),
        escaped(media)
    );
    let body: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error} in {body}"));
    let errors: Vec<_> = CONTRACT
        .validators(&pointer)
        .iter()
        .flat_map(|validator| validator.iter_errors(&body))
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect();
    assert!(
        errors.is_empty(),
        "{method} {path} answers what the document does not say:\n{errors:#?}\n{body:#}"
    );
}

/// Checks that no schema is unsatisfiable: two types at once, or a field with a name that is not text.
fn assert_satisfiable(value: &Value, place: &str) {
    let parts = value["allOf"].as_array().into_iter().flatten();
    let types: HashSet<_> = parts.filter_map(|part| part["type"].as_str()).collect();
    assert!(types.len() < 2, "{place} asks for {types:?} at once");
    let names = &value["propertyNames"]["type"];
    assert!(names.is_null() || names == "string", "{place} asks for fields whose names are {names}");
    let fields = value.as_object().into_iter().flatten().map(|(name, inner)| (name.clone(), inner));
    let items = value.as_array().into_iter().flatten().enumerate();
    for (name, inner) in fields.chain(items.map(|(index, inner)| (index.to_string(), inner))) {
        assert_satisfiable(inner, &format!("{place}/{name}"));
    }
}

#[test]
fn the_document_is_complete_and_sound() {
    let document = &CONTRACT.document;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    // Every reference leads somewhere.
    let text = document.to_string();
    for (at, _) in text.match_indices("\"$ref\":\"#") {
        let pointer = text[at + 9..].split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer} leads nowhere");
    }
    assert_satisfiable(document, "");
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let described = parameter["description"].as_str().is_some_and(|text| !text.is_empty());
                assert!(described, "{method} {path}: {parameter}");
            }
        }
    }
}

/// Returns the method and the path of every operation.
pub(crate) fn operations() -> Vec<(String, String)> {
    let paths = CONTRACT.document["paths"].as_object().unwrap().iter();
    let methods = |(path, operations): (&String, &Value)| -> Vec<(String, String)> {
        operations.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone())).collect()
    };
    paths.flat_map(methods).collect()
}
