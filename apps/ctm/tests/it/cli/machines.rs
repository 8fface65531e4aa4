//! `ctm import facts` and `ctm machines`: several machines count each response once.

use crate::place::Place;
use ctm_push_format::Pepper;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const MACHINES: usize = 8;

/// A report, by what its items are called: figures that are exact.
type Figures = BTreeMap<String, Vec<String>>;

/// Returns the figures of a report. Of a path, its last component: machines disclose no more.
fn figures(place: &Place, report: &[&str], named: &str) -> Figures {
    const FIGURES: [&str; 7] = [
        "responses",
        "input_tokens",
        "output_tokens",
        "cache_read_tokens",
        "cache_write_5m_tokens",
        "cache_write_1h_tokens",
        "cost_usd",
    ];
    let args = [report, &["--json", "--from", "2000-01-01", "--no-update"]].concat();
    let answer: Value = serde_json::from_str(&place.print(&args)).unwrap();
    let of = |item: &Value| {
        let name = item[named].as_str().unwrap_or_default();
        let name = name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        (name, FIGURES.map(|figure| item[figure].to_string()).to_vec())
    };
    let items = answer.get("items").or_else(|| answer.get("days")).and_then(Value::as_array).unwrap();
    let mut figures: Figures = items.iter().map(of).collect();
    figures.insert("all".to_owned(), FIGURES.map(|figure| answer["totals"][figure].to_string()).to_vec());
    figures
}

/// Returns the figures by model and by day.
pub(crate) fn reported(place: &Place) -> [Figures; 2] {
    [figures(place, &["models"], "model"), figures(place, &["daily"], "date")]
}

/// Returns counts by project and by session, as other machines know their names.
fn named(place: &Place) -> [BTreeMap<String, Vec<u64>>; 2] {
    const COUNTS: [&str; 5] =
        ["responses", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_1h_tokens"];
    [("projects", "project"), ("sessions", "id")].map(|(report, field)| {
        let args = [report, "--json", "--from", "2000-01-01", "--no-update"];
        let answer: Value = serde_json::from_str(&place.print(&args)).unwrap();
        let mut sums: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for item in answer["items"].as_array().unwrap() {
            let name = item[field].as_str().unwrap();
            let is_hash = name.len() == 32 && name.bytes().all(|digit| digit.is_ascii_hexdigit());
            let name = match report {
                // A machine that has a subagent's transcript without its session's knows the subagent's worktree only.
                "projects" => match name.rsplit(['/', '\\']).next().unwrap() {
                    name if name.starts_with("agent-") => "worktrees".to_owned(),
                    name => name.to_owned(),
                },
                _ if is_hash => name.to_owned(),
                _ => Pepper::new(b"").session(name),
            };
            let sums = sums.entry(name).or_insert_with(|| vec![0; COUNTS.len()]);
            sums.iter_mut().zip(COUNTS).for_each(|(sum, count)| *sum += item[count].as_u64().unwrap());
        }
        sums
    })
}

fn export(place: &Place, to: &Path, name: &str) {
    let ran = place.run(&["export", "facts", "-o", to.to_str().unwrap(), "--machine", name, "--force"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
}

fn import(place: &Place, files: &[PathBuf]) -> String {
    let files = files.iter().map(|file| file.to_str().unwrap());
    place.print(&["import", "facts"].into_iter().chain(files).collect::<Vec<_>>())
}

fn remove(place: &Place, name: &str) -> String {
    place.print(&["machines", "remove", name])
}

/// Returns the transcripts of a home, by their paths below it.
fn transcripts(home: &Path) -> Vec<(String, Vec<u8>)> {
    let place = Place::reading(home);
    let mut paths = place.transcripts();
    paths.sort();
    let of = |path: &PathBuf| {
        let below = path.strip_prefix(home).unwrap().to_str().unwrap().to_owned();
        (below, fs::read(path).unwrap())
    };
    paths.iter().map(of).collect()
}

/// Returns the first lines of a transcript.
fn beginning(bytes: &[u8], numerator: usize, denominator: usize) -> &[u8] {
    let end = bytes.len() * numerator / denominator;
    &bytes[..bytes[..end].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)]
}

/// Splits a home over machines: parts of transcripts are on two of them, and some on two as a whole.
fn check(home: &Path) {
    let whole = Place::reading(home);
    whole.print(&["daily"]);
    let (expected, expected_named) = (reported(&whole), named(&whole));
    let machines: Vec<Place> = (0..MACHINES).map(|_| Place::empty()).collect();
    let files = tempfile::tempdir().unwrap();
    let file = |machine: usize, when: &str| files.path().join(format!("{machine}.{when}.gz"));
    let transcripts = transcripts(home);
    for (number, (below, bytes)) in transcripts.iter().enumerate() {
        machines[number % MACHINES].append(below, beginning(bytes, 1, 3));
    }
    for (number, machine) in machines.iter().enumerate() {
        export(machine, &file(number, "early"), &format!("m{number}"));
    }
    for (number, (below, bytes)) in transcripts.iter().enumerate() {
        let owner = &machines[number % MACHINES];
        owner.append(below, &bytes[beginning(bytes, 1, 3).len()..]);
        let other = (number * 3 + 1) % MACHINES;
        if other != number % MACHINES {
            let shared = if number.is_multiple_of(3) { &bytes[..] } else { beginning(bytes, 1, 2) };
            machines[other].append(below, shared);
        }
    }
    for (number, machine) in machines.iter().enumerate() {
        export(machine, &file(number, "late"), &format!("m{number}"));
    }
    let all: Vec<PathBuf> = ["early", "late"]
        .into_iter()
        .flat_map(|when| (0..MACHINES).map(move |machine| (machine, when)))
        .map(|(machine, when)| file(machine, when))
        .collect();
    // A machine without a home, and two of the eight, whose own files are among the others.
    let alone = Place::empty();
    alone.print(&["daily"]);
    for (reader, step) in [(&alone, 3), (&machines[0], 5), (&machines[5], 1)] {
        let before = reported(reader);
        let order: Vec<PathBuf> = (0..all.len()).map(|at| all[at * step % all.len()].clone()).collect();
        // In one command, one by one, and again.
        let (together, one_by_one) = order.split_at(all.len() / 2);
        import(reader, together);
        one_by_one.iter().for_each(|file| drop(import(reader, std::slice::from_ref(file))));
        assert_eq!(reported(reader), expected, "{} in steps of {step}", home.display());
        assert_eq!(named(reader), expected_named, "{} in steps of {step}", home.display());
        let again = import(reader, &order);
        assert!(
            again.lines().all(|line| line.contains(", 0 of them new") || line.starts_with("Left out")),
            "{again}"
        );
        assert_eq!(reported(reader), expected);
        for (number, machine) in machines.iter().enumerate() {
            if !std::ptr::eq(reader, machine) {
                remove(reader, &format!("m{number}"));
            }
        }
        assert_eq!(reported(reader), before, "without the others");
    }
}

#[test]
fn real_homes_split_over_eight_machines_keep_their_totals_in_any_order() {
    let Some(corpora) = std::env::var_os("CTM_CORPORA").map(PathBuf::from) else {
        println!("skipped: CTM_CORPORA is not set");
        return;
    };
    for home in fs::read_dir(corpora).unwrap().map(|entry| entry.unwrap().path()) {
        if home.join("golden.json").exists() {
            check(&home);
        }
    }
}

/// Two machines, each with a session of its own and one that both have.
fn two() -> [Place; 2] {
    let [laptop, desk] = [Place::empty(), Place::empty()];
    let line = |session: &str, number: u32, output: u64| {
        crate::place::response(session, number, output, "2026-03-10T10:00:00Z").into_bytes()
    };
    laptop.append("projects/-p/own.jsonl", &line("own", 1, 10));
    for place in [&laptop, &desk] {
        place.append("projects/-p/shared.jsonl", &line("shared", 2, 20));
    }
    desk.append("projects/-p/shared.jsonl", &line("shared", 3, 30));
    [laptop, desk]
}

#[test]
fn a_machine_is_a_home_of_the_reports_until_it_is_removed() {
    let [laptop, desk] = two();
    let file = laptop.path().join("desk.gz");
    export(&desk, &file, "desk");
    laptop.print(&["daily"]);
    let before = reported(&laptop);
    assert_eq!(laptop.print(&["machines"]), "No usage of other machines. `ctm import facts FILE` adds it.\n");
    assert_eq!(import(&laptop, std::slice::from_ref(&file)), "desk: 2 responses, 2 of them new\n");
    assert_eq!(import(&laptop, &[file]), "desk: 2 responses, 0 of them new\n");
    assert_eq!(reported(&laptop)[0]["all"][0], "3");
    let of_desk = figures(&laptop, &["models", "--home", "machine:desk"], "model");
    let own = figures(&laptop, &["models", "--home", laptop.claude().to_str().unwrap()], "model");
    let responses = |figures: &Figures| figures["all"][0].parse::<u64>().unwrap();
    assert_eq!(responses(&of_desk) + responses(&own), 3);
    let listed: Value = serde_json::from_str(&laptop.print(&["machines", "--json"])).unwrap();
    assert_eq!(
        (&listed[0]["name"], &listed[0]["level"], &listed[0]["responses"]),
        (&"desk".into(), &"names".into(), &2.into())
    );
    assert!(laptop.print(&["machines"]).contains("desk"));
    laptop
        .run(&["machines", "remove", "desktop"])
        .failed(2, &["no machine is called `desktop`", "ctm machines"]);
    let counting = listed[0]["counting"].as_u64().unwrap();
    assert_eq!(responses(&of_desk), counting);
    let preview = laptop.print(&["machines", "remove", "desk", "--dry-run"]);
    assert_eq!(
        preview,
        format!("Would remove \"desk\": 2 responses, {counting} of which count as it has them.\n")
    );
    assert_eq!(reported(&laptop)[0]["all"][0], "3");
    remove(&laptop, "desk");
    assert_eq!(reported(&laptop), before);
}

#[test]
fn a_session_that_both_machines_have_is_one() {
    let [laptop, desk] = two();
    let file = laptop.path().join("desk.gz");
    export(&desk, &file, "desk");
    laptop.print(&["daily"]);
    import(&laptop, &[file]);
    let sessions = figures(&laptop, &["sessions"], "id");
    let found: Vec<(&str, &str)> = sessions.iter().map(|(name, of)| (&**name, &*of[0])).collect();
    assert_eq!(found, [("all", "3"), ("own", "1"), ("shared", "2")]);
}

#[test]
fn a_file_that_is_damaged_or_foreign_is_refused_with_its_line_and_changes_nothing() {
    let [laptop, desk] = two();
    let good = laptop.path().join("desk.gz");
    export(&desk, &good, "desk");
    laptop.print(&["daily"]);
    let before = reported(&laptop);
    let bytes = fs::read(&good).unwrap();
    let mut text = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*bytes), &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let check = |bytes: &[u8], parts: &[&str]| {
        let file = laptop.path().join("bad.gz");
        fs::write(&file, bytes).unwrap();
        // What comes before it in the same command is not imported either.
        let ran = laptop.run(&["import", "facts", "desk.gz", "bad.gz"]);
        ran.failed(2, &[&["nothing was imported: `bad.gz`: "], parts].concat());
        assert_eq!(reported(&laptop), before);
        assert_eq!(laptop.print(&["machines", "--json"]).trim(), "[]");
    };
    check(&bytes[..bytes.len() - 12], &["it is incomplete: it ends at line"]);
    check(
        text.replace("\"rank\":\"", "\"rank\":\"x").as_bytes(),
        &["line 2: `rank` has a value that cannot be"],
    );
    check(text.replace("\"v\":1", "\"v\":99").as_bytes(), &["line 1: it has version 99 of the format"]);
    let short: String = text.lines().take(2).map(|line| format!("{line}\n")).collect();
    check(short.as_bytes(), &["line 3: 1 claims follow the header before, which says 2"]);
    check(b"", &["it is empty"]);
    check(b"a note\n", &["line 1: it is no line of a file of facts"]);
    check(text.split_once('\n').unwrap().1.as_bytes(), &["line 1: the header of its section is missing"]);
    fs::write(laptop.path().join("secret"), "another secret of 30 bytes...\n").unwrap();
    let other = laptop.run(&["import", "facts", "desk.gz", "--pepper", "secret"]);
    other.failed(2, &["`desk.gz`: line 1: it was written with another pepper"]);
    laptop.run(&["import", "facts", "nowhere.gz"]).failed(2, &["`nowhere.gz` cannot be read"]);
    laptop.run(&["import", "facts", "."]).failed(2, &["`.` cannot be read: not a regular file"]);
    laptop.run(&["import", "facts"]).failed(2, &["<FILE>"]);
    import(&laptop, &[good]);
    laptop
        .run(&["import", "facts", "desk.gz", "--pepper", "secret"])
        .failed(2, &["another pepper", "ctm machines remove"]);
}

#[test]
fn a_signed_file_is_taken_from_its_signer_alone() {
    let [laptop, desk] = two();
    let key = |name: &str| {
        let made = desk.print(&["close", "--make-key", name]);
        made.trim().rsplit(' ').next().unwrap().to_owned()
    };
    let [mine, other] = [key("mine.pem"), key("other.pem")];
    let file = laptop.path().join("desk.gz");
    let to = file.to_str().unwrap();
    let write = |more: &[&str]| {
        let args = [&["export", "facts", "-o", to, "--machine", "desk", "--force"], more].concat();
        assert_eq!(desk.run(&args).code, Some(0));
    };
    let import = |signers: &[&str]| {
        let signers = signers.iter().flat_map(|signer| ["--signed-by", signer]);
        laptop.run(&["import", "facts", "desk.gz"].into_iter().chain(signers).collect::<Vec<_>>())
    };
    laptop.print(&["daily"]);
    let before = reported(&laptop);
    write(&[]);
    import(&[&mine]).failed(2, &["nothing was imported: `desk.gz`: it is not signed"]);
    write(&["--key", "mine.pem"]);
    import(&[&other]).failed(2, &[&format!("nothing was imported: `desk.gz`: it is signed by {mine}")]);
    let signed = fs::read(&file).unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&*signed), &mut text).unwrap();
    let forged = text.replace(&mine, &other);
    fs::write(&file, forged).unwrap();
    import(&[&other]).failed(2, &["nothing was imported: `desk.gz`: its signature is not valid"]);
    import(&[]).failed(2, &["nothing was imported: `desk.gz`: its signature is not valid"]);
    // A section behind a signature is not signed.
    let unsigned = text.lines().filter(|line| !line.contains("sha256")).map(|line| format!("{line}\n"));
    fs::write(&file, text.clone() + &unsigned.collect::<String>()).unwrap();
    import(&[&mine]).failed(2, &["nothing was imported: `desk.gz`: it is not signed"]);
    assert_eq!(reported(&laptop), before);
    fs::write(&file, signed).unwrap();
    assert_eq!(import(&[&other, &mine.to_uppercase()]).code, Some(0));
    assert_eq!(reported(&laptop)[0]["all"][0], "3");
    // Who requires none takes it as well.
    assert_eq!(import(&[]).code, Some(0));
    desk.run(&["export", "facts", "-o", to, "--force", "--key", "none.pem"])
        .failed(1, &["cannot read `none.pem`"]);
}

#[test]
fn the_secret_of_an_import_holds_for_the_next_ones() {
    let [laptop, desk] = two();
    for place in [&laptop, &desk] {
        fs::write(place.path().join("secret"), "a secret of more than 16 bytes\n").unwrap();
    }
    let file = laptop.path().join("desk.gz");
    desk.run(&["export", "facts", "-o", file.to_str().unwrap(), "--level", "hashed", "--pepper", "secret"]);
    laptop.print(&["daily"]);
    laptop.run(&["import", "facts", "desk.gz"]).failed(2, &["another pepper"]);
    laptop.print(&["import", "facts", "desk.gz", "--pepper", "secret"]);
    assert_eq!(reported(&laptop)[0]["all"][0], "3");
    assert!(import(&laptop, &[file]).ends_with(", 0 of them new\n"));
}

#[test]
fn what_a_machine_reads_after_an_import_counts_once_too() {
    let [laptop, desk] = two();
    let file = laptop.path().join("desk.gz");
    export(&desk, &file, "desk");
    let empty = Place::empty();
    empty.print(&["daily"]);
    import(&empty, &[file]);
    assert_eq!(reported(&empty)[0]["all"][0], "2");
    let expected = reported(&empty);
    // The home of the other machine is synchronised later.
    empty.append("projects/-p/shared.jsonl", &fs::read(&desk.transcripts()[0]).unwrap());
    empty.print(&["daily"]);
    assert_eq!(reported(&empty), expected);
    remove(&empty, "desk");
    assert_eq!(reported(&empty), expected);
    drop(laptop);
}
