//! Names as numbers: what a back end stores of a name is the number of its row.

use crate::numbers::Numbered;
use crate::{FreshBatch, RecordFields, Touched, Writes};
use ctm_types::{
    AgentId, Billing, BillingId, Circumstance, CircumstanceId, Conversation, ConversationId, FileId,
    FolderId, HomeId, SessionId, SessionStart, TermId, TranscriptPath,
};
use foldhash::{HashMap, HashSet};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Names in a catalog, besides those of models and homes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CatalogNames {
    /// No others.
    None,
    /// Projects.
    Projects,
    /// Projects and sessions.
    SessionsAndProjects,
}

/// Names that are about to be needed.
#[derive(Debug, Default)]
pub struct Names<'a> {
    /// Sessions.
    pub sessions: BTreeSet<&'a str>,
    /// Tools; more terms belong to conversations.
    pub terms: BTreeSet<&'a str>,
    /// Subagents.
    pub agents: BTreeSet<&'a str>,
    /// Working directories; more of them belong to conversations.
    pub folders: BTreeSet<&'a str>,
    /// Conversations.
    pub conversations: HashSet<&'a Arc<Conversation>>,
    /// Models and price terms.
    pub billings: HashSet<&'a Arc<Billing>>,
    /// Attributions of responses.
    pub circumstances: HashSet<&'a Arc<Circumstance>>,
}

impl<'a> Names<'a> {
    /// Returns the names that are needed to write a commit.
    #[must_use]
    pub fn of(
        changes: &'a Writes<'_>,
        starts: &BTreeMap<&'a str, &'a SessionStart>,
        fresh: &[FreshBatch<'a>],
    ) -> Self {
        let mut names = Self::default();
        for Touched { response, .. } in changes.changed() {
            names.conversations.insert(&response.attribution.conversation);
            names.billings.extend(response.parts.iter().map(|part| &part.billing));
            names.circumstances.extend(&response.details.circumstance);
        }
        names.conversations.extend(changes.claims().map(|(_, claim)| &claim.attribution.conversation));
        names.terms.extend(changes.calls().map(|(_, call)| call.tool));
        names.sessions.extend(changes.sessions());
        names.sessions.extend(starts.keys());
        names.folders.extend(starts.values().map(|start| start.folder.as_str()));
        for (_, batch) in fresh {
            let facts = &batch.sessions;
            names.sessions.extend(batch.prompts.iter().map(|prompt| prompt.session.as_str()));
            names.sessions.extend(facts.records.iter().map(|record| record.session.as_str()));
            names.sessions.extend(facts.names.keys().map(|(session, _)| session.as_str()));
            names.sessions.extend(facts.cost_states.keys().map(String::as_str));
            let fields = facts.records.iter().map(RecordFields::from);
            names.terms.extend(fields.flat_map(|fields| fields.name.into_iter().chain(fields.event)));
        }
        names
    }
}

/// Names without a known number, including those of new conversations.
#[derive(Debug, Default)]
pub struct NewNames<'a> {
    /// Sessions.
    pub sessions: BTreeSet<&'a str>,
    /// Terms.
    pub terms: BTreeSet<&'a str>,
    /// Subagents.
    pub agents: BTreeSet<&'a str>,
    /// Working directories.
    pub folders: BTreeSet<&'a str>,
    /// Conversations.
    pub conversations: Vec<&'a Arc<Conversation>>,
}

/// A row that was just stored, or already existed, is not found by its content.
#[derive(Debug)]
pub struct NotFound(pub String);

/// Names that are remembered, about: some 10 MB. Of the first 300,000 sessions, each is met once.
const MOST: usize = 15_000;

/// The numbers of the names that were met so far.
///
/// Names are deleted only when facts are forgotten; until then a number once known stays right, even when another
/// process writes.
#[derive(Debug, Default)]
pub struct NameNumbers {
    /// Claude homes.
    pub homes: HashMap<String, HomeId>,
    /// Sessions.
    pub sessions: HashMap<String, SessionId>,
    /// Working directories.
    pub folders: HashMap<String, FolderId>,
    /// Terms.
    pub terms: HashMap<String, TermId>,
    /// Subagents.
    pub agents: HashMap<String, AgentId>,
    /// Conversations.
    pub conversations: Numbered<ConversationId, Conversation>,
    /// Models and price terms.
    pub billings: Numbered<BillingId, Billing>,
    /// Attributions of responses.
    pub circumstances: Numbered<CircumstanceId, Circumstance>,
    /// Transcripts.
    pub files: Numbered<FileId, TranscriptPath>,
}

impl NameNumbers {
    /// Returns whether so many names are known that they are better learned again.
    #[must_use]
    pub fn are_many(&self) -> bool {
        let names = [self.sessions.len(), self.folders.len(), self.terms.len(), self.agents.len()];
        let values =
            [self.conversations.len(), self.billings.len(), self.circumstances.len(), self.files.len()];
        names.into_iter().chain(values).sum::<usize>() > MOST
    }

    /// Returns the names without known numbers.
    #[must_use]
    pub fn new_among<'a>(&self, names: &Names<'a>) -> NewNames<'a> {
        let mut new = NewNames {
            sessions: names.sessions.clone(),
            terms: names.terms.clone(),
            agents: names.agents.clone(),
            folders: names.folders.clone(),
            conversations: Vec::new(),
        };
        for conversation in &names.conversations {
            if self.conversations.number(conversation).is_none() {
                new.sessions.insert(&conversation.session);
                new.terms.extend(terms_of(conversation).into_iter().flatten().map(String::as_str));
                new.agents.extend(conversation.agent.as_deref());
                new.folders.insert(&conversation.folder);
                new.conversations.push(conversation);
            }
        }
        new.sessions.retain(|name| !self.sessions.contains_key(*name));
        new.terms.retain(|name| !self.terms.contains_key(*name));
        new.agents.retain(|name| !self.agents.contains_key(*name));
        new.folders.retain(|name| !self.folders.contains_key(*name));
        new
    }

    /// Returns the numbers of a conversation with known names.
    ///
    /// # Errors
    ///
    /// Fails when one of them is not.
    pub fn conversation_row(&self, conversation: &Conversation) -> Result<ConversationRow, NotFound> {
        let term = |term: &Option<String>| term.as_ref().map(|term| known(&self.terms, term)).transpose();
        let [branch, version, entrypoint, team, teammate] = terms_of(conversation).map(term);
        Ok(ConversationRow {
            session: known(&self.sessions, &conversation.session)?,
            folder: known(&self.folders, &conversation.folder)?,
            branch: branch?,
            version: version?,
            entrypoint: entrypoint?,
            team: team?,
            teammate: teammate?,
            agent: conversation.agent.as_ref().map(|agent| known(&self.agents, agent)).transpose()?,
            sidechain: conversation.sidechain,
        })
    }

    /// Returns whether everything is known that a stored event refers to.
    #[must_use]
    pub fn has(&self, refers: Referring) -> bool {
        self.conversations.value(refers.conversation).is_some()
            && self.billings.value(refers.billing).is_some()
            && [refers.origin_file, refers.winner_file].iter().all(|file| self.files.value(*file).is_some())
    }

    /// Remembers the number of a transcript.
    pub fn know_file(&mut self, file: TranscriptPath, id: FileId) {
        if self.files.value(id).is_none() {
            self.files.know(Arc::new(file), id);
        }
    }
}

/// Returns the number of a name.
///
/// # Errors
///
/// Fails for an unknown name.
pub fn known<Id: Copy>(names: &HashMap<String, Id>, name: &str) -> Result<Id, NotFound> {
    names.get(name).copied().ok_or_else(|| NotFound(name.to_owned()))
}

/// Returns the texts of a conversation that are stored as terms: branch, version, entrypoint, team and teammate.
fn terms_of(conversation: &Conversation) -> [&Option<String>; 5] {
    let Conversation { branch, version, entrypoint, team, teammate, .. } = conversation;
    [branch, version, entrypoint, team, teammate]
}

/// The numbers of what a conversation consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConversationRow {
    /// Session.
    pub session: SessionId,
    /// Working directory.
    pub folder: FolderId,
    /// Git branch.
    pub branch: Option<TermId>,
    /// Version of Claude Code.
    pub version: Option<TermId>,
    /// Entrypoint of Claude Code.
    pub entrypoint: Option<TermId>,
    /// Team that the session is a member of.
    pub team: Option<TermId>,
    /// Name of the session in the team.
    pub teammate: Option<TermId>,
    /// Subagent.
    pub agent: Option<AgentId>,
    /// `true` for a subagent, `false` for the main conversation.
    pub sidechain: bool,
}

/// The numbers that a stored event refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Referring {
    /// Conversation.
    pub conversation: ConversationId,
    /// Model and price terms.
    pub billing: BillingId,
    /// Transcript with the earliest copy.
    pub origin_file: FileId,
    /// Transcript with the line that counts.
    pub winner_file: FileId,
    /// Its attribution.
    pub circumstance: Option<CircumstanceId>,
}
