//! Rust source as tokens, as far as rules need them: words, signs and groups.
//!
//! Comments, texts and numbers are omitted.

/// A part of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// A keyword or a name.
    Word(String),
    /// Any other token that is not a bracket.
    Sign(char),
    /// Tokens in brackets, with the opening one.
    Group(char, Vec<Token>),
}

/// Splits a source into tokens.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let mut rest = source;
    let mut open = vec![(' ', Vec::new())];
    while let Some(first) = rest.chars().next() {
        let length = match first {
            _ if first.is_alphabetic() || first == '_' => {
                let length =
                    rest.find(|char: char| !char.is_alphanumeric() && char != '_').unwrap_or(rest.len());
                match raw_text(&rest[length..]).filter(|_| ["r", "br", "cr"].contains(&&rest[..length])) {
                    Some(text) => length + text,
                    None => {
                        push(&mut open, Token::Word(rest[..length].to_owned()));
                        length
                    }
                }
            }
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => comment(rest),
            '"' => 1 + text(&rest[1..], '"'),
            '\'' => character(rest),
            '(' | '[' | '{' => {
                open.push((first, Vec::new()));
                1
            }
            ')' | ']' | '}' => {
                if open.len() > 1 {
                    let (bracket, group) = open.pop().unwrap_or_default();
                    push(&mut open, Token::Group(bracket, group));
                }
                1
            }
            _ => {
                if !first.is_whitespace() && !first.is_ascii_digit() {
                    push(&mut open, Token::Sign(first));
                }
                first.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    open.swap_remove(0).1
}

fn push(open: &mut [(char, Vec<Token>)], token: Token) {
    if let Some((_, group)) = open.last_mut() {
        group.push(token);
    }
}

/// Returns the length of a text up to its end, which `end` is, unless it is escaped.
fn text(rest: &str, end: char) -> usize {
    let mut is_escaped = false;
    for (at, char) in rest.char_indices() {
        match char {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if char == end => return at + char.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

/// Returns the length of a text without escapes, from behind its `r`.
fn raw_text(rest: &str) -> Option<usize> {
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    let text = rest[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(hashes + 1 + text.find(&end).map_or(text.len(), |at| at + end.len()))
}

/// Returns the length of a comment in which others may be.
fn comment(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        let here = &rest[at..];
        if here.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// Returns the length of a character, or of the sign that a lifetime begins with.
fn character(rest: &str) -> usize {
    let mut chars = rest[1..].chars();
    match (chars.next(), chars.next()) {
        (Some('\\'), _) => 1 + text(&rest[1..], '\''),
        (Some(char), Some('\'')) => 2 + char.len_utf8(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: &str) {
        fn shown(tokens: &[Token]) -> String {
            let shown = tokens.iter().map(|token| match token {
                Token::Word(word) => word.clone(),
                Token::Sign(sign) => sign.to_string(),
                Token::Group(bracket, group) => format!("{bracket} {}", shown(group)),
            });
            shown.collect::<Vec<_>>().join(" ")
        }
        assert_eq!(shown(&tokens(source)), expected, "{source}");
    }

    #[test]
    fn words_signs_and_groups_are_what_is_left() {
        check("use a::{b, c};", "use a : : { b , c ;");
        check("fn f<'a>(x: &'a str) -> u8 { 1 }", "fn f < a > ( x : & a str - > u8 { ");
    }

    #[test]
    fn comments_and_texts_are_left_out() {
        check("a // crate::b\nc", "a c");
        check("a /* b /* c */ d */ e", "a e");
        check(r##"a "b\" c" d r"e\" f r#"g " h"# i b"j" k"##, "a d f i b k");
        check(r"a '{' b '\'' c '\u{41}' d '\\' e 'é' f", "a b c d e f");
        check("a ' b", "a b");
    }
}
