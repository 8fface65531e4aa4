//! What a push contains.

use crate::machine::Machine;
use ctm_facts::{PushPage, PushTarget};
use ctm_push_format::{JournalId, Level, Pepper, Push, Sender, Writer};
use ctm_storage::known_response;
use ctm_types::EpochMs;
use flate2::read::GzDecoder;
use std::io::{Error, Read, Result};

/// The largest push, compressed and as it is.
const MOST_PACKED: usize = 1 << 20;
const MOST_UNPACKED: u64 = 8 << 20;

/// Returns the body of a push of entries to a hub, compressed; `None` if it is too large.
pub(crate) fn packed(
    machine: &Machine,
    target: &PushTarget,
    level: Level,
    page: &PushPage,
    now: EpochMs,
) -> Result<Option<Vec<u8>>> {
    let progress = &target.progress;
    let journal = JournalId::parse(&progress.journal)
        .ok_or_else(|| Error::other("the id of the journal is damaged; enrol this machine again"))?;
    let sender = Sender {
        machine: machine.id,
        name: target.hub.name.clone(),
        level,
        pepper: Pepper::new(&target.hub.pepper),
        at_ms: now,
        push: Some(Push {
            journal,
            from: progress.acked,
            to: page.to.unwrap_or(progress.acked),
            receipt: progress.receipt.clone(),
        }),
    };
    let mut writer = Writer::new(sender, Vec::new());
    for entry in &page.entries {
        writer.write(&known_response(&entry.response, Push::revision(progress.epoch, entry.seq)))?;
    }
    let packed = writer.finish()?;
    let is_small = packed.len() <= MOST_PACKED
        && std::io::copy(&mut GzDecoder::new(&*packed).take(MOST_UNPACKED + 1), &mut std::io::sink())?
            <= MOST_UNPACKED;
    Ok(is_small.then_some(packed))
}

/// Returns the lines of a body.
pub(crate) fn unpacked(packed: &[u8]) -> Result<String> {
    let mut text = String::new();
    GzDecoder::new(packed).read_to_string(&mut text)?;
    Ok(text)
}
