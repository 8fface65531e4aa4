//! Storage of received reports: one transaction for all that arrive during the one before.
//!
//! # Design
//!
//! A sender is answered when its reports are committed, so that what it was reported is stored survives a crash. Each report in
//! a transaction of its own was rejected: a commit costs as much for one as for thousands. A sender that cannot be served
//! waits, and its body counts towards the memory of all requests meanwhile.

use ctm_api::problem::Problem;
use ctm_api::telemetry::Received;
use ctm_otlp::Logs;
use ctm_storage::Store;
use ctm_types::Witness;
use ctm_types::printable::with_causes;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// Deliveries that wait for their transaction; further senders wait for a place.
const WAITING: usize = 8;

/// Reports of a transaction, about.
const AT_ONCE: usize = 20_000;

/// Reports that are to be stored, and where the result is awaited.
struct Delivery {
    reports: Vec<Witness>,
    done: oneshot::Sender<Result<(), Arc<str>>>,
}

/// Receives telemetry.
pub(crate) struct Receiver {
    /// Whether the server is a hub on PostgreSQL, whose reports have no telemetry.
    is_of_team: bool,
    queue: mpsc::Sender<Delivery>,
    received: Arc<Received>,
}

/// The task that stores what is received; it ends with the last [`Receiver`].
pub(crate) type Writing = JoinHandle<()>;

impl Receiver {
    /// Creates a receiver, with the task that stores into a database; that of a team has no place for it.
    pub(crate) fn start(store: Store, is_of_team: bool, received: Arc<Received>) -> (Self, Writing) {
        let (queue, deliveries) = mpsc::channel(WAITING);
        (Self { is_of_team, queue, received }, tokio::spawn(write(store, deliveries)))
    }

    /// Stores the reports of a body.
    pub(crate) async fn store(&self, logs: Logs) -> Result<(), Problem> {
        if self.is_of_team {
            let detail =
                "a hub on PostgreSQL takes no telemetry; send it to a `ctm serve` on the machine itself";
            return Err(Problem::OfMachines(detail.to_owned()));
        }
        let (rejected, reports) = (logs.rejections(), logs.reports.len() as u64);
        if reports > 0 {
            self.deliver(logs.reports).await?;
        }
        let Received { records, reports: stored, without_request, rejected: refused, .. } = &*self.received;
        for (counter, more) in [
            (records, logs.records),
            (stored, reports),
            (without_request, logs.without_request),
            (refused, rejected),
        ] {
            counter.fetch_add(more, Ordering::Relaxed);
        }
        Ok(())
    }

    async fn deliver(&self, reports: Vec<Witness>) -> Result<(), Problem> {
        let (done, stored) = oneshot::channel();
        let stopping = || Problem::Other(503, "the server is stopping".to_owned());
        self.queue.send(Delivery { reports, done }).await.map_err(|_| stopping())?;
        let stored = stored.await.map_err(|_| stopping())?;
        stored.map_err(|error| Problem::Other(503, error.to_string()))
    }

    /// Counts metrics, of which nothing else is kept.
    pub(crate) fn count_metrics(&self, metrics: u64) {
        self.received.metrics.fetch_add(metrics, Ordering::Relaxed);
    }
}

async fn write(store: Store, mut deliveries: mpsc::Receiver<Delivery>) {
    while let Some(first) = deliveries.recv().await {
        let (mut reports, mut waiting) = (first.reports, vec![first.done]);
        while reports.len() < AT_ONCE
            && let Ok(Delivery { reports: more, done }) = deliveries.try_recv()
        {
            reports.extend(more);
            waiting.push(done);
        }
        let stored = store.add_witnesses(&reports).await.map(drop).map_err(|error| {
            tracing::error!("cannot store telemetry: {}", with_causes(&error));
            Arc::from(with_causes(&error))
        });
        for done in waiting {
            // A sender may have left meanwhile.
            let _ = done.send(stored.clone());
        }
    }
}
