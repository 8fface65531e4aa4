//! What leaves no machine, at no level.

use crate::{NOW, pepper, sender, unpacked};
use ctm_push_format::{KnownResponse, Level, Writer};
use ctm_types::{Billing, ClaimRank, Part, ResponseKey, TokenCounts};
use std::sync::Arc;

#[test]
fn paths_sessions_keys_and_addresses_appear_at_no_level() {
    let part = Part {
        billing: Arc::new(Billing { model: "claude-opus-4-5".to_owned(), ..Billing::default() }),
        tokens: TokenCounts { output: 5, ..TokenCounts::default() },
        web_searches: 0,
        ttl_assumed: false,
    };
    // Of keys, those that hold a session and a path.
    let keys = [
        "gw:canary-session|canary-id|1|2|3",
        "at:projects/-home-canary-user/canary.jsonl|5",
        "id:canary-id|canary-request",
    ];
    for level in Level::ALL {
        for project in
            ["/home/canary-user/canary-parent/work", "/home/canary@example.org", "C:\\canary\\work"]
        {
            let mut writer = Writer::new(sender(level), Vec::new());
            for key in keys {
                let response = KnownResponse {
                    key: &ResponseKey::from_stored(key),
                    revision: 1,
                    rank: ClaimRank::from_number(0).unwrap(),
                    at_ms: NOW,
                    parts: std::slice::from_ref(&part),
                    session: "canary-session",
                    project,
                    version: Some("2.1.44"),
                    sidechain: false,
                };
                writer.write(&response).unwrap();
            }
            let text = unpacked(&writer.finish().unwrap());
            assert!(
                !text.contains("canary") && !text.contains('@') && !text.contains('/'),
                "{level}: {text}"
            );
            assert_eq!(
                text.contains("\"work\""),
                level == Level::Names && project.ends_with("work"),
                "{text}"
            );
            assert_eq!(text.contains(&pepper().session("canary-session")), level > Level::Totals);
        }
    }
}
