//! Requests of a client: subscribe, resync and ping.

use super::connection::Connection;
use super::end::End;
use super::news::EventRange;
use chrono_tz::Tz;
use ctm_api::messages::{Pong, Resynced};
use ctm_api::requests::{Request, Resync};
use ctm_api::topics::{Topic, Topics};

impl Connection {
    /// Responds to a text of the client.
    pub(super) async fn answer(&mut self, text: &str) -> Result<(), End> {
        match Request::parse(text) {
            Ok(Request::Ping(data)) => self.say(&Pong(data)).await,
            Ok(Request::Pong) => Ok(()),
            Ok(Request::Subscribe(topics, tz)) => self.subscribe(topics, tz).await,
            Ok(Request::Resync(resync)) => self.resync(&resync).await,
            Err(refusal) => {
                self.say(&refusal).await?;
                if refusal.fatal { Err(End::unsupported_version()) } else { Ok(()) }
            }
        }
    }

    /// Changes the subscribed topics, and sends their present state first.
    async fn subscribe(&mut self, topics: Topics, tz: Option<Tz>) -> Result<(), End> {
        self.topics = topics;
        if self.visitor.is_some() {
            // The only one of which a visitor gets messages, without figures.
            self.topics.retain(|topic| *topic == Topic::Stats);
        }
        self.tz = tz.unwrap_or(self.tz);
        self.tell_present().await
    }

    /// Sends the events after the last one that the client has received, or the present state.
    ///
    /// Only `stats` reports every event separately. Other topics describe the present state, and are sent
    /// once.
    async fn resync(&mut self, resync: &Resync) -> Result<(), End> {
        self.catch_up();
        let step = EventRange::to(self.seen, resync.last_seq);
        let is_same = resync.instance_id == self.context.instance_id;
        if !is_same || !self.context.live.knows(step.after, step.seq) {
            self.say(&Resynced { mode: "full" }).await?;
            return self.tell_present().await;
        }
        self.say(&Resynced { mode: "replay" }).await?;
        if step.after == step.seq {
            return Ok(());
        }
        for topic in self.topics.clone() {
            match topic {
                Topic::Stats => {
                    for step in step.single() {
                        self.tell(topic, step).await?;
                    }
                }
                other => self.tell(other, step).await?,
            }
        }
        Ok(())
    }
}
