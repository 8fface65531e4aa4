//! The WebSocket `ctm.v1`: who watches is told what changed.
//!
//! Each connection is one task. It waits for the newest update, its client, its heartbeat and
//! the server's end, and keeps no queue: what came while it was sending is merged into the next
//! message.

use super::Context;
use super::params::Params;
use crate::live::Latest;
use crate::report::{Compare, Period, Query, ReportError, wire};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use actix_ws::{
    AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, Closed, ProtocolError, Session,
};
use chrono::NaiveDate;
use chrono_tz::Tz;
use ctm_aggregate::{RangePreset, day_of_slot};
use ctm_storage::{Change, UsageFilter};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

/// The longest message of a client, in bytes.
const MAX_MESSAGE: usize = 4 << 10;

/// The shortest time between two updates: four a second.
const UPDATE_GAP: Duration = Duration::from_millis(250);

/// Changes that an update names; a client that needs more fetches everything.
const MAX_CHANGES: usize = 200;

/// Close codes of the protocol.
mod close {
    pub(super) const HEARTBEAT_LOST: u16 = 4000;
}

/// What a server says.
#[derive(Serialize)]
struct Envelope<T> {
    v: u8,
    r#type: &'static str,
    seq: u64,
    at: String,
    data: T,
}

#[derive(Serialize)]
struct Connected<'a> {
    server_version: &'static str,
    protocol: u8,
    instance_id: &'a str,
    seq: u64,
    data_version: u64,
    heartbeat_s: u64,
}

#[derive(Serialize)]
struct StatsUpdate<'a> {
    data_version: u64,
    tz: &'static str,
    changed: BTreeSet<Changed<'a>>,
    session_ids: BTreeSet<&'a str>,
    today: &'a wire::Usage,
    totals: &'a wire::Usage,
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Changed<'a> {
    date: NaiveDate,
    project: &'a str,
    model: &'a str,
}

#[derive(Serialize)]
struct Refusal {
    r#type: &'static str,
    title: &'static str,
    detail: String,
    fatal: bool,
}

/// What a client says.
#[derive(Deserialize)]
struct ClientMessage<'a> {
    r#type: String,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Subscribe {
    #[serde(default)]
    topics: Option<Vec<String>>,
    tz: Option<String>,
}

/// Topics that exist.
const TOPICS: [&str; 1] = ["stats"];

/// Figures of a zone, as of a data version.
#[derive(Debug)]
pub(crate) struct Figures {
    data_version: u64,
    day: NaiveDate,
    today: wire::Usage,
    totals: wire::Usage,
}

/// `GET /ws`
pub(super) async fn connect(
    request: HttpRequest,
    body: Payload,
    context: Data<Context>,
) -> Result<HttpResponse, actix_web::Error> {
    let mut params = Params::of(&request, ["tz"].iter());
    let tz = params.tz().unwrap_or(context.settings.tz);
    if let Err(problem) = params.finish() {
        return Ok(problem.response(&request));
    }
    let (response, session, messages) = actix_ws::handle(&request, body)?;
    let messages =
        messages.max_frame_size(MAX_MESSAGE).aggregate_continuations().max_continuation_size(MAX_MESSAGE);
    actix_web::rt::spawn(Connection::new(context, session, tz).run(messages));
    Ok(response)
}

/// Why a connection ends.
enum End {
    /// The client is gone.
    Gone,
    /// It is to be closed with a code and a reason.
    Close(CloseReason),
}

impl From<Closed> for End {
    fn from(_: Closed) -> Self {
        Self::Gone
    }
}

struct Connection {
    context: Data<Context>,
    session: Session,
    tz: Tz,
    subscribed: bool,
    updates: watch::Receiver<Latest>,
    seen: Latest,
    next_update: Instant,
    heartbeats_missed: u8,
}

impl Connection {
    fn new(context: Data<Context>, session: Session, tz: Tz) -> Self {
        let mut updates = context.live.subscribe();
        let seen = *updates.borrow_and_update();
        Self {
            context,
            session,
            tz,
            subscribed: true,
            updates,
            seen,
            next_update: Instant::now(),
            heartbeats_missed: 0,
        }
    }

    async fn run(mut self, messages: AggregatedMessageStream) {
        if let Err(End::Close(reason)) = self.serve(messages).await {
            // A client that is gone need not be told.
            let _ = self.session.close(Some(reason)).await;
        }
    }

    async fn serve(&mut self, mut messages: AggregatedMessageStream) -> Result<(), End> {
        let mut stop = self.context.stop.clone();
        let mut heartbeat = heartbeat(self.context.settings.ws_heartbeat);
        self.greet().await?;
        loop {
            let due = self.subscribed && self.updates.borrow().seq > self.seen.seq;
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return Err(close_with(CloseCode::Away, "the server stops")),
                message = messages.next() => match message {
                    Some(Ok(message)) => self.hear(message).await?,
                    Some(Err(ProtocolError::Overflow)) => {
                        return Err(close_with(CloseCode::Size, "the message is too long"));
                    }
                    Some(Err(_)) => return Err(close_with(CloseCode::Protocol, "the message is not understood")),
                    None => return Err(End::Gone),
                },
                _ = heartbeat.tick() => self.beat().await?,
                () = tokio::time::sleep_until(self.next_update), if due => self.update().await?,
                Ok(()) = self.updates.changed(), if !due => {}
            }
        }
    }

    async fn greet(&mut self) -> Result<(), End> {
        let connected = Connected {
            server_version: env!("CARGO_PKG_VERSION"),
            protocol: 1,
            instance_id: &self.context.instance_id,
            seq: self.seen.seq,
            data_version: self.seen.data_version,
            heartbeat_s: self.context.settings.ws_heartbeat.as_secs(),
        };
        let text = self.envelope("connected", self.seen.seq, &connected);
        self.session.text(text).await?;
        self.send_figures(&BTreeSet::new()).await
    }

    async fn update(&mut self) -> Result<(), End> {
        let before = self.seen.seq;
        self.seen = *self.updates.borrow_and_update();
        self.next_update = Instant::now() + UPDATE_GAP;
        let changed = self.context.live.changed_since(before);
        self.send_figures(&changed).await
    }

    async fn send_figures(&mut self, changed: &BTreeSet<Change>) -> Result<(), End> {
        let figures = match figures(&self.context, self.tz, self.seen.data_version).await {
            Ok(figures) => figures,
            Err(error) => {
                tracing::error!("cannot update a WebSocket: {error}");
                return self.refuse("unavailable", "The database cannot be read", error.to_string()).await;
            }
        };
        let update = StatsUpdate {
            data_version: figures.data_version,
            tz: self.tz.name(),
            changed: changed
                .iter()
                .map(|change| Changed {
                    date: day_of_slot(change.slot, self.tz),
                    project: &change.conversation.project,
                    model: &change.billing.model,
                })
                .take(MAX_CHANGES)
                .collect(),
            session_ids: changed
                .iter()
                .map(|change| change.conversation.session.as_str())
                .take(MAX_CHANGES)
                .collect(),
            today: &figures.today,
            totals: &figures.totals,
        };
        let text = self.envelope("stats_update", self.seen.seq, &update);
        Ok(self.session.text(text).await?)
    }

    async fn hear(&mut self, message: AggregatedMessage) -> Result<(), End> {
        self.heartbeats_missed = 0;
        match message {
            AggregatedMessage::Text(text) => self.understand(&text).await,
            AggregatedMessage::Ping(bytes) => Ok(self.session.pong(&bytes).await?),
            AggregatedMessage::Pong(_) => Ok(()),
            AggregatedMessage::Close(reason) => {
                Err(End::Close(reason.unwrap_or(CloseReason { code: CloseCode::Normal, description: None })))
            }
            AggregatedMessage::Binary(_) => {
                Err(close_with(CloseCode::Unsupported, "messages are JSON texts"))
            }
        }
    }

    async fn understand(&mut self, text: &str) -> Result<(), End> {
        let message: ClientMessage<'_> = match serde_json::from_str(text) {
            Ok(message) => message,
            Err(error) => {
                return self.refuse("malformed", "The message is not understood", error.to_string()).await;
            }
        };
        match message.r#type.as_str() {
            "ping" => {
                let text = self.envelope("pong", self.seen.seq, &message.data);
                Ok(self.session.text(text).await?)
            }
            "pong" => Ok(()),
            "subscribe" => self.subscribe(message.data).await,
            other => {
                let detail = format!("`{other}` is no message; there are ping, pong and subscribe");
                self.refuse("unknown_type", "The message is not understood", detail).await
            }
        }
    }

    async fn subscribe(&mut self, data: Option<&RawValue>) -> Result<(), End> {
        let subscribe = data.map_or("{}", RawValue::get);
        let Subscribe { topics, tz } = match serde_json::from_str(subscribe) {
            Ok(subscribe) => subscribe,
            Err(error) => {
                return self.refuse("malformed", "The message is not understood", error.to_string()).await;
            }
        };
        let topics = topics.unwrap_or_else(|| TOPICS.map(str::to_owned).to_vec());
        if let Some(unknown) = topics.iter().find(|topic| !TOPICS.contains(&topic.as_str())) {
            let detail = format!("`{unknown}` is no topic; there are {}", TOPICS.join(", "));
            return self.refuse("unknown_topic", "The topic is not known", detail).await;
        }
        if let Some(name) = tz {
            let Ok(tz) = name.parse() else {
                let detail = format!("`{name}` is no IANA time zone");
                return self.refuse("unknown_zone", "The time zone is not known", detail).await;
            };
            self.tz = tz;
        }
        self.subscribed = topics.iter().any(|topic| topic == "stats");
        if self.subscribed { self.send_figures(&BTreeSet::new()).await } else { Ok(()) }
    }

    async fn beat(&mut self) -> Result<(), End> {
        if self.heartbeats_missed >= 2 {
            return Err(close_with(
                CloseCode::Other(close::HEARTBEAT_LOST),
                "two heartbeats were not answered",
            ));
        }
        self.heartbeats_missed += 1;
        let nonce = format!("{:08x}", fastrand::u32(..));
        let text = self.envelope("ping", self.seen.seq, &serde_json::json!({ "nonce": nonce }));
        self.session.text(text).await?;
        Ok(self.session.ping(nonce.as_bytes()).await?)
    }

    async fn refuse(&mut self, r#type: &'static str, title: &'static str, detail: String) -> Result<(), End> {
        let refusal = Refusal { r#type, title, detail, fatal: false };
        let text = self.envelope("error", self.seen.seq, &refusal);
        Ok(self.session.text(text).await?)
    }

    fn envelope<T: Serialize>(&self, r#type: &'static str, seq: u64, data: &T) -> String {
        let envelope = Envelope { v: 1, r#type, seq, at: wire::instant(self.context.clock.now()), data };
        serde_json::to_string(&envelope).expect("texts, numbers and lists are always JSON")
    }
}

fn heartbeat(period: Duration) -> Interval {
    let mut heartbeat = interval_at(Instant::now() + period, period);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    heartbeat
}

fn close_with(code: CloseCode, description: &str) -> End {
    End::Close(CloseReason { code, description: Some(description.to_owned()) })
}

/// Returns the figures of a zone that are at least as new as a data version; whoever asks first
/// computes them for all.
async fn figures(context: &Context, tz: Tz, data_version: u64) -> Result<Arc<Figures>, ReportError> {
    let mut known = context.figures.lock().await;
    let day = context.reporter.today(tz);
    let current = |figures: &&Arc<Figures>| figures.data_version >= data_version && figures.day == day;
    if let Some(figures) = known.get(&tz).filter(current) {
        return Ok(Arc::clone(figures));
    }
    let query = Query { period: Period::Preset(RangePreset::All), tz, filter: UsageFilter::default() };
    let stats = context.reporter.stats(&query, Compare::None).await?;
    let figures =
        Figures { data_version: stats.meta.data_version, day, today: stats.today, totals: stats.totals };
    let figures = Arc::new(figures);
    known.insert(tz, Arc::clone(&figures));
    Ok(figures)
}
