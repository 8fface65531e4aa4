//! Evaluation of the alert rules: once a minute, on what is stored and on the conditions.
//!
//! # Design
//!
//! Nothing is read without a rule. What the facts of an hour ago and of now have in common is kept until something is stored, so that an
//! evaluation without news reads versions alone. Rules are not evaluated before the first reading of the homes is complete, because its
//! figures are not.

use crate::api::{Context, conditions};
use actix_web::web::Data;
use chrono::Weekday;
use chrono_tz::Tz;
use ctm_alerts::{AlertFacts, ConditionFact, Watched};
use ctm_ingest::conditions::Condition;
use ctm_ingest::ingest::IngestState;
use ctm_personal::{Alert, AlertContext, Personal, PersonalError, Record, StoredRule};
use ctm_report::clock::Clock;
use ctm_report::{AlertKey, BudgetCalendar, DatabaseReports, ReportError};
use ctm_types::printable::with_causes;
use std::time::Duration;
use tokio::time::MissedTickBehavior;

/// Time between evaluations.
const EVERY: Duration = Duration::from_secs(60);

/// Evaluates the alert rules of a database.
#[derive(Debug)]
pub struct Evaluation {
    archive: DatabaseReports,
    personal: Personal,
    clock: Clock,
    calendar: BudgetCalendar,
    /// The names of the channels that alerts are sent to.
    channels: Vec<String>,
    /// The facts that depend on what is stored, and what they were read at.
    known: Option<(AlertKey, AlertFacts)>,
}

/// Error of an evaluation.
#[derive(Debug, thiserror::Error)]
pub enum EvaluationError {
    /// The facts cannot be read.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The rules cannot be read, or the alerts not be stored.
    #[error(transparent)]
    Personal(#[from] PersonalError),
}

impl Evaluation {
    /// Creates the evaluation of the rules of a database, with days of a zone.
    #[must_use]
    pub fn new(archive: DatabaseReports, personal: Personal, clock: Clock, tz: Tz) -> Self {
        let calendar = BudgetCalendar { tz, week_start: Weekday::Mon };
        Self { archive, personal, clock, calendar, channels: Vec::new(), known: None }
    }

    /// Returns the same evaluation, whose alerts are sent to channels, by name.
    #[must_use]
    pub fn sending_to(self, channels: Vec<String>) -> Self {
        Self { channels, ..self }
    }

    /// Evaluates the rules, and returns the alerts that they raise. These are stored.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read or written; then no alert was stored.
    pub async fn evaluate(
        &mut self,
        conditions: &[Condition],
    ) -> Result<Vec<Record<Alert>>, EvaluationError> {
        let rules = self.personal.all::<StoredRule>().await.map_err(PersonalError::from)?;
        if rules.is_empty() {
            return Ok(Vec::new());
        }
        let watched: Vec<Watched> = rules.into_iter().map(|record| record.content.rule.watched).collect();
        let stored = self.stored(&watched).await?;
        let conditions = conditions.iter().map(|condition| ConditionFact {
            code: condition.code.name(),
            since_ms: condition.since_ms,
            message: condition.message.clone(),
        });
        let facts = self.archive.present_alert_facts(&watched, stored, conditions.collect()).await?;
        let (now, tz) = (self.clock.now_ms(), self.calendar.tz);
        let to = AlertContext { now, tz, channels: &self.channels };
        Ok(self.personal.raise_alerts(&facts, &to).await?)
    }

    /// Returns the facts that depend on what is stored; they are read again if that has changed.
    async fn stored(&mut self, watched: &[Watched]) -> Result<AlertFacts, ReportError> {
        let key = self.archive.alert_key().await?;
        if let Some((known, facts)) = &self.known
            && *known == key
        {
            return Ok(facts.clone());
        }
        let facts = self.archive.stored_alert_facts(watched, self.calendar).await?;
        self.known = Some((key, facts.clone()));
        Ok(facts)
    }
}

/// Evaluates the rules until the server stops.
pub(crate) async fn follow(context: Data<Context>) {
    let mut stop = context.stop.clone();
    let mut ingest = context.updater.ingest.clone();
    tokio::select! {
        _ = stop.wait_for(|stop| *stop) => return,
        _ = ingest.wait_for(|status| status.state == IngestState::Live) => {}
    }
    let mut evaluation = Evaluation::new(
        context.archive.clone(),
        context.personal.clone(),
        context.clock.clone(),
        context.settings.tz,
    )
    .sending_to(context.channel_names());
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            _ = ticks.tick() => {}
        }
        match evaluation.evaluate(&conditions(&context)).await {
            Ok(raised) if raised.is_empty() => {}
            Ok(raised) => {
                for alert in &raised {
                    tracing::info!(rule = alert.content.rule, "alert: {}", alert.content.texts.en.title);
                }
                if let Ok(version) = context.personal.version().await {
                    context.live.personal_changed(version);
                }
            }
            Err(error) => tracing::warn!("the alert rules cannot be evaluated: {}", with_causes(&error)),
        }
    }
}
