//! Every endpoint over HTTP.

mod alerts;
mod attacks;
mod backups;
mod base;
mod budgets;
mod by;
mod cache;
mod comparison;
mod concurrency;
mod connections;
mod details;
mod drivers;
mod export;
mod filters;
mod forecast;
mod headers;
mod history;
mod hooks;
mod judgement;
mod link_names;
mod links;
mod lists;
mod login;
mod machines;
mod metrics;
mod origins;
mod personal;
mod privacy;
mod problems;
mod projects;
mod proxies;
mod push;
mod report;
mod seals;
mod shapes;
mod sql;
mod sums;
mod targets;
mod time;
mod what_if;
mod why;
mod worth;

use crate::figures::Report;
use crate::http::{Answer, host, request_with};
use crate::place::{NOON, Place};
use crate::running::Running;
use chrono::DateTime;
use ctm_report::clock::Clock;
use serde_json::Value;

/// The time of the server: an hour after the last response of the home of usual things.
const NOW: &str = "2026-03-11T10:00:00Z";

/// The sessions of the home of usual things.
const MAIN: &str = "11111111-1111-4111-8111-111111111111";
const FORK: &str = "22222222-2222-4222-8222-222222222222";
const NOTES: &str = "33333333-3333-4333-8333-333333333333";

/// Starts a server on the home of usual things.
fn everyday() -> (Place, Running) {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[]);
    (place, server)
}

/// Returns a field of all items.
fn names<'a>(items: &'a Value, name: &str) -> Vec<&'a str> {
    items.as_array().unwrap().iter().map(|item| item[name].as_str().unwrap()).collect()
}

/// Sends a change as a page of the server does; null is no body.
fn send(server: &Running, method: &str, path: &str, body: &Value) -> Answer {
    let origin = format!("http://{}", host(&server.url()));
    let headers = [("content-type", "application/json"), ("origin", &*origin)];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    request_with(method, &format!("{}api/v1/{path}", server.url()), &headers, &body)
}

/// Starts a server on a generated home, at the time at which that ends.
fn at_noon(place: &Place) -> Running {
    let now = DateTime::from_timestamp_millis(NOON).unwrap();
    Running::start(Clock::frozen(now), place, &[])
}

/// Follows the cursors of a list to its end.
fn pages(server: &Running, query: &str) -> Vec<Report> {
    let mut pages = vec![Report::parse(&server.get(query))];
    while let Some(cursor) = pages.last().and_then(|page| page.next_cursor.as_deref()) {
        let next = format!("{query}&cursor={}", escaped(cursor));
        pages.push(Report::parse(&server.get(&next)));
    }
    pages
}

/// Escapes what may not stand in a query.
fn escaped(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}
