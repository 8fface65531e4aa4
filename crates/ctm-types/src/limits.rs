//! Official rate limits, as Claude Code reports them to its status line.

use crate::EpochMs;

/// The largest used part that is accepted, in percent.
pub const MAX_USED_PERCENTAGE: f64 = 1_000.0;

/// The last time that is accepted, in UTC epoch milliseconds: the end of the year 9999.
pub const LAST_MS: EpochMs = EpochMs(253_402_300_799_000);

/// A window in which usage is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitWindow {
    /// Five hours from the first use.
    FiveHour,
    /// Seven days.
    SevenDay,
    /// Seven days of Opus models.
    SevenDayOpus,
    /// Seven days of Sonnet models.
    SevenDaySonnet,
    /// Seven days of Haiku models.
    SevenDayHaiku,
    /// Seven days of Fable models.
    SevenDayFable,
    /// Seven days of Mythos models.
    SevenDayMythos,
    /// The spending limit, of an unnamed period.
    Spend,
}

impl LimitWindow {
    /// All windows: those of all models first.
    pub const ALL: [Self; 8] = [
        Self::FiveHour,
        Self::SevenDay,
        Self::SevenDayOpus,
        Self::SevenDaySonnet,
        Self::SevenDayHaiku,
        Self::SevenDayFable,
        Self::SevenDayMythos,
        Self::Spend,
    ];

    /// Returns the window of a name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|window| window.name() == name)
    }

    /// Returns Claude Code's name for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FiveHour => "five_hour",
            Self::SevenDay => "seven_day",
            Self::SevenDayOpus => "seven_day_opus",
            Self::SevenDaySonnet => "seven_day_sonnet",
            Self::SevenDayHaiku => "seven_day_haiku",
            Self::SevenDayFable => "seven_day_fable",
            Self::SevenDayMythos => "seven_day_mythos",
            Self::Spend => "spend_limit",
        }
    }

    /// Returns its maximum length in hours.
    #[must_use]
    pub fn hours(self) -> i64 {
        match self {
            Self::FiveHour => 5,
            Self::Spend => 31 * 24,
            _ => 168,
        }
    }
}

/// A limit sample: the utilization of a limit, as reported to one session over a span of time.
#[derive(Debug, Clone, PartialEq)]
pub struct LimitSample {
    /// The Claude home of the account; empty when unknown.
    pub home: String,
    /// The session that reported it.
    pub session: String,
    /// The limit.
    pub window: LimitWindow,
    /// The used part in percent, from 0 to [`MAX_USED_PERCENTAGE`]; it can be above 100.
    pub used_percentage: f64,
    /// End of the window, at which the limit resets, in UTC epoch milliseconds.
    pub resets_at_ms: Option<EpochMs>,
    /// Time of the first report, in UTC epoch milliseconds.
    pub first_at_ms: EpochMs,
    /// Time of the last report, in UTC epoch milliseconds.
    pub last_at_ms: EpochMs,
}
