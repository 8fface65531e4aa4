//! What usage is asked for.

use chrono::NaiveDate;
use chrono_tz::Tz;
use ctm_aggregate::{DateRange, RangePreset};
use ctm_storage::UsageFilter;

/// Which days are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Days relative to today.
    Preset(RangePreset),
    /// From one day to another, both included; a missing end is the end of use.
    Between {
        /// First day.
        from: Option<NaiveDate>,
        /// Last day.
        to: Option<NaiveDate>,
    },
}

impl Period {
    /// Everything there is.
    pub const ALL: Self = Self::Preset(RangePreset::All);

    /// Returns the days, given today and the days of which there is use.
    #[must_use]
    pub fn resolve(self, today: NaiveDate, used: Option<DateRange>) -> DateRange {
        match self {
            Self::Preset(preset) => preset.resolve(today, used),
            Self::Between { from, to } => {
                let all = RangePreset::All.resolve(today, used);
                let from = from.unwrap_or_else(|| to.map_or(all.from(), |to| all.from().min(to)));
                let to = to.unwrap_or_else(|| all.to().max(from));
                DateRange::new(from, to).unwrap_or(DateRange::day(from))
            }
        }
    }
}

/// What a period is compared with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Compare {
    /// Nothing.
    None,
    /// The period of the same length before it.
    #[default]
    Previous,
    /// The same days a year earlier.
    Year,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Which days.
    pub period: Period,
    /// The zone in which they are days.
    pub tz: Tz,
    /// Which projects, models, sessions; its times are set from the period.
    pub filter: UsageFilter,
}
