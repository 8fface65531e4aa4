//! Incoming messages: whole texts and pings, within limits.
//!
//! Every frame counts, including fragments of a message: otherwise an endless series of empty fragments would
//! cost a client nothing. For this reason, messages are assembled here and not by the library. A frame is
//! refused by its header, before the rest has arrived.

use super::end::End;
use crate::line::ClientConnection;
use actix_http::ws::{OpCode, Parser};
use actix_web::dev::Payload;
use actix_web::web::{Bytes, BytesMut};
use bytestring::ByteString;
use ctm_api::rate_limit::{Gcra, RateLimit};
use futures_util::StreamExt;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// The longest message of a client, in bytes.
const MAX_MESSAGE: usize = 4 << 10;

/// Rate of frames of a client: forty at once, and then twenty a second.
const FRAMES: RateLimit = RateLimit::new(Duration::from_millis(50), 40);

/// The messages of a client.
pub(super) struct Inbox {
    payload: Payload,
    line: Option<Rc<ClientConnection>>,
    /// Received bytes that are not parsed yet.
    received: BytesMut,
    /// The fragments of an incomplete message.
    pieces: Option<BytesMut>,
    frames: Gcra,
}

/// Input of a client.
pub(super) enum Heard {
    Text(ByteString),
    Ping(Bytes),
    Pong,
}

impl Inbox {
    pub(super) fn new(payload: Payload, line: Option<Rc<ClientConnection>>) -> Self {
        Self { payload, line, received: BytesMut::new(), pieces: None, frames: Gcra::new(Instant::now()) }
    }

    /// Waits for input, or for a reason to end the connection. Cancellation loses nothing.
    pub(super) async fn next(&mut self) -> Result<Heard, End> {
        loop {
            while let Some((is_whole, code, data)) = self.frame()? {
                if self.frames.take(FRAMES, Instant::now()).is_err() {
                    return Err(End::too_many());
                }
                if let Some(heard) = self.understand(is_whole, code, data)? {
                    return Ok(heard);
                }
            }
            let bytes = self.payload.next().await.ok_or(End::Gone)?.map_err(|_| End::Gone)?;
            self.received.extend_from_slice(&bytes);
            if let Some(line) = &self.line {
                line.frames_were_taken(bytes.len());
            }
        }
    }

    /// Returns the next frame if it is complete.
    fn frame(&mut self) -> Result<Option<(bool, OpCode, BytesMut)>, End> {
        let kept = self.pieces.as_ref().map_or(0, BytesMut::len);
        if let Some((code, length)) = announced(&self.received) {
            let most = if code == OpCode::Continue { MAX_MESSAGE - kept } else { MAX_MESSAGE };
            if length > most as u64 {
                return Err(End::too_long());
            }
        }
        let frame = Parser::parse(&mut self.received, true, MAX_MESSAGE)?;
        Ok(frame.map(|(is_whole, code, data)| (is_whole, code, data.unwrap_or_default())))
    }

    /// Returns the message that a frame completes, if any.
    fn understand(&mut self, is_whole: bool, code: OpCode, data: BytesMut) -> Result<Option<Heard>, End> {
        match (code, is_whole, self.pieces.is_some()) {
            (OpCode::Binary, ..) => Err(End::no_text()),
            (OpCode::Text, true, false) => text(data).map(Some),
            (OpCode::Text, false, false) => {
                self.pieces = Some(data);
                Ok(None)
            }
            (OpCode::Continue, is_last, true) => {
                let mut pieces = self.pieces.take().unwrap_or_default();
                pieces.extend_from_slice(&data);
                if is_last {
                    return text(pieces).map(Some);
                }
                self.pieces = Some(pieces);
                Ok(None)
            }
            (OpCode::Ping, true, _) => Ok(Some(Heard::Ping(data.freeze()))),
            (OpCode::Pong, true, _) => Ok(Some(Heard::Pong)),
            (OpCode::Close, true, _) => Err(End::farewell(Parser::try_parse_close_payload(&data)?)),
            _ => Err(End::misunderstood()),
        }
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        if let Some(line) = &self.line {
            line.frames_are_ignored();
        }
    }
}

fn text(bytes: BytesMut) -> Result<Heard, End> {
    ByteString::try_from(bytes.freeze()).map(Heard::Text).map_err(|_| End::no_unicode())
}

/// Returns the kind and the length in the header of a frame, once it has arrived.
fn announced(frame: &[u8]) -> Option<(OpCode, u64)> {
    let [first, second, rest @ ..] = frame else { return None };
    let length = match second & 0x7F {
        126 => u16::from_be_bytes(*rest.first_chunk()?).into(),
        127 => u64::from_be_bytes(*rest.first_chunk()?),
        length => length.into(),
    };
    Some((OpCode::from(first & 0x0F), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_announces_the_length_as_soon_as_it_is_there() {
        let check = |frame: &[u8], expected: Option<(OpCode, u64)>| assert_eq!(announced(frame), expected);
        check(&[0x81], None);
        check(&[0x81, 0x80 | 5], Some((OpCode::Text, 5)));
        check(&[0x80, 0xFE, 0x10], None);
        check(&[0x80, 0xFE, 0x10, 0x01], Some((OpCode::Continue, 4_097)));
        check(&[0x89, 0xFF, 0, 0, 0, 0, 0x40, 0, 0], None);
        check(&[0x89, 0xFF, 0, 0, 0, 0, 0x40, 0, 0, 0], Some((OpCode::Ping, 1 << 30)));
        check(&[0x81, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 7], Some((OpCode::Text, 0xFF << 56)));
    }
}
