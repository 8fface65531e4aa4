//! Responses and prompts that several sessions have: to which session each belongs, as a back end stores it.
//!
//! [`ctm_types::forks`] decides from all sessions that are connected by shared responses; this module
//! converts its result into changes of rows.

use crate::hash_of;
use ctm_types::forks::{Claimant, Contested, owners};
use ctm_types::{ConversationId, EpochMs, EventId, FileId, SessionId, UtcDay};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Origin of a copied session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForkedFrom {
    /// The session that the last of the shared responses belongs to.
    pub session: String,
    /// Time of that response, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// Responses that the session has and others own.
    pub responses: u64,
}

/// The session and project of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResponsePlace {
    /// Time, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// Conversation.
    pub conversation: ConversationId,
    /// Transcript.
    pub file: FileId,
    /// Offset of the line in bytes.
    pub offset_bytes: i64,
}

/// A response that several sessions have.
#[derive(Debug)]
pub struct ContestedResponse {
    /// Its first part.
    pub event: EventId,
    /// Hash of its key.
    pub key_hash: i64,
    /// Its current place.
    pub is_at: ResponsePlace,
    /// The claims, by session.
    pub claims: BTreeMap<SessionId, ResponsePlace>,
}

/// The session and project of a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PromptPlace {
    /// Time, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// Transcript.
    pub file: FileId,
}

/// A prompt that several sessions have.
#[derive(Debug)]
pub struct ContestedPrompt {
    /// Hash of its id.
    pub id: i64,
    /// The session that it belongs to now.
    pub owner: SessionId,
    /// The claims, by session.
    pub claims: BTreeMap<SessionId, PromptPlace>,
}

/// A session that shares responses or prompts with others.
#[derive(Debug)]
pub struct SharingSession {
    /// Its number.
    pub number: SessionId,
    /// Its id.
    pub id: String,
    /// Time of the first response that no other session has, in UTC epoch milliseconds.
    pub own_first_ms: Option<EpochMs>,
}

/// A fork marker of a line: hashes of the ids of a session and of its original.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ForkMark {
    /// The fork.
    pub fork: i64,
    /// The original; [`ForkMark::UNNAMED`] where no line names one.
    pub original: i64,
}

impl ForkMark {
    /// In the place of an original that no line names.
    pub const UNNAMED: i64 = 0;
}

/// Sessions that are connected by responses and prompts they share, with all of these.
#[derive(Debug, Default)]
pub struct Cluster {
    /// The sessions.
    pub sessions: Vec<SharingSession>,
    /// Fork markers of their lines.
    pub marks: Vec<ForkMark>,
    /// Responses that several of them have.
    pub responses: Vec<ContestedResponse>,
    /// Prompts that several of them have.
    pub prompts: Vec<ContestedPrompt>,
}

/// Facts with a new session or place.
#[derive(Debug)]
pub struct Moves<'c> {
    /// Responses, each with its new place.
    pub responses: Vec<(&'c ContestedResponse, ResponsePlace)>,
    /// Prompts, each with its new owner and place.
    pub prompts: Vec<(&'c ContestedPrompt, SessionId, PromptPlace)>,
}

impl Moves<'_> {
    /// Returns the UTC days with changed usage.
    #[must_use]
    pub fn days(&self) -> BTreeSet<UtcDay> {
        let times = self.responses.iter().flat_map(|(response, to)| [response.is_at.at_ms, to.at_ms]);
        times.map(UtcDay::of).collect()
    }
}

impl Cluster {
    /// Determines the sessions to which responses and prompts belong.
    #[must_use]
    pub fn settle(&self) -> Moves<'_> {
        let numbers: HashMap<SessionId, usize> =
            self.sessions.iter().zip(0..).map(|(session, at)| (session.number, at)).collect();
        let responses: Vec<Contested> = self
            .responses
            .iter()
            .map(|response| contested(&numbers, &response.claims, |claim| claim.at_ms))
            .collect();
        let prompts: Vec<Contested> = self
            .prompts
            .iter()
            .map(|prompt| contested(&numbers, &prompt.claims, |claim| claim.at_ms))
            .collect();
        let [owners, of_prompts] = owners(&self.claimants(), &responses, &prompts);
        let owner = |at: usize| self.sessions.get(at).map(|session| session.number);
        let moved = self.responses.iter().zip(&responses).zip(owners);
        let moved = moved.filter_map(|((response, contested), at)| {
            let claim = response.claims.get(&owner(at)?)?;
            let place = ResponsePlace { at_ms: contested.at_ms(), ..*claim };
            (place != response.is_at).then_some((response, place))
        });
        let asked = self.prompts.iter().zip(of_prompts).filter_map(|(prompt, at)| {
            let owner = owner(at).filter(|owner| *owner != prompt.owner)?;
            Some((prompt, owner, *prompt.claims.get(&owner)?))
        });
        Moves { responses: moved.collect(), prompts: asked.collect() }
    }

    fn claimants(&self) -> Vec<Claimant> {
        let hashes = self.sessions.iter().map(|session| hash_of(&session.id));
        let places: HashMap<i64, usize> = hashes.zip(0..).collect();
        let claimant = |session: &SharingSession| Claimant {
            session: session.id.clone(),
            is_fork: false,
            originals: Vec::new(),
            own_first_ms: session.own_first_ms,
        };
        let mut claimants: Vec<Claimant> = self.sessions.iter().map(claimant).collect();
        for ForkMark { fork, original } in &self.marks {
            if let Some(fork) = places.get(fork).and_then(|at| claimants.get_mut(*at)) {
                fork.is_fork = true;
                fork.originals.extend(places.get(original));
            }
        }
        claimants
    }
}

fn contested<C>(
    numbers: &HashMap<SessionId, usize>,
    claims: &BTreeMap<SessionId, C>,
    at_ms: impl Fn(&C) -> EpochMs,
) -> Contested {
    Contested::of(claims.iter().filter_map(|(session, claim)| Some((*numbers.get(session)?, at_ms(claim)))))
}
