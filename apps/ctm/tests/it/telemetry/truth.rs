//! The telemetry of generated homes, against what the generator knows of them.

use crate::figures;
use crate::http::Answer;
use crate::place::{NOON, Place};
use crate::running::Running;
use ctm_corpus::otlp::{Encoding, body};
use ctm_corpus::{
    Answer as Truth, ExpectedUsage, OwnTotals, Plan, Report, Telemetry, generate_with_telemetry,
};
use ctm_pricing::PriceBook;
use ctm_types::{Billing, EpochMs, PicoUsd, TokenCounts};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The end of the homes.
const NOW: &str = "2026-11-22T12:00:00Z";

/// Starts of the server between which transcripts and reports come.
const ROUNDS: usize = 3;

/// Sends reports in both encodings, with and without compression.
pub(super) fn send(server: &Running, reports: &[Report]) {
    for (at, reports) in reports.chunks(97).enumerate() {
        let encoding = Encoding::ALL[at % 2];
        let kind = format!("content-type: {}\r\n", encoding.media_type());
        let whole = body(reports, encoding, "private");
        let answer: Answer = if at % 3 == 0 {
            let headers = format!("{kind}content-encoding: gzip\r\n");
            super::send_raw(&server.url(), &headers, &super::gzip(&whole))
        } else {
            super::send_raw(&server.url(), &kind, &whole)
        };
        let accepted = if encoding == Encoding::Json { "{}" } else { "" };
        assert_eq!((answer.status, &*answer.body), (200, accepted));
    }
}

/// The cost of tokens of a report at its time, exactly.
fn cost(of: &Report, tokens: TokenCounts, prices: &PriceBook) -> PicoUsd {
    let speed = (of.speed == "fast").then(|| "fast".to_owned());
    let billing = Billing { model: of.model.to_owned(), speed, ..Billing::default() };
    let band = prices.context_band(of.tokens.prompt());
    prices.quote(&billing, Some(EpochMs(of.at_ms)), band).cost(&tokens, 0).amount
}

/// Usage and its cost.
type Figures = (ExpectedUsage, PicoUsd);

/// The totals of all time, as the server sums them.
fn served(server: &Running, query: &str) -> Figures {
    figures_of(&server.get(&format!("stats/daily{query}")))
}

/// The same, as the command line prints them.
fn printed(place: &Place, flags: &[&str]) -> Figures {
    figures_of(&place.print(&[&["daily", "--json"], flags].concat()))
}

fn figures_of(report: &str) -> Figures {
    let report = figures::Report::parse(report);
    (report.totals.tally(), report.totals.cost())
}

/// A generated home, and what is known of it and of what arrives of its telemetry.
pub(super) struct Known {
    pub(super) source: Place,
    truth: Truth,
    pub(super) delivered: Vec<Report>,
    pub(super) own_totals: OwnTotals,
    prices: PriceBook,
}

impl Known {
    pub(super) fn generated(seed: u64, size_bytes: u64, lost_percent: u64) -> Self {
        let source = Place::empty();
        fs::remove_dir(source.claude().join("projects")).unwrap();
        let plan = Plan { size_bytes, days: 30, ..Plan::ordinary(seed, NOON) };
        let (truth, telemetry) = generate_with_telemetry(&plan, source.claude()).unwrap();
        let delivered = telemetry.delivered(seed, lost_percent);
        Self { source, truth, delivered, own_totals: telemetry.own_totals, prices: PriceBook::builtin() }
    }

    /// What the transcripts alone say, without a database; its tokens are the truth of them.
    fn of_transcripts(&self) -> Figures {
        let alone = printed(&self.source, &["--no-database"]);
        assert_eq!(alone.0, self.truth.totals);
        alone
    }

    /// What both say: the outputs of reported responses are complete.
    fn of_both(&self) -> Figures {
        let (mut usage, mut amount) = self.of_transcripts();
        for (report, more) in Telemetry::added(&self.delivered).0 {
            usage.tokens.output += more;
            usage.unfinalised -= 1;
            // Copies that are not final have no speed.
            let logged = Report { speed: "normal", ..report.clone() };
            let tokens = TokenCounts { output: report.tokens.output - more, ..report.tokens };
            let added = cost(report, report.tokens, &self.prices) - cost(&logged, tokens, &self.prices);
            amount += added;
        }
        (usage, amount)
    }

    /// The same with the requests that no transcript has.
    fn of_all(&self) -> Figures {
        let (mut usage, mut amount) = self.of_both();
        for report in Telemetry::added(&self.delivered).1 {
            usage.tokens += report.tokens;
            usage.responses += 1;
            amount += cost(report, report.tokens, &self.prices);
        }
        (usage, amount)
    }

    /// What telemetry alone says: cache writes of any duration count as five-minute ones.
    fn of_telemetry(&self) -> Figures {
        let by_request: BTreeMap<&str, &Report> =
            self.delivered.iter().map(|report| (report.request.as_str(), report)).collect();
        let (mut usage, mut amount) = Figures::default();
        for report in by_request.into_values() {
            let TokenCounts { cache_write_5m, cache_write_1h, .. } = report.tokens;
            let tokens = TokenCounts {
                cache_write_5m: cache_write_5m + cache_write_1h,
                cache_write_1h: 0,
                ..report.tokens
            };
            usage.tokens += tokens;
            usage.responses += 1;
            amount += cost(report, tokens, &self.prices);
        }
        (usage, amount)
    }

    /// The files of the home, below it.
    fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut folders = vec![self.source.claude().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        files.sort();
        files
    }

    /// Copies a file of the home to another place.
    fn copy(&self, file: &Path, to: &Place) {
        let to = to.claude().join(file.strip_prefix(self.source.claude()).unwrap());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(file, to).unwrap();
    }
}

/// Returns the round in which something comes, by chance.
fn round(seed: u64, at: usize) -> usize {
    // The golden ratio in 64 bits: consecutive numbers fall anywhere.
    let mixed = (seed << 32 | at as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 40) as usize % ROUNDS
}

#[test]
fn both_sources_give_the_truth_in_any_order() {
    let mut fast = 0;
    for seed in 1..=20 {
        let known = Known::generated(seed, 400_000, if seed % 3 == 0 { 15 } else { 0 });
        let (completed, _) = Telemetry::added(&known.delivered);
        fast += completed.iter().filter(|(report, _)| report.speed == "fast").count();
        let place = Place::empty();
        for now in 0..ROUNDS {
            let files = known.files();
            for (_, file) in files.iter().enumerate().filter(|(at, _)| round(seed, *at) == now) {
                known.copy(file, &place);
            }
            let server = Running::at(NOW, &place, &[]);
            let chunks = known.delivered.chunks(41).enumerate();
            chunks.filter(|(at, _)| round(!seed, *at) == now).for_each(|(_, reports)| send(&server, reports));
            if now == ROUNDS - 1 {
                assert_eq!(served(&server, ""), known.of_both(), "seed {seed}");
                assert_eq!(served(&server, "?unlogged=true"), known.of_all(), "seed {seed}");
            }
            server.stop();
        }
        assert_eq!(printed(&place, &[]), known.of_both(), "seed {seed}");
        assert_eq!(printed(&place, &["--unlogged"]), known.of_all(), "seed {seed}");
        assert_eq!(printed(&place, &["--unlogged=false"]), known.of_both(), "seed {seed}");
    }
    // Some of the speeds that only telemetry says decide a price.
    assert!(fast > 0);
}

/// How certain the cost of all time is, as the server says it.
fn certainty(server: &Running) -> Value {
    server.json("stats/trends?metric=cost_usd&range=all")["certainty"].take()
}

#[test]
fn each_source_alone_gives_what_it_can_know_and_says_so() {
    let known = Known::generated(1, 1_200_000, 0);
    let (completed, unlogged) = Telemetry::added(&known.delivered);
    assert!(!completed.is_empty() && unlogged.len() > 5, "{} {}", completed.len(), unlogged.len());

    // Transcripts alone: a lower bound, because of responses without a final record.
    let server = Running::at(NOW, &known.source, &[]);
    assert_eq!(served(&server, "?unlogged=true"), known.of_transcripts());
    assert_eq!(served(&server, "").0.unfinalised, completed.len() as u64);
    assert_eq!(certainty(&server), "at_least");
    assert_eq!(server.json("stats")["meta"]["unlogged"], Value::Null);

    // Both: complete, and how much of it no transcript has.
    send(&server, &known.delivered);
    assert_eq!(served(&server, "").0.unfinalised, 0);
    assert_eq!(certainty(&server), "exact");
    let said = server.json("stats")["meta"]["unlogged"].take();
    let tokens: u64 = unlogged.iter().map(|report| report.tokens.total()).sum();
    assert_eq!(
        (&said["requests"], &said["total_tokens"], &said["included"]),
        (&json!(unlogged.len()), &json!(tokens), &json!(false))
    );
    server.stop();
    let daily = known.source.print(&["daily"]);
    let line =
        format!("Not included (see --unlogged): {} requests that only telemetry reports", unlogged.len());
    assert!(daily.contains(&line), "{daily}");
    let daily = known.source.print(&["daily", "--unlogged"]);
    let line = format!("Included: {} requests that only telemetry reports", unlogged.len());
    assert!(daily.contains(&line), "{daily}");

    // Telemetry alone: every request that arrived, and none of it is in a total unless it is asked for.
    let bare = Place::empty();
    let server = Running::at(NOW, &bare, &[]);
    send(&server, &known.delivered);
    assert_eq!(served(&server, ""), Figures::default());
    assert_eq!(served(&server, "?unlogged=true"), known.of_telemetry());
    let said = server.json("stats?unlogged=true")["meta"]["unlogged"].take();
    assert_eq!(
        (&said["requests"], &said["included"]),
        (&json!(known.of_telemetry().0.responses), &json!(true))
    );
    server.stop();
    assert_eq!(printed(&bare, &["--unlogged"]), known.of_telemetry());
}
