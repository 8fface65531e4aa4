//! Mail, by SMTP.

use crate::address::PrivateAddresses;
use crate::notice::{Notice, NoticeReport, SendFailure, Sent};
use crate::resolver::{Addresses, Unreachable};
use ctm_config::channel::{SmtpTarget, SmtpTls};
use ctm_config::secret::Secret;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::{Error, SmtpTransport};
use lettre::{Message, Transport};
use std::net::{IpAddr, SocketAddr};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

/// The longest wait for an answer of the server.
const TIMEOUT: Duration = Duration::from_secs(15);

/// The longest that a mail takes in all.
const TOTAL: Duration = Duration::from_secs(60);

/// A mail server with its secrets.
pub(crate) struct Mailer {
    host: String,
    port: u16,
    tls: SmtpTls,
    credentials: Option<Credentials>,
    from: Mailbox,
    to: Vec<Mailbox>,
    addresses: Addresses,
}

impl Mailer {
    /// Returns the server of a channel; the password is that of its login. No error has any of the texts.
    pub(crate) fn new(target: &SmtpTarget, password: Option<&Secret>) -> Result<Self, String> {
        let mailbox = |key: &str, text: &str| {
            text.parse::<Mailbox>().map_err(|_| {
                format!("`{key}` has no mail address; allowed: `a@b.example` or `Name <a@b.example>`")
            })
        };
        let is_host = |char: char| char.is_ascii_alphanumeric() || ['.', '-', ':'].contains(&char);
        if !target.host.chars().all(is_host) {
            return Err("`host` is no name and no address of a host".to_owned());
        }
        let login = target.login.as_ref().map(|(user, _)| user.clone()).zip(password);
        Ok(Self {
            host: target.host.clone(),
            port: target.port,
            tls: target.tls,
            credentials: login.map(|(user, password)| Credentials::new(user, password.expose().to_owned())),
            from: mailbox("from", &target.from)?,
            to: target.to.iter().map(|to| mailbox("to", to)).collect::<Result<_, _>>()?,
            addresses: Addresses::of_system(PrivateAddresses::of_channel(target.allow_private)),
        })
    }

    /// Sends a notice. Texts of the result may have secrets.
    pub(crate) fn send(&self, notice: &Notice) -> Result<Sent, SendFailure> {
        let message = self.message(&notice.cleaned())?;
        let (envelope, bytes) = (message.envelope().clone(), message.formatted());
        let mut transports = Vec::new();
        for address in self.resolved()? {
            transports.push(self.transport(address)?);
        }
        let (sender, receiver) = sync_channel(1);
        // A server that answers byte by byte is within every limit of the library; the thread is left behind.
        thread::spawn(move || {
            let sent = in_turn(&transports, |transport| transport.send_raw(&envelope, &bytes));
            sender.send(sent).ok();
        });
        let sent =
            receiver.recv_timeout(TOTAL).map_err(|_| SendFailure::for_now("does not answer in time"))?;
        let response = sent.map_err(|error| unsent(&error))?;
        Ok(Sent { text: format!("answers {}", response.code()) })
    }

    fn resolved(&self) -> Result<Vec<SocketAddr>, SendFailure> {
        let host = match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        };
        let addresses = self.addresses.of(&host).map_err(|error| match error {
            Unreachable::Refused(..) => SendFailure::for_good(format!("is not connected to: {error}")),
            Unreachable::Unknown => SendFailure::for_now(format!("cannot be reached: {error}")),
        })?;
        if self.tls == SmtpTls::None && !addresses.iter().all(|address| is_of_this_machine(address.ip())) {
            return Err(SendFailure::for_good(
                "is not connected to: without encryption only a server on this machine is; use `tls` or `starttls`",
            ));
        }
        Ok(addresses)
    }

    /// The server is named by the address that was checked, and its certificate by the host.
    fn transport(&self, address: SocketAddr) -> Result<SmtpTransport, SendFailure> {
        let parameters = || {
            let parameters = TlsParameters::builder(self.host.clone()).build_rustls();
            parameters.map_err(|error| SendFailure::for_now(format!("is not connected to: {error}")))
        };
        let tls = match self.tls {
            SmtpTls::Tls => Tls::Wrapper(parameters()?),
            SmtpTls::StartTls => Tls::Required(parameters()?),
            SmtpTls::None => Tls::None,
        };
        let builder = SmtpTransport::builder_dangerous(address.ip().to_string())
            .port(self.port)
            .tls(tls)
            .timeout(Some(TIMEOUT));
        Ok(match &self.credentials {
            Some(credentials) => builder.credentials(credentials.clone()).build(),
            None => builder.build(),
        })
    }

    fn message(&self, notice: &Notice) -> Result<Message, SendFailure> {
        let at = UNIX_EPOCH + Duration::from_millis(u64::try_from(notice.at_ms.0).unwrap_or_default());
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let mut builder = Message::builder()
            .from(self.from.clone())
            .date(at)
            // The same for each attempt, so that servers and programs of mail recognize repetitions.
            .message_id(Some(format!("<{}@ctm.invalid>", notice.id)))
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .subject(&notice.title);
        for to in &self.to {
            builder = builder.to(to.clone());
        }
        let message = match &notice.report {
            None => builder.header(ContentType::TEXT_PLAIN).body(notice.text.clone()),
            Some(NoticeReport { markdown, html }) => {
                builder.multipart(MultiPart::alternative_plain_html(markdown.clone(), html.clone()))
            }
        };
        message.map_err(|error| SendFailure::for_good(error.to_string()))
    }
}

fn is_of_this_machine(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// Sends by the first transport whose server can be connected to.
fn in_turn<T>(
    transports: &[SmtpTransport],
    send: impl Fn(&SmtpTransport) -> Result<T, Error>,
) -> Result<T, Error> {
    let (last, others) = transports.split_last().expect("a host has an address");
    for transport in others {
        match send(transport) {
            Err(error) if is_of_connection(&error) => {}
            done => return done,
        }
    }
    send(last)
}

/// Returns whether no server answered.
fn is_of_connection(error: &Error) -> bool {
    error.status().is_none() && !error.is_response() && !error.is_client() && !error.is_tls()
}

fn unsent(error: &Error) -> SendFailure {
    let text = match error.status() {
        Some(code) => format!("answers {code}: {error}"),
        None => format!("cannot be used: {error}"),
    };
    // Without encryption, or without the method of login, a later attempt is the same.
    if error.is_permanent() || error.is_client() {
        SendFailure::for_good(text)
    } else {
        SendFailure::for_now(text)
    }
}
