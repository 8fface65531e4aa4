//! `GET /health`: is everything in order, and how far is reading?

use super::Context;
use super::params::Params;
use super::problem::Problems;
use crate::guard::is_stranger;
use crate::ingest::{IngestState, IngestStatus};
use crate::report::wire;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use ctm_storage::StorageError;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    status: &'static str,
    version: &'static str,
    uptime: i64,
    claude_dir: ClaudeDir,
    claude_dirs: Vec<ClaudeDir>,
    watcher: Watcher,
    database: Database,
    ingest: Ingest,
    prices: Prices,
    problems: Vec<String>,
}

#[derive(Clone, Serialize, ToSchema)]
struct ClaudeDir {
    path: String,
    exists: bool,
    readable: bool,
}

#[derive(Serialize, ToSchema)]
struct Watcher {
    mode: &'static str,
    last_event_at: Option<String>,
}

#[derive(Default, Serialize, ToSchema)]
struct Database {
    ok: bool,
    path: String,
    size_bytes: u64,
    schema_version: i64,
    error: Option<String>,
}

/// How far reading is.
#[derive(Serialize, ToSchema)]
pub(super) struct Ingest {
    state: &'static str,
    files_total: u64,
    files_done: u64,
    bytes_total: u64,
    bytes_done: u64,
}

#[derive(Serialize, ToSchema)]
struct Prices {
    version: String,
    age_days: i64,
    unpriced_models: Vec<String>,
}

/// What everybody may know where a token is asked for: what looks after the server has none.
// Nothing else is in it, or the whole would be one as well.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BriefHealth {
    /// `healthy`, `degraded` or `unhealthy`.
    status: &'static str,
    /// The version of `ctm`.
    version: &'static str,
}

/// How the server is, for those who may know, and for everybody.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum HealthAnswer {
    Whole(Box<Health>),
    Brief(BriefHealth),
}

/// Whether everything is in order, and how far reading is.
#[utoipa::path(get, path = "/api/v1/health", tag = "Server", responses(
    (status = 200, description = "Healthy or degraded.", body = HealthAnswer),
    (status = 503, description = "The database cannot be used.", body = HealthAnswer),
    Problems))]
pub(super) async fn health(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    if let Err(problem) = Params::of(&request, [].iter()).finish() {
        return problem.response(&request);
    }
    let health = examine(&context).await;
    let mut response =
        if health.database.ok { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    response.insert_header(("cache-control", "no-store"));
    response.json(if is_stranger(&request) {
        HealthAnswer::Brief(BriefHealth { status: health.status, version: health.version })
    } else {
        HealthAnswer::Whole(Box::new(health))
    })
}

async fn examine(context: &Context) -> Health {
    let claude_dirs = claude_dirs(context);
    let database = database(context).await;
    let problems = context.service.problems();
    let readable = claude_dirs.iter().any(|dir| dir.readable);
    let status = match (database.ok, readable && problems.is_empty()) {
        (false, _) => "unhealthy",
        (true, false) => "degraded",
        (true, true) => "healthy",
    };
    let prices = context.reporter.prices();
    let today = context.reporter.today(chrono_tz::UTC);
    // Copied here: a guard within the literal below would be held while that waits, which stops all.
    let ingest = *context.service.ingest.borrow();
    Health {
        status,
        version: env!("CARGO_PKG_VERSION"),
        uptime: (context.clock.now_ms() - context.started_ms) / 1000,
        claude_dir: claude_dirs.first().cloned().unwrap_or(ClaudeDir {
            path: String::new(),
            exists: false,
            readable: false,
        }),
        claude_dirs,
        watcher: Watcher {
            mode: context.service.watch_mode().name(),
            last_event_at: context.service.last_event_ms().map(wire::time),
        },
        ingest: ingest.into(),
        prices: Prices {
            version: prices.version().to_owned(),
            age_days: (today - prices.as_of()).num_days(),
            unpriced_models: context.reporter.unpriced_models().await.unwrap_or_default(),
        },
        database,
        problems,
    }
}

fn claude_dirs(context: &Context) -> Vec<ClaudeDir> {
    let found = context.settings.roots.iter().map(|root| ClaudeDir {
        path: root.name.to_string(),
        exists: root.path.is_dir(),
        readable: root.path.read_dir().is_ok(),
    });
    let missing = context.settings.missing_roots.iter();
    let missing = missing.map(|path| ClaudeDir {
        path: path.display().to_string(),
        exists: path.exists(),
        readable: false,
    });
    found.chain(missing).collect()
}

async fn database(context: &Context) -> Database {
    let store = &context.store;
    let path = store.path().display().to_string();
    let examined: Result<_, StorageError> = async {
        let size_bytes = store.size_bytes().await?;
        Ok((size_bytes, store.schema_version().await?))
    }
    .await;
    match examined {
        Ok((size_bytes, schema_version)) => {
            Database { ok: true, path, size_bytes, schema_version, error: None }
        }
        Err(error) => Database { path, error: Some(error.to_string()), ..Database::default() },
    }
}

impl From<IngestStatus> for Ingest {
    fn from(status: IngestStatus) -> Self {
        Self {
            state: match status.state {
                IngestState::Scanning => "scanning",
                IngestState::Live => "live",
            },
            files_total: status.files_total,
            files_done: status.files_done,
            bytes_total: status.bytes_total,
            bytes_done: status.bytes_done,
        }
    }
}
