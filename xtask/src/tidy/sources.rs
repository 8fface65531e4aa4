//! Rules of sources: file names and forbidden content.

use super::tree::Tree;

/// The files that may read the clock; everything else takes the time as an argument.
const CLOCKS: [&str; 2] = ["crates/ctm-report/src/clock.rs", "tools/ctm-harness/src/clock.rs"];

/// Reads of the clock. Concatenated, so that this file does not violate its own rule.
const TIME: [&str; 3] = [concat!("Utc", "::now"), concat!("Local", "::now"), concat!("SystemTime", "::now")];

/// The file that may use unsafe code.
const UNSAFE_FILE: &str = "crates/ctm-sqlite/src/handle.rs";

/// The keyword of it.
const UNSAFE: &str = concat!("un", "safe");

/// Beginning of keywords of a content security policy, which are no code.
const POLICY: &str = concat!("un", "safe-");

/// Names that do not describe the content of a file.
const VAGUE_FILES: [&str; 4] = ["utils.rs", "util.rs", "helpers.rs", "helper.rs"];

/// Markers of unfinished work.
const UNFINISHED: [&str; 4] =
    [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX"), concat!("dbg", "!(")];

/// Only the clocks read the time.
pub(crate) fn clock(tree: &Tree) -> Vec<String> {
    let others = tree.rust().filter(|(path, _)| !CLOCKS.contains(path));
    find(others, &TIME, |path, line, call| format!("{path}:{line}: only a clock.rs calls `{call}`"))
}

/// Only one file has unsafe code.
pub(crate) fn unsafe_code(tree: &Tree) -> Vec<String> {
    let mut breaches = Vec::new();
    for (path, text) in tree.rust().filter(|(path, _)| *path != UNSAFE_FILE) {
        let code = (1..).zip(text.lines()).filter(|(_, line)| !line.trim_start().starts_with("//"));
        let code = code.filter(|(_, line)| stands_in(&line.replace(POLICY, ""), UNSAFE));
        breaches.extend(
            code.map(|(number, _)| format!("{path}:{number}: only `{UNSAFE_FILE}` has {UNSAFE} code")),
        );
    }
    breaches
}

/// Files are named after their content; tests may share code in any file.
pub(crate) fn file_names(tree: &Tree) -> Vec<String> {
    tree.rust()
        .filter(|(path, _)| !path.split('/').any(|folder| folder == "tests"))
        .filter(|(path, _)| path.rsplit('/').next().is_some_and(|name| VAGUE_FILES.contains(&name)))
        .map(|(path, _)| format!("{path}: name the file after what is in it"))
        .collect()
}

/// No unfinished work is left.
pub(crate) fn words(tree: &Tree) -> Vec<String> {
    let written = tree.files().filter(|(path, _)| !path.ends_with(".lock") && !path.ends_with("-lock.yaml"));
    find(written, &UNFINISHED, |path, line, word| format!("{path}:{line}: finish what `{word}` stands for"))
}

/// Returns the positions of `words`, whole words only.
fn find<'a>(
    files: impl Iterator<Item = (&'a str, &'a str)>,
    words: &[&str],
    say: impl Fn(&str, usize, &str) -> String,
) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in files {
        for (number, line) in (1..).zip(text.lines()) {
            let there = words.iter().filter(|word| stands_in(line, word));
            found.extend(there.map(|word| say(path, number, word)));
        }
    }
    found
}

/// Returns whether `line` contains `word` as a whole word.
fn stands_in(line: &str, word: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(word).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + word.len()..]);
        let ends_open = word.ends_with(is_part) && after.starts_with(is_part);
        !before.ends_with(is_part) && !ends_open
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_clocks_ask_for_the_time() {
        let check = |path: &str, expected: &[String]| {
            for call in TIME {
                let text = format!("fn f() {{\n    chrono::{call}();\n}}");
                let breaches = clock(&Tree::from([(path, &*text)]));
                let expected: Vec<_> = expected.iter().map(|breach| format!("{breach} `{call}`")).collect();
                assert_eq!(breaches, expected);
            }
        };
        check("crates/ctm-report/src/clock.rs", &[]);
        check("docs/time.md", &[]);
        check("crates/a/src/clock.rs", &["crates/a/src/clock.rs:2: only a clock.rs calls".to_owned()]);
    }

    #[test]
    fn only_one_file_has_unsafe_code() {
        let check = |path: &str, line: &str, expected: usize| {
            let breaches = unsafe_code(&Tree::from([(path, line)]));
            assert_eq!(breaches.len(), expected, "{path}: {line}");
        };
        check(UNSAFE_FILE, &format!("let a = {UNSAFE} {{ b() }};"), 0);
        check("crates/a/src/lib.rs", &format!("let a = {UNSAFE} {{ b() }};"), 1);
        check("apps/a/src/lib.rs", &format!("    // No {UNSAFE} code."), 0);
        check("apps/a/src/lib.rs", &format!("let {UNSAFE}_code = 1;"), 0);
    }

    #[test]
    fn files_are_named_after_their_content() {
        let check = |path: &str, expected: bool| {
            assert_eq!(file_names(&Tree::from([(path, "")])).is_empty(), expected, "{path}");
        };
        check("crates/a/src/money.rs", true);
        check("crates/a/tests/it/helpers.rs", true);
        check("crates/a/src/utils.rs", false);
        check("crates/ctm-server/src/api/helpers.rs", false);
    }

    #[test]
    fn unfinished_work_is_found_as_whole_words() {
        let check = |line: &str, expected: bool| {
            let breaches = words(&Tree::from([("web/src/a.ts", line)]));
            assert_eq!(breaches.is_empty(), expected, "{line}");
        };
        let [later, broken, mark, debug] = UNFINISHED;
        check(&format!("// {later}: more"), false);
        check(broken, false);
        check(&format!("({mark})"), false);
        check(&format!("{debug}x)"), false);
        check(&format!("{later}S and {mark}X and my_{later} and {}", later.to_lowercase()), true);
        assert_eq!(words(&Tree::from([("web/pnpm-lock.yaml", later)])), [""; 0]);
    }
}
