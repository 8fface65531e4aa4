//! Homes split over eight machines with overlaps: the files of all of them, in any order, give the totals of the whole
//! home to the pico-dollar.

use crate::pepper;
use ctm_pricing::{Cost, PriceBook};
use ctm_push_format::{Entry, KnownResponse, Level, Reader, Sender, Writer};
use ctm_reader::{BATCH_BYTES, ClaudeHome, TranscriptFile, discover};
use ctm_types::{
    ClaimRank, EpochMs, KeyDigest, LoggedCopy, MachineId, Part, Response, ResponseClaims, ResponseKey,
    TokenCounts,
};
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

const MACHINES: usize = 8;

/// After every time of the homes.
const LATER: EpochMs = EpochMs(2_000_000_000_000);

/// The responses of a machine.
type Folded = HashMap<ResponseKey, Response>;

/// Responses, tokens and cost.
#[derive(Debug, Default, PartialEq)]
struct Totals {
    responses: u64,
    tokens: TokenCounts,
    cost: Cost,
}

impl Totals {
    fn add(&mut self, book: &PriceBook, at_ms: EpochMs, parts: &[Part]) {
        self.responses += 1;
        for Part { billing, tokens, web_searches, .. } in parts {
            let band = book.context_band(tokens.prompt());
            let cost = book.quote(billing, Some(at_ms), band).cost(tokens, *web_searches);
            self.tokens += *tokens;
            self.cost = std::mem::take(&mut self.cost) + cost;
        }
    }
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

fn absorb<'c>(folded: &mut Folded, copies: impl IntoIterator<Item = &'c LoggedCopy>) {
    for copy in copies {
        let known = folded.get_mut(&copy.key).map(|response| response.absorb(copy));
        if known.is_none() {
            folded.insert(copy.key.clone(), Response::from_copy(copy));
        }
    }
}

/// Writes the file of a machine. Of `revision`, later files of a machine have greater ones.
fn file_of(machine: usize, level: Level, revision: u64, folded: &Folded) -> Vec<u8> {
    let id = MachineId([machine as u8; 16]);
    let name = format!("machine {machine}");
    let mut writer = Writer::new(
        Sender { machine: id, name, level, pepper: pepper(), at_ms: EpochMs(0), push: None },
        Vec::new(),
    );
    for (key, response) in folded {
        let conversation = &response.attribution.conversation;
        let known = KnownResponse {
            key,
            revision,
            rank: ClaimRank::of(&response.winner),
            at_ms: response.attribution.at_ms,
            parts: &response.parts,
            session: &conversation.session,
            project: &conversation.folder,
            version: conversation.version.as_deref(),
            sidechain: conversation.sidechain,
        };
        writer.write(&known).unwrap();
    }
    writer.finish().unwrap()
}

/// Merges files in their order. Returns the totals of what counts, and how many responses several machines have.
fn merged<'f>(book: &PriceBook, files: impl IntoIterator<Item = &'f Vec<u8>>) -> (Totals, usize) {
    let mut claims: HashMap<KeyDigest, ResponseClaims> = HashMap::new();
    for file in files {
        let mut reader = Reader::new(&**file, &pepper(), LATER).unwrap();
        let mut machine = None;
        while let Some(entry) = reader.next_entry().unwrap() {
            match entry {
                Entry::Section(section) => machine = Some(section.machine),
                Entry::Claim(claim) => {
                    claims.entry(claim.key).or_default().put(machine.unwrap(), claim);
                }
                Entry::Refused(refused) => panic!("{refused}"),
                Entry::Signature(signature) => panic!("{signature:?}"),
            }
        }
    }
    let mut totals = Totals::default();
    for (_, claim) in claims.values().filter_map(ResponseClaims::counting) {
        totals.add(book, claim.at_ms, &claim.parts);
    }
    (totals, claims.values().filter(|claims| claims.is_contested()).count())
}

fn check(home: &Path) {
    let golden: Value = serde_json::from_slice(&std::fs::read(home.join("golden.json")).unwrap()).unwrap();
    let files = discover(&ClaudeHome::open(home).unwrap()).files;
    let (mut whole, mut machines) = (Folded::new(), vec![Folded::new(); MACHINES]);
    // What the machines had when they wrote their first files.
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
    whole.values().for_each(|response| expected.add(&book, response.attribution.at_ms, &response.parts));
    let count = |name: &str| golden["totals"][name].as_u64().unwrap();
    let TokenCounts { input, output, cache_read, .. } = expected.tokens;
    let known = ["input", "output", "cache_read", "responses"].map(count);
    assert_eq!([input, output, cache_read, expected.responses], known);

    let of_day = |revision: u64, folded: &[Folded]| {
        let files = folded.iter().enumerate();
        files.map(|(machine, folded)| file_of(machine, Level::Names, revision, folded)).collect::<Vec<_>>()
    };
    let [early, late] = [of_day(1, &before), of_day(2, &machines)];
    let (bytes, responses) =
        (late.iter().map(Vec::len).sum::<usize>(), machines.iter().map(HashMap::len).sum::<usize>());
    assert!(bytes < 60 * responses, "{bytes} bytes for {responses} responses");
    let all: Vec<&Vec<u8>> = early.iter().chain(&late).collect();
    for step in [1, 3, 5, 7, 11, 15] {
        let order: Vec<&Vec<u8>> = (0..all.len()).map(|at| all[(at * step) % all.len()]).collect();
        // Each file comes twice.
        let (found, contested) = merged(&book, order.iter().copied().chain(order.iter().rev().copied()));
        assert_eq!(found, expected, "{} in steps of {step}", home.display());
        assert!(contested * 10 > whole.len(), "{contested} of {} overlap", whole.len());
    }
    // Without a machine the totals are those of the others.
    let (without, _) = merged(&book, late.iter().skip(1));
    let mut others = Folded::new();
    for (key, response) in machines[1..].iter().flatten() {
        match others.get_mut(key) {
            Some(known) => known.merge(response.clone()),
            None => drop(others.insert(key.clone(), response.clone())),
        }
    }
    let mut expected = Totals::default();
    others.values().for_each(|response| expected.add(&book, response.attribution.at_ms, &response.parts));
    assert_eq!(without, expected, "{} without a machine", home.display());
}

#[test]
fn real_homes_split_over_machines_give_their_totals_in_any_order_of_files() {
    let Some(corpora) = std::env::var_os("CTM_CORPORA").map(PathBuf::from) else {
        println!("skipped: CTM_CORPORA is not set");
        return;
    };
    for home in std::fs::read_dir(corpora).unwrap().map(|entry| entry.unwrap().path()) {
        if home.join("golden.json").exists() {
            check(&home);
        }
    }
}
