//! Names as numbers: the rows behind [`ctm_facts::names`].

use ctm_facts::names::{ConversationRow, NewNames, NotFound, known};
use ctm_facts::{NameNumbers, Names, Referring};
use ctm_sqlite::error::damaged;
use ctm_sqlite::rows::write;
use ctm_sqlite::sql::{Db, Row, Tx, all, execute, json_list, json_numbers, number, one, rows, values};
use ctm_types::{
    Agent, AgentId, Billing, BillingId, Circumstance, CircumstanceId, Conversation, ConversationId, FileId,
    FolderId, HomeId, SessionId, TermId, TranscriptPath,
};
use foldhash::HashMap;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::sync::Arc;

/// The numbers of the names that were met so far.
///
/// Names are learned many at a time, before the rows that need them are written. A transaction
/// that fails may leave numbers here that were never stored; the writer then forgets the
/// dictionary as a whole, and also when facts were forgotten.
#[derive(Debug, Default)]
pub(crate) struct Dictionary(NameNumbers);

/// Inserts names, and selects their numbers.
type NameTable = [&'static str; 2];

const HOMES: NameTable = [
    "INSERT INTO home (root) SELECT value FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING",
    "SELECT root, id FROM home WHERE root IN (SELECT value FROM json_each(?1))",
];
const SESSIONS: NameTable = [
    "INSERT INTO session (uuid) SELECT value FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING",
    "SELECT uuid, id FROM session WHERE uuid IN (SELECT value FROM json_each(?1))",
];
const FOLDERS: NameTable = [
    "INSERT INTO project (path) SELECT value FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING",
    "SELECT path, id FROM project WHERE path IN (SELECT value FROM json_each(?1))",
];
const TERMS: NameTable = [
    "INSERT INTO term (text) SELECT value FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING",
    "SELECT text, id FROM term WHERE text IN (SELECT value FROM json_each(?1))",
];
const AGENTS: NameTable = [
    "INSERT INTO agent (name) SELECT value FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING",
    "SELECT name, id FROM agent WHERE name IN (SELECT value FROM json_each(?1))",
];

impl Dictionary {
    /// Clears all names if there are many. To be called before a transaction, which learns the names that it
    /// needs again.
    pub(crate) fn limit(&mut self) {
        if self.0.are_many() {
            *self = Self::default();
        }
    }

    /// Finds or stores the numbers of all unknown names.
    pub(crate) async fn learn(&mut self, tx: &mut Tx<'_>, names: &Names<'_>) -> sqlx::Result<Learned<'_>> {
        let NewNames { sessions, terms, agents, folders, conversations } = self.0.new_among(names);
        learn_names(tx, &mut self.0.sessions, &sessions, SESSIONS).await?;
        learn_names(tx, &mut self.0.folders, &folders, FOLDERS).await?;
        learn_names(tx, &mut self.0.terms, &terms, TERMS).await?;
        learn_names(tx, &mut self.0.agents, &agents, AGENTS).await?;
        self.learn_conversations(tx, &conversations).await?;
        for billing in &names.billings {
            self.learn_billing(tx, billing).await?;
        }
        for circumstance in &names.circumstances {
            self.learn_circumstance(tx, circumstance).await?;
        }
        Ok(Learned(self))
    }

    /// Learns Claude homes by their paths.
    pub(crate) async fn learn_homes(&mut self, tx: &mut Tx<'_>, homes: &BTreeSet<&str>) -> sqlx::Result<()> {
        let new = homes.iter().copied().filter(|home| !self.0.homes.contains_key(*home)).collect();
        learn_names(tx, &mut self.0.homes, &new, HOMES).await
    }

    /// Learns agents, and stores kinds that are newly known.
    pub(crate) async fn learn_agents(&mut self, tx: &mut Tx<'_>, agents: &[&Agent]) -> sqlx::Result<()> {
        const STATEMENT: &str = "INSERT INTO agent (name, kind) VALUES (?, ?)
             ON CONFLICT DO UPDATE SET kind = coalesce(excluded.kind, kind)";
        write(tx, STATEMENT, agents, |row, agent| {
            row.add(&agent.id).add(&agent.kind);
        })
        .await?;
        let names = agents.iter().map(|agent| agent.id.as_str());
        let new = names.filter(|name| !self.0.agents.contains_key(*name)).collect();
        learn_names(tx, &mut self.0.agents, &new, AGENTS).await
    }

    /// Learns conversations with known names.
    async fn learn_conversations(&mut self, tx: &mut Tx<'_>, new: &[&Arc<Conversation>]) -> sqlx::Result<()> {
        const STATEMENT: &str = include_str!("sql/dictionary/learn_conversations.sql");
        // A look-up each, by all columns of the index: a session may have tens of thousands of branches.
        const STORED: &str = include_str!("sql/dictionary/stored.sql");
        let row = |of: &&Arc<Conversation>| self.0.conversation_row(of).map(columns).map_err(missing);
        let new_rows: Vec<[Option<i64>; 9]> = new.iter().map(row).collect::<sqlx::Result<_>>()?;
        write(tx, STATEMENT, &new_rows, |row, columns| {
            columns.iter().for_each(|column| {
                row.add(*column);
            });
        })
        .await?;
        let wanted: Vec<_> = new_rows.iter().map(|row| row.map(Option::unwrap_or_default)).collect();
        let stored: Vec<(i64, i64)> = all(tx, STORED, values![json_list(&wanted)]).await?;
        for (at, id) in stored {
            if let Some(conversation) = usize::try_from(at).ok().and_then(|at| new.get(at)) {
                self.0.conversations.know(Arc::clone(conversation), ConversationId(id));
            }
        }
        Ok(())
    }

    /// Finds or stores the number of a model and price terms.
    async fn learn_billing(&mut self, tx: &mut Tx<'_>, billing: &Arc<Billing>) -> sqlx::Result<()> {
        // Setting a column to itself makes the statement return the existing row.
        const LEARN: &str =
            "INSERT INTO billing (model, speed, service_tier, inference_geo, refusal) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET model = excluded.model RETURNING id";
        if self.0.billings.number(billing).is_some() {
            return Ok(());
        }
        let Billing { model, speed, service_tier, inference_geo, refusal } = &**billing;
        let mut values = values![model];
        for term in [speed, service_tier, inference_geo, refusal] {
            values.add(term.as_deref().unwrap_or_default());
        }
        let (id,) = one(tx, LEARN, values).await?;
        self.0.billings.know(Arc::clone(billing), BillingId(id));
        Ok(())
    }

    async fn learn_circumstance(&mut self, tx: &mut Tx<'_>, of: &Arc<Circumstance>) -> sqlx::Result<()> {
        const LEARN: &str = include_str!("sql/dictionary/learn_circumstance.sql");
        if self.0.circumstances.number(of).is_some() {
            return Ok(());
        }
        let Circumstance { skill, plugin, agent, mcp_server, mcp_tool, effort, refusal, cache_miss } = &**of;
        let mut values = values![];
        for name in [skill, plugin, agent, mcp_server, mcp_tool, effort, refusal, cache_miss] {
            values.add(name.as_deref().unwrap_or_default());
        }
        let (id,) = one(tx, LEARN, values).await?;
        self.0.circumstances.know(Arc::clone(of), CircumstanceId(id));
        Ok(())
    }

    /// Loads the values behind numbers of rows.
    pub(crate) async fn recall(&mut self, tx: &mut Tx<'_>, referring: &[Referring]) -> sqlx::Result<()> {
        const FILES: &str = "SELECT source_file.id, home.root, source_file.path FROM json_each(?1) AS wanted
             CROSS JOIN source_file ON source_file.id = wanted.value
             JOIN home ON home.id = home_id";
        const BILLINGS: &str = "SELECT id, model, speed, service_tier, inference_geo, refusal FROM billing";
        const CIRCUMSTANCES: &str = "SELECT circumstance.* FROM json_each(?1) AS wanted
             CROSS JOIN circumstance ON circumstance.id = wanted.value";
        let conversations = self.0.conversations.unknown(referring.iter().map(|row| row.conversation));
        if !conversations.is_empty() {
            self.recall_conversations(tx, &conversations).await?;
        }
        let files = self.0.files.unknown(referring.iter().flat_map(|row| [row.origin_file, row.winner_file]));
        if !files.is_empty() {
            let found: Vec<(Db<FileId>, String, String)> =
                all(tx, FILES, values![json_numbers(&files)]).await?;
            for (Db(id), home, path) in found {
                self.know_file(TranscriptPath { home: home.into(), relative: path.into() }, id);
            }
        }
        if !self.0.billings.unknown(referring.iter().map(|row| row.billing)).is_empty() {
            for row in &rows(tx, BILLINGS, values![]).await? {
                self.0.billings.know(Arc::new(billing(row)?), number(row, "id")?);
            }
        }
        let circumstances = self.0.circumstances.unknown(referring.iter().filter_map(|row| row.circumstance));
        if !circumstances.is_empty() {
            for row in &rows(tx, CIRCUMSTANCES, values![json_numbers(&circumstances)]).await? {
                self.0.circumstances.know(Arc::new(circumstance(row)?), number(row, "id")?);
            }
        }
        Ok(())
    }

    async fn recall_conversations(
        &mut self,
        tx: &mut Tx<'_>,
        numbers: &[ConversationId],
    ) -> sqlx::Result<()> {
        const CONVERSATIONS: &str = include_str!("sql/dictionary/conversations.sql");
        for row in &rows(tx, CONVERSATIONS, values![json_numbers(numbers)]).await? {
            let conversation = Conversation {
                session: row.try_get("session")?,
                folder: row.try_get("project")?,
                branch: row.try_get("branch")?,
                version: row.try_get("version")?,
                sidechain: row.try_get("sidechain")?,
                agent: row.try_get("agent")?,
                entrypoint: row.try_get("entrypoint")?,
                team: row.try_get("team")?,
                teammate: row.try_get("teammate")?,
            };
            self.0.conversations.know(Arc::new(conversation), number(row, "id")?);
        }
        Ok(())
    }

    pub(crate) fn home(&self, home: &str) -> sqlx::Result<HomeId> {
        known(&self.0.homes, home).map_err(missing)
    }

    pub(crate) fn agent(&self, name: &str) -> sqlx::Result<AgentId> {
        known(&self.0.agents, name).map_err(missing)
    }

    /// Returns whether all references of a stored event are known after recalling them.
    pub(crate) fn has(&self, refers: Referring) -> bool {
        self.0.has(refers)
    }

    pub(crate) fn conversation_of(&self, number: ConversationId) -> sqlx::Result<&Arc<Conversation>> {
        self.0.conversations.value(number).ok_or_else(|| dangling("conversation", number))
    }

    pub(crate) fn billing_of(&self, number: BillingId) -> sqlx::Result<&Arc<Billing>> {
        self.0.billings.value(number).ok_or_else(|| dangling("billing", number))
    }

    /// Returns the circumstance with a number; `None` for a dangling reference, because no figure depends on
    /// it.
    pub(crate) fn circumstance_of(&self, number: Option<CircumstanceId>) -> Option<&Arc<Circumstance>> {
        self.0.circumstances.value(number?)
    }

    pub(crate) fn file_of(&self, number: FileId) -> sqlx::Result<&Arc<TranscriptPath>> {
        self.0.files.value(number).ok_or_else(|| dangling("source_file", number))
    }

    /// Remembers the number of a file.
    pub(crate) fn know_file(&mut self, file: TranscriptPath, id: FileId) {
        self.0.know_file(file, id);
    }
}

/// A dictionary that has learned the names of what a commit writes: only then are they looked up.
#[derive(Debug)]
pub(crate) struct Learned<'d>(&'d mut Dictionary);

impl Learned<'_> {
    pub(crate) fn session(&self, name: &str) -> sqlx::Result<SessionId> {
        known(&self.0.0.sessions, name).map_err(missing)
    }

    pub(crate) fn folder(&self, name: &str) -> sqlx::Result<FolderId> {
        known(&self.0.0.folders, name).map_err(missing)
    }

    pub(crate) fn term(&self, name: &str) -> sqlx::Result<TermId> {
        known(&self.0.0.terms, name).map_err(missing)
    }

    pub(crate) fn conversation(&self, conversation: &Conversation) -> sqlx::Result<ConversationId> {
        let number = self.0.0.conversations.number(conversation);
        number.ok_or_else(|| not_found(&format!("conversation of session {}", conversation.session)))
    }

    pub(crate) fn billing(&self, billing: &Billing) -> sqlx::Result<BillingId> {
        let number = self.0.0.billings.number(billing);
        number.ok_or_else(|| not_found(&format!("billing of {}", billing.model)))
    }

    pub(crate) fn circumstance(&self, circumstance: &Circumstance) -> sqlx::Result<CircumstanceId> {
        let number = self.0.0.circumstances.number(circumstance);
        number.ok_or_else(|| not_found("circumstance of a response"))
    }

    pub(crate) fn file(&self, file: &TranscriptPath) -> sqlx::Result<FileId> {
        self.0.0.files.number(file).ok_or_else(|| not_found(&file.full()))
    }

    /// Returns the number of terms that occur while writing, storing them if necessary.
    pub(crate) async fn learn_billing(
        &mut self,
        tx: &mut Tx<'_>,
        billing: &Arc<Billing>,
    ) -> sqlx::Result<BillingId> {
        self.0.learn_billing(tx, billing).await?;
        self.billing(billing)
    }
}

/// An error for a stored row that is not found by its content: an index is damaged.
fn not_found(what: &str) -> sqlx::Error {
    damaged(format!("`{what}` is not found by its index"))
}

fn missing(NotFound(what): NotFound) -> sqlx::Error {
    not_found(&what)
}

fn dangling(table: &str, number: impl Display) -> sqlx::Error {
    damaged(format!("a row of event refers to row {number} of {table}, which is not there"))
}

/// Returns the numbers of a conversation in the order of the index.
fn columns(of: ConversationRow) -> [Option<i64>; 9] {
    let term = |term: Option<TermId>| term.map(|TermId(id)| id);
    let agent = of.agent.map(|AgentId(id)| id);
    let [branch, version, entrypoint] = [of.branch, of.version, of.entrypoint].map(term);
    let [team, teammate] = [of.team, of.teammate].map(term);
    let sidechain = Some(i64::from(of.sidechain));
    [Some(of.session.0), Some(of.folder.0), branch, version, agent, entrypoint, team, teammate, sidechain]
}

/// Reads a text; an empty one is absent.
fn present(row: &Row, column: &str) -> sqlx::Result<Option<String>> {
    row.try_get::<String, _>(column).map(|text| Some(text).filter(|text| !text.is_empty()))
}

pub(crate) fn circumstance(row: &Row) -> sqlx::Result<Circumstance> {
    let name = |column: &str| present(row, column);
    Ok(Circumstance {
        skill: name("skill")?,
        plugin: name("plugin")?,
        agent: name("agent")?,
        mcp_server: name("mcp_server")?,
        mcp_tool: name("mcp_tool")?,
        effort: name("effort")?,
        refusal: name("refusal")?,
        cache_miss: name("cache_miss")?,
    })
}

/// Reads the columns of a model and its price terms.
pub(crate) fn billing(row: &Row) -> sqlx::Result<Billing> {
    let term = |column: &str| present(row, column);
    Ok(Billing {
        model: row.try_get("model")?,
        speed: term("speed")?,
        service_tier: term("service_tier")?,
        inference_geo: term("inference_geo")?,
        refusal: term("refusal")?,
    })
}

async fn learn_names<Id: From<i64> + Send + Unpin>(
    tx: &mut Tx<'_>,
    known: &mut HashMap<String, Id>,
    new: &BTreeSet<&str>,
    [insert, select]: NameTable,
) -> sqlx::Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    let list = json_list(&new.iter().collect::<Vec<_>>());
    execute(tx, insert, values![&list]).await?;
    let found: Vec<(String, Db<Id>)> = all(tx, select, values![&list]).await?;
    known.extend(found.into_iter().map(|(name, Db(id))| (name, id)));
    Ok(())
}
