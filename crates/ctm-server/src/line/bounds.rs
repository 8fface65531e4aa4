//! Memory bounds of responses until they are sent.

use super::ClientConnection;
use super::room::{FREE, Rooms};
use crate::http::Respond;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use ctm_api::problem::Problem;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Maximum number of responses that are compressed at the same time. Each takes some megabytes; others are
/// sent uncompressed.
const PACKED: usize = 2;

/// Maximum wait of a response for compression.
const PATIENCE: Duration = Duration::from_millis(200);

/// The longest piece of a response that is written at once, in bytes.
pub(super) const PIECE: usize = 8 << 10;

/// The encoding of a response without one.
pub(super) const AS_IT_IS: &str = "identity";

/// Permits for the compression of responses, as many as there is memory for.
#[derive(Debug)]
pub(crate) struct Packers(Arc<Semaphore>);

/// The body of a response, in short pieces.
pub(crate) struct Bounded {
    body: BoxBody,
    piece: Bytes,
    /// `true` if chunks are charged as they occur, because the total length is unknown.
    is_stream: bool,
    line: Option<Rc<ClientConnection>>,
    _packer: Option<OwnedSemaphorePermit>,
}

impl Default for Packers {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(PACKED)))
    }
}

/// Sends a response in short pieces if there is room for it, compressed if there is memory for that.
///
/// It runs directly before the compression.
///
/// # Errors
///
/// Fails when the handler does.
pub(crate) async fn bound<B: MessageBody + 'static>(
    rooms: Data<Rooms>,
    packers: Data<Packers>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<Bounded>, actix_web::Error> {
    let is_packed = request.headers().contains_key(ACCEPT_ENCODING);
    let line = ClientConnection::of(request.request());
    let mut response = next.call(request).await?.map_into_boxed_body();
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return Ok(response.map_body(|_, body| Bounded::new(body, None)));
    }
    let length = match response.response().body().size() {
        BodySize::Sized(length) => usize::try_from(length).ok(),
        BodySize::Stream => None,
        BodySize::None => Some(0),
    };
    if let Some(line) = &line
        && length.is_none_or(|length| length > FREE)
    {
        match rooms.answers.take(length.unwrap_or_default()) {
            Some(charge) => line.charge(charge),
            None => {
                let busy = Problem::ResponsesFull.response(response.request());
                response = ServiceResponse::new(response.into_parts().0, busy);
            }
        }
    }
    let packer = if is_packed { packers.take(length.is_none_or(|length| length > FREE)).await } else { None };
    if is_packed && packer.is_none() {
        // An encoded response is not encoded again.
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(AS_IT_IS));
    }
    Ok(response.map_body(|_, body| Bounded {
        is_stream: length.is_none(),
        _packer: packer,
        ..Bounded::new(body, line)
    }))
}

impl Packers {
    /// Returns a permit for compression, if there is one. A long response waits for it briefly.
    async fn take(&self, is_long: bool) -> Option<OwnedSemaphorePermit> {
        let packers = Arc::clone(&self.0);
        if is_long {
            return timeout(PATIENCE, packers.acquire_owned()).await.ok()?.ok();
        }
        packers.try_acquire_owned().ok()
    }
}

impl Bounded {
    fn new(body: BoxBody, line: Option<Rc<ClientConnection>>) -> Self {
        Self { body, piece: Bytes::new(), is_stream: false, line, _packer: None }
    }
}

impl MessageBody for Bounded {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if self.piece.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_next(context)) {
                Some(Ok(piece)) => self.piece = piece,
                other => return Poll::Ready(other),
            }
            if let Some(line) = self.line.as_ref().filter(|_| self.is_stream) {
                line.charge_bytes(self.piece.len());
            }
        }
        let length = self.piece.len().min(PIECE);
        Poll::Ready(Some(Ok(self.piece.split_to(length))))
    }
}
