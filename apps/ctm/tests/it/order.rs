//! The order and the pieces in which transcripts are read change nothing.

use crate::figures::Figures;
use crate::place::{NOON, Place, response};
use chrono::DateTime;
use chrono_tz::Tz;
use ctm_aggregate::Bucket;
use ctm_facts::UsageFilter;
use ctm_ingest::ingest::Ingestor;
use ctm_pricing::PriceBook;
use ctm_reader::ClaudeHome;
use ctm_report::clock::Clock;
use ctm_report::{Compare, DatabaseReports, Homes, PageQuery, PageSort, Period, Query, Reporter, wire};
use ctm_storage::Store;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::Path;

/// Reads transcripts of `source` into `place`, piece by piece as a test delivers them.
pub(crate) struct Reading<'a> {
    source: &'a Place,
    pub(crate) place: Place,
    pub(crate) store: Store,
    ingestor: Ingestor,
}

impl<'a> Reading<'a> {
    pub(crate) async fn of(source: &'a Place) -> Self {
        let place = Place::empty();
        let store = Store::open(&place.database(), PriceBook::builtin().context_thresholds()).await.unwrap();
        let root = ClaudeHome::open(place.claude()).unwrap();
        let ingestor = Ingestor::new(vec![root], store.clone(), |_| {}).await.unwrap();
        Self { source, place, store, ingestor }
    }

    /// Returns the paths of the transcripts below the home.
    pub(crate) fn transcripts(&self) -> Vec<String> {
        let below =
            |path: &Path| path.strip_prefix(self.source.claude()).unwrap().to_str().unwrap().to_owned();
        self.source.transcripts().iter().map(|path| below(path)).collect()
    }

    pub(crate) fn content(&self, transcript: &str) -> Vec<u8> {
        std::fs::read(self.source.claude().join(transcript)).unwrap()
    }

    pub(crate) async fn scan(&mut self) {
        assert_eq!(self.ingestor.scan().await.unwrap().problems, [""; 0]);
    }

    /// Appends to a transcript and has that alone read.
    async fn read_on(&mut self, transcript: &str, bytes: &[u8]) {
        self.place.append(transcript, bytes);
        let path = BTreeSet::from([self.place.claude().join(transcript)]);
        assert_eq!(self.ingestor.read_paths(&path).await.unwrap().problems, [""; 0]);
    }

    fn reporter(&self) -> Reporter {
        let now = DateTime::from_timestamp_millis(NOON).unwrap();
        Reporter::new(self.store.clone(), PriceBook::builtin(), Clock::frozen(now), Homes::default())
    }

    /// Returns the line counts of the audit, which must add up, and whose used lines are the responses.
    pub(crate) async fn audit(&self) -> wire::AuditedLines {
        let query = Query { period: Period::ALL, tz: Tz::UTC, filter: UsageFilter::default() };
        let audit = DatabaseReports::new(self.store.clone(), self.reporter()).audit(&query).await.unwrap();
        let lines = audit.lines.into_iter().next().unwrap_or_default();
        let skipped: u64 = lines.skipped.values().sum();
        let sum = lines.used + lines.duplicate + lines.unbilled + lines.forgotten + skipped;
        assert_eq!(lines.read, sum, "{lines:?}");
        assert_eq!(lines.used, self.figures().await.totals().responses, "{lines:?}");
        lines
    }

    pub(crate) async fn figures(&self) -> Figures {
        let reporter = self.reporter();
        let query = Query { period: Period::ALL, tz: Tz::UTC, filter: UsageFilter::default() };
        let page = PageQuery::all(PageSort::Cost);
        let mut reports = [
            json(&reporter.daily(&query, Bucket::Day, false).await.unwrap()),
            json(&reporter.models(&query, Compare::None).await.unwrap()),
            json(&reporter.projects(&query, &page, Compare::None).await.unwrap()),
            json(&reporter.sessions(&query, &page.into()).await.unwrap()),
        ]
        .into_iter();
        Figures::of(|_| reports.next().unwrap())
    }
}

fn json(answer: &impl Serialize) -> String {
    serde_json::to_string(answer).unwrap()
}

#[tokio::test]
async fn reading_at_once_and_again_gives_the_answer() {
    let (source, answer) = Place::generated(1, 3_000_000);
    let mut reading = Reading::of(&source).await;
    crate::place::copy(source.claude(), reading.place.claude());
    let mut versions = Vec::new();
    for _ in 0..2 {
        reading.scan().await;
        assert_eq!(reading.figures().await, Figures::from(&answer));
        versions.push(reading.store.data_version().await.unwrap());
    }
    assert_eq!(versions[0], versions[1], "the second look changed something");
}

#[tokio::test]
async fn reading_file_by_file_from_the_last_to_the_first_gives_the_answer() {
    let (source, answer) = Place::generated(2, 3_000_000);
    let mut reading = Reading::of(&source).await;
    for transcript in reading.transcripts().iter().rev() {
        let content = reading.content(transcript);
        reading.place.append(transcript, &content);
        reading.scan().await;
    }
    assert_eq!(reading.figures().await, Figures::from(&answer));
}

#[tokio::test]
async fn reading_every_file_in_two_halves_gives_the_answer() {
    let (source, answer) = Place::generated(3, 3_000_000);
    let mut reading = Reading::of(&source).await;
    for half in 0..2 {
        for transcript in reading.transcripts() {
            let content = reading.content(&transcript);
            let (first, second) = content.split_at(content.len() / 2);
            reading.place.append(&transcript, [first, second][half]);
        }
        reading.scan().await;
    }
    assert_eq!(reading.figures().await, Figures::from(&answer));
}

#[tokio::test]
async fn reading_byte_by_byte_gives_the_same_as_reading_at_once() {
    let source = Place::empty();
    let line = |session, number, output| response(session, number, output, "2026-03-11T10:00:00.000Z");
    // A copy that grows, a fork that repeats it, and a last line that has no end yet.
    let original = [line("a", 1, 1), line("a", 1, 900), line("a", 2, 5)].concat();
    let fork = [line("b", 1, 900), line("b", 3, 7)].concat();
    source.append("projects/-p/a.jsonl", original.as_bytes());
    source.append("projects/-p/b.jsonl", fork.trim_end().as_bytes());

    let mut at_once = Reading::of(&source).await;
    crate::place::copy(source.claude(), at_once.place.claude());
    at_once.scan().await;
    let mut reading = Reading::of(&source).await;
    for transcript in reading.transcripts() {
        for byte in reading.content(&transcript) {
            reading.read_on(&transcript, &[byte]).await;
        }
    }
    let figures = reading.figures().await;
    assert_eq!(figures, at_once.figures().await);
    assert_eq!(figures.totals().tokens.output, 912);
}
