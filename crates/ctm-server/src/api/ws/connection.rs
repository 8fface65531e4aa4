//! A connected client.
//!
//! A task waits for the newest event, the client, the heartbeat and the stop of the server, and has no queue:
//! events during a send are merged into the next message.

use super::end::End;
use super::inbox::{Heard, Inbox};
use super::news::{EventRange, News};
use super::outbox::Outbox;
use super::visitor::{Visitor, end_of};
use crate::api::Context;
use actix_web::web::Data;
use bytestring::ByteString;
use chrono_tz::Tz;
use ctm_api::health::{HealthUpdate, Ingest};
use ctm_api::messages::{
    Connected, DataUpdate, LimitsUpdate, PersonalUpdate, Ping, Refusal, ServerMessage, message,
};
use ctm_api::protocol;
use ctm_api::topics::{Topic, Topics};
use ctm_ingest::ingest::IngestStatus;
use ctm_ingest::live::{ClientPermit, Latest};
use ctm_report::ReportError;
use ctm_types::printable::with_causes;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until};

/// The minimum time between two updates: eight a second.
const UPDATE_GAP: Duration = Duration::from_millis(125);

/// The minimum time between two reports of changed conditions: one that comes and goes is not sent each time.
const HEALTH_GAP: Duration = Duration::from_secs(1);

/// A connected client.
pub(super) struct Connection {
    pub(super) context: Data<Context>,
    news: Data<News>,
    pub(super) outbox: Outbox,
    pub(super) tz: Tz,
    pub(super) topics: Topics,
    events: watch::Receiver<Latest>,
    /// The last event that the client has received.
    pub(super) seen: Latest,
    next_update: Instant,
    ingest: watch::Receiver<IngestStatus>,
    /// The last progress of reading that was sent.
    sent: IngestStatus,
    next_progress: Instant,
    limits: watch::Receiver<u64>,
    conditions: watch::Receiver<u64>,
    personal: watch::Receiver<u64>,
    /// `true` if conditions have changed since they were sent.
    health_changed: bool,
    next_health: Instant,
    heartbeats_missed: u8,
    /// The client's read-only link, if it has one.
    pub(super) visitor: Option<Visitor>,
    _seat: ClientPermit,
}

impl Connection {
    pub(super) fn new(
        context: Data<Context>,
        news: Data<News>,
        outbox: Outbox,
        tz: Tz,
        seat: ClientPermit,
        visitor: Option<Visitor>,
    ) -> Self {
        let events = context.live.subscribe();
        let ingest = context.updater.ingest.clone();
        let limits = context.live.limits();
        let conditions = context.updater.conditions.changes();
        let personal = context.live.personal();
        let (seen, sent) = (*events.borrow(), *ingest.borrow());
        Self {
            outbox,
            tz,
            topics: Topics::from([Topic::DEFAULT]),
            seen,
            events,
            next_update: Instant::now(),
            sent,
            ingest,
            next_progress: Instant::now(),
            limits,
            conditions,
            personal,
            health_changed: false,
            next_health: Instant::now(),
            heartbeats_missed: 0,
            context,
            news,
            visitor,
            _seat: seat,
        }
    }

    /// Serves the client until either side closes the connection.
    pub(super) async fn run(mut self, inbox: Inbox) {
        let Err(end) = self.serve(inbox).await;
        self.leave().end(end).await;
    }

    /// Releases the permit, and returns the outbox.
    fn leave(self) -> Outbox {
        self.outbox
    }

    async fn serve(&mut self, mut inbox: Inbox) -> Result<Infallible, End> {
        let mut stop = self.context.stop.clone();
        let mut heartbeat = heartbeat(self.context.settings.ws_heartbeat);
        let ends = end_of(self.visitor.as_ref());
        let is_visitor = self.visitor.is_some();
        self.greet().await?;
        loop {
            let behind = self.is_behind();
            let reading = self.topics.contains(&Topic::Ingest);
            let limits = self.topics.contains(&Topic::Limits);
            let health = self.topics.contains(&Topic::Health);
            let personal = self.topics.contains(&Topic::Personal);
            let progressed = reading && *self.ingest.borrow() != self.sent;
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return Err(End::stopping()),
                () = sleep_until(ends), if is_visitor => return Err(End::link_ended()),
                heard = inbox.next() => self.hear(heard?).await?,
                _ = heartbeat.tick() => self.beat().await?,
                () = sleep_until(self.next_update), if behind => self.update().await?,
                Ok(()) = self.events.changed(), if !behind => {}
                () = sleep_until(self.next_progress), if progressed => self.tell_progress().await?,
                Ok(()) = self.ingest.changed(), if reading && !progressed => {}
                Ok(()) = self.limits.changed(), if limits => self.tell_limits().await?,
                Ok(()) = self.personal.changed(), if personal => self.send_personal_version().await?,
                () = sleep_until(self.next_health), if health && self.health_changed => self.send_health().await?,
                Ok(()) = self.conditions.changed(), if !self.health_changed => self.health_changed = true,
            }
        }
    }

    /// Returns whether there are events for the client.
    fn is_behind(&self) -> bool {
        self.topics.iter().any(|topic| topic.follows_events()) && self.events.borrow().seq > self.seen.seq
    }

    async fn greet(&mut self) -> Result<(), End> {
        let context = self.context.clone();
        self.say(&Connected {
            server_version: env!("CARGO_PKG_VERSION"),
            protocol: protocol::NUMBER,
            instance_id: &context.instance_id,
            seq: self.seen.seq,
            data_version: self.seen.data_version,
            heartbeat_s: context.settings.ws_heartbeat.as_secs(),
        })
        .await?;
        self.tell_present().await
    }

    /// Advances to the newest event, and returns the previous one of the client.
    pub(super) fn catch_up(&mut self) -> u64 {
        let latest = *self.events.borrow_and_update();
        std::mem::replace(&mut self.seen, latest).seq
    }

    /// Sends the present state, regardless of events. Later events need not wait for the update gap.
    pub(super) async fn tell_present(&mut self) -> Result<(), End> {
        self.tell_news().await?;
        if self.topics.contains(&Topic::Limits) {
            self.tell_limits().await?;
        }
        if self.topics.contains(&Topic::Ingest) {
            self.tell_progress().await?;
        }
        if self.topics.contains(&Topic::Health) {
            self.send_health().await?;
        }
        if self.topics.contains(&Topic::Personal) { self.send_personal_version().await } else { Ok(()) }
    }

    async fn update(&mut self) -> Result<(), End> {
        self.outbox.ready().await?;
        let news = self.news.clone();
        let _turn = news.turn().await;
        self.next_update = Instant::now() + UPDATE_GAP;
        self.tell_news().await?;
        self.outbox.written().await;
        Ok(())
    }

    /// Sends the events after the last one that the client has received.
    async fn tell_news(&mut self) -> Result<(), End> {
        let known = self.catch_up();
        for topic in self.topics.clone() {
            self.tell(topic, EventRange::to(self.seen, known)).await?;
        }
        Ok(())
    }

    /// Sends the changes of a topic between two events.
    pub(super) async fn tell(&mut self, topic: Topic, step: EventRange) -> Result<(), End> {
        if self.visitor.is_some() {
            self.check_visitor().await?;
            return self.say(&DataUpdate { data_version: step.data_version }).await;
        }
        let news = self.news.clone();
        let message = match topic {
            Topic::Stats => news.stats(self.tz, step).await,
            Topic::Sessions => news.sessions(step).await,
            Topic::Blocks => news.blocks(step).await,
            Topic::Limits | Topic::Ingest | Topic::Health | Topic::Personal => return Ok(()),
        };
        match message {
            Ok(message) => self.send(message).await,
            Err(error) => self.send_error(&error).await,
        }
    }

    /// Ends the connection of a visitor whose link was removed.
    async fn check_visitor(&self) -> Result<(), End> {
        match &self.visitor {
            Some(visitor) if !visitor.is_current().await => Err(End::link_ended()),
            _ => Ok(()),
        }
    }

    async fn tell_limits(&mut self) -> Result<(), End> {
        self.limits.mark_unchanged();
        let context = self.context.clone();
        // Boxed, because every client would reserve the space for it.
        let update = async {
            let current = context.archive.current_limits(&[]).await?;
            Ok(LimitsUpdate { current, caches: context.archive.prompt_caches(&[]).await? })
        };
        match Box::pin(update).await {
            Ok(update) => self.say(&update).await,
            Err(error) => self.send_error(&error).await,
        }
    }

    async fn send_health(&mut self) -> Result<(), End> {
        self.conditions.mark_unchanged();
        self.health_changed = false;
        self.next_health = Instant::now() + HEALTH_GAP;
        let conditions = self.context.updater.conditions.all();
        self.say(&HealthUpdate::of(conditions)).await
    }

    async fn send_personal_version(&mut self) -> Result<(), End> {
        self.personal.mark_unchanged();
        let context = self.context.clone();
        match Box::pin(context.personal.version()).await {
            Ok(version) => self.say(&PersonalUpdate { version }).await,
            Err(error) => self.send_error(&error.into()).await,
        }
    }

    async fn send_error(&mut self, error: &ReportError) -> Result<(), End> {
        tracing::error!("cannot update a WebSocket: {}", with_causes(error));
        self.say(&Refusal::unavailable(error)).await
    }

    async fn tell_progress(&mut self) -> Result<(), End> {
        self.sent = *self.ingest.borrow_and_update();
        self.next_progress = Instant::now() + UPDATE_GAP;
        self.say(&Ingest::from(self.sent)).await
    }

    async fn hear(&mut self, heard: Heard) -> Result<(), End> {
        self.heartbeats_missed = 0;
        match heard {
            Heard::Text(text) => self.answer(&text).await,
            Heard::Ping(bytes) => self.outbox.pong(&bytes).await,
            Heard::Pong => Ok(()),
        }
    }

    async fn beat(&mut self) -> Result<(), End> {
        self.check_visitor().await?;
        if self.heartbeats_missed >= 2 {
            return Err(End::heartbeat_lost());
        }
        self.heartbeats_missed += 1;
        let nonce = format!("{:08x}", fastrand::u32(..));
        self.say(&Ping { nonce: &nonce }).await?;
        self.outbox.ping(nonce.as_bytes()).await
    }

    /// Sends a message to this client only.
    pub(super) async fn say<T: ServerMessage>(&mut self, data: &T) -> Result<(), End> {
        self.send(message(self.seen.seq, self.context.clock.now(), data).into()).await
    }

    async fn send(&mut self, message: ByteString) -> Result<(), End> {
        self.outbox.text(message).await
    }
}

fn heartbeat(period: Duration) -> Interval {
    let mut heartbeat = interval_at(Instant::now() + period, period);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    heartbeat
}
