//! JSON from clients.

use crate::problem::{FieldError, Problem};
use serde::de::{DeserializeOwned, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Number, Value};
use std::fmt;

/// The media type of JSON.
pub const JSON: &str = "application/json";

/// An object without duplicate names at any depth. `serde_json` would take the last of them, while a
/// proxy may have checked the first.
#[derive(Debug, PartialEq)]
pub struct Object(pub Map<String, Value>);

/// Parses a request body that was already read within the size limit.
///
/// Parses a JSON body. The parser limits the nesting depth.
///
/// # Errors
///
/// Fails for another media type, or invalid JSON.
pub fn json_body<T: DeserializeOwned>(media_type: &str, body: &[u8]) -> Result<T, Problem> {
    if media_type != JSON {
        return Err(Problem::UnsupportedMediaType(format!("the body must be {JSON}")));
    }
    serde_json::from_slice(body).map_err(|error| {
        let message = format!("invalid body: {error}");
        Problem::BadRequest(vec![FieldError { field: "body".to_owned(), code: "malformed", message }])
    })
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Distinct::deserialize(deserializer)?.0 {
            Value::Object(object) => Ok(Self(object)),
            _ => Err(D::Error::custom("it must be an object")),
        }
    }
}

/// A value without duplicate names in any object.
struct Distinct(Value);

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DistinctVisitor).map(Self)
    }
}

struct DistinctVisitor;

impl<'de> Visitor<'de> for DistinctVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Distinct(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, Distinct(value))) = members.next_entry::<String, _>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom(format_args!("`{name}` is given more than once")));
            }
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_there_once() {
        let good = r#"{"a":[1,-2,3.5,"ü\n",null,true,{"a":{}}],"b":{"a":1}}"#;
        let Object(object) = serde_json::from_str(good).unwrap();
        assert_eq!(Value::Object(object), serde_json::from_str::<Value>(good).unwrap());
        for bad in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"b":2,"\u0061":3}"#,
            r#"{"b":{"a":1,"a":null}}"#,
            r#"{"b":[{"a":1,"a":2}]}"#,
        ] {
            let error = serde_json::from_str::<Object>(bad).unwrap_err().to_string();
            assert!(error.starts_with("`a` is given more than once"), "{error}");
        }
        assert!(
            serde_json::from_str::<Object>("[]").unwrap_err().to_string().starts_with("it must be an object")
        );
    }
}
