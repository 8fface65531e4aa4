//! `ctm prove` and `ctm verify`: bundles of sessions, and their check.

use super::context::{self, CommandContext, Flags, UpdateArgs};
use super::destination::{Destination, open_stream};
use super::output::{CommandOutput, JsonArgs, bad, bold, good, warning};
use super::signing;
use super::text::{count, counted, usd, usd_at_least};
use crate::error::AppError;
use crate::logging;
use clap::Args;
use ctm_pricing::PriceBook;
use ctm_proof::schema::schema;
use ctm_proof::verify::{Finding, compare, read};
use ctm_proof::{ProofBundle, Verdict, verify};
use ctm_reader::read_regular;
use ctm_types::printable::{self, one_line};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Exit code of a bundle that does not hold.
const FAILS: u8 = 11;

/// The largest bundle, in bytes.
const MOST_FILE_BYTES: u64 = 256 << 20;

#[derive(Debug, Args)]
pub(super) struct ProveArgs {
    /// Id of the session
    #[arg(long, value_name = "ID", required_unless_present = "schema")]
    session: Option<String>,
    /// Print the JSON Schema of bundles and of the statements of seals
    #[arg(long, conflicts_with_all = ["session", "output", "key"])]
    schema: bool,
    /// File to write [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Overwrite an existing file
    #[arg(long, requires = "output")]
    force: bool,
    /// Sign with the key in this file, which `ctm close --make-key` makes
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    #[command(flatten)]
    update: UpdateArgs,
}

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// Bundle of `ctm prove`
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Require a signature by this public key, in hexadecimal digits
    #[arg(long, value_name = "KEY")]
    signed_by: Option<String>,
    /// Compare with the facts of this machine, too
    #[arg(long)]
    against_home: bool,
    #[command(flatten)]
    update: UpdateArgs,
    #[command(flatten)]
    form: JsonArgs,
}

/// Writes a bundle.
pub(super) async fn prove(flags: Flags, args: &ProveArgs) -> Result<(), AppError> {
    let Some(session) = &args.session else {
        return CommandOutput::Page(schema()).print();
    };
    // Before reading transcripts, which may take long.
    let key = signing::key(args.key.as_deref())?;
    let destination = args.output.as_deref().map(|file| Destination::find(file, args.force)).transpose()?;
    let ready = CommandContext::from_database(flags, args.update).await?;
    let bundle = ready.archive()?.session_bundle(session, env!("CARGO_PKG_VERSION"), key.as_ref()).await?;
    match (destination, &args.output) {
        (Some(destination), Some(file)) => {
            ready.settings.check_output(destination.path())?;
            write(&bundle, &destination, file)?;
        }
        _ => CommandOutput::json(&bundle)?.print()?,
    }
    ready.close().await
}

fn write(bundle: &ProofBundle, destination: &Destination, named: &Path) -> Result<(), AppError> {
    let fail = || AppError::io(format!("write `{}`", printable::path(named)));
    let text = serde_json::to_string_pretty(bundle).map_err(|error| fail()(error.into()))? + "\n";
    match destination {
        Destination::File(place) => {
            let mut file = place.begin()?;
            file.write_all(text.as_bytes()).map_err(place.failed())?;
            place.finish(file)?;
        }
        Destination::Stream(path) => {
            let mut stream = open_stream(path).map_err(fail())?;
            stream.out.write_all(text.as_bytes()).and_then(|()| stream.out.flush()).map_err(fail())?;
        }
    }
    let responses = counted(bundle.statement.responses.len() as u64, "response", "responses");
    logging::complain(format_args!("{responses} in `{}`", printable::path(named)));
    Ok(())
}

/// Checks a bundle. The exit code is 0 if all of it holds, else 11.
pub(super) async fn check(flags: Flags, args: &VerifyArgs) -> Result<ExitCode, AppError> {
    let shown = printable::path(&args.file);
    let bytes = read_regular(&args.file, MOST_FILE_BYTES).map_err(AppError::io(format!("read `{shown}`")))?;
    let bundle = read(&bytes).map_err(|error| {
        AppError::Query(one_line(&format!("`{shown}` cannot be checked: {error}")).into_owned())
    })?;
    let (_, prices) = context::start(flags.clone())?;
    let builtin = PriceBook::builtin();
    let is_builtin = bundle.statement.price_version == builtin.version();
    let mut verdict = verify(&bundle, if is_builtin { &builtin } else { &prices });
    if let Some(wanted) = &args.signed_by {
        verdict.add(Finding::signer(&bundle, wanted));
    }
    if args.against_home {
        verdict.add(own_facts(flags, args.update, &bundle).await?);
    }
    let answer =
        if args.form.json { CommandOutput::json(&verdict)? } else { CommandOutput::Page(page(&verdict)) };
    answer.print()?;
    Ok(if verdict.holds { ExitCode::SUCCESS } else { ExitCode::from(FAILS) })
}

/// Compares a bundle with the facts of this machine.
async fn own_facts(flags: Flags, update: UpdateArgs, bundle: &ProofBundle) -> Result<Finding, AppError> {
    let ready = CommandContext::from_database(flags, update).await?;
    let archive = ready.archive()?;
    let finding = match archive.session_of_hash(&bundle.statement.session).await? {
        Some(session) => {
            compare(bundle, &archive.session_bundle(&session, env!("CARGO_PKG_VERSION"), None).await?)
        }
        None => Finding::unknown_session(),
    };
    ready.close().await?;
    Ok(finding)
}

fn page(verdict: &Verdict) -> String {
    let totals = &verdict.totals;
    let cost = if verdict.is_exact { usd(Some(totals.cost_usd.0)) } else { usd_at_least(totals.cost_usd.0) };
    let responses = counted(totals.responses, "response", "responses");
    let mut text = vec![bold(&format!("{responses}, {} tokens, {cost}", count(totals.tokens())))];
    for finding in &verdict.findings {
        let state = match finding.holds {
            Some(true) => good("holds"),
            Some(false) => bad("does not hold"),
            None => warning("not checked"),
        };
        text.push(format!("{}: {state}: {}", finding.check, one_line(&finding.text)));
        text.extend(finding.problems.iter().map(|problem| format!("  {}", one_line(problem))));
    }
    let verdict =
        if verdict.holds { good("All that was checked holds.") } else { bad("The bundle does not hold.") };
    text.push(verdict);
    text.join("\n")
}
