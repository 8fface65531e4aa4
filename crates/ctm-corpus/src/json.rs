//! A writer of compact JSON for lines whose shape is known.
//!
//! Strings are expected to be escaped already: they are ids, or slices of text that was made in
//! escaped form. Building a `serde_json::Value` for each line was rejected: a large home is
//! gigabytes of filler that need not be escaped again and again.

use std::io::Write as _;

/// A JSON text in the making; commas are put where they belong.
#[derive(Debug, Default)]
pub(crate) struct Json(Vec<u8>);

impl Json {
    /// Returns an object that is open.
    pub(crate) fn object() -> Self {
        let mut text = Vec::with_capacity(2_048);
        text.push(b'{');
        Self(text)
    }

    /// Closes the outermost object and returns the text.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.0.push(b'}');
        self.0
    }

    /// Returns the length of the text so far, in bytes.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    fn comma(&mut self) {
        if !matches!(self.0.last(), Some(b'{' | b'[') | None) {
            self.0.push(b',');
        }
    }

    fn key(&mut self, key: &str) {
        self.comma();
        self.0.push(b'"');
        self.0.extend_from_slice(key.as_bytes());
        self.0.extend_from_slice(b"\":");
    }

    /// Writes a member that is a string, which is escaped already.
    pub(crate) fn string(&mut self, key: &str, escaped: &str) {
        self.key(key);
        self.0.push(b'"');
        self.0.extend_from_slice(escaped.as_bytes());
        self.0.push(b'"');
    }

    /// Writes a member that is a number.
    pub(crate) fn number(&mut self, key: &str, number: u64) {
        self.key(key);
        write!(self.0, "{number}").expect("writing to memory does not fail");
    }

    /// Writes a member that is any JSON.
    pub(crate) fn raw(&mut self, key: &str, json: &str) {
        self.key(key);
        self.0.extend_from_slice(json.as_bytes());
    }

    /// Writes members of the open object, or items of the open list, without the brackets.
    pub(crate) fn members(&mut self, json: impl AsRef<[u8]>) {
        self.comma();
        self.0.extend_from_slice(json.as_ref());
    }

    /// Writes a member that is an object, filled by `fill`.
    pub(crate) fn nested(&mut self, key: &str, fill: impl FnOnce(&mut Self)) {
        self.key(key);
        self.braces(fill);
    }

    /// Writes a member that is a list, filled by `fill`.
    pub(crate) fn list(&mut self, key: &str, fill: impl FnOnce(&mut Self)) {
        self.key(key);
        self.0.push(b'[');
        fill(self);
        self.0.push(b']');
    }

    /// Writes an item of the open list, an object filled by `fill`.
    pub(crate) fn item(&mut self, fill: impl FnOnce(&mut Self)) {
        self.comma();
        self.braces(fill);
    }

    fn braces(&mut self, fill: impl FnOnce(&mut Self)) {
        self.0.push(b'{');
        fill(self);
        self.0.push(b'}');
    }
}

/// Returns JSON as pretty printers write it on one line: a space after each colon and comma.
pub(crate) fn spaced(json: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(json.len() + json.len() / 8);
    let (mut in_string, mut escaped) = (false, false);
    for &byte in json {
        text.push(byte);
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else if byte == b'"' {
            in_string = true;
        } else if matches!(byte, b':' | b',') {
            text.push(b' ');
        }
    }
    text
}

/// Returns `text` as the inside of a JSON string.
pub(crate) fn escape(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_are_put_where_they_belong() {
        let mut json = Json::object();
        json.string("a", r"b\n");
        json.nested("c", |_| {});
        json.list("d", |list| {
            list.item(|item| item.number("e", 1));
            list.item(|item| item.raw("f", "null"));
        });
        assert_eq!(
            String::from_utf8(json.finish()).unwrap(),
            r#"{"a":"b\n","c":{},"d":[{"e":1},{"f":null}]}"#
        );
    }

    #[test]
    fn spaces_are_added_outside_strings_only() {
        let check = |json: &str, expected: &str| {
            assert_eq!(String::from_utf8(spaced(json.as_bytes())).unwrap(), expected);
        };
        check(r#"{"a":1,"b":[2,3]}"#, r#"{"a": 1, "b": [2, 3]}"#);
        check(r#"{"a,:":"\",:\\","c":0}"#, r#"{"a,:": "\",:\\", "c": 0}"#);
    }

    #[test]
    fn text_is_escaped_without_quotes() {
        assert_eq!(escape("C:\\src \"x\""), "C:\\\\src \\\"x\\\"");
    }
}
