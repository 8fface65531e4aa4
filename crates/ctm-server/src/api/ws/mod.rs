//! The WebSocket `ctm.v1`: pushes change notifications to subscribers.
//!
//! - [`connection`], [`requests`]: a client, and its requests;
//! - [`visitor`]: a client with a read-only link;
//! - [`inbox`]: its input, within limits;
//! - [`outbox`], [`end`]: its output, and the end of its connection;
//! - [`news`]: notifications, serialised once for all clients. `ctm-api` defines messages, topics and
//!   versions.
//!
//! # Design
//!
//! Messages are hints. A client that misses one queries REST again, so nothing is queued for a slow client:
//! it gets fewer notifications with more changes. A notification per commit was rejected, because a first
//! read has hundreds.

mod connection;
mod end;
mod inbox;
mod news;
mod outbox;
mod requests;
mod visitor;

pub(crate) use news::News;

use self::connection::Connection;
use self::end::End;
use self::inbox::Inbox;
use self::outbox::Outbox;
use self::visitor::Visitor;
use super::Context;
use crate::http::{Authenticator, Respond, Visit};
use crate::line::ClientConnection;
use actix_web::http::header::SEC_WEBSOCKET_PROTOCOL;
use actix_web::web::{Data, Payload};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse};
use ctm_api::messages::{Refusal, message};
use ctm_api::operations;
use ctm_api::params::Params;
use ctm_api::problem::Problem;
use ctm_api::protocol::Wish;
use tracing::Instrument;

/// `GET /ws`
pub(super) async fn connect(
    request: HttpRequest,
    body: Payload,
    context: Data<Context>,
    news: Data<News>,
    authenticator: Data<Authenticator>,
) -> HttpResponse {
    let mut params = Params::of(&operations::WEBSOCKET, request.query_string());
    let (tz, v) = (params.tz().unwrap_or(context.settings.tz), params.version());
    if let Err(problem) = params.finish() {
        return problem.response(&request);
    }
    let protocols = request.headers().get_all(SEC_WEBSOCKET_PROTOCOL);
    let wish = Wish::of(protocols.filter_map(|list| list.to_str().ok()), v.as_deref());
    let Some(seat) = context.live.enter() else {
        return Problem::TooManyClients(context.settings.ws_clients).response(&request);
    };
    let answer: Vec<&str> = wish.answer.as_deref().into_iter().collect();
    // The library reads frames of any length, so it gets an empty payload.
    let nothing = Payload::extract(&request).await;
    let upgraded = nothing.and_then(|nothing| actix_ws::handle_with_protocols(&request, nothing, &answer));
    let (response, session, _) = match upgraded {
        Ok(upgraded) => upgraded,
        Err(error) => {
            return Problem::Malformed(format!("this is a WebSocket: {error}")).response(&request);
        }
    };
    let line = ClientConnection::of(&request);
    let visit = request.extensions().get::<Visit>().cloned();
    let visitor = visit.map(|visit| Visitor::new(visit, authenticator, context.clock.now_ms()));
    let inbox = Inbox::new(body.into_inner(), line.clone());
    let client = async move {
        // The client may have disconnected already.
        let Ok(outbox) = Outbox::open(session, line.clone(), context.settings.ws_heartbeat).await else {
            return;
        };
        if wish.spoken {
            Connection::new(context, news, outbox, tz, seat, visitor).run(inbox).await;
        } else {
            drop((seat, inbox));
            turn_away(&context, outbox).await;
        }
    };
    actix_web::rt::spawn(client.in_current_span());
    response
}

/// Closes the connection of a client with an unsupported version.
async fn turn_away(context: &Context, mut outbox: Outbox) {
    let seq = context.live.subscribe().borrow().seq;
    let refusal = message(seq, context.clock.now(), &Refusal::unsupported_version());
    let end = outbox.text(refusal.into()).await.err().unwrap_or_else(End::unsupported_version);
    outbox.end(end).await;
}
