//! Cache of response bodies.
//!
//! A body is valid until the data or the day change, so its URL, the data version and the day are its cache
//! key. The first request computes it, concurrent ones wait for the result, and a client that has it gets
//! 304.

use crate::http::Respond;
use actix_web::http::header::{CACHE_CONTROL, ContentType, ETAG, EntityTag, IF_NONE_MATCH};
use actix_web::http::header::{Header, IfNoneMatch};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use ctm_api::problem::Problem;
use ctm_report::ReportError;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde::Serialize;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Maximum size of all cached bodies, in bytes.
const MOST_BYTES: u64 = 8 << 20;

/// Approximate maximum number of cached bodies.
const MOST: usize = 256;

/// Maximum number of bodies that are computed at the same time. Each holds the usage that it sums, so this
/// bounds the memory for any number of different queries.
const MOST_AT_A_TIME: usize = 2;

/// The cached bodies.
pub(crate) struct Answers {
    cache: Cache<Name, Bytes, BySize>,
    computing: Semaphore,
    /// A random key for each run of the server, which its entity tags depend on.
    hash: RandomState,
}

/// Cache key of a response body.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Name {
    /// Path and query of the request.
    pub(super) address: String,
    pub(super) data_version: u64,
    /// The version of the limit samples, which are not facts, if the body shows them.
    pub(super) limits_version: u64,
    /// The version of the personal records, if the body shows them.
    pub(super) personal_version: u64,
    /// The effective rules for project names.
    pub(super) rules: Arc<str>,
    /// Today, in the zone of the query.
    pub(super) today: NaiveDate,
    /// A further dependency of the body: the present minute, if it shows relative times, the time of the
    /// newest snapshot, the version of the personal records, or that of the seals.
    pub(super) minute: Option<i64>,
}

#[derive(Clone)]
struct BySize;

impl Weighter<Name, Bytes> for BySize {
    fn weight(&self, name: &Name, answer: &Bytes) -> u64 {
        (name.address.len() + answer.len()) as u64
    }
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            cache: Cache::with_weighter(MOST, MOST_BYTES, BySize),
            computing: Semaphore::new(MOST_AT_A_TIME),
            hash: RandomState::new(),
        }
    }
}

impl Answers {
    /// Responds to a request from the cache, or with the result of `report`.
    pub(super) async fn answer<T: Serialize, F: Future<Output = Result<T, ReportError>>>(
        &self,
        request: &HttpRequest,
        name: Name,
        report: impl FnOnce() -> F,
    ) -> HttpResponse {
        let tag = EntityTag::new_weak(format!("{:x}-{:016x}", name.data_version, self.hash.hash_one(&name)));
        if is_known(request, &tag) {
            return HttpResponse::NotModified()
                .insert_header((CACHE_CONTROL, "private, no-cache"))
                .insert_header((ETAG, tag))
                .finish();
        }
        let computed = self.computed(&name, async || {
            let answer = report().await?;
            Ok(serde_json::to_vec(&answer).expect("texts, numbers and lists are always JSON"))
        });
        match computed.await {
            Ok(body) => HttpResponse::Ok()
                .insert_header((CACHE_CONTROL, "private, no-cache"))
                .insert_header((ETAG, tag))
                .content_type(ContentType::json())
                .body(body),
            Err(error) => Problem::from(error).response(request),
        }
    }

    /// Waits for permission to compute a body, which lasts until the returned permit is dropped.
    pub(super) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.computing.acquire().await.ok()
    }

    /// Returns the cached body, or caches the result of `compute`.
    pub(super) async fn computed(
        &self,
        name: &Name,
        compute: impl AsyncFnOnce() -> Result<Vec<u8>, ReportError>,
    ) -> Result<Bytes, ReportError> {
        let turn_and_compute = async {
            let _turn = self.turn().await;
            compute().await.map(Bytes::from)
        };
        self.cache.get_or_insert_async(name, turn_and_compute).await
    }
}

/// Returns whether the client has the body with this tag.
fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    if !request.headers().contains_key(IF_NONE_MATCH) {
        return false;
    }
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    }
}

impl std::fmt::Debug for Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answers").field("kept", &self.cache.len()).finish_non_exhaustive()
    }
}
