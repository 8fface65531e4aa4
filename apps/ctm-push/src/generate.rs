//! `ctm-push completions`, `ctm-push man`: output generated from the command line.

use crate::args::Args;
use crate::error::PushError;
use clap::CommandFactory;
use clap_complete::Shell;
use std::path::Path;

/// The name of the program.
const NAME: &str = "ctm-push";

/// Returns the completions of a shell.
pub(crate) fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), NAME, &mut script);
    String::from_utf8_lossy(&script).trim_end().to_owned()
}

/// Returns the manual page; with a folder, writes a page for each command to it and returns nothing.
pub(crate) fn man(dir: Option<&Path>) -> Result<String, PushError> {
    // By its own name: pages are named by their commands.
    let command = Args::command().bin_name(NAME).disable_help_subcommand(true);
    let Some(dir) = dir else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page).map_err(PushError::io("write the page"))?;
        return Ok(String::from_utf8_lossy(&page).trim_end().to_owned());
    };
    let write = || {
        std::fs::create_dir_all(dir)?;
        clap_mangen::generate_to(command, dir)
    };
    write().map_err(PushError::io("write the manual"))?;
    Ok(String::new())
}
