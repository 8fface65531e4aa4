//! Tables that fit the terminal.

use super::text::{compact, count, percent, shortened, usd};
use comfy_table::{CellAlignment, ContentArrangement, Table as Grid, presets};
use ctm_types::PicoUsd;

/// A figure or a name.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Name(String),
    Count(u64),
    Usd(Option<PicoUsd>),
    Rate(Option<f64>),
}

/// A table with a name in the first column, which is shortened where there is no room, and a last
/// row that sums up.
pub(super) struct Table {
    pub(super) head: Vec<&'static str>,
    pub(super) rows: Vec<Vec<Value>>,
    pub(super) total: Option<Vec<Value>>,
}

/// The fewest characters that a name is shortened to.
const SHORTEST_NAME: usize = 12;

impl Table {
    /// Writes the table at most `width` characters wide: with whole numbers if they fit, else
    /// with compact ones, and with the first column shortened as far as needed.
    pub(super) fn render(&self, width: usize) -> String {
        let whole = self.grid(count, usize::MAX);
        if widest(&whole) <= width {
            return whole;
        }
        let short = self.grid(compact, usize::MAX);
        let excess = widest(&short).saturating_sub(width);
        if excess == 0 {
            return short;
        }
        let longest = self.lines().filter_map(|row| row.first()).map(name_length).max().unwrap_or(0);
        self.grid(compact, longest.saturating_sub(excess).max(SHORTEST_NAME))
    }

    fn lines(&self) -> impl Iterator<Item = &Vec<Value>> {
        self.rows.iter().chain(&self.total)
    }

    fn grid(&self, number: fn(u64) -> String, name_width: usize) -> String {
        let mut grid = Grid::new();
        grid.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        grid.set_header(self.head.clone());
        let text = |at: usize, value: &Value| match value {
            Value::Name(name) if at == 0 => shortened(name, name_width),
            Value::Name(name) => name.clone(),
            Value::Count(count) => number(*count),
            Value::Usd(amount) => usd(*amount),
            Value::Rate(rate) => percent(*rate),
        };
        for row in self.lines() {
            grid.add_row(row.iter().enumerate().map(|(at, value)| text(at, value)));
        }
        let is_figure =
            |at: usize| self.lines().any(|row| !matches!(row.get(at), None | Some(Value::Name(_))));
        for at in 0..self.head.len() {
            if let Some(column) = grid.column_mut(at) {
                column.set_padding((0, if at + 1 == self.head.len() { 0 } else { 2 }));
                if is_figure(at) {
                    column.set_cell_alignment(CellAlignment::Right);
                }
            }
        }
        grid.trim_fmt()
    }
}

fn name_length(value: &Value) -> usize {
    match value {
        Value::Name(name) => name.chars().count(),
        _ => 0,
    }
}

fn widest(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let row = |name: &str, tokens| {
            vec![
                Value::Name(name.to_owned()),
                Value::Count(tokens),
                Value::Usd(Some(PicoUsd(1_500_000_000_000))),
            ]
        };
        Table {
            head: vec!["Project", "Tokens", "Cost"],
            rows: vec![row("/home/user/projects/a-rather-long-name", 123_456_789), row("/b", 5)],
            total: Some(row("Total", 123_456_794)),
        }
    }

    #[test]
    fn a_table_is_as_exact_as_it_fits() {
        assert_eq!(
            table().render(80),
            "\
Project                                      Tokens   Cost
/home/user/projects/a-rather-long-name  123,456,789  $1.50
/b                                                5  $1.50
Total                                   123,456,794  $1.50"
        );
        assert_eq!(
            table().render(40),
            "\
Project                    Tokens   Cost
/home/user/p…er-long-name    123M  $1.50
/b                              5  $1.50
Total                        123M  $1.50"
        );
    }
}
