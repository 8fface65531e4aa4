//! Notifications to all clients, serialised once.
//! Hundreds of clients get the same at the same moment. The figures of a zone are folded
//! once for each version of the data, and a message is written once for each zone and step from
//! one event to another; its text is shared by all queues that it waits in.

use super::messages::{
    BlockUpdate, Figures, ServerMessage, SessionsUpdate, StatsUpdate, message, session_ids,
};
use super::topics::Topic;
use crate::api::Context;
use crate::live::Latest;
use crate::report::{Compare, Order, PageQuery, PageSort, Period, Query, ReportError};
use bytestring::ByteString;
use chrono::NaiveDate;
use chrono_tz::Tz;
use ctm_storage::UsageFilter;
use quick_cache::sync::Cache;
use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;

/// Figures, and messages, that are kept, about.
const KEPT: usize = 64;

/// Sessions whose figures an update carries.
const MOST_SESSIONS: usize = 50;

/// The notifications to all clients.
pub(crate) struct News {
    figures: Cache<(Tz, NaiveDate, u64), Arc<Figures>>,
    messages: Cache<Name, ByteString>,
}

/// Key of a cached message.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Name {
    topic: Topic,
    /// The zone and what day it is there, where figures are by day.
    today: Option<(Tz, NaiveDate)>,
    step: Step,
}

/// A step from one event to another, as far as a client is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Step {
    /// The event that the client knows.
    pub(super) after: u64,
    /// The event that is announced, with all between them.
    pub(super) seq: u64,
    /// The version that the figures have to have, at least.
    pub(super) data_version: u64,
}

impl Step {
    /// Returns the step to the newest event.
    pub(super) fn to(latest: Latest, after: u64) -> Self {
        Self { after, seq: latest.seq, data_version: latest.data_version }
    }

    /// Returns the steps from each event to the next.
    pub(super) fn single(self) -> impl Iterator<Item = Self> {
        (self.after..self.seq).map(move |after| Self { after, seq: after + 1, ..self })
    }
}

impl Default for News {
    fn default() -> Self {
        Self { figures: Cache::new(KEPT), messages: Cache::new(KEPT) }
    }
}

impl std::fmt::Debug for News {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("News").field("kept", &self.messages.len()).finish_non_exhaustive()
    }
}

impl News {
    /// Returns the message on totals.
    pub(super) async fn stats(
        &self,
        context: &Context,
        tz: Tz,
        step: Step,
    ) -> Result<ByteString, ReportError> {
        let day = context.reporter.today(tz);
        let name = Name { topic: Topic::Stats, today: Some((tz, day)), step };
        self.once(
            name,
            Box::pin(async {
                let figures = self.figures(context, tz, day, step.data_version).await?;
                let changes = context.live.changes(step.after, step.seq);
                let ids: BTreeSet<&str> = session_ids(&changes).collect();
                let ids: Vec<&str> = ids.into_iter().collect();
                let projects = context.store.session_projects(&ids).await?;
                Ok(said(context, step, &StatsUpdate::new(&changes, tz, &figures, &projects)))
            }),
        )
        .await
    }

    /// Returns the message on sessions.
    pub(super) async fn sessions(&self, context: &Context, step: Step) -> Result<ByteString, ReportError> {
        let name = Name { topic: Topic::Sessions, today: None, step };
        self.once(
            name,
            Box::pin(async {
                let changes = context.live.changes(step.after, step.seq);
                let ids: BTreeSet<&str> = session_ids(&changes).collect();
                let update = sessions(context, &ids, step.data_version).await?;
                Ok(said(context, step, &SessionsUpdate { more: update.more || changes.more, ..update }))
            }),
        )
        .await
    }

    /// Returns the message on the active block.
    pub(super) async fn blocks(&self, context: &Context, step: Step) -> Result<ByteString, ReportError> {
        let name = Name { topic: Topic::Blocks, today: None, step };
        self.once(
            name,
            Box::pin(async {
                let current = context.reporter.current_block().await?;
                Ok(said(context, step, &BlockUpdate { data_version: step.data_version, current }))
            }),
        )
        .await
    }

    /// Makes a message, unless that was done. One without a change is made for the client that asks,
    /// so that its time is that of the answer.
    ///
    /// What makes it takes kilobytes, which every client would have set aside if it were not boxed.
    async fn once(
        &self,
        name: Name,
        make: Pin<Box<impl Future<Output = Result<ByteString, ReportError>>>>,
    ) -> Result<ByteString, ReportError> {
        if name.step.after == name.step.seq {
            return make.await;
        }
        self.messages.get_or_insert_async(&name, make).await
    }

    /// Returns the figures of a zone, at least as new as a data version.
    async fn figures(
        &self,
        context: &Context,
        tz: Tz,
        day: NaiveDate,
        data_version: u64,
    ) -> Result<Arc<Figures>, ReportError> {
        let fold = async {
            let query = Query { period: Period::ALL, tz, filter: UsageFilter::default() };
            let stats = context.reporter.stats(&query, Compare::None).await?;
            let data_version = stats.meta.data_version;
            Ok(Arc::new(Figures { data_version, today: stats.today, totals: stats.totals }))
        };
        self.figures.get_or_insert_async(&(tz, day, data_version), fold).await
    }
}

/// Returns these sessions as they are now, those used last first.
async fn sessions(
    context: &Context,
    ids: &BTreeSet<&str>,
    data_version: u64,
) -> Result<SessionsUpdate, ReportError> {
    if ids.is_empty() {
        return Ok(SessionsUpdate { data_version, items: Vec::new(), more: false });
    }
    let filter =
        UsageFilter { sessions: ids.iter().map(|id| (*id).to_owned()).collect(), ..UsageFilter::default() };
    let query = Query { period: Period::ALL, tz: Tz::UTC, filter };
    let page = PageQuery {
        limit: Some(MOST_SESSIONS),
        cursor: None,
        sort: PageSort::LastAt,
        order: Order::Descending,
    };
    let sessions = context.reporter.sessions(&query, &page).await?;
    Ok(SessionsUpdate {
        data_version: sessions.meta.data_version,
        items: sessions.items,
        more: sessions.next_cursor.is_some(),
    })
}

fn said<T: ServerMessage>(context: &Context, step: Step, data: &T) -> ByteString {
    message(step.seq, context.clock.now(), data)
}
