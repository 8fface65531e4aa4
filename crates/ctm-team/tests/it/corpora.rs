//! Real homes split over eight machines with overlaps: pushed in any order, they give the totals of the whole home to the pico-dollar.

use crate::support::{Journal, admit, clusters, team_with};
use ctm_facts::{CatalogNames, UsageFilter};
use ctm_pricing::{Cost, PriceBook};
use ctm_push_format::{KnownResponse, Level, MOST_CLAIMS, Pepper, Push};
use ctm_reader::{BATCH_BYTES, ClaudeHome, TranscriptFile, discover};
use ctm_team::TeamStore;
use ctm_types::{ClaimRank, LoggedCopy, MachineClaim, MachineId, Response, ResponseKey, Slot, TokenCounts};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

const MACHINES: usize = 8;

type Folded = BTreeMap<ResponseKey, Response>;

/// Responses, tokens and cost.
#[derive(Debug, Default, PartialEq)]
struct Totals {
    responses: u64,
    tokens: TokenCounts,
    cost: Cost,
}

fn copies(file: &TranscriptFile) -> Vec<LoggedCopy> {
    let (mut reader, mut checkpoint, mut copies) = (ctm_reader::Reader::new(), None, Vec::new());
    loop {
        let batch = reader.read(file, checkpoint.as_ref(), BATCH_BYTES).unwrap();
        copies.extend(batch.copies);
        if batch.at_end {
            return copies;
        }
        checkpoint = Some(batch.next);
    }
}

fn absorb(folded: &mut Folded, copies: &[LoggedCopy]) {
    for copy in copies {
        match folded.get_mut(&copy.key) {
            Some(response) => drop(response.absorb(copy)),
            None => drop(folded.insert(copy.key.clone(), Response::from_copy(copy))),
        }
    }
}

fn claims(folded: &Folded, pepper: &Pepper, first: u64) -> Vec<MachineClaim> {
    let claim = |(entry, (key, response)): (u64, (&ResponseKey, &Response))| {
        let conversation = &response.attribution.conversation;
        Level::Names.disclose(
            pepper,
            &KnownResponse {
                key,
                revision: Push::revision(1, entry),
                rank: ClaimRank::of(&response.winner),
                at_ms: response.attribution.at_ms,
                parts: &response.parts,
                session: &conversation.session,
                project: &conversation.folder,
                version: conversation.version.as_deref(),
                sidechain: conversation.sidechain,
            },
        )
    };
    (first..).zip(folded).map(claim).collect()
}

/// Returns the totals as reports have them: from sums by slot.
async fn totals(store: &TeamStore, book: &PriceBook) -> Totals {
    let billings = store.catalog(CatalogNames::SessionsAndProjects).await.unwrap().billings;
    let mut totals = Totals::default();
    for row in store.usage(&UsageFilter::default()).await.unwrap() {
        let quote = book.quote(&billings[&row.billing], Some(row.slot.start()), row.context_band);
        totals.responses += row.responses;
        totals.tokens += row.tokens;
        totals.cost += quote.cost(&row.tokens, row.web_searches);
    }
    totals
}

async fn check(url: &str, home: &Path) {
    let golden: serde_json::Value =
        serde_json::from_slice(&std::fs::read(home.join("golden.json")).unwrap()).unwrap();
    let files = discover(&ClaudeHome::open(home).unwrap()).files;
    let (mut whole, mut machines) = (Folded::new(), vec![Folded::new(); MACHINES]);
    // What the machines had when they pushed first.
    let mut before = machines.clone();
    for (number, file) in files.iter().enumerate() {
        let copies = copies(file);
        absorb(&mut whole, &copies);
        let owner = number % MACHINES;
        absorb(&mut machines[owner], &copies);
        absorb(&mut before[owner], &copies[..copies.len() / 3]);
        // Another machine has the beginning of the transcript, and each third one a copy of all of it.
        let other = (number * 3 + 1) % MACHINES;
        let end = if number.is_multiple_of(3) { copies.len() } else { copies.len() / 2 };
        absorb(&mut machines[other], &copies[..end]);
    }
    let book = PriceBook::builtin();
    let mut expected = Totals::default();
    for response in whole.values() {
        expected.responses += 1;
        for part in &response.parts {
            let band = book.context_band(part.tokens.prompt());
            let at = Slot::of(response.attribution.at_ms).start();
            let quote = book.quote(&part.billing, Some(at), band);
            expected.tokens += part.tokens;
            expected.cost += quote.cost(&part.tokens, part.web_searches);
        }
    }
    let count = |name: &str| golden["totals"][name].as_u64().unwrap();
    let TokenCounts { input, output, cache_read, .. } = expected.tokens;
    let known = ["input", "output", "cache_read", "responses"].map(count);
    assert_eq!([input, output, cache_read, expected.responses], known);

    for step in [1, 3, 5] {
        let store = team_with(url, book.context_thresholds()).await;
        let pepper = Pepper::new(store.pepper());
        let journal = |number: usize| {
            let mut all = claims(&before[number], &pepper, 1);
            all.extend(claims(&machines[number], &pepper, all.len() as u64 + 1));
            Journal::new(MachineId([number as u8 + 1; 16]), all)
        };
        let mut journals: Vec<Journal> = (0..MACHINES).map(journal).collect();
        for journal in &journals {
            admit(&store, journal.machine).await;
        }
        // In turns, in another order each time, some pushes again.
        let mut turn = 0;
        while journals.iter().any(|journal| journal.acked < journal.claims.len()) {
            let journal = &mut journals[(turn * step) % MACHINES];
            let (from, length) = (journal.acked, journal.claims.len());
            if from < length {
                let receipt = journal.receipt.clone();
                let to = (from + MOST_CLAIMS / step).min(length);
                assert!(journal.send(&store, from, to).await);
                if turn % 4 == 0 {
                    journal.receipt = receipt;
                    assert!(journal.send(&store, from, to).await);
                }
            }
            turn += 1;
        }
        assert_eq!(totals(&store, &book).await, expected, "{} in steps of {step}", home.display());
        store.sum_marked().await.unwrap();
        assert_eq!(totals(&store, &book).await, expected, "{} in steps of {step}, summed", home.display());
        assert_eq!(store.differing_days().await.unwrap(), []);
        let contested: HashMap<bool, u64> =
            store.machines().await.unwrap().iter().map(|of| (of.responses > of.counting, 1)).collect();
        assert!(contested.contains_key(&true), "no overlap");
        store.close().await;
    }
    println!("{}: {} responses, {:?}", home.display(), expected.responses, expected.cost);
}

#[tokio::test]
async fn real_homes_split_over_machines_give_their_totals_in_any_order_of_pushes() {
    let Some(corpora) = std::env::var_os("CTM_CORPORA").map(PathBuf::from) else {
        println!("skipped: CTM_CORPORA is not set");
        return;
    };
    // One version is enough: the figures of another one would need a database that calculates in another way.
    let Some(cluster) = clusters().first() else { return };
    for home in std::fs::read_dir(corpora).unwrap().map(|entry| entry.unwrap().path()) {
        if home.join("golden.json").exists() {
            check(&cluster.url(), &home).await;
        }
    }
}
