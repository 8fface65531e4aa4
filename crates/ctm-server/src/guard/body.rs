//! Limits of request bodies: size and time.

use super::{Guard, refuse};
use crate::http::{receives_push, receives_telemetry};
use crate::line::{Charge, ClientConnection, FREE, Room, is_websocket};
use actix_web::HttpMessage;
use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, BytesMut, Data};
use ctm_api::problem::{MOST_BYTES, Problem};
use ctm_otlp::body::MOST_SENT;
use ctm_push_format::MOST_PUSH_BYTES;
use futures_util::StreamExt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Returns the length that the body of a request for a path may have, in bytes.
fn most_bytes(path: &str) -> usize {
    match path {
        path if receives_telemetry(path) => MOST_SENT,
        path if receives_push(path) => MOST_PUSH_BYTES,
        _ => MOST_BYTES,
    }
}

/// Returns the problem of a body that is longer.
fn too_large(most: usize) -> Problem {
    match most {
        MOST_BYTES => Problem::TooLarge,
        _ => Problem::Other(413, format!("the body has more than {most} bytes")),
    }
}

/// Checks the headers of a body: its length, and that it is not compressed, because it could expand to any
/// length; telemetry and pushes are expanded up to a limit.
pub(super) fn check(path: &str, headers: &HeaderMap) -> Result<(), Problem> {
    if is_websocket(headers) && has_body(headers) {
        return Err(Problem::Malformed("a WebSocket request must not have a body".to_owned()));
    }
    let is_expanded = receives_telemetry(path) || receives_push(path);
    if headers.contains_key(CONTENT_ENCODING) && !is_expanded {
        let detail = "the body must not have a content encoding";
        return Err(Problem::UnsupportedMediaType(detail.to_owned()));
    }
    let most = most_bytes(path);
    if length(headers).is_some_and(|length| length > most) { Err(too_large(most)) } else { Ok(()) }
}

/// Returns the announced length of a body. An invalid number counts as the maximum.
fn length(headers: &HeaderMap) -> Option<usize> {
    let length = headers.get(CONTENT_LENGTH)?;
    Some(length.to_str().ok().and_then(|length| length.trim().parse().ok()).unwrap_or(usize::MAX))
}

/// Reads the whole body before the handler is called, so that handlers need no limits of size or time.
///
/// # Errors
///
/// Fails when the handler does.
pub(crate) async fn take_body<B: MessageBody + 'static>(
    guard: Data<Guard>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, Unread>>, actix_web::Error> {
    // Held until there is a response.
    let mut charge = None;
    if has_body(request.headers()) {
        let length = length(request.headers());
        let most = most_bytes(request.path());
        let mut payload = request.take_payload();
        let read = read(&mut payload, length, most, &guard.rooms.requests, &mut charge);
        let read = tokio::time::timeout(guard.patience, read).await;
        match read.unwrap_or(Err(Problem::Timeout(guard.patience))) {
            Ok(body) => {
                if let Some(line) = ClientConnection::of(request.request()) {
                    line.body_was_read();
                }
                request.set_payload(body.into());
            }
            Err(problem) => {
                request.set_payload(payload);
                return Ok(refuse(request, problem));
            }
        }
    }
    Ok(next.call(request).await?.map_into_left_body())
}

/// Returns whether a request announces a body.
fn has_body(headers: &HeaderMap) -> bool {
    headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING)
}

/// Reads a body, and charges a long one to the room before storing it.
async fn read(
    payload: &mut Payload,
    length: Option<usize>,
    most: usize,
    room: &Arc<Room>,
    charge: &mut Option<Charge>,
) -> Result<Bytes, Problem> {
    if length.is_some_and(|length| length > FREE) {
        *charge = Some(room.take(length.unwrap_or(most).min(most)).ok_or(Problem::RequestsFull)?);
    }
    let mut body = BytesMut::with_capacity(length.unwrap_or_default().min(most));
    while let Some(chunk) = payload.next().await {
        let chunk = chunk
            .map_err(|error: PayloadError| Problem::Malformed(format!("the body broke off: {error}")))?;
        if body.len() + chunk.len() > most {
            return Err(too_large(most));
        }
        if body.len() + chunk.len() > FREE && charge.is_none() {
            *charge = Some(room.take(length.unwrap_or(most).min(most)).ok_or(Problem::RequestsFull)?);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// The response to a request whose body was not read.
///
/// It holds the rest of the body until it is sent, because actix-http waits for the end of a dropped body,
/// which may never come, and closes the connection soon if the body is still held:
/// <https://github.com/actix/actix-web/issues/2764>.
pub(crate) struct Unread {
    body: BoxBody,
    _payload: Payload,
}

impl Unread {
    pub(super) fn new(body: BoxBody, payload: Payload) -> Self {
        Self { body, _payload: payload }
    }
}

impl MessageBody for Unread {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
