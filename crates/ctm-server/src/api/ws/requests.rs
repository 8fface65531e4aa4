//! Requests of a client: subscribe, resume and ping.

use super::connection::Connection;
use super::end::End;
use super::messages::{Pong, Refusal, Request, Resync, Resynced, Subscribe};
use super::news::Step;
use super::topics::{Topic, Topics};
use super::version;
use chrono_tz::Tz;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

impl Connection {
    /// Answers a text of the client.
    pub(super) async fn answer(&mut self, text: &str) -> Result<(), End> {
        let request: Request<'_> = match serde_json::from_str(text) {
            Ok(request) => request,
            Err(error) => return self.say(&Refusal::malformed(&error)).await,
        };
        if request.v.is_some_and(|v| v != version::NUMBER) {
            self.say(&Refusal::unsupported_version()).await?;
            return Err(End::unsupported_version());
        }
        let done = match request.r#type.as_str() {
            "ping" => return self.say(&Pong(request.data)).await,
            "pong" => return Ok(()),
            "subscribe" => match subscription(request.data) {
                Ok((topics, tz)) => return self.subscribe(topics, tz).await,
                Err(refusal) => refusal,
            },
            "resync" => match data(request.data) {
                Ok(resync) => return self.resync(&resync).await,
                Err(refusal) => refusal,
            },
            other => Refusal::unknown_type(other),
        };
        self.say(&done).await
    }

    /// Changes the subscribed topics, beginning with their present state.
    async fn subscribe(&mut self, topics: Topics, tz: Option<Tz>) -> Result<(), End> {
        self.topics = topics;
        self.tz = tz.unwrap_or(self.tz);
        self.tell_present().await
    }

    /// Sends the events after the one that the client knows, or else the present state.
    ///
    /// Only `stats` reports every event by itself. Other topics are as of now, so that
    /// they say it once.
    async fn resync(&mut self, resync: &Resync) -> Result<(), End> {
        self.catch_up();
        let step = Step::to(self.seen, resync.last_seq);
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

/// Parses the topics of a subscription.
fn subscription(wish: Option<&RawValue>) -> Result<(Topics, Option<Tz>), Refusal> {
    let Subscribe { topics, tz } = data(wish)?;
    let topics = match topics {
        Some(names) => Topic::named(&names).map_err(|detail| Refusal::unknown_topic(&detail))?,
        None => Topics::from([Topic::DEFAULT]),
    };
    let zone = |name: String| name.parse().map_err(|_| Refusal::unknown_zone(&name));
    Ok((topics, tz.map(zone).transpose()?))
}

/// Understands the data of a request; none are the same as `{}`.
fn data<T: DeserializeOwned>(data: Option<&RawValue>) -> Result<T, Refusal> {
    serde_json::from_str(data.map_or("{}", RawValue::get)).map_err(|error| Refusal::malformed(&error))
}
