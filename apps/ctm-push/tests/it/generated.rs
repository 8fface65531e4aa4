//! Completions and manual, which need no database.

use std::fs;
use std::process::Command;

/// Runs the program in an empty folder, and returns what it prints.
fn print(args: &[&str]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_ctm-push"));
    let output = program.args(args).env_clear().env("HOME", dir.path()).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{args:?}: {output:?}");
    assert!(!dir.path().join(".local").exists(), "a database was made");
    String::from_utf8(output.stdout).unwrap()
}

/// The commands, as the help lists them.
const COMMANDS: [&str; 9] =
    ["enrol", "now", "daemon", "status", "log", "rotate", "forget", "completions", "man"];

#[test]
fn the_manual_has_a_page_of_every_command() {
    let main = print(&["man"]);
    assert!(
        main.contains(".TH ctm-push 1") && main.contains("--dry-run".replace('-', "\\-").as_str()),
        "{main}"
    );
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("man");
    assert_eq!(print(&["man", "--dir", folder.to_str().unwrap()]), "");
    assert_eq!(fs::read_to_string(folder.join("ctm-push.1")).unwrap().trim_end(), main.trim_end());
    let mut pages: Vec<_> =
        fs::read_dir(&folder).unwrap().map(|page| page.unwrap().file_name().into_string().unwrap()).collect();
    pages.sort();
    let mut expected: Vec<String> = COMMANDS.iter().map(|name| format!("ctm-push-{name}.1")).collect();
    expected.push("ctm-push.1".to_owned());
    expected.sort();
    assert_eq!(pages, expected);
}

#[test]
fn completions_of_every_shell_have_the_commands() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = print(&["completions", shell]);
        assert!(script.contains("ctm-push"), "{shell}");
        for command in COMMANDS {
            assert!(script.contains(command), "{shell} has no {command}");
        }
    }
}
