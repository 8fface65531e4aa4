//! What a service answered, and whether the same is sent again.
//!
//! Some services refuse with status 200, and the reason in the body.

use crate::notice::{SendFailure, Sent};
use ctm_config::channel::HttpKind;
use serde_json::Value;

/// The longest wait that a service can ask for: six hours.
const MOST_WAIT_MS: u64 = 6 * 60 * 60 * 1_000;

/// An answer as it was received.
pub(crate) struct ServiceAnswer {
    pub(crate) status: u16,
    /// The wait that the header asks for.
    pub(crate) retry_after_ms: Option<u64>,
    /// The beginning of the body.
    pub(crate) body: String,
}

/// How services with status 200 report errors: the field with the code, the code of success, and the codes after which the same is sent again.
const CODES: [(HttpKind, &str, &[i64]); 3] = [
    // The limit of requests.
    (HttpKind::Feishu, "code", &[11_232]),
    // Busy, and the limit of messages per minute.
    (HttpKind::DingTalk, "errcode", &[-1, 130_101]),
    (HttpKind::WeCom, "errcode", &[-1, 45_009]),
];

/// Returns what an answer means. Texts of it may have secrets.
pub(crate) fn judged(kind: HttpKind, answer: &ServiceAnswer) -> Result<Sent, SendFailure> {
    match answer.status {
        200..=299 => accepted(kind, answer),
        300..=399 => Err(SendFailure::for_good(format!(
            "answers {}: redirects are not followed; specify the address itself",
            answer.status
        ))),
        408 | 425 | 429 | 500..=599 => {
            Err(SendFailure { retry_after_ms: wait_ms(kind, answer), ..SendFailure::for_now(shown(answer)) })
        }
        _ => Err(SendFailure::for_good(shown(answer))),
    }
}

fn accepted(kind: HttpKind, answer: &ServiceAnswer) -> Result<Sent, SendFailure> {
    let Some((_, field, retried)) = CODES.into_iter().find(|(known, ..)| *known == kind) else {
        return Ok(Sent { text: shown(answer) });
    };
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    match body.get(field).and_then(Value::as_i64) {
        Some(0) => Ok(Sent { text: shown(answer) }),
        Some(code) if retried.contains(&code) => Err(SendFailure::for_now(shown(answer))),
        Some(_) => Err(SendFailure::for_good(shown(answer))),
        None => Err(SendFailure::for_now(format!("answers as {} does not: {}", kind.name(), shown(answer)))),
    }
}

/// Returns the wait that a service asks for: in the header, or as Telegram in the body.
fn wait_ms(kind: HttpKind, answer: &ServiceAnswer) -> Option<u64> {
    let in_body = || {
        let body: Value = serde_json::from_str(&answer.body).ok()?;
        body.pointer("/parameters/retry_after")?.as_u64().map(|seconds| seconds.saturating_mul(1_000))
    };
    let wait_ms = answer.retry_after_ms.or_else(|| if kind == HttpKind::Telegram { in_body() } else { None });
    wait_ms.map(|ms| ms.min(MOST_WAIT_MS))
}

fn shown(ServiceAnswer { status, body, .. }: &ServiceAnswer) -> String {
    match body.trim() {
        "" => format!("answers {status}"),
        body => format!("answers {status}: {body}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(kind: HttpKind, status: u16, body: &str) -> Result<Sent, SendFailure> {
        judged(kind, &ServiceAnswer { status, retry_after_ms: None, body: body.to_owned() })
    }

    #[test]
    fn a_status_decides_whether_the_same_is_sent_again() {
        for status in [200, 202, 204] {
            assert!(judge(HttpKind::Slack, status, "ok").is_ok());
        }
        let retried = |status| judge(HttpKind::Slack, status, "").unwrap_err().can_retry;
        assert!([408, 425, 429, 500, 502, 503, 504].into_iter().all(retried));
        assert!(![301, 302, 307, 308, 400, 401, 403, 404, 410, 413].into_iter().any(retried));
        assert!(judge(HttpKind::Slack, 302, "").unwrap_err().text.contains("redirects are not followed"));
    }

    #[test]
    fn services_that_refuse_with_status_200_are_noticed() {
        let check = |kind, body: &str, expected: Option<bool>| {
            assert_eq!(judge(kind, 200, body).err().map(|failure| failure.can_retry), expected, "{body}");
        };
        check(HttpKind::Feishu, r#"{"code":0,"msg":"success","data":{}}"#, None);
        check(
            HttpKind::Feishu,
            r#"{"code":19021,"msg":"sign match fail or timestamp is not within one hour"}"#,
            Some(false),
        );
        check(HttpKind::Feishu, r#"{"code":11232,"msg":"frequency limited"}"#, Some(true));
        check(HttpKind::DingTalk, r#"{"errcode":0,"errmsg":"ok"}"#, None);
        check(HttpKind::DingTalk, r#"{"errcode":310000,"errmsg":"sign not match"}"#, Some(false));
        check(HttpKind::DingTalk, r#"{"errcode":130101,"errmsg":"send too fast"}"#, Some(true));
        check(HttpKind::WeCom, r#"{"errcode":0,"errmsg":"ok"}"#, None);
        check(HttpKind::WeCom, r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#, Some(false));
        check(HttpKind::WeCom, r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#, Some(true));
        check(HttpKind::WeCom, "<html>log in to the network</html>", Some(true));
    }

    #[test]
    fn the_wait_of_a_service_is_kept_up_to_six_hours() {
        let wait = |kind, retry_after_ms, body: &str| {
            judged(kind, &ServiceAnswer { status: 429, retry_after_ms, body: body.to_owned() })
                .unwrap_err()
                .retry_after_ms
        };
        let telegram = r#"{"ok":false,"error_code":429,"parameters":{"retry_after":35}}"#;
        assert_eq!(wait(HttpKind::Telegram, None, telegram), Some(35_000));
        assert_eq!(wait(HttpKind::Slack, None, telegram), None);
        assert_eq!(wait(HttpKind::Slack, Some(30_000), ""), Some(30_000));
        assert_eq!(wait(HttpKind::Slack, Some(u64::MAX), ""), Some(MOST_WAIT_MS));
    }
}
