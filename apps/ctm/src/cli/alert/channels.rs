//! `ctm alert channels`.

use super::super::context::Flags;
use super::super::output::{CommandOutput, JsonArgs};
use super::super::table::{Row, Value};
use crate::error::AppError;
use ctm_config::channel::{ChannelLanguage, ChannelSettings};
use ctm_config::settings::{Layers, Settings};
use ctm_notify::Channel;
use ctm_types::printable::with_causes;
use serde::Serialize;

/// A channel without what is secret.
#[derive(Serialize)]
struct ListedChannel {
    name: String,
    kind: &'static str,
    language: &'static str,
    /// What keeps it from sending.
    problem: Option<String>,
}

#[derive(Serialize)]
struct ListedChannels {
    items: Vec<ListedChannel>,
}

/// Lists the channels. Their secrets are read, and nothing is connected to.
pub(super) fn run(flags: Flags, form: JsonArgs) -> Result<(), AppError> {
    let settings = Settings::new(&Layers::of_process(flags))?;
    let items: Vec<_> = settings.channels.iter().map(listed).collect();
    if form.json {
        return CommandOutput::json(&ListedChannels { items })?.print();
    }
    if items.is_empty() {
        return CommandOutput::Page("No channels. The config file has them as `[[channel]]`.".to_owned())
            .print();
    }
    let row = |channel: &ListedChannel| {
        let problem = channel.problem.as_deref().unwrap_or("-");
        Row::new(
            [channel.name.as_str(), channel.kind, channel.language, problem]
                .iter()
                .map(|cell| Value::name(cell))
                .collect(),
        )
    };
    super::table(&["Channel", "Kind", "Language", "Problem"], items.iter().map(row).collect()).print()
}

fn listed(settings: &ChannelSettings) -> ListedChannel {
    let opened = Channel::open(settings, &|name| std::env::var_os(name));
    let language = ChannelLanguage::ALL.into_iter().find(|(_, of)| *of == settings.language);
    ListedChannel {
        name: settings.name.clone(),
        kind: settings.kind(),
        language: language.map_or("", |(tag, _)| tag),
        problem: opened.err().map(|error| with_causes(&error)),
    }
}
