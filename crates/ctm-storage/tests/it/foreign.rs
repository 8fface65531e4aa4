//! Databases of other programs: as these wrote them, and as none did.

use crate::support::execute;
use ctm_facts::imports::{ImportContent, OtherProgram};
use ctm_storage::{ForeignError, read_foreign};
use ctm_types::printable::with_causes;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

const TOKEN_DASHBOARD: &str = include_str!("../../../../testdata/imports/token-dashboard-5.0.0.sql");
const AGENTSVIEW: &str = include_str!("../../../../testdata/imports/agentsview-0.46.1.sql");

/// Makes a database of statements.
async fn made(statements: &str) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("other.db");
    execute(&path, statements).await;
    (dir, path)
}

fn by_day(content: &ImportContent) -> Vec<(String, u64)> {
    let mut days: BTreeMap<&str, u64> = BTreeMap::new();
    for figure in &content.figures {
        *days.entry(&figure.period.first).or_default() += figure.tokens.total();
    }
    days.into_iter().map(|(day, tokens)| (day.to_owned(), tokens)).collect()
}

async fn refusal(statements: &str) -> String {
    let (_dir, path) = made(statements).await;
    with_causes(&read_foreign(&path).unwrap_err())
}

#[tokio::test]
async fn the_days_of_both_programs_are_read_and_nothing_appears_beside_the_file() {
    for (statements, program, format) in [
        (TOKEN_DASHBOARD, OtherProgram::TokenDashboard, None),
        (AGENTSVIEW, OtherProgram::Agentsview, Some("13")),
    ] {
        let (dir, path) = made(statements).await;
        let before = fs::read(&path).unwrap();
        let content = read_foreign(&path).unwrap();
        assert_eq!((content.program, content.format.as_deref(), content.undated), (program, format, 0));
        let days = [
            ("2026-03-07".to_owned(), 16_100),
            ("2026-03-08".to_owned(), 18_750),
            ("2026-03-09".to_owned(), 21_290),
            ("2026-03-11".to_owned(), 8),
        ];
        assert_eq!(by_day(&content), days, "{program}");
        assert_eq!(fs::read(&path).unwrap(), before);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}

#[tokio::test]
async fn rows_of_other_agents_and_without_a_time_are_left_out() {
    let others = "UPDATE messages SET provider = 'codex' WHERE model LIKE 'claude-opus%';
        UPDATE messages SET timestamp = '' WHERE model LIKE 'claude-haiku%'";
    let (_dir, path) = made(&format!("{TOKEN_DASHBOARD};{others}")).await;
    let content = read_foreign(&path).unwrap();
    assert_eq!((by_day(&content).len(), content.undated), (2, 1));
    let others = "UPDATE sessions SET agent = 'codex' WHERE id LIKE '3333%'";
    let (_dir, path) = made(&format!("{AGENTSVIEW};{others}")).await;
    assert_eq!(by_day(&read_foreign(&path).unwrap()).len(), 3);
}

#[tokio::test]
async fn impossible_values_are_refused_with_their_row() {
    let check = |refusal: String, expected: &str| assert!(refusal.contains(expected), "{refusal}");
    for (value, expected) in [
        ("-5", "-5 is not a count"),
        ("1.5", "Real(1.5) is not a count"),
        ("'many'", "is not a count"),
        ("9e999", "Real(inf) is not a count"),
        ("9223372036854775807", "the sum of tokens of response 2: more than"),
    ] {
        let damage = format!("UPDATE messages SET input_tokens = {value} WHERE model LIKE 'claude-opus%'");
        check(refusal(&format!("{TOKEN_DASHBOARD};{damage}")).await, expected);
    }
    let damage = "UPDATE messages SET timestamp = '1969-12-31T00:00:00Z' WHERE model LIKE 'claude-opus%'";
    check(refusal(&format!("{TOKEN_DASHBOARD};{damage}")).await, "`1969-12-31` is not a day");
    for (usage, expected) in [
        ("'{'", "EOF while parsing"),
        ("'{\"input_tokens\": -1}'", "`input_tokens`: -1 is not a count"),
        ("'{\"output_tokens\": \"7\"}'", "is not a count"),
        ("hex(zeroblob(70000))", "not a text of usual length"),
    ] {
        let damage = format!("UPDATE messages SET token_usage = {usage} WHERE token_usage <> ''");
        check(refusal(&format!("{AGENTSVIEW};{damage}")).await, expected);
    }
}

#[tokio::test]
async fn what_is_no_database_of_a_known_program_is_refused() {
    let view =
        "CREATE VIEW messages AS SELECT 1 AS timestamp, 2 AS model, 3 AS input_tokens, 4 AS output_tokens,
        5 AS cache_read_tokens, 6 AS cache_create_5m_tokens, 7 AS cache_create_1h_tokens";
    for statements in ["CREATE TABLE other (x)", "CREATE TABLE messages (timestamp, model)", view] {
        assert!(refusal(statements).await.contains("of no known program"), "{statements}");
    }
    let (_dir, path) = made(TOKEN_DASHBOARD).await;
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let truncated = read_foreign(&path).unwrap_err();
    assert!(matches!(truncated, ForeignError::Storage(_)), "{truncated:?}");
    let mut damaged = whole.clone();
    damaged[100..].fill(0xA5);
    fs::write(&path, &damaged).unwrap();
    assert!(read_foreign(&path).is_err());
}

#[tokio::test]
async fn changes_that_are_not_in_the_file_yet_are_not_left_out_without_notice() {
    let (_dir, path) = made(TOKEN_DASHBOARD).await;
    fs::write(path.with_file_name("other.db-wal"), "changes").unwrap();
    let refused = read_foreign(&path).unwrap_err();
    assert!(matches!(&refused, ForeignError::Log { log } if log.ends_with("other.db-wal")), "{refused:?}");
}
