//! Lines for people are no longer than the terminal is wide.

use crate::commands;
use crate::place::Place;
use crate::terminal::Terminal;
use anstream::adapter::strip_str;
use unicode_width::UnicodeWidthStr;

/// The width of the terminal.
const COLUMNS: usize = 80;

/// Commands that print a file or a line for another program.
const FOR_PROGRAMS: [&str; 7] =
    ["completions", "export", "guard", "man", "openapi", "settings", "statusline"];

/// Returns the lines of a command on a terminal that are too long and could be wrapped.
fn long_lines(place: &Place, args: &[String]) -> Vec<String> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut terminal = Terminal::run(place, &words);
    terminal.end();
    let written = String::from_utf8(terminal.written().to_vec()).unwrap();
    assert!(!written.is_empty(), "{args:?}");
    // A long path is left whole, on a line of its own.
    let is_long = |line: &&str| line.width() > COLUMNS && line.trim().contains(' ');
    let shown = strip_str(&written).to_string();
    shown.split(['\r', '\n']).filter(is_long).map(|line| format!("{args:?}: {line}")).collect()
}

#[test]
fn no_command_prints_a_longer_line() {
    let place = Place::everyday();
    place.print(&["daily"]);
    let is_for_programs = |args: &[String]| args.first().is_some_and(|name| FOR_PROGRAMS.contains(&&**name));
    let mut asked = commands::that_end(&place);
    asked.retain(|args| !is_for_programs(args));
    for report in ["daily", "weekly", "monthly", "models", "projects", "sessions", "blocks"] {
        for flag in ["--breakdown", "--compact", "--source=nowhere"] {
            asked.push([report, flag].map(str::to_owned).into());
        }
    }
    for key in ["msg_everyday0000000000001", "33333333-3333-4333-8333-333333333333", "nothing"] {
        asked.push(["explain", key].map(str::to_owned).into());
    }
    asked.push(["projects", "--folders"].map(str::to_owned).into());
    asked.push(["daily", "--range", "fortnight"].map(str::to_owned).into());
    asked.push(["doctor", "--claude-dir", "nowhere"].map(str::to_owned).into());
    asked.push(["daily", "--claude-dir", "nowhere"].map(str::to_owned).into());
    let helped: Vec<_> =
        asked.iter().map(|args| [&args[..1.min(args.len())], &["--help".to_owned()]].concat()).collect();
    let long: Vec<_> = asked.iter().chain(&helped).flat_map(|args| long_lines(&place, args)).collect();
    assert_eq!(long, [""; 0]);
}
