//! `ctm import history`: figures that other programs kept.
//!
//! # Design
//!
//! A file is read whole before anything is stored, so that a refused file changes nothing. The bytes of a file identify it, so that
//! importing it twice is importing it once.

use super::super::context::{self, CommandContext, Flags};
use super::super::output::{CommandOutput, JsonArgs};
use super::super::table::{Row, Table, Value};
use super::super::text::{counted, local_day};
use crate::error::AppError;
use crate::wrapping::width;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use ctm_facts::imports::{ImportChange, ImportContent, ImportPeriod, OtherProgram, StoredImport};
use ctm_report::clock::Clock;
use ctm_report::wire::{ImportedFile, ImportedUsage, Imports};
use ctm_storage::{Store, read_foreign};
use ctm_types::printable::{self, one_line, with_causes};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The first bytes of a SQLite database.
const SQLITE: &[u8] = b"SQLite format 3\0";

/// The fewest digits of a digest that name a file.
const FEWEST_DIGITS: usize = 8;

/// Bytes that are read at once.
const CHUNK: usize = 64 << 10;

#[derive(Debug, Args)]
pub(super) struct HistoryArgs {
    /// Files of ccusage, claude-monitor, toktrack, Token-Dashboard or agentsview [default: list what was imported]
    #[arg(value_name = "FILE", conflicts_with_all = ["remove", "days", "json"])]
    files: Vec<PathBuf>,
    /// Refuse files of other programs than this one [default: detected]
    #[arg(long, value_name = "PROGRAM", value_parser = program(), requires = "files")]
    kind: Option<OtherProgram>,
    /// List what was imported by day, beside what is known here
    #[arg(long)]
    days: bool,
    /// Remove an imported file, by its name or its first digits, or all of a program
    #[arg(long, value_name = "WHICH", conflicts_with_all = ["days", "json"])]
    remove: Option<String>,
    #[command(flatten)]
    form: JsonArgs,
}

fn program() -> impl TypedValueParser<Value = OtherProgram> {
    let parse = |name: String| OtherProgram::of_name(&name).ok_or("no such program");
    PossibleValuesParser::new(OtherProgram::ALL.map(OtherProgram::name)).try_map(parse)
}

/// A file that was read.
struct ReadFile {
    name: String,
    digest: String,
    content: ImportContent,
}

/// Runs `ctm import history`.
pub(super) async fn run(flags: Flags, args: &HistoryArgs) -> Result<(), AppError> {
    if args.files.is_empty() && args.remove.is_none() {
        return list(flags, args).await;
    }
    // Before the database, which may not exist yet.
    let files = args.files.iter().map(|path| read(path, args.kind)).collect::<Result<Vec<_>, _>>()?;
    let (settings, prices) = context::start(flags)?;
    let store = context::open_store(&settings, &prices).await?;
    let done = match &args.remove {
        Some(which) => remove(&store, which).await,
        None => import(&store, &files).await,
    };
    store.close().await;
    CommandOutput::Page(done?).print()
}

async fn import(store: &Store, files: &[ReadFile]) -> Result<String, AppError> {
    let mut lines = Vec::new();
    for file in files {
        let at = Clock::system().now_ms();
        let change = store.import_figures(&file.digest, &file.name, &file.content, at).await?;
        lines.push(described(file, change));
    }
    Ok(lines.join("\n"))
}

fn described(file: &ReadFile, change: ImportChange) -> String {
    let ReadFile { name, content, .. } = file;
    let name = one_line(name);
    if !change.is_new {
        return format!("{name}: imported before");
    }
    let periods: BTreeSet<&ImportPeriod> = content.figures.iter().map(|figure| &figure.period).collect();
    let tokens = content.figures.iter().fold(0_u64, |sum, figure| sum.saturating_add(figure.tokens.total()));
    let mut line = format!(
        "{name}: {} of {}, {}, in no sum",
        counted(periods.len() as u64, "period", "periods"),
        content.program,
        counted(tokens, "token", "tokens"),
    );
    if change.replaced > 0 {
        let replaced = counted(change.replaced, "period", "periods");
        line.push_str(&format!("\n  replaced: {replaced} of an earlier file"));
    }
    if content.undated > 0 {
        let undated = counted(content.undated, "response", "responses");
        line.push_str(&format!("\n  left out: {undated} without a time"));
    }
    if content.zone.is_none() {
        line.push_str("\n  the zone of its days is unknown");
    }
    line
}

/// Reads a file of another program.
fn read(path: &Path, kind: Option<OtherProgram>) -> Result<ReadFile, AppError> {
    let refused = |reason: String| {
        AppError::Query(format!("nothing was imported: `{}`: {reason}", printable::path(path)))
    };
    let unreadable = |error: io::Error| refused(error.to_string());
    let (mut file, _) = ctm_reader::open_regular(path).map_err(unreadable)?;
    let mut head = Vec::new();
    (&mut file).take(SQLITE.len() as u64).read_to_end(&mut head).map_err(unreadable)?;
    let (digest, content) = if head == SQLITE {
        let before = digest(path).map_err(unreadable)?;
        let content = read_foreign(path).map_err(|error| refused(with_causes(&error)))?;
        if let Some(kind) = kind.filter(|kind| *kind != content.program) {
            return Err(refused(format!("it is a file of {}, not of {kind}", content.program)));
        }
        if digest(path).map_err(unreadable)? != before {
            return Err(refused("it changed while it was read\nclose the program that writes it".to_owned()));
        }
        (before, content)
    } else {
        let bytes = ctm_reader::read_regular(path, ctm_imports::MOST_BYTES).map_err(unreadable)?;
        let content = ctm_imports::read(&bytes, kind).map_err(|error| refused(with_causes(&error)))?;
        (hex::encode(Sha256::digest(&bytes)), content)
    };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(ReadFile { name, digest, content })
}

fn digest(path: &Path) -> io::Result<String> {
    let (mut file, _): (File, _) = ctm_reader::open_regular(path)?;
    let (mut hash, mut chunk) = (Sha256::new(), vec![0; CHUNK]);
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(hex::encode(hash.finalize())),
            read => hash.update(&chunk[..read]),
        }
    }
}

async fn remove(store: &Store, which: &str) -> Result<String, AppError> {
    let imports = store.imports().await?;
    let is_meant = |import: &&StoredImport| {
        let is_digest = which.len() >= FEWEST_DIGITS && import.digest.starts_with(which);
        is_digest || import.name == which || import.program.name() == which
    };
    let meant: Vec<&StoredImport> = imports.iter().filter(is_meant).collect();
    if meant.is_empty() {
        return Err(AppError::Query(format!(
            "no imported file is called `{}`\n`ctm import history` lists them",
            one_line(which)
        )));
    }
    let digests: Vec<&str> = meant.iter().map(|import| &*import.digest).collect();
    store.remove_imports(&digests).await?;
    let removed =
        |import: &&StoredImport| format!("Removed {} of {}", one_line(&import.name), import.program);
    Ok(meant.iter().map(removed).collect::<Vec<_>>().join("\n"))
}

async fn list(flags: Flags, args: &HistoryArgs) -> Result<(), AppError> {
    let ready = CommandContext::from_database(flags, context::UpdateArgs { no_update: true }).await?;
    let imports = ready.reporter.imports(ready.tz()).await?;
    let output = if args.form.json {
        CommandOutput::json(&imports)
    } else {
        Ok(CommandOutput::Page(page(&imports, args.days, &ready)))
    };
    ready.close().await?;
    output?.print()
}

fn page(imports: &Imports, by_day: bool, ready: &CommandContext) -> String {
    if imports.files.is_empty() {
        return "Nothing of other programs. `ctm import history FILE` adds it.".to_owned();
    }
    let tz = ready.tz();
    let (head, rows) = if by_day {
        let head = ["Program", "From", "To", "Of", "Zone", "Tokens", "Known here", "Difference"].to_vec();
        (head, imports.items.iter().map(usage_row).collect())
    } else {
        let row = |file: &ImportedFile| {
            let [digest, at] = [file.digest[..FEWEST_DIGITS].to_owned(), local_day(file.imported_at, tz)];
            let names = [file.name.as_str(), file.program, &digest, &at, zone(file.zone.as_deref())];
            let counts = [Value::Count(file.periods as u64), Value::Count(file.total_tokens)];
            Row::new(names.map(Value::name).into_iter().chain(counts).collect())
        };
        let head = ["File", "Program", "Digest", "Imported", "Zone", "Periods", "Tokens"].to_vec();
        (head, imports.files.iter().map(row).collect())
    };
    let head = head.into_iter().map(str::to_owned).collect();
    Table { head, rows, total: None, compact: false }.render(width())
}

fn zone(zone: Option<&str>) -> &str {
    zone.unwrap_or("unknown")
}

fn usage_row(usage: &ImportedUsage) -> Row {
    let [here, difference] = match &usage.known {
        Some(known) => {
            let signed = format!("{:+}", known.difference_tokens);
            [Value::Count(known.total_tokens), Value::Name(signed)]
        }
        None => [Value::Nothing, Value::Nothing],
    };
    let [from, to] = [usage.from, usage.to].map(|day| day.to_string());
    let names = [usage.program, &*from, &*to, usage.grain, zone(usage.zone.as_deref())].map(Value::name);
    let figures = [Value::Count(usage.total_tokens), here, difference];
    Row::new(names.into_iter().chain(figures).collect())
}
