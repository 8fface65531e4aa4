//! `ctm completions`, `ctm man`: what is made from the command line itself.

use super::output::CommandOutput;
use crate::error::AppError;
use clap::Command;
use clap_complete::Shell;
use ctm_config::settings::{SETTINGS, Setting};
use std::path::PathBuf;

/// The name of the program.
const NAME: &str = "ctm";

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

/// Prints every setting as a table in Markdown, for the documentation.
pub(super) fn settings() -> Result<(), AppError> {
    let mut table =
        "| setting | flag | environment | default | what it is, and what is allowed |\n|---|---|---|---|---|\n"
            .to_owned();
    let command = super::command();
    for Setting { name, env, default, help } in SETTINGS {
        let flag = flag(&command, name).unwrap_or_else(|| "none".to_owned());
        table.push_str(&format!("| `{name}` | {flag} | `{env}` | {default} | {help} |\n"));
    }
    CommandOutput::Data(table.trim_end().to_owned()).print()
}

/// Returns the flag of a setting, with the only command that has it, unless all have.
fn flag(command: &Command, setting: &str) -> Option<String> {
    let flag_of = |command: &Command| {
        let mut arguments = command.get_arguments();
        arguments.find(|argument| argument.get_id() == setting)?.get_long().map(|long| format!("`--{long}`"))
    };
    flag_of(command).or_else(|| {
        let of =
            command.get_subcommands().filter_map(|command| Some((flag_of(command)?, command.get_name())));
        let (flags, names): (Vec<_>, Vec<_>) = of.unzip();
        flags.first().map(|flag| format!("{flag} of `{}`", names.join("`, `")))
    })
}

/// Prints what a shell has to know to complete commands.
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
    use super::super::args::Args;
    use super::super::command;
    use super::*;
    use clap::Parser;
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
            for call in calls.filter(|line| line.starts_with("ctm ") && !line.contains(['|', '>', '{', '=']))
            {
                let words =
                    call.split(" #").next().unwrap().split_whitespace().map(|word| word.replace('\'', ""));
                let refused = Args::try_parse_from(words).err().filter(clap::Error::use_stderr);
                assert!(refused.is_none(), "{}: `{call}`: {refused:?}", document.display());
                checked += 1;
            }
        }
        assert!(checked > 10, "{checked}");
    }

    fn check(name: &str, command: &Command, missing: &mut Vec<String>) {
        let options = command.get_arguments().filter_map(|argument| argument.get_long());
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
