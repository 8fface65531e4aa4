//! The machine's time zone: the value of `TZ` in the environment, as for other programs, else the system
//! setting.

use super::{Layers, Source, Warning};
use chrono_tz::Tz;
use serde::Serialize;
use utoipa::ToSchema;

/// The source of the time zone of the days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ZoneSource {
    /// The question itself.
    Request,
    /// `--tz`.
    Flag,
    /// `CTM_TZ` in the environment.
    #[serde(rename = "env")]
    Environment,
    /// `CTM_TZ` in the env file.
    EnvFile,
    /// `tz` in the config file.
    #[serde(rename = "file")]
    ConfigFile,
    /// `TZ` in the environment, as for every other program.
    TzVariable,
    /// The machine's own setting.
    Machine,
}

impl ZoneSource {
    /// Returns the description shown after the zone.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Request => "as requested",
            Self::Flag => "--tz",
            Self::Environment => "CTM_TZ",
            Self::EnvFile => "the env file",
            Self::ConfigFile => "the config file",
            Self::TzVariable => "TZ",
            Self::Machine => "this machine's",
        }
    }
}

impl From<&Source> for ZoneSource {
    fn from(source: &Source) -> Self {
        match source {
            Source::Flag => Self::Flag,
            Source::Environment => Self::Environment,
            Source::EnvFile { .. } => Self::EnvFile,
            Source::File(_) => Self::ConfigFile,
            Source::Default => Self::Machine,
        }
    }
}

/// Rules of `TZ` in the form of POSIX that many places share, and the zone of one of them.
const RULES: [(&str, Tz); 12] = [
    ("EST5EDT,M3.2.0,M11.1.0", Tz::America__New_York),
    ("CST6CDT,M3.2.0,M11.1.0", Tz::America__Chicago),
    ("MST7MDT,M3.2.0,M11.1.0", Tz::America__Denver),
    ("PST8PDT,M3.2.0,M11.1.0", Tz::America__Los_Angeles),
    ("AKST9AKDT,M3.2.0,M11.1.0", Tz::America__Anchorage),
    ("WET0WEST,M3.5.0/1,M10.5.0", Tz::Europe__Lisbon),
    ("GMT0BST,M3.5.0/1,M10.5.0", Tz::Europe__London),
    ("CET-1CEST,M3.5.0,M10.5.0/3", Tz::Europe__Berlin),
    ("EET-2EEST,M3.5.0/3,M10.5.0/4", Tz::Europe__Helsinki),
    ("AEST-10AEDT,M10.1.0,M4.1.0/3", Tz::Australia__Sydney),
    ("NZST-12NZDT,M9.5.0,M4.1.0/3", Tz::Pacific__Auckland),
    ("IST-5:30", Tz::Asia__Kolkata),
];

/// Returns the zone of the machine, its source, and the fault of `TZ`.
pub(super) fn of_machine(layers: &Layers) -> (Tz, ZoneSource, Option<Warning>) {
    let machine =
        || iana_time_zone::get_timezone().ok().and_then(|name| name.parse().ok()).unwrap_or(Tz::UTC);
    let Some(value) = layers.environment.get("TZ") else { return (machine(), ZoneSource::Machine, None) };
    let text = value.to_string_lossy();
    // The file of the machine's own zone is not a different zone.
    if text.trim_start_matches(':') == "/etc/localtime" {
        return (machine(), ZoneSource::Machine, None);
    }
    match zone(&text) {
        Some(zone) => (zone, ZoneSource::TzVariable, None),
        None => {
            let text = ctm_types::printable::one_line(&text).into_owned();
            let warning = Warning {
                message: format!(
                    "`TZ` is `{text}`, which is not an IANA time zone: days are in the machine's zone"
                ),
                advice: "set `CTM_TZ` to one such as Europe/Berlin".to_owned(),
            };
            (machine(), ZoneSource::Machine, Some(warning))
        }
    }
}

/// Reads a value of `TZ`: a zone's name, the path of its file, or a rule.
fn zone(text: &str) -> Option<Tz> {
    let text = text.strip_prefix(':').unwrap_or(text);
    // Nothing at all means UTC, to every program.
    if text.is_empty() {
        return Some(Tz::UTC);
    }
    let name = match text.rsplit_once("zoneinfo/") {
        Some((_, name)) if text.starts_with('/') => {
            name.trim_start_matches("posix/").trim_start_matches("right/")
        }
        _ => text,
    };
    let ruled = || RULES.iter().find(|(rule, _)| *rule == text).map(|(_, zone)| *zone);
    name.parse().ok().or_else(ruled).or_else(|| fixed(text))
}

/// Reads a rule without summer time, `JST-9` or `<+0530>-5`: a name, and the whole hours from it to UTC.
fn fixed(text: &str) -> Option<Tz> {
    let hours = match text.strip_prefix('<') {
        Some(rest) => rest.split_once('>')?.1,
        None => text.trim_start_matches(|char: char| char.is_ascii_alphabetic()),
    };
    let name_length = text.len() - hours.len();
    if name_length < 3 || hours.is_empty() {
        return None;
    }
    let hours = hours.strip_suffix(":00:00").or_else(|| hours.strip_suffix(":00")).unwrap_or(hours);
    match hours.parse::<i8>().ok()? {
        0 => Some(Tz::UTC),
        hours => format!("Etc/GMT{hours:+}").parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_zone_is_understood() {
        let check = |text: &str, expected: &str| {
            let zone = zone(text).map(Tz::name);
            assert_eq!(zone, Some(expected).filter(|name| !name.is_empty()), "{text}");
        };
        check("Asia/Tokyo", "Asia/Tokyo");
        check(":Asia/Tokyo", "Asia/Tokyo");
        check("/usr/share/zoneinfo/Asia/Tokyo", "Asia/Tokyo");
        check(":/usr/share/zoneinfo/posix/America/Argentina/Ushuaia", "America/Argentina/Ushuaia");
        check("UTC", "UTC");
        check("UTC0", "UTC");
        check("", "UTC");
        check("GMT0", "GMT0");
        check("Etc/GMT-9", "Etc/GMT-9");
        check("JST-9", "Etc/GMT-9");
        check("<+03>-3", "Etc/GMT-3");
        check("<-03>3", "Etc/GMT+3");
        check("EST5EDT", "EST5EDT");
        check("EST5EDT,M3.2.0,M11.1.0", "America/New_York");
        check("CET-1CEST,M3.5.0,M10.5.0/3", "Europe/Berlin");
        check("XYZ-1XYZT,M3.5.0,M10.5.0/3", "");
        check("Mars/Olympus", "");
        check("ABC99", "");
        check("-9", "");
    }

    #[test]
    fn an_invalid_zone_is_reported() {
        let mut layers = Layers::default();
        assert_eq!(of_machine(&layers).2, None);
        layers.environment.insert("TZ".to_owned(), "Mars/Olympus".into());
        let (_, source, warning) = of_machine(&layers);
        assert_eq!(source, ZoneSource::Machine);
        assert!(warning.unwrap().message.contains("`Mars/Olympus`"));
        layers.environment.insert("TZ".to_owned(), "Asia/Tokyo".into());
        assert_eq!(of_machine(&layers), (Tz::Asia__Tokyo, ZoneSource::TzVariable, None));
    }
}
