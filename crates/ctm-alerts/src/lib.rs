//! Alert rules: what they watch, and when they raise an alert.
//!
//! - [`rule`]: a rule as data, and what is wrong with one;
//! - [`watched`]: what a rule watches, and its parts by name;
//! - [`quiet`]: hours of the day in which a rule raises nothing;
//! - [`facts`]: what rules are evaluated on, at a time;
//! - [`unusual`]: an amount compared with those of the past, by robust statistics;
//! - [`cause`]: why a rule raises an alert, with its identity;
//! - [`raised`]: what was raised, so that no cause is raised twice;
//! - [`text`]: an alert in English and Chinese, with the figures that made it so;
//! - [`sample`]: made-up figures for a test of a rule.
//!
//! # Design
//!
//! [`causes`] returns what is present, and [`Raised::due`] which of it is to be raised now. A cause that is present within quiet hours or a
//! cooldown is not lost: it is raised afterwards, if it is still present. The identity of a cause contains the period that it
//! belongs to, such as the month of a budget or the reset of a limit, so that the next period has causes of its own.
//!
//! **Invariant:** this crate performs no I/O and reads no clock. Evaluating again at the same or a later time raises no cause twice.

pub mod cause;
pub mod facts;
pub mod quiet;
pub mod raised;
pub mod rule;
pub mod sample;
pub mod text;
pub mod unusual;
pub mod watched;

pub use cause::{AlertCause, Alerted, causes};
pub use facts::{AlertFacts, BudgetFact, ConditionFact, DaysFact, LimitFact};
pub use quiet::QuietHours;
pub use raised::Raised;
pub use rule::AlertRule;
pub use sample::sample;
pub use text::{AlertText, AlertTexts, channel_test_texts, texts};
pub use unusual::{Unusual, unusual};
pub use watched::{RuleFault, Watched, WatchedParts};
