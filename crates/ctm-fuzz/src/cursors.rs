//! Cursors of long lists, and names in paths.

use crate::choose;
use crate::http::ask;
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

const TARGETS: [&str; 7] = [
    "blocks?limit=1&cursor={}",
    "sessions?limit=1&sort=cost_usd&cursor={}",
    "stats/projects?limit=1&order=asc&cursor={}",
    "stats/history?limit=1&cursor={}",
    "sessions/11111111-1111-4111-8111-111111111111/responses?limit=1&cursor={}",
    "sessions/{}",
    "responses/{}",
];

/// The first byte selects the list or the route; the rest is the cursor or the name.
pub(crate) fn run(input: &[u8]) {
    let Some((target, name)) = choose(&TARGETS, input) else { return };
    let name = percent_encode(name, NON_ALPHANUMERIC).to_string();
    ask("GET", format!("/api/v1/{}", target.replace("{}", &name)).as_bytes(), None);
}
