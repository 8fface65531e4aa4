//! A client with a read-only link: it gets no figures, and stays no longer than its link.

use crate::http::{Authenticator, Visit};
use actix_web::web::Data;
use ctm_types::EpochMs;
use std::time::Duration;
use tokio::time::Instant;

/// The longest wait, of a client without a link, in seconds.
const FOREVER_SECS: u64 = 365 * 24 * 60 * 60;

/// The link of a client.
pub(super) struct Visitor {
    visit: Visit,
    authenticator: Data<Authenticator>,
    ends: Instant,
}

impl Visitor {
    pub(super) fn new(visit: Visit, authenticator: Data<Authenticator>, now: EpochMs) -> Self {
        let left_ms = u64::try_from(visit.link.ends_at_ms - now.0).unwrap_or_default();
        Self { visit, authenticator, ends: Instant::now() + Duration::from_millis(left_ms) }
    }

    /// Returns whether the link has neither ended nor been removed; `false` if that is unknown.
    pub(super) async fn is_current(&self) -> bool {
        self.authenticator.is_current(&self.visit).await.unwrap_or(false)
    }
}

/// Returns the end of a client's link, or a time that no connection reaches.
pub(super) fn end_of(visitor: Option<&Visitor>) -> Instant {
    visitor.map_or_else(|| Instant::now() + Duration::from_secs(FOREVER_SECS), |visitor| visitor.ends)
}
