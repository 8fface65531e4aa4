//! `ctm alert channels`.

use super::super::context::Flags;
use super::super::output::{CommandOutput, JsonArgs};
use super::super::table::{Row, Value};
use crate::channels;
use crate::error::AppError;
use ctm_config::settings::{Layers, Settings};
use ctm_report::wire::ListedChannel;

/// Lists the channels.
pub(super) fn run(flags: Flags, form: JsonArgs) -> Result<(), AppError> {
    let listed = channels::list(&Settings::new(&Layers::of_process(flags))?);
    if form.json {
        return CommandOutput::json(&listed)?.print();
    }
    if listed.items.is_empty() {
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
    super::table(&["Channel", "Kind", "Language", "Problem"], listed.items.iter().map(row).collect()).print()
}
