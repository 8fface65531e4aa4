//! Channels that alerts are sent to, as the config file has them.

use crate::secret::SecretSource;
use std::fmt;

/// A channel of the config file (`[[channel]]`).
#[derive(Clone, PartialEq, Eq)]
pub struct ChannelSettings {
    /// The name, which no other channel has.
    pub name: String,
    /// Language of what is sent.
    pub language: ChannelLanguage,
    /// What projects are called in written reports.
    pub names: ChannelNames,
    /// Where alerts are sent to.
    pub target: ChannelTarget,
}

impl ChannelSettings {
    /// Returns the kind by its name in the config file.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.target {
            ChannelTarget::Exec { .. } => "exec",
            ChannelTarget::Http(target) => target.kind.name(),
            ChannelTarget::Smtp(_) => "smtp",
        }
    }
}

/// Arguments of a command and addresses are as confidential as secrets.
impl fmt::Debug for ChannelSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelSettings").field("name", &self.name).field("kind", &self.kind()).finish()
    }
}

/// The language of what a channel is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ChannelLanguage {
    /// English.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

impl ChannelLanguage {
    /// The languages by their tags of BCP 47.
    pub const ALL: [(&str, Self); 2] = [("en", Self::English), ("zh", Self::Chinese)];
}

/// What projects are called in the written reports that a channel is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ChannelNames {
    /// Letters, without ids and titles of sessions.
    #[default]
    Numbered,
    /// Their names.
    Shown,
}

impl ChannelNames {
    /// Both by their names in the config file.
    pub const ALL: [(&str, Self); 2] = [("numbered", Self::Numbered), ("shown", Self::Shown)];
}

/// Where alerts are sent to.
#[derive(Clone, PartialEq, Eq)]
pub enum ChannelTarget {
    /// A command of this machine, with its arguments.
    Exec {
        /// The program and its arguments; at least the program.
        command: Vec<String>,
    },
    /// A service that receives requests.
    Http(HttpTarget),
    /// A mail server.
    Smtp(SmtpTarget),
}

/// A service that receives requests.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpTarget {
    /// The service.
    pub kind: HttpKind,
    /// The address; `None` for that of the service itself.
    pub url: Option<SecretSource>,
    /// What identifies the sender.
    pub token: Option<SecretSource>,
    /// What requests are signed with.
    pub secret: Option<SecretSource>,
    /// The chat of Telegram.
    pub chat: Option<String>,
    /// Whether the address may be one of a private network or this machine.
    pub allow_private: bool,
    /// Whether the address may be without encryption.
    pub allow_http: bool,
}

/// A mail server.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpTarget {
    /// The host.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Encryption.
    pub tls: SmtpTls,
    /// The user and the password.
    pub login: Option<(String, SecretSource)>,
    /// The sender.
    pub from: String,
    /// The recipients; at least one.
    pub to: Vec<String>,
    /// Whether the host may be in a private network or this machine.
    pub allow_private: bool,
}

/// How a connection to a mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// From its first byte on.
    Tls,
    /// After `STARTTLS`, without which nothing is sent.
    StartTls,
    /// Not at all, to a server on this machine.
    None,
}

impl SmtpTls {
    /// The forms by their names in the config file, each with its usual port.
    pub const ALL: [(&str, Self, u16); 3] =
        [("tls", Self::Tls, 465), ("starttls", Self::StartTls, 587), ("none", Self::None, 25)];
}

/// A service that receives requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpKind {
    /// Any program that receives JSON.
    Webhook,
    /// An incoming webhook of Slack.
    Slack,
    /// A webhook of Discord.
    Discord,
    /// A topic of ntfy.
    Ntfy,
    /// An application of Gotify.
    Gotify,
    /// A workflow of Microsoft Teams.
    Teams,
    /// A bot of Telegram.
    Telegram,
    /// A bot of Feishu or Lark.
    Feishu,
    /// A bot of `DingTalk`.
    DingTalk,
    /// A bot of `WeCom`.
    WeCom,
    /// An integration of `PagerDuty`.
    PagerDuty,
}

/// Whether a kind of channel has a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It has none.
    None,
    /// It may be missing.
    Optional,
    /// It must be there.
    Required,
}

impl HttpKind {
    /// All kinds by their names in the config file.
    pub const ALL: [(&str, Self); 11] = [
        ("webhook", Self::Webhook),
        ("slack", Self::Slack),
        ("discord", Self::Discord),
        ("ntfy", Self::Ntfy),
        ("gotify", Self::Gotify),
        ("teams", Self::Teams),
        ("telegram", Self::Telegram),
        ("feishu", Self::Feishu),
        ("dingtalk", Self::DingTalk),
        ("wecom", Self::WeCom),
        ("pagerduty", Self::PagerDuty),
    ];

    /// Returns its name in the config file.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }

    /// Returns whether it has an address: services with a fixed one need none.
    #[must_use]
    pub fn url(self) -> Need {
        match self {
            Self::Telegram | Self::PagerDuty => Need::Optional,
            _ => Need::Required,
        }
    }

    /// Returns whether it has a token.
    #[must_use]
    pub fn token(self) -> Need {
        match self {
            Self::Gotify | Self::Telegram | Self::PagerDuty => Need::Required,
            Self::Webhook | Self::Ntfy => Need::Optional,
            _ => Need::None,
        }
    }

    /// Returns whether its requests are signed.
    #[must_use]
    pub fn secret(self) -> Need {
        match self {
            Self::Webhook | Self::Feishu | Self::DingTalk => Need::Optional,
            _ => Need::None,
        }
    }
}
