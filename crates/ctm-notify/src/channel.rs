//! A channel with its secrets, which sends notices.

use crate::address::PrivateAddresses;
use crate::exec;
use crate::http::{HttpSender, checked};
use crate::mail::Mailer;
use crate::notice::{Notice, SendFailure, Sent};
use crate::redaction::Redaction;
use crate::templates::{Service, request};
use ctm_config::channel::{
    ChannelLanguage, ChannelNames, ChannelSettings, ChannelTarget, HttpKind, HttpTarget, SmtpTarget,
};
use ctm_config::secret::{Secret, SecretError, SecretSource};
use ctm_types::EpochMs;
use ctm_types::printable;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

/// The address of Telegram.
const TELEGRAM: &str = "https://api.telegram.org";

/// The address of `PagerDuty`.
const PAGERDUTY: &str = "https://events.pagerduty.com/v2/enqueue";

/// Returns the value of a variable of the environment.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// A channel that can send.
pub struct Channel {
    name: String,
    kind: &'static str,
    language: ChannelLanguage,
    names: ChannelNames,
    target: OpenTarget,
    redaction: Redaction,
    open_files: Vec<PathBuf>,
}

enum OpenTarget {
    Exec(Vec<String>),
    Http(Service, HttpSender),
    Smtp(Mailer),
}

/// A channel that cannot send as it is configured. No text has a secret.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// A secret that cannot be read.
    #[error("channel `{name}`")]
    Secret {
        /// The channel.
        name: String,
        /// The key and the place.
        source: SecretError,
    },
    /// A value that is not allowed.
    #[error("channel `{name}`: {fault}")]
    Value {
        /// The channel.
        name: String,
        /// The key, and what is allowed.
        fault: String,
    },
}

impl Channel {
    /// Reads the secrets of a channel and checks its values; nothing is connected to.
    ///
    /// # Errors
    ///
    /// Fails when a secret cannot be read, or an address is not allowed.
    pub fn open(settings: &ChannelSettings, variables: Variables<'_>) -> Result<Self, ChannelError> {
        let mut secrets = Secrets { name: &settings.name, variables, open_files: Vec::new() };
        let (target, redaction) = match &settings.target {
            ChannelTarget::Exec { command } => (OpenTarget::Exec(command.clone()), Redaction::of([], None)),
            ChannelTarget::Http(target) => http(target, settings.language, &mut secrets)?,
            ChannelTarget::Smtp(target) => smtp(target, &mut secrets)?,
        };
        Ok(Self {
            name: settings.name.clone(),
            kind: settings.kind(),
            language: settings.language,
            names: settings.names,
            target,
            redaction,
            open_files: secrets.open_files,
        })
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the kind by its name in the config file.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// Returns the language of what it is sent.
    #[must_use]
    pub fn language(&self) -> ChannelLanguage {
        self.language
    }

    /// Returns what projects are called in written reports.
    #[must_use]
    pub fn names(&self) -> ChannelNames {
        self.names
    }

    /// Returns warnings: files with secrets that other users of this machine may read, and the remedy.
    pub fn warnings(&self) -> impl Iterator<Item = String> {
        self.open_files.iter().map(|path| {
            let path = printable::path(path);
            format!(
                "others on this machine may read the secrets of channel `{}` in `{path}`; chmod 600 '{path}'",
                self.name
            )
        })
    }

    /// Sends a notice and waits for the end, a minute at most.
    ///
    /// # Errors
    ///
    /// Fails when it is not known that the notice was received.
    pub fn send(&self, notice: &Notice, now_ms: EpochMs) -> Result<Sent, SendFailure> {
        let (subject, sent) = match &self.target {
            OpenTarget::Exec(command) => ("the command", exec::send(command, notice, exec::TIMEOUT)),
            OpenTarget::Http(service, sender) => {
                (self.kind, sender.send(service.kind, &request(service, notice, now_ms), now_ms))
            }
            OpenTarget::Smtp(mailer) => ("the mail server", mailer.send(notice)),
        };
        let shown = |text: &str| self.redaction.shown(&format!("{subject} {text}"));
        match sent {
            Ok(sent) => Ok(Sent { text: shown(&sent.text) }),
            Err(failure) => Err(SendFailure { text: shown(&failure.text), ..failure }),
        }
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel").field("name", &self.name).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// Reads the secrets of one channel.
struct Secrets<'a> {
    name: &'a str,
    variables: Variables<'a>,
    open_files: Vec<PathBuf>,
}

impl Secrets<'_> {
    fn read(&mut self, source: Option<&SecretSource>) -> Result<Option<Secret>, ChannelError> {
        let Some(source) = source else { return Ok(None) };
        if let Some(path) =
            source.open_to_others().filter(|path| !self.open_files.iter().any(|known| known == path))
        {
            self.open_files.push(path.to_owned());
        }
        let secret = source.read(self.variables);
        secret.map(Some).map_err(|source| ChannelError::Secret { name: self.name.to_owned(), source })
    }

    fn fault(&self, fault: impl Into<String>) -> ChannelError {
        ChannelError::Value { name: self.name.to_owned(), fault: fault.into() }
    }
}

fn http(
    target: &HttpTarget,
    language: ChannelLanguage,
    secrets: &mut Secrets<'_>,
) -> Result<(OpenTarget, Redaction), ChannelError> {
    let kind = target.kind;
    let url = secrets.read(target.url.as_ref())?;
    let usual = if kind == HttpKind::Telegram { TELEGRAM } else { PAGERDUTY };
    let given = url.as_ref().map_or(usual, Secret::expose);
    let url =
        checked(kind, given, target.allow_http).map_err(|fault| secrets.fault(format!("`url` {fault}")))?;
    let token = secrets.read(target.token.as_ref())?;
    let secret = secrets.read(target.secret.as_ref())?;
    let redaction = Redaction::of(token.iter().chain(&secret), target.url.is_some().then_some(&*url));
    let chat = target.chat.clone().unwrap_or_default();
    let service = Service { kind, url, token, secret, chat, language };
    Ok((
        OpenTarget::Http(service, HttpSender::of_system(PrivateAddresses::of_channel(target.allow_private))),
        redaction,
    ))
}

fn smtp(target: &SmtpTarget, secrets: &mut Secrets<'_>) -> Result<(OpenTarget, Redaction), ChannelError> {
    let password = secrets.read(target.login.as_ref().map(|(_, password)| password))?;
    let mailer = Mailer::new(target, password.as_ref()).map_err(|fault| secrets.fault(fault))?;
    Ok((OpenTarget::Smtp(mailer), Redaction::of(&password, None)))
}
