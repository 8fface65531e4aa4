//! Alert rules that a person stores, what they raised, and the alerts.
//!
//! # Design
//!
//! What a rule raised is stored with its alerts in one transaction, in which it is computed: a server that stops at any moment, or a
//! second one on the same database, raises nothing twice and loses nothing. An alert keeps its text, because the figures that made it so
//! pass.

use crate::delivery::{Delivery, DeliveryState};
use crate::error::{FieldFault, PersonalError};
use crate::records::{Kind, Personal, Record, new_id, put, typed, unknown};
use chrono::NaiveDate;
use chrono_tz::Tz;
use ctm_alerts::{
    AlertCause, AlertFacts, AlertRule, AlertTexts, Alerted, Raised, Watched, WatchedParts, causes,
    channel_test_texts, sample, texts,
};
use ctm_facts::{PersonalRecord, PersonalRecords};
use ctm_types::EpochMs;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;

/// Bytes of the id of an alert, which receivers may know it by.
const ID_BYTES: usize = 16;

/// A stored alert rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRule {
    /// The rule.
    pub rule: AlertRule,
    /// Who stored it: a user of the machine, or empty if that is unknown.
    pub by: String,
}

impl Kind for StoredRule {
    const NAME: &'static str = "alert rule";
    const MOST: usize = 50;

    fn faults(&self) -> Vec<FieldFault> {
        let faults = self.rule.faults().into_iter();
        faults.map(|(field, message)| FieldFault { field, message }).collect()
    }
}

/// An alert: what a rule raised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// The name of the rule.
    pub rule: String,
    /// The kind of what the rule watches.
    pub watches: String,
    /// The text.
    pub texts: AlertTexts,
    /// `true` if it is a test, with made-up figures.
    #[serde(default)]
    pub is_test: bool,
    /// The days of a summary, whose written report is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<AlertDays>,
    /// What is sent of it to each channel.
    #[serde(default)]
    pub deliveries: Vec<Delivery>,
}

/// The days of a summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertDays {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

/// The time and the zone at which alerts are raised, and the channels that they are sent to.
#[derive(Debug, Clone, Copy)]
pub struct AlertContext<'a> {
    /// The time.
    pub now: EpochMs,
    /// The zone of quiet hours, and of times in texts.
    pub tz: Tz,
    /// The names of the channels.
    pub channels: &'a [String],
}

impl Alert {
    fn of(rule: &AlertRule, of: &Alerted, to: &AlertContext<'_>) -> Self {
        let delivery = |channel: &String| Delivery {
            channel: channel.clone(),
            state: DeliveryState::Pending,
            attempts: 0,
            last_at_ms: None,
            next_at_ms: Some(to.now.0),
            answer: String::new(),
        };
        Self {
            rule: rule.name.clone(),
            watches: rule.watched.kind().to_owned(),
            texts: texts(rule, of, to.tz),
            is_test: false,
            days: of.days().map(|(from, to)| AlertDays { from, to }),
            deliveries: to.channels.iter().map(delivery).collect(),
        }
    }
}

impl Alert {
    /// Returns a test of a channel, which no rule raised and which is not stored.
    #[must_use]
    pub fn channel_test(channel: &str, now: EpochMs) -> Record<Self> {
        let content = Self {
            rule: String::new(),
            watches: "channel".to_owned(),
            texts: channel_test_texts(channel),
            is_test: true,
            days: None,
            deliveries: Vec::new(),
        };
        Record { id: new_id(ID_BYTES), created_at_ms: now, changed_at_ms: now, content }
    }

    /// Returns whether something is still to be sent.
    fn is_pending(&self) -> bool {
        self.deliveries.iter().any(|of| of.state == DeliveryState::Pending)
    }
}

impl Kind for Alert {
    const NAME: &'static str = "alert";
    const MOST: usize = 200;

    fn faults(&self) -> Vec<FieldFault> {
        Vec::new()
    }
}

/// What a rule raised; its id is that of the rule.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct RaisedCauses {
    last_ms: Option<i64>,
    causes: BTreeMap<String, i64>,
}

impl Kind for RaisedCauses {
    const NAME: &'static str = "raised causes";
    const MOST: usize = StoredRule::MOST;

    fn faults(&self) -> Vec<FieldFault> {
        Vec::new()
    }
}

impl From<&Raised> for RaisedCauses {
    fn from(raised: &Raised) -> Self {
        let causes = raised.causes.iter().map(|(key, at_ms)| (key.clone(), at_ms.0));
        Self { last_ms: raised.last_ms.map(i64::from), causes: causes.collect() }
    }
}

impl From<RaisedCauses> for Raised {
    fn from(RaisedCauses { last_ms, causes }: RaisedCauses) -> Self {
        let causes = causes.into_iter().map(|(key, at_ms)| (key, EpochMs(at_ms)));
        Self { last_ms: last_ms.map(EpochMs), causes: causes.collect() }
    }
}

impl Personal {
    /// Adds an alert rule, whose name must be new.
    ///
    /// # Errors
    ///
    /// Fails when the rule is invalid, another one has its name, there is the maximum number of them, or the database cannot be
    /// written; then nothing was stored.
    pub async fn add_alert_rule(
        &self,
        rule: &StoredRule,
        now: EpochMs,
    ) -> Result<Record<StoredRule>, PersonalError> {
        let name = &rule.rule.name;
        let is_taken = |record: &Record<StoredRule>| record.content.rule.name == *name;
        self.add_unless(rule, is_taken, now, || {
            let message = format!(
                "`name` is `{name}`, which another alert rule has; remove that one, or choose another name"
            );
            FieldFault { field: "name", message }
        })
        .await
    }

    /// Removes an alert rule, and returns it. Its alerts stay.
    ///
    /// # Errors
    ///
    /// Fails when no rule has the id, or the database cannot be written; then nothing was removed.
    pub async fn remove_alert_rule(&self, id: &str) -> Result<Record<StoredRule>, PersonalError> {
        self.edit_kinds([StoredRule::NAME, RaisedCauses::NAME], |[rules, raised]| {
            let found = rule_of(rules, id)?;
            rules.remove(id);
            raised.remove(id);
            Ok(found)
        })
        .await
    }

    /// Returns the alerts, the newest first.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn alerts(&self) -> Result<Vec<Record<Alert>>, PersonalError> {
        let mut alerts = self.all().await?;
        alerts.reverse();
        Ok(alerts)
    }

    /// Stores an alert of a rule with made-up figures.
    ///
    /// # Errors
    ///
    /// Fails when no rule has the id, or the database cannot be written; then nothing was stored.
    pub async fn test_alert(&self, id: &str, to: &AlertContext<'_>) -> Result<Record<Alert>, PersonalError> {
        self.edit_kinds([StoredRule::NAME, Alert::NAME], |[rules, alerts]| {
            let rule = rule_of(rules, id)?.content.rule;
            let alert = Alert::of(&rule, &sample(&rule, to.now, to.tz), to);
            add(alerts, &Alert { is_test: true, ..alert }, to.now)
        })
        .await
    }

    /// Evaluates the rules, and stores the alerts that they raise. Returns these.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read or written; then nothing was stored.
    pub async fn raise_alerts(
        &self,
        facts: &AlertFacts,
        to: &AlertContext<'_>,
    ) -> Result<Vec<Record<Alert>>, PersonalError> {
        let AlertContext { now, tz, .. } = *to;
        let due = |rules: &PersonalRecords, raised: &mut PersonalRecords| due(rules, raised, facts, now, tz);
        // Without a transaction first: mostly nothing is raised.
        let rules = self.records_of(StoredRule::NAME).await?;
        let before = self.records_of(RaisedCauses::NAME).await?;
        let mut after = before.clone();
        due(&rules, &mut after)?;
        if after == before {
            return Ok(Vec::new());
        }
        self.edit_kinds([StoredRule::NAME, RaisedCauses::NAME, Alert::NAME], |[rules, raised, alerts]| {
            let due = due(rules, raised)?;
            due.iter().map(|(rule, cause)| add(alerts, &Alert::of(rule, &cause.of, to), now)).collect()
        })
        .await
    }
}

fn rule_of(rules: &PersonalRecords, id: &str) -> Result<Record<StoredRule>, PersonalError> {
    let found = rules.get(id).and_then(|record| typed(id, record));
    found.ok_or_else(|| unknown::<StoredRule>(id))
}

/// Returns what the rules raise now, and remembers it.
fn due(
    rules: &PersonalRecords,
    raised: &mut PersonalRecords,
    facts: &AlertFacts,
    now: EpochMs,
    tz: Tz,
) -> Result<Vec<(AlertRule, AlertCause)>, PersonalError> {
    let mut all = Vec::new();
    for record in rules.iter().filter_map(|(id, record)| typed::<StoredRule>(id, record)) {
        let (id, rule) = (record.id, record.content.rule);
        let known = raised.get(&id).and_then(|record| typed::<RaisedCauses>(&id, record));
        let before: Raised = known.map(|record| record.content.into()).unwrap_or_default();
        let mut after = before.clone();
        let due = after.due(&rule, causes(&rule, facts, now), now, tz);
        if after != before {
            put(raised, &id, &RaisedCauses::from(&after), now)?;
        }
        all.extend(due.into_iter().map(|cause| (rule.clone(), cause)));
    }
    Ok(all)
}

/// Adds an alert; the oldest ones make room, those that are still to be sent last.
fn add(alerts: &mut PersonalRecords, alert: &Alert, now: EpochMs) -> Result<Record<Alert>, PersonalError> {
    let added = put(alerts, &new_id(ID_BYTES), alert, now)?;
    while alerts.len() > Alert::MOST {
        let oldest = alerts.iter().filter(|(id, _)| **id != added.id);
        let order = |(id, record): &(&String, &PersonalRecord)| {
            let alert = typed::<Alert>(id, record);
            (alert.is_some_and(|alert| alert.content.is_pending()), record.created_at_ms)
        };
        let Some(id) = oldest.min_by_key(order).map(|(id, _)| id.clone()) else { break };
        alerts.remove(&id);
    }
    Ok(added)
}

/// The form in which a rule is stored.
#[derive(Serialize, Deserialize)]
struct Form {
    name: String,
    watches: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    budget: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    level: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    percent: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    minutes: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    usd_per_minute: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quiet: Option<String>,
    #[serde(default)]
    cooldown_minutes: u32,
    #[serde(default)]
    by: String,
}

impl Serialize for StoredRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { rule, by } = self;
        let WatchedParts { budget, level, percent, minutes, usd_per_minute } = rule.watched.parts();
        Form {
            name: rule.name.clone(),
            watches: rule.watched.kind().to_owned(),
            budget,
            level,
            percent,
            minutes,
            usd_per_minute: usd_per_minute.map(|amount| amount.to_string()),
            quiet: rule.quiet.map(|quiet| quiet.to_string()),
            cooldown_minutes: rule.cooldown_minutes,
            by: by.clone(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for StoredRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let form = Form::deserialize(deserializer)?;
        let usd_per_minute = form.usd_per_minute.map(|amount| amount.parse()).transpose();
        let parts = WatchedParts {
            budget: form.budget,
            level: form.level,
            percent: form.percent,
            minutes: form.minutes,
            usd_per_minute: usd_per_minute.map_err(D::Error::custom)?,
        };
        let watched = Watched::of(&form.watches, parts).map_err(|(_, message)| D::Error::custom(message))?;
        let quiet = form.quiet.map(|quiet| quiet.parse()).transpose().map_err(D::Error::custom)?;
        let cooldown_minutes = form.cooldown_minutes;
        Ok(Self { rule: AlertRule { name: form.name, watched, quiet, cooldown_minutes }, by: form.by })
    }
}
