//! Ids as numbers.
//!
//! # Design
//!
//! Ids of responses, tool calls and prompts come in no order and are long. They are found, and where no reader sees
//! them also stored, by a hash of 64 bits: among a billion of them, two are equal with a probability of three in a
//! hundred, and then one call or prompt is not counted. Responses are distinguished by their keys all the same.

use xxhash_rust::xxh3::xxh3_64;

/// Returns the hash by which an id is found; never 0.
pub(crate) fn hash_of(id: &str) -> i64 {
    xxh3_64(id.as_bytes()).max(1).cast_signed()
}
