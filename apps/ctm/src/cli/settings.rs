//! Flags of settings, built from the table of settings.
//!
//! # Design
//!
//! A row lists the commands with the flag. A flag accepts any text: the parsers of the settings refuse
//! invalid values, so that all of them are reported together, whatever their layer. Allowed keywords are
//! still listed in `--help` and completed by shells.

use super::context::Flags;
use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, ArgMatches, Command, ValueHint};
use ctm_config::settings::{DefaultValue, Flag, SETTINGS, Setting, ValueKind};
use std::ffi::OsStr;

/// Heading of the flags that every command has.
const HEADING: &str = "Settings";

/// Adds the flags of all settings to the command line.
pub(super) fn with_flags(command: Command) -> Command {
    let global = SETTINGS.iter().filter_map(|setting| match setting.flag {
        Flag::Global(value) => Some(argument(setting, value).global(true).help_heading(HEADING)),
        Flag::None | Flag::Of(..) => None,
    });
    // One pass: each moves all subcommands, which every start of the program waits for.
    command.args(global).mut_subcommands(|subcommand| {
        let name = subcommand.get_name().to_owned();
        subcommand.args(SETTINGS.iter().filter_map(|setting| match setting.flag {
            Flag::Of(names, value) if names.contains(&&*name) => Some(argument(setting, value)),
            _ => None,
        }))
    })
}

/// Returns the settings that were given as flags, by name.
pub(super) fn given(matches: &ArgMatches) -> Flags {
    let of = |matches: &ArgMatches, setting: &Setting| {
        let value = matches.try_get_one::<String>(setting.name).ok().flatten();
        value.map(|value| (setting.name, value.clone()))
    };
    let subcommand = matches.subcommand().map(|(_, matches)| matches);
    let levels = [Some(matches), subcommand];
    levels
        .into_iter()
        .flatten()
        .flat_map(|level| SETTINGS.iter().filter_map(move |setting| of(level, setting)))
        .collect()
}

/// Returns the flag of a setting.
fn argument(setting: &'static Setting, value: &'static str) -> Arg {
    let is_path = setting.kind == ValueKind::Path;
    let argument = Arg::new(setting.name)
        .long(setting.name.replace('_', "-"))
        .value_name(value)
        .value_hint(if is_path { ValueHint::FilePath } else { ValueHint::Other })
        .value_parser(AnyText(setting.kind.words()))
        .help(help(setting));
    match setting.kind {
        // The flag alone is `true`.
        ValueKind::Switch => argument.num_args(0..=1).require_equals(true).default_missing_value("true"),
        _ => argument,
    }
}

/// Returns the line of `--help`. Possible values are added by the parser of the command line.
fn help(setting: &Setting) -> String {
    let summary = setting.summary();
    match setting.default {
        DefaultValue::Value("") | DefaultValue::Derived("none") => summary,
        default => format!("{summary} [default: {}]", default.shown()),
    }
}

/// Takes any text, and lists the words that are allowed.
#[derive(Clone)]
struct AnyText(&'static [&'static str]);

impl TypedValueParser for AnyText {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<Self::Value, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let words = self.0.iter().map(|word| PossibleValue::new(*word));
        (!self.0.is_empty()).then(|| Box::new(words) as Box<dyn Iterator<Item = PossibleValue>>)
    }
}

#[cfg(test)]
mod tests {
    use super::super::args::{command, parse};
    use super::*;

    #[test]
    fn a_flag_is_of_the_commands_that_its_row_names() {
        for setting in &SETTINGS {
            let command = command();
            let has =
                |command: &Command| command.get_arguments().any(|argument| argument.get_id() == setting.name);
            let with: Vec<_> =
                command.get_subcommands().filter(|command| has(command)).map(Command::get_name).collect();
            let (everywhere, expected): (bool, &[&str]) = match setting.flag {
                Flag::None => (false, &[]),
                Flag::Global(_) => (true, &[]),
                Flag::Of(names, _) => (false, names),
            };
            assert_eq!((has(&command), with.as_slice()), (everywhere, expected), "{}", setting.name);
        }
    }

    #[test]
    fn flags_are_taken_before_and_after_the_command_and_with_any_value() {
        let check = |line: &str, expected: &[(&'static str, &str)]| {
            let (_, flags) = parse(line.split(' ').map(str::to_owned).collect::<Vec<_>>()).unwrap();
            let flags: Vec<_> = flags.iter().map(|(name, value)| (*name, value.as_str())).collect();
            assert_eq!(flags, expected, "{line}");
        };
        check("ctm", &[]);
        check("ctm --tz UTC serve --port many", &[("port", "many"), ("tz", "UTC")]);
        check("ctm serve --watch=magic --log-format x", &[("log_format", "x"), ("watch", "magic")]);
        check("ctm serve --team --demo", &[("team", "true")]);
        check("ctm serve --team=false", &[("team", "false")]);
        check("ctm healthcheck --host ::1", &[("host", "::1")]);
        check("ctm db status --database a.db", &[("database", "a.db")]);
    }

    #[test]
    fn allowed_words_are_possible_values() {
        let command = command();
        let serve = command.find_subcommand("serve").unwrap();
        let watch = serve.get_arguments().find(|argument| argument.get_id() == "watch").unwrap();
        let words: Vec<_> =
            watch.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
        assert_eq!(words, ["notify", "poll"]);
    }
}
