//! Amounts, counts, rates and durations as text.

use ctm_types::PicoUsd;

/// Smaller amounts are not shown in full.
const SMALLEST_SHOWN: PicoUsd = PicoUsd(100_000_000);

/// Formats a count with thousands separators.
#[must_use]
pub fn count(count: u64) -> String {
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

/// Formats a lower bound of an amount: `≥ $1.23`. One that is too small to be shown is nothing.
#[must_use]
pub fn usd_at_least(amount: PicoUsd) -> String {
    format!("≥ {}", lower_bound(amount))
}

/// Formats the amount of a lower bound: one that is too small to be shown is nothing.
pub(crate) fn lower_bound(amount: PicoUsd) -> String {
    let is_shown = amount >= SMALLEST_SHOWN;
    usd(Some(if is_shown { amount } else { PicoUsd::ZERO }))
}

/// Formats an amount: with cents, with four decimals below ten cents, `-` when it is unknown.
#[must_use]
pub fn usd(amount: Option<PicoUsd>) -> String {
    let Some(amount) = amount else { return "-".to_owned() };
    let ten_cents = PicoUsd(100_000_000_000);
    if amount == PicoUsd::ZERO {
        "$0.00".to_owned()
    } else if amount < SMALLEST_SHOWN {
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

/// Formats a difference of amounts, with its sign.
#[must_use]
pub fn signed_usd(amount: Option<PicoUsd>) -> String {
    match amount {
        Some(amount) if amount < PicoUsd::ZERO => format!("-{}", usd(Some(-amount))),
        Some(amount) if amount > PicoUsd::ZERO => format!("+{}", usd(Some(amount))),
        _ => usd(amount),
    }
}

/// Formats a rate with one decimal, `-` when it is unknown.
#[must_use]
pub fn percent(rate: Option<f64>) -> String {
    rate.map_or_else(|| "-".to_owned(), |rate| format!("{:.1}%", rate * 100.0))
}

/// Formats a count with its unit: `1 response`, `2 responses`.
#[must_use]
pub fn counted(number: u64, one: &str, more: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { more })
}

/// Formats seconds in the two largest units: 2 h 13 min.
#[must_use]
pub fn duration(seconds: i64) -> String {
    duration_in(seconds, ["d", "h", "min"])
}

/// Formats seconds in the two largest units, which are called days, hours and minutes.
pub(crate) fn duration_in(seconds: i64, [day, hour, minute]: [&str; 3]) -> String {
    let minutes = seconds.max(0) / 60;
    let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes} {minute}"),
        (0, _) => format!("{hours} {hour} {minutes} {minute}"),
        _ => format!("{days} {day} {hours} {hour}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn differences_have_a_sign() {
        let check = |amount: &str, expected: &str| assert_eq!(signed_usd(amount.parse().ok()), expected);
        check("12.5", "+$12.50");
        check("-12.5", "-$12.50");
        check("-0.00000001", "-<$0.0001");
        check("0", "$0.00");
        check("unknown", "-");
    }
}
