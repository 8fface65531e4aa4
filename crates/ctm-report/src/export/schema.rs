//! The JSON Schema of exported rows, written from the columns.

use super::datasets::Dataset;
use ctm_export::{Content, Kind};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::schema::{KnownFormat, Object, ObjectBuilder, SchemaFormat, SchemaType, Type};

/// The version of the schema. It rises with every change of a row after a release.
pub const SCHEMA_VERSION: u32 = 1;

const DESCRIPTION: &str = "Rows of the files that `ctm export` and `POST /api/v1/export` write: those of a data set are `#/$defs/NAME`. A JSON file is a list of rows, and each line of an NDJSON file is a row. Every row has all \
     fields, unless fields are selected. Amounts are exact decimals with up to twelve places.";

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
    rows: BTreeMap<&'static str, Object>,
}

/// Returns the schema of the rows of every data set as JSON.
#[expect(clippy::missing_panics_doc, reason = "it cannot panic, see `expect`")]
#[must_use]
pub fn schema() -> String {
    let complete = |dataset: Dataset| {
        let mut row = row_schema(dataset);
        row.required = dataset.fields().into_iter().map(str::to_owned).collect();
        (dataset.name(), row)
    };
    let document = Document {
        dialect: "https://json-schema.org/draft/2020-12/schema",
        id: format!("urn:claude-token-monitor:export:{SCHEMA_VERSION}"),
        title: "Exports of Claude Token Monitor",
        description: DESCRIPTION,
        rows: Dataset::ALL.map(complete).into(),
    };
    serde_json::to_string_pretty(&document).expect("texts, numbers and lists are always JSON")
}

/// Returns the schema of the rows of a data set, with any selection of its fields.
#[must_use]
pub fn row_schema(dataset: Dataset) -> Object {
    let row = ObjectBuilder::new().description(Some(format!("A row of the data set `{}`.", dataset.name())));
    let fields = dataset.contents().into_iter();
    fields.fold(row, |row, (name, content)| row.property(name, field_schema(content))).build()
}

fn field_schema(content: Content) -> Object {
    let of = |of| {
        let types =
            if content.is_nullable { SchemaType::Array(vec![of, Type::Null]) } else { SchemaType::Type(of) };
        ObjectBuilder::new().schema_type(types)
    };
    let time = |format, zone| {
        of(Type::String)
            .format(Some(SchemaFormat::KnownFormat(format)))
            .extensions(Some(Extensions::from_iter([("x-zone", zone)])))
    };
    let unit = |unit| Some(Extensions::from_iter([("x-unit", unit)]));
    let schema = match content.kind {
        Kind::Any => ObjectBuilder::new().schema_type(SchemaType::AnyValue),
        Kind::Text => of(Type::String),
        Kind::Word(words) => of(Type::String).enum_values(Some(words.iter().copied())),
        Kind::Count(of_what) => of(Type::Integer).minimum(Some(0)).extensions(unit(of_what)),
        Kind::Number(of_what) => of(Type::Number).extensions(unit(of_what)),
        Kind::Usd => of(Type::Number).extensions(unit("USD")),
        Kind::Time => time(KnownFormat::DateTime, "UTC"),
        Kind::Day(zone) => time(KnownFormat::Date, zone),
        Kind::Flag => of(Type::Boolean),
        Kind::Tags => {
            of(Type::Object).additional_properties(Some(ObjectBuilder::new().schema_type(Type::String)))
        }
    };
    schema.description(Some(content.description)).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_described() {
        for dataset in Dataset::ALL {
            for (name, content) in dataset.contents() {
                let is_described = content.kind != Kind::Any && content.description.ends_with('.');
                assert!(is_described, "{name} of {}: {content:?}", dataset.name());
            }
        }
    }
}
