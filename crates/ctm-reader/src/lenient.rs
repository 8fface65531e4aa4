//! JSON fields that accept any value.
//!
//! A field of an unexpected type must not cost the line. Each type here accepts
//! every JSON value, keeps what it can use, and treats the rest as absent (or, for counts, marks
//! it as bad).

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// The visitor methods for kinds of JSON values that are consumed and count as `$value`.
macro_rules! otherwise {
    ($value:expr => $($kind:ident)*) => { $(otherwise!(@$kind $value);)* };
    (@bool $value:expr) => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> { Ok($value) }
    };
    (@number $value:expr) => {
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> { Ok($value) }
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> { Ok($value) }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> { Ok($value) }
    };
    (@text $value:expr) => {
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> { Ok($value) }
    };
    (@null $value:expr) => {
        fn visit_unit<E>(self) -> Result<Self::Value, E> { Ok($value) }
    };
    (@list $value:expr) => {
        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
            while items.next_element::<IgnoredAny>()?.is_some() {}
            Ok($value)
        }
    };
    (@object $value:expr) => {
        fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
            while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok($value)
        }
    };
}

pub(crate) use otherwise;

/// A text, borrowed from the line if it has no escapes; any other value counts as absent.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Text<'a>(Option<Cow<'a, str>>);

impl Text<'_> {
    /// Returns the text, unless it is empty or absent.
    pub(crate) fn get(&self) -> Option<&str> {
        self.0.as_deref().filter(|text| !text.is_empty())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for TextVisitor<'a> {
            type Value = Text<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'a>, E> {
                Ok(Text(Some(Cow::Borrowed(text))))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'a>, E> {
                Ok(Text(Some(Cow::Owned(text.to_owned()))))
            }

            otherwise!(Text(None) => bool number null list object);
        }
        deserializer.deserialize_any(TextVisitor(PhantomData))
    }
}

/// A boolean; any other value is false.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flag(pub(crate) Option<bool>);

impl Flag {
    pub(crate) fn is_true(self) -> bool {
        self.0 == Some(true)
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FlagVisitor;
        impl<'de> Visitor<'de> for FlagVisitor {
            type Value = Flag;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a truth value")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Flag, E> {
                Ok(Flag(Some(value)))
            }

            otherwise!(Flag(None) => number text null list object);
        }
        deserializer.deserialize_any(FlagVisitor)
    }
}

/// Presence of a field that is not null.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Presence(pub(crate) bool);

impl<'de> Deserialize<'de> for Presence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PresenceVisitor;
        impl<'de> Visitor<'de> for PresenceVisitor {
            type Value = Presence;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }

            otherwise!(Presence(false) => null);
            otherwise!(Presence(true) => bool number text list object);
        }
        deserializer.deserialize_any(PresenceVisitor)
    }
}

/// Presence of a list without items.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EmptyList(pub(crate) bool);

impl<'de> Deserialize<'de> for EmptyList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EmptyListVisitor;
        impl<'de> Visitor<'de> for EmptyListVisitor {
            type Value = EmptyList;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<EmptyList, A::Error> {
                let mut count = 0;
                while items.next_element::<IgnoredAny>()?.is_some() {
                    count += 1;
                }
                Ok(EmptyList(count == 0))
            }

            otherwise!(EmptyList(false) => bool number text null object);
        }
        deserializer.deserialize_any(EmptyListVisitor)
    }
}

/// A count of tokens or requests: 0 where the field is absent or null; 0 and `bad` where it is
/// negative, fractional, beyond 2^53 (where JSON numbers stop being exact) or not a number.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) value: u64,
    pub(crate) bad: bool,
}

impl Count {
    const MAX: u64 = 1 << 53;
    const BAD: Self = Self { value: 0, bad: true };

    /// Returns the count, unless it was bad.
    pub(crate) fn good(self) -> Option<u64> {
        (!self.bad).then_some(self.value)
    }

    fn of(value: u64) -> Self {
        if value <= Self::MAX { Self { value, bad: false } } else { Self::BAD }
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CountVisitor;
        impl<'de> Visitor<'de> for CountVisitor {
            type Value = Count;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a count")
            }

            fn visit_u64<E>(self, value: u64) -> Result<Count, E> {
                Ok(Count::of(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Count, E> {
                Ok(u64::try_from(value).map_or(Count::BAD, Count::of))
            }

            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "checked to be whole and in range, where the conversion is exact"
            )]
            fn visit_f64<E>(self, value: f64) -> Result<Count, E> {
                let whole = value.fract() == 0.0 && (0.0..=Count::MAX as f64).contains(&value);
                Ok(if whole { Count::of(value as u64) } else { Count::BAD })
            }

            otherwise!(Count::default() => null);
            otherwise!(Count::BAD => bool text list object);
        }
        deserializer.deserialize_any(CountVisitor)
    }
}

/// A number that is not negative, such as a duration; any other value counts as absent.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(crate) struct Number(Option<f64>);

impl Number {
    fn of(value: f64) -> Self {
        Self(Some(value).filter(|value| value.is_finite() && *value >= 0.0))
    }

    pub(crate) fn get(self) -> Option<f64> {
        self.0
    }

    /// Returns the number as an integer, if it is in the range of counts.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "checked to be in the range where whole numbers are exact"
    )]
    pub(crate) fn whole(self) -> Option<u64> {
        self.0.map(f64::round).filter(|number| *number <= Count::MAX as f64).map(|number| number as u64)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberVisitor;
        impl<'de> Visitor<'de> for NumberVisitor {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }

            fn visit_f64<E>(self, value: f64) -> Result<Number, E> {
                Ok(Number::of(value))
            }

            #[expect(clippy::cast_precision_loss, reason = "a number beyond 2^53 is no duration and no cost")]
            fn visit_u64<E>(self, value: u64) -> Result<Number, E> {
                Ok(Number::of(value as f64))
            }

            #[expect(clippy::cast_precision_loss, reason = "a number beyond 2^53 is no duration and no cost")]
            fn visit_i64<E>(self, value: i64) -> Result<Number, E> {
                Ok(Number::of(value as f64))
            }

            otherwise!(Number(None) => bool text null list object);
        }
        deserializer.deserialize_any(NumberVisitor)
    }
}

/// An object with the fields of `T`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Object<T> {
    /// Absent, or null.
    #[default]
    Absent,
    /// A value of another kind.
    Other,
    /// The object.
    Is(T),
}

impl<T> Object<T> {
    pub(crate) fn get(&self) -> Option<&T> {
        match self {
            Self::Is(object) => Some(object),
            Self::Absent | Self::Other => None,
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(fields)).map(Object::Is)
            }

            otherwise!(Object::Absent => null);
            otherwise!(Object::Other => bool number text list);
        }
        deserializer.deserialize_any(ObjectVisitor(PhantomData))
    }
}

/// A list of objects with the fields of `T`; items of other kinds are omitted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum List<T> {
    /// Absent, or null.
    #[default]
    Absent,
    /// A text.
    Text,
    /// A value of another kind.
    Other,
    /// The list.
    Is(Vec<T>),
    /// The beginning of a list that is too long.
    Cut(Vec<T>),
}

impl<T> List<T> {
    pub(crate) fn items(&self) -> &[T] {
        match self {
            Self::Is(items) | Self::Cut(items) => items,
            Self::Absent | Self::Text | Self::Other => &[],
        }
    }
}

/// Maximum number of items that are kept. An empty object takes two bytes of a line, and a hundred times as many in
/// memory.
const MAX_ITEMS: usize = 20_000;

/// Reads a list. Returns its first objects, and whether these are all.
pub(crate) fn first_objects<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(
    items: &mut A,
) -> Result<(Vec<T>, bool), A::Error> {
    let mut objects = Vec::new();
    while objects.len() < MAX_ITEMS {
        match items.next_element::<Object<T>>()? {
            Some(Object::Is(object)) => objects.push(object),
            Some(Object::Absent | Object::Other) => {}
            None => return Ok((objects, true)),
        }
    }
    let mut are_all = true;
    while items.next_element::<IgnoredAny>()?.is_some() {
        are_all = false;
    }
    Ok((objects, are_all))
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
            type Value = List<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<List<T>, A::Error> {
                let (objects, are_all) = first_objects(&mut items)?;
                Ok(if are_all { List::Is(objects) } else { List::Cut(objects) })
            }

            otherwise!(List::Absent => null);
            otherwise!(List::Text => text);
            otherwise!(List::Other => bool number object);
        }
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [&str; 9] =
        ["null", "true", "3", "-3", "2.5", r#""text""#, r#""t\u0065xt""#, r#"[1,{"a":2}]"#, r#"{"a":[]}"#];

    fn all<'a, T: Deserialize<'a>>() -> Vec<T> {
        VALUES.iter().map(|value| serde_json::from_str(value).unwrap()).collect()
    }

    #[test]
    fn every_kind_of_value_is_accepted_everywhere() {
        let texts: Vec<_> = all::<Text<'_>>().iter().map(|text| text.get().map(str::to_owned)).collect();
        let text = Some("text".to_owned());
        assert_eq!(texts, [None, None, None, None, None, text.clone(), text, None, None]);
        let flags: Vec<_> = all::<Flag>().iter().map(|flag| flag.is_true()).collect();
        assert_eq!(flags, [false, true, false, false, false, false, false, false, false]);
        let present: Vec<_> = all::<Presence>().iter().map(|presence| presence.0).collect();
        assert_eq!(present, [false, true, true, true, true, true, true, true, true]);
        let numbers: Vec<_> = all::<Number>().iter().map(|number| number.whole()).collect();
        assert_eq!(numbers, [None, None, Some(3), None, Some(3), None, None, None, None]);
        let objects: Vec<_> =
            all::<Object<IgnoredAny>>().iter().map(|object| object.get().is_some()).collect();
        assert_eq!(objects, [false, false, false, false, false, false, false, false, true]);
        let lists: Vec<_> = all::<List<IgnoredAny>>().iter().map(|list| list.items().len()).collect();
        assert_eq!(lists, [0, 0, 0, 0, 0, 0, 0, 1, 0]);
    }

    #[test]
    fn of_an_absurdly_long_list_the_beginning_is_kept() {
        let list = |length: usize| -> List<IgnoredAny> {
            serde_json::from_str(&format!("[1{}]", ",{}".repeat(length))).unwrap()
        };
        assert!(matches!(list(MAX_ITEMS), List::Is(items) if items.len() == MAX_ITEMS));
        assert!(matches!(list(MAX_ITEMS + 1), List::Cut(items) if items.len() == MAX_ITEMS));
    }

    #[test]
    fn counts_are_whole_and_exact_or_bad() {
        let check = |text: &str, value, bad| {
            assert_eq!(serde_json::from_str::<Count>(text).unwrap(), Count { value, bad }, "{text}");
        };
        check("0", 0, false);
        check("9007199254740992", 1 << 53, false);
        check("9007199254740993", 0, true);
        check("18446744073709551616", 0, true);
        check("12.0", 12, false);
        check("12.5", 0, true);
        check("-1", 0, true);
        check("-0.0", 0, false);
        check(r#""12""#, 0, true);
        check("[12]", 0, true);
        check("null", 0, false);
    }
}
