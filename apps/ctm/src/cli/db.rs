//! `ctm db`: maintenance of the database.

use super::backup::{irregular, write_backup};
use super::context::{self, Flags};
use super::destination::follow;
use super::forget::{self, ForgetArgs, RememberArgs};
use super::output::{CommandOutput, JsonArgs};
use super::text::{bytes, counted};
use crate::error::AppError;
use crate::progress;
use clap::{Args, Subcommand};
use ctm_config::settings::Settings;
use ctm_facts::{Comparison, Depth, Inspection, Missing};
use ctm_ingest::backups::{self, CheckedBackup};
use ctm_pricing::PriceBook;
use ctm_report::clock::Clock;
use ctm_storage::{Alone, Store, inspect, newest_schema_version};
use ctm_types::printable::{self, with_causes};
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(super) struct DbArgs {
    #[command(subcommand)]
    command: DbCommand,
}

#[derive(Debug, Subcommand)]
enum DbCommand {
    /// Show the path and the contents of the database
    Status(JsonArgs),
    /// Copy the database to a file, also while a server is running
    Backup {
        /// File to write; by default a new one in the backup folder of the database
        file: Option<PathBuf>,
        /// Overwrite an existing file
        #[arg(long)]
        force: bool,
    },
    /// Replace the database by a backup, after a check; the old file is kept next to it
    Restore {
        /// File that `ctm db backup` wrote
        file: PathBuf,
        /// Check the backup and compare it with the database, and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Check every page, index, reference and daily total
    Check,
    /// Read all transcripts again; the usage of deleted ones is kept
    Rebuild,
    /// Release unused space
    Vacuum,
    /// Remove usage permanently, and exclude it from then on
    Forget(Box<ForgetArgs>),
    /// Read forgotten usage again, from the transcripts that still exist
    Remember(RememberArgs),
}

/// The status of the database, for programs.
#[derive(Serialize)]
struct Status {
    path: String,
    schema_version: i64,
    /// `true` if the schema is up to date.
    is_current: bool,
    data_version: u64,
    size_bytes: u64,
    free_bytes: u64,
    responses: u64,
    transcripts: u64,
    transcripts_gone: u64,
    /// Forgotten responses.
    forgotten: u64,
    problems: Vec<String>,
}

/// Runs a subcommand.
pub(super) async fn run(flags: Flags, args: &DbArgs) -> Result<(), AppError> {
    let (settings, prices) = context::start(flags)?;
    match &args.command {
        DbCommand::Status(form) => status(&settings, *form).await,
        DbCommand::Backup { file, force } => backup(&settings, file.as_deref(), *force).await,
        DbCommand::Restore { file, dry_run } => restore(&settings, file, *dry_run).await,
        DbCommand::Check => check(&settings, &prices).await,
        DbCommand::Rebuild => rebuild(&settings, &prices).await,
        DbCommand::Vacuum => vacuum(&settings).await,
        DbCommand::Forget(args) => forget::forget(settings, prices, args).await,
        DbCommand::Remember(args) => forget::remember(settings, prices, args).await,
    }
}

async fn status(settings: &Settings, form: JsonArgs) -> Result<(), AppError> {
    settings.check_database()?;
    let inspection = inspect(&settings.database, Depth::Quick).await?;
    let is_current = inspection.schema_version == newest_schema_version();
    let answer = if form.json {
        CommandOutput::json(&Status {
            path: settings.database.display().to_string(),
            schema_version: inspection.schema_version,
            is_current,
            data_version: inspection.data_version,
            size_bytes: inspection.size_bytes,
            free_bytes: inspection.free_bytes,
            responses: inspection.responses,
            transcripts: inspection.transcripts,
            transcripts_gone: inspection.transcripts_gone,
            forgotten: inspection.forgotten,
            problems: inspection.problems,
        })?
    } else {
        CommandOutput::Page(tell(&settings.database, &inspection, is_current))
    };
    answer.print()
}

fn tell(path: &Path, of: &Inspection, is_current: bool) -> String {
    let schema = if is_current { "current" } else { "older; the next report updates it" };
    let mut lines = vec![
        format!("Database     {}", printable::path(path)),
        format!("Size         {}, of which {} unused", bytes(of.size_bytes), bytes(of.free_bytes)),
        format!("Schema       {} ({schema})", of.schema_version),
        format!(
            "Contents     {} of {}, {} deleted",
            counted(of.responses, "response", "responses"),
            counted(of.transcripts, "transcript", "transcripts"),
            counted(of.transcripts_gone, "is", "are"),
        ),
    ];
    if of.forgotten > 0 {
        lines.push(format!("Forgotten    {}", counted(of.forgotten, "response", "responses")));
    }
    let problems = of.problems.iter().map(|problem| printable::one_line(problem));
    lines.extend(problems.map(|problem| format!("Damaged      {problem}")));
    lines.join("\n")
}

async fn backup(settings: &Settings, file: Option<&Path>, force: bool) -> Result<(), AppError> {
    settings.check_database()?;
    let file = match file {
        Some(file) => file.to_owned(),
        None => {
            backups::create_folder(&backups::folder(&settings.database))?;
            backups::new_file(&settings.database, Clock::system().now())
        }
    };
    let written = write_backup(settings, &file, force).await?;
    let responses = counted(written.responses, "response", "responses");
    let file = printable::path(&file);
    CommandOutput::Page(format!("{responses} in `{file}`, {}.", bytes(written.size_bytes))).print()
}

async fn restore(settings: &Settings, file: &Path, dry_run: bool) -> Result<(), AppError> {
    if !file.exists() {
        return Err(AppError::Query(format!("no such file `{}`", printable::path(file))));
    }
    check_regular(file, "specify a file written by `ctm db backup`")?;
    settings.check_other_than_database(file)?;
    // A link to the database is kept, and its log is next to the target of the link.
    let write = AppError::io(format!("write `{}`", settings.database.display()));
    let database = &follow(&settings.database).map_err(write)?;
    if database.exists() {
        check_regular(database, "specify the database with --database")?;
    }
    if let Some(folder) = database.parent() {
        fs::create_dir_all(folder)
            .map_err(AppError::io(format!("create the folder `{}`", folder.display())))?;
    }
    let backup = CheckedBackup::of(file, database).await?;
    if dry_run {
        let responses = counted(backup.found.responses, "response", "responses");
        return CommandOutput::Page(describe_dry_run(&responses, backup.compare().await?)).print();
    }
    let mut text = format!("{} in place.", counted(backup.found.responses, "response is", "responses are"));
    if let Some(kept) = backup.put(Clock::system().now()).await? {
        text.push_str(&format!("\nThe previous database is in `{}`.", printable::path(&kept)));
    }
    CommandOutput::Page(text).print()
}

fn describe_dry_run(responses: &str, comparison: Option<Comparison>) -> String {
    let mut lines = vec![format!("Backup                {responses}, undamaged")];
    match comparison {
        Some(Comparison { only_in_backup, only_in_database }) => {
            lines.push(format!("Only in the backup    {}", describe_missing(only_in_backup)));
            lines.push(format!("Only in the database  {}", describe_missing(only_in_database)));
        }
        None => lines
            .push("No database to compare with: it is missing, damaged, or of an older version.".to_owned()),
    }
    lines.push("Nothing was changed.".to_owned());
    lines.join("\n")
}

fn describe_missing(of: Missing) -> String {
    if of.responses == 0 {
        return "nothing".to_owned();
    }
    format!(
        "{} of {}, {}",
        counted(of.responses, "response", "responses"),
        counted(of.days, "UTC day", "UTC days"),
        counted(of.tokens, "token", "tokens"),
    )
}

async fn check(settings: &Settings, prices: &PriceBook) -> Result<(), AppError> {
    settings.check_database()?;
    let found = inspect(&settings.database, Depth::Thorough).await?;
    let mut problems = found.problems;
    // Derived data of an older version is recomputed by the next update.
    if found.schema_version == newest_schema_version() {
        let store = Store::open_to_read(&settings.database, prices.context_thresholds()).await?;
        let differing = store.differing_days().await;
        store.close().await;
        match differing {
            Ok(days) if days.is_empty() => {}
            Ok(days) => {
                let days = counted(days.len() as u64, "day is", "days are");
                problems.push(format!("the sums of {days} different from its responses"));
            }
            Err(error) => problems.push(with_causes(&error)),
        }
    }
    check_sound(
        &settings.database,
        problems,
        "`ctm db rebuild` repairs sums, and facts of existing transcripts; otherwise restore a backup with \
         `ctm db restore FILE`, or move it away: a new one is created from the existing transcripts",
    )?;
    let responses = counted(found.responses, "response", "responses");
    let database = printable::path(&settings.database);
    CommandOutput::Page(format!("`{database}` is in order: {responses}.")).print()
}

async fn rebuild(settings: &Settings, prices: &PriceBook) -> Result<(), AppError> {
    settings.check_homes()?;
    let store = context::open_store(settings, prices).await?;
    let mut ingestor = context::ingestor(settings, store.clone()).await?;
    let outcome = progress::with_bar(ingestor.status(), ingestor.read_again()).await?;
    context::report_problems(&outcome.problems);
    store.close().await;
    ingestor.close().await?;
    let found = inspect(&settings.database, Depth::Quick).await?;
    let read = found.transcripts.saturating_sub(found.transcripts_gone);
    CommandOutput::Page(format!(
        "{} read again. {} stored, including those of {} that {} deleted.",
        counted(read, "transcript is", "transcripts are"),
        counted(found.responses, "response is", "responses are"),
        counted(found.transcripts_gone, "transcript", "transcripts"),
        if found.transcripts_gone == 1 { "is" } else { "are" },
    ))
    .print()
}

async fn vacuum(settings: &Settings) -> Result<(), AppError> {
    settings.check_database()?;
    let before = inspect(&settings.database, Depth::Quick).await?.size_bytes;
    let mut alone = Alone::open(&settings.database).await?;
    alone.vacuum().await?;
    alone.close().await?;
    let after = inspect(&settings.database, Depth::Quick).await?.size_bytes;
    CommandOutput::Page(format!("{} before, {} now.", bytes(before), bytes(after))).print()
}

fn check_regular(path: &Path, advice: &str) -> Result<(), AppError> {
    if path.is_file() { Ok(()) } else { Err(irregular(path, advice)) }
}

fn check_sound(path: &Path, problems: Vec<String>, advice: &'static str) -> Result<(), AppError> {
    if problems.is_empty() {
        return Ok(());
    }
    Err(AppError::Damaged { path: path.to_owned(), problems, advice })
}
