//! Names as numbers.

use crate::error::damaged;
use crate::rows::insert;
use crate::sql::{Db, Tx, json_list, json_numbers, number};
use ctm_types::{
    Agent, AgentId, Billing, BillingId, Circumstance, CircumstanceId, Conversation, ConversationId, FileId,
    FolderId, HomeId, SessionId, TermId, TranscriptPath,
};
use foldhash::{HashMap, HashMapExt, HashSet};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::hash::Hash;
use std::sync::Arc;

/// The numbers of the names that were met so far. Names are deleted only when facts are forgotten, which
/// the writer notices; until then a number once known stays right, even when another process writes.
///
/// Names are learned many at a time, before the rows that need them are written. A transaction
/// that fails may leave numbers here that were never stored; the writer then forgets the
/// dictionary as a whole.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    homes: HashMap<String, HomeId>,
    sessions: HashMap<String, SessionId>,
    folders: HashMap<String, FolderId>,
    terms: HashMap<String, TermId>,
    agents: HashMap<String, AgentId>,
    conversations: Numbered<ConversationId, Conversation>,
    billings: Numbered<BillingId, Billing>,
    circumstances: Numbered<CircumstanceId, Circumstance>,
    files: Numbered<FileId, TranscriptPath>,
}

/// Values that are looked up both ways.
#[derive(Debug)]
struct Numbered<Id, T: ?Sized> {
    numbers: HashMap<Arc<T>, Id>,
    values: HashMap<Id, Arc<T>>,
}

impl<Id, T: ?Sized> Default for Numbered<Id, T> {
    fn default() -> Self {
        Self { numbers: HashMap::new(), values: HashMap::new() }
    }
}

impl<Id: Copy + Hash + Eq, T: ?Sized + Hash + Eq> Numbered<Id, T> {
    fn know(&mut self, value: Arc<T>, number: Id) {
        self.numbers.insert(Arc::clone(&value), number);
        self.values.insert(number, value);
    }

    /// Returns those of the numbers that are not known.
    fn unknown(&self, numbers: impl Iterator<Item = Id>) -> Vec<Id> {
        let unknown: HashSet<Id> = numbers.filter(|number| !self.values.contains_key(number)).collect();
        unknown.into_iter().collect()
    }
}

/// Names that are about to be needed.
#[derive(Debug, Default)]
pub(crate) struct Names<'a> {
    pub(crate) sessions: BTreeSet<&'a str>,
    /// Tools; more terms belong to conversations.
    pub(crate) terms: BTreeSet<&'a str>,
    pub(crate) agents: BTreeSet<&'a str>,
    /// Working directories; more of them belong to conversations.
    pub(crate) folders: BTreeSet<&'a str>,
    pub(crate) conversations: HashSet<&'a Arc<Conversation>>,
    pub(crate) billings: HashSet<&'a Arc<Billing>>,
    pub(crate) circumstances: HashSet<&'a Arc<Circumstance>>,
}

/// The numbers of what a conversation consists of.
#[derive(Debug)]
struct ConversationRow {
    session: SessionId,
    folder: FolderId,
    /// Branch, version, entrypoint, team and teammate.
    terms: [Option<TermId>; 5],
    agent: Option<AgentId>,
    sidechain: bool,
}

/// Names that are remembered, about: some 10 MB. Of the first 300,000 sessions, each is met once.
const MOST: usize = 30_000;

impl Dictionary {
    /// Forgets all names when they are many. To be called before a transaction, which learns again those
    /// that it needs.
    pub(crate) fn limit(&mut self) {
        let names = [self.sessions.len(), self.folders.len(), self.terms.len(), self.agents.len()];
        let values = [
            self.conversations.values.len(),
            self.billings.values.len(),
            self.circumstances.values.len(),
            self.files.values.len(),
        ];
        if names.into_iter().chain(values).sum::<usize>() > MOST {
            *self = Self::default();
        }
    }

    /// Finds or makes the numbers of all names that are not known yet.
    pub(crate) async fn learn(&mut self, tx: &mut Tx<'_>, names: &Names<'_>) -> sqlx::Result<Learned<'_>> {
        self.learn_names(tx, names).await?;
        Ok(Learned(self))
    }

    async fn learn_names(&mut self, tx: &mut Tx<'_>, names: &Names<'_>) -> sqlx::Result<()> {
        const SESSIONS: [&str; 2] = [
            "INSERT INTO session (uuid) SELECT value FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING",
            "SELECT uuid, id FROM session WHERE uuid IN (SELECT value FROM json_each(?1))",
        ];
        const PROJECTS: [&str; 2] = [
            "INSERT INTO project (path) SELECT value FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING",
            "SELECT path, id FROM project WHERE path IN (SELECT value FROM json_each(?1))",
        ];
        const TERMS: [&str; 2] = [
            "INSERT INTO term (text) SELECT value FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING",
            "SELECT text, id FROM term WHERE text IN (SELECT value FROM json_each(?1))",
        ];
        const AGENTS: [&str; 2] = [
            "INSERT INTO agent (name) SELECT value FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING",
            "SELECT name, id FROM agent WHERE name IN (SELECT value FROM json_each(?1))",
        ];
        let new: Vec<&Arc<Conversation>> = names
            .conversations
            .iter()
            .filter(|conversation| !self.conversations.numbers.contains_key(**conversation))
            .copied()
            .collect();
        let all =
            |names: &BTreeSet<&str>| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let mut sessions = all(&names.sessions);
        sessions.extend(new.iter().map(|conversation| conversation.session.clone()));
        let mut terms = all(&names.terms);
        terms.extend(
            new.iter().flat_map(|conversation| terms_of(conversation).into_iter().flatten().cloned()),
        );
        let mut agents = all(&names.agents);
        agents.extend(new.iter().filter_map(|conversation| conversation.agent.clone()));
        let mut projects = all(&names.folders);
        projects.extend(new.iter().map(|conversation| conversation.folder.clone()));
        learn_names(tx, &mut self.sessions, &sessions, SESSIONS).await?;
        learn_names(tx, &mut self.folders, &projects, PROJECTS).await?;
        learn_names(tx, &mut self.terms, &terms, TERMS).await?;
        learn_names(tx, &mut self.agents, &agents, AGENTS).await?;
        self.learn_conversations(tx, &new).await?;
        for billing in &names.billings {
            self.learn_billing(tx, billing).await?;
        }
        for circumstance in &names.circumstances {
            self.learn_circumstance(tx, circumstance).await?;
        }
        Ok(())
    }

    /// Learns Claude homes, by their paths.
    pub(crate) async fn learn_homes(&mut self, tx: &mut Tx<'_>, roots: &BTreeSet<&str>) -> sqlx::Result<()> {
        const HOMES: [&str; 2] = [
            "INSERT INTO home (root) SELECT value FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING",
            "SELECT root, id FROM home WHERE root IN (SELECT value FROM json_each(?1))",
        ];
        let roots = roots.iter().map(|root| (*root).to_owned()).collect();
        learn_names(tx, &mut self.homes, &roots, HOMES).await
    }

    /// Learns agents, and stores the kinds that are known now.
    pub(crate) async fn learn_agents(&mut self, tx: &mut Tx<'_>, agents: &[&Agent]) -> sqlx::Result<()> {
        const STATEMENT: [&str; 2] = [
            "INSERT INTO agent (name, kind)",
            "ON CONFLICT DO UPDATE SET kind = coalesce(excluded.kind, kind)",
        ];
        insert(tx, STATEMENT, 2, agents, |row, agent| {
            row.add(&agent.id).add(&agent.kind);
        })
        .await?;
        let names =
            Names { agents: agents.iter().map(|agent| agent.id.as_str()).collect(), ..Names::default() };
        self.learn_names(tx, &names).await
    }

    /// Learns conversations whose names are known.
    async fn learn_conversations(&mut self, tx: &mut Tx<'_>, new: &[&Arc<Conversation>]) -> sqlx::Result<()> {
        const STATEMENT: [&str; 2] = [
            "INSERT INTO conversation (session_id, project_id, sidechain, branch_id, version_id, agent_id,
                                       entrypoint_id, team_id, teammate_id)",
            "ON CONFLICT DO NOTHING",
        ];
        let rows: Vec<ConversationRow> = new
            .iter()
            .map(|conversation| self.conversation_row(conversation))
            .collect::<sqlx::Result<_>>()?;
        insert(tx, STATEMENT, 9, &rows, |row, of| {
            let [branch, version, entrypoint, team, teammate] = of.terms;
            row.id(of.session).id(of.folder).add(of.sidechain);
            row.optional_id(branch).optional_id(version).optional_id(of.agent);
            row.optional_id(entrypoint).optional_id(team).optional_id(teammate);
        })
        .await?;
        // One by one by all of the index: a session may have been on tens of thousands of branches.
        let stored: Vec<(i64, Db<ConversationId>)> = sqlx::query_as(
            "SELECT wanted.key, conversation.id FROM json_each(?1) AS wanted
             CROSS JOIN conversation
                 ON session_id = wanted.value ->> 0 AND project_id = wanted.value ->> 1
                AND ifnull(branch_id, 0) = wanted.value ->> 2 AND ifnull(version_id, 0) = wanted.value ->> 3
                AND ifnull(agent_id, 0) = wanted.value ->> 4 AND sidechain = wanted.value ->> 8
                AND ifnull(entrypoint_id, 0) = wanted.value ->> 5 AND ifnull(team_id, 0) = wanted.value ->> 6
                AND ifnull(teammate_id, 0) = wanted.value ->> 7",
        )
        .bind(json_list(&rows.iter().map(ConversationRow::numbers).collect::<Vec<_>>()))
        .fetch_all(&mut **tx)
        .await?;
        for (at, Db(id)) in stored {
            let conversation = usize::try_from(at).ok().and_then(|at| new.get(at));
            if let Some(conversation) = conversation {
                self.conversations.know(Arc::clone(conversation), id);
            }
        }
        Ok(())
    }

    fn conversation_row(&self, conversation: &Conversation) -> sqlx::Result<ConversationRow> {
        let term = |term: &Option<String>| term.as_ref().map(|term| known(&self.terms, term)).transpose();
        let [branch, version, entrypoint, team, teammate] = terms_of(conversation).map(term);
        let agent = conversation.agent.as_ref().map(|agent| self.agent(agent)).transpose()?;
        Ok(ConversationRow {
            session: known(&self.sessions, &conversation.session)?,
            folder: known(&self.folders, &conversation.folder)?,
            terms: [branch?, version?, entrypoint?, team?, teammate?],
            agent,
            sidechain: conversation.sidechain,
        })
    }

    /// Finds or makes the number of a model and price terms.
    async fn learn_billing(&mut self, tx: &mut Tx<'_>, billing: &Arc<Billing>) -> sqlx::Result<()> {
        if self.billings.numbers.contains_key(billing) {
            return Ok(());
        }
        let Billing { model, speed, service_tier, inference_geo, refusal } = &**billing;
        let [speed, tier, geo, refusal] =
            [speed, service_tier, inference_geo, refusal].map(|term| term.as_deref().unwrap_or_default());
        // Setting a column to itself makes the statement return the row that was there.
        let id = sqlx::query_scalar(
            "INSERT INTO billing (model, speed, service_tier, inference_geo, refusal) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET model = excluded.model RETURNING id",
        )
        .bind(model)
        .bind(speed)
        .bind(tier)
        .bind(geo)
        .bind(refusal)
        .fetch_one(&mut **tx)
        .await?;
        self.billings.know(Arc::clone(billing), BillingId(id));
        Ok(())
    }

    async fn learn_circumstance(&mut self, tx: &mut Tx<'_>, of: &Arc<Circumstance>) -> sqlx::Result<()> {
        if self.circumstances.numbers.contains_key(of) {
            return Ok(());
        }
        let Circumstance { skill, plugin, agent, mcp_server, mcp_tool, effort, refusal, cache_miss } = &**of;
        let mut statement = sqlx::query_scalar(
            "INSERT INTO circumstance (skill, plugin, agent, mcp_server, mcp_tool, effort, refusal, cache_miss)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT DO UPDATE SET skill = excluded.skill RETURNING id",
        );
        for name in [skill, plugin, agent, mcp_server, mcp_tool, effort, refusal, cache_miss] {
            statement = statement.bind(name.as_deref().unwrap_or_default());
        }
        let id = statement.fetch_one(&mut **tx).await?;
        self.circumstances.know(Arc::clone(of), CircumstanceId(id));
        Ok(())
    }

    /// Loads the values behind numbers of rows.
    pub(crate) async fn recall(&mut self, tx: &mut Tx<'_>, rows: &[Referring]) -> sqlx::Result<()> {
        let conversations = self.conversations.unknown(rows.iter().map(|row| row.conversation));
        if !conversations.is_empty() {
            self.recall_conversations(tx, &conversations).await?;
        }
        let files = self.files.unknown(rows.iter().flat_map(|row| [row.origin_file, row.winner_file]));
        if !files.is_empty() {
            let rows: Vec<(Db<FileId>, String, String)> = sqlx::query_as(
                "SELECT source_file.id, home.root, source_file.path FROM json_each(?1) AS wanted
                 CROSS JOIN source_file ON source_file.id = wanted.value
                 JOIN home ON home.id = home_id",
            )
            .bind(json_numbers(&files))
            .fetch_all(&mut **tx)
            .await?;
            for (Db(id), root, path) in rows {
                self.know_file(TranscriptPath { relative: path.into(), root: root.into() }, id);
            }
        }
        if !self.billings.unknown(rows.iter().map(|row| row.billing)).is_empty() {
            let rows =
                sqlx::query("SELECT id, model, speed, service_tier, inference_geo, refusal FROM billing")
                    .fetch_all(&mut **tx)
                    .await?;
            for row in &rows {
                self.billings.know(Arc::new(billing(row)?), number(row, "id")?);
            }
        }
        let circumstances = self.circumstances.unknown(rows.iter().filter_map(|row| row.circumstance));
        if !circumstances.is_empty() {
            let rows = sqlx::query(
                "SELECT circumstance.* FROM json_each(?1) AS wanted
                 CROSS JOIN circumstance ON circumstance.id = wanted.value",
            )
            .bind(json_numbers(&circumstances))
            .fetch_all(&mut **tx)
            .await?;
            for row in &rows {
                self.circumstances.know(Arc::new(circumstance(row)?), number(row, "id")?);
            }
        }
        Ok(())
    }

    async fn recall_conversations(
        &mut self,
        tx: &mut Tx<'_>,
        numbers: &[ConversationId],
    ) -> sqlx::Result<()> {
        let rows = sqlx::query(
            "SELECT conversation.id, session.uuid AS session, project.path AS project, branch.text AS branch,
                    version.text AS version, agent.name AS agent, sidechain, entrypoint.text AS entrypoint,
                    team.text AS team, teammate.text AS teammate
             FROM json_each(?1) AS wanted
             CROSS JOIN conversation ON conversation.id = wanted.value
             JOIN session ON session.id = session_id
             JOIN project ON project.id = project_id
             LEFT JOIN term AS branch ON branch.id = branch_id
             LEFT JOIN term AS version ON version.id = version_id
             LEFT JOIN agent ON agent.id = agent_id
             LEFT JOIN term AS entrypoint ON entrypoint.id = entrypoint_id
             LEFT JOIN term AS team ON team.id = team_id
             LEFT JOIN term AS teammate ON teammate.id = teammate_id",
        )
        .bind(json_numbers(numbers))
        .fetch_all(&mut **tx)
        .await?;
        for row in &rows {
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
            self.conversations.know(Arc::new(conversation), number(row, "id")?);
        }
        Ok(())
    }

    pub(crate) fn home(&self, root: &str) -> sqlx::Result<HomeId> {
        known(&self.homes, root)
    }

    pub(crate) fn agent(&self, name: &str) -> sqlx::Result<AgentId> {
        known(&self.agents, name)
    }

    /// Returns whether everything is there that a stored event refers to, after it was recalled.
    pub(crate) fn has(&self, refers: Referring) -> bool {
        self.conversations.values.contains_key(&refers.conversation)
            && self.billings.values.contains_key(&refers.billing)
            && [refers.origin_file, refers.winner_file]
                .iter()
                .all(|file| self.files.values.contains_key(file))
    }

    pub(crate) fn conversation_of(&self, number: ConversationId) -> sqlx::Result<&Arc<Conversation>> {
        self.conversations.values.get(&number).ok_or_else(|| dangling("conversation", number))
    }

    pub(crate) fn billing_of(&self, number: BillingId) -> sqlx::Result<&Arc<Billing>> {
        self.billings.values.get(&number).ok_or_else(|| dangling("billing", number))
    }

    /// Returns the circumstance with a number; `None` where a row refers to none that is there, because no figure
    /// depends on it.
    pub(crate) fn circumstance_of(&self, number: Option<CircumstanceId>) -> Option<&Arc<Circumstance>> {
        self.circumstances.values.get(&number?)
    }

    pub(crate) fn file_of(&self, number: FileId) -> sqlx::Result<&Arc<TranscriptPath>> {
        self.files.values.get(&number).ok_or_else(|| dangling("source_file", number))
    }

    /// Remembers the number of a file.
    pub(crate) fn know_file(&mut self, file: TranscriptPath, id: FileId) {
        if !self.files.values.contains_key(&id) {
            self.files.know(Arc::new(file), id);
        }
    }
}

/// A dictionary that has learned the names of what a commit writes: only then are they looked up.
#[derive(Debug)]
pub(crate) struct Learned<'d>(&'d mut Dictionary);

impl Learned<'_> {
    pub(crate) fn session(&self, name: &str) -> sqlx::Result<SessionId> {
        known(&self.0.sessions, name)
    }

    pub(crate) fn folder(&self, name: &str) -> sqlx::Result<FolderId> {
        known(&self.0.folders, name)
    }

    pub(crate) fn term(&self, name: &str) -> sqlx::Result<TermId> {
        known(&self.0.terms, name)
    }

    pub(crate) fn conversation(&self, conversation: &Conversation) -> sqlx::Result<ConversationId> {
        let number = self.0.conversations.numbers.get(conversation).copied();
        number.ok_or_else(|| not_found(&format!("conversation of session {}", conversation.session)))
    }

    pub(crate) fn billing(&self, billing: &Billing) -> sqlx::Result<BillingId> {
        let number = self.0.billings.numbers.get(billing).copied();
        number.ok_or_else(|| not_found(&format!("billing of {}", billing.model)))
    }

    pub(crate) fn circumstance(&self, circumstance: &Circumstance) -> sqlx::Result<CircumstanceId> {
        let number = self.0.circumstances.numbers.get(circumstance).copied();
        number.ok_or_else(|| not_found("circumstance of a response"))
    }

    pub(crate) fn file(&self, file: &TranscriptPath) -> sqlx::Result<FileId> {
        self.0.files.numbers.get(file).copied().ok_or_else(|| not_found(&file.full()))
    }

    /// Returns the number of terms that came up while writing, and makes it if there is none.
    pub(crate) async fn learn_billing(
        &mut self,
        tx: &mut Tx<'_>,
        billing: &Arc<Billing>,
    ) -> sqlx::Result<BillingId> {
        self.0.learn_billing(tx, billing).await?;
        self.billing(billing)
    }
}

/// Returns the number of a name that was learned.
fn known<Id: Copy>(names: &HashMap<String, Id>, name: &str) -> sqlx::Result<Id> {
    names.get(name).copied().ok_or_else(|| not_found(name))
}

/// What was stored just now, or was there already, is not found by what it is: an index is wrong.
fn not_found(what: &str) -> sqlx::Error {
    damaged(format!("`{what}` is not found where it is stored"))
}

fn dangling(table: &str, number: impl Display) -> sqlx::Error {
    damaged(format!("a row of event refers to row {number} of {table}, which is not there"))
}

/// The numbers that a stored event refers to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Referring {
    pub(crate) conversation: ConversationId,
    pub(crate) billing: BillingId,
    pub(crate) origin_file: FileId,
    pub(crate) winner_file: FileId,
    pub(crate) circumstance: Option<CircumstanceId>,
}

/// Returns the texts of a conversation that are stored as terms.
fn terms_of(conversation: &Conversation) -> [&Option<String>; 5] {
    let Conversation { branch, version, entrypoint, team, teammate, .. } = conversation;
    [branch, version, entrypoint, team, teammate]
}

impl ConversationRow {
    /// Returns the numbers in the order of the index, 0 where there is none.
    fn numbers(&self) -> [i64; 9] {
        let [branch, version, entrypoint, team, teammate] = self.terms.map(|term| term.unwrap_or_default().0);
        let agent = self.agent.unwrap_or_default().0;
        let sidechain = i64::from(self.sidechain);
        [self.session.0, self.folder.0, branch, version, agent, entrypoint, team, teammate, sidechain]
    }
}

/// Reads a text that is empty where there is none.
fn present(row: &SqliteRow, column: &str) -> sqlx::Result<Option<String>> {
    row.try_get::<String, _>(column).map(|text| Some(text).filter(|text| !text.is_empty()))
}

fn circumstance(row: &SqliteRow) -> sqlx::Result<Circumstance> {
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
pub(crate) fn billing(row: &SqliteRow) -> sqlx::Result<Billing> {
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
    names: &BTreeSet<String>,
    [insert, select]: [&'static str; 2],
) -> sqlx::Result<()> {
    let new: Vec<&str> = names.iter().filter(|name| !known.contains_key(*name)).map(String::as_str).collect();
    if new.is_empty() {
        return Ok(());
    }
    let list = json_list(&new);
    sqlx::query(insert).bind(&list).execute(&mut **tx).await?;
    let rows: Vec<(String, Db<Id>)> = sqlx::query_as(select).bind(&list).fetch_all(&mut **tx).await?;
    known.extend(rows.into_iter().map(|(name, Db(id))| (name, id)));
    Ok(())
}
