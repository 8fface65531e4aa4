//! Records in protobuf, one at a time.
//!
//! The numbers of the fields are those of `opentelemetry/proto`, version 1, which are stable.

use crate::body::BodyError;
use crate::fields::{Field, Fields, MOST_ATTRIBUTES, Value};
use prost::encoding::{WireType, decode_key, decode_varint};

/// A field of a message: its number and value.
enum Part<'b> {
    /// An integer.
    Varint(u32, u64),
    /// Eight bytes.
    Fixed64(u32, u64),
    /// A text, bytes, or a message.
    Bytes(u32, &'b [u8]),
    /// Four bytes, which no field of ours has.
    Other,
}

fn malformed(problem: &'static str) -> BodyError {
    BodyError::Malformed { encoding: "protobuf", problem }
}

/// Takes the next field of a message; `None` at its end.
fn next<'b>(rest: &mut &'b [u8]) -> Result<Option<Part<'b>>, BodyError> {
    if rest.is_empty() {
        return Ok(None);
    }
    let (number, kind) = decode_key(rest).map_err(|_| malformed("a key of a field is invalid"))?;
    let part = match kind {
        WireType::Varint => Part::Varint(number, varint(rest)?),
        WireType::SixtyFourBit => {
            let (bytes, after) = rest.split_first_chunk().ok_or(malformed("a number is cut off"))?;
            *rest = after;
            Part::Fixed64(number, u64::from_le_bytes(*bytes))
        }
        WireType::LengthDelimited => {
            let length = usize::try_from(varint(rest)?).map_err(|_| malformed("a length is invalid"))?;
            let (bytes, after) = rest.split_at_checked(length).ok_or(malformed("a field is cut off"))?;
            *rest = after;
            Part::Bytes(number, bytes)
        }
        WireType::ThirtyTwoBit => {
            *rest = rest.get(4..).ok_or(malformed("a number is cut off"))?;
            Part::Other
        }
        WireType::StartGroup | WireType::EndGroup => return Err(malformed("it has groups")),
    };
    Ok(Some(part))
}

fn varint(rest: &mut &[u8]) -> Result<u64, BodyError> {
    decode_varint(rest).map_err(|_| malformed("an integer is invalid"))
}

/// Passes each message behind a path of field numbers to `take`.
pub(crate) fn each<'b>(
    message: &'b [u8],
    path: &[u32],
    take: &mut dyn FnMut(&'b [u8]) -> Result<(), BodyError>,
) -> Result<(), BodyError> {
    let [first, further @ ..] = path else { return take(message) };
    let mut rest = message;
    while let Some(part) = next(&mut rest)? {
        if let Part::Bytes(number, bytes) = part
            && number == *first
        {
            each(bytes, further, take)?;
        }
    }
    Ok(())
}

/// The path to log records: `resource_logs`, `scope_logs`, `log_records`.
pub(crate) const LOG_RECORDS: [u32; 3] = [1, 2, 2];

/// Reads the fields of a log record.
pub(crate) fn record(message: &[u8]) -> Result<Fields, BodyError> {
    let mut fields = Fields::default();
    let mut observed_ns = 0;
    let mut rest = message;
    while let Some(part) = next(&mut rest)? {
        match part {
            Part::Fixed64(1, time_ns) => fields.time_ns = time_ns,
            Part::Fixed64(11, time_ns) => observed_ns = time_ns,
            Part::Bytes(5, body) => {
                if let Some(Found::Text(text)) = value(body)? {
                    fields.set_event_name(text);
                }
            }
            Part::Bytes(6, attribute) => {
                fields.attributes += 1;
                if fields.attributes <= MOST_ATTRIBUTES {
                    set(&mut fields, attribute)?;
                }
            }
            Part::Bytes(12, name) => fields.set_event_name(str::from_utf8(name).unwrap_or_default()),
            _ => {}
        }
    }
    if fields.time_ns == 0 {
        fields.time_ns = observed_ns;
    }
    Ok(fields)
}

/// Sets the field of an attribute, if it is read.
fn set(fields: &mut Fields, attribute: &[u8]) -> Result<(), BodyError> {
    let (mut field, mut of) = (None, None);
    let mut rest = attribute;
    while let Some(part) = next(&mut rest)? {
        match part {
            Part::Bytes(1, key) => field = str::from_utf8(key).ok().and_then(Field::of),
            Part::Bytes(2, bytes) => of = Some(bytes),
            _ => {}
        }
    }
    if let Some(field) = field {
        let found = of.map(value).transpose()?.flatten();
        fields.set(field, found.map_or(Value::Other, Found::owned));
    }
    Ok(())
}

/// A value of an attribute or a body.
enum Found<'b> {
    Text(&'b str),
    Integer(i64),
    Double(f64),
    Other,
}

impl Found<'_> {
    fn owned(self) -> Value {
        match self {
            Self::Text(text) => Value::text(text),
            Self::Integer(number) => Value::Integer(number),
            Self::Double(number) => Value::Double(number),
            Self::Other => Value::Other,
        }
    }
}

/// Reads a value; `None` for an empty one. Lists, maps and bytes are not looked into.
fn value(message: &[u8]) -> Result<Option<Found<'_>>, BodyError> {
    let mut found = None;
    let mut rest = message;
    while let Some(part) = next(&mut rest)? {
        found = Some(match part {
            Part::Bytes(1, text) => str::from_utf8(text).map_or(Found::Other, Found::Text),
            Part::Varint(3, number) => Found::Integer(number.cast_signed()),
            Part::Fixed64(4, bits) => Found::Double(f64::from_bits(bits)),
            _ => Found::Other,
        });
    }
    Ok(found)
}
