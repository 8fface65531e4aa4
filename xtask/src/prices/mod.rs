//! `cargo xtask prices check`: the price table and the pack of other makers' models compared with public
//! price lists.
//!
//! The lists are downloaded files; nothing here uses the network. A difference is an error unless
//! `crates/ctm-pricing/exceptions.toml` gives a reason, such as an error of the list. Values that a list
//! lacks are not differences: lists drop retired models, the table does not.

mod compare;
mod exceptions;
mod genai;
mod list;
mod litellm;

use anyhow::{Context, Result, bail};
use chrono::{DateTime, NaiveDate};
use compare::{Difference, compare};
use ctm_harness::clock;
use ctm_harness::repository::Repository;
use ctm_pricing::{Pack, PriceBook};
use exceptions::Exceptions;
use list::{ListName, Listed};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Path of the exceptions.
const EXCEPTIONS: &str = "crates/ctm-pricing/exceptions.toml";

/// Maintains the price table.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Compares the price table with public price lists that were downloaded.
    Check(CheckArgs),
}

#[derive(clap::Args)]
struct CheckArgs {
    /// `model_prices_and_context_window.json` of `LiteLLM`.
    #[arg(long, value_name = "FILE")]
    litellm: Option<PathBuf>,
    /// `prices/data.json` of genai-prices.
    #[arg(long, value_name = "FILE")]
    genai: Option<PathBuf>,
    /// The UTC day of the compared prices [default: today]
    #[arg(long, value_name = "DAY")]
    day: Option<NaiveDate>,
}

/// Compares, and reports every difference; fails at one without a reason.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let Command::Check(args) = &args.command;
    let today = || DateTime::from_timestamp_millis(clock::now_ms()).unwrap_or_default().date_naive();
    let day = args.day.unwrap_or_else(today);
    let mut lists = Vec::new();
    if let Some(path) = &args.litellm {
        lists.push((ListName::Litellm, read(path, litellm::parse)?));
    }
    if let Some(path) = &args.genai {
        lists.push((ListName::Genai, read(path, |text| genai::parse(text, day))?));
    }
    if lists.is_empty() {
        bail!("name a list with --litellm or --genai; docs/prices.md lists their locations");
    }
    let path = Repository::here().root.join(EXCEPTIONS);
    let exceptions = read(&path, Exceptions::parse)?;
    let book = PriceBook::builtin().with_pack(Pack::Others);
    println!("the table of {} on {day}", book.version());
    let mut unexplained = 0;
    for (name, listed) in &lists {
        let mut compared = compare(&book, *name, listed, day);
        // Other makers' models are only compared with one list.
        compared.absent.retain(|model| *name == ListName::Litellm || !Pack::Others.has(model));
        println!("{name}: {} models, {} agree", listed.len(), compared.agreeing);
        for difference in &compared.differences {
            unexplained += usize::from(tell(difference, &exceptions));
        }
        for idle in exceptions.idle(*name, &compared.differences) {
            println!("  no longer needed: the exception for {idle}");
        }
        if !compared.absent.is_empty() {
            println!("  not in the list: {}", compared.absent.join(", "));
        }
    }
    if unexplained > 0 {
        println!("{unexplained} differences without a reason: correct the table, or say why in {EXCEPTIONS}");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn read<T>(path: &Path, parse: impl FnOnce(&str) -> Result<T>) -> Result<T> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    parse(&text).with_context(|| format!("cannot use `{}`", path.display()))
}

/// Prints a difference, and returns whether it has no reason.
fn tell(difference: &Difference, exceptions: &Exceptions) -> bool {
    match exceptions.reason(difference) {
        Some(reason) => {
            println!("  {difference}: {reason}");
            false
        }
        None => {
            println!("  {difference}: WITHOUT A REASON");
            true
        }
    }
}

/// Returns models in the order of their names.
fn sorted(mut listed: Vec<Listed>) -> Vec<Listed> {
    listed.sort_by(|a, b| a.model.cmp(&b.model));
    listed
}
