//! The request of each kind, as its service receives it.

use crate::config::{NOW, channel, notice, with_report};
use crate::server::{Received, Server};
use ctm_notify::Notice;
use serde_json::{Value, json};

const OK: &str = "200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";

/// Sends a notice to a channel and returns its only request. `URL` in the lines stands for the server.
fn sent(lines: &str, answer: &str) -> Received {
    sent_of(&notice(), lines, answer)
}

fn sent_of(notice: &Notice, lines: &str, answer: &str) -> Received {
    let server = Server::answering(answer);
    let lines = lines.replace("URL", &format!("http://{}", server.address));
    let channel = channel(&format!("{lines}\nallow_private = true\nallow_http = true"));
    let sent = channel.send(notice, NOW).unwrap();
    assert!(sent.text.contains("answers 20"), "{sent:?}");
    let [received] = &server.received()[..] else { panic!("not one request") };
    assert_eq!(received.headers["content-type"], "application/json");
    assert_eq!(received.headers["user-agent"], concat!("ctm/", env!("CARGO_PKG_VERSION")));
    assert_eq!(received.headers.get("accept-encoding"), None);
    received.clone()
}

fn check(lines: &str, answer: &str, line: &str, headers: &[(&str, &str)], body: &Value) {
    let received = sent(lines, answer);
    assert_eq!(received.line, format!("POST {line} HTTP/1.1"));
    for (name, value) in headers {
        assert_eq!(received.headers.get(*name).map(String::as_str), Some(*value), "{name}");
    }
    assert_eq!(serde_json::from_str::<Value>(&received.body).unwrap(), *body);
}

fn whole() -> Value {
    json!({
        "id": "0123456789abcdef0123456789abcdef",
        "at": "2026-01-01T00:00:00.000Z",
        "rule": "team",
        "kind": "budget",
        "title": "Budget <team> is at 83 %",
        "text": "83 % of $200.00 is used.\n预算 *team*",
        "is_test": false,
        "report": null,
    })
}

#[test]
fn a_webhook_receives_the_notice_with_its_id_and_signature() {
    check(
        "kind = 'webhook'\nurl = 'URL/a?b=c'",
        OK,
        "/a?b=c",
        &[("idempotency-key", &notice().id)],
        &whole(),
    );
    let lines = "kind = 'webhook'\nurl = 'URL/a'\ntoken = 'token'\nsecret = 'secret'";
    let received = sent(lines, "204 No Content\r\nconnection: close\r\n\r\n");
    assert_eq!(received.headers["authorization"], "Bearer token");
    assert_eq!(
        received.headers["x-ctm-signature"],
        "sha256=442d7cf1f5218061577c28ec372bba058bc7ddd33e9e1b4bec3303f68683b3c1"
    );
    assert_eq!(sent("kind = 'webhook'\nurl = 'URL/a'", OK).headers.get("x-ctm-signature"), None);
}

#[test]
fn slack_receives_plain_texts() {
    let plain = |text: &str| json!({ "type": "plain_text", "text": text, "emoji": false });
    let body = json!({
        "text": "Budget &lt;team&gt; is at 83 %",
        "blocks": [
            { "type": "header", "text": plain("Budget <team> is at 83 %") },
            { "type": "section", "text": plain("83 % of $200.00 is used.\n预算 *team*") },
        ],
    });
    check("kind = 'slack'\nurl = 'URL/services/T0/B0/X'", OK, "/services/T0/B0/X", &[], &body);
}

#[test]
fn discord_receives_an_embed_without_mentions() {
    let body = json!({
        "embeds": [{
            "title": r"Budget \<team\> is at 83 %",
            "description": "83 % of $200.00 is used.\n预算 \\*team\\*",
        }],
        "allowed_mentions": { "parse": [] },
    });
    let answer = "204 No Content\r\nconnection: close\r\n\r\n";
    check("kind = 'discord'\nurl = 'URL/api/webhooks/1/x'", answer, "/api/webhooks/1/x", &[], &body);
}

#[test]
fn ntfy_receives_json_with_its_topic() {
    let body = json!({
        "topic": "alerts",
        "title": "Budget <team> is at 83 %",
        "message": "83 % of $200.00 is used.\n预算 *team*",
    });
    let lines = "kind = 'ntfy'\nurl = 'URL/alerts'\ntoken = 'tk_token'";
    check(lines, OK, "/", &[("authorization", "Bearer tk_token")], &body);
    assert_eq!(sent("kind = 'ntfy'\nurl = 'URL/below/alerts'", OK).line, "POST /below/ HTTP/1.1");
}

#[test]
fn gotify_receives_a_message_with_its_key() {
    let body =
        json!({ "title": "Budget <team> is at 83 %", "message": "83 % of $200.00 is used.\n预算 *team*" });
    let lines = "kind = 'gotify'\nurl = 'URL/'\ntoken = 'key'";
    check(lines, OK, "/message", &[("x-gotify-key", "key")], &body);
}

#[test]
fn teams_receives_an_adaptive_card() {
    let block = |run: Value| json!({ "type": "RichTextBlock", "inlines": [run] });
    let title = json!({
        "type": "TextRun", "text": "Budget <team> is at 83 %", "weight": "Bolder", "size": "Medium",
    });
    let body = json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": [
                    block(title),
                    block(json!({ "type": "TextRun", "text": "83 % of $200.00 is used." })),
                    block(json!({ "type": "TextRun", "text": "预算 *team*" })),
                ],
            },
        }],
    });
    let answer = "202 Accepted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    check("kind = 'teams'\nurl = 'URL/workflows/1?sig=x'", answer, "/workflows/1?sig=x", &[], &body);
}

#[test]
fn telegram_receives_a_text_for_a_chat() {
    let body = json!({
        "chat_id": "-1001",
        "text": "Budget <team> is at 83 %\n83 % of $200.00 is used.\n预算 *team*",
        "link_preview_options": { "is_disabled": true },
    });
    let answer = "200 OK\r\ncontent-length: 11\r\nconnection: close\r\n\r\n{\"ok\":true}";
    let lines = "kind = 'telegram'\nurl = 'URL'\ntoken = '1:abc'\nchat = '-1001'";
    check(lines, answer, "/bot1:abc/sendMessage", &[], &body);
}

#[test]
fn feishu_receives_a_signed_post() {
    let text = |text: &str| json!([{ "tag": "text", "text": text }]);
    let content = json!([text("83 % of $200.00 is used."), text("预算 *team*")]);
    let body = json!({
        "timestamp": "1767225600",
        "sign": "wX758XZ/EWLFBznsguE6uErE0731VsIgNFLkdifOEsk=",
        "msg_type": "post",
        "content": { "post": { "zh_cn": { "title": "Budget <team> is at 83 %", "content": content } } },
    });
    let answer = "200 OK\r\ncontent-length: 10\r\nconnection: close\r\n\r\n{\"code\":0}";
    let lines = "kind = 'feishu'\nurl = 'URL/open-apis/bot/v2/hook/x'\nsecret = 'secret'\nlanguage = 'zh'";
    check(lines, answer, "/open-apis/bot/v2/hook/x", &[], &body);
    let received = sent("kind = 'feishu'\nurl = 'URL/open-apis/bot/v2/hook/x'", answer);
    assert!(!received.body.contains("sign") && received.body.contains("en_us"), "{}", received.body);
}

#[test]
fn dingtalk_receives_a_text_with_a_signed_address() {
    let body = json!({
        "msgtype": "text",
        "text": { "content": "Budget <team> is at 83 %\n83 % of $200.00 is used.\n预算 *team*" },
        "at": { "isAtAll": false },
    });
    let answer = "200 OK\r\ncontent-length: 13\r\nconnection: close\r\n\r\n{\"errcode\":0}";
    let lines = "kind = 'dingtalk'\nurl = 'URL/robot/send?access_token=x'\nsecret = 'SECabc'";
    let line = "/robot/send?access_token=x&timestamp=1767225600000&sign=Tns%2Bq9xy3ZrHUPnf0YouCf2mHINUhrfNLY8ohhAIgfw%3D";
    check(lines, answer, line, &[], &body);
    let line = "/robot/send?access_token=x";
    check("kind = 'dingtalk'\nurl = 'URL/robot/send?access_token=x'", answer, line, &[], &body);
}

#[test]
fn wecom_receives_a_text() {
    let content = "Budget <team> is at 83 %\n83 % of $200.00 is used.\n预算 *team*";
    let body = json!({ "msgtype": "text", "text": { "content": content } });
    let answer = "200 OK\r\ncontent-length: 13\r\nconnection: close\r\n\r\n{\"errcode\":0}";
    let lines = "kind = 'wecom'\nurl = 'URL/cgi-bin/webhook/send?key=x'";
    check(lines, answer, "/cgi-bin/webhook/send?key=x", &[], &body);
}

#[test]
fn pagerduty_receives_an_event_with_a_key_against_repetitions() {
    let body = json!({
        "routing_key": "key",
        "event_action": "trigger",
        "dedup_key": "0123456789abcdef0123456789abcdef",
        "client": "Claude Token Monitor",
        "payload": {
            "summary": "Budget <team> is at 83 %",
            "source": "ctm",
            "severity": "warning",
            "timestamp": "2026-01-01T00:00:00.000Z",
            "class": "budget",
            "custom_details": { "rule": "team", "text": "83 % of $200.00 is used.\n预算 *team*" },
        },
    });
    let answer = "202 Accepted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    check("kind = 'pagerduty'\nurl = 'URL/v2/enqueue'\ntoken = 'key'", answer, "/v2/enqueue", &[], &body);
}

#[test]
fn a_written_report_is_sent_where_it_can_be_shown() {
    let of = with_report();
    let markdown = &of.report.as_ref().unwrap().markdown;
    let body = |lines: &str, answer: &str| -> Value {
        serde_json::from_str(&sent_of(&of, lines, answer).body).unwrap()
    };
    let mut expected = whole();
    expected["report"] = json!(markdown);
    assert_eq!(body("kind = 'webhook'\nurl = 'URL/a'", OK), expected);
    let extras = json!({ "client::display": { "contentType": "text/markdown" } });
    let expected = json!({ "title": of.title, "message": markdown, "extras": extras });
    assert_eq!(body("kind = 'gotify'\nurl = 'URL/'\ntoken = 'key'", OK), expected);
    // Others have no tables, or little room: the text is enough.
    for (kind, answer) in [("slack", OK), ("discord", OK), ("ntfy", OK), ("teams", OK)] {
        let sent = body(&format!("kind = '{kind}'\nurl = 'URL/a'"), answer).to_string();
        assert!(sent.contains("200.00") && !sent.contains("Claude Code usage"), "{kind}: {sent}");
    }
}
