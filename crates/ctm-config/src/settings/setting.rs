//! A setting: its names, default, allowed values and description.
//!
//! All descriptions of a setting are derived from its row: `--help`, the table of `docs/configuration.md`, the
//! variables of the container, the list of effective settings and the text of an error.

/// The value of an address that there is none of.
pub(super) const OFF: &str = "off";

/// A setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Name in the config file; the flag is the same with `-` for `_`.
    pub name: &'static str,
    /// Name in the environment and in an env file.
    pub env: &'static str,
    /// Flag on the command line.
    pub flag: Flag,
    /// Form of the value.
    pub kind: ValueKind,
    /// Value where no layer has one.
    pub default: DefaultValue,
    /// Description in one line, noun first, without the default and the content of `kind`.
    pub help: &'static str,
    /// Rules and examples that do not fit into the line; may be empty.
    pub details: &'static str,
    /// The setting in the container.
    pub container: Container,
}

/// Commands that have the flag of a setting, and the name of its value in `--help`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// None: a secret, which other users could see there, or a setting of all commands.
    None,
    /// Every command.
    Global(&'static str),
    /// Some commands.
    Of(&'static [&'static str], &'static str),
}

/// Form of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// Text.
    Text,
    /// A file or folder.
    Path,
    /// A comma-separated list, in the config file also an array.
    List,
    /// `true` or `false`, in the config file also without quotes.
    Switch,
    /// One of several keywords.
    Choice(&'static [&'static str]),
    /// A number within bounds.
    Number {
        /// The smallest.
        least: u64,
        /// The largest.
        most: u64,
    },
    /// A number of 1 or more, or 0 with a meaning of its own.
    NumberOrZero {
        /// The largest.
        most: u64,
        /// Meaning of 0.
        zero: &'static str,
    },
}

/// Value of a setting that no layer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultValue {
    /// A text, parsed as any other; an empty one is an empty list.
    Value(&'static str),
    /// Derived from something else, which the text describes.
    Derived(&'static str),
}

/// A setting in the container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// The layout of the container decides.
    Fixed,
    /// Compose passes the variable.
    Passed {
        /// Default, where it is another one than outside.
        default: Option<&'static str>,
        /// Note for `docker/.env.example`; may be empty.
        note: &'static str,
    },
}

impl ValueKind {
    /// Returns the suggested keywords: all allowed ones, or none if there are too many.
    #[must_use]
    pub const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Switch => &["true", "false"],
            Self::Choice(words) => words,
            Self::Text | Self::Path | Self::List | Self::Number { .. } | Self::NumberOrZero { .. } => &[],
        }
    }

    /// Returns the human-readable bounds of a number.
    fn bounds(self) -> Option<String> {
        match self {
            Self::Number { least, most } => Some(format!("{least}–{most}")),
            Self::NumberOrZero { most, zero } => Some(format!("1–{most}; 0: {zero}")),
            Self::Text | Self::Path | Self::List | Self::Switch | Self::Choice(_) => None,
        }
    }

    /// Parses a number that is within the bounds.
    pub(super) fn number(self, text: &str) -> Option<u64> {
        let (least, most) = match self {
            Self::Number { least, most } => (least, most),
            Self::NumberOrZero { most, .. } => (0, most),
            Self::Text | Self::Path | Self::List | Self::Switch | Self::Choice(_) => return None,
        };
        text.parse().ok().filter(|number| (least..=most).contains(number))
    }
}

impl DefaultValue {
    /// Returns the human-readable default.
    #[must_use]
    pub const fn shown(self) -> &'static str {
        match self {
            Self::Value(text) if text.is_empty() => "none",
            Self::Value(text) | Self::Derived(text) => text,
        }
    }
}

impl Setting {
    /// Returns the flag with its dashes, whether the command line has it or not.
    #[must_use]
    pub fn flag_name(&self) -> String {
        format!("--{}", self.name.replace('_', "-"))
    }

    /// Returns the description in one line, for `--help`.
    #[must_use]
    pub fn summary(&self) -> String {
        match self.kind.bounds() {
            Some(bounds) => format!("{} ({bounds})", self.help),
            None => self.help.to_owned(),
        }
    }

    /// Returns the whole description.
    #[must_use]
    pub fn description(&self) -> String {
        let summary = self.summary();
        if self.details.is_empty() { summary } else { format!("{summary}; {}", self.details) }
    }

    /// Returns the allowed values, for an error.
    pub(super) fn allowed(&self) -> String {
        match (self.kind.words(), self.kind.bounds()) {
            ([], None) => self.description(),
            ([], Some(bounds)) => bounds,
            (words, _) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        }
    }

    /// Returns the default in the container; nothing where the container decides.
    #[must_use]
    pub const fn container_default(&self) -> Option<&'static str> {
        match (self.container, self.default) {
            (Container::Fixed, _) => None,
            (Container::Passed { default: Some(text), .. }, _)
            | (Container::Passed { default: None, .. }, DefaultValue::Value(text)) => Some(text),
            (Container::Passed { default: None, .. }, DefaultValue::Derived(_)) => Some(""),
        }
    }
}
