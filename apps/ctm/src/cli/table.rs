//! Tables that fit the terminal.

use super::output::{bold, dim};
use super::text::{compact, count, milliseconds, percent, shortened, signed_usd, usd, usd_at_least};
use ctm_report::wire::{Certainty, Usd};
use ctm_types::PicoUsd;
use ctm_types::printable::one_line;
use unicode_width::UnicodeWidthStr;

/// A figure or a name.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Name(String),
    Count(u64),
    Usd(Option<PicoUsd>),
    /// A lower bound of an amount.
    AtLeast(PicoUsd),
    /// A difference of amounts.
    Difference(Option<PicoUsd>),
    /// A lower bound of a difference.
    DifferenceAtLeast(Option<PicoUsd>),
    /// An amount with all decimals.
    Price(Option<PicoUsd>),
    Rate(Option<f64>),
    Milliseconds(Option<u64>),
    /// A number with one decimal.
    Decimal(f64),
    /// An empty figure.
    Nothing,
}

impl Value {
    /// Returns a name.
    pub(super) fn name(name: &str) -> Self {
        Self::Name(name.to_owned())
    }

    /// Returns a cost of usage: a lower bound is marked.
    pub(super) fn cost(cost: Option<Usd>, certainty: Certainty) -> Self {
        match cost {
            Some(Usd(cost)) if certainty == Certainty::AtLeast => Self::AtLeast(cost),
            cost => Self::Usd(cost.map(|Usd(cost)| cost)),
        }
    }
}

/// A line of a table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    cells: Vec<Value>,
    /// `true` for an indented part of the row above.
    is_part: bool,
}

impl Row {
    /// Returns a line of its own.
    pub(super) fn new(cells: Vec<Value>) -> Self {
        Self { cells, is_part: false }
    }

    /// Returns an indented part of the line above.
    pub(super) fn part(mut cells: Vec<Value>) -> Self {
        if let Some(Value::Name(name)) = cells.first_mut() {
            name.insert_str(0, "  ");
        }
        Self { cells, is_part: true }
    }
}

/// A table with a name in the first column, which is shortened if there is no room, and a last row with the
/// sum.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table {
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Row>,
    pub(super) total: Option<Vec<Value>>,
    /// `true` if numbers are always compact.
    pub(super) compact: bool,
}

/// Minimum width of a shortened name.
const SHORTEST_NAME: usize = 12;

impl Table {
    /// Writes the table at most `width` characters wide: with whole numbers if they fit, else
    /// with compact ones, and with the first column shortened as far as needed.
    pub(super) fn render(&self, width: usize) -> String {
        self.styled(&self.fitted(width))
    }

    /// Returns whether the table can be written at most `width` characters wide.
    pub(super) fn fits(&self, width: usize) -> bool {
        widest(&self.fitted(width)) <= width
    }

    fn fitted(&self, width: usize) -> String {
        let whole = self.grid(if self.compact { compact } else { count }, usize::MAX);
        if widest(&whole) <= width {
            return whole;
        }
        let short = self.grid(compact, usize::MAX);
        let excess = widest(&short).saturating_sub(width);
        if excess == 0 {
            return short;
        }
        let longest = self.lines().filter_map(|cells| cells.first()).map(name_length).max().unwrap_or(0);
        self.grid(compact, longest.saturating_sub(excess).max(SHORTEST_NAME))
    }

    /// Styles the head and the sum, and dims parts.
    fn styled(&self, grid: &str) -> String {
        let style = |(at, line): (usize, &str)| match at.checked_sub(1).map(|at| self.rows.get(at)) {
            None | Some(None) => bold(line),
            Some(Some(row)) if row.is_part => dim(line),
            Some(Some(_)) => line.to_owned(),
        };
        let lines: Vec<_> = grid.lines().enumerate().map(style).collect();
        lines.join("\n")
    }

    fn lines(&self) -> impl Iterator<Item = &Vec<Value>> {
        self.rows.iter().map(|row| &row.cells).chain(&self.total)
    }

    fn grid(&self, number: fn(u64) -> String, name_width: usize) -> String {
        let text = |(at, value): (usize, &Value)| match value {
            Value::Name(name) if at == 0 => shortened(&one_line(name), name_width),
            Value::Name(name) => one_line(name).into_owned(),
            Value::Count(count) => number(*count),
            Value::Usd(amount) => usd(*amount),
            Value::AtLeast(amount) => usd_at_least(*amount),
            Value::Difference(amount) => signed_usd(*amount),
            Value::DifferenceAtLeast(Some(amount)) => format!("≥ {}", signed_usd(Some(*amount))),
            Value::DifferenceAtLeast(None) => signed_usd(None),
            Value::Price(amount) => amount.map_or_else(|| "-".to_owned(), |amount| amount.to_string()),
            Value::Rate(rate) => percent(*rate),
            Value::Milliseconds(time) => time.map_or_else(|| "-".to_owned(), milliseconds),
            Value::Decimal(number) => format!("{number:.1}"),
            Value::Nothing => String::new(),
        };
        let rows = self.lines().map(|cells| cells.iter().enumerate().map(text).collect());
        let rows: Vec<Vec<_>> = std::iter::once(self.head.clone()).chain(rows).collect();
        let is_figure =
            |at: usize| self.lines().any(|cells| !matches!(cells.get(at), None | Some(Value::Name(_))));
        let columns: Vec<_> = (0..self.head.len())
            .map(|at| {
                let widths = rows.iter().filter_map(|cells| cells.get(at)).map(|text| text.width());
                (widths.max().unwrap_or(0), is_figure(at))
            })
            .collect();
        let lines: Vec<_> = rows.iter().map(|cells| padded(cells, &columns)).collect();
        lines.join("\n")
    }
}

/// Returns a line of cells, each as wide as its column; figures are aligned to the right.
fn padded(cells: &[String], columns: &[(usize, bool)]) -> String {
    let cells = cells.iter().zip(columns).map(|(text, &(width, is_figure))| {
        let padding = " ".repeat(width - text.width());
        if is_figure { padding + text } else { text.clone() + &padding }
    });
    cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

fn name_length(value: &Value) -> usize {
    match value {
        Value::Name(name) => one_line(name).width(),
        _ => 0,
    }
}

fn widest(text: &str) -> usize {
    text.lines().map(UnicodeWidthStr::width).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anstream::adapter::strip_str;

    fn table() -> Table {
        let cells = |name: &str, tokens| {
            vec![Value::name(name), Value::Count(tokens), Value::Usd(Some(PicoUsd(1_500_000_000_000)))]
        };
        Table {
            head: ["Project", "Tokens", "Cost"].map(str::to_owned).to_vec(),
            rows: vec![
                Row::new(cells("/home/user/projects/a-rather-long-name", 123_456_789)),
                Row::part(cells("opus", 123_456_789)),
                Row::new(cells("/b", 5)),
            ],
            total: Some(cells("Total", 123_456_794)),
            compact: false,
        }
    }

    #[test]
    fn a_table_is_as_exact_as_it_fits() {
        let rendered = |table: &Table, width| strip_str(&table.render(width)).to_string();
        assert_eq!(
            rendered(&table(), 80),
            "\
Project                                      Tokens   Cost
/home/user/projects/a-rather-long-name  123,456,789  $1.50
  opus                                  123,456,789  $1.50
/b                                                5  $1.50
Total                                   123,456,794  $1.50"
        );
        let narrow = "\
Project                    Tokens   Cost
/home/user/p…er-long-name    123M  $1.50
  opus                       123M  $1.50
/b                              5  $1.50
Total                        123M  $1.50";
        assert_eq!(rendered(&table(), 40), narrow);
        assert_eq!([80, 40, 20].map(|width| table().fits(width)), [true, true, false]);
        let compact = Table { compact: true, ..table() };
        assert!(rendered(&compact, 80).contains("/home/user/projects/a-rather-long-name    123M  $1.50"));
    }

    #[test]
    fn names_cannot_steer_the_terminal_and_are_as_wide_as_they_are_shown() {
        let row = |name: &str| Row::new(vec![Value::name(name), Value::Count(1)]);
        let rows =
            vec![row("/a\u{1b}[2J\u{202e}b\n"), row("/\u{200b}a-rather-long-name-beside-it"), row("/b")];
        let head = ["Project", "Tokens"].map(str::to_owned).to_vec();
        let table = Table { head, rows, total: None, compact: false };
        let rendered = |width| strip_str(&table.render(width)).to_string();
        assert_eq!(
            rendered(80),
            "\
Project                                Tokens
/a\\u{1b}[2J\\u{202e}b\\n                      1
/\\u{200b}a-rather-long-name-beside-it       1
/b                                          1"
        );
        assert!(rendered(30).lines().all(|line| line.width() <= 30), "{}", rendered(30));
    }

    #[test]
    fn the_head_and_the_sum_are_set_off() {
        let text = table().render(80);
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[0].starts_with("\u{1b}[1m") && lines[4].starts_with("\u{1b}[1m"));
        assert!(lines[2].starts_with("\u{1b}[2m"));
        assert!(lines[1].starts_with('/') && lines[3].starts_with('/'));
    }
}
