//! JSON schemas of an operation: of its arguments as one object, and of its result.

use crate::document::components;
use crate::operations::{Operation, ResponseBody, Variable};
use crate::parameter::ParameterLocation;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The place of schemas that others refer to, in the OpenAPI document and in a schema of its own.
const IN_DOCUMENT: &str = "#/components/schemas/";
const IN_SCHEMA: &str = "#/$defs/";

/// Returns the schema of an operation's arguments: its parameters, except those named, and the variable part of its path.
#[must_use]
pub fn arguments(operation: &Operation, except: &[&str]) -> Map<String, Value> {
    let mut properties = Map::new();
    if let Some(Variable { name, description, values }) = &operation.variable {
        let mut schema = json!({ "type": "string", "description": description });
        let values = values();
        if !values.is_empty() {
            schema["enum"] = json!(values);
        }
        properties.insert((*name).to_owned(), schema);
    }
    let described = operation.parameters.iter().copied().flatten().filter(|of| !except.contains(&of.name()));
    for parameter in described {
        properties.insert(parameter.name().to_owned(), value(&parameter.schema(ParameterLocation::Required)));
    }
    let required: Vec<&str> = operation.variable().into_iter().collect();
    object(json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    }))
}

/// Returns the schema of an operation's result; of any object if the result is not JSON.
#[must_use]
pub fn result(operation: &Operation) -> Map<String, Value> {
    let body = operation.answers.iter().find_map(|(.., answer)| match answer {
        ResponseBody::Json(body) | ResponseBody::JsonOrText(body, _) => Some(body),
        ResponseBody::Text(_) | ResponseBody::Table => None,
    });
    let all = value(&components().schemas);
    let mut root = body.and_then(|body| all.get(&*(body.name)())).cloned().unwrap_or_default();
    let mut needed = BTreeSet::new();
    gather(&mut root, &all, &mut needed);
    let mut schemas: Map<String, Value> = Map::new();
    for name in &needed {
        let mut schema = all[name].clone();
        gather(&mut schema, &Value::Null, &mut BTreeSet::new());
        schemas.insert(name.clone(), schema);
    }
    let mut root = object(root);
    root.insert("type".to_owned(), "object".into());
    root.insert("$defs".to_owned(), schemas.into());
    root
}

/// Replaces the references within a schema, and adds the names of all that it refers to.
fn gather(schema: &mut Value, all: &Value, needed: &mut BTreeSet<String>) {
    match schema {
        Value::String(text) => {
            if let Some(name) = text.strip_prefix(IN_DOCUMENT).map(str::to_owned) {
                *text = format!("{IN_SCHEMA}{name}");
                if let Some(referred) = all.get(&name)
                    && needed.insert(name)
                {
                    gather(&mut referred.clone(), all, needed);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| gather(item, all, needed)),
        Value::Object(members) => members.values_mut().for_each(|member| gather(member, all, needed)),
        _ => {}
    }
}

fn value(schema: &impl serde::Serialize) -> Value {
    serde_json::to_value(schema).expect("schemas are always JSON")
}

fn object(schema: Value) -> Map<String, Value> {
    if let Value::Object(members) = schema { members } else { Map::new() }
}
