//! Query strings of every route.

use crate::choose;
use crate::http::{UNSENDABLE, ask};
use crate::server::SESSION;
use percent_encoding::percent_encode;

const PATHS: [&str; 15] = [
    "stats",
    "stats/daily",
    "stats/models",
    "stats/projects",
    "stats/sources",
    "stats/tools",
    "stats/history",
    "stats/trends",
    "stats/activity",
    "blocks",
    "limits",
    "sessions",
    "sessions/{session}",
    "sessions/{session}/responses",
    "audit",
];

/// The first byte selects the route; the rest is the query.
pub(crate) fn run(input: &[u8]) {
    let Some((path, query)) = choose(&PATHS, input) else { return };
    let path = path.replace("{session}", SESSION);
    let query = percent_encode(query, UNSENDABLE);
    ask("GET", format!("/api/v1/{path}?{query}").as_bytes(), None);
}
