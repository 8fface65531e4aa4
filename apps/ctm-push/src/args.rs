//! Command-line arguments.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args as ClapArgs, Parser, Subcommand};
use clap_complete::Shell;
use ctm_push_format::Level;
use ctm_types::printable::one_line;
use std::path::PathBuf;

/// The longest name of a machine, in characters.
const LONGEST_NAME: usize = 100;

/// Push the responses of this machine to a hub, as far as you disclose them.
///
/// Without a command: push once to all hubs that this machine is enrolled at.
#[derive(Debug, Parser)]
#[command(name = "ctm-push", bin_name = "ctm push", version, about, after_help = AFTER_HELP, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) now: NowArgs,
    /// Database file [default: that of `ctm`]
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) database: Option<String>,
}

const AFTER_HELP: &str = "\
Prompts, replies, paths, branches and amounts are never sent; `--dry-run` prints what is.

Exit codes: 0 done, 1 the hub cannot be reached or refuses, 2 invalid argument or setting, 4 database unusable.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Enrol this machine at a hub, with a code that the hub's owner created
    Enrol(EnrolArgs),
    /// Push once to all hubs, or to one
    Now(NowArgs),
    /// Push whenever something is new, until it is ended
    Daemon,
    /// Show how far each hub is, and what it refused
    Status {
        /// Print JSON
        #[arg(long, short)]
        json: bool,
    },
    /// Show the last pushes: when, how many responses, and what the hub answered
    Log {
        /// Address of a hub [default: all]
        url: Option<String>,
    },
    /// Replace the tokens of this machine; the former ones are valid for another day
    Rotate {
        /// Address of a hub [default: all]
        url: Option<String>,
    },
    /// Delete all usage of this machine on a hub, and end the enrolment
    Forget(ForgetArgs),
    /// Print completions of `ctm-push` for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, or write one for each command
    Man {
        /// Folder to write a page for each command to [default: print the main page]
        #[arg(long)]
        dir: Option<PathBuf>,
    },
}

/// Arguments of `ctm push enrol`.
#[derive(Debug, ClapArgs)]
pub(crate) struct EnrolArgs {
    /// Address of the hub, with its scheme
    pub(crate) url: String,
    /// Code that the hub's owner created
    pub(crate) code: String,
    /// Name of this machine on the hub [default: the first digits of its id]
    #[arg(long, value_parser = name)]
    pub(crate) name: Option<String>,
    /// The most that this machine discloses, whatever the hub permits: totals, hashed or names
    #[arg(long, default_value = "names", value_parser = level())]
    pub(crate) level: Level,
    /// File with the certificate of the hub's authority, trusted in place of those of the system
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,
    /// Permit an address without encryption: others in the network can read and change what is sent
    #[arg(long)]
    pub(crate) insecure_http: bool,
}

/// Arguments of `ctm push now`.
#[derive(Debug, ClapArgs)]
pub(crate) struct NowArgs {
    /// Address of a hub [default: all]
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// Print what the next push contains, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Arguments of `ctm push forget`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ForgetArgs {
    /// Address of the hub, if this machine is enrolled at several
    pub(crate) url: Option<String>,
    /// Only end the enrolment on this machine, for a hub that is gone
    #[arg(long)]
    pub(crate) only_here: bool,
}

fn level() -> impl TypedValueParser<Value = Level> {
    PossibleValuesParser::new(Level::ALL.map(Level::name)).try_map(|name| name.parse::<Level>())
}

/// Parses the name of a machine.
fn name(text: &str) -> Result<String, String> {
    let is_name = (1..=LONGEST_NAME).contains(&text.chars().count()) && one_line(text) == text;
    is_name
        .then(|| text.to_owned())
        .ok_or_else(|| format!("a name has 1 to {LONGEST_NAME} characters, all of them visible"))
}
