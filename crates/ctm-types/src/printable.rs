//! Escaping of untrusted texts.
//!
//! Names of files, projects, branches, models, tools and sessions come from files that anyone may have
//! written. A terminal interprets some characters and hides others: an escape sequence moves the cursor, a line
//! feed forges a line, U+202E reverses what follows, U+200B makes two names look the same. Each of them is
//! shown by its number, `\u{202e}` (a line feed by `\n`), so that a name stays recognisable and different
//! names stay different.
//!
//! # Design
//!
//! Every output applies this itself: tables, pages, standard error, the log. Output for programs keeps
//! its exact characters, except on a terminal. Replacing them by U+FFFD was rejected: it makes different names
//! equal, and loses the original character.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::{self, Display, Write};
use std::path::Path;

/// Displays a value on one line, with control and invisible characters shown by their numbers.
pub struct Printable<T>(pub T);

impl<T: Display> Display for Printable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&one_line(&self.0.to_string()))
    }
}

/// Returns the text of an error followed by those of its causes, for every place where errors leave the program.
///
/// An error of this workspace states what is wrong and where; its cause is its source, and not in its text.
/// Errors of libraries often repeat their cause: it is shown once.
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let reason = error.to_string();
        if !text.contains(&reason) {
            text = format!("{text}: {reason}");
        }
        cause = error.source();
    }
    text
}

/// Returns a path that can be displayed.
pub fn path(path: &Path) -> Printable<std::path::Display<'_>> {
    Printable(path.display())
}

/// Returns a text on one line, with control and invisible characters shown by their numbers.
pub fn one_line(text: &str) -> Cow<'_, str> {
    escaped(text, |_, _| false, by_number)
}

/// Returns a text with its line feeds kept, and everything else as in [`one_line`].
pub fn lines(text: &str) -> Cow<'_, str> {
    escaped(text, |_, char| char == '\n', by_number)
}

/// Returns a text with its line feeds and styles kept, and everything else as in [`one_line`].
pub fn styled(text: &str) -> Cow<'_, str> {
    let is_kept = |at: usize, char| char == '\n' || (char == '\u{1b}' && begins_style(&text[at..]));
    escaped(text, is_kept, by_number)
}

/// Returns JSON of the same value, with control and invisible characters as JSON escapes.
pub fn json(text: &str) -> Cow<'_, str> {
    let escape = |out: &mut String, char: char| {
        char.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(out, "\\u{unit:04x}"))
    };
    // Only strings contain such characters; line feeds separate values.
    escaped(text, |_, char| char == '\n', escape)
}

/// Returns a piece of CSV with its row ends kept, and everything else as in [`one_line`].
///
/// `is_quoted` states whether the piece begins within quotes, and is set to whether it ends so.
pub fn csv<'a>(text: &'a str, is_quoted: &mut bool) -> Cow<'a, str> {
    let is_kept = |_, char| {
        *is_quoted ^= char == '"';
        char == '\n' && !*is_quoted
    };
    escaped(text, is_kept, by_number)
}

/// Escapes every control or invisible character, unless it is kept.
fn escaped(
    text: &str,
    mut is_kept: impl FnMut(usize, char) -> bool,
    escape: impl Fn(&mut String, char) -> fmt::Result,
) -> Cow<'_, str> {
    let mut out = String::new();
    let mut done = 0;
    for (at, char) in text.char_indices() {
        if is_kept(at, char) || !is_hidden(char) || is_part_of_emoji(text, at, char) {
            continue;
        }
        out.push_str(&text[done..at]);
        escape(&mut out, char).expect("writing to a text cannot fail");
        done = at + char.len_utf8();
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[done..]);
    Cow::Owned(out)
}

fn by_number(out: &mut String, char: char) -> fmt::Result {
    write!(out, "{}", char.escape_default())
}

/// Returns whether a terminal interprets a character, or shows nothing for it.
///
/// These are the controls, format characters and separators of lines (Cc, Cf, Zl, Zp), and the other
/// characters that Unicode has no glyph for (`Default_Ignorable_Code_Point`).
pub fn is_hidden(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
            | '\u{890}' | '\u{891}' | '\u{8e2}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns whether a hidden character joins the emoji around it into one.
fn is_part_of_emoji(text: &str, at: usize, char: char) -> bool {
    let is_picture = |char: char| matches!(char, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}');
    let mut before = text[..at].chars().rev();
    match char {
        '\u{fe0f}' => before.next().is_some_and(is_picture),
        '\u{200d}' => {
            let picture = before.find(|char| *char != '\u{fe0f}');
            let after = text[at + char.len_utf8()..].chars().next();
            picture.is_some_and(is_picture) && after.is_some_and(is_picture)
        }
        _ => false,
    }
}

/// Returns whether a text begins with the sequence that sets a style.
fn begins_style(text: &str) -> bool {
    let codes = text
        .strip_prefix("\u{1b}[")
        .map(|rest| rest.trim_start_matches(|char: char| char.is_ascii_digit() || char == ';'));
    codes.is_some_and(|rest| rest.starts_with('m'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_general_category::{GeneralCategory, get_general_category};

    #[test]
    fn control_and_invisible_characters_are_escaped() {
        let check = |name: &str, expected: &str| assert_eq!(one_line(name), expected);
        check("/home/u/\u{1b}[31mred\n", r"/home/u/\u{1b}[31mred\n");
        check("\u{9b}31m\u{7f}\t\r", r"\u{9b}31m\u{7f}\t\r");
        check("cod\u{202e}gpj.exe\u{202c}", r"cod\u{202e}gpj.exe\u{202c}");
        check("ad\u{200b}min\u{2060}\u{feff}\u{ad}", r"ad\u{200b}min\u{2060}\u{feff}\u{ad}");
        check("a\u{2028}b\u{2029}c\u{e0041}", r"a\u{2028}b\u{2029}c\u{e0041}");
        check("a\u{fe0f}\u{3164}\u{34f}", r"a\u{fe0f}\u{3164}\u{34f}");
    }

    #[test]
    fn names_of_every_language_stay_as_they_are() {
        for name in
            ["/home/u/日本\u{3000}語", "e\u{301}te\u{301}", "שלום", "مرحبا", "हिन्दी", "Ω-µ", "\u{e0b0}"]
        {
            assert!(matches!(one_line(name), Cow::Borrowed(same) if same == name), "{name}");
        }
    }

    #[test]
    fn emoji_stay_whole_and_hide_nothing() {
        let check = |name: &str, expected: &str| assert_eq!(one_line(name), expected);
        check("\u{2764}\u{fe0f} app", "\u{2764}\u{fe0f} app");
        check("\u{1f469}\u{1f3fd}\u{200d}\u{1f4bb}", "\u{1f469}\u{1f3fd}\u{200d}\u{1f4bb}");
        check("\u{1f3f3}\u{fe0f}\u{200d}\u{1f308}", "\u{1f3f3}\u{fe0f}\u{200d}\u{1f308}");
        check("\u{1f680}\u{200d}x", "\u{1f680}\\u{200d}x");
        check("x\u{200d}\u{1f680}", "x\\u{200d}\u{1f680}");
        check("\u{1f680}\u{fe0f}\u{fe0f}", "\u{1f680}\u{fe0f}\\u{fe0f}");
    }

    #[test]
    fn every_character_of_the_dangerous_categories_is_hidden() {
        use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator};
        for char in '\0'..=char::MAX {
            let category = get_general_category(char);
            if matches!(category, Control | Format | LineSeparator | ParagraphSeparator) {
                assert!(is_hidden(char), "{}", char.escape_unicode());
            }
            let is_seen = char.is_alphanumeric() && unicode_width::UnicodeWidthChar::width(char) > Some(0);
            if is_seen && !matches!(char, '\u{115f}' | '\u{3164}' | '\u{ffa0}') {
                assert!(!is_hidden(char), "{}", char.escape_unicode());
            }
        }
    }

    #[test]
    fn pages_keep_lines_and_styles_and_nothing_else() {
        assert_eq!(lines("a\nb\u{1b}[1m\r"), "a\nb\\u{1b}[1m\\r");
        let page = "\u{1b}[1mhead\u{1b}[0m\n\u{1b}[38;5;9mred\u{1b}[0m";
        assert_eq!(styled(page), page);
        assert_eq!(styled("\u{1b}[2J\u{1b}]0;t\u{7}\u{1b}[1"), "\\u{1b}[2J\\u{1b}]0;t\\u{7}\\u{1b}[1");
    }

    #[test]
    fn csv_only_keeps_the_ends_of_rows() {
        let mut is_quoted = false;
        assert_eq!(csv("a,\"b\"\"\nc\"\nd,\"e", &mut is_quoted), "a,\"b\"\"\\nc\"\nd,\"e");
        assert!(is_quoted);
        assert_eq!(csv("\n\u{1b}\"\n", &mut is_quoted), "\\n\\u{1b}\"\n");
        assert!(!is_quoted);
    }

    /// An error with a cause.
    #[derive(Debug)]
    struct Caused(&'static str, Option<Box<Self>>);

    impl Display for Caused {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Caused {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(self.1.as_deref()?)
        }
    }

    #[test]
    fn every_cause_of_an_error_is_shown_once() {
        let check = |texts: &[&'static str], expected: &str| {
            let chain = texts.iter().rev().fold(None, |cause, text| Some(Box::new(Caused(text, cause))));
            assert_eq!(with_causes(&chain.unwrap()), expected);
        };
        check(&["cannot read `a`"], "cannot read `a`");
        check(
            &["cannot read `a`", "no answer", "a wire is cut"],
            "cannot read `a`: no answer: a wire is cut",
        );
        check(
            &["cannot read `a`", "from the disk: broken", "broken"],
            "cannot read `a`: from the disk: broken",
        );
        check(&["broken at `a`", "broken", "a disk"], "broken at `a`: a disk");
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_left_and_json_keeps_its_value(text: String, hidden in "[\\p{Cc}\\p{Cf}a]{0,8}") {
            let text = text + &hidden;
            let shown = one_line(&text);
            prop_assert!(shown.char_indices().all(|(at, c)| !is_hidden(c) || is_part_of_emoji(&shown, at, c)));
            let value = serde_json::json!({ "a": [text] });
            let shown = json(&serde_json::to_string_pretty(&value).unwrap()).into_owned();
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
        }
    }
}
