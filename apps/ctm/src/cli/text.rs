//! Human-readable numbers and times.

use chrono_tz::Tz;
pub(super) use ctm_document::figures::{count, counted, duration, percent, signed_usd, usd, usd_at_least};
use ctm_report::wire::Time;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Formats a count with three digits and a unit: 12.3M.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub(super) fn compact(count: u64) -> String {
    let units = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    let value = count as f64;
    // A value that would be rounded up to the next unit uses that unit.
    match units.into_iter().find(|(size, _)| value >= size * 0.9995) {
        Some((size, unit)) => {
            let scaled = value / size;
            let decimals = if scaled < 9.995 { 2 } else { usize::from(scaled < 99.95) };
            format!("{scaled:.decimals$}{unit}")
        }
        None => count.to_string(),
    }
}

/// Shortens a text to `width` columns of a terminal by cutting out its middle.
pub(super) fn shortened(text: &str, width: usize) -> String {
    if text.width() <= width || width < 3 {
        return text.to_owned();
    }
    let head = (width - 1) / 2;
    let tail: String = fitting(text.chars().rev(), width - 1 - head).collect();
    fitting(text.chars(), head).chain(['…']).chain(tail.chars().rev()).collect()
}

/// Returns the leading characters that fit a number of columns.
fn fitting(chars: impl Iterator<Item = char>, width: usize) -> impl Iterator<Item = char> {
    chars.scan(0, move |used, char| {
        *used += char.width().unwrap_or(0);
        (*used <= width).then_some(char)
    })
}

/// Formats milliseconds: 102 ms, 1.2 s, 2 min 5 s, 2 h 13 min.
pub(super) fn milliseconds(time_ms: u64) -> String {
    let seconds = time_ms / 1_000;
    match seconds {
        0 => format!("{time_ms} ms"),
        1..60 => format!("{seconds}.{} s", time_ms % 1_000 / 100),
        60..3_600 if !seconds.is_multiple_of(60) => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => duration(seconds.cast_signed()),
    }
}

/// Formats a number of bytes with a unit: 1.5 MB.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub(super) fn bytes(bytes: u64) -> String {
    let units = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
    let value = bytes as f64;
    match units.into_iter().find(|(size, _)| value >= *size) {
        Some((size, unit)) => format!("{:.1} {unit}", value / size),
        None => format!("{bytes} B"),
    }
}

/// Formats a time in local time of a zone: `2026-03-11 09:00`.
pub(super) fn local(at: Time, tz: Tz) -> String {
    local_as(at, tz, "%Y-%m-%d %H:%M")
}

/// Formats the day of a time in a zone: `2026-03-11`.
pub(super) fn local_day(at: Time, tz: Tz) -> String {
    local_as(at, tz, "%Y-%m-%d")
}

/// Formats a time in local time of a zone, with a format string of chrono.
pub(super) fn local_as(at: Time, tz: Tz, format: &str) -> String {
    at.0.with_timezone(&tz).format(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_types::EpochMs;

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
    fn long_names_lose_their_middle() {
        assert_eq!(shortened("/home/user/projects/app", 11), "/home…s/app");
        assert_eq!(shortened("short", 11), "short");
        // Each of these is two columns wide.
        assert_eq!(shortened("/项目/计费/服务", 11), "/项目…/服务");
        assert_eq!(shortened("/项目/计费", 10), "/项目/计费");
    }

    #[test]
    fn spans_and_sizes_have_units() {
        let check = |seconds, expected: &str| assert_eq!(duration(seconds), expected);
        check(59, "0 min");
        check(8_000, "2 h 13 min");
        check(200_000, "2 d 7 h");
        let check = |time_ms, expected: &str| assert_eq!(milliseconds(time_ms), expected);
        check(0, "0 ms");
        check(999, "999 ms");
        check(1_250, "1.2 s");
        check(59_999, "59.9 s");
        check(120_999, "2 min");
        check(125_000, "2 min 5 s");
        check(8_000_000, "2 h 13 min");
        let check = |size, expected: &str| assert_eq!(bytes(size), expected);
        check(999, "999 B");
        check(1_500_000, "1.5 MB");
    }

    #[test]
    fn times_are_those_of_the_zone() {
        assert_eq!(local(Time::of(EpochMs(1_773_259_200_000)), Tz::Asia__Kolkata), "2026-03-12 01:30");
        assert_eq!(local_day(Time::of(EpochMs(1_773_259_200_000)), Tz::Asia__Kolkata), "2026-03-12");
    }
}
