//! Keyed hashes, by which machines compare what they do not disclose.
//!
//! # Design
//!
//! Keys of responses can contain sessions and paths, which a plain hash would let anybody guess. With a pepper only
//! its owners can. Machines that share usage share one; it protects a file that is lost, and not
//! against each other.

use ctm_types::{KeyDigest, ResponseKey};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;

/// A secret that machines which share usage have in common.
#[derive(Clone)]
pub struct Pepper(Hmac<Sha256>);

impl Pepper {
    /// Returns the pepper of a secret. The empty one protects nothing.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self(keyed(secret))
    }

    /// Returns the identity of a response between machines.
    #[must_use]
    pub fn digest(&self, key: &ResponseKey) -> KeyDigest {
        KeyDigest(self.first_bytes("key", key.as_str()))
    }

    /// Returns the hash of a session's id, in hexadecimal digits.
    #[must_use]
    pub fn session(&self, id: &str) -> String {
        hex::encode(self.first_bytes::<16>("session", id))
    }

    /// Returns the hash of a project's name, in hexadecimal digits.
    #[must_use]
    pub fn project(&self, name: &str) -> String {
        hex::encode(self.first_bytes::<8>("project", name))
    }

    /// Returns by what the pepper is recognised and not revealed, in hexadecimal digits.
    #[must_use]
    pub fn check(&self) -> String {
        hex::encode(self.first_bytes::<8>("check", ""))
    }

    /// Returns the first bytes of the hash of a text. The kind of text is hashed too: two kinds never have the same hash.
    fn first_bytes<const N: usize>(&self, kind: &str, text: &str) -> [u8; N] {
        let mut hash = self.0.clone();
        for part in [kind, "\0", text] {
            hash.update(part.as_bytes());
        }
        let bytes = hash.finalize().into_bytes();
        std::array::from_fn(|at| bytes[at])
    }
}

fn keyed(secret: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(secret).expect("HMAC takes keys of any length")
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pepper({})", self.check())
    }
}
