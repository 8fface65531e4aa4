//! Counting without a database: from copies to the sums that reports are folded from.
//!
//! Copies are folded into a response by [`Response::absorb`], as in the database, so that both give the same
//! figures.

use crate::UsageSums;
use ctm_types::forks::{Claimant, Contested, owners};
use ctm_types::{
    Attribution, Batch, Billing, BillingId, Catalog, Claim, Conversation, Details, EpochMs, FolderId, HomeId,
    LoggedCopy, Part, ProjectId, Projects, Prompt, Response, ResponseKey, SessionDetails, SessionId,
    SessionStart, SkipReason, ToolCall, TranscriptPath, UsageEvent, UsageKey, UsageRow, context_band,
};
use foldhash::{HashMap, HashMapExt, HashSet};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Responses, each once.
///
/// Tallies can be created from parts of a home, and then merged in any order.
#[derive(Debug, Default)]
pub struct Tally {
    /// Merged tallies side by side: each response is in one of them. Moving all into one would
    /// take as long as finding the few that several have.
    parts: Vec<Responses>,
    /// Responses that several sessions have, with the claim of each.
    contested: HashMap<ResponseKey, Claims>,
    /// Sessions that lines mark as forks, each with the originals that lines name.
    forks: BTreeMap<String, BTreeSet<String>>,
    /// The responses that called a tool which searches the web, by the id of the call.
    search_calls: HashMap<String, ResponseKey>,
    /// The searches of calls, by the id of the call.
    searches: HashMap<String, u64>,
    /// The requests of responses that a model refused before any output, at first or at all.
    refused: HashMap<ResponseKey, String>,
    /// The categories of refusals, by the request.
    refusals: HashMap<String, String>,
    /// Start folder of each session, by its id.
    starts: HashMap<String, SessionStart>,
    /// The repositories of worktrees, by the worktree's folder.
    worktrees: BTreeMap<String, String>,
    /// Lines of replies that count no tokens.
    uncounted_lines: u64,
    sessions: Option<SessionFacts>,
}

/// The earliest claim of each session on a response.
type Claims = BTreeMap<String, Claim>;

fn add_claim(claims: &mut Claims, claim: Claim) {
    match claims.get_mut(claim.session()) {
        Some(known) if known.age() <= claim.age() => {}
        Some(known) => *known = claim,
        None => {
            claims.insert(claim.session().to_owned(), claim);
        }
    }
}

/// Of two values of a key the greater one holds, so that the order does not matter.
fn keep_greater<K: std::hash::Hash + Eq>(map: &mut HashMap<K, String>, key: K, value: String) {
    let known = map.entry(key).or_default();
    if *known < value {
        *known = value;
    }
}

/// The tool that searches the web in a request of its own.
const WEB_SEARCH: &str = "WebSearch";

/// Responses by key. They are stored outside of the map, which has to be rebuilt while it grows.
#[derive(Debug, Default)]
struct Responses {
    places: HashMap<ResponseKey, usize>,
    /// Counted responses, and excluded ones.
    all: Vec<Response>,
}

impl Responses {
    fn get_mut(&mut self, key: &ResponseKey) -> Option<&mut Response> {
        self.places.get(key).map(|place| &mut self.all[*place])
    }

    fn insert(&mut self, key: ResponseKey, response: Response) {
        self.places.insert(key, self.all.len());
        self.all.push(response);
    }

    /// Removes and returns the responses that `others` contains too.
    fn take_shared(&mut self, others: &Self) -> Vec<(ResponseKey, Response)> {
        let shared = self.places.extract_if(|key, _| others.places.contains_key(key));
        shared.map(|(key, place)| (key, self.all[place].clone())).collect()
    }

    fn iter(&self) -> impl Iterator<Item = (&ResponseKey, &Response)> {
        self.places.iter().map(|(key, place)| (key, &self.all[*place]))
    }
}

/// Data for the details of sessions.
#[derive(Debug, Default)]
struct SessionFacts {
    calls: HashMap<ResponseKey, Vec<ToolCall>>,
    /// Time of each prompt of a session, by the prompt's id.
    prompts: HashMap<String, BTreeMap<String, EpochMs>>,
    tool_errors: HashSet<String>,
}

impl Tally {
    /// Returns an empty tally that also counts for [`Tally::session_details`].
    #[must_use]
    pub fn with_session_details() -> Self {
        Self { sessions: Some(SessionFacts::default()), ..Self::default() }
    }

    /// Takes the facts of a batch into account.
    pub fn add(&mut self, batch: Batch) {
        if let Some(sessions) = &mut self.sessions {
            sessions.add(&batch);
        }
        if self.parts.is_empty() {
            self.parts.push(Responses::default());
        }
        self.uncounted_lines +=
            [&batch.lines, &batch.tail].map(|lines| lines.skipped(SkipReason::ZeroUsage)).iter().sum::<u64>();
        self.add_forks(batch.forks);
        batch.starts.into_iter().for_each(|start| self.add_start(start));
        batch.worktrees.into_iter().for_each(|(path, of)| self.add_worktree(path, of));
        batch.searches.into_iter().for_each(|call| self.add_searches(call.id, call.searches));
        batch.refusals.into_iter().for_each(|(request, of)| keep_greater(&mut self.refusals, request, of));
        for copy in batch.copies {
            for call in copy.tool_calls.iter().filter(|call| call.name == WEB_SEARCH) {
                self.search_calls.insert(call.id.clone(), copy.key.clone());
            }
            if let Some(request) = &copy.refused_request {
                keep_greater(&mut self.refused, copy.key.clone(), request.clone());
            }
            let of_key = self.parts.iter_mut().rev().find_map(|part| part.get_mut(&copy.key));
            match of_key {
                Some(response) => absorb(response, &copy, &mut self.contested),
                None => {
                    self.parts[0].insert(copy.key.clone(), copy.into_response());
                }
            }
        }
    }

    /// Takes what another tally counted into account.
    pub fn merge(&mut self, mut other: Self) {
        self.uncounted_lines += other.uncounted_lines;
        self.add_forks(other.forks);
        self.search_calls.extend(other.search_calls.drain());
        other.searches.drain().for_each(|(id, searches)| self.add_searches(id, searches));
        other.refused.drain().for_each(|(key, request)| keep_greater(&mut self.refused, key, request));
        other.refusals.drain().for_each(|(request, of)| keep_greater(&mut self.refusals, request, of));
        other.starts.drain().for_each(|(_, start)| self.add_start(start));
        std::mem::take(&mut other.worktrees).into_iter().for_each(|(path, of)| self.add_worktree(path, of));
        for mut part in other.parts {
            for known in &mut self.parts {
                for (key, response) in part.take_shared(known) {
                    if let Some(known) = known.get_mut(&key) {
                        merge(&key, known, response, &mut self.contested, &mut other.contested);
                    }
                }
            }
            self.parts.push(part);
        }
        for (key, claims) in other.contested {
            let known = self.contested.entry(key).or_default();
            claims.into_values().for_each(|claim| add_claim(known, claim));
        }
        if let (Some(sessions), Some(other)) = (&mut self.sessions, other.sessions) {
            sessions.merge(other);
        }
    }

    fn add_forks(&mut self, forks: BTreeMap<String, BTreeSet<String>>) {
        for (fork, originals) in forks {
            self.forks.entry(fork).or_default().extend(originals);
        }
    }

    /// Copies of a result have the same number.
    fn add_searches(&mut self, id: String, searches: u64) {
        let known = self.searches.entry(id).or_default();
        *known = (*known).max(searches);
    }

    /// Returns the searches of each response's calls.
    fn searches_of_calls(&self) -> HashMap<&ResponseKey, u64> {
        let mut searches: HashMap<&ResponseKey, u64> = HashMap::new();
        for (call, more) in &self.searches {
            if let Some(key) = self.search_calls.get(call) {
                *searches.entry(key).or_default() += more;
            }
        }
        searches
    }

    /// Returns the terms of a part of a response, with the category of its refusal if it is known.
    fn terms(&self, key: &ResponseKey, part: &Part) -> Arc<Billing> {
        let is_open = part.billing.refusal.as_deref() == Some(Billing::UNCATEGORISED);
        let category =
            self.refused.get(key).filter(|_| is_open).and_then(|request| self.refusals.get(request));
        match category {
            Some(category) => {
                Arc::new(Billing { refusal: Some(category.clone()), ..Billing::clone(&part.billing) })
            }
            None => Arc::clone(&part.billing),
        }
    }

    fn add_start(&mut self, start: SessionStart) {
        match self.starts.get_mut(&start.session) {
            Some(known) if known.rank() <= start.rank() => {}
            Some(known) => *known = start,
            None => {
                self.starts.insert(start.session.clone(), start);
            }
        }
    }

    /// Of two repositories the smaller name holds, so that the order does not matter.
    fn add_worktree(&mut self, path: String, repository: String) {
        match self.worktrees.get_mut(&path) {
            Some(known) if *known <= repository => {}
            Some(known) => *known = repository,
            None => {
                self.worktrees.insert(path, repository);
            }
        }
    }

    /// Returns the owners of responses that several sessions have, with their times.
    fn owners(&self) -> HashMap<&ResponseKey, (EpochMs, &Claim)> {
        self.owners_with(&[]).0
    }

    /// Returns the owners of responses that several sessions have, with their times, and the owners of
    /// prompts.
    fn owners_with<'a>(
        &'a self,
        prompts: &[&'a BTreeMap<String, EpochMs>],
    ) -> (HashMap<&'a ResponseKey, (EpochMs, &'a Claim)>, Vec<&'a str>) {
        let of_responses = self.contested.values().flat_map(|claims| claims.keys());
        let of_prompts = prompts.iter().flat_map(|claims| claims.keys());
        let names: BTreeSet<&str> = of_responses.chain(of_prompts).map(String::as_str).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let mut own_first: HashMap<&str, EpochMs> = HashMap::new();
        if !names.is_empty() {
            for (_, response) in self.responses().filter(|(key, _)| !self.contested.contains_key(*key)) {
                let Attribution { at_ms, conversation } = &response.attribution;
                let first_ms = own_first.entry(&conversation.session).or_insert(*at_ms);
                *first_ms = (*first_ms).min(*at_ms);
            }
        }
        let places: HashMap<&str, usize> = names.iter().enumerate().map(|(at, name)| (*name, at)).collect();
        let originals = |session: &str| {
            let named = self.forks.get(session).into_iter().flatten();
            named.filter_map(|original| places.get(original.as_str()).copied()).collect()
        };
        let claimants: Vec<Claimant> = names
            .iter()
            .map(|session| Claimant {
                session: (*session).to_owned(),
                is_fork: self.forks.contains_key(*session),
                originals: originals(session),
                own_first_ms: own_first.get(session).copied(),
            })
            .collect();
        let contested: Vec<(&ResponseKey, &Claims)> = self.contested.iter().collect();
        let claim = |claim: &Claim| (places[claim.session()], claim.attribution.at_ms);
        let responses: Vec<Contested> =
            contested.iter().map(|(_, claims)| Contested::of(claims.values().map(claim))).collect();
        let prompts: Vec<Contested> = prompts
            .iter()
            .map(|claims| Contested::of(claims.iter().map(|(name, at_ms)| (places[name.as_str()], *at_ms))))
            .collect();
        let [owners, of_prompts] = owners(&claimants, &responses, &prompts);
        let owned = contested.iter().zip(&responses).zip(owners);
        let owned = owned.filter_map(|(((key, claims), response), owner)| {
            Some((*key, (response.at_ms(), claims.get(&claimants[owner].session)?)))
        });
        (owned.collect(), of_prompts.into_iter().map(|owner| names[owner]).collect())
    }

    /// Returns how many lines are replies that count no tokens, as some gateways log them.
    #[must_use]
    pub fn uncounted_lines(&self) -> u64 {
        self.uncounted_lines
    }

    fn responses(&self) -> impl Iterator<Item = (&ResponseKey, &Response)> {
        self.parts.iter().flat_map(Responses::iter)
    }

    /// Sums the responses by slot, session, project, folder, home, billing and context band: how many of
    /// the thresholds, in tokens and ascending, a prompt exceeds. Projects are called by the rules.
    #[must_use]
    pub fn sums(&self, context_thresholds: &[u64], rules: &Projects) -> Sums {
        let mut sums = Sums::default();
        let mut numbers = Numbers::default();
        let mut rows = UsageSums::default();
        let (owners, searches) = (self.owners(), self.searches_of_calls());
        for (key, response) in self.responses() {
            let of_calls = searches.get(key).copied().unwrap_or_default();
            let (at_ms, attribution, origin) = match owners.get(key) {
                Some((at_ms, owner)) => (*at_ms, &owner.attribution, &owner.origin),
                None => (response.attribution.at_ms, &response.attribution, &response.origin),
            };
            let (session, project, folder) =
                numbers.conversation(&attribution.conversation, &self.starts, &mut sums.catalog);
            let home = numbers.home(&origin.file, &mut sums.catalog);
            let sidechain = attribution.conversation.sidechain;
            for (at, part) in response.parts.iter().enumerate() {
                let billing = numbers.billing(&self.terms(key, part), &mut sums.catalog);
                let context_band = context_band(part.tokens.prompt(), context_thresholds);
                let key = UsageKey { session, project, folder, home, billing, context_band, sidechain };
                let event = UsageEvent {
                    at_ms,
                    tokens: part.tokens,
                    web_searches: part.web_searches + if at == 0 { of_calls } else { 0 },
                    is_first: at == 0,
                    is_final: response.winner.is_final,
                };
                rows.add(&key, &event);
            }
        }
        sums.folders = sums
            .catalog
            .projects
            .iter()
            .map(|(project, folder)| ((*project).into(), folder.clone()))
            .collect();
        let worktrees = self.worktrees.iter().map(|(path, of)| (path.as_str(), of.as_str()));
        let naming = rules.with_worktrees(worktrees);
        sums.catalog.projects.values_mut().for_each(|folder| *folder = naming.name(folder));
        sums.naming = naming;
        sums.rows = rows.into_rows();
        sums
    }

    /// Returns the details of a response, joined over all its lines; `None` if it is not counted.
    #[must_use]
    pub fn details(&self, key: &ResponseKey) -> Option<&Details> {
        self.responses().find(|(known, _)| *known == key).map(|(_, response)| &response.details)
    }

    /// Returns the details of sessions besides usage, in the order of their ids; empty for a tally that was
    /// created without [them](Self::with_session_details).
    #[must_use]
    pub fn session_details(&self) -> Vec<SessionDetails> {
        let Some(facts) = &self.sessions else { return Vec::new() };
        let mut sessions: BTreeMap<&str, (EpochMs, HashSet<&str>, SessionDetails)> = BTreeMap::new();
        let prompts: Vec<&BTreeMap<String, EpochMs>> = facts.prompts.values().collect();
        let (owners, of_prompts) = self.owners_with(&prompts);
        for (key, response) in self.responses() {
            let calls = facts.calls.get(key).map(Vec::as_slice).unwrap_or_default();
            let (at_ms, attribution) = match owners.get(key) {
                Some((at_ms, owner)) => (*at_ms, &owner.attribution),
                None => (response.attribution.at_ms, &response.attribution),
            };
            let Conversation { session, branch, version, agent, .. } = &*attribution.conversation;
            let (last_ms, agents, details) = sessions.entry(session).or_default();
            agents.extend(agent.as_deref());
            details.tool_calls += calls.len() as u64;
            details.tool_errors +=
                calls.iter().filter(|call| facts.tool_errors.contains(&call.id)).count() as u64;
            if at_ms >= *last_ms {
                *last_ms = at_ms;
                (details.branch, details.version) = (branch.clone(), version.clone());
            }
        }
        for session in of_prompts {
            sessions.entry(session).or_default().2.prompts += 1;
        }
        let details = sessions.into_iter().map(|(session, (_, agents, details))| SessionDetails {
            session: session.to_owned(),
            subagents: agents.len() as u64,
            ..details
        });
        details.collect()
    }
}

impl SessionFacts {
    fn add(&mut self, batch: &Batch) {
        for copy in batch.copies.iter().filter(|copy| !copy.tool_calls.is_empty()) {
            self.add_calls(copy.key.clone(), copy.tool_calls.iter().cloned());
        }
        for Prompt { uuid, session, at_ms } in &batch.prompts {
            self.add_prompt(uuid.clone(), session.clone(), *at_ms);
        }
        self.tool_errors.extend(batch.tool_errors.iter().map(|error| error.id.clone()));
    }

    fn merge(&mut self, other: Self) {
        for (key, calls) in other.calls {
            self.add_calls(key, calls.into_iter());
        }
        for (uuid, claims) in other.prompts {
            for (session, at_ms) in claims {
                self.add_prompt(uuid.clone(), session, at_ms);
            }
        }
        self.tool_errors.extend(other.tool_errors);
    }

    /// The calls of a response are the union over its copies.
    fn add_calls(&mut self, key: ResponseKey, calls: impl Iterator<Item = ToolCall>) {
        let known = self.calls.entry(key).or_default();
        for call in calls {
            if known.iter().all(|known| known.id != call.id) {
                known.push(call);
            }
        }
    }

    fn add_prompt(&mut self, uuid: String, session: String, at_ms: EpochMs) {
        let known = self.prompts.entry(uuid).or_default().entry(session).or_insert(at_ms);
        *known = at_ms.min(*known);
    }
}

/// Takes another copy of a counted response into account.
fn absorb(response: &mut Response, copy: &LoggedCopy, contested: &mut HashMap<ResponseKey, Claims>) {
    let is_new = response.is_claimed_by(copy);
    if !is_new && contested.is_empty() {
        response.absorb(copy);
        return;
    }
    match contested.get_mut(&copy.key) {
        None if !is_new => {
            response.absorb(copy);
            return;
        }
        None => {
            let claims = contested.entry(copy.key.clone()).or_default();
            add_claim(claims, response.claim());
            add_claim(claims, copy.claim());
        }
        Some(claims) => add_claim(claims, copy.claim()),
    }
    response.absorb_snapshot(copy);
}

/// Takes into account what another tally counted of the same response.
fn merge(
    key: &ResponseKey,
    known: &mut Response,
    other: Response,
    known_claims: &mut HashMap<ResponseKey, Claims>,
    other_claims: &mut HashMap<ResponseKey, Claims>,
) {
    let is_contested = known.attribution.conversation.session != other.attribution.conversation.session
        || known_claims.contains_key(key)
        || other_claims.contains_key(key);
    if !is_contested {
        return known.merge(other);
    }
    for (claims, response) in [(known_claims, &*known), (other_claims, &other)] {
        // A contested response already has the claim of its session.
        add_claim(claims.entry(key.clone()).or_default(), response.claim());
    }
    known.merge_snapshot(other);
}

/// The sums of a tally, and the names behind its numbers.
#[derive(Debug, Default)]
pub struct Sums {
    /// The sums.
    pub rows: Vec<UsageRow>,
    /// The names.
    pub catalog: Catalog,
    /// The working directories.
    pub folders: std::collections::HashMap<FolderId, String>,
    /// Names of projects by folder.
    pub naming: Projects,
}

/// Numbers of names, counted from 1.
#[derive(Default)]
struct Numbers<'a> {
    /// By address, since hashing the texts of every response's conversation would take longer than
    /// everything else; equal conversations at other addresses have names with the same numbers.
    conversations: HashMap<*const Conversation, (SessionId, ProjectId, FolderId)>,
    /// By address of a transcript in them, for the same reason.
    homes_of_files: HashMap<*const TranscriptPath, HomeId>,
    sessions: HashMap<&'a str, SessionId>,
    folders: HashMap<&'a str, FolderId>,
    homes: HashMap<&'a str, HomeId>,
    billings: HashMap<Arc<Billing>, BillingId>,
}

impl<'a> Numbers<'a> {
    /// Returns the numbers of a conversation's session, the folder that it was started in, and its own.
    fn conversation(
        &mut self,
        conversation: &'a Arc<Conversation>,
        starts: &'a HashMap<String, SessionStart>,
        catalog: &mut Catalog,
    ) -> (SessionId, ProjectId, FolderId) {
        *self.conversations.entry(Arc::as_ptr(conversation)).or_insert_with(|| {
            let session = number(&mut self.sessions, &conversation.session);
            let start = starts.get(&conversation.session);
            let started_in = start.map_or(&conversation.folder, |start| &start.folder);
            catalog.sessions.entry(session).or_insert_with(|| conversation.session.clone());
            let [project, folder] = [started_in, &conversation.folder].map(|folder| {
                let number = number(&mut self.folders, folder.as_str());
                catalog.projects.entry(number.into()).or_insert_with(|| folder.clone());
                number
            });
            (session, project.into(), folder)
        })
    }

    /// Returns the number of the home that contains a transcript.
    fn home(&mut self, file: &'a Arc<TranscriptPath>, catalog: &mut Catalog) -> HomeId {
        *self.homes_of_files.entry(Arc::as_ptr(file)).or_insert_with(|| {
            let home = number(&mut self.homes, &file.home);
            catalog.homes.entry(home).or_insert_with(|| file.home.to_string());
            home
        })
    }

    fn billing(&mut self, billing: &Arc<Billing>, catalog: &mut Catalog) -> BillingId {
        let next = BillingId(self.billings.len() as i64 + 1);
        let number = *self.billings.entry(Arc::clone(billing)).or_insert(next);
        catalog.billings.entry(number).or_insert_with(|| Billing::clone(billing));
        number
    }
}

fn number<'a, Id: Copy + From<i64>>(numbers: &mut HashMap<&'a str, Id>, value: &'a str) -> Id {
    let next = Id::from(numbers.len() as i64 + 1);
    *numbers.entry(value).or_insert(next)
}
