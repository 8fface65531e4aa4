//! Numbers as people read them, and how they are printed.

use crate::error::AppError;
use ctm_types::PicoUsd;
use std::io::{ErrorKind, Write};

/// Writes a count with separators between thousands.
pub(super) fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes a count with three digits and a unit: 12.3M.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub(super) fn compact(count: u64) -> String {
    let units = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    let value = count as f64;
    // What would be rounded up to the next unit is shown in that.
    match units.into_iter().find(|(size, _)| value >= size * 0.9995) {
        Some((size, unit)) => {
            let scaled = value / size;
            let decimals = if scaled < 9.995 { 2 } else { usize::from(scaled < 99.95) };
            format!("{scaled:.decimals$}{unit}")
        }
        None => count.to_string(),
    }
}

/// Writes an amount: with cents, with four decimals below ten cents, `-` when it is unknown.
pub(super) fn usd(amount: Option<PicoUsd>) -> String {
    let Some(amount) = amount else { return "-".to_owned() };
    let ten_cents = PicoUsd(100_000_000_000);
    let smallest = PicoUsd(100_000_000);
    if amount == PicoUsd::ZERO {
        "$0.00".to_owned()
    } else if amount < smallest {
        "<$0.0001".to_owned()
    } else if amount < ten_cents {
        format!("${}", amount.rounded(4))
    } else {
        let text = amount.rounded(2);
        let (dollars, cents) = text.split_once('.').unwrap_or((&text, "00"));
        let dollars = dollars.parse().map_or_else(|_| dollars.to_owned(), count);
        format!("${dollars}.{cents}")
    }
}

/// Writes a rate with one decimal, `-` when it is unknown.
pub(super) fn percent(rate: Option<f64>) -> String {
    rate.map_or_else(|| "-".to_owned(), |rate| format!("{:.1}%", rate * 100.0))
}

/// Shortens a text to `width` characters by cutting out its middle.
pub(super) fn shortened(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width || width < 3 {
        return text.to_owned();
    }
    let head = (width - 1) / 2;
    let tail = width - 1 - head;
    text.chars().take(head).chain(['…']).chain(text.chars().skip(length - tail)).collect()
}

/// Prints; whoever closed the pipe has seen enough.
pub(super) fn print(text: &str) -> Result<(), AppError> {
    match writeln!(std::io::stdout().lock(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(AppError::io("write the answer")(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_separators_or_units() {
        let check = |number, full: &str, short: &str| {
            assert_eq!((count(number), compact(number)), (full.to_owned(), short.to_owned()));
        };
        check(0, "0", "0");
        check(999, "999", "999");
        check(1_000, "1,000", "1.00k");
        check(12_345, "12,345", "12.3k");
        check(999_950, "999,950", "1.00M");
        check(123_456_789, "123,456,789", "123M");
        check(4_740_000_000, "4,740,000,000", "4.74G");
    }

    #[test]
    fn amounts_show_what_matters() {
        let check = |amount: &str, expected: &str| assert_eq!(usd(amount.parse().ok()), expected);
        check("0", "$0.00");
        check("0.00000001", "<$0.0001");
        check("0.0123456", "$0.0123");
        check("0.1", "$0.10");
        check("33.4159737", "$33.42");
        check("1234567.891", "$1,234,567.89");
        check("unknown", "-");
    }

    #[test]
    fn long_names_lose_their_middle() {
        assert_eq!(shortened("/home/user/projects/app", 11), "/home…s/app");
        assert_eq!(shortened("short", 11), "short");
    }
}
