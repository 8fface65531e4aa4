//! The signature of a stream, by which a reader recognizes who wrote it.
//!
//! # Design
//!
//! It is a line of its own behind what it covers: the lines since the signature before, or since the beginning. So a stream is
//! written and read once, and signed streams one after another are one stream. The reader compares the digest; the caller, who has the
//! keys, checks the signature of the digest.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// How the line is written.
pub(crate) const START: &[u8] = b"{\"sha256\"";

/// The signature of the lines before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamSignature {
    /// SHA-256 of these lines without compression, each with its line feed, in hexadecimal digits.
    pub sha256: String,
    /// The public key, in hexadecimal digits.
    pub public_key: String,
    /// The signature of the digest, in hexadecimal digits.
    pub signature: String,
}

/// The digest of lines.
#[derive(Debug, Default)]
pub(crate) struct Lines(Sha256);

impl Lines {
    pub(crate) fn add(&mut self, line: &[u8]) {
        self.0.update(line);
    }

    /// Returns the digest of the lines, in hexadecimal digits, and begins anew.
    pub(crate) fn end(&mut self) -> String {
        hex::encode(self.0.finalize_reset())
    }
}
