//! `ctm db forget` and `ctm db remember`: removing facts, and reading them again.

use super::backup::write_backup;
use super::context;
use super::filter::day;
use super::output::{CommandOutput, JsonArgs, bold, dim, warning};
use super::statusline::spool;
use super::table::{Row, Table, Value};
use super::text::{count, counted, local, local_day};
use crate::error::AppError;
use crate::progress;
use crate::wrapping::width;
use chrono::NaiveDate;
use chrono_tz::Tz;
use clap::{ArgGroup, Args};
use ctm_aggregate::DateRange;
use ctm_config::settings::Settings;
use ctm_facts::{Forgetting, Removal, Resolved, Selection, name_hash};
use ctm_ingest::backups::with_suffix;
use ctm_ingest::ingest::Ingestor;
use ctm_pricing::PriceBook;
use ctm_report::clock::Clock;
use ctm_report::{DatabaseReports, Homes, wire};
use ctm_storage::Store;
use ctm_types::printable::{self, one_line};
use ctm_types::{Catalog, EpochMs};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("selection").required(true).multiple(true)
    .args(["home", "source", "project", "session", "before", "after", "list"]))]
pub(super) struct ForgetArgs {
    /// All usage from this Claude home, by label or path; may be repeated
    #[arg(long, value_name = "HOME")]
    home: Vec<String>,
    /// An older name of `--home`
    #[arg(long, value_name = "HOME", hide = true, conflicts_with = "home")]
    source: Vec<String>,
    /// Usage of this project, by working directory; may be repeated
    #[arg(long, value_name = "DIR", allow_hyphen_values = true)]
    project: Vec<String>,
    /// Usage of the session with this id; may be repeated
    #[arg(long, value_name = "ID")]
    session: Vec<String>,
    /// Only usage before this day, as YYYY-MM-DD
    #[arg(long, value_name = "DAY", value_parser = day)]
    before: Option<NaiveDate>,
    /// Only usage after this day, as YYYY-MM-DD
    #[arg(long, value_name = "DAY", value_parser = day)]
    after: Option<NaiveDate>,
    /// Show what would be removed, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
    /// Backup file to write first [default: next to the database, with the time]
    #[arg(long, value_name = "FILE")]
    backup: Option<PathBuf>,
    /// Make no backup
    #[arg(long, conflicts_with = "backup")]
    no_backup: bool,
    /// List past runs with time and amount
    #[arg(long, conflicts_with_all = ["home", "source", "project", "session", "before", "after", "dry_run", "yes", "backup", "no_backup"])]
    list: bool,
    #[command(flatten)]
    form: JsonArgs,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("decisions").required(true))]
pub(super) struct RememberArgs {
    /// Numbers from `ctm db forget --list`
    #[arg(value_name = "NUMBER", group = "decisions")]
    numbers: Vec<i64>,
    /// All forgotten usage
    #[arg(long, group = "decisions")]
    all: bool,
}

/// The removed facts, or a preview, for programs.
#[derive(Serialize)]
struct Report<'a> {
    /// Number of the run; null when nothing was removed.
    number: Option<i64>,
    dry_run: bool,
    /// The backup file; null without a backup.
    backup: Option<String>,
    #[serde(flatten)]
    selected: &'a wire::Selected,
}

/// A run in the list. A name that is no longer in the database is a hash with a leading `#`.
#[derive(Serialize)]
struct Listed {
    number: i64,
    at: wire::Time,
    homes: Vec<String>,
    projects: Vec<String>,
    sessions: Vec<String>,
    /// Start of the time span; null when unbounded.
    from: Option<wire::Time>,
    /// End of the time span, exclusive; null when unbounded.
    until: Option<wire::Time>,
    responses: u64,
    tokens: u64,
}

/// An updated database, with its reporter.
struct Opened {
    settings: Settings,
    store: Store,
    ingestor: Ingestor,
    archive: DatabaseReports,
}

impl Opened {
    /// Opens an existing database.
    async fn new(settings: Settings, prices: PriceBook) -> Result<Self, AppError> {
        settings.check_database()?;
        let store = context::open_store(&settings, &prices).await?;
        let ingestor = context::ingestor(&settings, store.clone()).await?;
        let reporter = context::reporter(&settings, prices, store.clone());
        let archive = DatabaseReports::new(store.clone(), reporter);
        Ok(Self { settings, store, ingestor, archive })
    }

    /// Updates the database.
    async fn read(&mut self) -> Result<(), AppError> {
        let outcome = progress::with_bar(self.ingestor.status(), self.ingestor.scan()).await?;
        context::report_problems(&outcome.problems);
        Ok(())
    }

    async fn close(self) -> Result<(), AppError> {
        self.store.close().await;
        Ok(self.ingestor.close().await?)
    }
}

/// Lists past runs, or forgets the selected facts.
pub(super) async fn forget(settings: Settings, prices: PriceBook, args: &ForgetArgs) -> Result<(), AppError> {
    if !(args.list || args.dry_run || args.yes || std::io::stdin().is_terminal()) {
        return Err(AppError::Query(
            "nothing was forgotten: confirmation needs a terminal\nuse --yes to skip it, or --dry-run for \
             a preview"
                .to_owned(),
        ));
    }
    let mut opened = Opened::new(settings, prices).await?;
    let before = opened.store.forgotten_version().await?;
    let answer = if args.list { list(&opened, args.form).await? } else { remove(&mut opened, args).await? };
    answer.print()?;
    if opened.store.forgotten_version().await? == before {
        return opened.close().await;
    }
    let path = opened.settings.database.clone();
    let erased = opened.store.erase().await;
    opened.close().await?;
    erased.map_err(|source| AppError::NotErased { path, source })
}

async fn remove(opened: &mut Opened, args: &ForgetArgs) -> Result<CommandOutput, AppError> {
    // Transcripts that are not read yet would be added later.
    opened.read().await?;
    spool::store_kept(&opened.store).await?;
    let tz = opened.settings.tz;
    let names = opened.archive.names().await?;
    let selection = selection(opened, args, &names).await?;
    let selected = opened.store.selected(&selection).await?;
    let seals = opened.archive.sealed_texts().await?;
    let preview = opened.archive.selected(&selected, &names, &seals, tz);
    let unchanged = |text: String| {
        let report = Report { number: None, dry_run: args.dry_run, backup: None, selected: &preview };
        answer(args.form, &report, text)
    };
    if is_nothing(&selected, &selection, &opened.settings) {
        return unchanged("Nothing in the database matches; nothing was changed.".to_owned());
    }
    let shown = page(&preview);
    if args.dry_run {
        return unchanged(format!("{shown}\n\nNothing was changed."));
    }
    if !args.yes && !confirm(&shown)? {
        return unchanged("Nothing was changed.".to_owned());
    }
    let backup = back_up(&opened.settings, args).await?;
    let Removal { decision: number, removed } =
        opened.store.forget(&selection, Clock::system().now_ms()).await?;
    // Responses that another home logs too are read again from there.
    opened.read().await?;
    let removed = opened.archive.selected(&removed, &names, &seals, tz);
    let mut text = if args.yes { format!("{}\n\n", page(&removed)) } else { String::new() };
    if let Some(number) = number {
        text.push_str(&format!("Forgotten, as number {number}; `ctm db remember {number}` reads it again."));
    }
    if let Some(backup) = &backup {
        text.push_str(&format!(
            "\nThe backup `{}` still contains the forgotten facts: delete it to remove them completely.",
            printable::path(backup)
        ));
    }
    let backup = backup.map(|file| file.display().to_string());
    answer(args.form, &Report { number, dry_run: false, backup, selected: &removed }, text)
}

fn answer(form: JsonArgs, report: &Report<'_>, text: String) -> Result<CommandOutput, AppError> {
    if form.json { CommandOutput::json(report) } else { Ok(CommandOutput::Page(text)) }
}

/// Makes a backup of the database, unless disabled, and returns the file.
async fn back_up(settings: &Settings, args: &ForgetArgs) -> Result<Option<PathBuf>, AppError> {
    if args.no_backup {
        return Ok(None);
    }
    let beside = || {
        let now = Clock::system().now().format("%Y%m%dT%H%M%S%3fZ");
        with_suffix(&settings.database, &format!(".before-forget-{now}"))
    };
    let file = args.backup.clone().unwrap_or_else(beside);
    write_backup(settings, &file, false).await?;
    Ok(Some(file))
}

/// Returns whether nothing would change: transcripts of a current home are read again at once.
fn is_nothing(selected: &Resolved, selection: &Selection, settings: &Settings) -> bool {
    let is_read = |home: &String| settings.homes.iter().any(|root| *root.name == **home);
    let only_transcripts = Resolved { transcripts: selected.transcripts, ..Resolved::default() };
    selected.is_empty() || (*selected == only_transcripts && selection.homes.iter().all(is_read))
}

async fn selection(opened: &Opened, args: &ForgetArgs, names: &Catalog) -> Result<Selection, AppError> {
    let tz = opened.settings.tz;
    let from_ms = args.after.map(|day| DateRange::day(day).bounds_ms(tz).end);
    let until_ms = args.before.map(|day| DateRange::day(day).bounds_ms(tz).start);
    if let (Some(from_ms), Some(until_ms)) = (from_ms, until_ms)
        && from_ms >= until_ms
    {
        return Err(AppError::Query("no day is between --after and --before".to_owned()));
    }
    let named = [args.home.as_slice(), &args.source].concat();
    let homes = if named.is_empty() { Vec::new() } else { homes(opened, &named, names).await? };
    Ok(Selection { homes, projects: args.project.clone(), sessions: args.session.clone(), from_ms, until_ms })
}

/// Returns the canonical paths of homes.
async fn homes(opened: &Opened, asked: &[String], names: &Catalog) -> Result<Vec<String>, AppError> {
    let mut known: BTreeSet<String> = names.homes.values().cloned().collect();
    known.extend(opened.store.stats_caches().await?.into_keys());
    let samples = opened.store.limit_samples(&(EpochMs::MIN..EpochMs::MAX), &[]).await?;
    known.extend(samples.into_iter().map(|sample| sample.home));
    let labels = Homes::new(&opened.settings.homes);
    let path_of = |home: &String| {
        let path = Path::new(home);
        let paths = [path.canonicalize().ok(), std::path::absolute(path).ok()];
        let paths = paths.into_iter().flatten().map(|path| path.display().to_string());
        let written = home.strip_suffix('/').unwrap_or(home).to_owned();
        let labelled: Vec<String> =
            labels.paths(home).into_iter().filter(|path| known.contains(path)).collect();
        if !labelled.is_empty() {
            return Ok(labelled);
        }
        let mut paths = [written].into_iter().chain(paths);
        let known_homes = || {
            let labels: BTreeSet<String> = known.iter().map(|path| labels.label(path)).collect();
            labels.into_iter().collect::<Vec<_>>().join(", ")
        };
        paths.find(|path| known.contains(path)).map(|path| vec![path]).ok_or_else(|| {
            AppError::Query(format!(
                "unknown Claude home `{}`\nthe database has {}",
                one_line(home),
                one_line(&known_homes())
            ))
        })
    };
    let paths: Vec<Vec<String>> = asked.iter().map(path_of).collect::<Result<_, _>>()?;
    Ok(paths.concat())
}

/// Shows what would be removed, and asks for confirmation.
fn confirm(page: &str) -> Result<bool, AppError> {
    let mut out = anstream::stderr().lock();
    let asked = write!(out, "{page}\n\nRemove these facts permanently? [y/N] ").and_then(|()| out.flush());
    asked.map_err(AppError::io("write to the terminal"))?;
    let mut said = String::new();
    std::io::stdin().read_line(&mut said).map_err(AppError::io("read the answer"))?;
    Ok(matches!(said.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Shows the selected facts.
fn page(selected: &wire::Selected) -> String {
    let at = |at: Option<wire::Time>| {
        let tz: Tz = selected.tz.parse().unwrap_or(Tz::UTC);
        at.map(|at| local_day(at, tz)).unwrap_or_default()
    };
    let row = |name: Value, of: &wire::Extent| {
        vec![
            name,
            Value::Count(of.usage.responses),
            Value::Count(of.usage.total_tokens),
            Value::cost(of.usage.cost_usd, of.usage.certainty),
            Value::Count(of.usage.sessions),
            Value::Count(of.days),
            Value::Name(at(of.first_at)),
            Value::Name(at(of.last_at)),
        ]
    };
    let head = ["Project", "Responses", "Tokens", "Cost", "Sessions", "Days", "First", "Last"];
    let table = Table {
        head: head.map(str::to_owned).to_vec(),
        rows: selected.projects.iter().map(|of| Row::new(row(Value::name(&of.project), &of.of))).collect(),
        total: Some(row(Value::name("All"), &selected.totals)),
        compact: false,
    };
    let others = [
        (selected.prompts, "prompt", "prompts"),
        (selected.session_facts, "fact of a session", "facts of sessions"),
        (selected.witnesses, "request of telemetry", "requests of telemetry"),
        (selected.limit_samples, "limit sample", "limit samples"),
        (selected.cache_samples, "sample of a prompt cache", "samples of prompt caches"),
        (
            selected.stats_cache_days,
            "day of Claude Code's own statistics",
            "days of Claude Code's own statistics",
        ),
    ];
    let others: Vec<String> = others
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, more)| counted(number, one, more))
        .collect();
    let mut text = vec![table.render(width())];
    if !others.is_empty() {
        text.push(format!("And {}.", others.join(", ")));
    }
    if selected.logged_elsewhere > 0 {
        let stay = counted(selected.logged_elsewhere, "response stays", "responses stay");
        text.push(format!("{stay}, because another home logs it too."));
    }
    if !selected.sealed_months.is_empty() {
        let months = selected.sealed_months.join(", ");
        text.push(warning(&format!(
            "Of sealed months, which this corrects: {months}. `ctm close` lists it."
        )));
    }
    text.push(dim(&format!(
        "Lines of {}; days in {}.",
        counted(selected.transcripts, "transcript", "transcripts"),
        selected.tz
    )));
    text.join("\n")
}

/// Lists past runs.
async fn list(opened: &Opened, form: JsonArgs) -> Result<CommandOutput, AppError> {
    let names = opened.archive.names().await?;
    let roots = opened.settings.homes.iter().map(|root| root.name.to_string());
    let names =
        names.homes.into_values().chain(names.projects.into_values()).chain(names.sessions.into_values());
    let known: BTreeMap<String, String> = names.chain(roots).map(|name| (name_hash(&name), name)).collect();
    let text_of = |hashes: &[String]| -> Vec<String> {
        let text = |hash: &String| known.get(hash).cloned().unwrap_or_else(|| format!("#{hash}"));
        hashes.iter().map(text).collect()
    };
    let item = |of: &Forgetting| Listed {
        number: of.id,
        at: wire::Time::of(of.at_ms),
        homes: text_of(&of.homes),
        projects: text_of(&of.projects),
        sessions: text_of(&of.sessions),
        from: of.from_ms.map(wire::Time::of),
        until: of.until_ms.map(wire::Time::of),
        responses: of.responses,
        tokens: of.tokens,
    };
    let listed: Vec<Listed> = opened.store.forgettings().await?.iter().map(item).collect();
    if form.json {
        return CommandOutput::json(&listed);
    }
    if listed.is_empty() {
        return Ok(CommandOutput::Page("Nothing was forgotten.".to_owned()));
    }
    let tz = opened.settings.tz;
    let lines = listed.iter().map(|of| {
        let (responses, tokens) =
            (counted(of.responses, "response", "responses"), counted(of.tokens, "token", "tokens"));
        let title = bold(&format!("{}  {}", of.number, local(of.at, tz)));
        format!("{title}  {responses}, {tokens}\n   {}", selectors(of, tz))
    });
    Ok(CommandOutput::Page(lines.collect::<Vec<_>>().join("\n")))
}

/// Describes a selection of facts.
fn selectors(of: &Listed, tz: Tz) -> String {
    let named = |kind: &str, names: &[String]| -> Option<String> {
        let names: Vec<String> = names.iter().map(|name| one_line(name).into_owned()).collect();
        (!names.is_empty()).then(|| format!("{kind} {}", names.join(" or ")))
    };
    let at = |word: &str, at: Option<wire::Time>| at.map(|at| format!("{word} {}", local(at, tz)));
    let parts = [
        named("home", &of.homes),
        named("project", &of.projects),
        named("session", &of.sessions),
        at("from", of.from),
        at("before", of.until),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Reads forgotten facts again, if their transcripts still exist.
pub(super) async fn remember(
    settings: Settings,
    prices: PriceBook,
    args: &RememberArgs,
) -> Result<(), AppError> {
    let mut opened = Opened::new(settings, prices).await?;
    let known: Vec<i64> = opened.store.forgettings().await?.iter().map(|of| of.id).collect();
    let unknown = args.numbers.iter().find(|number| !known.contains(number));
    if let Some(number) = unknown {
        return Err(AppError::Query(format!(
            "nothing was forgotten as number {number}\n`ctm db forget --list` lists the numbers"
        )));
    }
    if known.is_empty() {
        CommandOutput::Page("Nothing was forgotten.".to_owned()).print()?;
        return opened.close().await;
    }
    let before = opened.archive.response_count().await?;
    opened.store.remember(&args.numbers).await?;
    let outcome = progress::with_bar(opened.ingestor.status(), opened.ingestor.read_again()).await?;
    context::report_problems(&outcome.problems);
    let again = opened.archive.response_count().await?.saturating_sub(before);
    CommandOutput::Page(format!(
        "{} restored. Facts of deleted transcripts stay forgotten; a backup may contain them.",
        if again == 1 { "1 response was".to_owned() } else { format!("{} responses were", count(again)) }
    ))
    .print()?;
    opened.close().await
}
