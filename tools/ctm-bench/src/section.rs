//! A table with its title, and how figures are written in it.

use crate::statistics::Spread;
use comfy_table::{CellAlignment, Table, presets};

/// A table and what it is about.
pub(crate) struct Section {
    /// The table of the document that it belongs to.
    pub(crate) place: Place,
    pub(crate) title: String,
    pub(crate) head: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// A part of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Commands,
    Updates,
    Idle,
    Rest,
    Insight,
    Load,
    Telemetry,
    Costs,
    Growth,
    Accuracy,
    Goals,
}

impl Section {
    /// Returns the table in Markdown, which is easy to read on a terminal too.
    pub(crate) fn table(&self) -> String {
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN).set_header(&self.head).add_rows(&self.rows);
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table.to_string()
    }
}

/// Returns the names of columns.
pub(crate) fn head<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(ToOwned::to_owned).into()
}

/// Writes a count with commas between thousands.
pub(crate) fn count(count: u64) -> String {
    let digits = count.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    groups.map(|group| String::from_utf8_lossy(group)).collect::<Vec<_>>().join(",")
}

/// Writes a median with its range.
pub(crate) fn spread(figures: Spread, decimals: usize, unit: &str) -> String {
    let Spread { median, min, max } = figures;
    format!("{median:.decimals$} {unit} ({min:.decimals$} to {max:.decimals$})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_commas_between_thousands() {
        for (number, expected) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(count(number), expected);
        }
    }
}
