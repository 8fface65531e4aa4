//! Command lines by which another program runs this one.

use super::context::Flags;

/// Returns the command line of a command of this program, with the settings that it was called with.
pub(super) fn invocation(command: &[&str], flags: &Flags) -> String {
    let program =
        std::env::current_exe().map_or_else(|_| "ctm".to_owned(), |path| path.display().to_string());
    line(&program, command, flags)
}

fn line(program: &str, command: &[&str], flags: &Flags) -> String {
    let options =
        flags.iter().flat_map(|(name, value)| [format!("--{}", name.replace('_', "-")), value.clone()]);
    let words = [program].into_iter().chain(command.iter().copied()).map(str::to_owned).chain(options);
    words.map(|word| quoted(&word)).collect::<Vec<_>>().join(" ")
}

/// Returns a word as a shell reads it. On Windows that may be Git Bash, PowerShell or `cmd`: all of them read
/// slashes in a path and double quotes.
fn quoted(word: &str) -> String {
    let word = if cfg!(windows) { word.replace('\\', "/") } else { word.to_owned() };
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "/._-+:=@,%".contains(char);
    match () {
        () if !word.is_empty() && word.chars().all(is_plain) => word,
        () if cfg!(windows) => format!("\"{word}\""),
        () => format!("'{}'", word.replace('\'', r"'\''")),
    }
}
