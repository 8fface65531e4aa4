//! Names as numbers.

use crate::error::damaged;
use crate::events::json_list;
use crate::rows::insert;
use crate::writer::Tx;
use ctm_types::{Agent, Billing, Circumstance, Conversation};
use foldhash::{HashMap, HashMapExt, HashSet};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The numbers of the names that were met so far. Names are deleted only when facts are forgotten, which
/// the writer notices; until then a number once known stays right, even when another process writes.
///
/// Names are learned many at a time, before the rows that need them are written. A transaction
/// that fails may leave numbers here that were never stored; the writer then forgets the
/// dictionary as a whole.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    homes: HashMap<String, i64>,
    sessions: HashMap<String, i64>,
    projects: HashMap<String, i64>,
    terms: HashMap<String, i64>,
    agents: HashMap<String, i64>,
    conversations: Numbered<Conversation>,
    billings: Numbered<Billing>,
    circumstances: Numbered<Circumstance>,
    paths: Numbered<str>,
}

/// Values that are looked up both ways.
#[derive(Debug)]
struct Numbered<T: ?Sized> {
    numbers: HashMap<Arc<T>, i64>,
    values: HashMap<i64, Arc<T>>,
}

impl<T: ?Sized> Default for Numbered<T> {
    fn default() -> Self {
        Self { numbers: HashMap::new(), values: HashMap::new() }
    }
}

impl<T: ?Sized + std::hash::Hash + Eq> Numbered<T> {
    fn know(&mut self, value: Arc<T>, number: i64) {
        self.numbers.insert(Arc::clone(&value), number);
        self.values.insert(number, value);
    }

    /// Returns those of the numbers that are not known.
    fn unknown(&self, numbers: impl Iterator<Item = i64>) -> Vec<i64> {
        let unknown: HashSet<i64> = numbers.filter(|number| !self.values.contains_key(number)).collect();
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
    session: i64,
    project: i64,
    /// Branch, version, agent, entrypoint, team and teammate.
    optional: [Option<i64>; 6],
    sidechain: bool,
}

/// Names that are remembered, about: some 10 MB. Of the first 300,000 sessions, each is met once.
const MOST: usize = 30_000;

impl Dictionary {
    /// Forgets all names when they are many. To be called before a transaction, which learns again those
    /// that it needs.
    pub(crate) fn limit(&mut self) {
        let names = [&self.sessions, &self.projects, &self.terms, &self.agents].map(HashMap::len);
        let values = [
            self.conversations.values.len(),
            self.billings.values.len(),
            self.circumstances.values.len(),
            self.paths.values.len(),
        ];
        if names.into_iter().chain(values).sum::<usize>() > MOST {
            *self = Self::default();
        }
    }

    /// Finds or makes the numbers of all names that are not known yet.
    pub(crate) async fn learn(&mut self, tx: &mut Tx<'_>, names: &Names<'_>) -> sqlx::Result<()> {
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
        learn_names(tx, &mut self.projects, &projects, PROJECTS).await?;
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
        self.learn(tx, &names).await
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
            row.add(of.session).add(of.project).add(of.sidechain);
            for number in of.optional {
                row.add(number);
            }
        })
        .await?;
        // One by one by all of the index: a session may have been on tens of thousands of branches.
        let stored: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT wanted.key, conversation.id FROM json_each(?1) AS wanted
             CROSS JOIN conversation
                 ON session_id = wanted.value ->> 0 AND project_id = wanted.value ->> 1
                AND ifnull(branch_id, 0) = wanted.value ->> 2 AND ifnull(version_id, 0) = wanted.value ->> 3
                AND ifnull(agent_id, 0) = wanted.value ->> 4 AND sidechain = wanted.value ->> 8
                AND ifnull(entrypoint_id, 0) = wanted.value ->> 5 AND ifnull(team_id, 0) = wanted.value ->> 6
                AND ifnull(teammate_id, 0) = wanted.value ->> 7",
        )
        .bind(json_rows(&rows))
        .fetch_all(&mut **tx)
        .await?;
        for (at, id) in stored {
            let conversation = usize::try_from(at).ok().and_then(|at| new.get(at));
            if let Some(conversation) = conversation {
                self.conversations.know(Arc::clone(conversation), id);
            }
        }
        Ok(())
    }

    fn conversation_row(&self, conversation: &Conversation) -> sqlx::Result<ConversationRow> {
        let term = |term: &Option<String>| term.as_ref().map(|term| self.term(term)).transpose();
        let [branch, version, entrypoint, team, teammate] = terms_of(conversation).map(term);
        let agent = conversation.agent.as_ref().map(|agent| self.agent(agent)).transpose()?;
        Ok(ConversationRow {
            session: self.session(&conversation.session)?,
            project: self.folder(&conversation.folder)?,
            optional: [branch?, version?, agent, entrypoint?, team?, teammate?],
            sidechain: conversation.sidechain,
        })
    }

    /// Finds or makes the number of a model and price terms.
    pub(crate) async fn learn_billing(
        &mut self,
        tx: &mut Tx<'_>,
        billing: &Arc<Billing>,
    ) -> sqlx::Result<()> {
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
        self.billings.know(Arc::clone(billing), id);
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
        self.circumstances.know(Arc::clone(of), id);
        Ok(())
    }

    /// Loads the values behind numbers of rows.
    pub(crate) async fn recall(&mut self, tx: &mut Tx<'_>, rows: &[Referring]) -> sqlx::Result<()> {
        let conversations = self.conversations.unknown(rows.iter().map(|row| row.conversation));
        if !conversations.is_empty() {
            self.recall_conversations(tx, &conversations).await?;
        }
        let paths = self.paths.unknown(rows.iter().flat_map(|row| [row.origin_file, row.winner_file]));
        if !paths.is_empty() {
            let rows: Vec<(i64, String)> = sqlx::query_as(
                "SELECT source_file.id, home.root || '/' || source_file.path FROM json_each(?1) AS wanted
                 CROSS JOIN source_file ON source_file.id = wanted.value
                 JOIN home ON home.id = home_id",
            )
            .bind(json_numbers(&paths))
            .fetch_all(&mut **tx)
            .await?;
            rows.into_iter().for_each(|(id, path)| self.know_file(&path, id));
        }
        if !self.billings.unknown(rows.iter().map(|row| row.billing)).is_empty() {
            let rows =
                sqlx::query("SELECT id, model, speed, service_tier, inference_geo, refusal FROM billing")
                    .fetch_all(&mut **tx)
                    .await?;
            for row in &rows {
                self.billings.know(Arc::new(billing(row)?), row.try_get("id")?);
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
                self.circumstances.know(Arc::new(circumstance(row)?), row.try_get("id")?);
            }
        }
        Ok(())
    }

    async fn recall_conversations(&mut self, tx: &mut Tx<'_>, numbers: &[i64]) -> sqlx::Result<()> {
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
            self.conversations.know(Arc::new(conversation), row.try_get("id")?);
        }
        Ok(())
    }

    pub(crate) fn home(&self, root: &str) -> sqlx::Result<i64> {
        known(&self.homes, root)
    }

    pub(crate) fn session(&self, name: &str) -> sqlx::Result<i64> {
        known(&self.sessions, name)
    }

    pub(crate) fn folder(&self, name: &str) -> sqlx::Result<i64> {
        known(&self.projects, name)
    }

    pub(crate) fn term(&self, name: &str) -> sqlx::Result<i64> {
        known(&self.terms, name)
    }

    pub(crate) fn agent(&self, name: &str) -> sqlx::Result<i64> {
        known(&self.agents, name)
    }

    pub(crate) fn conversation(&self, conversation: &Conversation) -> sqlx::Result<i64> {
        let number = self.conversations.numbers.get(conversation).copied();
        number.ok_or_else(|| not_found(&format!("conversation of session {}", conversation.session)))
    }

    pub(crate) fn billing(&self, billing: &Billing) -> sqlx::Result<i64> {
        let number = self.billings.numbers.get(billing).copied();
        number.ok_or_else(|| not_found(&format!("billing of {}", billing.model)))
    }

    pub(crate) fn circumstance(&self, circumstance: &Circumstance) -> sqlx::Result<i64> {
        let number = self.circumstances.numbers.get(circumstance).copied();
        number.ok_or_else(|| not_found("circumstance of a response"))
    }

    pub(crate) fn file(&self, path: &str) -> sqlx::Result<i64> {
        self.paths.numbers.get(path).copied().ok_or_else(|| not_found(path))
    }

    /// Returns whether everything is there that a stored event refers to, after it was recalled.
    pub(crate) fn has(&self, refers: Referring) -> bool {
        self.conversations.values.contains_key(&refers.conversation)
            && self.billings.values.contains_key(&refers.billing)
            && [refers.origin_file, refers.winner_file]
                .iter()
                .all(|file| self.paths.values.contains_key(file))
    }

    pub(crate) fn conversation_of(&self, number: i64) -> sqlx::Result<&Arc<Conversation>> {
        self.conversations.values.get(&number).ok_or_else(|| dangling("conversation", number))
    }

    pub(crate) fn billing_of(&self, number: i64) -> sqlx::Result<&Arc<Billing>> {
        self.billings.values.get(&number).ok_or_else(|| dangling("billing", number))
    }

    /// Returns the circumstance with a number; `None` where a row refers to none that is there, because no figure
    /// depends on it.
    pub(crate) fn circumstance_of(&self, number: Option<i64>) -> Option<&Arc<Circumstance>> {
        self.circumstances.values.get(&number?)
    }

    pub(crate) fn path_of(&self, number: i64) -> sqlx::Result<&Arc<str>> {
        self.paths.values.get(&number).ok_or_else(|| dangling("source_file", number))
    }

    /// Remembers the number of a file, by its whole path.
    pub(crate) fn know_file(&mut self, path: &str, id: i64) {
        if !self.paths.values.contains_key(&id) {
            self.paths.know(path.into(), id);
        }
    }
}

/// Returns the number of a name that was learned.
fn known(names: &HashMap<String, i64>, name: &str) -> sqlx::Result<i64> {
    names.get(name).copied().ok_or_else(|| not_found(name))
}

/// What was stored just now, or was there already, is not found by what it is: an index is wrong.
fn not_found(what: &str) -> sqlx::Error {
    damaged(format!("`{what}` is not found where it is stored"))
}

fn dangling(table: &str, number: i64) -> sqlx::Error {
    damaged(format!("a row of event refers to row {number} of {table}, which is not there"))
}

/// The numbers that a stored event refers to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Referring {
    pub(crate) conversation: i64,
    pub(crate) billing: i64,
    pub(crate) origin_file: i64,
    pub(crate) winner_file: i64,
    pub(crate) circumstance: Option<i64>,
}

/// Returns the texts of a conversation that are stored as terms.
fn terms_of(conversation: &Conversation) -> [&Option<String>; 5] {
    let Conversation { branch, version, entrypoint, team, teammate, .. } = conversation;
    [branch, version, entrypoint, team, teammate]
}

/// Writes conversations as a JSON list of lists of numbers, 0 where there is none.
fn json_rows(rows: &[ConversationRow]) -> String {
    let row = |row: &ConversationRow| {
        let [branch, version, agent, entrypoint, team, teammate] =
            row.optional.map(Option::unwrap_or_default);
        let sidechain = i64::from(row.sidechain);
        json_numbers(&[
            row.session,
            row.project,
            branch,
            version,
            agent,
            entrypoint,
            team,
            teammate,
            sidechain,
        ])
    };
    let rows: Vec<String> = rows.iter().map(row).collect();
    format!("[{}]", rows.join(","))
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

async fn learn_names(
    tx: &mut Tx<'_>,
    known: &mut HashMap<String, i64>,
    names: &BTreeSet<String>,
    [insert, select]: [&'static str; 2],
) -> sqlx::Result<()> {
    let new: Vec<&str> = names.iter().filter(|name| !known.contains_key(*name)).map(String::as_str).collect();
    if new.is_empty() {
        return Ok(());
    }
    let list = json_list(&new);
    sqlx::query(insert).bind(&list).execute(&mut **tx).await?;
    let rows: Vec<(String, i64)> = sqlx::query_as(select).bind(&list).fetch_all(&mut **tx).await?;
    known.extend(rows);
    Ok(())
}

/// Writes numbers as a JSON list, which a statement takes as one value.
pub(crate) fn json_numbers(numbers: &[i64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
    format!("[{}]", numbers.join(","))
}
