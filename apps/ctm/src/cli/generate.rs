//! `ctm settings`, `ctm completions`, `ctm man`: output generated from the command line and its settings.

use super::output::CommandOutput;
use crate::error::AppError;
use crate::wrapping::wrapped;
use clap_complete::Shell;
use ctm_config::settings::{Container, Flag, SETTINGS, Setting};
use std::path::PathBuf;

/// The name of the program.
const NAME: &str = "ctm";

/// Characters of a line of comments.
const COMMENT_WIDTH: usize = 110;

#[derive(Debug, clap::Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

#[derive(Debug, clap::Args)]
pub(super) struct ManArgs {
    /// Folder to write a page for each command to [default: print the main page]
    #[arg(long)]
    dir: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(super) struct SettingsArgs {
    /// Form of the list
    #[arg(long, default_value = "markdown")]
    format: SettingsFormat,
}

/// Form of the list of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum SettingsFormat {
    /// Table of all settings
    Markdown,
    /// Variables for docker/.env, with the defaults of the container
    Compose,
}

/// Prints every setting, for the documentation or for the container.
pub(super) fn settings(args: &SettingsArgs) -> Result<(), AppError> {
    let text = match args.format {
        SettingsFormat::Markdown => table(),
        SettingsFormat::Compose => variables(),
    };
    CommandOutput::Data(text).print()
}

fn table() -> String {
    let heading =
        "| setting | flag | environment | default | description |\n|---|---|---|---|---|".to_owned();
    let row = |setting: &Setting| {
        let flag = match setting.flag {
            Flag::None => "none".to_owned(),
            Flag::Global(_) => format!("`{}`", setting.flag_name()),
            Flag::Of(commands, _) => format!("`{}` of `{}`", setting.flag_name(), commands.join("`, `")),
        };
        let Setting { name, env, default, .. } = setting;
        format!("| `{name}` | {flag} | `{env}` | {} | {} |", default.shown(), setting.description())
    };
    std::iter::once(heading).chain(SETTINGS.iter().map(row)).collect::<Vec<_>>().join("\n")
}

/// Returns the variables that Compose passes, each commented out with its description.
fn variables() -> String {
    let variable = |setting: &Setting| {
        let Container::Passed { note, .. } = setting.container else { return None };
        let default = setting.container_default()?;
        let separator = if note.is_empty() { "" } else { "; " };
        let about = wrapped(&format!("{}{separator}{note}", setting.description()), COMMENT_WIDTH);
        let about: String = about.iter().map(|line| format!("# {line}\n")).collect();
        Some(format!("{about}#{}={default}", setting.env))
    };
    SETTINGS.iter().filter_map(variable).collect::<Vec<_>>().join("\n\n")
}

/// Prints the completions of a shell.
pub(super) fn completions(args: &CompletionsArgs) -> Result<(), AppError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), NAME, &mut script);
    CommandOutput::Data(String::from_utf8_lossy(&script).trim_end().to_owned()).print()
}

/// Prints the manual page, or writes one for each command.
pub(super) fn man(args: &ManArgs) -> Result<(), AppError> {
    let command = super::command();
    match &args.dir {
        Some(dir) => {
            let fail = || AppError::io(format!("write to `{}`", dir.display()));
            std::fs::create_dir_all(dir).map_err(fail())?;
            clap_mangen::generate_to(command, dir).map_err(fail())
        }
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(command).render(&mut page).map_err(AppError::io("write the page"))?;
            CommandOutput::Data(String::from_utf8_lossy(&page).trim_end().to_owned()).print()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{args, command};
    use clap::Command;
    const DOCUMENTATION: &str = include_str!("../../../../docs/cli.md");

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn every_command_and_option_is_documented() {
        let mut missing = Vec::new();
        check("ctm", &command(), &mut missing);
        assert_eq!(missing, [""; 0]);
    }

    #[test]
    fn every_call_in_the_documentation_is_understood() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        let folder = std::fs::read_dir(format!("{root}/docs")).unwrap().map(|entry| entry.unwrap().path());
        let readmes = ["README.md", "README.zh-CN.md"].map(|name| format!("{root}/{name}").into());
        let mut checked = 0;
        for document in folder.chain(readmes).filter(|path| path.extension().is_some_and(|end| end == "md")) {
            let text = std::fs::read_to_string(&document).unwrap();
            let mut is_code = false;
            let code = text.lines().filter(|line| {
                is_code ^= line.starts_with("```");
                is_code
            });
            let calls = code.map(|line| line.strip_prefix("$ ").unwrap_or(line));
            let is_call = |line: &&str| line.starts_with("ctm ") && !line.contains(['|', '<', '>', '{', '=']);
            for call in calls.filter(is_call) {
                let refused = args::parse(words(call)).err().filter(clap::Error::use_stderr);
                assert!(refused.is_none(), "{}: `{call}`: {refused:?}", document.display());
                checked += 1;
            }
        }
        assert!(checked > 10, "{checked}");
    }

    /// Returns the words of a call without its comment; those in quotation marks are one.
    fn words(call: &str) -> Vec<String> {
        let call = call.split(" #").next().unwrap();
        let mut words = Vec::new();
        for (number, part) in call.split(['"', '\'']).enumerate() {
            match number % 2 {
                0 => words.extend(part.split_whitespace().map(str::to_owned)),
                _ => words.push(part.to_owned()),
            }
        }
        words
    }

    fn check(name: &str, command: &Command, missing: &mut Vec<String>) {
        let shown = command.get_arguments().filter(|argument| !argument.is_hide_set());
        let options = shown.filter_map(|argument| argument.get_long());
        let options = options.filter(|option| !matches!(*option, "help" | "version"));
        missing.extend(
            options
                .map(|option| format!("--{option}"))
                .filter(|option| !DOCUMENTATION.contains(option.as_str())),
        );
        for command in command.get_subcommands().filter(|command| command.get_name() != "help") {
            let name = format!("{name} {}", command.get_name());
            if !DOCUMENTATION.contains(&format!("`{name}")) {
                missing.push(name.clone());
            }
            check(&name, command, missing);
        }
    }
}
