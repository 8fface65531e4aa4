//! `ctm import`: files of other machines and of other programs.

mod history;

use super::context::Flags;
use super::machines::{self, FactsArgs};
use crate::error::AppError;
use clap::{Args, Subcommand};
use history::HistoryArgs;

/// Arguments of `ctm import`.
#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    #[command(subcommand)]
    command: ImportCommand,
}

#[derive(Debug, Subcommand)]
enum ImportCommand {
    /// Add the responses of other machines from files that they exported
    Facts(FactsArgs),
    /// Show what other programs counted, from their files, beside the days of reports and in no sum
    History(HistoryArgs),
}

/// Runs `ctm import`.
pub(super) async fn run(flags: Flags, args: &ImportArgs) -> Result<(), AppError> {
    match &args.command {
        ImportCommand::Facts(args) => machines::import(flags, args).await,
        ImportCommand::History(args) => history::run(flags, args).await,
    }
}
