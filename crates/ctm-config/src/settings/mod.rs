//! Settings: flag, then environment, then the env file, then the config file, then the default.
//!
//! # Design
//!
//! Every setting is a row of [`SETTINGS`]: names, flag, form, default as a text, description. Its value is a field of
//! [`Settings`], which one line of [`Settings::new`] parses and shows. All layers deliver texts, and so does the default;
//! the first layer that has one wins. So each setting is defined and checked once, every error names the setting, the
//! value, its source and the allowed values. Flags, documentation and the list of effective settings are derived
//! from the row.
//!
//! Settings files belong to the user: those in the config folder, and those given explicitly. The working
//! directory is not searched, because commands also run in directories with files of unknown origin.

mod budgets;
mod channels;
mod checks;
mod choices;
mod collector;
mod config_file;
mod env_file;
mod folders;
mod homes;
mod layers;
mod lists;
mod managed;
mod plans;
mod reading;
pub mod rules;
mod secrets;
mod setting;
mod statusline;
mod table;
mod team;
mod text_file;
mod ticket;
mod token;
mod unread;
mod values;
mod zone;

pub use choices::{Auth, LogFormat, ProjectEdits, SqlAccess, WatchMode};
pub use layers::{Layers, Source, Warning};
pub use managed::ManagedSettings;
pub use reading::SettingInForce;
pub use rules::RulesFile;
pub use setting::{Container, DefaultValue, Flag, Setting, ValueKind};
pub use statusline::{DEFAULT_STATUSLINE, STATUSLINE_FIGURES, StatuslineFormat};
pub use table::SETTINGS;
pub use text_file::{MOST_BYTES as MOST_FILE_BYTES, read_text};
pub use ticket::TicketPattern;
pub use token::AuthToken;
pub use values::Settings;
pub use zone::ZoneSource;
