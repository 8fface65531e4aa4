//! Records in JSON, one at a time.

use crate::body::BodyError;
use crate::fields::{Field, Fields, MOST_ATTRIBUTES, Value};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// Passes each element behind a path of lists in objects to `take`.
pub(crate) fn each<T: for<'de> Deserialize<'de>>(
    body: &[u8],
    path: &[&str],
    take: &mut dyn FnMut(T) -> Result<(), BodyError>,
) -> Result<(), BodyError> {
    let mut refused = None;
    let mut json = serde_json::Deserializer::from_slice(body);
    let walk = Walk { path, take, refused: &mut refused, of: PhantomData };
    let walked = walk.deserialize(&mut json).and_then(|()| json.end());
    // The error of the library may show a part of the body.
    match (refused, walked) {
        (Some(error), _) => Err(error),
        (None, Ok(())) => Ok(()),
        (None, Err(error)) => Err(BodyError::Malformed {
            encoding: "JSON",
            problem: if error.is_eof() { "it is cut off" } else { "a value is invalid, or of another type" },
        }),
    }
}

/// The walk to the elements behind a path.
struct Walk<'w, T> {
    path: &'w [&'w str],
    take: &'w mut dyn FnMut(T) -> Result<(), BodyError>,
    refused: &'w mut Option<BodyError>,
    of: PhantomData<T>,
}

impl<T> Walk<'_, T> {
    /// Returns the walk to the same elements from the next list on.
    fn within(&mut self) -> Walk<'_, T> {
        let path = self.path.get(1..).unwrap_or_default();
        Walk { path, take: self.take, refused: self.refused, of: PhantomData }
    }
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Walk<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if !self.path.is_empty() {
            return deserializer.deserialize_map(self);
        }
        let element = T::deserialize(deserializer)?;
        (self.take)(element).map_err(|error| {
            *self.refused = Some(error);
            D::Error::custom("refused")
        })
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Walk<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            if self.path.first() == Some(&&*key) {
                map.next_value_seed(List(self.within()))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// A list on the path.
struct List<'w, T>(Walk<'w, T>);

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for List<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for List<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        loop {
            let Walk { path, take, refused, .. } = &mut self.0;
            let walk = Walk { path, take: *take, refused, of: PhantomData };
            if list.next_element_seed(walk)?.is_none() {
                return Ok(());
            }
        }
    }
}

/// The path to log records.
pub(crate) const LOG_RECORDS: [&str; 3] = ["resourceLogs", "scopeLogs", "logRecords"];

/// A log record.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Record {
    time_unix_nano: Integer,
    observed_time_unix_nano: Integer,
    event_name: Text,
    body: Any,
    attributes: Attributes,
}

impl Default for Record {
    fn default() -> Self {
        Self {
            time_unix_nano: Integer(None),
            observed_time_unix_nano: Integer(None),
            event_name: Text(None),
            body: Any(Value::Other),
            attributes: Attributes(Fields::default()),
        }
    }
}

impl From<Record> for Fields {
    fn from(record: Record) -> Self {
        let Attributes(mut fields) = record.attributes;
        let nanos = |Integer(number): Integer| number.and_then(|number| u64::try_from(number).ok());
        let time_ns = nanos(record.time_unix_nano).filter(|time_ns| *time_ns > 0);
        fields.time_ns = time_ns.or(nanos(record.observed_time_unix_nano)).unwrap_or_default();
        if let Text(Some(name)) = record.event_name {
            fields.set_event_name(&name);
        }
        if let Any(Value::Text(text)) = record.body {
            fields.set_event_name(&text);
        }
        fields
    }
}

/// The attributes of a record, as far as they are read.
struct Attributes(Fields);

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Of;
        impl<'de> Visitor<'de> for Of {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of attributes")
            }

            fn visit_unit<E: Error>(self) -> Result<Fields, E> {
                Ok(Fields::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Fields, A::Error> {
                let mut fields = Fields::default();
                while fields.attributes < MOST_ATTRIBUTES
                    && let Some(attribute) = list.next_element::<Attribute>()?
                {
                    fields.attributes += 1;
                    if let Some(field) = attribute.key {
                        fields.set(field, attribute.value.0);
                    }
                }
                while list.next_element::<IgnoredAny>()?.is_some() {
                    fields.attributes += 1;
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_any(Of).map(Self)
    }
}

/// An attribute. Its key is usually before its value, which is only read if the key is.
struct Attribute {
    key: Option<Field>,
    value: Any,
}

impl<'de> Deserialize<'de> for Attribute {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Of;
        impl<'de> Visitor<'de> for Of {
            type Value = Attribute;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an attribute")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Attribute, A::Error> {
                let mut attribute = Attribute { key: None, value: Any(Value::Other) };
                while let Some(key) = map.next_key::<Cow<'_, str>>()? {
                    match &*key {
                        "key" => attribute.key = Field::of(&map.next_value::<Cow<'_, str>>()?),
                        "value" => attribute.value = map.next_value()?,
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(attribute)
            }
        }
        deserializer.deserialize_map(Of)
    }
}

/// A value of an attribute or a body.
struct Any(Value);

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Of;
        impl<'de> Visitor<'de> for Of {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_unit<E: Error>(self) -> Result<Value, E> {
                Ok(Value::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
                let mut value = Value::Other;
                while let Some(key) = map.next_key::<Cow<'_, str>>()? {
                    match &*key {
                        "stringValue" => value = map.next_value::<Text>()?.into(),
                        "intValue" => value = map.next_value::<Integer>()?.into(),
                        "doubleValue" => value = map.next_value::<Double>()?.into(),
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(value)
            }
        }
        deserializer.deserialize_any(Of).map(Self)
    }
}

/// Defines a scalar that takes any JSON: what is of another type is none.
macro_rules! scalar {
    ($name:ident($of:ty), $($visit:ident($number:ident: $from:ty) => $value:expr),+) => {
        struct $name(Option<$of>);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Of;
                impl<'de> Visitor<'de> for Of {
                    type Value = Option<$of>;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a value")
                    }

                    $(fn $visit<E: Error>(self, $number: $from) -> Result<Option<$of>, E> {
                        Ok($value)
                    })+

                    fn visit_bool<E: Error>(self, _: bool) -> Result<Option<$of>, E> {
                        Ok(None)
                    }

                    fn visit_unit<E: Error>(self) -> Result<Option<$of>, E> {
                        Ok(None)
                    }

                    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Option<$of>, A::Error> {
                        while list.next_element::<IgnoredAny>()?.is_some() {}
                        Ok(None)
                    }

                    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<$of>, A::Error> {
                        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                        Ok(None)
                    }
                }
                deserializer.deserialize_any(Of).map(Self)
            }
        }
    };
}

// Integers of 64 bits are texts in OTLP's JSON; many senders write numbers.
scalar!(Integer(i64),
    visit_i64(number: i64) => Some(number),
    visit_u64(number: u64) => i64::try_from(number).ok(),
    visit_f64(number: f64) => integer_of(number),
    visit_str(text: &str) => text.parse().ok());
scalar!(Double(f64),
    visit_i64(number: i64) => Some(number as f64),
    visit_u64(number: u64) => Some(number as f64),
    visit_f64(number: f64) => Some(number),
    visit_str(text: &str) => text.parse().ok());
scalar!(Text(String),
visit_i64(_number: i64) => None,
visit_u64(_number: u64) => None,
visit_f64(_number: f64) => None,
visit_str(text: &str) => match Value::text(text) {
    Value::Text(text) => Some(text),
    _ => None,
});

impl From<Integer> for Value {
    fn from(Integer(number): Integer) -> Self {
        number.map_or(Self::Other, Self::Integer)
    }
}

impl From<Double> for Value {
    fn from(Double(number): Double) -> Self {
        number.map_or(Self::Other, Self::Double)
    }
}

impl From<Text> for Value {
    fn from(Text(text): Text) -> Self {
        text.map_or(Self::Other, Self::Text)
    }
}

/// Returns a number as an integer, if it is one that is exact.
pub(crate) fn integer_of(number: f64) -> Option<i64> {
    const MOST_EXACT: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && number.abs() <= MOST_EXACT).then_some(number as i64)
}
