//! The form in which the totals of days are kept.

use ctm_types::context_band;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteConnection;

/// The version of what is kept of a day.
const FORM: u32 = 6;

/// Kept parts of a day.
pub(crate) trait OfDay: Serialize + DeserializeOwned {
    /// What it is summed from, as a JSON list has it.
    type Event: DeserializeOwned;

    /// Selects the days from ?1 to ?2, only marked ones if ?3, each with a JSON list of events.
    ///
    /// As one text for each day, because a row for each event, or sums in SQL, take twice as long.
    const FROM_EVENTS: &'static str;

    /// Selects the days from ?1 to ?2 that are not marked, each with what is kept of it.
    const KEPT: &'static str;

    /// What distinguishes its checksums from those of the other.
    const SALT: u64;

    /// Sums a day.
    fn sum(events: &[Self::Event], form: &Form) -> Self;
}

/// Form of the daily totals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Form {
    /// The long-context thresholds of the context bands, in tokens.
    thresholds: Vec<u64>,
    /// The form as it is stored.
    name: String,
}

impl Form {
    pub(crate) fn new(context_thresholds: &[u64]) -> Self {
        let thresholds = context_thresholds.to_vec();
        Self { thresholds, name: format!("{FORM} {context_thresholds:?}") }
    }

    /// Returns the context band of a prompt.
    pub(crate) fn context_band(&self, prompt_tokens: u64) -> u8 {
        context_band(prompt_tokens, &self.thresholds)
    }

    /// Returns whether days are stored in this form.
    pub(crate) async fn is_stored(&self, connection: &mut SqliteConnection) -> sqlx::Result<bool> {
        let stored: String =
            sqlx::query_scalar("SELECT usage_day_form FROM state").fetch_one(connection).await?;
        Ok(stored == self.name)
    }

    /// Makes this the form of all days; if it was another one, they are recomputed.
    pub(crate) async fn adopt(&self, connection: &mut SqliteConnection) -> sqlx::Result<()> {
        if !self.is_stored(connection).await? {
            sqlx::query("UPDATE usage_day SET usage = NULL, tools = NULL").execute(&mut *connection).await?;
            sqlx::query("UPDATE state SET usage_day_form = ?1").bind(&self.name).execute(connection).await?;
        }
        Ok(())
    }
}
