//! A value, and its representation in each format.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use ctm_types::PicoUsd;
use std::io::{self, Write};

/// A value of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// An unknown value: empty in CSV, `null` in JSON.
    Unknown,
    /// Text.
    Text(&'a str),
    /// A count.
    Count(u64),
    /// A difference of counts.
    Difference(i64),
    /// An amount, written as its exact decimal.
    Usd(PicoUsd),
    /// A rate, usually from 0 to 1; a non-finite one counts as unknown.
    Rate(f64),
    /// A time, written after RFC 3339 in UTC with milliseconds.
    Time(DateTime<Utc>),
    /// A day, written `YYYY-MM-DD`.
    Date(NaiveDate),
    /// A condition, written `true` or `false`.
    Flag(bool),
    /// Texts by name: a JSON object, and its text in CSV.
    Tags(&'a [(&'static str, String)]),
}

impl<'a> From<Option<Self>> for Cell<'a> {
    /// Returns the cell, or [`Cell::Unknown`] for `None`.
    fn from(cell: Option<Cell<'a>>) -> Self {
        cell.unwrap_or(Self::Unknown)
    }
}

impl Cell<'_> {
    /// Writes the cell for CSV, before quoting.
    ///
    /// Spreadsheets evaluate text as a formula when it begins with certain characters, so that the
    /// name of a folder could run a command. A leading apostrophe makes it text. Only text gets
    /// one: a number is never a formula.
    pub(crate) fn write_csv(&self, out: &mut impl Write) -> io::Result<()> {
        if let Self::Text(text) = self
            && may_be_formula(text)
        {
            out.write_all(b"'")?;
        }
        self.write_bare(out)
    }

    /// Writes the cell as a JSON value.
    pub(crate) fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Text(text) => Ok(serde_json::to_writer(out, text)?),
            Self::Unknown => out.write_all(b"null"),
            Self::Rate(rate) if !rate.is_finite() => out.write_all(b"null"),
            Self::Time(_) | Self::Date(_) => {
                out.write_all(b"\"")?;
                self.write_bare(out)?;
                out.write_all(b"\"")
            }
            Self::Count(_)
            | Self::Difference(_)
            | Self::Usd(_)
            | Self::Rate(_)
            | Self::Flag(_)
            | Self::Tags(_) => self.write_bare(out),
        }
    }

    /// Writes the value without quotes, and nothing when it is unknown.
    fn write_bare(&self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Unknown => Ok(()),
            Self::Text(text) => out.write_all(text.as_bytes()),
            Self::Count(count) => write!(out, "{count}"),
            Self::Difference(difference) => write!(out, "{difference}"),
            Self::Usd(amount) => write!(out, "{amount}"),
            // The shortest text that reads back as the same number; `Display` has no exponents.
            Self::Rate(rate) if rate.is_finite() => write!(out, "{rate}"),
            Self::Rate(_) => Ok(()),
            Self::Time(at) => write!(out, "{}", at.to_rfc3339_opts(SecondsFormat::Millis, true)),
            Self::Date(date) => write!(out, "{date}"),
            Self::Flag(flag) => write!(out, "{flag}"),
            Self::Tags(tags) => write_tags(tags, out),
        }
    }
}

/// Writes texts by name as a JSON object, which is no formula.
fn write_tags(tags: &[(&str, String)], out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"{")?;
    for (index, (name, text)) in tags.iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        serde_json::to_writer(&mut *out, name)?;
        out.write_all(b":")?;
        serde_json::to_writer(&mut *out, text)?;
    }
    out.write_all(b"}")
}

/// Returns whether a spreadsheet may take a text for a formula.
///
/// Readers trim leading characters in different ways, and fold wide forms into ASCII where the
/// language is Chinese or Japanese.
fn may_be_formula(text: &str) -> bool {
    let is_sign = |char: char| {
        matches!(
            char,
            '=' | '+'
                | '-'
                | '@'
                | '＝'
                | '＋'
                | '－'
                | '＠'
                | '\u{fe66}'
                | '\u{fe62}'
                | '\u{fe63}'
                | '\u{fe6b}'
                | '\u{2212}'
        )
    };
    text.starts_with(['\t', '\r', '\n']) || text.trim_start_matches(is_blank).starts_with(is_sign)
}

/// Returns whether a reader may trim a character, or shows nothing for it.
fn is_blank(char: char) -> bool {
    char.is_whitespace()
        || char.is_control()
        || matches!(char, '\u{ad}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn csv(cell: Cell<'_>) -> String {
        let mut out = Vec::new();
        cell.write_csv(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn json(cell: Cell<'_>) -> String {
        let mut out = Vec::new();
        cell.write_json(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_kind_has_its_form_in_csv_and_json() {
        let check = |cell: Cell<'_>, in_csv: &str, in_json: &str| {
            assert_eq!((csv(cell).as_str(), json(cell).as_str()), (in_csv, in_json));
        };
        check(Cell::Unknown, "", "null");
        check(None.into(), "", "null");
        check(Cell::Text("a \"b\""), "a \"b\"", r#""a \"b\"""#);
        check(Cell::Text(""), "", r#""""#);
        check(Cell::Count(u64::MAX), "18446744073709551615", "18446744073709551615");
        check(Cell::Rate(0.0), "0", "0");
        check(Cell::Rate(0.000_000_1), "0.0000001", "0.0000001");
        check(Cell::Rate(f64::NAN), "", "null");
        check(Cell::Rate(f64::INFINITY), "", "null");
        check(
            Cell::Time(DateTime::from_timestamp_millis(1_735_787_045_678).unwrap()),
            "2025-01-02T03:04:05.678Z",
            r#""2025-01-02T03:04:05.678Z""#,
        );
        check(Cell::Date(NaiveDate::default()), "1970-01-01", r#""1970-01-01""#);
        check(Cell::Flag(true), "true", "true");
        let tags = [("home", "=1\"".to_owned()), ("project", "x\n".to_owned())];
        let object = r#"{"home":"=1\"","project":"x\n"}"#;
        check(Cell::Tags(&tags), object, object);
        check(Cell::Tags(&[]), "{}", "{}");
    }

    #[test]
    fn money_is_exact() {
        let check = |pico, expected: &str| {
            assert_eq!(csv(Cell::Usd(PicoUsd(pico))), expected);
            assert_eq!(json(Cell::Usd(PicoUsd(pico))), expected);
        };
        check(0, "0");
        check(-0, "0");
        check(1, "0.000000000001");
        check(2_800_000_000_000, "2.8");
        check(-1_500_000_000_000, "-1.5");
        check(123_456_789_012_345_678_901_234_567, "123456789012345.678901234567");
    }

    #[test]
    fn text_cannot_become_a_formula_in_a_spreadsheet() {
        let check = |text: &str, expected: &str| assert_eq!(csv(Cell::Text(text)), expected);
        check("=1+1", "'=1+1");
        check("+1", "'+1");
        check("-1", "'-1");
        check("@SUM(A1)", "'@SUM(A1)");
        check("\t=1", "'\t=1");
        check("\r=1", "'\r=1");
        check("\n=1", "'\n=1");
        check("\nplain", "'\nplain");
        check("＝1+1", "'＝1+1");
        check("＋1", "'＋1");
        check("－1", "'－1");
        check("＠SUM(A1)", "'＠SUM(A1)");
        check("\u{fe66}1", "'\u{fe66}1");
        check("\u{2212}1", "'\u{2212}1");
        check(" =1", "' =1");
        check("\u{3000}\u{a0}=1", "'\u{3000}\u{a0}=1");
        check("\u{feff}=1", "'\u{feff}=1");
        check("\u{200b}\u{202e} \u{ad}+1", "'\u{200b}\u{202e} \u{ad}+1");
        check("\0\u{1b}@a", "'\0\u{1b}@a");
        check(" plain", " plain");
        check("/home/u/-x", "/home/u/-x");
        check("日本=1", "日本=1");
        check("a=1", "a=1");
        check("'=1", "'=1");
        // JSON readers evaluate nothing, and need the text unchanged.
        assert_eq!(json(Cell::Text("=1+1")), r#""=1+1""#);
        // A negative amount is a number, and is kept.
        assert_eq!(csv(Cell::Usd(PicoUsd(-1_000_000_000_000))), "-1");
        assert_eq!(csv(Cell::Rate(-0.5)), "-0.5");
    }

    proptest! {
        #[test]
        fn text_and_rates_read_back_the_same(text: String, rate in 0.0..=1.0) {
            prop_assert_eq!(serde_json::from_str::<String>(&json(Cell::Text(&text))).unwrap(), text);
            prop_assert_eq!(json(Cell::Rate(rate)).parse(), Ok(rate));
        }
    }
}
