//! What is sent to a client, and the end of its connection.
//!
//! What a client does not take waits in three places, each of them bounded: the queue of its
//! session (32 messages), the buffer of its connection (32 kB), and that of the system. When all
//! are full, sending takes longer than the client is given, and it is told to go. That message
//! always finds room, because its place in the queue is taken from the beginning; and if that is
//! not read either, the socket is closed by force. Without that the connection would stay for as
//! long as the client wants: the server writes to it until everything is written.

use super::end::End;
use super::line::Line;
use actix_ws::{Closed, Session};
use bytestring::ByteString;
use futures_util::Sink;
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// The longest time that a client is given to take a message.
const PATIENCE: Duration = Duration::from_secs(5);

/// The way to a client.
pub(super) struct Outbox {
    session: Session,
    /// Holds a place in the queue for the last message.
    last: Session,
    line: Line,
    patience: Duration,
}

impl Outbox {
    /// Opens the way, on which nothing was sent yet. A client that is to give a sign more often
    /// than every [`PATIENCE`] is given less.
    pub(super) async fn open(session: Session, line: Line, heartbeat: Duration) -> Result<Self, End> {
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

    /// Tells the client why the connection ends, and makes sure that it does.
    pub(super) async fn end(self, end: End) {
        if let End::Close(reason) = end
            && self.last.close(Some(reason)).await.is_ok()
        {
            sleep(self.patience).await;
            self.line.cut();
        }
    }

    async fn in_time(
        &mut self,
        send: impl AsyncFnOnce(&mut Session) -> Result<(), Closed>,
    ) -> Result<(), End> {
        timeout(self.patience, send(&mut self.session)).await.map_err(|_| End::too_slow())??;
        Ok(())
    }
}
