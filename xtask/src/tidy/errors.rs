//! The rule of errors: a text does not repeat its cause.
//!
//! # Design
//!
//! The text of an error (`#[error("…")]`) states what is wrong and where. Its cause is its source, which
//! `ctm_types::printable::with_causes` appends where the error leaves the program; an error that has it in its text as
//! well would show it twice. The rule reads the attribute and the fields behind it, not the types.

use super::tokens::{Token, tokens};
use super::tree::Tree;

/// The beginning of the text of an error. Put together here, or this file would break its own rule.
const ATTRIBUTE: &str = concat!("#[err", "or(");

/// No text of an error names the field that is its source.
pub(crate) fn causes(tree: &Tree) -> Vec<String> {
    let mut breaches = Vec::new();
    for (path, text) in tree.rust() {
        for (at, _) in text.match_indices(ATTRIBUTE) {
            let rest = &text[at + ATTRIBUTE.len()..];
            let rest = rest.split_once(ATTRIBUTE).map_or(rest, |(own, _)| own);
            let Some((attribute, fields)) = rest.split_once(")]") else { continue };
            for source in sources(&tokens(fields)).iter().filter(|source| names(attribute, source)) {
                let line = text[..at].matches('\n').count() + 1;
                breaches.push(format!(
                    "{path}:{line}: the text of an error has its cause, `{source}`; `with_causes` appends it"
                ));
            }
        }
    }
    breaches
}

/// Returns the fields of the first variant or struct that are its source: names, or numbers of a tuple.
fn sources(tokens: &[Token]) -> Vec<String> {
    let mut after_pub = false;
    for token in tokens {
        match token {
            Token::Sign(',' | ';') => return Vec::new(),
            Token::Group(bracket @ ('{' | '('), fields) if !after_pub => {
                let fields = fields.split(|token| *token == Token::Sign(','));
                return (0..).zip(fields).filter_map(|(at, field)| source(*bracket, at, field)).collect();
            }
            _ => {}
        }
        after_pub = *token == Token::Word("pub".to_owned());
    }
    Vec::new()
}

/// Returns the name or number of a field if it is the source of its error.
fn source(bracket: char, at: usize, field: &[Token]) -> Option<String> {
    let is_word =
        |token: &Token, words: &[&str]| matches!(token, Token::Word(word) if words.contains(&&**word));
    let is_marked = field.iter().any(
        |token| matches!(token, Token::Group('[', inner) if inner.iter().any(|token| is_word(token, &["from", "source"]))),
    );
    if bracket == '(' {
        return is_marked.then(|| at.to_string());
    }
    let colon = field.iter().position(|token| *token == Token::Sign(':'))?;
    match field.get(colon.checked_sub(1)?)? {
        Token::Word(name) => (is_marked || name == "source").then(|| name.clone()),
        _ => None,
    }
}

/// Returns whether the arguments of an attribute name a field: `{field}`, `{field:?}` or `.field`.
fn names(attribute: &str, field: &str) -> bool {
    attribute.match_indices(field).any(|(at, _)| {
        let (before, after) = (&attribute[..at], &attribute[at + field.len()..]);
        let ends = !after.starts_with(|char: char| char.is_alphanumeric() || char == '_');
        before.ends_with(['{', '.']) && ends
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(attribute: &str, item: &str, expected: Option<&str>) {
        let text = format!("enum E {{\n    {ATTRIBUTE}{attribute})]\n    {item},\n}}\n");
        let breach = |source: &str| {
            format!("a.rs:2: the text of an error has its cause, `{source}`; `with_causes` appends it")
        };
        assert_eq!(causes(&Tree::from([("a.rs", &*text)])), Vec::from_iter(expected.map(breach)), "{text}");
    }

    #[test]
    fn a_text_with_its_cause_is_a_breach() {
        check("\"cannot read `{}`: {source}\", .path.display()", "Io { path: P, source: E }", Some("source"));
        check("\"cannot {}\", Shown(.source)", "Io {\n /// Why, it said.\n source: E }", Some("source"));
        check("\"cannot: {cause:?}\"", "Io { #[source] cause: E }", Some("cause"));
        check("\"cannot: {0}\"", "Io(#[from] E)", Some("0"));
        check("\"cannot {}: {}\", .0, .1", "Io(String, #[source] io::Error)", Some("1"));
        let text = format!("{ATTRIBUTE}\"a: {{source}}\")]\npub(crate) struct A {{ pub(crate) source: E }}");
        assert_eq!(causes(&Tree::from([("a.rs", &*text)])).len(), 1);
    }

    #[test]
    fn a_text_without_its_cause_is_none() {
        check("\"cannot read `{}`\", .path.display()", "Io { path: P, source: E }", None);
        check("transparent", "Storage(#[from] E)", None);
        check("\"the source of {name}: {sources}\"", "Io { name: N, sources: S, source: E }", None);
        check("\"`{0}` is not a format\"", "Unknown(String)", None);
        check("\"none\"", "None, Other { source: E }", None);
    }
}
