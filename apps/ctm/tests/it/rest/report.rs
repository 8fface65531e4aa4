//! A written report over REST: the figures of other answers, its formats, and that it is no page of the server.

use super::links::{BEARER, JSON, TOKEN, scope};
use super::{at_noon, everyday, link_names};
use crate::http::{get, request, request_with};
use crate::place::Place;
use crate::running::Running;
use serde_json::{Value, json};

fn report(server: &Running, query: &str) -> crate::http::Answer {
    get(&format!("{}api/v1/report?{query}", server.url()))
}

#[test]
fn a_report_has_the_figures_of_other_answers() {
    let (place, _) = Place::generated(7, 1_000_000);
    let server = at_noon(&place);
    for filter in ["range=30d", "range=last-week&tz=Asia%2FTokyo", "range=all&sidechain=true"] {
        let written = server.json(&format!("report?{filter}&limit=500"));
        assert_eq!(written["totals"], server.json(&format!("stats?{filter}"))["totals"], "{filter}");
        let causes = &written["comparison"]["causes"];
        assert_eq!(causes.is_null(), filter.starts_with("range=all"), "{filter}");
        if !causes.is_null() {
            assert_eq!(*causes, server.json(&format!("why?{filter}"))["causes"], "{filter}");
        }
        let projects = server.json(&format!("stats/projects?{filter}&limit=500"));
        let names = |of: &Value, field: &str| -> Vec<Value> {
            of["items"].as_array().unwrap().iter().map(|item| item[field].clone()).collect()
        };
        assert_eq!(names(&written["projects"], "name"), names(&projects, "label"), "{filter}");
    }
    server.stop();
}

#[test]
fn each_format_is_a_document_without_scripts_and_without_an_origin() {
    let (_place, server) = everyday();
    let check = |query: &str, media_type: &str, file: &str, parts: &[&str]| {
        let answer = report(&server, &format!("from=2026-03-07&to=2026-03-11&tz=UTC&{query}"));
        assert_eq!((answer.status, answer.header("content-type")), (200, media_type), "{}", answer.body);
        let file = format!("inline; filename=\"ctm-report-2026-03-07-2026-03-11.{file}\"");
        assert_eq!(
            (answer.header("content-disposition"), answer.header("cache-control")),
            (&*file, "no-store")
        );
        for directive in ["default-src 'none'", "frame-ancestors 'none'", "; sandbox"] {
            assert!(answer.header("content-security-policy").contains(directive), "{query}: {directive}");
        }
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(!answer.body.contains("<script"), "{}", answer.body);
        for part in parts {
            assert!(answer.body.contains(part), "`{part}` is not in: {}", answer.body);
        }
    };
    let html = "text/html; charset=utf-8";
    check("format=html", html, "html", &["<html lang=\"en\">", "Claude Code usage", "shop", "<svg"]);
    check("format=html&language=zh", html, "html", &["<html lang=\"zh\">", "Claude Code 用量"]);
    check("format=md", "text/markdown; charset=utf-8", "md", &["# Claude Code usage\n", "| shop |"]);
    check("format=md&names=numbered", "text/markdown; charset=utf-8", "md", &["| Project A |"]);
    check("", "application/json", "json", &["\"names\":\"shown\""]);
    server.stop();
}

#[test]
fn a_report_of_a_part_says_nothing_about_limits() {
    let (_place, server) = everyday();
    assert_eq!(server.json("report?range=all")["limits_reached"], json!([]));
    assert_eq!(server.json("report?range=all&unlogged=true")["limits_reached"], json!([]));
    for part in ["project=%2Fhome%2Fu%2Fshop", "model=claude-opus-4-5-20251101", "sidechain=false"] {
        assert_eq!(server.json(&format!("report?range=all&{part}"))["limits_reached"], Value::Null, "{part}");
        let text = report(&server, &format!("range=all&format=md&{part}")).body;
        assert!(!text.contains("Official limits"), "{part}: {text}");
    }
    server.stop();
}

#[test]
fn unknown_words_are_refused_with_the_known_ones() {
    let (_place, server) = everyday();
    let check = |query: &str, message: &str| {
        let answer = report(&server, query);
        assert_eq!(answer.status, 400, "{query}");
        assert!(answer.body.contains(message), "{query}: {}", answer.body);
    };
    check("format=pdf", "`format` is `pdf`; allowed: json, md, html");
    check("language=de", "`language` is `de`; allowed: en, zh");
    check("names=none", "`names` is `none`; allowed: shown, numbered");
    check("limit=0", "`limit` is `0`; allowed: 1 to ");
    server.stop();
}

#[test]
fn a_visitor_without_names_gets_the_letters_of_other_answers() {
    let place = Place::everyday();
    let server = Running::at(super::NOW, &place, &[("auth_token", TOKEN)]);
    let cookie = link_names::visitor(&server, &scope("everything", None, false));
    let visit = |path: &str| {
        let url = format!("{}api/v1/{path}", server.url());
        request("GET", &url, &[("cookie", &cookie)])
    };
    let projects = visit("stats/projects?range=all").json();
    let labels: Vec<_> =
        projects["items"].as_array().unwrap().iter().map(|item| item["label"].clone()).collect();
    assert!(labels.len() > 1, "{labels:?}");
    for query in ["", "&names=shown", "&names=numbered", "&n%61mes=shown&names=shown"] {
        let written = visit(&format!("report?range=all{query}")).json();
        let items = written["projects"]["items"].as_array().unwrap();
        let names: Vec<_> =
            items.iter().map(|item| format!("Project {}", item["name"].as_str().unwrap())).collect();
        assert_eq!(names, labels, "{query}");
        let text = visit(&format!("report?range=all&format=html{query}")).body;
        assert!(text.contains("Project B") && !text.contains("shop"), "{query}: {text}");
    }
    // What a link without names cannot filter by, a report cannot either.
    assert_eq!(visit("report?home=a").status, 403);
    let owner = request_with("GET", &format!("{}api/v1/report?format=md", server.url()), &[BEARER, JSON], "");
    assert!(owner.body.contains("shop"), "{}", owner.body);
    server.stop();
}
