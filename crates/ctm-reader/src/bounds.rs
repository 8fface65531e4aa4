//! Bounds of the memory that facts use: texts of limited length, and values shared by copies.

use std::borrow::Cow;
use std::sync::Arc;

/// Number of recent values that are searched. A value that is not found is created again, which
/// only costs memory.
const LOOKED_AT: usize = 64;

/// Values that the copies of a batch share: usually a few, and usually the most recent one.
#[derive(Debug)]
pub(crate) struct Shared<T>(Vec<Arc<T>>);

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Shared<T> {
    /// Returns the value that matches `is_it`, creating it if necessary.
    pub(crate) fn get(&mut self, is_it: impl Fn(&T) -> bool, make: impl FnOnce() -> T) -> Arc<T> {
        match self.0.iter().rev().take(LOOKED_AT).find(|value| is_it(value)) {
            Some(value) => Arc::clone(value),
            None => {
                let value = Arc::new(make());
                self.0.push(Arc::clone(&value));
                value
            }
        }
    }
}

/// The longest name or id that is kept unchanged, in bytes.
const MAX_TEXT: usize = 500;

/// Returns `text`, or, if it is too long, its beginning and a hash of all of it, so that
/// different texts stay different. NUL characters are replaced: many programs end a text there.
pub(crate) fn limited(text: &str) -> Cow<'_, str> {
    if text.len() <= MAX_TEXT && !text.contains('\0') {
        return Cow::Borrowed(text);
    }
    // A replacement is longer than what it replaces.
    let mut shown = text.replace('\0', "\u{fffd}");
    if shown.len() > MAX_TEXT {
        let mut end = MAX_TEXT - 20;
        while !shown.is_char_boundary(end) {
            end -= 1;
        }
        shown.truncate(end);
        shown.push_str(&format!("~{:016x}", xxhash_rust::xxh3::xxh3_64(text.as_bytes())));
    }
    Cow::Owned(shown)
}

pub(crate) fn bounded(text: &str) -> String {
    limited(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_bounded_and_another_one_stays_another() {
        for text in ["a".repeat(501), "\0".repeat(200), "\0é".repeat(166), "é".repeat(10_000)] {
            let [one, other] = [bounded(&text), bounded(&format!("{text}\0"))];
            assert!(one.len() <= MAX_TEXT && other.len() <= MAX_TEXT && one != other, "{one}");
            assert!(!one.contains('\0') && one.starts_with(['a', 'é', '\u{fffd}']), "{one}");
        }
        assert_eq!(bounded("a\0b"), "a\u{fffd}b");
        assert_eq!(bounded(&"a".repeat(500)), "a".repeat(500));
    }
}
