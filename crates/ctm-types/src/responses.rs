//! Responses, each counted once.

use crate::ownership::Ownership;
use crate::{Batch, Billing, Claim, LoggedCopy, Part, Response, ResponseKey, TokenCounts};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

/// Responses by their keys: copies that are added fold into one response each, by the counting rule.
///
/// Copies may come in any order, from any number of batches, and repeatedly. Time and place of a response are those of its
/// earliest copy; [`Responses::owned`] has the owner of a response that several sessions have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Responses {
    by_key: BTreeMap<ResponseKey, Response>,
    /// The requests of responses that a model refused before any output, at first or at all.
    refused: BTreeMap<ResponseKey, String>,
    /// The categories of refusals, by the request.
    refusals: BTreeMap<String, String>,
    /// The responses that called a tool which searches the web in a request of its own, by the id of the call.
    search_calls: BTreeMap<String, ResponseKey>,
    /// The searches of calls, by the id of the call.
    searches: BTreeMap<String, u64>,
    ownership: Ownership,
}

/// The tool that searches the web in a request of its own.
const WEB_SEARCH: &str = "WebSearch";

/// A response, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnedResponse<'a> {
    /// Its key.
    pub key: &'a ResponseKey,
    /// The response; its own time and place are those of its earliest copy.
    pub response: &'a Response,
    /// Time and place in the session that owns it.
    pub claim: Claim,
    /// The project of that session: the folder that it was started in, or the repository of a worktree.
    pub project: Arc<str>,
    /// Web searches of its tool calls, which are billed and not in its parts.
    pub call_searches: u64,
}

impl Responses {
    /// Creates an empty collection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what a batch has of responses: copies, and what other lines than the copies can have, such as categories of
    /// refusals.
    pub fn add_batch(&mut self, batch: &Batch) {
        self.extend(&batch.copies);
        self.ownership.add_batch(batch);
        for call in &batch.searches {
            let known = self.searches.entry(call.id.clone()).or_default();
            *known = call.searches.max(*known);
        }
        batch
            .refusals
            .iter()
            .for_each(|(request, category)| keep_greater(&mut self.refusals, request, category));
    }

    /// Adds a copy of a response.
    pub fn add(&mut self, copy: &LoggedCopy) {
        if let Some(request) = &copy.refused_request {
            keep_greater(&mut self.refused, &copy.key, request);
        }
        for call in copy.tool_calls.iter().filter(|call| call.name == WEB_SEARCH) {
            let known = self.search_calls.entry(call.id.clone()).or_insert_with(|| copy.key.clone());
            if copy.key < *known {
                known.clone_from(&copy.key);
            }
        }
        match self.by_key.entry(copy.key.clone()) {
            Entry::Occupied(mut known) => {
                self.ownership.add_copy(known.get(), copy);
                known.get_mut().absorb(copy);
            }
            Entry::Vacant(place) => _ = place.insert(Response::from_copy(copy)),
        }
    }

    /// Returns the number of responses.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Returns whether there is no response.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// Returns the response with a key.
    #[must_use]
    pub fn get(&self, key: &ResponseKey) -> Option<&Response> {
        self.by_key.get(key)
    }

    /// Returns the responses with their keys, ordered by key.
    pub fn iter(&self) -> impl Iterator<Item = (&ResponseKey, &Response)> {
        self.by_key.iter()
    }

    /// Returns the responses with their owners, ordered by key.
    ///
    /// The owner of a response that several sessions have is decided by [`forks`](crate::forks), from all responses: it can
    /// change when more are added.
    pub fn owned(&self) -> impl Iterator<Item = OwnedResponse<'_>> {
        let (owners, searches) = (self.ownership.owners(&self.by_key), self.searches_of_calls());
        let (names, mut projects) = (self.ownership.projects(), BTreeMap::<String, Arc<str>>::new());
        self.by_key.iter().map(move |(key, response)| {
            let claim = owners.get(key).map_or_else(|| response.claim(), |owner| (*owner).clone());
            let folder = self.ownership.started_in(&claim);
            let project = match projects.get(folder) {
                Some(project) => Arc::clone(project),
                None => {
                    let project: Arc<str> = names.name(folder).into();
                    Arc::clone(projects.entry(folder.to_owned()).or_insert(project))
                }
            };
            let call_searches = searches.get(key).copied().unwrap_or_default();
            OwnedResponse { key, response, claim, project, call_searches }
        })
    }

    /// Returns the searches of each response's calls.
    fn searches_of_calls(&self) -> BTreeMap<&ResponseKey, u64> {
        let mut searches: BTreeMap<&ResponseKey, u64> = BTreeMap::new();
        for (call, more) in &self.searches {
            if let Some(key) = self.search_calls.get(call) {
                let known = searches.entry(key).or_default();
                *known = known.saturating_add(*more);
            }
        }
        searches
    }

    /// Returns the responses, ordered by key.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Response> {
        self.by_key.values()
    }

    /// Returns the billing terms of a part of a response, with the category of its refusal if any line has it. A
    /// price book decides by it whether the part is billed.
    #[must_use]
    pub fn billing(&self, key: &ResponseKey, part: &Part) -> Arc<Billing> {
        let is_open = part.billing.refusal.as_deref() == Some(Billing::UNCATEGORISED);
        let request = self.refused.get(key).filter(|_| is_open);
        match request.and_then(|request| self.refusals.get(request)) {
            Some(category) => {
                Arc::new(Billing { refusal: Some(category.clone()), ..Billing::clone(&part.billing) })
            }
            None => Arc::clone(&part.billing),
        }
    }

    /// Returns the sum of all tokens, with those of attempts that a model refused before any output, of which most
    /// are not billed.
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

/// Keeps the greater value of a key, so that the order of lines does not matter.
fn keep_greater<K: Ord + Clone>(known: &mut BTreeMap<K, String>, key: &K, value: &str) {
    match known.get_mut(key) {
        Some(known) if known.as_str() >= value => {}
        Some(known) => value.clone_into(known),
        None => _ = known.insert(key.clone(), value.to_owned()),
    }
}
