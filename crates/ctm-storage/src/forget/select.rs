//! Resolution of a selection in the stored facts.

use super::run;
use crate::days::usage_event;
use crate::store::Store;
use ctm_facts::days::{DayUsage, KeptDay};
use ctm_facts::{Resolved, Selection, UsageSums};
use ctm_sqlite::rows::each_row;
use ctm_sqlite::sql::{Tx, one, values};

/// ?1 and ?2 are the first and the last millisecond, ?3, ?4 and ?5 projects, sessions and homes as lists or
/// NULL for all, ?6 is true without bounds in time, ?7 is true for all usage of the homes.
const SELECT: &str = include_str!("../sql/forget/select.sql");

/// Selects the events that are removed.
const REMOVED: &str = concat!(
    "SELECT ",
    usage_event!(),
    " FROM removed
     CROSS JOIN event ON event.id = removed.id
     CROSS JOIN conversation ON conversation.id = conversation_id
     LEFT JOIN session ON session.id = session_id
     CROSS JOIN source_file ON source_file.id = origin_file_id"
);

impl Store {
    /// Writes the selection to temporary tables, and returns its totals.
    pub(super) async fn select(&self, tx: &mut Tx<'_>, selection: &Selection) -> sqlx::Result<Resolved> {
        run(tx, SELECT, selection).await?;
        let mut sums = UsageSums::default();
        each_row(tx, REMOVED, [], |columns| {
            if let Some(event) = DayUsage::event(columns) {
                event.add_to(&mut sums, &self.form);
            }
        })
        .await?;
        let mut count = async |statement: &'static str| {
            one::<(i64,)>(tx, statement, values![]).await.map(|(count,)| count.unsigned_abs())
        };
        Ok(Resolved {
            usage: sums.into_sorted(),
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
            witnesses: count("SELECT count(*) FROM removed_witness").await?,
            limit_samples: count("SELECT count(*) FROM removed_sample").await?,
            cache_samples: count("SELECT count(*) FROM removed_cache").await?,
            stats_cache_days: count("SELECT count(*) FROM removed_day").await?,
        })
    }
}
