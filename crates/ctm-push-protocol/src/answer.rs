//! What a hub can answer.

use ctm_push_format::Level;

/// An answer, or the reason why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Where the hub is.
    Hello(Hello),
    /// The push is stored.
    Taken(Taken),
    /// The hub has less than what the push follows.
    Behind {
        /// The last entry that it has.
        acked: u64,
    },
    /// The hub knows another course of the journal.
    Fork,
    /// The machine was removed from the hub.
    Gone,
    /// The push is too large.
    TooLarge,
    /// The hub does not read this version; the range that it reads.
    Version(String),
    /// There is too much at once.
    Busy {
        /// How long to wait, if the hub says so.
        retry_after_ms: Option<u64>,
    },
    /// There is no answer, or none that belongs to the protocol.
    Failed,
}

/// Where the hub is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    /// Versions of the format that it reads.
    pub versions: Vec<u32>,
    /// Most entries of a push.
    pub most: usize,
    /// The journal that it knows.
    pub journal: Option<String>,
    /// The last entry of that journal that it has.
    pub acked: u64,
    /// The most that it wants disclosed.
    pub level: Level,
    /// How long to wait until the next push.
    pub again_after_ms: u64,
}

/// The push is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The last entry that the hub has.
    pub acked: u64,
    /// What the next push has to show.
    pub receipt: String,
    /// How long to wait until the next push.
    pub again_after_ms: u64,
    /// Most entries of a push.
    pub most: usize,
}
