//! Start folders of sessions, and the names of their projects.

use crate::dictionary::Learned;
use crate::store::Store;
use ctm_facts::{FreshBatch, SessionProjects};
use ctm_sqlite::error::{AtPath, StorageError};
use ctm_sqlite::rows::write;
use ctm_sqlite::sql::{Db, Numbers, Tx, all, bump, json_list, json_numbers, numbers, values};
use ctm_types::{EpochMs, FolderId, ProjectId, Projects, SessionId, SessionStart, UtcDay};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError};

impl Store {
    /// Returns the same database, in which projects are called by these rules.
    #[must_use]
    pub fn with_projects(self, rules: Projects) -> Self {
        self.set_projects(rules);
        self
    }

    /// Calls projects by these rules from now on, in all clones.
    pub fn set_projects(&self, rules: Projects) {
        *self.projects.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }

    /// Returns the rules for project names.
    #[must_use]
    pub fn projects(&self) -> Arc<Projects> {
        Arc::clone(&self.projects.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Raises the data version, because reports change without a commit of facts, and returns it.
    ///
    /// # Errors
    ///
    /// Fails when the database is locked, full or gone.
    pub async fn raise_data_version(&self) -> Result<u64, StorageError> {
        let mut connection = self.connect_to_write().await?;
        let raised = async {
            let mut tx = connection.begin().await?;
            let version = bump(&mut tx, true).await?;
            tx.commit().await?;
            Ok(version)
        };
        let raised = raised.await.at(&self.path);
        connection.close().await.at(&self.path)?;
        raised.map(|version| self.note_version(version))
    }

    /// Returns every folder by its number, and how folders are called after their projects.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn folders(&self) -> Result<(HashMap<FolderId, String>, Projects), StorageError> {
        let read = async {
            let mut tx = self.read().await?;
            let folders = folders(&mut tx).await?;
            Ok((folders.into_iter().collect(), self.naming(&mut tx).await?))
        };
        read.await.at(&self.path)
    }

    /// Returns how the projects of these sessions are called.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn session_projects(&self, sessions: &[&str]) -> Result<SessionProjects, StorageError> {
        const STARTS: &str = "SELECT uuid, project.path FROM json_each(?1) AS wanted
                              CROSS JOIN session ON uuid = wanted.value
                              JOIN project ON project.id = start_project_id";
        let read = async {
            let mut tx = self.read().await?;
            let starts: Vec<(String, String)> = all(&mut tx, STARTS, values![json_list(sessions)]).await?;
            Ok(SessionProjects::new(starts, self.naming(&mut tx).await?))
        };
        read.await.at(&self.path)
    }

    /// Returns the working directories of a session's responses, in the order of their first use.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn session_folders(&self, session: &str) -> Result<Vec<String>, StorageError> {
        const FOLDERS: &str = include_str!("sql/starts/folders.sql");
        self.column(FOLDERS, values![session]).await
    }

    /// Returns how folders are called after their projects.
    pub(crate) async fn naming(&self, tx: &mut Tx<'_>) -> sqlx::Result<Projects> {
        let worktrees: Vec<(String, String)> =
            all(tx, "SELECT path, repository FROM worktree", values![]).await?;
        let worktrees = worktrees.iter().map(|(path, repository)| (path.as_str(), repository.as_str()));
        Ok(self.projects().with_worktrees(worktrees))
    }

    /// Returns what the project of every folder is called, by the folder's number.
    pub(crate) async fn names_of_folders(&self, tx: &mut Tx<'_>) -> sqlx::Result<HashMap<ProjectId, String>> {
        let naming = self.naming(tx).await?;
        let folders = folders(tx).await?;
        Ok(folders.into_iter().map(|(id, folder)| (id.into(), naming.name(&folder))).collect())
    }
}

/// Returns every working directory by its number.
pub(crate) async fn folders(tx: &mut Tx<'_>) -> sqlx::Result<Vec<(FolderId, String)>> {
    let rows: Vec<(Db<FolderId>, String)> = all(tx, "SELECT id, path FROM project", values![]).await?;
    Ok(rows.into_iter().map(|(Db(id), path)| (id, path)).collect())
}

/// The changes of a commit.
#[derive(Debug, Default)]
pub(crate) struct StartChanges {
    /// UTC days of sessions that are of another project now.
    pub(crate) days: BTreeSet<UtcDay>,
    /// `true` if worktrees are new.
    pub(crate) worktrees: bool,
}

/// Stores where sessions were started, and which folders are worktrees.
pub(crate) async fn store(
    tx: &mut Tx<'_>,
    learned: &Learned<'_>,
    starts: &BTreeMap<&str, &SessionStart>,
    fresh: &[FreshBatch<'_>],
) -> sqlx::Result<StartChanges> {
    let earlier = earlier(tx, learned, starts).await?;
    store_starts(tx, &earlier).await?;
    let sessions: Vec<SessionId> = earlier.iter().map(|start| start.session).collect();
    Ok(StartChanges { days: days_of(tx, &sessions).await?, worktrees: store_worktrees(tx, fresh).await? })
}

/// A start with the numbers of its session and folder.
struct NumberedStart<'a> {
    session: SessionId,
    folder: FolderId,
    start: &'a SessionStart,
}

/// Returns the starts that are earlier than the stored ones.
async fn earlier<'a>(
    tx: &mut Tx<'_>,
    learned: &Learned<'_>,
    starts: &BTreeMap<&str, &'a SessionStart>,
) -> sqlx::Result<Vec<NumberedStart<'a>>> {
    const STORED: &str = include_str!("sql/starts/stored.sql");
    let mut by_session: HashMap<SessionId, &SessionStart> = HashMap::new();
    for (session, start) in starts {
        by_session.insert(learned.session(session)?, start);
    }
    let sessions: Vec<SessionId> = by_session.keys().copied().collect();
    let stored: Vec<(Db<SessionId>, bool, i64, String)> =
        all(tx, STORED, values![json_numbers(&sessions)]).await?;
    for (Db(session), in_own_file, at_ms, folder) in &stored {
        let is_later =
            |start: &&SessionStart| start.rank() >= (!in_own_file, EpochMs(*at_ms), folder.as_str());
        if by_session.get(session).is_some_and(is_later) {
            by_session.remove(session);
        }
    }
    let numbered = by_session
        .into_iter()
        .map(|(session, start)| Ok(NumberedStart { session, folder: learned.folder(&start.folder)?, start }));
    numbered.collect()
}

async fn store_starts(tx: &mut Tx<'_>, starts: &[NumberedStart<'_>]) -> sqlx::Result<()> {
    const STATEMENT: &str = include_str!("sql/starts/store_starts.sql");
    write(tx, STATEMENT, starts, |row, NumberedStart { session, folder, start }| {
        row.id(*session).add(&start.session).id(*folder).add(start.in_own_file).add(start.at_ms.0);
    })
    .await?;
    Ok(())
}

/// Returns the UTC days on which sessions have responses.
async fn days_of(tx: &mut Tx<'_>, sessions: &[SessionId]) -> sqlx::Result<BTreeSet<UtcDay>> {
    const DAYS: &str = include_str!("sql/starts/days.sql");
    if sessions.is_empty() {
        return Ok(BTreeSet::new());
    }
    numbers(tx, DAYS, values![json_numbers(sessions)]).await
}

/// Stores worktrees, and returns whether any is new. Of two repositories the smaller name holds, so that
/// the order does not matter.
async fn store_worktrees(tx: &mut Tx<'_>, fresh: &[FreshBatch<'_>]) -> sqlx::Result<bool> {
    const STATEMENT: &str = include_str!("sql/starts/store_worktrees.sql");
    let worktrees: Vec<(&String, &String)> = fresh.iter().flat_map(|(_, batch)| &batch.worktrees).collect();
    let stored = write(tx, STATEMENT, &worktrees, |row, (path, repository)| {
        row.add(path.as_str()).add(repository.as_str());
    })
    .await?;
    Ok(stored > 0)
}
