//! Messages of a client: subscribe, resync and ping.

use crate::messages::Refusal;
use crate::parameters::ZONE;
use crate::protocol::NUMBER;
use crate::topics::{Topic, Topics};
use chrono_tz::Tz;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// A message of a client.
#[derive(Debug)]
pub enum Request<'a> {
    /// A ping, with data to send back.
    Ping(Option<&'a RawValue>),
    /// The reply to a ping of the server.
    Pong,
    /// The topics, and the zone of figures by day, if given.
    Subscribe(Topics, Option<Tz>),
    /// Missed events.
    Resync(Resync),
}

/// The last event that a reconnecting client received.
#[derive(Debug, Deserialize)]
pub struct Resync {
    /// The run of the server that sent it.
    pub instance_id: String,
    /// Its number.
    pub last_seq: u64,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    v: Option<u8>,
    r#type: String,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Subscribe {
    topics: Option<Vec<String>>,
    tz: Option<String>,
}

impl<'a> Request<'a> {
    /// Parses a text of a client.
    ///
    /// # Errors
    ///
    /// Fails with the reason of the refusal.
    pub fn parse(text: &'a str) -> Result<Self, Refusal> {
        let Envelope { v, r#type, data } =
            serde_json::from_str(text).map_err(|error| Refusal::malformed(&error))?;
        if v.is_some_and(|v| v != NUMBER) {
            return Err(Refusal::unsupported_version());
        }
        match r#type.as_str() {
            "ping" => Ok(Self::Ping(data)),
            "pong" => Ok(Self::Pong),
            "subscribe" => subscription(data),
            "resync" => parsed(data).map(Self::Resync),
            other => Err(Refusal::unknown_type(other)),
        }
    }
}

/// Parses a subscription.
fn subscription<'a>(data: Option<&'a RawValue>) -> Result<Request<'a>, Refusal> {
    let Subscribe { topics, tz } = parsed(data)?;
    let topics = match topics {
        Some(names) => Topic::named(&names).map_err(|detail| Refusal::unknown_topic(&detail))?,
        None => Topics::from([Topic::DEFAULT]),
    };
    let zone = |name: String| ZONE.parse(&name).ok_or_else(|| Refusal::unknown_zone(&name));
    Ok(Request::Subscribe(topics, tz.map(zone).transpose()?))
}

/// Parses the data of a message; missing data count as `{}`.
fn parsed<T: DeserializeOwned>(data: Option<&RawValue>) -> Result<T, Refusal> {
    serde_json::from_str(data.map_or("{}", RawValue::get)).map_err(|error| Refusal::malformed(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_messages_have_a_type() {
        let refused = |text: &str| Request::parse(text).unwrap_err().r#type;
        assert_eq!(refused("hello"), "malformed");
        assert_eq!(refused(r#"{"v":2,"type":"ping"}"#), "unsupported_version");
        assert_eq!(refused(r#"{"type":"sing"}"#), "unknown_type");
        assert_eq!(refused(r#"{"type":"subscribe","data":{"topics":["gossip"]}}"#), "unknown_topic");
        assert_eq!(refused(r#"{"type":"subscribe","data":{"tz":"Mars"}}"#), "unknown_zone");
        assert_eq!(refused(r#"{"type":"resync"}"#), "malformed");
        assert!(matches!(
            Request::parse(r#"{"v":1,"type":"subscribe"}"#),
            Ok(Request::Subscribe(topics, None)) if topics == Topics::from([Topic::Stats])
        ));
    }
}
