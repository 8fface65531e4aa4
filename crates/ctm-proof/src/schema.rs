//! The JSON Schema of bundles and of statements of seals, derived from their types.

use crate::bundle::ProofBundle;
use crate::seal::SealStatement;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

/// The version of the schema. It rises with every change of a form after a release.
pub const SCHEMA_VERSION: u32 = 1;

const DESCRIPTION: &str = "A file of `ctm prove` is `#/$defs/ProofBundle`, and the statement of a seal, which `ctm close --json` and `GET /api/v1/seals` have as text, \
     `#/$defs/SealStatement`. The order of fields is part of a digest. docs/proof.md describes both.";

/// Where the types refer to each other, as they describe themselves, and in the document.
const REFERENCES: [&str; 2] = ["#/components/schemas/", "#/$defs/"];

/// A document of JSON Schema.
#[derive(Serialize)]
struct Document {
    #[serde(rename = "$schema")]
    dialect: &'static str,
    #[serde(rename = "$id")]
    id: String,
    title: &'static str,
    description: &'static str,
    #[serde(rename = "$defs")]
    forms: BTreeMap<String, Value>,
}

/// Returns the schema as JSON.
#[expect(clippy::missing_panics_doc, reason = "it cannot panic, see `expect`")]
#[must_use]
pub fn schema() -> String {
    let mut forms = of::<ProofBundle>();
    forms.extend(of::<SealStatement>());
    let document = Document {
        dialect: "https://json-schema.org/draft/2020-12/schema",
        id: format!("urn:claude-token-monitor:proof:{SCHEMA_VERSION}"),
        title: "Bundles and seals of Claude Token Monitor",
        description: DESCRIPTION,
        forms,
    };
    serde_json::to_string_pretty(&document).expect("texts, numbers and lists are always JSON")
}

/// Returns the schemas of a type, and of all types within it, by their names.
fn of<T: ToSchema + PartialSchema>() -> BTreeMap<String, Value> {
    let mut all: Vec<(String, RefOr<Schema>)> = Vec::new();
    T::schemas(&mut all);
    all.push((T::name().into_owned(), T::schema()));
    let value = |schema| completed(serde_json::to_value(schema).expect("schemas are always JSON"));
    all.into_iter().map(|(name, schema)| (name, value(schema))).collect()
}

/// Refers to the types of the document, and requires all fields: an empty one is `null`.
fn completed(schema: Value) -> Value {
    match schema {
        Value::String(text) => Value::String(text.replace(REFERENCES[0], REFERENCES[1])),
        Value::Array(items) => items.into_iter().map(completed).collect(),
        Value::Object(members) => {
            let mut members: Map<String, Value> =
                members.into_iter().map(|(name, member)| (name, completed(member))).collect();
            if let Some(Value::Object(fields)) = members.get("properties") {
                let required = fields.keys().cloned().map(Value::String).collect();
                members.insert("required".to_owned(), required);
            }
            Value::Object(members)
        }
        other => other,
    }
}
