//! The body of `POST /alerts/rules`.

use crate::fields::Fields;
use crate::problem::{FieldError, Problem};
use ctm_alerts::{AlertRule, QuietHours, Watched, WatchedParts};
use ctm_personal::{FieldFault, Kind, StoredRule};
use ctm_types::PicoUsd;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A new alert rule.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct NewAlertRule {
    /// The name, which no other rule has.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    /// What it watches: `budget`, `limit_used`, `limit_reset`, `limit_reached`, `spend_rate`, `unusual_hour`, `unusual_session`,
    /// `unpriced_model`, `expiring_transcripts`, `condition`, `day_summary`, `week_summary` or
    /// `month_summary`.
    watches: String,
    /// Of `budget`: the name of the budget; all budgets without one.
    #[schema(min_length = 1, max_length = 80)]
    budget: Option<String>,
    /// Of `budget`: the level from which on it raises an alert, `soft` or `hard`; `soft` if it is absent.
    level: Option<String>,
    /// Of `limit_used`: the used part of a limit, in percent.
    #[schema(minimum = 1, maximum = 100)]
    percent: Option<u16>,
    /// Of `limit_reset`: the time before the reset, in minutes.
    #[schema(minimum = 1, maximum = 10_080)]
    minutes: Option<u32>,
    /// Of `spend_rate`: the cost per minute in US dollars, above 0.
    usd_per_minute: Option<f64>,
    /// Hours of the day in which it raises nothing, such as `22:00-07:00`, in the zone of the server.
    quiet: Option<String>,
    /// Minutes after an alert in which it raises no other one; 0 if it is absent.
    #[schema(maximum = 10_080)]
    cooldown_minutes: Option<u32>,
}

const FIELDS: [&str; 9] = [
    "name",
    "watches",
    "budget",
    "level",
    "percent",
    "minutes",
    "usd_per_minute",
    "quiet",
    "cooldown_minutes",
];

/// Returns the alert rule of a body, or all problems of the body. It is stored by a client of the server, whose name is not known.
///
/// # Errors
///
/// Fails with all invalid fields.
pub fn alert_rule(body: &Map<String, Value>) -> Result<StoredRule, Problem> {
    let mut fields = Fields::new(body, &FIELDS);
    let text = |text: &str| Ok(text.to_owned());
    let name = fields.required("name", text);
    let watches = fields.required("watches", text);
    let [budget, level] = ["budget", "level"].map(|name| fields.optional(name, text));
    let quiet = fields.optional("quiet", quiet);
    let percent = fields.number("percent", "a whole number", |text| text.parse::<u16>().ok());
    let [minutes, cooldown] = ["minutes", "cooldown_minutes"]
        .map(|name| fields.number(name, "a whole number", |text| text.parse::<u32>().ok()));
    let money = "a decimal number of US dollars";
    let usd_per_minute = fields.number("usd_per_minute", money, |text| text.parse::<PicoUsd>().ok());
    fields.finish()?;
    let missing = || Problem::Malformed("`name` and `watches` are missing".to_owned());
    let (name, watches) = name.zip(watches).ok_or_else(missing)?;
    let parts = WatchedParts { budget, level, percent, minutes, usd_per_minute };
    let watched = Watched::of(&watches, parts);
    let watched = watched.map_err(|(field, message)| invalid(vec![FieldFault { field, message }]))?;
    let rule = AlertRule { name, watched, quiet, cooldown_minutes: cooldown.unwrap_or_default() };
    let stored = StoredRule { rule, by: String::new() };
    let faults = stored.faults();
    if faults.is_empty() { Ok(stored) } else { Err(invalid(faults)) }
}

fn invalid(faults: Vec<FieldFault>) -> Problem {
    let field =
        |FieldFault { field, message }| FieldError { field: field.to_owned(), code: "invalid", message };
    Problem::BadRequest(faults.into_iter().map(field).collect())
}

fn quiet(text: &str) -> Result<QuietHours, FieldFault> {
    text.parse().map_err(|allowed| FieldFault { field: "quiet", message: format!("`quiet`: {allowed}") })
}
