//! Real transcripts with known answers, where `CTM_CORPORA` names a folder that has them.

use crate::home::{Answer, Home};
use ctm_reader::{ClaudeHome, discover};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

pub(crate) fn corpora() -> Option<PathBuf> {
    let corpora = std::env::var_os("CTM_CORPORA").map(PathBuf::from);
    if corpora.is_none() {
        println!("skipped: CTM_CORPORA is not set");
    }
    corpora
}

fn json(path: PathBuf) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The five kinds of tokens and the responses of an expected row.
fn row(value: &Value) -> [u64; 6] {
    ["input", "output", "cache_read", "write_5m", "write_1h", "responses"]
        .map(|name| value[name].as_u64().unwrap())
}

#[test]
fn real_homes_give_their_known_answers() {
    let Some(corpora) = corpora() else { return };
    for entry in std::fs::read_dir(corpora).unwrap() {
        let home = entry.unwrap().path();
        let golden = home.join("golden.json");
        if !golden.exists() {
            continue;
        }
        let golden = json(golden);
        let mut answer = Answer::default();
        answer.read_all(&discover(&ClaudeHome::open(&home).unwrap()).files);
        let [input, output, read, write_5m, write_1h] = answer.five();
        let totals = [input, output, read, write_5m, write_1h, answer.responses.len() as u64];
        assert_eq!(totals, row(&golden["totals"]), "{}", home.display());
        assert_eq!(answer.unfinalised() as u64, golden["unfinalised"].as_u64().unwrap());

        let mut models: BTreeMap<&str, [u64; 6]> = BTreeMap::new();
        let mut sessions: BTreeMap<&str, [u64; 6]> = BTreeMap::new();
        for response in answer.responses.values() {
            for (at, part) in response.parts.iter().enumerate() {
                let tokens = part.tokens;
                let counts = [
                    tokens.input,
                    tokens.output,
                    tokens.cache_read,
                    tokens.cache_write_5m,
                    tokens.cache_write_1h,
                    u64::from(at == 0),
                ];
                let model = models.entry(&part.billing.model).or_default();
                let session = sessions.entry(&response.attribution.conversation.session).or_default();
                for (kind, count) in counts.into_iter().enumerate() {
                    model[kind] += count;
                    session[kind] += count;
                }
            }
        }
        for (rows, name) in [(models, "by_model"), (sessions, "by_session")] {
            let expected = golden[name].as_object().unwrap();
            let expected: BTreeMap<_, _> =
                expected.iter().map(|(key, value)| (key.as_str(), row(value))).collect();
            assert_eq!(rows, expected, "{} {name}", home.display());
        }
    }
}

#[test]
fn small_cases_give_their_known_answers() {
    let Some(corpora) = corpora() else { return };
    let cases = json(corpora.join("../cases/transcript-cases.json"));
    for case in cases.as_array().unwrap() {
        let home = Home::new();
        for (path, lines) in case["files"].as_object().unwrap() {
            let lines: Vec<_> = lines.as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
            home.write(path, lines.join("\n"));
        }
        let answer = home.answer();
        let expected = ["input", "output", "cache_read", "cache_write_5m", "cache_write_1h"];
        let expected = expected.map(|name| case["expect"][name].as_u64().unwrap());
        assert_eq!(answer.five(), expected, "{}", case["name"]);
        assert_eq!(
            answer.responses.len() as u64,
            case["expect"]["responses"].as_u64().unwrap(),
            "{}",
            case["name"]
        );
    }
}
