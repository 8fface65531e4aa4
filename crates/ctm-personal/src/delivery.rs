//! What is sent of an alert to a channel.

use serde::{Deserialize, Serialize};

/// What is sent of an alert to a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The name of the channel.
    pub channel: String,
    /// How it stands.
    pub state: DeliveryState,
    /// The number of attempts.
    #[serde(default)]
    pub attempts: u32,
    /// Time of the last attempt, in UTC epoch milliseconds.
    #[serde(default)]
    pub last_at_ms: Option<i64>,
    /// Time of the next attempt, in UTC epoch milliseconds; `None` after the last one.
    #[serde(default)]
    pub next_at_ms: Option<i64>,
    /// What the receiver answered, or why it received nothing.
    #[serde(default)]
    pub answer: String,
}

/// How a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is sent at the time of the next attempt.
    Pending,
    /// The receiver has it.
    Sent,
    /// It is not sent any more.
    Failed,
}

impl DeliveryState {
    /// Returns the name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }
}
