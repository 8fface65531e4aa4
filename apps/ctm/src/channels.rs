//! The channels of the config file, as the server sends alerts to them.

use ctm_config::channel::{ChannelLanguage, ChannelNames, ChannelSettings};
use ctm_config::settings::Settings;
use ctm_document::Language;
use ctm_notify::{Channel, ChannelError, Notice, NoticeReport, SendFailure, next_attempt_ms};
use ctm_personal::{Alert, AttemptEnd, DueDelivery, Record};
use ctm_report::wire::{self, ReportNames};
use ctm_server::alert_reports::{ReportForm, SentReport};
use ctm_server::channels::{AlertChannel, Channels};
use ctm_types::EpochMs;
use ctm_types::printable::with_causes;
use std::sync::Arc;

/// A channel that can send.
struct Configured {
    channel: Channel,
    listed: wire::ListedChannel,
}

impl AlertChannel for Configured {
    fn name(&self) -> &str {
        self.channel.name()
    }

    fn listed(&self) -> wire::ListedChannel {
        self.listed.clone()
    }

    fn report_form(&self) -> ReportForm {
        let language = match self.channel.language() {
            ChannelLanguage::English => Language::English,
            ChannelLanguage::Chinese => Language::Chinese,
        };
        let names = match self.channel.names() {
            ChannelNames::Numbered => ReportNames::Numbered,
            ChannelNames::Shown => ReportNames::Shown,
        };
        ReportForm { language, names }
    }

    fn send(&self, due: &DueDelivery, report: Option<SentReport>, now: EpochMs) -> (String, AttemptEnd) {
        match self.channel.send(&notice(&due.alert, report, self.channel.language()), now) {
            Ok(sent) => (sent.text, AttemptEnd::Sent),
            Err(failure) => {
                let end = end(&failure, due.attempts + 1, now, fastrand::f64());
                (failure.text, end)
            }
        }
    }
}

/// Opens the channels of the settings; a demonstration has none.
///
/// # Errors
///
/// Fails when a secret cannot be read, or an address is not allowed.
pub(crate) fn open(settings: &Settings) -> Result<Channels, ChannelError> {
    if settings.demo {
        return Ok(Arc::default());
    }
    let mut channels: Vec<Arc<dyn AlertChannel>> = Vec::new();
    for of in &settings.channels {
        let channel = open_one(of)?;
        channel.warnings().for_each(|warning| tracing::warn!("{warning}"));
        channels.push(Arc::new(Configured { channel, listed: listed(of, None) }));
    }
    Ok(channels.into())
}

/// Lists the channels of the settings, with what keeps one from sending. Their secrets are read, and nothing is connected to.
pub(crate) fn list(settings: &Settings) -> wire::ListedChannels {
    let of = |of| listed(of, open_one(of).err().map(|error| with_causes(&error)));
    wire::ListedChannels { items: settings.channels.iter().map(of).collect() }
}

fn open_one(settings: &ChannelSettings) -> Result<Channel, ChannelError> {
    Channel::open(settings, &|name| std::env::var_os(name))
}

fn listed(settings: &ChannelSettings, problem: Option<String>) -> wire::ListedChannel {
    let language = ChannelLanguage::ALL.into_iter().find(|(_, of)| *of == settings.language);
    wire::ListedChannel {
        name: settings.name.clone(),
        kind: settings.kind(),
        language: language.map_or("", |(tag, _)| tag),
        problem,
    }
}

fn notice(alert: &Record<Alert>, report: Option<SentReport>, language: ChannelLanguage) -> Notice {
    let Alert { rule, watches, texts, is_test, .. } = &alert.content;
    let (text, test) = match language {
        ChannelLanguage::English => (&texts.en, "Test: "),
        ChannelLanguage::Chinese => (&texts.zh, "测试："),
    };
    // A test of a channel, which has no rule, has a title that says so.
    let mark = if *is_test && !rule.is_empty() { test } else { "" };
    let summary = report.as_ref().map(|report| report.summary.clone());
    Notice {
        id: alert.id.clone(),
        at_ms: alert.created_at_ms,
        rule: rule.clone(),
        kind: watches.clone(),
        title: format!("{mark}{}", text.title),
        text: summary.unwrap_or_else(|| text.text.clone()),
        is_test: *is_test,
        report: report.map(|SentReport { markdown, html, .. }| NoticeReport { markdown, html }),
    }
}

/// Returns how a failed attempt ends; `attempts` includes it.
fn end(failure: &SendFailure, attempts: u32, now: EpochMs, random: f64) -> AttemptEnd {
    let wait_ms = i64::try_from(failure.retry_after_ms.unwrap_or(0)).unwrap_or(i64::MAX);
    match next_attempt_ms(attempts, now, random).filter(|_| failure.can_retry) {
        Some(at_ms) => AttemptEnd::Again(at_ms.max(now.saturating_add(wait_ms))),
        None => AttemptEnd::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_tried_again_as_long_as_that_may_help() {
        let failure =
            |can_retry, retry_after_ms| SendFailure { text: String::new(), can_retry, retry_after_ms };
        let end = |failure: &SendFailure, attempts| end(failure, attempts, EpochMs(0), 0.5);
        assert_eq!(end(&failure(true, None), 1), AttemptEnd::Again(EpochMs(60_000)));
        assert_eq!(end(&failure(true, Some(90_000)), 1), AttemptEnd::Again(EpochMs(90_000)));
        assert_eq!(end(&failure(true, Some(1)), 3), AttemptEnd::Again(EpochMs(240_000)));
        assert_eq!(end(&failure(true, Some(1)), 99), AttemptEnd::Failed);
        assert_eq!(end(&failure(false, Some(1)), 1), AttemptEnd::Failed);
    }
}
