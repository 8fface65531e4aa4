//! Close codes and reasons.

use actix_ws::{CloseCode, CloseReason, Closed, ProtocolError};

/// Reason of a close.
#[derive(Debug)]
pub(super) enum End {
    /// The client has disconnected.
    Gone,
    /// The connection is closed with a code and a reason.
    Close(CloseReason),
}

impl From<Closed> for End {
    fn from(_: Closed) -> Self {
        Self::Gone
    }
}

impl From<ProtocolError> for End {
    fn from(error: ProtocolError) -> Self {
        match error {
            ProtocolError::Overflow => Self::too_long(),
            _ => Self::misunderstood(),
        }
    }
}

impl End {
    /// Returns the end for a close by the client, which echoes its code.
    pub(super) fn farewell(reason: Option<CloseReason>) -> Self {
        Self::Close(reason.unwrap_or(CloseReason { code: CloseCode::Normal, description: None }))
    }

    pub(super) fn stopping() -> Self {
        Self::with(CloseCode::Away, "the server stops")
    }

    pub(super) fn misunderstood() -> Self {
        Self::with(CloseCode::Protocol, "invalid frame")
    }

    pub(super) fn no_text() -> Self {
        Self::with(CloseCode::Unsupported, "messages are JSON texts")
    }

    pub(super) fn no_unicode() -> Self {
        Self::with(CloseCode::Invalid, "a text is UTF-8")
    }

    pub(super) fn too_many() -> Self {
        Self::with(CloseCode::Policy, "there were too many messages")
    }

    pub(super) fn too_long() -> Self {
        Self::with(CloseCode::Size, "the message is too long")
    }

    pub(super) fn heartbeat_lost() -> Self {
        Self::with(CloseCode::Other(4000), "two heartbeats were not answered")
    }

    pub(super) fn unsupported_version() -> Self {
        Self::with(CloseCode::Other(4002), "the server speaks ctm.v1")
    }

    pub(super) fn link_ended() -> Self {
        Self::with(CloseCode::Other(4004), "the read-only link has ended")
    }

    pub(super) fn too_slow() -> Self {
        Self::with(CloseCode::Other(4003), "messages were not read in time")
    }

    fn with(code: CloseCode, description: &str) -> Self {
        Self::Close(CloseReason { code, description: Some(description.to_owned()) })
    }
}
