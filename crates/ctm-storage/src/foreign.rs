//! Databases of other programs: Token-Dashboard and agentsview, which have a row for each response.

use ctm_facts::imports::{
    ImportContent, ImportFigures, ImportFlaw, ImportPeriod, ImportTokens, OtherProgram,
};
use ctm_sqlite::error::{AtPath, StorageError, of};
use ctm_sqlite::foreign::{ForeignDatabase, RowsFailure};
use ctm_sqlite::select::SqlValue;
use std::collections::{BTreeSet, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Why a database is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForeignError {
    /// It cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A program has changed it, and these changes are in another file yet.
    #[error("its program has left changes in `{}`\nclose the program, or import a copy: sqlite3 FILE \".backup COPY\"", .log.display())]
    Log {
        /// The file.
        log: PathBuf,
    },
    /// No known program has such tables.
    #[error("it is a database of no known program\nsupported: those of Token-Dashboard and agentsview")]
    Unknown,
    /// A row has an impossible value.
    #[error("{column} of response {row}: {flaw}")]
    Row {
        /// The number of the row, in the order of time.
        row: u64,
        /// The column.
        column: &'static str,
        /// What is wrong.
        flaw: String,
    },
}

/// A row, and what is wrong with it.
type Refused = (u64, &'static str, String);

/// Columns of Token-Dashboard's messages.
const OF_TOKEN_DASHBOARD: [&str; 7] = [
    "timestamp",
    "model",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_create_5m_tokens",
    "cache_create_1h_tokens",
];

/// Columns of agentsview's messages.
const OF_AGENTSVIEW: [&str; 6] =
    ["session_id", "timestamp", "model", "token_usage", "claude_message_id", "claude_request_id"];

/// Reads the figures of a database that another program wrote. It is not changed, and nothing appears beside it.
///
/// # Errors
///
/// Fails when the file cannot be read, has changes that are not in it yet, is of no known program, or has an impossible value.
pub fn read_foreign(path: &Path) -> Result<ImportContent, ForeignError> {
    for suffix in ["-wal", "-journal"] {
        let log = beside(path, suffix);
        if std::fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
            return Err(ForeignError::Log { log });
        }
    }
    let database = ForeignDatabase::open(path).at(path)?;
    let messages = database.columns("messages").at(path)?;
    let has = |columns: &[&str]| columns.iter().all(|column| messages.contains(*column));
    let version = database.user_version().at(path)?;
    let format = (version != 0).then(|| version.to_string());
    let read = if has(&OF_TOKEN_DASHBOARD) {
        token_dashboard(&database, &messages)
    } else if has(&OF_AGENTSVIEW) && database.columns("sessions").at(path)?.contains("agent") {
        agentsview(&database)
    } else {
        return Err(ForeignError::Unknown);
    };
    let (program, figures, undated) = read.map_err(|failure| match failure {
        RowsFailure::Unreadable(error) => ForeignError::Storage(of(path, error)),
        RowsFailure::Refused((row, column, flaw)) => ForeignError::Row { row, column, flaw },
    })?;
    let figures = figures.finish();
    Ok(ImportContent { program, format, zone: Some("UTC"), has_other_agents: false, figures, undated })
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    // SQLite keeps it next to the target of a link.
    let mut name: OsString = path.canonicalize().unwrap_or_else(|_| path.to_owned()).into();
    name.push(suffix);
    name.into()
}

type FiguresRead = Result<(OtherProgram, ImportFigures, u64), RowsFailure<Refused>>;

/// Reads the messages of Token-Dashboard, which has one row for each response of a session.
fn token_dashboard(database: &ForeignDatabase, messages: &BTreeSet<String>) -> FiguresRead {
    const ALL: &str = include_str!("sql/foreign/token_dashboard.sql");
    const OF_CLAUDE: &str = include_str!("sql/foreign/token_dashboard_claude.sql");
    let mut figures = ImportFigures::default();
    let mut undated = 0;
    database.each_row(if messages.contains("provider") { OF_CLAUDE } else { ALL }, |row, values| {
        let [time, model, counts @ ..] = values else { return Ok(()) };
        let mut tokens = [0; 5];
        for (count, (value, column)) in tokens.iter_mut().zip(counts.iter().zip(&OF_TOKEN_DASHBOARD[2..])) {
            *count = counted(value).map_err(|flaw| (row, *column, flaw))?;
        }
        let [input, output, cache_read, short, long] = tokens;
        let tokens = ImportTokens { input, output, cache_read, cache_write: short.saturating_add(long) };
        add(&mut figures, &mut undated, row, time, model, tokens)
    })?;
    Ok((OtherProgram::TokenDashboard, figures, undated))
}

/// Reads the messages of agentsview. It has a row for each copy of a response, of which it counts the first.
fn agentsview(database: &ForeignDatabase) -> FiguresRead {
    const MESSAGES: &str = include_str!("sql/foreign/agentsview.sql");
    let mut figures = ImportFigures::default();
    let mut undated = 0;
    let mut known: HashSet<(String, String)> = HashSet::new();
    database.each_row(MESSAGES, |row, values| {
        let [time, model, usage, message, request] = values else { return Ok(()) };
        if let (SqlValue::Text(message), SqlValue::Text(request)) = (message, request)
            && !(message.is_empty() || request.is_empty())
            && !known.insert((message.clone(), request.clone()))
        {
            return Ok(());
        }
        let tokens = usage_of(usage).map_err(|flaw| (row, "token_usage", flaw))?;
        add(&mut figures, &mut undated, row, time, model, tokens)
    })?;
    Ok((OtherProgram::Agentsview, figures, undated))
}

/// Adds a response on the UTC day of its time.
fn add(
    figures: &mut ImportFigures,
    undated: &mut u64,
    row: u64,
    time: &SqlValue,
    model: &SqlValue,
    tokens: ImportTokens,
) -> Result<(), Refused> {
    let model = match model {
        SqlValue::Null => "",
        SqlValue::Text(model) => model,
        other => return Err((row, "model", format!("{other:?} is not a name"))),
    };
    match time {
        SqlValue::Null => *undated += u64::from(tokens.total() > 0),
        SqlValue::Text(time) if time.is_empty() => *undated += u64::from(tokens.total() > 0),
        SqlValue::Text(time) => {
            let day: String = time.chars().take(10).collect();
            let added = figures.add(ImportPeriod::day(&day), model, tokens, None);
            added.map_err(|flaw| (row, column_of(&flaw), flaw.to_string()))?;
        }
        other => return Err((row, "timestamp", format!("{other:?} is not a time"))),
    }
    Ok(())
}

fn column_of(flaw: &ImportFlaw) -> &'static str {
    match flaw {
        ImportFlaw::Model(_) => "model",
        ImportFlaw::Tokens(_) => "the sum of tokens",
        _ => "timestamp",
    }
}

fn counted(value: &SqlValue) -> Result<u64, String> {
    match value {
        SqlValue::Null => Ok(0),
        SqlValue::Integer(count) => u64::try_from(*count).map_err(|_| format!("{count} is not a count")),
        other => Err(format!("{other:?} is not a count")),
    }
}

/// Returns the tokens of a `usage`, as Claude Code logs it.
fn usage_of(value: &SqlValue) -> Result<ImportTokens, String> {
    let SqlValue::Text(text) = value else { return Err("it is not a text of usual length".to_owned()) };
    let usage: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let count = |field: &str| match usage.get(field) {
        None | Some(serde_json::Value::Null) => Ok(0),
        Some(count) => count.as_u64().ok_or_else(|| format!("`{field}`: {count} is not a count")),
    };
    Ok(ImportTokens {
        input: count("input_tokens")?,
        output: count("output_tokens")?,
        cache_read: count("cache_read_input_tokens")?,
        cache_write: count("cache_creation_input_tokens")?,
    })
}
