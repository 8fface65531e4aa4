//! Prices that others set: an organisation, the maker of a model, a reseller.

use crate::place::{Place, Ran, response};
use crate::running::Running;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

/// A place with a response of 1,000 output tokens, whose list price is 0.015 dollars.
fn place() -> Place {
    let place = Place::empty();
    place.append("projects/-p/a.jsonl", response("a", 1, 1_000, "2026-03-11T10:00:00.000Z").as_bytes());
    place
}

/// Managed settings of this content in a folder of a place.
fn managed(place: &Place, name: &str, content: &str) -> PathBuf {
    let path = place.path().canonicalize().unwrap().join("managed").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    path
}

const MAIN: &str = "managed-settings.json";

/// A row with this price of output.
fn row(output: &str) -> String {
    format!(r#"{{"input":1,"output":{output},"cacheRead":1,"cacheWrite":1}}"#)
}

fn pricing(content: &str) -> String {
    format!(r#"{{"apiKeyHelper":"/opt/secret","modelPricing":{{{content}}}}}"#)
}

fn with_price(output: &str) -> String {
    pricing(&format!(r#""overrides":{{"claude-sonnet-4-5":{}}}"#, row(output)))
}

/// Runs a command with managed settings.
fn run(place: &Place, file: &str, args: &[&str]) -> Ran {
    Ran::of(place.ctm(args).env("CTM_MANAGED_SETTINGS", file))
}

/// Checks the cost of everything, and what is complained of.
#[track_caller]
fn check(place: &Place, file: &str, cost: &str, warnings: &[&str]) {
    for database in [&[][..], &["--no-database"]] {
        let ran = run(place, file, &[&["daily", "--json"], database].concat());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let answer: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(answer["totals"]["cost_usd"].to_string(), cost);
        assert_eq!(ran.err.lines().count(), warnings.len(), "{}", ran.err);
        for warning in warnings {
            assert!(ran.err.contains(warning), "`{warning}` is not in: {}", ran.err);
        }
        assert!(!ran.err.contains("secret"), "{}", ran.err);
    }
}

#[test]
fn amounts_use_managed_prices_and_name_their_source() {
    let place = place();
    let content = pricing(&format!(r#""multiplier":0.5,"overrides":{{"claude-sonnet-4-5":{}}}"#, row("10")));
    let path = managed(&place, MAIN, &content);
    let file = path.to_str().unwrap();
    check(&place, "off", "0.015", &[]);
    check(&place, file, "0.005", &[]);

    let source = format!("modelPricing of `{file}`");
    let print = |args: &[&str]| {
        let ran = run(&place, file, args);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{args:?}");
        ran.out
    };
    let explained = print(&["explain", "2026-03-11"]);
    assert!(explained.contains(&format!("source: {source}; x 0.5 by {source}")), "{explained}");
    assert!(explained.contains("managed x 0.5"), "{explained}");
    let shown = print(&["prices", "show", "claude-sonnet-4-5-20250929"]);
    assert!(shown.contains(&source) && shown.contains("Managed settings multiply it: x 0.5."), "{shown}");
    assert!(!shown.contains("Requests may change its rates"), "{shown}");
    let listed = print(&["prices"]);
    assert!(listed.contains(&format!("1 price is set by {source}.")), "{listed}");
    assert!(listed.contains("All prices except your own are then multiplied by 0.5."), "{listed}");
    let listed: Value = serde_json::from_str(&print(&["prices", "--json"])).unwrap();
    assert_eq!(
        (&listed["managed"]["multiplier"], &listed["managed"]["source"]),
        (&"0.5".into(), &(*source).into())
    );
    let is_managed = |model: &&Value| model["prices"][0]["origin"] == "managed";
    assert_eq!(listed["models"].as_array().unwrap().iter().filter(is_managed).count(), 1);
    let doctor = print(&["doctor"]);
    assert!(doctor.contains("1 price is managed by your organisation"), "{doctor}");

    let server = Running::at("2026-03-12T00:00:00Z", &place, &[("managed_settings", file)]);
    let response = server.json("responses/msg_live0000000000000001");
    let part = &response["parts"][0];
    assert_eq!(
        (&part["price"]["source"], &part["cost_usd"]),
        (&format!("{source}; x 0.5 by {source}").into(), &0.005.into())
    );
    assert_eq!(
        (&part["multipliers"][0]["name"], &part["multipliers"][0]["factor"]),
        (&"managed".into(), &"0.5".into())
    );
    assert_eq!(response["flags"], serde_json::json!(["managed"]));
    server.stop();
}

#[test]
fn drop_in_files_come_on_top_in_the_order_of_their_names() {
    let place = place();
    let file = managed(&place, MAIN, &with_price("10"));
    managed(&place, "managed-settings.d/20-b.json", &with_price("30"));
    managed(&place, "managed-settings.d/10-a.json", &with_price("20"));
    managed(&place, "managed-settings.d/.90-hidden.json", &with_price("90"));
    managed(&place, "managed-settings.d/90-other.txt", "no JSON");
    let file = file.to_str().unwrap();
    check(&place, file, "0.03", &[]);
    fs::remove_file(file).unwrap();
    check(&place, file, "0.03", &[]);
}

#[test]
fn invalid_values_are_warnings_with_file_and_key_and_the_rest_applies() {
    let place = place();
    let path = managed(
        &place,
        MAIN,
        &pricing(&format!(
            r#""multiplier":"x","overrides":{{"claude-opus-5":{{}},"claude-sonnet-4-5":{}}}"#,
            row("10")
        )),
    );
    let file = path.to_str().unwrap();
    let warnings = [
        format!("`modelPricing.multiplier` in `{file}` is"),
        format!("`modelPricing.overrides.claude-opus-5` in `{file}` is"),
    ];
    check(&place, file, "0.01", &[&warnings[0], &warnings[1]]);
    let doctor = run(&place, file, &["doctor", "--json"]);
    assert_eq!(doctor.code, Some(10));
    assert!(warnings.iter().all(|warning| doctor.out.contains(warning)), "{}", doctor.out);

    let broken = managed(&place, "managed-settings.d/a.json", "{ \"apiKeyHelper\": \"secret\", ");
    check(
        &place,
        file,
        "0.01",
        &[&warnings[0], &warnings[1], &format!("`{}` is not a JSON object (line 1", broken.display())],
    );
    for content in [&[0xff, 0xfe, 0, 1][..], &vec![b' '; (1 << 20) + 1]] {
        fs::write(&path, content).unwrap();
        fs::write(&broken, with_price("20")).unwrap();
        check(&place, file, "0.02", &[file]);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_a_warning() {
    let place = place();
    let absent = place.path().join("absent/managed-settings.json");
    let folder = managed(&place, "x/y", "").parent().unwrap().to_owned();
    for file in [absent.to_str().unwrap(), folder.to_str().unwrap()] {
        check(&place, file, "0.015", &[file]);
    }
    #[cfg(unix)]
    check(&place, "/dev/zero", "0.015", &["`/dev/zero`: not a regular file"]);
    // A file in place of the drop-in folder.
    let file = managed(&place, MAIN, &with_price("10"));
    let folder = managed(&place, "managed-settings.d", "");
    check(&place, file.to_str().unwrap(), "0.01", &[folder.to_str().unwrap()]);
}

#[test]
fn own_prices_take_precedence() {
    let place = place();
    let path = managed(&place, MAIN, &with_price("10"));
    let own = place.path().join(".config/ctm/prices.toml");
    fs::create_dir_all(own.parent().unwrap()).unwrap();
    fs::write(&own, "[[price]]\nmodel = 'claude-sonnet-4-5'\ninput = '1'\noutput = '40'\n").unwrap();
    check(&place, path.to_str().unwrap(), "0.04", &[]);
}

/// A response of a model of another maker.
fn of_model(model: &str) -> Place {
    let place = Place::empty();
    let line =
        response("a", 1, 1_000, "2026-03-11T10:00:00.000Z").replace("claude-sonnet-4-5-20250929", model);
    place.append("projects/-p/a.jsonl", line.as_bytes());
    place
}

#[test]
fn models_of_other_makers_are_unpriced_without_the_pack() {
    let place = of_model("z-ai/glm-5");
    let cost = |args: &[&str]| {
        let answer: Value =
            serde_json::from_str(&place.print(&[&["daily", "--json"], args].concat())).unwrap();
        answer["totals"]["cost_usd"].to_string()
    };
    assert_eq!(cost(&[]), "null");
    assert_eq!(cost(&["--prices-pack", "others"]), "0.0032");
    let hint = r#"prices_pack = "others""#;
    place.run(&["prices", "show", "z-ai/glm-5"]).failed(2, &["unknown_provider", hint]);
    let doctor = place.run(&["doctor"]).out;
    assert!(doctor.contains(r#"`prices_pack = "others"` has the list prices of z-ai/glm-5"#), "{doctor}");
    let models: Value = serde_json::from_str(&place.print(&["models", "--json"])).unwrap();
    assert!(models["items"][0]["unpriced_reason"].as_str().unwrap().contains(hint), "{models}");

    let with_pack = |args: &[&str]| place.print(&[args, &["--prices-pack", "others"]].concat());
    let label = "list price of the maker, provider not known: ";
    assert!(with_pack(&["prices", "show", "z-ai/glm-5"]).contains(label));
    assert!(with_pack(&["explain", "2026-03-11"]).contains(&format!("source: {label}")));
    let shown: Value = serde_json::from_str(&with_pack(&["prices", "show", "z-ai/glm-5", "--json"])).unwrap();
    assert_eq!((&shown["model"], &shown["prices"][0]["origin"]), (&"glm-5".into(), &"pack".into()));
    assert!(with_pack(&["doctor"]).contains("every used model has a price"));
    // Prices of one's own may name models of the pack.
    let own = place.path().join("own.toml");
    fs::write(&own, "alias.house = 'kimi-k2.6'").unwrap();
    let own = own.to_str().unwrap();
    assert!(with_pack(&["prices", "check", own]).starts_with("The file is valid"));
    place.run(&["prices", "check", own]).failed(2, &["`kimi-k2.6`, which is unknown"]);
    place
        .run(&["daily", "--prices-pack", "all"])
        .failed(2, &["--prices-pack is `all`; allowed: `none`, `others`"]);
}

#[test]
fn a_reseller_price_is_a_multiple_of_the_list_price() {
    let place = of_model("aihubmix/claude-sonnet-4-5-20250929");
    let own = place.path().join("own.toml");
    fs::write(&own, "[[multiplier]]\npattern = 'aihubmix/*'\nratio = '1.1'\n").unwrap();
    let own = own.to_str().unwrap();
    assert!(place.print(&["prices", "check", own]).starts_with("The file is valid: 0 prices, 1 multiplier."));
    let daily: Value = serde_json::from_str(&place.print(&["daily", "--json", "--prices", own])).unwrap();
    assert_eq!(daily["totals"]["cost_usd"].to_string(), "0.0165");
    let explained = place.print(&["explain", "2026-03-11", "--prices", own]);
    assert!(explained.contains("; x 1.1 by `aihubmix/*` of the price overrides"), "{explained}");
    let listed = place.print(&["prices", "--prices", own]);
    assert!(listed.contains("Names like aihubmix/* are multiplied by 1.1."), "{listed}");
    let shown = place.print(&["prices", "show", "aihubmix/claude-opus-5", "--prices", own]);
    assert!(
        shown.contains("alias of claude-opus-5") && shown.contains("Your own prices multiply it: x 1.1."),
        "{shown}"
    );
    fs::write(own, "[[multiplier]]\npattern = 'a*b*'\nratio = '1.1'\n").unwrap();
    place.run(&["daily", "--prices", own]).failed(2, &["line 2, column 11", "`a*b*` is not a pattern"]);
}
