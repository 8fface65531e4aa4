//! Alert rules, and the alerts that they raised.

use super::{Time, Usd};
use ctm_alerts::WatchedParts;
use ctm_personal::{Delivery, Record, StoredRule};
use ctm_types::EpochMs;
use serde::Serialize;
use utoipa::ToSchema;

/// Alert rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AlertRules {
    /// The rules, the oldest first.
    pub items: Vec<AlertRule>,
    /// Rules that are useful to most and that are not there: `POST /alerts/rules` adds one.
    pub suggested: Vec<AlertRule>,
}

/// An alert rule: what a person wants to be alerted to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AlertRule {
    /// Its id; null for a suggested one.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// The kind of what it watches.
    pub watches: &'static str,
    /// Of `budget`: the name of the budget; null for all budgets.
    pub budget: Option<String>,
    /// Of `budget`: the level from which on it raises an alert, `soft` or `hard`.
    pub level: Option<String>,
    /// Of `limit_used`: the used part of a limit from which on it raises an alert, in percent.
    pub percent: Option<u16>,
    /// Of `limit_reset`: the time before the reset, in minutes.
    pub minutes: Option<u32>,
    /// Of `spend_rate`: the cost of the active sessions per minute above which it raises an alert.
    pub usd_per_minute: Option<Usd>,
    /// Hours of the day in which it raises nothing, such as `22:00-07:00`, in the zone of the server.
    pub quiet: Option<String>,
    /// Minutes after an alert in which it raises no other one.
    pub cooldown_minutes: u32,
    /// Who stored it; null if that is unknown.
    pub created_by: Option<String>,
    /// Time at which it was stored; null for a suggested one.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub created_at: Option<Time>,
}

/// The alerts that were raised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Alerts {
    /// The alerts, the newest first; 200 are kept.
    pub items: Vec<Alert>,
}

/// An alert: what a rule raised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Alert {
    /// Its id: 32 hexadecimal digits.
    pub id: String,
    /// Time at which it was raised.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// The name of its rule.
    pub rule: String,
    /// The kind of what the rule watches.
    pub watches: String,
    /// `true` if it is a test, with made-up figures.
    pub is_test: bool,
    /// What is sent of it to each channel.
    pub deliveries: Vec<AlertDelivery>,
    /// The text in English.
    pub en: AlertText,
    /// The text in Chinese.
    pub zh: AlertText,
}

/// What is sent of an alert to a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AlertDelivery {
    /// The name of the channel.
    pub channel: String,
    /// `pending`: it is sent at `next_at`; `sent`: the receiver has it; `failed`: it is not sent any more.
    pub state: &'static str,
    /// The number of attempts.
    pub attempts: u32,
    /// Time of the last attempt; null before the first.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_at: Option<Time>,
    /// Time of the next attempt; null after the last one.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_at: Option<Time>,
    /// What the receiver answered, or why it received nothing.
    pub answer: String,
}

/// The channels that alerts are sent to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ListedChannels {
    /// The channels, as the config file has them.
    pub items: Vec<ListedChannel>,
}

/// A channel, without its address and its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ListedChannel {
    /// Its name.
    pub name: String,
    /// Its kind, such as `webhook`.
    pub kind: &'static str,
    /// The language of what it is sent: `en` or `zh`.
    pub language: &'static str,
    /// What keeps it from sending; null if nothing is known of. A server does not start with such a channel.
    pub problem: Option<String>,
}

/// The text of an alert. Invisible characters of names are escaped as `\u{200b}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AlertText {
    /// One line, with what is alerted.
    pub title: String,
    /// The figures that made it so, and what to do.
    pub text: String,
}

impl AlertRule {
    /// Returns a suggested rule.
    #[must_use]
    pub fn suggested(rule: &ctm_alerts::AlertRule) -> Self {
        let WatchedParts { budget, level, percent, minutes, usd_per_minute } = rule.watched.parts();
        Self {
            id: None,
            name: rule.name.clone(),
            watches: rule.watched.kind(),
            budget,
            level,
            percent,
            minutes,
            usd_per_minute: usd_per_minute.map(Usd),
            quiet: rule.quiet.map(|quiet| quiet.to_string()),
            cooldown_minutes: rule.cooldown_minutes,
            created_by: None,
            created_at: None,
        }
    }
}

impl From<Record<StoredRule>> for AlertRule {
    fn from(record: Record<StoredRule>) -> Self {
        let StoredRule { rule, by } = record.content;
        Self {
            id: Some(record.id),
            created_by: Some(by).filter(|by| !by.is_empty()),
            created_at: Some(Time::of(record.created_at_ms)),
            ..Self::suggested(&rule)
        }
    }
}

impl From<Record<ctm_personal::Alert>> for Alert {
    fn from(record: Record<ctm_personal::Alert>) -> Self {
        let ctm_personal::Alert { rule, watches, texts, is_test, deliveries, .. } = record.content;
        Self {
            id: record.id,
            at: Time::of(record.created_at_ms),
            rule,
            watches,
            is_test,
            deliveries: deliveries.into_iter().map(AlertDelivery::from).collect(),
            en: texts.en.into(),
            zh: texts.zh.into(),
        }
    }
}

impl From<Delivery> for AlertDelivery {
    fn from(of: Delivery) -> Self {
        let time = |at_ms: i64| Time::of(EpochMs(at_ms));
        Self {
            channel: of.channel,
            state: of.state.name(),
            attempts: of.attempts,
            last_at: of.last_at_ms.map(time),
            next_at: of.next_at_ms.map(time),
            answer: of.answer,
        }
    }
}

impl From<ctm_alerts::AlertText> for AlertText {
    fn from(ctm_alerts::AlertText { title, text }: ctm_alerts::AlertText) -> Self {
        Self { title, text }
    }
}
