//! The lines of an env file: `CTM_NAME=value`.
//!
//! # Design
//!
//! An env file is often shared with other programs, each with its own syntax. Only lines that assign a name
//! with the prefix `CTM_` are parsed; all other bytes are skipped. Values are those of a POSIX shell, without
//! substitution: a value that includes other variables could put their secrets into the name of a file.
//! Libraries for this format substitute, and refuse the whole file for one foreign line.

/// Prefix of all variables of this program.
const PREFIX: &str = "CTM_";

/// A line that assigns to a name of ours, or tries to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Assignment<'a> {
    /// The line, counted from 1.
    pub(super) line: usize,
    /// The name: ASCII letters, digits and `_`.
    pub(super) name: &'a str,
    /// The value, or the fault of the line.
    pub(super) value: Result<String, Fault>,
}

/// Problem of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// The name is not followed by `=`.
    #[error("has no `=` after the name")]
    NoAssignment,
    /// A quoted value does not end in its line.
    #[error("has no closing quote")]
    OpenQuote,
    /// A quoted value is followed by something else than a comment.
    #[error("has text after the closing quote")]
    Trailing,
    /// The value is not UTF-8.
    #[error("is not Unicode text")]
    NotUnicode,
}

/// Returns whether the file is UTF-16, of which no line can be understood.
pub(super) fn is_utf_16(file: &[u8]) -> bool {
    file.starts_with(b"\xff\xfe") || file.starts_with(b"\xfe\xff")
}

/// Returns the assignments to names of ours, in their order.
pub(super) fn assignments(file: &[u8]) -> impl Iterator<Item = Assignment<'_>> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    file.split(|byte| *byte == b'\n').zip(1..).filter_map(|(text, line)| {
        let (name, rest) = name(text)?;
        Some(Assignment { line, name, value: value(rest) })
    })
}

/// Splits a line behind its name, if that is one of ours.
fn name(line: &[u8]) -> Option<(&str, &[u8])> {
    let line = line.trim_ascii_start();
    let exported =
        line.strip_prefix(b"export").filter(|rest| rest.starts_with(b" ") || rest.starts_with(b"\t"));
    let line = exported.map_or(line, <[u8]>::trim_ascii_start);
    let is_of_name = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
    let (name, rest) = line.split_at(line.iter().take_while(is_of_name).count());
    let name = std::str::from_utf8(name).ok().filter(|name| name.starts_with(PREFIX))?;
    Some((name, rest))
}

/// Parses the text after a name.
fn value(rest: &[u8]) -> Result<String, Fault> {
    let value = rest.trim_ascii().strip_prefix(b"=").ok_or(Fault::NoAssignment)?;
    let value = match value.trim_ascii_start() {
        [b'\'', rest @ ..] => single_quoted(rest)?,
        [b'"', rest @ ..] => double_quoted(rest)?,
        _ => without_comment(value).trim_ascii().to_vec(),
    };
    String::from_utf8(value).map_err(|_| Fault::NotUnicode)
}

/// Cuts off a comment: a `#` behind white space.
fn without_comment(value: &[u8]) -> &[u8] {
    let comment = value.windows(2).position(|pair| pair[0].is_ascii_whitespace() && pair[1] == b'#');
    &value[..comment.unwrap_or(value.len())]
}

/// Takes everything up to the closing quote literally.
fn single_quoted(rest: &[u8]) -> Result<Vec<u8>, Fault> {
    let end = rest.iter().position(|byte| *byte == b'\'').ok_or(Fault::OpenQuote)?;
    check_end(&rest[end + 1..])?;
    Ok(rest[..end].to_vec())
}

/// Takes everything up to the closing quote; a backslash takes away the meaning of the four characters
/// that have one, and is a backslash before every other.
fn double_quoted(rest: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut value = Vec::new();
    let mut at = 0;
    loop {
        match rest[at..] {
            [b'\\', next @ (b'"' | b'\\' | b'$' | b'`'), ..] => {
                value.push(next);
                at += 2;
            }
            [b'"', ref end @ ..] => return check_end(end).map(|()| value),
            [byte, ..] => {
                value.push(byte);
                at += 1;
            }
            [] => return Err(Fault::OpenQuote),
        }
    }
}

/// Checks that nothing but a comment follows a closing quote.
fn check_end(rest: &[u8]) -> Result<(), Fault> {
    if without_comment(rest).trim_ascii().is_empty() { Ok(()) } else { Err(Fault::Trailing) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &[u8], expected: Result<&str, Fault>) {
        let read: Vec<_> = assignments(line).collect();
        let expected = Assignment { line: 1, name: "CTM_A", value: expected.map(str::to_owned) };
        assert_eq!(read, [expected], "{}", line.escape_ascii());
    }

    #[test]
    fn a_value_is_what_a_shell_takes_it_for_without_substitution() {
        check(b"CTM_A=b", Ok("b"));
        check(b"  export  CTM_A=b\r", Ok("b"));
        check(b"export\tCTM_A=b", Ok("b"));
        check(b"CTM_A = b c \t", Ok("b c"));
        check(b"CTM_A=", Ok(""));
        check(b"CTM_A= # comment", Ok(""));
        check(b"CTM_A=b # comment", Ok("b"));
        check(b"CTM_A=b#c", Ok("b#c"));
        check(b"CTM_A=#b", Ok("#b"));
        check(b"CTM_A=a=b", Ok("a=b"));
        check(b"CTM_A=${HOME}/$USER`id`$(id)", Ok("${HOME}/$USER`id`$(id)"));
        check(b"CTM_A=\\x\\", Ok("\\x\\"));
        check(b"CTM_A='b # \\ \" $c' # comment", Ok("b # \\ \" $c"));
        check(b"CTM_A=\"C:\\new\\$x\\\\ \\\"#\\\" \\`\"", Ok("C:\\new$x\\ \"#\" `"));
        check(b"CTM_A={model} \"x\"", Ok("{model} \"x\""));
        check("CTM_A=日本".as_bytes(), Ok("日本"));
    }

    #[test]
    fn an_invalid_line_with_the_prefix_is_reported() {
        check(b"CTM_A", Err(Fault::NoAssignment));
        check(b"export CTM_A", Err(Fault::NoAssignment));
        check(b"CTM_A: b", Err(Fault::NoAssignment));
        check(b"CTM_A-B=b", Err(Fault::NoAssignment));
        check(b"CTM_A='b", Err(Fault::OpenQuote));
        check(b"CTM_A=\"b\\\"", Err(Fault::OpenQuote));
        check(b"CTM_A='b'c", Err(Fault::Trailing));
        check(b"CTM_A=\"b\" c", Err(Fault::Trailing));
        check(b"CTM_A=\"b\"#c", Err(Fault::Trailing));
        check(b"CTM_A=\xff", Err(Fault::NotUnicode));
    }

    #[test]
    fn foreign_lines_are_skipped_whatever_they_are() {
        let foreign: [&[u8]; 12] = [
            b"FOO=bar baz",
            b"export FOO",
            b"FOO-BAR=1",
            b"A=\"x\" y",
            b"A=\\x",
            b"FOO: bar",
            b"1A=2",
            b"# CTM_A=b",
            b"XCTM_A=b",
            b"exportCTM_A=b",
            b"ctm_a=b",
            b"A='\xff\0\x1b",
        ];
        let mut file = b"\xef\xbb\xbfCTM_FIRST=1\n".to_vec();
        foreign.iter().for_each(|line| file.extend([line, &b"\r\n"[..]].concat()));
        file.extend(b"CTM_LAST=2");
        let read: Vec<_> = assignments(&file).map(|assignment| (assignment.line, assignment.name)).collect();
        assert_eq!(read, [(1, "CTM_FIRST"), (14, "CTM_LAST")]);
        let utf_16: Vec<_> = "\u{feff}CTM_A=b\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(is_utf_16(&utf_16));
        assert_eq!(assignments(&utf_16).count(), 0);
    }
}
