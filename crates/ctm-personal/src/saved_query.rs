//! Saved queries: statements of SQL, by name.

use crate::error::FieldFault;
use crate::records::Kind;
use crate::text::text_fault;
use serde::{Deserialize, Serialize};

/// A saved query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedQuery {
    /// The name.
    pub name: String,
    /// The statement. It is checked when it runs: the views of another version may differ.
    pub sql: String,
}

impl SavedQuery {
    /// Maximum length of the name, in characters.
    pub const MOST_NAME_CHARS: usize = 80;
    /// Maximum length of the statement, in bytes.
    pub const MOST_SQL_BYTES: usize = 16_000;

    /// Returns what is wrong with a name.
    #[must_use]
    pub fn name_fault(name: &str) -> Option<FieldFault> {
        text_fault("name", name, Self::MOST_NAME_CHARS)
    }

    /// Returns what is wrong with a statement as a text.
    #[must_use]
    pub fn sql_fault(sql: &str) -> Option<FieldFault> {
        let most = Self::MOST_SQL_BYTES;
        let fault = |message| Some(FieldFault { field: "sql", message });
        if sql.trim().is_empty() || sql.len() > most {
            return fault(format!("`sql` has {} bytes; allowed: a statement of at most {most}", sql.len()));
        }
        if sql.chars().any(|char| char.is_control() && !matches!(char, '\n' | '\r' | '\t')) {
            return fault("`sql` has control characters; allowed: line breaks and tabs".to_owned());
        }
        None
    }
}

impl Kind for SavedQuery {
    const NAME: &'static str = "query";
    const MOST: usize = 200;

    fn faults(&self) -> Vec<FieldFault> {
        Self::name_fault(&self.name).into_iter().chain(Self::sql_fault(&self.sql)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_may_have_lines_and_a_bounded_length() {
        let check = |sql: &str, is_valid: bool| {
            assert_eq!(SavedQuery::sql_fault(sql).is_none(), is_valid, "{sql:?}");
        };
        check("SELECT *\n\tFROM usage\r\n", true);
        check("", false);
        check(" \n", false);
        check("SELECT 1\0", false);
        check("SELECT '\u{1b}'", false);
        check(&"a".repeat(SavedQuery::MOST_SQL_BYTES), true);
        check(&"a".repeat(SavedQuery::MOST_SQL_BYTES + 1), false);
    }
}
