//! Outgoing messages, and the close of a connection.
//!
//! A message is sent when the one before was taken by the system, so that the server keeps one for a
//! client that does not read, and the system as much as its buffer holds. When that takes longer than the
//! client is given, it is asked to leave. That message needs not wait; and if it is not read either, the
//! connection is closed by force. Without that it would stay for as long as the client wants: the
//! server writes to it until everything is written.

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

/// The longest time that a client is given to take a message.
const PATIENCE: Duration = Duration::from_secs(5);

/// The way to a client.
pub(super) struct Outbox {
    session: Session,
    /// Holds a place in the queue for the last message.
    last: Session,
    line: Option<Rc<ClientConnection>>,
    patience: Duration,
}

impl Outbox {
    /// Opens the way, on which nothing was sent yet. A client that is to give a sign more often
    /// than every [`PATIENCE`] is given less.
    pub(super) async fn open(
        session: Session,
        line: Option<Rc<ClientConnection>>,
        heartbeat: Duration,
    ) -> Result<Self, End> {
        let mut last = session.clone();
        poll_fn(|context| Pin::new(&mut last).poll_ready(context)).await?;
        Ok(Self { session, last, line, patience: PATIENCE.min(heartbeat) })
    }

    /// Sends a text.
    pub(super) async fn text(&mut self, text: ByteString) -> Result<(), End> {
        self.in_time(async |session| session.text(text).await).await
    }

    /// Sends a ping of the protocol below.
    pub(super) async fn ping(&mut self, bytes: &[u8]) -> Result<(), End> {
        self.in_time(async |session| session.ping(bytes).await).await
    }

    /// Answers a ping of the protocol below.
    pub(super) async fn pong(&mut self, bytes: &[u8]) -> Result<(), End> {
        self.in_time(async |session| session.pong(bytes).await).await
    }

    /// Sends the reason of the close, and makes sure that the connection ends. A client that is gone has
    /// perhaps only stopped to send.
    pub(super) async fn end(self, end: End) {
        let Self { session, last, line, patience } = self;
        drop(session);
        match end {
            End::Close(reason) => {
                // Whether the message still arrives makes no difference.
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
        let sending = async {
            if let Some(line) = &self.line {
                line.all_sent().await;
                line.will_write();
            }
            send(&mut self.session).await
        };
        timeout(self.patience, sending).await.map_err(|_| End::too_slow())??;
        Ok(())
    }
}
