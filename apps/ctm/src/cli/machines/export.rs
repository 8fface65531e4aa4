//! `ctm export facts`: the responses of this machine as a file, for other machines.
//!
//! # Design
//!
//! The default level is `names`: anyone who merges the usage of their own machines wants to see their projects, and the file
//! is where they put it. Names can be guessed from hashes without a secret, so that the level `hashed` requires one.

use super::super::context::{CommandContext, Flags, UpdateArgs};
use super::super::destination::{Destination, open_stream};
use super::super::filter::day;
use super::super::signing;
use super::super::text::counted;
use super::{own_id, pepper};
use crate::error::AppError;
use crate::logging;
use chrono::NaiveDate;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use ctm_aggregate::day_start_ms;
use ctm_proof::SigningKey;
use ctm_proof::key::Signed;
use ctm_push_format::{Level, Pepper, Sender, StreamSignature, Writer};
use ctm_report::clock::Clock;
use ctm_storage::{Store, known_response};
use ctm_types::printable::{self, one_line};
use ctm_types::{EpochMs, EventId};
use std::io::{self, Write};
use std::path::PathBuf;

/// Responses that are read at once.
const PAGE: usize = 1_000;

/// The longest name of a machine, in characters.
const LONGEST_NAME: usize = 100;

/// Digits of its id that a machine without a name is called by.
const DIGITS_OF_NAME: usize = 8;

#[derive(Debug, Args)]
pub(in super::super) struct ExportFactsArgs {
    /// File to write, compressed with gzip
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// Overwrite an existing file
    #[arg(long)]
    force: bool,
    /// Only responses since this day, as YYYY-MM-DD [default: all]
    #[arg(long, value_name = "DAY", value_parser = day, visible_alias = "from")]
    since: Option<NaiveDate>,
    /// How much the file discloses: totals, hashed or names
    #[arg(long, default_value = "names", value_parser = level())]
    level: Level,
    /// Name of this machine in the reports of others [default: the first digits of its id]
    #[arg(long, value_name = "NAME", value_parser = name)]
    machine: Option<String>,
    /// File with the secret that your machines have in common, which keys the hashes
    #[arg(long, value_name = "FILE", required_if_eq("level", "hashed"))]
    pepper: Option<PathBuf>,
    /// Sign with the key in this file, which `ctm close --make-key` makes
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    #[command(flatten)]
    update: UpdateArgs,
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

/// Writes the file.
pub(in super::super) async fn run(flags: Flags, args: &ExportFactsArgs) -> Result<(), AppError> {
    // Before reading transcripts, which may take long.
    let pepper = Pepper::new(&pepper::secret(args.pepper.as_deref())?);
    let key = signing::key(args.key.as_deref())?;
    let destination = Destination::find(&args.output, args.force)?;
    let ready = CommandContext::from_database(flags, args.update).await?;
    ready.settings.check_output(destination.path())?;
    let sender = args.sender(&ready, pepper)?;
    let facts = Facts { store: ready.store()?, since: args.since_ms(&ready), key };
    let responses = match &destination {
        Destination::File(place) => {
            let (file, responses) = facts.write(sender, place.begin()?, place.failed()).await?;
            place.finish(file)?;
            responses
        }
        Destination::Stream(path) => {
            let fail = || AppError::io(format!("write `{}`", printable::path(path)));
            let stream = open_stream(path).map_err(fail())?;
            if stream.is_terminal {
                let path = printable::path(path);
                return Err(AppError::Query(format!(
                    "`{path}` is a terminal, and the file is compressed\nspecify a file"
                )));
            }
            let (mut out, responses) = facts.write(sender, stream.out, fail()).await?;
            out.flush().map_err(fail())?;
            responses
        }
    };
    let responses = counted(responses, "response", "responses");
    logging::complain(format_args!("{responses} in `{}`", printable::path(&args.output)));
    ready.close().await
}

impl ExportFactsArgs {
    /// Returns this machine as the file names it.
    fn sender(&self, ready: &CommandContext, pepper: Pepper) -> Result<Sender, AppError> {
        let id = own_id(&ready.settings.database)?;
        let digits = id.to_string();
        let name = self.machine.clone().unwrap_or_else(|| digits[..DIGITS_OF_NAME].to_owned());
        Ok(Sender {
            machine: id,
            name,
            level: self.level,
            pepper,
            at_ms: Clock::system().now_ms(),
            push: None,
        })
    }

    /// Returns the beginning of the first day.
    fn since_ms(&self, ready: &CommandContext) -> EpochMs {
        self.since.map_or(EpochMs::MIN, |day| day_start_ms(day, ready.tz()))
    }
}

/// The responses that are written.
struct Facts<'s> {
    store: &'s Store,
    since: EpochMs,
    /// What signs them.
    key: Option<SigningKey>,
}

impl Facts<'_> {
    /// Writes the responses. Returns what they were written to, and how many they are.
    ///
    /// All have one revision: what the machine claims from that time on.
    async fn write<W: Write>(
        &self,
        sender: Sender,
        to: W,
        failed: impl FnOnce(io::Error) -> AppError,
    ) -> Result<(W, u64), AppError> {
        let revision = sender.at_ms.0.unsigned_abs();
        let mut writer = Writer::new(sender, to);
        let (mut after, mut count) = (EventId(i64::MIN), 0);
        loop {
            let page = self.store.reported_responses(self.since, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            (after, count) = (last.event, count + page.len() as u64);
            let written =
                page.iter().try_for_each(|response| writer.write(&known_response(response, revision)));
            if let Err(error) = written {
                return Err(failed(error));
            }
        }
        let to = match &self.key {
            Some(key) => writer.finish_signed(|digest| signed(key, digest)),
            None => writer.finish(),
        };
        Ok((to.map_err(failed)?, count))
    }
}

fn signed(key: &SigningKey, sha256: String) -> StreamSignature {
    let of = key.sign(Signed::Facts, &sha256);
    StreamSignature { sha256, public_key: of.public_key, signature: of.signature }
}
