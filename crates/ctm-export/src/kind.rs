//! What a column contains, for the schema of its rows.

/// What a value of a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any value.
    Any,
    /// Text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A count of these units.
    Count(&'static str),
    /// A number of these units.
    Number(&'static str),
    /// An exact amount of US dollars.
    Usd,
    /// A time in UTC.
    Time,
    /// A day of the calendar in this zone.
    Day(&'static str),
    /// A condition.
    Flag,
    /// Texts by name.
    Tags,
}

impl Kind {
    /// Describes a column whose values are always known.
    #[must_use]
    pub const fn always(self, description: &'static str) -> Content {
        Content { kind: self, is_nullable: false, description }
    }

    /// Describes a column whose values may be unknown.
    #[must_use]
    pub const fn or_null(self, description: &'static str) -> Content {
        Content { kind: self, is_nullable: true, description }
    }
}

/// What a column contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// The kind of its values.
    pub kind: Kind,
    /// Whether a value may be unknown.
    pub is_nullable: bool,
    /// Description, in a sentence.
    pub description: &'static str,
}
