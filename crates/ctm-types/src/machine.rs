//! Responses of several machines: what each claims, and **the rule of which claim counts**.
//!
//! # Design
//!
//! Within a machine the fold of [`crate::response`] decides between copies of a response, down to the path and the
//! offset of a line. Between machines its result, the [`MachineClaim`], is compared: the greatest rank counts, then the
//! earliest time, then the smallest machine. The rank is one number, so that a database compares it and has no rule of
//! its own. Paths and offsets are no part of it: they stay on the machine.
//!
//! The claims that do not count are kept ([`ResponseClaims`]). So the outcome depends on no order, a claim that
//! arrives twice changes nothing, and without a machine the outcome is as if there had never been one.

use crate::{EpochMs, LoggedLine, Part};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::sync::Arc;

/// The fields of a line that its [`ClaimRank`] depends on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RankedLine {
    /// `true` if it carries a final marker.
    pub is_final: bool,
    /// `output_tokens` of the top level.
    pub output: u64,
    /// `true` for a progress record that embeds the copy.
    pub embedded: bool,
    /// `true` for a line on a sidechain.
    pub sidechain: bool,
    /// `true` if its file is named after its session.
    pub in_own_file: bool,
}

impl From<&LoggedLine> for RankedLine {
    fn from(line: &LoggedLine) -> Self {
        let LoggedLine { is_final, output, embedded, sidechain, in_own_file, .. } = *line;
        Self { is_final, output, embedded, sidechain, in_own_file }
    }
}

/// The first fields of [`LoggedLine::rank`] as a number that orders in the same way: the greatest counts.
///
/// | bits | field |
/// |---|---|
/// | 57 | a final copy |
/// | 3 to 56 | output, at most [`ClaimRank::MOST_OUTPUT`] |
/// | 2 | a line of a conversation, not a progress record that embeds it |
/// | 1 | the main conversation |
/// | 0 | the file that is named after the session |
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimRank(u64);

impl ClaimRank {
    /// The largest output that is distinguished. A count of tokens is at most 2^53.
    pub const MOST_OUTPUT: u64 = (1 << 54) - 1;

    const OUTPUT: u32 = 3;
    const FINAL: u32 = 57;

    /// Returns the rank of a line.
    #[must_use]
    pub fn of(line: impl Into<RankedLine>) -> Self {
        let line = line.into();
        let places = [
            (line.is_final.into(), Self::FINAL),
            (line.output.min(Self::MOST_OUTPUT), Self::OUTPUT),
            ((!line.embedded).into(), 2),
            ((!line.sidechain).into(), 1),
            (line.in_own_file.into(), 0),
        ];
        Self(places.into_iter().fold(0, |rank, (value, place)| rank | value << place))
    }

    /// Returns the rank of a number; `None` if it is that of no line.
    #[must_use]
    pub fn from_number(number: u64) -> Option<Self> {
        (number >> (Self::FINAL + 1) == 0).then_some(Self(number))
    }

    /// Returns the number.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }

    /// Returns whether the line carries a final marker.
    #[must_use]
    pub fn is_final(self) -> bool {
        self.0 >> Self::FINAL == 1
    }
}

/// The identity of a response between machines: a keyed hash of its [`crate::ResponseKey`], which can contain a session
/// and a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyDigest(pub [u8; 16]);

/// The identity of a machine: random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MachineId(pub [u8; 16]);

impl MachineId {
    /// Returns the identity of 32 hexadecimal digits; `None` if a text is something else.
    #[must_use]
    pub fn parse(digits: &str) -> Option<Self> {
        let is_id = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let number = u128::from_str_radix(digits, 16).ok().filter(|_| is_id)?;
        Some(Self(number.to_be_bytes()))
    }
}

/// The conversation of a response, as far as its machine discloses it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DisclosedConversation {
    /// A hash of the session's id.
    pub session: Option<String>,
    /// Name of the project, or a hash of it; never a path.
    pub project: Option<String>,
    /// Version of Claude Code.
    pub version: Option<String>,
    /// `true` for the conversation of a subagent, `false` for the main one.
    pub sidechain: bool,
}

/// A response according to one machine: folded from all of its copies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineClaim {
    /// The response.
    pub key: KeyDigest,
    /// Rises whenever the machine claims something else of the response.
    pub revision: u64,
    /// Rank of the winning copy.
    pub rank: ClaimRank,
    /// Time of the response, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// Its billed parts, at least one.
    pub parts: Vec<Part>,
    /// Its conversation; claims mostly share them.
    pub conversation: Arc<DisclosedConversation>,
}

/// Sort key of claims of different machines: the greatest counts.
pub type ClaimOrder = (ClaimRank, Reverse<EpochMs>, Reverse<MachineId>);

impl MachineClaim {
    /// Returns the claim's sort key, as that of a machine.
    #[must_use]
    pub fn order(&self, machine: MachineId) -> ClaimOrder {
        (self.rank, Reverse(self.at_ms), Reverse(machine))
    }
}

/// The newest claim of each machine on one response.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResponseClaims {
    by_machine: BTreeMap<MachineId, MachineClaim>,
}

impl ResponseClaims {
    /// Takes the claim of a machine, if it is newer than the known one. Returns whether it is.
    pub fn put(&mut self, machine: MachineId, claim: MachineClaim) -> bool {
        match self.by_machine.entry(machine) {
            Entry::Vacant(entry) => {
                entry.insert(claim);
                true
            }
            Entry::Occupied(mut entry) => {
                let is_newer = entry.get().revision < claim.revision;
                if is_newer {
                    entry.insert(claim);
                }
                is_newer
            }
        }
    }

    /// Removes the claim of a machine. Returns it.
    pub fn remove(&mut self, machine: MachineId) -> Option<MachineClaim> {
        self.by_machine.remove(&machine)
    }

    /// Returns the claim that counts, with its machine; `None` without any.
    #[must_use]
    pub fn counting(&self) -> Option<(MachineId, &MachineClaim)> {
        let claims = self.by_machine.iter().map(|(machine, claim)| (*machine, claim));
        claims.max_by_key(|(machine, claim)| claim.order(*machine))
    }

    /// Returns whether several machines claim the response.
    #[must_use]
    pub fn is_contested(&self) -> bool {
        self.by_machine.len() > 1
    }
}

impl fmt::Display for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(self.0, f)
    }
}

impl fmt::Display for MachineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(self.0, f)
    }
}

fn write_hex(bytes: [u8; 16], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{:032x}", u128::from_be_bytes(bytes))
}
