//! `GET /health`: conditions of the server, and the progress of reading.

use super::Context;
use crate::http::{Respond, Visit, is_stranger};
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use ctm_api::health::{
    BriefHealth, ClaudeDir, Database, Health, HealthAnswer, HealthCondition, Prices, UnreadHomes, Watcher,
};
use ctm_api::operations;
use ctm_api::params::Params;
use ctm_backend::Hub;
use ctm_config::settings::Settings;
use ctm_ingest::conditions::{Code, Condition, Status, Subject};
use ctm_ingest::updater::unreadable_homes;
use ctm_report::{KnownModels, wire};
use ctm_storage::StorageError;
use ctm_types::printable::with_causes;
use std::time::{Duration, Instant};
use tokio::time::error::Elapsed;
use tokio::time::{timeout, timeout_at};

/// Maximum wait for the state of the database; `ctm healthcheck` waits a little longer.
const PATIENCE: Duration = Duration::from_secs(2);

/// `GET /health`
pub(super) async fn health(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    if let Err(problem) = Params::of(&operations::HEALTH, request.query_string()).finish() {
        return problem.response(&request);
    }
    let health = examine(&context).await;
    let read_only = request.extensions().get::<Visit>().map(|visit| (&visit.link).into());
    let health = match read_only {
        Some(read_only) => Health { read_only: Some(read_only), ..without_paths(health) },
        None => health,
    };
    let is_unhealthy = health.status == Status::Unhealthy.name();
    let mut response = if is_unhealthy { HttpResponse::ServiceUnavailable() } else { HttpResponse::Ok() };
    response.insert_header(("cache-control", "no-store"));
    response.json(if is_stranger(&request) {
        HealthAnswer::Brief(BriefHealth { status: health.status, version: health.version })
    } else {
        HealthAnswer::Whole(Box::new(health))
    })
}

async fn examine(context: &Context) -> Health {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let database = database(context).await;
    let conditions = conditions(context);
    let prices = context.reporter.prices();
    let today = context.reporter.today(chrono_tz::UTC);
    // Copied here: a guard within the literal below would be held during the wait, which would block all
    // others.
    let ingest = *context.updater.ingest.borrow();
    let known_models = async {
        let asked = timeout_at(deadline, context.reporter.known_models()).await;
        asked.ok().and_then(Result::ok).unwrap_or_default()
    };
    let models = if database.ok { known_models.await } else { KnownModels::default() };
    let claude_dirs = claude_dirs(context);
    Health {
        status: Status::of(&conditions).name(),
        version: env!("CARGO_PKG_VERSION"),
        demo: context.settings.demo,
        read_only: None,
        uptime: context.clock.now_ms().since(context.started_ms).max(0) / 1000,
        claude_dir: claude_dirs.first().cloned().unwrap_or(ClaudeDir {
            path: String::new(),
            label: String::new(),
            exists: false,
            readable: false,
        }),
        claude_dirs,
        unread_homes: unread_homes(context),
        watcher: Watcher {
            mode: context.updater.watch_mode().name(),
            last_event_at: context.updater.last_event_ms().map(wire::Time::of),
        },
        ingest: ingest.into(),
        prices: Prices {
            version: prices.version().to_owned(),
            age_days: (today - prices.as_of()).num_days(),
            unpriced_models: models.unpriced,
        },
        models: models.all,
        database,
        problems: problems(context, &conditions),
        conditions: conditions.into_iter().map(HealthCondition::from).collect(),
    }
}

/// Returns the health for the visitor of a read-only link, who sees no paths.
fn without_paths(health: Health) -> Health {
    let hidden = |dir: ClaudeDir| ClaudeDir { path: String::new(), label: String::new(), ..dir };
    let conditions = health.conditions.into_iter();
    Health {
        claude_dir: hidden(health.claude_dir),
        claude_dirs: health.claude_dirs.into_iter().map(hidden).collect(),
        unread_homes: Vec::new(),
        database: Database { path: String::new(), error: None, ..health.database },
        conditions: conditions.map(|one| HealthCondition { message: String::new(), ..one }).collect(),
        problems: Vec::new(),
        ..health
    }
}

/// Returns all conditions, including those that are only detected on request.
pub(crate) fn conditions(context: &Context) -> Vec<Condition> {
    let updater = &context.updater;
    updater.report_pace(Instant::now());
    // A hub on PostgreSQL reads none.
    if context.hub.team().is_none() {
        let Settings { homes, missing_homes, .. } = &context.settings;
        updater.conditions.report(Subject::Homes, unreadable_homes(homes, missing_homes));
    }
    updater.conditions.report(Subject::Log, (context.log_status)().lost_lines());
    updater.conditions.all()
}

/// Returns the conditions in words, followed by the files and folders one by one.
fn problems(context: &Context, conditions: &[Condition]) -> Vec<String> {
    let others = conditions.iter().filter(|condition| condition.code != Code::TranscriptsUnreadable);
    let words = others.map(|condition| condition.message.clone());
    words.chain(context.updater.problems()).collect()
}

fn claude_dirs(context: &Context) -> Vec<ClaudeDir> {
    let found = context.settings.homes.iter().map(|root| ClaudeDir {
        path: root.name.to_string(),
        label: root.label.to_string(),
        exists: root.path.is_dir(),
        readable: root.path.read_dir().is_ok(),
    });
    let missing = context.settings.missing_homes.iter();
    let missing = missing.map(|path| ClaudeDir {
        path: path.display().to_string(),
        label: path.display().to_string(),
        exists: path.exists(),
        readable: false,
    });
    found.chain(missing).collect()
}

fn unread_homes(context: &Context) -> Vec<UnreadHomes> {
    let places = context.settings.unread_places().into_iter();
    let unread = places.map(|place| UnreadHomes {
        kind: place.kind.name(),
        label: place.label.to_string(),
        path: place.path.display().to_string(),
        homes: place.homes.len(),
    });
    unread.collect()
}

/// Queries the state of the database.
async fn database(context: &Context) -> Database {
    let store = &context.store;
    let path = store.path().display().to_string();
    let examined = timeout(PATIENCE, async {
        let size_bytes = store.size_bytes().await?;
        let has_usage = match context.hub {
            Hub::Sqlite(_) => store.has_usage().await?,
            // Known without the database, which may not respond.
            Hub::Team(_) => context.live.subscribe().borrow().data_version > 0,
        };
        Ok::<_, StorageError>((size_bytes, store.schema_version().await?, has_usage))
    });
    match in_time(context, PATIENCE, examined.await) {
        Ok((size_bytes, schema_version, has_usage)) => {
            Database { ok: true, path, size_bytes, schema_version, has_usage, error: None }
        }
        Err(error) => Database { path, error: Some(error), ..Database::default() },
    }
}

/// Reports whether the database responded, and returns its response or the problem.
pub(super) fn in_time<T>(
    context: &Context,
    patience: Duration,
    answer: Result<Result<T, StorageError>, Elapsed>,
) -> Result<T, String> {
    let conditions = &context.updater.conditions;
    match answer {
        Ok(answer) => {
            conditions.asked(answer.as_ref().map(|_| ()));
            answer.map_err(|error| with_causes(&error))
        }
        Err(_) => {
            let (path, seconds) = (context.store.path().display(), patience.as_secs());
            let error = format!("the database `{path}` does not answer within {seconds} s");
            let advice = "another program may have exclusive access, or the machine is busy";
            conditions.report(Subject::Database, Some((Code::DatabaseSlow, format!("{error}; {advice}"))));
            Err(error)
        }
    }
}
