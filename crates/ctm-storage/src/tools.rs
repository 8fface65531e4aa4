//! Tool calls, and which of them failed.

use crate::error::{AtPath, StorageError};
use crate::form::{Form, OfDay};
use crate::sql::{from_flag, from_number, json_numbers};
use crate::store::Store;
use crate::usage::resolve;
use ctm_facts::{FactKey, UsageFilter};
use ctm_types::{BillingId, FolderId, HomeId, ProjectId, SessionId, Slot, TermId, ToolUsage, UtcDay};
use foldhash::{HashMap, HashSet};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The tool calls of a day.
#[derive(Serialize, Deserialize)]
pub(crate) struct DayTools {
    /// By where they were made, because most of a conversation's calls share it.
    places: Vec<Calls>,
}

/// The calls that were made in one place.
#[derive(Serialize, Deserialize)]
struct Calls {
    /// Slot of the day.
    slot: u8,
    session: u64,
    project: u64,
    folder: u64,
    home: u64,
    billing: u64,
    sidechain: bool,
    tools: Vec<Tool>,
}

/// The calls of one tool.
#[derive(Serialize, Deserialize)]
struct Tool {
    tool: u64,
    calls: u64,
    errors: u64,
    /// Time of the last call, in milliseconds after the slot's begin.
    last: u32,
}

/// One call, with what its response is of.
#[derive(Deserialize)]
pub(crate) struct DayCall {
    at_ms: i64,
    #[serde(deserialize_with = "from_number")]
    session: SessionId,
    #[serde(deserialize_with = "from_number")]
    project: ProjectId,
    #[serde(deserialize_with = "from_number")]
    folder: FolderId,
    #[serde(deserialize_with = "from_number")]
    home: HomeId,
    #[serde(deserialize_with = "from_flag")]
    sidechain: bool,
    #[serde(deserialize_with = "from_number")]
    billing: BillingId,
    #[serde(deserialize_with = "from_number")]
    tool: TermId,
    #[serde(deserialize_with = "from_flag")]
    failed: bool,
}

impl OfDay for DayTools {
    type Event = DayCall;

    const FROM_EVENTS: &'static str = "
        SELECT day, json_group_array(json_array(
                   at_ms, coalesce(session_id, 0), coalesce(start_project_id, project_id, 0), coalesce(project_id, 0),
                   coalesce(home_id, 0),
                   coalesce(sidechain, 0), billing_id, tool_id, tool_error.id IS NOT NULL))
        FROM usage_day
        CROSS JOIN event ON at_ms >= day * 86400000 AND at_ms < day * 86400000 + 86400000
        CROSS JOIN tool_call ON event_id = event.id
        LEFT JOIN conversation ON conversation.id = conversation_id
        LEFT JOIN session ON session.id = session_id
        LEFT JOIN source_file ON source_file.id = origin_file_id
        LEFT JOIN tool_error ON tool_error.id = tool_call.id
        WHERE day BETWEEN ?1 AND ?2 AND (usage IS NULL OR NOT ?3)
        GROUP BY day";

    const KEPT: &'static str = "SELECT day, tools FROM usage_day
        WHERE day BETWEEN ?1 AND ?2 AND usage IS NOT NULL AND tools IS NOT NULL";

    const SALT: u64 = 0x746F_6F6C_7300_0000;

    fn sum(events: &[DayCall], _form: &Form) -> Self {
        let mut places: BTreeMap<FactKey, BTreeMap<TermId, Tool>> = BTreeMap::new();
        for call in events {
            let DayCall { at_ms, session, project, folder, home, sidechain, billing, tool, failed } = *call;
            let slot = Slot::of_ms(at_ms);
            let last = u32::try_from(at_ms - slot.start_ms()).expect("a time in its slot");
            let place = FactKey { slot, session, project, folder, home, billing, sidechain };
            let sum = places.entry(place).or_default().entry(tool).or_insert_with(|| Tool {
                tool: tool.0.cast_unsigned(),
                calls: 0,
                errors: 0,
                last,
            });
            sum.calls += 1;
            sum.errors += u64::from(failed);
            sum.last = sum.last.max(last);
        }
        Self { places: places.into_iter().map(|(place, tools)| Calls::of(&place, tools)).collect() }
    }
}

impl Calls {
    fn of(place: &FactKey, tools: BTreeMap<TermId, Tool>) -> Self {
        Self {
            slot: place.slot.place_in_day(),
            session: place.session.0.cast_unsigned(),
            project: place.project.0.cast_unsigned(),
            folder: place.folder.0.cast_unsigned(),
            home: place.home.0.cast_unsigned(),
            billing: place.billing.0.cast_unsigned(),
            sidechain: place.sidechain,
            tools: tools.into_values().collect(),
        }
    }

    fn place(&self, day: UtcDay) -> FactKey {
        FactKey {
            slot: day.slot(self.slot),
            session: SessionId(self.session.cast_signed()),
            project: ProjectId(self.project.cast_signed()),
            folder: FolderId(self.folder.cast_signed()),
            home: HomeId(self.home.cast_signed()),
            billing: BillingId(self.billing.cast_signed()),
            sidechain: self.sidechain,
        }
    }
}

/// The calls of a tool over all days.
#[derive(Default)]
struct Total {
    calls: u64,
    errors: u64,
    sessions: HashSet<SessionId>,
    last_ms: Option<i64>,
}

impl Store {
    /// Returns how often each tool was called by the responses that pass the filter, the most often
    /// first, then by name. A call has the time, the place and the model of its response, of the
    /// first part if it has several.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn tool_usage(&self, filter: &UsageFilter) -> Result<Vec<ToolUsage>, StorageError> {
        self.wanted_tool_usage(filter).await.at(&self.path)
    }

    async fn wanted_tool_usage(&self, filter: &UsageFilter) -> sqlx::Result<Vec<ToolUsage>> {
        let mut tx = self.readers().begin().await?;
        let wanted = resolve(self, &mut tx, filter).await?;
        let mut totals: HashMap<u64, Total> = HashMap::default();
        self.each_day(&mut tx, &wanted.days(), |day, of_day: DayTools| {
            for calls in &of_day.places {
                let place = calls.place(day);
                if wanted.takes(&place) {
                    add(&mut totals, calls, &place);
                }
            }
        })
        .await?;
        let tools: Vec<i64> = totals.keys().copied().map(u64::cast_signed).collect();
        let names: Vec<(i64, String)> =
            sqlx::query_as("SELECT id, text FROM term WHERE id IN (SELECT value FROM json_each(?1))")
                .bind(json_numbers(&tools))
                .fetch_all(&mut *tx)
                .await?;
        let named = names.into_iter().filter_map(|(id, tool)| {
            let Total { calls, errors, sessions, last_ms } = totals.remove(&id.cast_unsigned())?;
            Some(ToolUsage { tool, calls, errors, sessions: sessions.len() as u64, last_ms: last_ms? })
        });
        let mut usage: Vec<ToolUsage> = named.collect();
        usage.sort_by(|a, b| (Reverse(a.calls), &a.tool).cmp(&(Reverse(b.calls), &b.tool)));
        Ok(usage)
    }
}

fn add(totals: &mut HashMap<u64, Total>, calls: &Calls, place: &FactKey) {
    for tool in &calls.tools {
        let total = totals.entry(tool.tool).or_default();
        total.calls = total.calls.saturating_add(tool.calls);
        total.errors = total.errors.saturating_add(tool.errors);
        total.sessions.insert(place.session);
        let last_ms = place.slot.start_ms().saturating_add(tool.last.into());
        total.last_ms = Some(total.last_ms.map_or(last_ms, |known| known.max(last_ms)));
    }
}
