//! Lists: their order and their pages.

use super::{FORK, MAIN, NOTES, at_noon, everyday, names, pages};
use crate::figures::Row;
use crate::place::Place;
use serde_json::{Value, json};

#[test]
fn lists_are_sorted_as_requested() {
    let (_place, server) = everyday();
    let check = |query: &str, expected: [&str; 3]| {
        assert_eq!(names(&server.json(&format!("sessions?{query}"))["items"], "id"), expected, "{query}");
    };
    check("", [NOTES, FORK, MAIN]);
    check("order=asc", [MAIN, FORK, NOTES]);
    check("sort=started_at&order=desc", [NOTES, FORK, MAIN]);
    check("sort=last_at", [NOTES, FORK, MAIN]);
    check("sort=cost_usd", [MAIN, FORK, NOTES]);
    check("sort=cost_usd&order=asc", [NOTES, FORK, MAIN]);
    check("sort=total_tokens", [MAIN, FORK, NOTES]);
    let projects = server.json("stats/projects?sort=last_at");
    assert_eq!(names(&projects["items"], "project"), ["/home/u/notes", "/home/u/shop"]);
    server.stop();
}

#[test]
fn pages_follow_each_other_without_gap_or_overlap() {
    let (place, answer) = Place::generated(7, 3_000_000);
    let server = at_noon(&place);
    for (list, expected) in
        [("sessions", answer.by_session.len()), ("stats/projects", answer.by_project.len())]
    {
        let whole = server.json(&format!("{list}?limit=500"));
        assert_eq!((&whole["total"], &whole["next_cursor"]), (&json!(expected), &Value::Null));
        let pages = pages(&server, &format!("{list}?limit=3"));
        assert!(pages.iter().rev().skip(1).all(|page| page.items.len() == 3));
        let seen: Vec<_> = pages.iter().flat_map(|page| page.items.iter().map(Row::name)).collect();
        let name = if list == "sessions" { "id" } else { "project" };
        assert_eq!(seen, names(&whole["items"], name));
        assert!(pages.iter().all(|page| page.totals == pages[0].totals));
    }
    server.stop();
}
