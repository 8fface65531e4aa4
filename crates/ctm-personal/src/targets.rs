//! Targets: what a window, a day, a week and a month should cost at most, in US dollars.

use crate::error::{FieldFault, PersonalError};
use crate::records::{Kind, Personal};
use ctm_types::{EpochMs, PicoUsd};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;

/// The id of the only record.
const ID: &str = "targets";

/// The lowest target: a cent.
const LEAST: PicoUsd = PicoUsd(10_000_000_000);

/// The highest target: a million US dollars.
const MOST: PicoUsd = PicoUsd(1_000_000_000_000_000_000);

/// A span of time with a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetSpan {
    /// A window of five hours.
    Block,
    /// A calendar day.
    Day,
    /// A calendar week.
    Week,
    /// A calendar month.
    Month,
}

impl TargetSpan {
    /// All spans, the shortest first.
    pub const ALL: [Self; 4] = [Self::Block, Self::Day, Self::Week, Self::Month];

    /// Returns the name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// Returns the span of a name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|span| span.name() == name)
    }
}

/// A change of targets: the new amount of each changed span, `None` to remove its target.
pub type TargetsChange = BTreeMap<TargetSpan, Option<PicoUsd>>;

/// The targets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Targets {
    /// Of a window of five hours.
    #[serde(with = "amount", default)]
    pub block: Option<PicoUsd>,
    /// Of a calendar day.
    #[serde(with = "amount", default)]
    pub day: Option<PicoUsd>,
    /// Of a calendar week.
    #[serde(with = "amount", default)]
    pub week: Option<PicoUsd>,
    /// Of a calendar month.
    #[serde(with = "amount", default)]
    pub month: Option<PicoUsd>,
}

impl Targets {
    /// Returns the target of a span.
    #[must_use]
    pub fn of(&self, span: TargetSpan) -> Option<PicoUsd> {
        match span {
            TargetSpan::Block => self.block,
            TargetSpan::Day => self.day,
            TargetSpan::Week => self.week,
            TargetSpan::Month => self.month,
        }
    }

    fn apply(&mut self, change: &TargetsChange) {
        for (span, target) in change {
            let place = match span {
                TargetSpan::Block => &mut self.block,
                TargetSpan::Day => &mut self.day,
                TargetSpan::Week => &mut self.week,
                TargetSpan::Month => &mut self.month,
            };
            *place = *target;
        }
    }
}

impl Kind for Targets {
    const NAME: &'static str = "target";
    const MOST: usize = 1;

    fn faults(&self) -> Vec<FieldFault> {
        let is_invalid = |span: &TargetSpan| self.of(*span).is_some_and(|of| !(LEAST..=MOST).contains(&of));
        let fault = |span: TargetSpan| FieldFault {
            field: span.name(),
            message: format!("`{}` must be an amount from 0.01 to 1000000 US dollars, or null", span.name()),
        };
        TargetSpan::ALL.into_iter().filter(is_invalid).map(fault).collect()
    }
}

impl Personal {
    /// Returns the targets.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn targets(&self) -> Result<Targets, PersonalError> {
        let stored = self.all::<Targets>().await?;
        Ok(stored.first().map(|record| record.content).unwrap_or_default())
    }

    /// Changes targets, and returns all of them.
    ///
    /// # Errors
    ///
    /// Fails when an amount is invalid or the database cannot be written; then nothing was changed.
    pub async fn change_targets(
        &self,
        change: &TargetsChange,
        now: EpochMs,
    ) -> Result<Targets, PersonalError> {
        let changed = match self.change(ID, |targets: &mut Targets| targets.apply(change), now).await {
            Err(PersonalError::Unknown { .. }) => {
                let mut targets = Targets::default();
                targets.apply(change);
                self.set(ID, &targets, now).await
            }
            changed => changed,
        };
        Ok(changed?.content)
    }
}

/// An amount as a decimal text, so that it is exact.
mod amount {
    use super::{Deserialize, Deserializer, Error, PicoUsd, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        amount: &Option<PicoUsd>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        amount.map(|amount| amount.to_string()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<PicoUsd>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse()).transpose().map_err(D::Error::custom)
    }
}
