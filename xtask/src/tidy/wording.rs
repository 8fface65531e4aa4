//! Refused wording: everyday phrases in place of a technical term of `docs/glossary.md`.
//!
//! # Design
//!
//! The check is a list of phrases, not a dictionary: it keeps out what was replaced once. A phrase that is
//! meant, such as a quotation, is listed in [`MEANT`] with its file.

use super::tree::Tree;

/// Refused phrases with the words to use in their place.
const REFUSED: [(&str, &str); 46] = [
    ("told", "reported, notified, stored"),
    ("tells", "returns, shows, reports"),
    ("mended", "repaired"),
    ("mends", "repairs"),
    ("whoever", "anyone who, a client that"),
    ("became of", "how it is classified"),
    ("goes on", "continues, is active"),
    ("go on", "continue, are active"),
    ("goes with", "belongs to, requires"),
    ("dearest", "most expensive"),
    ("hangs on", "depends on"),
    ("hang on", "depend on"),
    ("passed over", "skipped, ignored"),
    ("stands still", "stops"),
    ("stands on", "depends on"),
    ("stands beside", "is next to"),
    ("stand beside", "are next to"),
    ("lies beside", "is next to"),
    ("whose turn", "the next one"),
    ("ever after", "afterwards, permanently"),
    ("for ever", "permanently"),
    ("hears", "receives"),
    ("those who", "users, clients that"),
    ("who asks", "the client, the access"),
    ("who reads", "the reader"),
    ("who logs", "a login"),
    ("everybody", "all users, all clients"),
    ("gets to know", "receives, is notified"),
    ("takes note", "records"),
    ("take note", "record"),
    ("knows nothing", "is independent of"),
    ("comes to", "amounts to, reaches"),
    ("come to light", "are found"),
    ("taken apart", "parsed, split"),
    ("takes apart", "parses, splits"),
    ("looks after", "maintains"),
    ("look after", "maintain"),
    ("given up", "cancelled, omitted"),
    ("gives up", "cancels, releases"),
    ("need be", "if necessary"),
    ("at hand", "present, available"),
    ("may ask", "may send requests"),
    ("says of", "the description, the field"),
    ("said of", "the details"),
    ("what of", "the part"),
    ("beside ours", "for comparison"),
];

/// Uses that are meant: the end of a path, and a phrase in it.
const MEANT: [(&str, &str); 1] = [("xtask/src/tidy/wording.rs", "")];

/// Folders with files of other programs.
const QUOTED: [&str; 2] = ["testdata/", "crates/ctm-fuzz/corpus/"];

/// The words of the glossary are used in code, messages and documentation.
pub(crate) fn refused(tree: &Tree) -> Vec<String> {
    let mut breaches = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| is_checked(path)) {
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.to_lowercase();
            for (phrase, better) in REFUSED {
                if contains_phrase(&line, phrase) && !is_meant(path, phrase) {
                    breaches
                        .push(format!("{path}:{number}: `{phrase}`; better: {better} (docs/glossary.md)"));
                }
            }
        }
    }
    breaches
}

fn is_checked(path: &str) -> bool {
    let is_locked = path.ends_with(".lock") || path.ends_with("-lock.yaml");
    !is_locked && !QUOTED.iter().any(|folder| path.starts_with(folder))
}

fn is_meant(path: &str, phrase: &str) -> bool {
    MEANT.iter().any(|(file, meant)| *file == path && (meant.is_empty() || *meant == phrase))
}

/// Returns whether `line` contains `phrase` as whole words. An underscore separates words, as in names of tests.
fn contains_phrase(line: &str, phrase: &str) -> bool {
    let line = line.replace('_', " ");
    line.match_indices(phrase).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + phrase.len()..]);
        !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, expected: &[&str]) {
        assert_eq!(refused(&Tree::from([(path, text)])), expected, "{text}");
    }

    #[test]
    fn every_refused_phrase_is_found_in_any_kind_of_file() {
        for (phrase, better) in REFUSED {
            for (path, before) in
                [("a/src/b.rs", "/// "), ("docs/a.md", ""), ("web/messages/en.json", "\"a\": \"")]
            {
                let breach = format!("{path}:2: `{phrase}`; better: {better} (docs/glossary.md)");
                check(path, &format!("\n{before}It {phrase} it."), &[&breach]);
                check(path, &format!("\n{before}{}", phrase.to_uppercase()), &[&breach]);
            }
        }
    }

    #[test]
    fn names_of_tests_are_checked_word_by_word() {
        let breach = "a.rs:1: `told`; better: reported, notified, stored (docs/glossary.md)";
        check("a.rs", "fn a_client_is_told_once() {}", &[breach]);
        check("a.rs", "fn untold() {} // Stoldt", &[]);
    }

    #[test]
    fn quotations_and_lock_files_are_left_out() {
        for path in
            ["testdata/claude/a/s.jsonl", "crates/ctm-fuzz/corpus/line/a", "Cargo.lock", "web/pnpm-lock.yaml"]
        {
            check(path, "told", &[]);
        }
    }
}
