//! Columns, and their selection by name.

use crate::{Cell, Content, Kind};
use std::fmt;

/// A named column that takes its cell from a row of type `R`.
pub struct Column<R> {
    name: &'static str,
    content: Content,
    cell: fn(&R) -> Cell<'_>,
}

impl<R> Column<R> {
    /// Creates a column with this name, whose content is not described.
    #[must_use]
    pub const fn new(name: &'static str, cell: fn(&R) -> Cell<'_>) -> Self {
        Self::described(name, Kind::Any.or_null(""), cell)
    }

    /// Creates a column with this name and content.
    #[must_use]
    pub const fn described(name: &'static str, content: Content, cell: fn(&R) -> Cell<'_>) -> Self {
        Self { name, content, cell }
    }

    /// Returns the name: the header in CSV, the key in JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns what the column contains.
    #[must_use]
    pub fn content(&self) -> Content {
        self.content
    }

    /// Returns the column's cell of a row.
    #[must_use]
    pub fn cell<'r>(&self, row: &'r R) -> Cell<'r> {
        (self.cell)(row)
    }
}

// A derived implementation would require the same of `R`.
impl<R> Clone for Column<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Column<R> {}

impl<R> fmt::Debug for Column<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Column").field(&self.name).finish()
    }
}

/// The requested field is not among the columns.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown field `{field}`: the fields are {}", known.join(", "))]
pub struct UnknownField {
    /// The requested field.
    pub field: String,
    /// The known fields.
    pub known: Vec<&'static str>,
}

/// Returns the columns with these names, in the order of the names; all columns if no name is given.
///
/// A repeated name counts once: objects cannot have a key twice.
///
/// # Errors
///
/// Fails at the first name without a column.
pub fn select<R>(columns: &[Column<R>], fields: &[impl AsRef<str>]) -> Result<Vec<Column<R>>, UnknownField> {
    if fields.is_empty() {
        return Ok(columns.to_vec());
    }
    let mut selected: Vec<Column<R>> = Vec::with_capacity(fields.len());
    for field in fields.iter().map(AsRef::as_ref) {
        let column = columns.iter().find(|column| column.name == field).ok_or_else(|| UnknownField {
            field: field.to_owned(),
            known: columns.iter().map(Column::name).collect(),
        })?;
        if selected.iter().all(|chosen| chosen.name != field) {
            selected.push(*column);
        }
    }
    Ok(selected)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column<u64>; 2] =
        [Column::new("count", |row| Cell::Count(*row)), Column::new("odd", |row| Cell::Flag(row % 2 == 1))];

    #[test]
    fn fields_choose_and_order_columns() {
        let check = |fields: &[&str], expected: &[&str]| {
            let names: Vec<_> = select(&COLUMNS, fields).unwrap().iter().map(Column::name).collect();
            assert_eq!(names, expected);
        };
        check(&[], &["count", "odd"]);
        check(&["odd", "count"], &["odd", "count"]);
        check(&["odd", "odd"], &["odd"]);
    }

    #[test]
    fn an_unknown_field_is_named_with_the_known_ones() {
        assert_eq!(
            select(&COLUMNS, &["odd", "even"]).unwrap_err().to_string(),
            "unknown field `even`: the fields are count, odd"
        );
    }
}
