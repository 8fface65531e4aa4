//! Lines no longer than the terminal is wide.
//!
//! # Design
//!
//! Prose is wrapped in one place, where it is printed, between words and with an indent, so that the beginning of a
//! line is always the beginning of a statement. Lines in columns are left as they are: a table fits the width
//! itself, and stays whole where it cannot. In a pipe or a file, which are searched by lines, a sentence is
//! one line. What programs read is never wrapped.

use std::borrow::Cow;
use std::io::IsTerminal;
use textwrap::core::Word;
use textwrap::{Options, WordSeparator, WordSplitter};

/// The width without a terminal.
const DEFAULT_WIDTH: usize = 80;

/// The minimum width of layouts.
const LEAST_WIDTH: usize = 40;

/// Columns by which the continuation of a line is indented.
const HANGING: usize = 2;

/// Returns the width of the terminal: `COLUMNS` if it is set, the size reported by the terminal, or 80.
pub(crate) fn width() -> usize {
    let measured = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    set_width().or_else(measured).unwrap_or(DEFAULT_WIDTH).max(LEAST_WIDTH)
}

/// Returns the width that `COLUMNS` sets.
fn set_width() -> Option<usize> {
    let columns = std::env::var("COLUMNS").ok()?.parse().ok()?;
    (columns > 0).then_some(columns)
}

/// Breaks a text into lines of at most `width` columns; a longer word has a line of its own.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    textwrap::wrap(text, options(width)).into_iter().map(Cow::into_owned).collect()
}

/// Returns a text for a stream: on a terminal, and where `COLUMNS` is set, longer lines of prose are wrapped.
pub(crate) fn fitted_to<'a>(stream: &impl IsTerminal, text: &'a str) -> Cow<'a, str> {
    if set_width().is_some() || stream.is_terminal() { fitted(text, width()) } else { Cow::Borrowed(text) }
}

/// Returns a text with its longer lines of prose wrapped and indented; styles take no room.
fn fitted(text: &str, width: usize) -> Cow<'_, str> {
    let is_long = |line: &str| textwrap::core::display_width(line) > width && !is_in_columns(line);
    if !text.lines().any(is_long) {
        return Cow::Borrowed(text);
    }
    let line = |line: &str| {
        if !is_long(line) {
            return line.to_owned();
        }
        let text = behind_styles(line);
        let indent = " ".repeat(text.len() - text.trim_start_matches(' ').len() + HANGING);
        textwrap::fill(line, options(width).subsequent_indent(&indent))
    };
    Cow::Owned(text.split('\n').map(line).collect::<Vec<_>>().join("\n"))
}

fn options<'a>(width: usize) -> Options<'a> {
    // A broken path or command could not be copied.
    let options = Options::new(width).break_words(false).word_splitter(WordSplitter::NoHyphenation);
    options.word_separator(WordSeparator::Custom(words))
}

/// Returns the words of a line, each with the spaces behind it; a text in backticks is one word.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let (mut is_quoted, mut was_space, mut start) = (false, false, 0);
    let mut ends: Vec<_> = Vec::new();
    for (index, character) in line.char_indices() {
        if was_space && character != ' ' && !is_quoted {
            ends.push(index);
        }
        is_quoted ^= character == '`';
        was_space = character == ' ';
    }
    ends.push(line.len());
    Box::new(ends.into_iter().map(move |end| Word::from(&line[std::mem::replace(&mut start, end)..end])))
}

/// Returns whether a line has columns, which two spaces separate.
fn is_in_columns(line: &str) -> bool {
    behind_styles(line).trim().contains("  ")
}

/// Returns a line without the styles that it begins with.
fn behind_styles(line: &str) -> &str {
    let mut rest = line;
    while let Some((_, behind)) = rest.strip_prefix("\u{1b}[").and_then(|codes| codes.split_once('m')) {
        rest = behind;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_wrapped_between_words_and_indented() {
        let check = |text: &str, expected: &str| assert_eq!(fitted(text, 20), expected);
        check("twenty columns are in", "twenty columns are\n  in");
        check("short\n\ntwenty columns here.\n", "short\n\ntwenty columns here.\n");
        check("  twenty columns are in", "  twenty columns are\n    in");
        check("in `/home/user/a-rather-long-name` it is", "in\n  `/home/user/a-rather-long-name`\n  it is");
        check("run it with `a command`", "run it with\n  `a command`");
        check("日本語日本語 日本語日本語", "日本語日本語\n  日本語日本語");
    }

    #[test]
    fn columns_stay_as_they_are_and_styles_take_no_room() {
        let table = "a-name-of-a-project  123,456\n\u{1b}[2m  part               123,456\u{1b}[0m";
        assert!(matches!(fitted(table, 20), Cow::Borrowed(same) if same == table));
        let styled = "\u{1b}[1mtwenty columns here.\u{1b}[0m";
        assert!(matches!(fitted(styled, 20), Cow::Borrowed(same) if same == styled));
        assert_eq!(
            fitted("\u{1b}[2mtwenty columns are in\u{1b}[0m", 20),
            "\u{1b}[2mtwenty columns are\n  in\u{1b}[0m"
        );
        assert_eq!(
            fitted("\u{1b}[2m  twenty columns are in\u{1b}[0m", 20),
            "\u{1b}[2m  twenty columns are\n    in\u{1b}[0m"
        );
    }
}
