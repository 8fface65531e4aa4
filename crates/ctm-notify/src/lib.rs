//! Channels: alerts are sent to the commands, services and mail servers that a person configures; and ctm's own metrics to their collector.
//!
//! - [`notice`]: an alert as it is sent;
//! - [`collector`]: the collector that is sent ctm's own metrics;
//! - [`channel`]: a channel with its secrets, which sends notices one at a time;
//! - [`templates`]: the request of each service, which [`fit`] keeps within its limits and [`signature`] signs;
//! - [`answer`]: what a service answered, and whether the same is sent again;
//! - [`address`], [`resolver`]: which addresses are connected to;
//! - [`http`], [`mail`], [`exec`]: the ways to send;
//! - [`redaction`]: texts without secrets;
//! - [`backoff`]: when a failed notice is sent again.
//!
//! # Design
//!
//! Sending blocks, for a bounded time. Templates are pure, so that each is shown by a test; everything that a service answers is
//! text of others: bounded, without secrets, and on one line.
//!
//! Nothing is stored here. A caller that repeats a notice repeats its id, by which a receiver recognizes it.
//!
//! **Invariant:** no socket is opened without a channel or a collector, and none to an address that it does not permit: the address that was
//! checked is the one that is connected to. No redirect is followed, and no proxy is used.

#![warn(clippy::print_stderr, clippy::print_stdout)]

mod address;
mod answer;
pub mod backoff;
pub mod channel;
pub mod collector;
mod exec;
mod fit;
mod http;
mod mail;
pub mod notice;
mod redaction;
mod resolver;
mod signature;
mod templates;

pub use backoff::next_attempt_ms;
pub use channel::{Channel, ChannelError};
pub use collector::{Collector, CollectorError};
pub use notice::{Notice, NoticeReport, SendFailure, Sent};
