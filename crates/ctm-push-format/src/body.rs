//! A push as a machine sends it: one section, which a hub takes.
//!
//! # Design
//!
//! A claim that can never be taken is refused with its revision, so that its machine sets it aside and the others are stored. Anything
//! else that cannot be read refuses the push as a whole: no program sends it, and nothing of it can be named.

use crate::{Entry, MOST_CLAIMS, Pepper, Push, ReadError, Reader, Reason, Refused, Section};
use ctm_types::{EpochMs, MachineClaim};

/// Most bytes of a push as it is sent.
pub const MOST_PUSH_BYTES: usize = 1 << 20;

/// Most bytes of a push without its compression.
const MOST_UNPACKED_BYTES: u64 = 8 << 20;

/// A push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushBody {
    /// The machine, as the push has it.
    pub section: Section,
    /// Its position in the journal.
    pub push: Push,
    /// The claims.
    pub claims: Vec<MachineClaim>,
    /// Claims that can never be taken.
    pub refused: Vec<RefusedClaim>,
}

/// A claim that can never be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedClaim {
    /// Its revision.
    pub revision: u64,
    /// Why.
    pub reason: Reason,
}

/// A push of which nothing can be taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// A line cannot be read.
    #[error("{0}")]
    Refused(Refused),
    /// The stream cannot be read to its end.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It does not begin with the header of a push.
    #[error("line 1: it is no header with `journal`, `from` and `to`")]
    NoPush,
    /// It has more than a section.
    #[error("a push has one section, and no signature")]
    Sections,
}

impl PushBody {
    /// Reads a push, of which the present is known.
    ///
    /// # Errors
    ///
    /// Fails when nothing of it can be taken.
    pub fn read(bytes: &[u8], pepper: &Pepper, now: EpochMs) -> Result<Self, BodyError> {
        let mut reader = Reader::new(bytes, pepper, now)?.at_most(MOST_UNPACKED_BYTES);
        let section = match reader.next_entry()? {
            Some(Entry::Section(section)) => section,
            Some(Entry::Refused(refused)) => return Err(BodyError::Refused(refused)),
            Some(Entry::Claim(_) | Entry::Signature(_)) | None => return Err(BodyError::NoPush),
        };
        let push = section.push.clone().ok_or(BodyError::NoPush)?;
        let (mut claims, mut refused) = (Vec::new(), Vec::new());
        while let Some(entry) = reader.next_entry()? {
            match entry {
                Entry::Claim(claim) if claims.len() < MOST_CLAIMS => claims.push(claim),
                Entry::Refused(Refused { revision: Some(revision), reason, .. })
                    if reason != Reason::NoSection =>
                {
                    refused.push(RefusedClaim { revision, reason });
                }
                Entry::Refused(refused) => return Err(BodyError::Refused(refused)),
                Entry::Section(_) | Entry::Claim(_) | Entry::Signature(_) => return Err(BodyError::Sections),
            }
        }
        Ok(Self { section, push, claims, refused })
    }
}
