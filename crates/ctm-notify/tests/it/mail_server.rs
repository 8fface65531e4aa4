//! A mail server that receives one session.

use std::io::{BufRead, BufReader, Read, Write};

/// How a session goes.
#[derive(Clone, Copy, Default)]
pub(crate) struct Course {
    /// The answer to commands that begin with a text.
    pub(crate) refused: Option<(&'static str, &'static str)>,
    /// Whether the server offers encryption.
    pub(crate) offers_tls: bool,
    /// Whether the connection is encrypted by now, so that the server does not greet again.
    pub(crate) is_encrypted: bool,
}

/// Receives the lines of a session until it ends, or until encryption begins; then the stream is returned too.
pub(crate) fn session<S: Read + Write>(stream: S, course: Course) -> (Vec<String>, Option<S>) {
    let mut stream = BufReader::new(stream);
    let (mut lines, mut is_data) = (Vec::new(), false);
    if !course.is_encrypted {
        say(&mut stream, "220 mail.example");
    }
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).unwrap_or(0) == 0 {
            return (lines, None);
        }
        let line = line.trim_end().to_owned();
        let answer = if is_data && line != "." { "" } else { answer(&line, course) };
        is_data = (is_data || answer.starts_with("354")) && line != ".";
        say(&mut stream, answer);
        let begins_tls = answer == "220 go";
        lines.push(line);
        if begins_tls {
            return (lines, Some(stream.into_inner()));
        }
    }
}

fn answer(command: &str, course: Course) -> &'static str {
    match course.refused {
        Some((begin, answer)) if command.starts_with(begin) => return answer,
        _ => {}
    }
    match command {
        "." => "250 stored",
        "DATA" => "354 send",
        "QUIT" => "221 bye",
        "STARTTLS" => "220 go",
        _ if command.starts_with("EHLO") && course.offers_tls => "250-mail.example\r\n250 STARTTLS",
        _ if command.starts_with("EHLO") => "250-mail.example\r\n250 AUTH PLAIN",
        _ if command.starts_with("AUTH") => "235 welcome",
        _ => "250 ok",
    }
}

fn say<S: Read + Write>(stream: &mut BufReader<S>, answer: &str) {
    if !answer.is_empty() {
        write!(stream.get_mut(), "{answer}\r\n").and_then(|()| stream.get_mut().flush()).ok();
    }
}
