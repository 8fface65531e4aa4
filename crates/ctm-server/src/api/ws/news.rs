//! Notifications to all clients, serialised once. Hundreds of clients get the same notification at the same
//! time. The figures of a zone are computed once per data version, and a message is written once per zone and
//! step between two events; all queues share its text.

use bytestring::ByteString;
use chrono::NaiveDate;
use chrono_tz::Tz;
use ctm_api::messages::{
    BlockUpdate, Figures, ServerMessage, SessionsUpdate, StatsUpdate, message, session_ids,
};
use ctm_api::topics::Topic;
use ctm_facts::UsageFilter;
use ctm_ingest::live::{Latest, Live};
use ctm_report::clock::Clock;
use ctm_report::{Compare, Order, PageQuery, PageSort, Period, Query, ReportError, Reporter};
use ctm_storage::Store;
use quick_cache::sync::Cache;
use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Approximate maximum number of cached figures and messages.
const KEPT: usize = 64;

/// Maximum number of sessions with figures in an update.
const MOST_SESSIONS: usize = 50;

/// Maximum number of clients that are notified at the same time: requests are answered in between.
const NOTIFIED_AT_ONCE: usize = 8;

/// The notifications to all clients.
pub(crate) struct News {
    reporter: Reporter,
    live: Arc<Live>,
    store: Store,
    clock: Clock,
    figures: Cache<(Tz, NaiveDate, u64), Arc<Figures>>,
    messages: Cache<Name, ByteString>,
    turns: Semaphore,
}

/// Key of a cached message.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Name {
    topic: Topic,
    /// The zone and its present day, for figures by day.
    today: Option<(Tz, NaiveDate)>,
    step: EventRange,
}

/// A step between two events for a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct EventRange {
    /// The last event that the client has received.
    pub(super) after: u64,
    /// The announced event, with all events up to it.
    pub(super) seq: u64,
    /// Minimum data version of the figures.
    pub(super) data_version: u64,
}

impl EventRange {
    /// Returns the step to the newest event.
    pub(super) fn to(latest: Latest, after: u64) -> Self {
        Self { after, seq: latest.seq, data_version: latest.data_version }
    }

    /// Returns the steps from each event to the next.
    pub(super) fn single(self) -> impl Iterator<Item = Self> {
        (self.after..self.seq).map(move |after| Self { after, seq: after + 1, ..self })
    }
}

impl std::fmt::Debug for News {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("News").field("kept", &self.messages.len()).finish_non_exhaustive()
    }
}

impl News {
    /// Creates messages for published changes from the results of a reporter.
    pub(crate) fn new(reporter: Reporter, live: Arc<Live>, store: Store, clock: Clock) -> Self {
        let (figures, messages) = (Cache::new(KEPT), Cache::new(KEPT));
        Self { reporter, live, store, clock, figures, messages, turns: Semaphore::new(NOTIFIED_AT_ONCE) }
    }

    /// Waits until the client may be notified.
    pub(super) async fn turn(&self) -> SemaphorePermit<'_> {
        self.turns.acquire().await.expect("it is never closed")
    }

    /// Returns the message on totals.
    pub(super) async fn stats(&self, tz: Tz, step: EventRange) -> Result<ByteString, ReportError> {
        let day = self.reporter.today(tz);
        let name = Name { topic: Topic::Stats, today: Some((tz, day)), step };
        self.once(
            name,
            Box::pin(async {
                let figures = self.figures(tz, day, step.data_version).await?;
                let changes = self.live.changes(step.after, step.seq);
                let ids: BTreeSet<&str> = session_ids(&changes).collect();
                let ids: Vec<&str> = ids.into_iter().collect();
                let projects = self.store.session_projects(&ids).await?;
                Ok(self.said(step, &StatsUpdate::new(&changes, tz, &figures, &projects)))
            }),
        )
        .await
    }

    /// Returns the message on the active block.
    pub(super) async fn sessions(&self, step: EventRange) -> Result<ByteString, ReportError> {
        let name = Name { topic: Topic::Sessions, today: None, step };
        self.once(
            name,
            Box::pin(async {
                let changes = self.live.changes(step.after, step.seq);
                let ids: BTreeSet<&str> = session_ids(&changes).collect();
                let update = self.sessions_now(&ids, step.data_version).await?;
                Ok(self.said(step, &SessionsUpdate { more: update.more || changes.more, ..update }))
            }),
        )
        .await
    }

    /// Returns the message on the active window of five hours.
    pub(super) async fn blocks(&self, step: EventRange) -> Result<ByteString, ReportError> {
        let name = Name { topic: Topic::Blocks, today: None, step };
        self.once(
            name,
            Box::pin(async {
                let current = self.reporter.current_block(&[]).await?;
                Ok(self.said(step, &BlockUpdate { data_version: step.data_version, current }))
            }),
        )
        .await
    }

    /// Creates a message, unless it exists. A message without a change is created per client, so that its
    /// time is that of the response.
    ///
    /// The future takes kilobytes, which every client would reserve if it were not boxed.
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

    /// Returns the figures of a zone, of this data version or a newer one.
    async fn figures(&self, tz: Tz, day: NaiveDate, data_version: u64) -> Result<Arc<Figures>, ReportError> {
        let fold = async {
            let query = Query { period: Period::ALL, tz, filter: UsageFilter::default() };
            let stats = self.reporter.stats(&query, Compare::None).await?;
            let data_version = stats.meta.data_version;
            Ok(Arc::new(Figures { data_version, today: stats.today, totals: stats.totals }))
        };
        self.figures.get_or_insert_async(&(tz, day, data_version), fold).await
    }

    /// Returns the present state of sessions, most recently used first.
    async fn sessions_now(
        &self,
        ids: &BTreeSet<&str>,
        data_version: u64,
    ) -> Result<SessionsUpdate, ReportError> {
        if ids.is_empty() {
            return Ok(SessionsUpdate { data_version, items: Vec::new(), more: false });
        }
        let filter = UsageFilter {
            sessions: ids.iter().map(|id| (*id).to_owned()).collect(),
            ..UsageFilter::default()
        };
        let query = Query { period: Period::ALL, tz: Tz::UTC, filter };
        let page = PageQuery {
            limit: Some(MOST_SESSIONS),
            cursor: None,
            sort: PageSort::LastAt,
            order: Order::Descending,
        };
        let sessions = self.reporter.sessions(&query, &page.into()).await?;
        Ok(SessionsUpdate {
            data_version: sessions.meta.data_version,
            items: sessions.items,
            more: sessions.next_cursor.is_some(),
        })
    }

    fn said<T: ServerMessage>(&self, step: EventRange, data: &T) -> ByteString {
        message(step.seq, self.clock.now(), data).into()
    }
}
