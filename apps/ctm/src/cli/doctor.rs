//! `ctm doctor`: checks of the setup, each with advice where it fails.
//!
//! It changes nothing: it creates and migrates no database.

use super::audit;
use super::context::{self, Flags};
use super::healthcheck::{self, Health};
use super::output::{CommandOutput, JsonArgs, bad, good, warning};
use super::text::{bytes, count, counted, local};
use super::unread;
use crate::error::AppError;
use crate::logging::{self, Console};
use crate::wrapping::{width, wrapped};
use clap::Args;
use ctm_config::machine::machine_id;
use ctm_config::prices;
use ctm_config::settings::{Layers, Settings, Source, Warning, WatchMode};
use ctm_facts::{Depth, SimilarHomes};
use ctm_ingest::watch::{Hints, Watcher};
use ctm_pricing::{Pack, PriceBook};
use ctm_reader::{ClaudeHome, KnownPlace, discover, open_regular};
use ctm_report::clock::Clock;
use ctm_report::wire::{Retention, Telemetry};
use ctm_report::{DatabaseReports, EmptyReason, Query};
use ctm_storage::{StorageError, Store, inspect, newest_schema_version};
use ctm_types::printable::{one_line, with_causes};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// A price table that was not checked for so many days may be wrong.
const OLD_PRICES_DAYS: i64 = 60;

/// Columns before the text of a check.
const INDENT: usize = 21;

/// Columns of that text at least, however narrow the terminal is.
const MIN_TEXT_WIDTH: usize = 30;

/// Exit code with warnings.
const WARNINGS: u8 = 10;

/// Exit code with errors.
const ERRORS: u8 = 11;

#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    #[command(flatten)]
    form: JsonArgs,
}

/// Result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Ok,
    Warning,
    Error,
}

/// A check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Check {
    /// Subject.
    name: &'static str,
    /// Result.
    status: Status,
    /// Finding.
    message: String,
    /// Remedy, where one is needed.
    advice: Option<String>,
}

/// All checks, with the worst result.
#[derive(Debug, Serialize)]
struct Diagnosis {
    status: Status,
    checks: Vec<Check>,
}

impl Check {
    fn ok(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, status: Status::Ok, message: message.into(), advice: None }
    }

    /// Nothing is wrong, and something can be done.
    fn offer(name: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..Self::ok(name, message) }
    }

    fn warning(name: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, status: Status::Warning, message: message.into(), advice: Some(advice.into()) }
    }

    fn error(name: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, status: Status::Error, message: message.into(), advice: Some(advice.into()) }
    }

    /// Returns the check for a terminal of so many columns.
    fn lines(&self, width: usize) -> String {
        let status = match self.status {
            Status::Ok => good("ok     "),
            Status::Warning => warning("warning"),
            Status::Error => bad("error  "),
        };
        let texts = [Some(&self.message), self.advice.as_ref()].into_iter().flatten();
        let text_width = width.saturating_sub(INDENT).max(MIN_TEXT_WIDTH);
        let lines: Vec<String> = texts.flat_map(|text| wrapped(&one_line(text), text_width)).collect();
        format!("{status}  {:10}  {}", self.name, lines.join(&format!("\n{:INDENT$}", "")))
    }
}

/// Runs all checks and prints them.
pub(super) async fn run(flags: Flags, args: &DoctorArgs) -> Result<ExitCode, AppError> {
    let mut settings = Settings::new(&Layers::of_process(flags))?;
    let warnings = std::mem::take(&mut settings.warnings);
    logging::start(&settings, Console::Err)?;
    let warnings =
        warnings.into_iter().map(|Warning { message, advice }| Check::warning("settings", message, advice));
    let checks: Vec<_> = warnings.chain(examine(&settings).await).collect();
    let status = checks.iter().map(|check| check.status).max().unwrap_or(Status::Ok);
    let diagnosis = Diagnosis { status, checks };
    let answer = if args.form.json {
        CommandOutput::json(&diagnosis)?
    } else {
        CommandOutput::Page(
            diagnosis.checks.iter().map(|check| check.lines(width())).collect::<Vec<_>>().join("\n"),
        )
    };
    answer.print()?;
    Ok(match status {
        Status::Ok => ExitCode::SUCCESS,
        Status::Warning => ExitCode::from(WARNINGS),
        Status::Error => ExitCode::from(ERRORS),
    })
}

async fn examine(settings: &Settings) -> Vec<Check> {
    let mut checks = vec![config(settings)];
    checks.extend(homes(settings));
    checks.extend(watcher(settings));
    checks.extend(server(settings));
    let (prices, mut price_checks) = set_prices(settings);
    price_checks.push(age(&prices));
    let (database, is_usable) = database(&settings.database).await;
    checks.extend(database);
    checks.extend(machine(settings));
    if is_usable {
        match stored(settings, prices).await {
            Ok(stored) => checks.extend(stored),
            Err(error) => checks.push(Check::error("database", with_causes(&error), "try `ctm db check`")),
        }
    }
    checks.extend(price_checks);
    checks
}

fn config(settings: &Settings) -> Check {
    let set = settings.in_force.iter().filter(|value| value.source != Source::Default).count();
    let set = counted(set as u64, "setting is set", "settings are set");
    let files: Vec<_> = [&settings.env_file, &settings.config].into_iter().flatten().collect();
    let files: Vec<_> = files.iter().map(|path| format!("`{}`", path.display())).collect();
    match files.as_slice() {
        [] => Check::ok("settings", format!("{set}, none in a file")),
        files => Check::ok("settings", format!("{set}; read from {}", files.join(" and "))),
    }
}

/// Returns which machine it is, once that is known.
fn machine(settings: &Settings) -> Option<Check> {
    let id = machine_id(&settings.database)?;
    Some(Check::ok(
        "machine",
        match &*settings.machine_name {
            "" => format!("id {id}"),
            name => format!("`{name}`, id {id}"),
        },
    ))
}

/// Returns the pairs of homes that have the same transcripts.
async fn same_homes(store: &Store) -> Result<Vec<Check>, StorageError> {
    let check = |SimilarHomes { homes: [one, other], transcripts }| {
        let same = counted(transcripts, "transcript", "transcripts");
        Check::warning(
            "home",
            format!("`{one}` and `{other}` have {same} with the same paths"),
            format!(
                "one home in two places? set same_homes or CTM_SAME_HOMES to `{other}={one}` or the other way round; a copied \
                 response counts once in any case"
            ),
        )
    };
    Ok(store.homes_with_same_transcripts().await?.into_iter().map(check).collect())
}

fn homes(settings: &Settings) -> Vec<Check> {
    let mut checks = read_homes(&settings.homes);
    checks.extend(settings.unread_places().iter().map(offered));
    let is_said = settings
        .in_force
        .iter()
        .any(|value| value.setting.name == "claude_dir" && value.source != Source::Default);
    let missing = settings.missing_homes.iter().map(|path| path.display().to_string());
    if settings.homes.is_empty() {
        let looked: Vec<_> = missing.collect();
        let message = format!("no Claude home found; looked for {}", looked.join(", "));
        let advice = "specify the folder that contains `projects` with --claude-dir or CTM_CLAUDE_DIR";
        checks.insert(0, Check::error("home", message, advice));
    } else if is_said {
        let advice = "correct claude_dir, or create the folder";
        checks.extend(missing.map(|path| Check::warning("home", format!("`{path}` does not exist"), advice)));
    }
    checks
}

/// Returns the homes one by one; homes that share a label are one check if nothing is wrong with any of them.
fn read_homes(homes: &[ClaudeHome]) -> Vec<Check> {
    let mut labels: BTreeMap<&str, Vec<&ClaudeHome>> = BTreeMap::new();
    homes.iter().for_each(|home| labels.entry(&home.label).or_default().push(home));
    let mut checks = Vec::new();
    for root in homes {
        match &labels.remove(&*root.label).unwrap_or_default()[..] {
            [] => {}
            [root] => checks.push(home(root)),
            group => checks.extend(home_group(&root.label, group)),
        }
    }
    checks
}

fn home_group(label: &str, homes: &[&ClaudeHome]) -> Vec<Check> {
    let listed: Vec<(usize, Check)> =
        homes.iter().map(|root| (discover(root).files.len(), home(root))).collect();
    let transcripts = listed.iter().map(|(files, _)| *files as u64).sum::<u64>();
    // A task without transcripts has just begun.
    let wrong = listed.into_iter().filter(|(files, check)| *files > 0 && check.status != Status::Ok);
    let homes = counted(homes.len() as u64, "home", "homes");
    let all = format!("`{label}`: {homes} with {}", counted(transcripts, "transcript", "transcripts"));
    [Check::ok("home", all)].into_iter().chain(wrong.map(|(_, check)| check)).collect()
}

/// Returns the offer to read homes that are known and not read.
fn offered(place: &KnownPlace) -> Check {
    let path = place.path.display();
    let advice = format!("add `{}={path}` to claude_dir; {}", place.label, unread::READ_ALL);
    Check::offer("home", format!("not read: {}", unread::place(place)), advice)
}

fn home(root: &ClaudeHome) -> Check {
    let name = &root.name;
    if let Err(error) = root.path.read_dir() {
        let advice = "allow the user that runs ctm to read the folder";
        return Check::error("home", format!("cannot read `{name}`: {}", with_causes(&error)), advice);
    }
    let found = discover(root);
    let unreadable: Vec<String> = found
        .files
        .iter()
        .filter_map(|file| {
            let path = file.absolute();
            let error = open_regular(&path).err()?;
            Some(format!("{}: {}", path.display(), with_causes(&error)))
        })
        .chain(
            found.problems.iter().map(|problem| format!("{}: {}", problem.path.display(), problem.message)),
        )
        .collect();
    let transcripts = counted(found.files.len() as u64, "transcript", "transcripts");
    match unreadable.first() {
        Some(first) => Check::warning(
            "home",
            format!("`{name}`: {transcripts}, {} unreadable: {first}", unreadable.len()),
            "allow the user that runs ctm to read them",
        ),
        None if found.files.is_empty() => Check::warning(
            "home",
            format!("`{name}`: no transcripts"),
            "use Claude Code, or name another home with --claude-dir",
        ),
        None => Check::ok("home", format!("`{name}`: {transcripts}")),
    }
}

fn watcher(settings: &Settings) -> Option<Check> {
    if settings.homes.is_empty() {
        return None;
    }
    let seconds = settings.poll_interval.as_secs();
    if settings.watch == WatchMode::Poll {
        return Some(Check::ok("watcher", format!("polling every {seconds} s, as configured")));
    }
    let watched = Watcher::new(Arc::new(Hints::default()), || {})
        .and_then(|mut watcher| watcher.watch(&settings.homes));
    Some(match watched {
        Ok(_) => Check::ok("watcher", "file events work: a server detects changes at once"),
        Err(error) => Check::warning(
            "watcher",
            format!("no file events: a server polls every {seconds} s instead: {}", with_causes(&error)),
            "on Linux, raise fs.inotify.max_user_watches or max_user_instances; or set `watch` to `poll`",
        ),
    })
}

/// Returns how the server is that stores into this database, if one runs.
fn server(settings: &Settings) -> Vec<Check> {
    let address = healthcheck::address(settings);
    // 0 is any free port, which is unknown here.
    let health = if address.port() == 0 { None } else { healthcheck::ask(address).ok() };
    let Some(Health { status, conditions, database, .. }) = health else { return Vec::new() };
    // Another database is another user's, or another home's.
    if database.is_some_and(|database| database.path != settings.database.display().to_string()) {
        return Vec::new();
    }
    let check = |status: &str, message: String| {
        let status = match status {
            "healthy" => Status::Ok,
            "degraded" => Status::Warning,
            _ => Status::Error,
        };
        Check { name: "server", status, message, advice: None }
    };
    if conditions.is_empty() {
        return vec![check(&status, format!("a server at {address} is {status}"))];
    }
    let of = |condition: &healthcheck::Condition| check(&condition.severity, condition.message.clone());
    conditions.iter().map(of).collect()
}

/// Returns what the database is like, and whether it can be asked.
async fn database(path: &Path) -> (Vec<Check>, bool) {
    let shown = path.display();
    if !path.exists() {
        let message = format!("`{shown}` does not exist yet: no usage is stored");
        let advice = "run `ctm`, which creates it, or `ctm serve`, which keeps it up to date";
        return (vec![Check::warning("database", message, advice)], false);
    }
    let mut checks = Vec::new();
    let mut is_usable = false;
    match inspect(path, Depth::Quick).await {
        Ok(inspection) if inspection.problems.is_empty() => {
            is_usable = inspection.schema_version == newest_schema_version();
            let size = bytes(inspection.size_bytes);
            let responses = counted(inspection.responses, "response", "responses");
            let version = inspection.schema_version;
            let mut message = format!("`{shown}`: {responses}, {size}, schema {version}");
            if !is_usable {
                message.push_str(", upgraded by the next report");
            }
            checks.push(Check::ok("database", message));
        }
        Ok(inspection) => {
            let message = format!("`{shown}` is damaged: {}", inspection.problems.join("; "));
            let advice = "restore a backup with `ctm db restore`, or move it away: ctm creates a new one from the transcripts that \
                          still exist";
            checks.push(Check::error("database", message, advice));
        }
        Err(error) => {
            let advice = match error {
                StorageError::Newer { .. } => "use the version of ctm that wrote it, or a newer one",
                StorageError::Open { .. } | StorageError::ReadOnly { .. } => {
                    "allow the user that runs ctm to read and write it and its folder"
                }
                StorageError::TooOld { .. } => {
                    "move it away: ctm creates a new one from the transcripts that still exist"
                }
                StorageError::DiskFull { .. } => "free space on its disk",
                StorageError::Io { .. } => {
                    "check the disk, its quota, and the limit of the file size (`ulimit -f`)"
                }
                StorageError::Locked { .. } | StorageError::Displaced { .. } => {
                    "wait for the other process or stop it, and try again"
                }
                _ => "specify another file with --database",
            };
            checks.push(Check::error("database", with_causes(&error), advice));
        }
    }
    checks.extend(permissions(path));
    (checks, is_usable)
}

/// The database is private to its owner.
#[cfg(unix)]
fn permissions(path: &Path) -> Option<Check> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = path.metadata().ok()?;
    if metadata.permissions().readonly() {
        let message = format!("`{}` is not writable", path.display());
        return Some(Check::error("database", message, "allow the user that runs ctm to write it"));
    }
    let is_open = metadata.permissions().mode() & 0o077 != 0;
    is_open.then(|| {
        let message = format!("others on this machine may read `{}`", path.display());
        Check::warning("database", message, format!("chmod 600 '{}'", path.display()))
    })
}

/// Permissions are unknown on this platform.
#[cfg(not(unix))]
fn permissions(_path: &Path) -> Option<Check> {
    None
}

/// Queries the transcripts due for deletion, and the models without a price.
async fn stored(settings: &Settings, prices: PriceBook) -> Result<Vec<Check>, AppError> {
    let store = Store::open_to_read(&settings.database, prices.context_thresholds()).await?;
    let is_used = prices.pack().is_some();
    let reporter = context::reporter(settings, prices, store.clone());
    let archive = DatabaseReports::new(store.clone(), reporter.clone());
    let mut checks: Vec<Check> = archive.retention(&Query::all()).await?.iter().map(retention).collect();
    let unpriced = reporter.known_models().await?.unpriced;
    checks.extend(uncounted(&reporter.nothing(&Query::all()).await?));
    checks.extend(same_homes(&store).await?);
    checks.push(telemetry(&archive.telemetry(&Query::all()).await?, settings));
    store.close().await;
    checks.push(if unpriced.is_empty() {
        Check::ok("prices", "every used model has a price")
    } else {
        let message = format!("no price, so that costs do not include: {}", unpriced.join(", "));
        let pack = Pack::Others;
        let in_pack: Vec<&str> =
            unpriced.iter().map(String::as_str).filter(|model| !is_used && pack.has(model)).collect();
        let mut advice = "`ctm prices show MODEL` shows a remedy for each".to_owned();
        if !in_pack.is_empty() {
            let (models, pack) = (in_pack.join(", "), pack.name());
            advice.push_str(&format!("; `prices_pack = \"{pack}\"` has the list prices of {models}"));
        }
        Check::warning("prices", message, advice)
    });
    Ok(checks)
}

/// Returns whether telemetry arrives. It is optional: none is no fault.
fn telemetry(of: &Telemetry, settings: &Settings) -> Check {
    let Some(last_at) = of.last_at else {
        return Check::ok("telemetry", "none was received; `ctm telemetry --install` shows how to send it");
    };
    let share = of.witnessed_share.unwrap_or_default() * 100.0;
    let message = format!(
        "{}, the last one at {}; {share:.1} % of {} since the first one have a second witness",
        counted(of.requests, "request", "requests"),
        local(last_at, settings.tz),
        counted(of.responses_since, "response", "responses"),
    );
    Check::ok("telemetry", message)
}

/// Returns a warning if there are replies but none of them counts.
fn uncounted(nothing: &Option<EmptyReason>) -> Option<Check> {
    let Some(EmptyReason::Uncounted { lines }) = nothing else { return None };
    let message = format!("{} of replies, all with 0 tokens", counted(*lines, "line", "lines"));
    let advice = "usual cause: a gateway that removes `usage` from the end of a reply; let it pass that on";
    Some(Check::warning("replies", message, advice))
}

fn retention(of: &Retention) -> Check {
    let kept = counted(of.cleanup_period_days, "day", "days");
    let by = audit::said_by(of);
    let due = of.files_expiring_in_3_days;
    let message = format!(
        "Claude Code deletes transcripts of `{}` after {kept} {by}{}; {} within 3 days",
        of.source,
        audit::desktop_period(of),
        counted(due, "is due", "are due")
    );
    if of.missing() > 0 {
        let missing = count(of.missing());
        let advice = match of.is_managed {
            true => "run `ctm`, which stores them",
            false => {
                "run `ctm`, which stores them, or raise cleanupPeriodDays in Claude Code's settings.json"
            }
        };
        return Check::warning("retention", format!("{message}, {missing} of them not fully stored"), advice);
    }
    let stored = match audit::pending(of) {
        _ if due == 0 => String::new(),
        Some(pending) => format!(", {} fully stored; {pending}", count(of.fully_stored)),
        None => ", all of them fully stored".to_owned(),
    };
    Check::ok("retention", format!("{message}{stored}"))
}

/// Returns the effective prices; without the user's own if these are invalid.
fn set_prices(settings: &Settings) -> (PriceBook, Vec<Check>) {
    let (book, warnings) = prices::without_own(settings);
    let mut checks: Vec<Check> = warnings
        .into_iter()
        .map(|Warning { message, advice }| Check::warning("prices", message, advice))
        .collect();
    if let Some(managed) = book.managed() {
        let mut message = format!(
            "{} managed by your organisation: {}",
            counted(managed.prices as u64, "price is", "prices are"),
            managed.source
        );
        if let Some(multiplier) = managed.multiplier {
            message.push_str(&format!(", multiplier {multiplier}"));
        }
        checks.push(Check::ok("prices", message));
    }
    let Some(path) = &settings.prices else { return (book, checks) };
    match prices::with_own(&book, path) {
        Ok(book) => {
            checks.push(Check::ok("prices", format!("your own in `{}` are valid", path.display())));
            (book, checks)
        }
        Err(error) => {
            let advice = "correct the file; `ctm prices check FILE` validates it";
            checks.push(Check::error("prices", with_causes(&error), advice));
            (book, checks)
        }
    }
}

fn age(prices: &PriceBook) -> Check {
    let days = (Clock::system().now().date_naive() - prices.as_of()).num_days();
    let message = format!(
        "the table of {} was checked {} ago",
        prices.version(),
        counted(days.max(0).unsigned_abs(), "day", "days")
    );
    if days > OLD_PRICES_DAYS {
        return Check::warning("prices", message, "update ctm, which brings newer prices");
    }
    Check::ok("prices", message)
}
