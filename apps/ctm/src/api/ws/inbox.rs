//! What a client sends: whole texts and pings, within limits.
//!
//! Every frame counts, those of a message in pieces too: otherwise pieces without end, each
//! empty, would cost a client nothing. That is why messages are put together here, and not by
//! the library.

use super::allowance::Allowance;
use super::end::End;
use actix_web::web::{Bytes, BytesMut};
use actix_ws::{Item, Message, MessageStream};
use bytestring::ByteString;
use futures_util::StreamExt;
use tokio::time::Instant;

/// The longest message of a client, in bytes.
const MAX_MESSAGE: usize = 4 << 10;

/// The messages of a client.
pub(super) struct Inbox {
    frames: MessageStream,
    /// The pieces of a message that is not whole yet.
    pieces: BytesMut,
    allowance: Allowance,
}

/// Something that a client said.
pub(super) enum Heard {
    Text(ByteString),
    Ping(Bytes),
    Pong,
}

impl Inbox {
    pub(super) fn new(frames: MessageStream) -> Self {
        Self {
            frames: frames.max_frame_size(MAX_MESSAGE),
            pieces: BytesMut::new(),
            allowance: Allowance::new(Instant::now()),
        }
    }

    /// Waits for something that is said, or for a reason to end the connection. Nothing is lost
    /// when this is given up.
    pub(super) async fn next(&mut self) -> Result<Heard, End> {
        loop {
            let frame = self.frames.next().await.ok_or(End::Gone)??;
            if !self.allowance.allows(Instant::now()) {
                return Err(End::too_many());
            }
            match frame {
                Message::Text(text) => return Ok(Heard::Text(text)),
                Message::Ping(bytes) => return Ok(Heard::Ping(bytes)),
                Message::Pong(_) => return Ok(Heard::Pong),
                Message::Continuation(Item::FirstText(piece) | Item::Continue(piece)) => self.keep(&piece)?,
                Message::Continuation(Item::Last(piece)) => {
                    self.keep(&piece)?;
                    let text = ByteString::try_from(self.pieces.split().freeze());
                    return Ok(Heard::Text(text.map_err(|_| End::no_unicode())?));
                }
                Message::Binary(_) | Message::Continuation(Item::FirstBinary(_)) => {
                    return Err(End::no_text());
                }
                Message::Close(reason) => return Err(End::farewell(reason)),
                // The library makes this of nothing that is received.
                Message::Nop => {}
            }
        }
    }

    fn keep(&mut self, piece: &Bytes) -> Result<(), End> {
        if self.pieces.len() + piece.len() > MAX_MESSAGE {
            return Err(End::too_long());
        }
        self.pieces.extend_from_slice(piece);
        Ok(())
    }
}
