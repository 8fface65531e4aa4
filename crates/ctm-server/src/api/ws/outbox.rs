//! Outgoing messages, and the close of a connection.
//!
//! A message is sent when the system has taken the previous one, so for a client that does not read, the
//! server holds one message, and the system as much as its buffer. If that takes longer than the timeout, the
//! client gets a close frame, which need not wait; if it does not read that either, the connection is closed
//! by force. Otherwise the connection would stay open for as long as the client wants, because the server
//! writes to it until everything is written.

use super::end::End;
use crate::line::ClientConnection;
use actix_ws::{Closed, Session};
use bytestring::ByteString;
use futures_util::Sink;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Maximum time for a client to take a message.
const PATIENCE: Duration = Duration::from_secs(5);

/// Time for a message to be written to a client that reads.
const WRITE_TIME: Duration = Duration::from_millis(20);

/// The output to a client.
pub(super) struct Outbox {
    session: Session,
    /// A reserved queue slot for the last message.
    last: Session,
    line: Option<Rc<ClientConnection>>,
    patience: Duration,
}

impl Outbox {
    /// Creates the output. For a heartbeat shorter than [`PATIENCE`], the timeout is shorter, too.
    pub(super) async fn open(
        session: Session,
        line: Option<Rc<ClientConnection>>,
        heartbeat: Duration,
    ) -> Result<Self, End> {
        let mut last = session.clone();
        poll_fn(|context| Pin::new(&mut last).poll_ready(context)).await?;
        Ok(Self { session, last, line, patience: PATIENCE.min(heartbeat) })
    }

    /// Waits until the client has taken the previous message.
    pub(super) async fn ready(&self) -> Result<(), End> {
        timeout(self.patience, self.all_sent()).await.map_err(|_| End::too_slow())
    }

    /// Waits until the last message is written, or the client is found not to read.
    pub(super) async fn written(&self) {
        // A slow client is dealt with before its next message.
        let _ = timeout(WRITE_TIME, self.all_sent()).await;
    }

    async fn all_sent(&self) {
        if let Some(line) = &self.line {
            line.all_sent().await;
        }
    }

    /// Sends a text.
    pub(super) async fn text(&mut self, text: ByteString) -> Result<(), End> {
        self.in_time(async |session| session.text(text).await).await
    }

    /// Sends a ping of the protocol below.
    pub(super) async fn ping(&mut self, bytes: &[u8]) -> Result<(), End> {
        self.in_time(async |session| session.ping(bytes).await).await
    }

    /// Replies to a ping of the protocol below.
    pub(super) async fn pong(&mut self, bytes: &[u8]) -> Result<(), End> {
        self.in_time(async |session| session.pong(bytes).await).await
    }

    /// Sends the reason of the close, and ensures that the connection ends. A client that appears to be gone
    /// may only have stopped sending.
    pub(super) async fn end(self, end: End) {
        let Self { session, last, line, patience } = self;
        drop(session);
        match end {
            End::Close(reason) => {
                // It makes no difference whether the message still arrives.
                let _ = last.close(Some(reason)).await;
            }
            End::Gone => drop(last),
        }
        sleep(patience).await;
        if let Some(line) = line {
            line.cut();
        }
    }

    async fn in_time(
        &mut self,
        send: impl AsyncFnOnce(&mut Session) -> Result<(), Closed>,
    ) -> Result<(), End> {
        self.ready().await?;
        let sending = async {
            if let Some(line) = &self.line {
                line.will_write();
            }
            send(&mut self.session).await
        };
        timeout(self.patience, sending).await.map_err(|_| End::too_slow())??;
        Ok(())
    }
}
