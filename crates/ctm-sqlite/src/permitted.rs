//! What a statement that a person writes may do.

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use std::collections::HashSet;

/// Functions of SQLite that neither read files nor create long values. An operator such as LIKE is a function, too.
const FUNCTIONS: &[&str] = &[
    "->",
    "->>",
    "abs",
    "acos",
    "asin",
    "atan",
    "atan2",
    "avg",
    "ceil",
    "ceiling",
    "char",
    "coalesce",
    "concat",
    "concat_ws",
    "cos",
    "count",
    "cume_dist",
    "date",
    "datetime",
    "degrees",
    "dense_rank",
    "exp",
    "first_value",
    "floor",
    "format",
    "glob",
    "group_concat",
    "hex",
    "if",
    "ifnull",
    "iif",
    "instr",
    "json",
    "json_array",
    "json_array_length",
    "json_extract",
    "json_group_array",
    "json_group_object",
    "json_object",
    "json_quote",
    "json_type",
    "json_valid",
    "julianday",
    "lag",
    "last_value",
    "lead",
    "length",
    "like",
    "likelihood",
    "likely",
    "ln",
    "log",
    "log10",
    "log2",
    "lower",
    "ltrim",
    "max",
    "min",
    "mod",
    "nth_value",
    "ntile",
    "nullif",
    "octet_length",
    "percent_rank",
    "pi",
    "pow",
    "power",
    "printf",
    "quote",
    "radians",
    "rank",
    "replace",
    "round",
    "row_number",
    "rtrim",
    "sign",
    "sin",
    "sqrt",
    "strftime",
    "string_agg",
    "substr",
    "substring",
    "sum",
    "tan",
    "time",
    "timediff",
    "total",
    "trim",
    "trunc",
    "typeof",
    "unhex",
    "unicode",
    "unixepoch",
    "unlikely",
    "upper",
];

/// Tables that are made of an argument.
const TABLE_FUNCTIONS: [&str; 2] = ["json_each", "json_tree"];

/// A part of the file, or a function, that a view is made of.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) enum Needed {
    Column { table: String, column: String },
    Function(String),
}

/// What is permitted.
pub(crate) struct Permitted {
    views: HashSet<String>,
    /// Every table of the file.
    tables: HashSet<String>,
    /// Tables of the file that views read.
    read: HashSet<String>,
    needed: HashSet<Needed>,
}

impl Permitted {
    /// Permits to read views, and nothing yet that they are made of.
    pub(crate) fn new(views: &[&str], tables: &[String]) -> Self {
        Self {
            views: views.iter().map(|view| view.to_ascii_lowercase()).collect(),
            tables: tables.iter().map(|table| table.to_ascii_lowercase()).collect(),
            read: HashSet::new(),
            needed: HashSet::new(),
        }
    }

    /// Returns what an action needs.
    pub(crate) fn needed(context: &AuthContext<'_>) -> Option<Needed> {
        match context.action {
            AuthAction::Read { table_name, column_name } => Some(Needed::Column {
                table: table_name.to_ascii_lowercase(),
                column: column_name.to_ascii_lowercase(),
            }),
            AuthAction::Function { function_name } => {
                Some(Needed::Function(function_name.to_ascii_lowercase()))
            }
            _ => None,
        }
    }

    /// Permits what views are made of.
    pub(crate) fn permit(&mut self, needed: impl IntoIterator<Item = Needed>) {
        for needed in needed {
            if let Needed::Column { table, .. } = &needed {
                self.read.insert(table.clone());
            }
            self.needed.insert(needed);
        }
    }

    /// Decides about an action of a statement.
    ///
    /// What views are made of is only permitted within one. A common table expression of the same name as a view is taken
    /// for it by SQLite, and so reads the same columns, whose figures the views show.
    pub(crate) fn decide(&self, context: &AuthContext<'_>) -> Authorization {
        let is_in_view = context.accessor.is_some();
        let is_permitted = match context.action {
            AuthAction::Select | AuthAction::Recursive => true,
            AuthAction::Function { function_name } => {
                FUNCTIONS.iter().any(|known| known.eq_ignore_ascii_case(function_name))
                    || (is_in_view && self.is_needed(context))
            }
            // A table without a named column: `SELECT count(*)`, also of a common table expression.
            AuthAction::Read { table_name, column_name: "" } => self.is_countable(table_name),
            AuthAction::Read { table_name, .. } => {
                let is_own = self.views.contains(&table_name.to_ascii_lowercase());
                is_own
                    || TABLE_FUNCTIONS.iter().any(|known| known.eq_ignore_ascii_case(table_name))
                    || (is_in_view && self.is_needed(context))
            }
            _ => false,
        };
        if is_permitted { Authorization::Allow } else { Authorization::Deny }
    }

    fn is_needed(&self, context: &AuthContext<'_>) -> bool {
        Self::needed(context).is_some_and(|needed| self.needed.contains(&needed))
    }

    fn is_countable(&self, table: &str) -> bool {
        let table = table.to_ascii_lowercase();
        let is_internal = table.starts_with("sqlite_") || table.starts_with("pragma_");
        self.read.contains(&table) || !(is_internal || self.tables.contains(&table))
    }
}
