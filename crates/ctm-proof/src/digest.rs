//! SHA-256 of texts.

use sha2::{Digest, Sha256};

/// Returns the SHA-256 of a text, in hexadecimal digits.
#[must_use]
pub fn of(text: &str) -> String {
    of_all([text])
}

/// Returns the SHA-256 of texts behind each other, in hexadecimal digits.
#[must_use]
pub fn of_all<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.as_bytes());
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    #[test]
    fn digests_are_those_of_the_standard() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(super::of("abc"), expected);
        assert_eq!(super::of_all(["a", "", "bc"]), expected);
    }
}
