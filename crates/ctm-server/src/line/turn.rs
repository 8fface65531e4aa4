//! The turn of a request: from its head to the end of its response.

use super::ClientConnection;
use super::bounds::AS_IT_IS;
use super::turns::{Input, Turns};
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING, UPGRADE};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// A request in progress.
struct Turn(Rc<ClientConnection>);

/// The body of a response, which ends the turn of its request.
pub(crate) struct TurnBody {
    body: BoxBody,
    _turn: Option<Turn>,
}

/// Notifies the connection that a request is handled, of the input after its head, and of its end.
///
/// # Errors
///
/// Fails when the handler does.
pub(crate) async fn take_turn<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<TurnBody>, actix_web::Error> {
    let line = ClientConnection::of(request.request());
    let input = input(request.method(), request.headers());
    let turn = line.map(|line| {
        line.change(|turns| turns.begin(input));
        Turn(line)
    });
    let mut response = next.call(request).await?.map_into_boxed_body();
    if response.headers().get(CONTENT_ENCODING).is_some_and(|encoding| encoding == AS_IT_IS) {
        response.headers_mut().remove(CONTENT_ENCODING);
    }
    Ok(response.map_body(|_, body| TurnBody { body, _turn: turn }))
}

/// Returns whether a request is a WebSocket upgrade, by the criteria of the server below.
pub(crate) fn is_websocket(headers: &HeaderMap) -> bool {
    let mut upgrades = headers.get_all(UPGRADE).filter_map(|upgrade| upgrade.to_str().ok());
    upgrades.any(|upgrade| upgrade.trim().eq_ignore_ascii_case("websocket"))
}

/// Returns the input after a head. Several lengths, or a length with chunks, were refused before.
fn input(method: &Method, headers: &HeaderMap) -> Input {
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.trim().parse().ok());
    match length {
        _ if headers.contains_key(TRANSFER_ENCODING) => Input::Chunks,
        _ if is_websocket(headers) => Input::Frames,
        Some(length @ 1..) => Input::Body(length),
        _ if method == Method::CONNECT => Input::Frames,
        _ => Input::Head,
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.change(Turns::end);
    }
}

impl MessageBody for TurnBody {
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

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_head_determines_the_following_input() {
        let check = |method: Method, headers: &[(&'static str, &'static str)], expected: Input| {
            let mut request = TestRequest::default().method(method);
            for header in headers {
                request = request.append_header(*header);
            }
            let request = request.to_http_request();
            assert_eq!(input(request.method(), request.headers()), expected, "{headers:?}");
        };
        check(Method::GET, &[], Input::Head);
        check(Method::POST, &[("content-length", " 7 ")], Input::Body(7));
        check(Method::POST, &[("content-length", "0")], Input::Head);
        check(Method::POST, &[("transfer-encoding", "chunked")], Input::Chunks);
        check(Method::GET, &[("upgrade", "WebSocket")], Input::Frames);
        check(Method::GET, &[("upgrade", "websocket"), ("content-length", "7")], Input::Frames);
        check(Method::GET, &[("upgrade", "h2c"), ("content-length", "7")], Input::Body(7));
        check(Method::CONNECT, &[], Input::Frames);
        check(Method::CONNECT, &[("content-length", "7")], Input::Body(7));
    }
}
