//! Texts within the limits of a service.

/// Returns the beginning of a text with at most this many units of UTF-16, which are never fewer than its characters.
pub(crate) fn units(text: &str, most: usize) -> String {
    fit(text, most, char::len_utf16)
}

/// Returns the beginning of a text with at most this many bytes of UTF-8.
pub(crate) fn bytes(text: &str, most: usize) -> String {
    fit(text, most, char::len_utf8)
}

/// Returns the first lines that are not empty, with at most this many bytes in all.
pub(crate) fn lines(text: &str, most_bytes: usize, most_lines: usize) -> Vec<String> {
    let text = bytes(text, most_bytes);
    text.lines().filter(|line| !line.is_empty()).take(most_lines).map(str::to_owned).collect()
}

/// Returns the text, or its beginning with an ellipsis.
fn fit(text: &str, most: usize, length: impl Fn(char) -> usize) -> String {
    if text.chars().map(&length).sum::<usize>() <= most {
        return text.to_owned();
    }
    let mut left = most.saturating_sub(length('…'));
    let mut fitted: String = text
        .chars()
        .take_while(|char| {
            let fits = length(*char) <= left;
            left = left.saturating_sub(length(*char));
            fits
        })
        .collect();
    fitted.push('…');
    fitted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_its_limit_and_only_there() {
        assert_eq!(units("abc", 3), "abc");
        assert_eq!(units("abcd", 3), "ab…");
        assert_eq!(units("a🚀b", 4), "a🚀b");
        assert_eq!(units("a🚀bc", 4), "a🚀…");
        assert_eq!(units("a🚀b", 3), "a…");
        assert_eq!(bytes("用量", 6), "用量");
        assert_eq!(bytes("用量。", 8), "用…");
        assert_eq!(bytes("", 0), "");
        assert_eq!(lines("a\n\nb\nc\nd", 8, 2), ["a", "b"]);
    }

    proptest::proptest! {
        #[test]
        fn nothing_exceeds_its_limit(text in "\\PC{0,60}", most in 3_usize..40) {
            proptest::prop_assert!(units(&text, most).encode_utf16().count() <= most);
            proptest::prop_assert!(bytes(&text, most).len() <= most);
        }
    }
}
