//! Streams as they are written and read: round trips, damage, versions, and what leaves no machine.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod body;
mod canary;
mod damage;
mod golden;
mod machines;
mod round_trip;
mod signature;

use ctm_push_format::{Entry, KnownResponse, Level, Pepper, Reader, Sender, Writer};
use ctm_types::{Billing, ClaimRank, EpochMs, MachineClaim, MachineId, Part, ResponseKey, TokenCounts};
use std::io::Read;
use std::sync::Arc;

/// When streams are read.
const NOW: EpochMs = EpochMs(1_764_250_000_000);

fn pepper() -> Pepper {
    Pepper::new(b"shared")
}

fn sender(level: Level) -> Sender {
    Sender {
        machine: MachineId([0xab; 16]),
        name: "laptop".to_owned(),
        level,
        pepper: pepper(),
        at_ms: NOW,
        push: None,
    }
}

/// A response whose figures follow from its number.
struct Numbered {
    key: ResponseKey,
    parts: Vec<Part>,
    number: u64,
}

impl Numbered {
    fn new(number: u64) -> Self {
        let model = ["claude-opus-4-5", "claude-haiku-4-5"][usize::from(number.is_multiple_of(3))];
        let billing = Arc::new(Billing { model: model.to_owned(), ..Billing::default() });
        let part = |of: u64| Part {
            billing: Arc::clone(&billing),
            tokens: TokenCounts {
                input: number,
                output: of,
                cache_read: 1 << 40,
                cache_write_5m: 4,
                cache_write_1h: 5,
            },
            web_searches: of,
            ttl_assumed: number.is_multiple_of(2),
        };
        let parts = (0..=number % 2).map(part).collect();
        Self { key: ResponseKey::from_stored(&format!("msg_{number:020}")), parts, number }
    }

    fn known(&self) -> KnownResponse<'_> {
        KnownResponse {
            key: &self.key,
            revision: self.number + 1,
            rank: ClaimRank::from_number(self.number << 3 | 1 << 57).unwrap(),
            at_ms: EpochMs(NOW.0 - self.number as i64),
            parts: &self.parts,
            session: ["s-1", "s-2", "s-3"][self.number as usize % 3],
            project: ["/home/a/work", "/home/a/play"][self.number as usize % 2],
            version: Some("2.1.44"),
            sidechain: self.number.is_multiple_of(5),
        }
    }
}

fn written(level: Level, responses: &[Numbered]) -> Vec<u8> {
    written_by(sender(level), responses)
}

fn written_by(sender: Sender, responses: &[Numbered]) -> Vec<u8> {
    let mut writer = Writer::new(sender, Vec::new());
    responses.iter().for_each(|response| writer.write(&response.known()).unwrap());
    writer.finish().unwrap()
}

fn unpacked(packed: &[u8]) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    text
}

fn read(stream: &[u8]) -> Vec<Entry> {
    let mut reader = Reader::new(stream, &pepper(), NOW).unwrap();
    std::iter::from_fn(|| reader.next_entry().unwrap()).collect()
}

fn claims(entries: &[Entry]) -> Vec<MachineClaim> {
    let claim = |entry: &Entry| if let Entry::Claim(claim) = entry { Some(claim.clone()) } else { None };
    entries.iter().filter_map(claim).collect()
}

/// The refusals, as they are shown.
fn refused(entries: &[Entry]) -> Vec<String> {
    let refused =
        |entry: &Entry| if let Entry::Refused(refused) = entry { Some(refused.to_string()) } else { None };
    entries.iter().filter_map(refused).collect()
}
