//! `ctm completions`, `ctm man`: what is made from the command line itself.

use super::args::Args;
use super::output::Answer;
use crate::error::AppError;
use clap::CommandFactory;
use clap_complete::Shell;
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
    /// Folder to write a page for each command to; without it the main page is printed
    #[arg(long)]
    dir: Option<PathBuf>,
}

/// Prints what a shell has to know to complete commands.
pub(super) fn completions(args: &CompletionsArgs) -> Result<(), AppError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), NAME, &mut script);
    Answer::Data(String::from_utf8_lossy(&script).trim_end().to_owned()).print()
}

/// Prints the manual page, or writes one for each command.
pub(super) fn man(args: &ManArgs) -> Result<(), AppError> {
    let command = Args::command();
    match &args.dir {
        Some(dir) => {
            let fail = || AppError::io(format!("write to `{}`", dir.display()));
            std::fs::create_dir_all(dir).map_err(fail())?;
            clap_mangen::generate_to(command, dir).map_err(fail())
        }
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(command).render(&mut page).map_err(AppError::io("write the page"))?;
            Answer::Data(String::from_utf8_lossy(&page).trim_end().to_owned()).print()
        }
    }
}
