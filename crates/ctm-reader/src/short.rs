//! JSON with its long texts truncated.
//!
//! A line that is parsed while it is read may contain one text of gigabytes, and a JSON parser keeps a
//! text in memory until it ends. So texts are truncated first: no name, id or path is that long.

use std::io::{self, BufRead, Read};

/// Maximum length of a text that is kept, in bytes.
const MAX_TEXT: usize = 64 << 10;

/// A JSON document with texts truncated to [`MAX_TEXT`].
#[derive(Debug)]
pub(crate) struct ShortTexts<R> {
    source: R,
    place: BytePosition,
    /// Bytes of the document that were read.
    taken: u64,
    /// Bytes of the document that were kept.
    kept: u64,
}

/// Position of a byte in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BytePosition {
    Outside,
    /// In a text, after so many of its bytes.
    Text {
        length: usize,
        /// `true` if the first half of a surrogate pair precedes, which is invalid alone.
        after_half: bool,
    },
    /// After a backslash in a text.
    Escape {
        length: usize,
    },
    /// After `\u` and so many digits in a text.
    Digits {
        length: usize,
        digits: u8,
        is_half: bool,
    },
    /// In the omitted part of a text, after a backslash or not.
    Cut {
        escaped: bool,
    },
}

impl<R: BufRead> ShortTexts<R> {
    pub(crate) fn of(source: R) -> Self {
        Self { source, place: BytePosition::Outside, taken: 0, kept: 0 }
    }

    /// Returns the length in the document of the first `kept` bytes that were kept, of which the
    /// last few were read last, outside any text.
    pub(crate) fn length_of(&self, kept: u64) -> u64 {
        self.taken.saturating_sub(self.kept.saturating_sub(kept))
    }
}

impl BytePosition {
    /// Returns the position after a byte, and whether the byte is kept.
    fn behind(self, byte: u8) -> (Self, bool) {
        match (self, byte) {
            (Self::Outside, b'"') => (Self::Text { length: 0, after_half: false }, true),
            (Self::Outside, _) => (Self::Outside, true),
            (Self::Text { .. } | Self::Cut { escaped: false }, b'"') => (Self::Outside, true),
            (Self::Text { length: MAX_TEXT.., after_half: false }, _) if !is_inside_character(byte) => {
                (Self::Cut { escaped: byte == b'\\' }, false)
            }
            (Self::Text { length, .. }, b'\\') => (Self::Escape { length: length + 1 }, true),
            (Self::Escape { length }, b'u') => {
                (Self::Digits { length: length + 1, digits: 0, is_half: true }, true)
            }
            (Self::Text { length, .. } | Self::Escape { length }, _) => {
                (Self::Text { length: length + 1, after_half: false }, true)
            }
            (Self::Digits { length, digits, is_half }, _) => {
                (Self::behind_digit(length + 1, digits, is_half, byte), true)
            }
            (Self::Cut { escaped }, _) => (Self::Cut { escaped: !escaped && byte == b'\\' }, false),
        }
    }

    /// Returns the position after one of the four digits of an escape: `\ud800` to `\udbff` are first halves.
    fn behind_digit(length: usize, digits: u8, is_half: bool, digit: u8) -> Self {
        let is_half = is_half
            && match digits {
                0 => matches!(digit, b'd' | b'D'),
                1 => matches!(digit, b'8' | b'9' | b'a' | b'b' | b'A' | b'B'),
                _ => true,
            };
        match digits {
            0..3 => Self::Digits { length, digits: digits + 1, is_half },
            _ => Self::Text { length, after_half: is_half },
        }
    }
}

/// Returns whether the byte continues a character in UTF-8.
fn is_inside_character(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

impl<R: BufRead> Read for ShortTexts<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let bytes = self.source.fill_buf()?;
            let (mut taken, mut kept) = (0, 0);
            while taken < bytes.len() && kept < buffer.len() {
                let byte = bytes[taken];
                let (place, is_kept) = self.place.behind(byte);
                self.place = place;
                taken += 1;
                if is_kept {
                    buffer[kept] = byte;
                    kept += 1;
                }
            }
            self.source.consume(taken);
            self.taken += taken as u64;
            self.kept += kept as u64;
            if kept > 0 || taken == 0 || buffer.is_empty() {
                return Ok(kept);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    fn short(json: &str, buffer: usize) -> String {
        let mut text = String::new();
        let source = BufReader::with_capacity(buffer, json.as_bytes());
        BufReader::with_capacity(buffer, ShortTexts::of(source)).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn short_texts_are_unchanged() {
        let fits = "x".repeat(MAX_TEXT);
        for json in [
            r#"{"a":"b\"c\\","d\u00e9":[1,"",{"\ud83d\ude00":null}]}"#.to_owned(),
            format!(r#"["{fits}",{}]"#, "1".repeat(2 * MAX_TEXT)),
            format!("{}\"unfinished", " ".repeat(2 * MAX_TEXT)),
        ] {
            assert_eq!(short(&json, 7), json);
        }
    }

    #[test]
    fn a_long_text_is_cut_and_what_follows_is_not() {
        for unit in ["x", "é", "😀", "\\n", "\\\\", "\\\"", "\\u00e9", "\\ud83d\\ude00", "x\\ud83d\\ude00"]
        {
            for lead in ["", "y", "yy", "yyy", "yyyyy"] {
                let long = format!("{lead}{}", unit.repeat(MAX_TEXT));
                let json = format!(r#"{{"{long}":"{long}","after":"\"}}"}}"#);
                let cut = short(&json, 1_000);
                assert!(cut.len() < 2 * MAX_TEXT + 100, "{unit}");
                let value: serde_json::Value = serde_json::from_str(&cut).unwrap();
                assert_eq!((value["after"].as_str(), value.as_object().unwrap().len()), (Some("\"}"), 2));
                let whole: serde_json::Value = serde_json::from_str(&json).unwrap();
                let texts = |value: &serde_json::Value| {
                    let key = value.as_object().unwrap().keys().find(|key| *key != "after").unwrap().clone();
                    let text = value[&key].as_str().unwrap().to_owned();
                    [key, text]
                };
                let [whole, cut] = [texts(&whole), texts(&value)];
                assert!(whole.iter().zip(&cut).all(|(whole, cut)| whole.starts_with(cut.as_str())), "{unit}");
            }
        }
    }
}
