//! `ctm report`: the figures of a written report, its names, and its formats.

use crate::place::{Place, Ran, response};
use ctm_types::PicoUsd;
use serde_json::{Value, json};
use std::fs;

/// A report of everything, as JSON.
fn report(place: &Place, args: &[&str]) -> Value {
    let args = [&["report", "--range=all", "--format=json", "--no-update"], args].concat();
    serde_json::from_str(&place.print(&args)).unwrap()
}

fn list<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    of[name].as_array().unwrap()
}

/// Returns the sum of an amount over items.
fn cost<'a>(items: impl IntoIterator<Item = &'a Value>) -> PicoUsd {
    let amount = |item: &Value| item["cost_usd"].to_string().parse().unwrap_or(PicoUsd::ZERO);
    items.into_iter().map(amount).fold(PicoUsd::ZERO, |sum, amount| sum + amount)
}

fn tokens<'a>(items: impl IntoIterator<Item = &'a Value>) -> u64 {
    items.into_iter().map(|item| item["total_tokens"].as_u64().unwrap()).sum()
}

#[test]
fn each_list_and_its_rest_add_up_to_the_totals() {
    let (place, _) = Place::generated(7, 2_000_000);
    place.print(&["daily"]);
    for limit in ["--limit=1", "--limit=3", "--limit=500"] {
        let report = report(&place, &[limit]);
        let totals = &report["totals"];
        for kind in ["projects", "models"] {
            let items = list(&report[kind], "items");
            let rest = Some(&report[kind]["rest"]).filter(|rest| !rest.is_null());
            assert_eq!(rest.is_some(), report[kind]["rest_count"] != 0, "{kind} {limit}");
            let all = || items.iter().chain(rest);
            assert_eq!(cost(all()), cost([totals]), "{kind} {limit}");
            assert_eq!(tokens(all()), tokens([totals]), "{kind} {limit}");
        }
        assert_eq!(cost(list(&report, "steps")), cost([totals]), "{limit}");
        assert_eq!(tokens(list(&report, "steps")), tokens([totals]), "{limit}");
        let sessions = list(&report, "sessions").len() as u64 + report["further_sessions"].as_u64().unwrap();
        assert!(sessions >= totals["sessions"].as_u64().unwrap(), "{limit}");
    }
}

#[test]
fn a_report_says_what_other_commands_say() {
    let (place, _) = Place::generated(7, 2_000_000);
    let last: Value = serde_json::from_str(&place.print(&["daily", "--json"])).unwrap();
    let to = last["meta"]["to"].as_str().unwrap().to_owned();
    let days = ["--last=7", "--no-update"];
    let written: Value = {
        let args = [&["report", "--format=json"][..], &days].concat();
        serde_json::from_str(&place.print(&args)).unwrap()
    };
    let why: Value = {
        let args = [&["why", "--json"][..], &days].concat();
        serde_json::from_str(&place.print(&args)).unwrap()
    };
    assert_eq!(written["comparison"]["causes"], why["causes"], "up to {to}");
    assert_eq!(written["comparison"]["difference_usd"], why["difference_usd"]);
    assert_eq!(written["comparison"]["from"], why["previous_period"]["from"]);
    let cache: Value = {
        let args = [&["cache", "--json"][..], &days].concat();
        serde_json::from_str(&place.print(&args)).unwrap()
    };
    assert_eq!(written["cache_misses"], cache["misses"]);
}

/// A home with a project, a session and a title that are names.
fn named() -> Place {
    let place = Place::empty();
    let title =
        json!({ "type": "custom-title", "customTitle": "secret-title", "sessionId": "secret-session" });
    let file = "projects/-secret-project/secret-session.jsonl";
    place.append(file, format!("{title}\n").as_bytes());
    for number in 1..=3 {
        let line = response("secret-session", number, 1_000, "2026-03-11T10:00:00.000Z");
        let mut line: Value = serde_json::from_str(&line).unwrap();
        line["cwd"] = json!("/home/secret-person/secret-project");
        line["gitBranch"] = json!("secret-branch");
        place.append(file, format!("{line}\n").as_bytes());
    }
    fs::write(place.path().join("ctm.toml"), "session_names = true\n").unwrap();
    place
}

#[test]
fn a_report_without_names_shows_none() {
    let place = named();
    for format in ["md", "html", "json"] {
        for language in ["en", "zh"] {
            let print = |names: &str| {
                let format = format!("--format={format}");
                let language = format!("--language={language}");
                let args = ["report", "--range=all", &format, &language, "--names", names];
                let ran = Ran::of(place.ctm(&args).env("CTM_CONFIG", place.path().join("ctm.toml")));
                assert_eq!(ran.code, Some(0), "{}", ran.err);
                ran.out
            };
            let shown = print("shown");
            assert!(
                shown.contains("secret-project") && shown.contains("secret-title"),
                "{format} {language}: {shown}"
            );
            let text = print("numbered");
            assert!(!text.contains("secret"), "{format} {language}: {text}");
            let project = if language == "en" { "Project A" } else { "项目 A" };
            assert!(format == "json" || text.contains(project), "{format} {language}: {text}");
        }
    }
}

#[test]
fn names_are_text_in_every_format() {
    let place = Place::empty();
    let name = "<script>alert(1)</script>|[x](javascript:y)&\"'`**";
    let mut line: Value =
        serde_json::from_str(&response("session", 1, 1_000, "2026-03-11T10:00:00.000Z")).unwrap();
    line["cwd"] = json!(format!("/home/u/{}", name.replace('/', "\\")));
    line["message"]["model"] = json!(name);
    place.append("projects/-p/session.jsonl", format!("{line}\n").as_bytes());
    let html = place.print(&["report", "--range=all", "--format=html"]);
    assert!(!html.contains("<script"), "{html}");
    assert!(html.contains("&lt;script&gt;"), "{html}");
    let loaded = ["src=", "href=", "url(", "@import", "http:", "https:"];
    assert!(loaded.iter().all(|part| !html.contains(part)), "{html}");
    let markdown = place.print(&["report", "--range=all"]);
    assert!(!markdown.contains("<script") && !markdown.contains("[x]("), "{markdown}");
    let columns = |line: &&str| line.replace("\\|", "").matches('|').count();
    let table: Vec<usize> =
        markdown.lines().filter(|line| line.starts_with("| ")).map(|line| columns(&line)).collect();
    assert!(table.len() > 10 && table.iter().all(|bars| [3, 4, 6, 7].contains(bars)), "{markdown}");
}

#[test]
fn nothing_used_is_said_and_a_file_is_kept_without_force() {
    let place = Place::everyday();
    let write = |args: &[&str]| place.run(&[&["report", "-o", "r.html", "--range=all"], args].concat());
    let ran = write(&[]);
    assert_eq!((ran.code, &*ran.out), (Some(0), ""));
    assert!(ran.err.contains("in `r.html`"), "{}", ran.err);
    let html = fs::read_to_string(place.path().join("r.html")).unwrap();
    assert!(html.starts_with("<!DOCTYPE html>"), "{html}");
    write(&[]).failed(2, &["`r.html` already exists", "--force"]);
    assert_eq!(write(&["--force", "--language=zh"]).code, Some(0));
    let html = fs::read_to_string(place.path().join("r.html")).unwrap();
    assert!(html.contains("lang=\"zh\"") && html.contains("费用"), "{html}");
    let nothing = place.print(&["report", "--from=2020-01-01", "--to=2020-01-02"]);
    assert!(nothing.contains("No usage on these days."), "{nothing}");
}

#[test]
fn a_pdf_is_printed_by_a_browser() {
    let place = Place::everyday();
    place.print(&["daily"]);
    let none = place.path().join("no-browser");
    let none = none.to_str().unwrap();
    place.run(&["report", "--format=pdf", "--browser", none]).failed(1, &["no-browser"]);
    let browsers = ["chromium-headless-shell", "chromium"].map(|name| format!("/usr/bin/{name}"));
    let Some(browser) = browsers.iter().find(|file| fs::exists(file).unwrap()) else {
        println!("skipped: there is no browser that prints");
        return;
    };
    let ran = place.run(&["report", "--range=all", "-o", "r.pdf", "--browser", browser]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(fs::read(place.path().join("r.pdf")).unwrap().starts_with(b"%PDF-"));
}
