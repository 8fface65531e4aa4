//! Responses, each counted once.

use crate::{LoggedCopy, Response, ResponseKey, TokenCounts};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Responses by their keys: copies that are added fold into one response each, by the counting rule.
///
/// Copies may come in any order, from any number of batches, and repeatedly. Time and place of a response are those of its
/// earliest copy; [`forks`](crate::forks) determines the owner of a response that several sessions have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Responses(BTreeMap<ResponseKey, Response>);

impl Responses {
    /// Creates an empty collection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a copy of a response.
    pub fn add(&mut self, copy: &LoggedCopy) {
        match self.0.entry(copy.key.clone()) {
            Entry::Occupied(mut known) => _ = known.get_mut().absorb(copy),
            Entry::Vacant(place) => _ = place.insert(Response::from_copy(copy)),
        }
    }

    /// Returns the number of responses.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there is no response.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the response with a key.
    #[must_use]
    pub fn get(&self, key: &ResponseKey) -> Option<&Response> {
        self.0.get(key)
    }

    /// Returns the responses with their keys, ordered by key.
    pub fn iter(&self) -> impl Iterator<Item = (&ResponseKey, &Response)> {
        self.0.iter()
    }

    /// Returns the responses, ordered by key.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Response> {
        self.0.values()
    }

    /// Returns the sum of all tokens.
    #[must_use]
    pub fn tokens(&self) -> TokenCounts {
        self.values().flat_map(|response| &response.parts).map(|part| part.tokens).sum()
    }
}

impl<'a> Extend<&'a LoggedCopy> for Responses {
    fn extend<T: IntoIterator<Item = &'a LoggedCopy>>(&mut self, copies: T) {
        copies.into_iter().for_each(|copy| self.add(copy));
    }
}
