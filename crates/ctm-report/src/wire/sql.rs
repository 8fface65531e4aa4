//! Statements of SQL that a person writes.

use serde::{Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

/// The result of a statement.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SqlRows {
    /// Names of the columns, in order; several can have the same name.
    pub columns: Vec<String>,
    /// The rows, each with a value for each column.
    pub rows: Vec<Vec<SqlCell>>,
    /// The bound at which the rows were cut off: `rows` or `bytes`; null if they are complete.
    pub cut: Option<&'static str>,
    /// The data version of the views.
    pub data_version: u64,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum SqlCell {
    /// NULL.
    Null,
    /// An integer; one that is not exact as a JSON number is a text.
    Integer(i64),
    /// A number; an infinite one is a text.
    Real(f64),
    /// A text.
    Text(String),
}

/// The largest integer that every reader of JSON keeps.
const MOST_EXACT: u64 = 1 << 53;

impl Serialize for SqlCell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Integer(integer) if integer.unsigned_abs() > MOST_EXACT => serializer.collect_str(integer),
            Self::Integer(integer) => serializer.serialize_i64(*integer),
            Self::Real(real) if !real.is_finite() => serializer.collect_str(real),
            Self::Real(real) => serializer.serialize_f64(*real),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl PartialSchema for SqlCell {
    fn schema() -> RefOr<Schema> {
        let types = SchemaType::from_iter([Type::Number, Type::String, Type::Null]);
        let text = "A value: null, a number or a text. An integer beyond 2^53 is a text.";
        ObjectBuilder::new().schema_type(types).description(Some(text)).build().into()
    }
}

impl ToSchema for SqlCell {}

/// The views, and the bounds of a statement.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SqlViews {
    /// `true` if this server runs statements (`sql`).
    pub allowed: bool,
    /// The views.
    pub views: Vec<SqlView>,
    /// Maximum time of a statement, in seconds.
    pub most_seconds: u64,
    /// Maximum number of rows of a result.
    pub most_rows: usize,
    /// Maximum size of a result, in bytes.
    pub most_bytes: usize,
}

/// A view.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SqlView {
    /// Its name.
    pub name: &'static str,
    /// Names of its columns.
    pub columns: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_exact_as_a_number_or_a_text() {
        let check = |cell: SqlCell, expected: &str| {
            assert_eq!(serde_json::to_string(&cell).unwrap(), expected);
        };
        check(SqlCell::Null, "null");
        check(SqlCell::Integer(-5), "-5");
        check(SqlCell::Integer(1 << 53), "9007199254740992");
        check(SqlCell::Integer((1 << 53) + 1), "\"9007199254740993\"");
        check(SqlCell::Integer(i64::MIN), "\"-9223372036854775808\"");
        check(SqlCell::Real(0.5), "0.5");
        check(SqlCell::Real(f64::INFINITY), "\"inf\"");
        check(SqlCell::Text("a\"b".to_owned()), "\"a\\\"b\"");
    }
}
