//! `HEAD` for all `GET` routes, which actix-web leaves to each route:
//! <https://github.com/actix/actix-web/issues/2702>.

use actix_web::body::{BodySize, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_LENGTH, UPGRADE};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Handles HEAD as GET, and drops the body.
///
/// The server drops the body by itself, but not if the next request arrives before the response.
///
/// # Errors
///
/// Fails when the handler does.
pub(crate) async fn answer_head<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, EmptyBody>>, actix_web::Error> {
    let is_head = request.method() == Method::HEAD && !request.headers().contains_key(UPGRADE);
    if !is_head {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    request.head_mut().method = Method::GET;
    let response = next.call(request).await?;
    Ok(response.map_body(|head, body| match body.size() {
        BodySize::None => EitherBody::left(body),
        size => {
            if let BodySize::Sized(length) = size {
                head.headers_mut().insert(CONTENT_LENGTH, length.into());
            }
            head.no_chunking(true);
            EitherBody::right(EmptyBody)
        }
    }))
}

/// An empty body in place of one of any length.
#[derive(Debug)]
pub(crate) struct EmptyBody;

impl MessageBody for EmptyBody {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Poll::Ready(None)
    }
}
