//! Ids and names as numbers.
//!
//! # Design
//!
//! Ids of responses, tool calls and prompts come in no order and are long. They are found, and where no reader sees
//! them also stored, by a hash of 64 bits: among a billion of them, two are equal with a probability of three in a
//! hundred, and then one call or prompt is not counted. Responses are distinguished by their keys all the same.

use foldhash::{HashMap, HashMapExt, HashSet};
use std::hash::Hash;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// Returns the look-up hash of an id; never 0.
#[must_use]
pub fn hash_of(id: &str) -> i64 {
    xxh3_64(id.as_bytes()).max(1).cast_signed()
}

/// Values that are looked up both ways.
#[derive(Debug)]
pub struct Numbered<Id, T: ?Sized> {
    numbers: HashMap<Arc<T>, Id>,
    values: HashMap<Id, Arc<T>>,
}

impl<Id, T: ?Sized> Default for Numbered<Id, T> {
    fn default() -> Self {
        Self { numbers: HashMap::new(), values: HashMap::new() }
    }
}

impl<Id: Copy + Hash + Eq, T: ?Sized + Hash + Eq> Numbered<Id, T> {
    /// Remembers the number of a value.
    pub fn know(&mut self, value: Arc<T>, number: Id) {
        self.numbers.insert(Arc::clone(&value), number);
        self.values.insert(number, value);
    }

    /// Returns the number of a value.
    #[must_use]
    pub fn number(&self, value: &T) -> Option<Id> {
        self.numbers.get(value).copied()
    }

    /// Returns the value with a number.
    #[must_use]
    pub fn value(&self, number: Id) -> Option<&Arc<T>> {
        self.values.get(&number)
    }

    /// Returns the unknown numbers, each once.
    #[must_use]
    pub fn unknown(&self, numbers: impl Iterator<Item = Id>) -> Vec<Id> {
        let unknown: HashSet<Id> = numbers.filter(|number| !self.values.contains_key(number)).collect();
        unknown.into_iter().collect()
    }

    /// Returns how many values are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Returns whether no value is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}
