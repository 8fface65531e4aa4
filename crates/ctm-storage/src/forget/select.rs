//! Resolution of a selection in the stored facts.

use super::{Selected, Selection, bound};
use crate::sql::{Db, Tx};
use crate::store::Store;
use ctm_facts::UsageSums;
use ctm_types::{
    BillingId, FolderId, HomeId, ProjectId, SessionId, TokenCounts, UsageEvent, UsageKey, UsageRow,
};
use sqlx::FromRow;

/// ?1 and ?2 are the first and the last millisecond, ?3, ?4 and ?5 projects, sessions and homes as lists or
/// NULL for all, ?6 whether there are no bounds in time, ?7 whether all of the homes is meant.
const SELECT: [&str; 20] = [
    "CREATE TEMP TABLE chosen_file (id INTEGER PRIMARY KEY)",
    "INSERT INTO chosen_file SELECT source_file.id FROM source_file JOIN home ON home.id = home_id
     WHERE ?5 IS NULL OR root IN (SELECT value FROM json_each(?5))",
    // Sessions that belong to the selection as a whole, with what only a session has.
    "CREATE TEMP TABLE chosen_session (id INTEGER PRIMARY KEY)",
    "INSERT INTO chosen_session SELECT id FROM session
     WHERE (?4 IS NULL OR uuid IN (SELECT value FROM json_each(?4)))
       AND (?3 IS NULL OR 1 = (SELECT min(project.path IN (SELECT value FROM json_each(?3)))
                               FROM conversation
                               JOIN project ON project.id = coalesce(session.start_project_id, project_id)
                               WHERE session_id = session.id
                                 AND EXISTS (SELECT 1 FROM event WHERE conversation_id = conversation.id)))",
    // Responses with lines that are selected; others may log them too.
    "CREATE TEMP TABLE chosen (event_id INTEGER PRIMARY KEY, is_shared INTEGER NOT NULL)",
    "INSERT INTO chosen
     SELECT event.id,
            winner_file_id NOT IN chosen_file OR origin_file_id NOT IN chosen_file
            OR EXISTS (SELECT 1 FROM superseded WHERE event_id = event.id AND file_id NOT IN chosen_file)
     FROM event JOIN conversation ON conversation.id = conversation_id
     WHERE part = 0 AND at_ms BETWEEN ?1 AND ?2
       AND (?3 IS NULL OR coalesce((SELECT start_project_id FROM session WHERE session.id = session_id), project_id) IN
            (SELECT id FROM project WHERE project.path IN (SELECT value FROM json_each(?3))))
       AND (?4 IS NULL OR session_id IN
            (SELECT id FROM session WHERE uuid IN (SELECT value FROM json_each(?4))))
       AND (winner_file_id IN chosen_file OR origin_file_id IN chosen_file
            OR EXISTS (SELECT 1 FROM superseded WHERE event_id = event.id AND file_id IN chosen_file))",
    // All parts of those that no one else logs.
    "CREATE TEMP TABLE removed (id INTEGER PRIMARY KEY)",
    "INSERT INTO removed
     SELECT part.id FROM chosen
     CROSS JOIN event ON event.id = event_id
     CROSS JOIN event AS part ON part.key_hash = event.key_hash AND part.key = event.key
     WHERE NOT is_shared",
    "CREATE TEMP TABLE removed_prompt (id INTEGER PRIMARY KEY)",
    "INSERT INTO removed_prompt SELECT id FROM prompt
     WHERE at_ms BETWEEN ?1 AND ?2 AND file_id IN chosen_file AND session_id IN chosen_session",
    "CREATE TEMP TABLE removed_record (id INTEGER PRIMARY KEY)",
    "INSERT INTO removed_record SELECT id FROM session_record
     WHERE at_ms BETWEEN ?1 AND ?2 AND file_id IN chosen_file AND session_id IN chosen_session",
    // Names and own totals have no time: they go with the last of their session.
    "CREATE TEMP TABLE emptied_session (id INTEGER PRIMARY KEY)",
    "INSERT INTO emptied_session
     SELECT id FROM chosen_session
     WHERE (id IN (SELECT session_id FROM session_name) OR id IN (SELECT session_id FROM cost_state))
       AND NOT EXISTS (SELECT 1 FROM conversation CROSS JOIN event ON conversation_id = conversation.id
                       WHERE session_id = chosen_session.id AND event.id NOT IN removed)
       AND id NOT IN (SELECT session_id FROM prompt WHERE id NOT IN removed_prompt)
       AND id NOT IN (SELECT session_id FROM session_record WHERE id NOT IN removed_record)",
    "CREATE TEMP TABLE removed_sample (id INTEGER PRIMARY KEY)",
    "INSERT INTO removed_sample SELECT id FROM limit_sample
     WHERE first_at_ms >= ?1 AND last_at_ms <= ?2
       AND (?5 IS NULL OR home IN (SELECT value FROM json_each(?5)))
       AND (?4 IS NULL OR session IN (SELECT value FROM json_each(?4)))
       AND (?3 IS NULL OR session IN (SELECT uuid FROM session WHERE id IN chosen_session))",
    // Claude Code's own statistics know neither projects nor sessions. Their days are in UTC; that noon is
    // within the same day in nearly every zone.
    "CREATE TEMP TABLE removed_day (root TEXT NOT NULL, date TEXT NOT NULL, PRIMARY KEY (root, date)) WITHOUT ROWID",
    "INSERT INTO removed_day
     SELECT root, date FROM (SELECT root, date FROM stats_cache_activity
                             UNION SELECT root, date FROM stats_cache_tokens)
     WHERE ?3 IS NULL AND ?4 IS NULL AND (?5 IS NULL OR root IN (SELECT value FROM json_each(?5)))
       AND (?6 OR unixepoch(date, '+12 hours') * 1000 BETWEEN ?1 AND ?2)",
    // Lines that are selected, by transcript: those that the transcript's own counts have.
    "CREATE TEMP TABLE lost (file_id INTEGER PRIMARY KEY, lines INTEGER NOT NULL)",
    "INSERT INTO lost
     SELECT file_id, sum(line_offset < offset_bytes)
     FROM (SELECT winner_file_id AS file_id, winner_offset_bytes AS line_offset
           FROM chosen CROSS JOIN event ON event.id = event_id
           UNION ALL
           SELECT file_id, superseded.offset_bytes FROM chosen CROSS JOIN superseded USING (event_id)
           UNION ALL
           SELECT origin_file_id, 9e18 FROM chosen CROSS JOIN event ON event.id = event_id
           UNION ALL
           SELECT file_id, 9e18 FROM removed_prompt CROSS JOIN prompt USING (id)
           UNION ALL
           SELECT file_id, 9e18 FROM removed_record CROSS JOIN session_record USING (id)
           UNION ALL
           SELECT file_id, 9e18 FROM session_name WHERE session_id IN emptied_session
           UNION ALL
           SELECT file_id, 9e18 FROM cost_state WHERE session_id IN emptied_session
           UNION ALL
           SELECT id, 9e18 FROM chosen_file WHERE ?7)
     JOIN source_file ON source_file.id = file_id
     WHERE file_id IN chosen_file GROUP BY file_id",
];

/// What a removed event says.
#[derive(FromRow)]
struct Removed {
    at_ms: i64,
    session: Db<SessionId>,
    project: Db<ProjectId>,
    folder: Db<FolderId>,
    home: Db<HomeId>,
    billing: Db<BillingId>,
    part: i64,
    is_final: bool,
    sidechain: bool,
    input: i64,
    output: i64,
    cache_read: i64,
    cache_write_5m: i64,
    cache_write_1h: i64,
    web_searches: i64,
}

impl Store {
    /// Writes down what is selected, and returns what it comes to.
    pub(super) async fn select(&self, tx: &mut Tx<'_>, selection: &Selection) -> sqlx::Result<Selected> {
        for statement in SELECT {
            bound(statement, selection).execute(&mut **tx).await?;
        }
        let mut count = async |statement: &'static str| {
            sqlx::query_scalar::<_, i64>(statement).fetch_one(&mut **tx).await.map(i64::unsigned_abs)
        };
        let selected = Selected {
            usage: Vec::new(),
            logged_elsewhere: count("SELECT count(*) FROM chosen WHERE is_shared").await?,
            transcripts: count("SELECT count(*) FROM lost").await?,
            prompts: count("SELECT count(*) FROM removed_prompt").await?,
            session_facts: count(
                "SELECT (SELECT count(*) FROM removed_record)
                      + (SELECT count(*) FROM session_name
                         WHERE session_id IN emptied_session AND file_id IN chosen_file)
                      + (SELECT count(*) FROM cost_state
                         WHERE session_id IN emptied_session AND file_id IN chosen_file)",
            )
            .await?,
            limit_samples: count("SELECT count(*) FROM removed_sample").await?,
            stats_cache_days: count("SELECT count(*) FROM removed_day").await?,
        };
        Ok(Selected { usage: self.removed_usage(tx).await?, ..selected })
    }

    async fn removed_usage(&self, tx: &mut Tx<'_>) -> sqlx::Result<Vec<UsageRow>> {
        let events: Vec<Removed> = sqlx::query_as(
            "SELECT at_ms, session_id AS session, coalesce(start_project_id, project_id) AS project,
                    project_id AS folder, home_id AS home, billing_id AS billing, part, final AS is_final, sidechain,
                    input, output, cache_read, cache_write_5m, cache_write_1h,
                    web_searches + CASE WHEN part > 0 THEN 0 ELSE coalesce((
                        SELECT sum(searches) FROM tool_call CROSS JOIN call_searches USING (id)
                        WHERE event_id = event.id), 0) END AS web_searches
             FROM removed
             CROSS JOIN event ON event.id = removed.id
             CROSS JOIN conversation ON conversation.id = conversation_id
             LEFT JOIN session ON session.id = session_id
             CROSS JOIN source_file ON source_file.id = origin_file_id",
        )
        .fetch_all(&mut **tx)
        .await?;
        let mut sums = UsageSums::default();
        for of in &events {
            let tokens = TokenCounts {
                input: of.input.cast_unsigned(),
                output: of.output.cast_unsigned(),
                cache_read: of.cache_read.cast_unsigned(),
                cache_write_5m: of.cache_write_5m.cast_unsigned(),
                cache_write_1h: of.cache_write_1h.cast_unsigned(),
            };
            let key = UsageKey {
                session: of.session.0,
                project: of.project.0,
                folder: of.folder.0,
                home: of.home.0,
                billing: of.billing.0,
                context_band: self.form.context_band(tokens.prompt()),
                sidechain: of.sidechain,
            };
            let event = UsageEvent {
                at_ms: of.at_ms,
                tokens,
                web_searches: of.web_searches.cast_unsigned(),
                is_first: of.part == 0,
                is_final: of.is_final,
            };
            sums.add(&key, &event);
        }
        Ok(sums.into_sorted())
    }
}
