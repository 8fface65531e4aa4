//! Whose each response is, and the project of a session: what a collection of responses keeps for it.

use crate::forks::{Claimant, Contested, owners};
use crate::{Batch, Claim, EpochMs, LoggedCopy, Projects, Response, ResponseKey, SessionStart};
use std::collections::{BTreeMap, BTreeSet};

/// The claims of sessions, and what decides between them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ownership {
    /// Responses that several sessions have, with the earliest claim of each session.
    contested: BTreeMap<ResponseKey, BTreeMap<String, Claim>>,
    /// Sessions that lines mark as forks, each with the originals that lines name.
    forks: BTreeMap<String, BTreeSet<String>>,
    /// Start folder of each session.
    starts: BTreeMap<String, SessionStart>,
    /// The repositories of worktrees, by the worktree's folder.
    worktrees: BTreeMap<String, String>,
}

impl Ownership {
    /// Adds what a batch has of sessions.
    pub(crate) fn add_batch(&mut self, batch: &Batch) {
        for (fork, originals) in &batch.forks {
            self.forks.entry(fork.clone()).or_default().extend(originals.iter().cloned());
        }
        for start in &batch.starts {
            let known = self.starts.entry(start.session.clone()).or_insert_with(|| start.clone());
            if start.rank() < known.rank() {
                *known = start.clone();
            }
        }
        for (worktree, repository) in &batch.worktrees {
            let known = self.worktrees.entry(worktree.clone()).or_insert_with(|| repository.clone());
            if repository < known {
                known.clone_from(repository);
            }
        }
    }

    /// Adds a further copy of a response, before the response absorbs it.
    pub(crate) fn add_copy(&mut self, known: &Response, copy: &LoggedCopy) {
        let is_contested = self.contested.contains_key(&copy.key);
        if !is_contested && !known.is_claimed_by(copy) {
            return;
        }
        let claims = self.contested.entry(copy.key.clone()).or_default();
        let first = (!is_contested).then(|| known.claim());
        for claim in first.into_iter().chain([copy.claim()]) {
            let known = claims.entry(claim.session().to_owned()).or_insert_with(|| claim.clone());
            if claim.age() < known.age() {
                *known = claim;
            }
        }
    }

    /// Returns the claims of the owners of responses that several sessions have.
    pub(crate) fn owners(&self, all: &BTreeMap<ResponseKey, Response>) -> BTreeMap<&ResponseKey, &Claim> {
        let names: BTreeSet<&str> =
            self.contested.values().flatten().map(|(name, _)| name.as_str()).collect();
        let places: BTreeMap<&str, usize> = (0..).zip(&names).map(|(at, name)| (*name, at)).collect();
        let own_first = self.own_first(all, &places);
        let claimants: Vec<Claimant> = names
            .iter()
            .map(|name| {
                let originals = self.forks.get(*name).into_iter().flatten();
                Claimant {
                    session: (*name).to_owned(),
                    is_fork: self.forks.contains_key(*name),
                    originals: originals.filter_map(|of| places.get(of.as_str()).copied()).collect(),
                    own_first_ms: own_first.get(name).copied(),
                }
            })
            .collect();
        let place = |claim: &Claim| (places[claim.session()], claim.attribution.at_ms);
        let responses: Vec<Contested> =
            self.contested.values().map(|claims| Contested::of(claims.values().map(place))).collect();
        let [owners, _] = owners(&claimants, &responses, &[]);
        let owned = self.contested.iter().zip(owners);
        owned.filter_map(|((key, claims), at)| Some((key, claims.get(&claimants[at].session)?))).collect()
    }

    /// Returns the time of the first response that no other session has, of each session in `wanted`.
    fn own_first<'a>(
        &self,
        all: &'a BTreeMap<ResponseKey, Response>,
        wanted: &BTreeMap<&str, usize>,
    ) -> BTreeMap<&'a str, EpochMs> {
        let mut first: BTreeMap<&str, EpochMs> = BTreeMap::new();
        for (_, response) in all.iter().filter(|(key, _)| !self.contested.contains_key(*key)) {
            let at_ms = response.attribution.at_ms;
            let session = response.attribution.conversation.session.as_str();
            if wanted.contains_key(session) {
                let known = first.entry(session).or_insert(at_ms);
                *known = at_ms.min(*known);
            }
        }
        first
    }

    /// Returns the folder that the session of a claim was started in.
    pub(crate) fn started_in<'a>(&'a self, claim: &'a Claim) -> &'a str {
        let start = self.starts.get(claim.session());
        start.map_or(&claim.attribution.conversation.folder, |start| &start.folder)
    }

    /// Returns the names of projects: a worktree is part of its repository.
    pub(crate) fn projects(&self) -> Projects {
        let worktrees = self.worktrees.iter().map(|(path, of)| (path.as_str(), of.as_str()));
        Projects::default().with_worktrees(worktrees)
    }
}
