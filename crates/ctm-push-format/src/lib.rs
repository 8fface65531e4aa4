//! What a machine reports of its responses to others: lines of JSON, compressed with gzip.
//!
//! Read the modules in this order:
//!
//! - [`pepper`]: keyed hashes, by which machines compare what they do not disclose;
//! - [`level`]: how much of a response leaves the machine;
//! - [`push`]: which entries of its journal a machine pushes;
//! - `wire`: the lines;
//! - [`signature`]: by which a reader recognizes who wrote a stream;
//! - [`writer`] and [`reader`]: streams of them, in bounded memory;
//! - [`body`]: a push, of which a hub takes as much as it can.
//!
//! # Design
//!
//! A file is a sequence of sections. A section is a header and at most [`MOST_CLAIMS`] claims, one a line, which refer to
//! the conversations and billing terms of the header by their position. So the memory that a section takes is bounded, and
//! a file of any length is written and read section by section. Fields that are unknown are ignored; what a version
//! means is never changed, only [`VERSION`] rises.
//!
//! A damaged line is refused with its number and a reason, and nothing else is lost. Text is readable by the
//! person whose usage it is. A binary form would be smaller by 16 bytes a response, which nobody notices.
//!
//! **Invariant:** this crate has no access to files, SQL, HTTP or a clock: it reads from [`std::io::Read`] and
//! writes to [`std::io::Write`]. At no level does it write a prompt, a reply, a path, a branch or an input of a tool.

pub mod body;
pub mod level;
pub mod pepper;
pub mod push;
pub mod reader;
pub mod signature;
mod wire;
pub mod writer;

pub use body::{BodyError, MOST_PUSH_BYTES, PushBody, RefusedClaim};
pub use level::{KnownResponse, Level};
pub use pepper::Pepper;
pub use push::{JournalId, Push};
pub use reader::{Entry, ReadError, Reader, Reason, Refused, Section};
pub use signature::StreamSignature;
pub use writer::{Sender, Writer};

/// The version that is written.
pub const VERSION: u32 = 1;

/// The versions that are read: the one that is written and, from the second one on, the one before.
pub const READ_VERSIONS: std::ops::RangeInclusive<u32> = 1..=VERSION;

/// Most claims of a section.
pub const MOST_CLAIMS: usize = 5_000;

/// Most bytes of a stream without its compression: those of ten million claims. What is more was made to be in the way.
pub const MOST_BYTES: u64 = 1 << 30;

/// Most bytes of a line.
pub const MOST_LINE_BYTES: usize = 8 << 20;
