//! `cargo xtask run`: the program with its web page, from the sources.

use crate::page::{self, Web};
use anyhow::Result;
use ctm_harness::process;
use ctm_harness::repository::Repository;
use std::ffi::OsString;
use std::process::{Command, ExitCode};

/// Builds the web page and the release binary, and runs `ctm`.
///
/// The page is only built when its sources have changed, and omitted without Node.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Arguments of `ctm` [default: serve]
    #[arg(last = true)]
    args: Vec<OsString>,
}

pub(crate) fn run(args: Args) -> Result<ExitCode> {
    let repository = Repository::here();
    build_page(&Web::of(&repository)?)?;
    process::run(&mut repository.cargo(["build", "--release", "--package", "ctm"]))?;
    let binary = repository.target()?.join("release/ctm").with_extension(std::env::consts::EXE_EXTENSION);
    let args = if args.args.is_empty() { vec!["serve".into()] } else { args.args };
    process::become_program(Command::new(binary).args(args))
}

fn build_page(web: &Web<'_>) -> Result<()> {
    if !page::has_node() {
        eprintln!("The web page is left out: install {} and run this again to get it.", page::NODE);
        return Ok(());
    }
    web.bring_up_to_date()
}
