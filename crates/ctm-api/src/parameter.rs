//! A parameter: its name, its values and its description in the OpenAPI document.

use serde_json::Value;
use utoipa::openapi::path::{Parameter as Documented, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ArrayBuilder, KnownFormat, Object, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{RefOr, Required, SchemaFormat};

/// A parameter with at most one value.
pub(crate) struct Parameter<T: 'static> {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) values: Values<T>,
    pub(crate) example: Option<&'static str>,
}

/// A parameter with any number of text values: repeated in a query, a list in a body.
pub(crate) struct List {
    pub(crate) name: &'static str,
    /// A former name, accepted and not documented.
    pub(crate) older: Option<&'static str>,
    pub(crate) description: &'static str,
}

/// The allowed values of a parameter.
pub(crate) enum Values<T: 'static> {
    /// One of several named values.
    Choice(&'static [(&'static str, T)]),
    /// One of several values with names of their own.
    Named(&'static [T], fn(T) -> &'static str),
    /// `true` or `false`.
    Switch(fn(bool) -> T),
    /// A whole number within bounds.
    Number { min: usize, max: usize, default: usize, of: fn(usize) -> T },
    /// A text that is parsed.
    Text {
        parse: fn(&str) -> Option<T>,
        /// Description of the form of the text.
        allowed: &'static str,
        format: Option<KnownFormat>,
        pattern: Option<&'static str>,
    },
}

/// The form of a parameter in a request body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    Number,
    Boolean,
    List,
}

/// A parameter regardless of the type of its values.
pub(crate) trait Described: Sync {
    fn name(&self) -> &'static str;

    /// Returns the former name, which is accepted and not documented.
    fn older(&self) -> Option<&'static str>;

    fn form(&self) -> Form;

    fn description(&self) -> &'static str;

    fn example(&self) -> Option<&'static str>;

    /// Returns the schema of a value, which may be null in a body.
    fn schema(&self, place: ParameterLocation) -> Schema;

    /// Returns the parameter as a query parameter.
    fn documented(&self) -> Documented {
        ParameterBuilder::new()
            .name(self.name())
            .parameter_in(ParameterIn::Query)
            .required(Required::False)
            .description(Some(self.description()))
            .schema(Some(self.schema(ParameterLocation::Query)))
            .example(self.example().map(Value::from))
            .build()
    }

    /// Returns whether `name` is the name of the parameter, or a former one.
    fn is_called(&self, name: &str) -> bool {
        self.name() == name || self.older() == Some(name)
    }
}

/// Parameters that operations share.
pub(crate) type Group = [&'static dyn Described];

/// Location of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParameterLocation {
    /// In a query, with the description next to the schema.
    Query,
    /// In a body that requires it.
    Required,
    /// In a body where it is optional, or null.
    Optional,
}

impl ParameterLocation {
    fn types(self, of: Type) -> SchemaType {
        if self == Self::Optional { SchemaType::Array(vec![of, Type::Null]) } else { SchemaType::Type(of) }
    }

    fn description(self, text: &'static str) -> Option<&'static str> {
        (self != Self::Query).then_some(text)
    }
}

impl<T: Clone> Parameter<T> {
    pub(crate) const fn new(name: &'static str, description: &'static str, values: Values<T>) -> Self {
        Self { name, description, values, example: None }
    }

    /// Parses a value.
    pub(crate) fn parse(&self, text: &str) -> Option<T> {
        match &self.values {
            Values::Choice(known) => {
                known.iter().find(|(name, _)| *name == text).map(|(_, value)| value.clone())
            }
            Values::Named(known, name) => known.iter().find(|value| name((*value).clone()) == text).cloned(),
            Values::Switch(of) => text.parse().ok().map(of),
            Values::Number { min, max, of, .. } => {
                text.parse().ok().filter(|number| (min..=max).contains(&number)).map(of)
            }
            Values::Text { parse, .. } => parse(text),
        }
    }

    /// Describes the allowed values.
    pub(crate) fn allowed(&self) -> String {
        match &self.values {
            Values::Switch(_) => "true, false".to_owned(),
            Values::Number { min, max, .. } => format!("{min} to {max}"),
            Values::Text { allowed, .. } => (*allowed).to_owned(),
            Values::Choice(_) | Values::Named(..) => self.names().join(", "),
        }
    }

    fn names(&self) -> Vec<&'static str> {
        match &self.values {
            Values::Choice(known) => known.iter().map(|(name, _)| *name).collect(),
            Values::Named(known, name) => known.iter().cloned().map(name).collect(),
            _ => Vec::new(),
        }
    }
}

impl<T: Clone + Sync> Described for Parameter<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn older(&self) -> Option<&'static str> {
        None
    }

    fn form(&self) -> Form {
        match self.values {
            Values::Switch(_) => Form::Boolean,
            Values::Number { .. } => Form::Number,
            _ => Form::Text,
        }
    }

    fn description(&self) -> &'static str {
        self.description
    }

    fn example(&self) -> Option<&'static str> {
        self.example
    }

    fn schema(&self, place: ParameterLocation) -> Schema {
        let object = |of| ObjectBuilder::new().schema_type(place.types(of));
        let object = match &self.values {
            Values::Choice(_) | Values::Named(..) => object(Type::String).enum_values(Some(self.names())),
            Values::Switch(_) => object(Type::Boolean),
            Values::Number { min, max, default, .. } => object(Type::Integer)
                .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
                .minimum(Some(*min))
                .maximum(Some(*max))
                .default(Some((*default).into())),
            Values::Text { format, pattern, .. } => {
                object(Type::String).format(format.clone().map(SchemaFormat::KnownFormat)).pattern(*pattern)
            }
        };
        object.description(place.description(self.description)).build().into()
    }
}

impl Described for List {
    fn name(&self) -> &'static str {
        self.name
    }

    fn older(&self) -> Option<&'static str> {
        self.older
    }

    fn form(&self) -> Form {
        Form::List
    }

    fn description(&self) -> &'static str {
        self.description
    }

    fn example(&self) -> Option<&'static str> {
        None
    }

    fn schema(&self, place: ParameterLocation) -> Schema {
        let text: RefOr<Schema> = Object::with_type(Type::String).into();
        ArrayBuilder::new()
            .schema_type(place.types(Type::Array))
            .items(text)
            .description(place.description(self.description))
            .build()
            .into()
    }
}
