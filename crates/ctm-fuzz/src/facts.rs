//! What another machine reports of its responses, compressed or not.

use ctm_push_format::{Entry, MOST_CLAIMS, Pepper, PushBody, Reader};
use ctm_types::EpochMs;

/// When it is read: the time of the inputs of the corpus.
const NOW: EpochMs = EpochMs(1_764_250_000_000);

/// The secret of the inputs of the corpus.
const PEPPER: &[u8] = b"shared";

/// The largest count of a claim.
const MOST_COUNT: u64 = 1 << 53;

/// The longest text about a line that is refused.
const MOST_TEXT: usize = 1_000;

pub(crate) fn run(input: &[u8]) {
    if let Ok(body) = PushBody::read(input, &Pepper::new(PEPPER), NOW) {
        assert!(body.claims.len() <= MOST_CLAIMS && body.push.from <= body.push.to);
    }
    let entries = read(input);
    assert_eq!(entries, read(input), "the same bytes give the same entries");
    let mut is_in_section = false;
    for entry in entries {
        match entry {
            Entry::Section(_) => is_in_section = true,
            Entry::Signature(_) => is_in_section = false,
            Entry::Refused(refused) => assert!(refused.to_string().len() <= MOST_TEXT, "{refused}"),
            Entry::Claim(claim) => {
                assert!(is_in_section, "a claim is of a machine");
                assert!(!claim.parts.is_empty(), "a response has a part");
                let tokens = claim.parts.iter().map(|part| part.tokens);
                let counts = tokens.flat_map(|of| {
                    [of.input, of.output, of.cache_read, of.cache_write_5m, of.cache_write_1h]
                });
                assert!(counts.into_iter().all(|count| count <= MOST_COUNT));
            }
        }
    }
}

/// Reads up to the end, or to where the stream cannot be read further.
fn read(input: &[u8]) -> Vec<Entry> {
    let mut entries = Vec::new();
    let Ok(mut reader) = Reader::new(input, &Pepper::new(PEPPER), NOW) else { return entries };
    while let Ok(Some(entry)) = reader.next_entry() {
        entries.push(entry);
    }
    entries
}
