//! Whose each response is, and that every line is accounted for, whatever the order and the pieces in which
//! transcripts arrive.

use crate::figures::Figures;
use crate::order::Reading;
use crate::place::Place;
use ctm_corpus::Listed;
use ctm_facts::{ResponsePage, Sums, Tally, TimeOrder, UsageFilter};
use ctm_reader::{ClaudeHome, Reader, discover};
use ctm_report::wire::AuditedLines;
use ctm_storage::Store;
use ctm_types::{Billing, EpochMs, Projects, SessionDetails, Slot, TokenCounts};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;

/// Size of a home, in bytes: each kind of copy is in most of them.
const SIZE: u64 = 120_000;

/// Chance, from a number that a test is given.
struct Chance(u64);

impl Chance {
    /// Returns a number below a limit.
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

/// A transcript on its way.
struct Arriving {
    path: String,
    content: Vec<u8>,
    /// Number of bytes that have arrived.
    arrived: usize,
    /// `true` if it exists.
    is_there: bool,
}

impl Arriving {
    fn is_done(&self) -> bool {
        self.arrived == self.content.len() && self.is_there
    }

    /// Extends the transcript by any number of bytes; a deleted one reappears with all of its content.
    fn arrive(&mut self, place: &Place, chance: &mut Chance) {
        let left = self.content.len() - self.arrived;
        let from = if self.is_there { self.arrived } else { 0 };
        self.arrived += if chance.below(3) == 0 { left } else { chance.below(left + 1) };
        place.append(&self.path, &self.content[from..self.arrived]);
        self.is_there = true;
    }

    fn vanish(&mut self, place: &Place) {
        if self.is_there {
            fs::remove_file(place.claude().join(&self.path)).unwrap();
            self.is_there = false;
        }
    }
}

/// Session, project, time and billed tokens of each response, by its key.
type Owned = BTreeMap<String, (String, String, EpochMs, TokenCounts)>;

fn expected(list: &[Listed]) -> Owned {
    let owned = |of: &Listed| (of.session.clone(), of.project.clone(), EpochMs(of.at_ms), of.tally.tokens);
    list.iter().map(|response| (response.key.as_str().to_owned(), owned(response))).collect()
}

/// Returns whether a part is billed, by the one rule that generated homes need.
fn is_billed(billing: &Billing) -> bool {
    billing.refusal.as_deref().is_none_or(|category| category == "bio")
}

async fn stored(store: &Store) -> Owned {
    let page = ResponsePage {
        after: None,
        limit: 1_000_000,
        order: TimeOrder::OldestFirst,
        ..ResponsePage::default()
    };
    let responses = store.responses(&UsageFilter::default(), &page).await.unwrap();
    let owned = responses.into_iter().map(|response| {
        let billed = response.parts.iter().filter(|part| is_billed(&part.billing));
        let tokens = billed.map(|part| part.tokens).sum();
        (response.key, (response.session, response.project, response.at_ms, tokens))
    });
    owned.collect()
}

/// Responses, tokens and searches of the web by slot, session and project.
type Usage = BTreeMap<(Slot, String, String), (u64, TokenCounts, u64)>;

fn expected_usage(list: &[Listed]) -> Usage {
    let mut usage = Usage::new();
    for Listed { session, project, at_ms, tally, .. } in list.iter().filter(|of| of.tally.responses > 0) {
        let sum = usage.entry((Slot::of(EpochMs(*at_ms)), session.clone(), project.clone())).or_default();
        *sum = (sum.0 + 1, sum.1 + tally.tokens, sum.2 + tally.web_searches);
    }
    usage
}

fn counted_usage(tally: &Tally) -> Usage {
    let Sums { rows, catalog, .. } = tally.sums(&[], &Projects::default());
    let mut usage = Usage::new();
    for row in rows.iter().filter(|row| is_billed(&catalog.billings[&row.billing])) {
        let [session, project] =
            [&catalog.sessions[&row.session], &catalog.projects[&row.project]].map(String::clone);
        let sum = usage.entry((row.slot, session, project)).or_default();
        *sum = (sum.0 + row.responses, sum.1 + row.tokens, sum.2 + row.web_searches);
    }
    usage
}

/// Counts a home without a database: in pieces of any size, in any order, in tallies that are merged.
fn count(source: &Place, chance: &mut Chance) -> Tally {
    let (mut reader, mut batches) = (Reader::new(), Vec::new());
    for file in discover(&ClaudeHome::open(source.claude()).unwrap()).files {
        let mut checkpoint = None;
        loop {
            let limit_bytes = 1 + chance.below(9_000) as u64;
            let batch = reader.read(&file, checkpoint.as_ref(), limit_bytes).unwrap();
            checkpoint = Some(batch.next.clone());
            let at_end = batch.at_end;
            batches.push(batch);
            if at_end {
                break;
            }
        }
    }
    let mut tallies = [(); 3].map(|()| Tally::with_session_details());
    while !batches.is_empty() {
        let batch = batches.swap_remove(chance.below(batches.len()));
        tallies[chance.below(3)].add(batch);
    }
    let mut merged = Tally::with_session_details();
    tallies.into_iter().for_each(|tally| merged.merge(tally));
    merged
}

/// Prompts, tool calls, failed ones and subagents of each session that has any.
fn details(details: Vec<SessionDetails>) -> BTreeMap<String, [u64; 4]> {
    let counts =
        details.into_iter().map(|of| (of.session, [of.prompts, of.tool_calls, of.tool_errors, of.subagents]));
    counts.filter(|(_, counts)| *counts != [0; 4]).collect()
}

/// Checks that both ways of counting say whose each response of a home is.
async fn check_owners(source: &Place, reading: &Reading<'_>, list: &[Listed], chance: &mut Chance) {
    let (found, expected) = (stored(&reading.store).await, expected(list));
    for (key, of) in &expected {
        assert_eq!(found.get(key), Some(of), "{key}");
    }
    assert_eq!(found.len(), expected.len());
    let tally = count(source, chance);
    assert_eq!(counted_usage(&tally), expected_usage(list));
    let counted = details(tally.session_details());
    let sessions: Vec<&str> = counted.keys().map(String::as_str).collect();
    assert_eq!(details(reading.store.session_details(&sessions).await.unwrap()), counted);
}

/// Takes the line feed from the ends of some transcripts whose last line is a whole record.
fn leave_unended(source: &Place, chance: &mut Chance) {
    for path in source.transcripts().iter().filter(|_| chance.below(3) == 0) {
        let content = fs::read(path).unwrap();
        let last = content.trim_ascii_end().rsplit(|byte| *byte == b'\n').next().unwrap();
        let is_whole = serde_json::from_slice::<serde_json::Map<_, serde_json::Value>>(last).is_ok();
        if let Some(unended) = content.strip_suffix(b"\n").filter(|_| is_whole) {
            fs::write(path, unended).unwrap();
        }
    }
}

/// Lets transcripts arrive in any order and in any pieces, vanish and come back, and checks whose each
/// response is when each was seen once.
async fn check(seed: u64, order: u64) {
    let (source, answer, list) = Place::tangled(seed, SIZE);
    let mut chance = Chance(order);
    leave_unended(&source, &mut chance);
    let mut reading = Reading::of(&source).await;
    let mut arriving: Vec<Arriving> = reading
        .transcripts()
        .into_iter()
        .filter(|path| !path.ends_with("/journal.jsonl"))
        .map(|path| Arriving { content: reading.content(&path), path, arrived: 0, is_there: false })
        .collect();
    let mut vanishing = 12;
    loop {
        let open: Vec<usize> = (0..arriving.len()).filter(|at| !arriving[*at].is_done()).collect();
        if open.is_empty() {
            break;
        }
        if vanishing > 0 && chance.below(6) == 0 {
            vanishing -= 1;
            let at = chance.below(arriving.len());
            arriving[at].vanish(&reading.place);
        } else {
            arriving[open[chance.below(open.len())]].arrive(&reading.place, &mut chance);
        }
        if chance.below(9) == 0 {
            reading.scan().await;
            reading.audit().await;
        }
    }
    reading.scan().await;
    let lines = reading.audit().await;
    assert_eq!((lines.read, lines.unbilled), (answer.lines.read, answer.unbilled.responses));
    assert_eq!(reading.figures().await, Figures::from(&answer));
    check_owners(&source, &reading, &list, &mut chance).await;

    // A permanently deleted file changes nothing.
    arriving.iter_mut().step_by(2).for_each(|of| of.vanish(&reading.place));
    reading.scan().await;
    let files_gone = arriving.len().div_ceil(2) as u64;
    assert_eq!(reading.audit().await, AuditedLines { files_gone, ..lines });
    assert_eq!(stored(&reading.store).await, expected(&list));

    // Neither does what is rewritten without some of its lines.
    for of in arriving.iter().filter(|of| of.is_there) {
        let lines = of.content.split_inclusive(|byte| *byte == b'\n');
        let left: Vec<u8> = lines.filter(|_| chance.below(3) > 0).flatten().copied().collect();
        fs::write(reading.place.claude().join(&of.path), left).unwrap();
    }
    reading.scan().await;
    reading.audit().await;
    assert_eq!(stored(&reading.store).await, expected(&list));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 16, ..ProptestConfig::default() })]

    #[test]
    fn each_response_is_of_the_session_that_made_it(seed in 0..10_000_u64, order in any::<u64>()) {
        tokio::runtime::Runtime::new().unwrap().block_on(check(seed, order));
    }
}
