//! The request of each service for a notice.
//!
//! # Design
//!
//! Names in a notice are of others: a project may be called `<!channel>` or `[a](https://b.example)`. Each service is therefore sent a form that
//! has no markup, or markup that is escaped by a documented rule; where there is neither, the plainer form is chosen. `docs/channels.md` has the
//! documentation that forms and limits are from.

use crate::fit::{bytes, lines, units};
use crate::notice::Notice;
use crate::signature;
use ctm_config::channel::{ChannelLanguage, HttpKind};
use ctm_config::secret::Secret;
use ctm_types::EpochMs;
use serde_json::{Value, json};

/// A service with its secrets.
pub(crate) struct Service {
    pub(crate) kind: HttpKind,
    /// The address, without a trailing slash where a path follows.
    pub(crate) url: String,
    pub(crate) token: Option<Secret>,
    pub(crate) secret: Option<Secret>,
    /// The chat of Telegram.
    pub(crate) chat: String,
    pub(crate) language: ChannelLanguage,
}

/// A request: a `POST` of JSON.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ServiceRequest {
    pub(crate) url: String,
    /// The headers besides `Content-Type`.
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// The most lines of a text where each is an element of its own.
const MOST_LINES: usize = 100;

/// Returns the request of a service for a notice.
pub(crate) fn request(service: &Service, notice: &Notice, now_ms: EpochMs) -> ServiceRequest {
    let notice = notice.cleaned();
    let body = body(service, &notice, now_ms).to_string().into_bytes();
    ServiceRequest { url: url(service, now_ms), headers: headers(service, &notice, &body), body }
}

fn url(service: &Service, now_ms: EpochMs) -> String {
    let url = &service.url;
    match (service.kind, &service.secret) {
        (HttpKind::Gotify, _) => format!("{url}/message"),
        (HttpKind::Telegram, _) => format!("{url}/bot{}/sendMessage", service.token()),
        (HttpKind::Ntfy, _) => ntfy(url).0.to_owned(),
        (HttpKind::DingTalk, Some(secret)) => {
            let sign = signature::of_dingtalk(secret.expose(), now_ms.0);
            let separator = if url.contains('?') { '&' } else { '?' };
            format!("{url}{separator}timestamp={}&sign={sign}", now_ms.0)
        }
        _ => url.clone(),
    }
}

/// Returns the address of the server, which takes JSON, and the topic.
fn ntfy(url: &str) -> (&str, &str) {
    let at = url.rfind('/').map_or(url.len(), |at| at + 1);
    url.split_at(at)
}

fn headers(service: &Service, notice: &Notice, body: &[u8]) -> Vec<(&'static str, String)> {
    let token = service.token.as_ref().map(Secret::expose);
    let bearer = || token.map(|token| ("authorization", format!("Bearer {token}")));
    match service.kind {
        HttpKind::Webhook => {
            let secret = service.secret.as_ref();
            let signature = secret.map(|secret| signature::of_body(secret.expose(), body));
            let id = [("idempotency-key", notice.id.clone())];
            id.into_iter().chain(signature.map(|sign| ("x-ctm-signature", sign))).chain(bearer()).collect()
        }
        HttpKind::Ntfy => bearer().into_iter().collect(),
        HttpKind::Gotify => vec![("x-gotify-key", service.token().to_owned())],
        _ => Vec::new(),
    }
}

fn body(service: &Service, notice: &Notice, now_ms: EpochMs) -> Value {
    let Notice { title, text, .. } = notice;
    let whole = || format!("{title}\n{text}");
    match service.kind {
        HttpKind::Webhook => notice.json(),
        HttpKind::Slack => slack(title, text),
        HttpKind::Discord => json!({
            "embeds": [{ "title": units(&markdown(title), 256), "description": units(&markdown(text), 4096) }],
            "allowed_mentions": { "parse": [] },
        }),
        HttpKind::Ntfy => {
            json!({ "topic": ntfy(&service.url).1, "title": bytes(title, 250), "message": bytes(text, 4096) })
        }
        HttpKind::Gotify => gotify(notice),
        HttpKind::Teams => teams(title, text),
        HttpKind::Telegram => json!({
            "chat_id": service.chat,
            "text": units(&whole(), 4096),
            "link_preview_options": { "is_disabled": true },
        }),
        HttpKind::Feishu => feishu(service, title, text, now_ms),
        HttpKind::DingTalk => json!({
            "msgtype": "text",
            "text": { "content": bytes(&whole(), 9_000) },
            "at": { "isAtAll": false },
        }),
        HttpKind::WeCom => json!({ "msgtype": "text", "text": { "content": bytes(&whole(), 2048) } }),
        HttpKind::PagerDuty => pagerduty(service, notice),
    }
}

/// A message, which is plain text unless it says otherwise.
fn gotify(Notice { title, text, report, .. }: &Notice) -> Value {
    match report {
        None => json!({ "title": title, "message": text }),
        Some(report) => json!({
            "title": title,
            "message": report.markdown,
            "extras": { "client::display": { "contentType": "text/markdown" } },
        }),
    }
}

/// Blocks of plain text, which has no mentions; the text beside them is for notifications.
fn slack(title: &str, text: &str) -> Value {
    let plain = |text: String| json!({ "type": "plain_text", "text": text, "emoji": false });
    let escaped = units(title, 3000).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    json!({
        "text": escaped,
        "blocks": [
            { "type": "header", "text": plain(units(title, 150)) },
            { "type": "section", "text": plain(units(text, 3000)) },
        ],
    })
}

/// Escapes what Discord takes as Markdown.
fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_ascii_punctuation()
            && !matches!(char, ',' | '.' | '%' | '$' | '\'' | '"' | '/' | ';' | '?')
        {
            escaped.push('\\');
        }
        escaped.push(char);
    }
    escaped
}

/// A card of text runs, the one element of text without Markdown, with a block for each line.
fn teams(title: &str, text: &str) -> Value {
    let block = |run: Value| json!({ "type": "RichTextBlock", "inlines": [run] });
    let title = json!({ "type": "TextRun", "text": units(title, 500), "weight": "Bolder", "size": "Medium" });
    let lines = lines(text, 6_000, MOST_LINES).into_iter();
    let blocks = lines.map(|line| block(json!({ "type": "TextRun", "text": line })));
    let body: Vec<_> = std::iter::once(block(title)).chain(blocks).collect();
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": body,
            },
        }],
    })
}

/// A post, whose texts have no mentions: in a plain text `<at user_id="all">` is one.
fn feishu(service: &Service, title: &str, text: &str, now_ms: EpochMs) -> Value {
    let language = match service.language {
        ChannelLanguage::English => "en_us",
        ChannelLanguage::Chinese => "zh_cn",
    };
    let lines = lines(text, 6_000, MOST_LINES).into_iter();
    let lines: Vec<_> = lines.map(|line| json!([{ "tag": "text", "text": line }])).collect();
    let post = json!({ language: { "title": bytes(title, 1_000), "content": lines } });
    let mut body = json!({ "msg_type": "post", "content": { "post": post } });
    if let Some(secret) = &service.secret {
        let seconds = now_ms.0.div_euclid(1_000);
        body["timestamp"] = seconds.to_string().into();
        body["sign"] = signature::of_feishu(secret.expose(), seconds).into();
    }
    body
}

fn pagerduty(service: &Service, notice: &Notice) -> Value {
    json!({
        "routing_key": service.token(),
        "event_action": "trigger",
        "dedup_key": notice.id,
        "client": "Claude Token Monitor",
        "payload": {
            "summary": units(&notice.title, 1024),
            "source": "ctm",
            "severity": if notice.is_test { "info" } else { "warning" },
            "timestamp": notice.at(),
            "class": notice.kind,
            "custom_details": { "rule": notice.rule, "text": bytes(&notice.text, 100_000) },
        },
    })
}

impl Service {
    fn token(&self) -> &str {
        self.token.as_ref().map(Secret::expose).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: EpochMs = EpochMs(1_767_225_600_000);

    fn service(kind: HttpKind) -> Service {
        Service {
            kind,
            url: "https://a.example/topic".to_owned(),
            token: Secret::parse("token"),
            secret: None,
            chat: "1".to_owned(),
            language: ChannelLanguage::English,
        }
    }

    fn notice(title: &str, text: &str) -> Notice {
        Notice {
            id: "0123456789abcdef0123456789abcdef".to_owned(),
            at_ms: NOW,
            rule: "rule".to_owned(),
            kind: "budget".to_owned(),
            title: title.to_owned(),
            text: text.to_owned(),
            is_test: false,
            report: None,
        }
    }

    fn sent(kind: HttpKind, title: &str, text: &str) -> Value {
        serde_json::from_slice(&request(&service(kind), &notice(title, text), NOW).body).unwrap()
    }

    #[test]
    fn names_are_no_markup_and_mention_no_one() {
        let name = "<!channel> <at user_id=\"all\"></at> @everyone [a](https://b.example) *b*";
        let slack = sent(HttpKind::Slack, name, name);
        assert!(slack["text"].as_str().unwrap().starts_with("&lt;!channel&gt; &lt;at user"));
        assert_eq!(slack["blocks"][1]["text"]["type"], "plain_text");
        let discord = sent(HttpKind::Discord, name, name);
        assert_eq!(discord["allowed_mentions"]["parse"], json!([]));
        assert_eq!(
            discord["embeds"][0]["description"],
            r#"\<\!channel\> \<at user\_id\="all"\>\</at\> \@everyone \[a\]\(https\://b.example\) \*b\*"#
        );
        let post = &sent(HttpKind::Feishu, name, name)["content"]["post"]["en_us"];
        assert_eq!(post["content"], json!([[{ "tag": "text", "text": name }]]));
        assert_eq!(sent(HttpKind::Telegram, name, name).get("parse_mode"), None);
        assert_eq!(sent(HttpKind::Ntfy, name, name).get("markdown"), None);
        let card = &sent(HttpKind::Teams, name, name)["attachments"][0]["content"]["body"];
        assert_eq!(card[1]["inlines"][0], json!({ "type": "TextRun", "text": name }));
        for kind in [HttpKind::DingTalk, HttpKind::WeCom] {
            let sent = sent(kind, name, name);
            assert_eq!((&sent["msgtype"], &sent["text"]["mentioned_list"]), (&json!("text"), &Value::Null));
        }
    }

    #[test]
    fn no_name_ends_a_header_or_a_line() {
        let other =
            Notice { id: "a\r\nX-Other: 1".to_owned(), ..notice("a\nb\u{1b}[31m", "c\r\nd\u{202e}e") };
        for (_, kind) in HttpKind::ALL {
            let request = request(&service(kind), &other, NOW);
            assert!(request.headers.iter().all(|(_, value)| !value.contains(['\r', '\n'])), "{kind:?}");
            let body = String::from_utf8(request.body).unwrap();
            assert!(
                !body.contains(r"\u001b") && !body.contains('\u{202e}') && !body.contains(r"a\nb"),
                "{body}"
            );
        }
    }

    #[test]
    fn the_limits_of_each_service_are_kept() {
        let (title, text) = ("🚀用".repeat(5_000), "量\"<\n".repeat(30_000));
        let lengths = |kind: HttpKind, pointers: &[(&str, usize)], most_body: usize| {
            let body = sent(kind, &title, &text);
            for (pointer, most) in pointers {
                let text = body.pointer(pointer).unwrap().as_str().unwrap();
                let length = if matches!(kind, HttpKind::Ntfy | HttpKind::WeCom) {
                    text.len()
                } else {
                    text.encode_utf16().count()
                };
                assert!((most - 4..=*most).contains(&length), "{kind:?} {pointer}: {length}");
            }
            assert!(body.to_string().len() <= most_body, "{kind:?}: {}", body.to_string().len());
        };
        lengths(HttpKind::Slack, &[("/blocks/0/text/text", 150), ("/blocks/1/text/text", 3000)], 80_000);
        lengths(HttpKind::Discord, &[("/embeds/0/title", 256), ("/embeds/0/description", 4096)], 40_000);
        lengths(HttpKind::Ntfy, &[("/title", 250), ("/message", 4096)], 10_000);
        lengths(HttpKind::Teams, &[], 28_000);
        lengths(HttpKind::Telegram, &[("/text", 4096)], 40_000);
        lengths(HttpKind::Feishu, &[], 20_000);
        lengths(HttpKind::DingTalk, &[], 20_000);
        lengths(HttpKind::WeCom, &[("/text/content", 2048)], 4_000);
        lengths(HttpKind::PagerDuty, &[("/payload/summary", 1024)], 512_000);
    }
}
