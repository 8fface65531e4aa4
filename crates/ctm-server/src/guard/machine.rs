//! Access by the token of a machine: to its own pushes, and to nothing else.
//!
//! # Design
//!
//! The routes of machines are open with no other token, and tokens of machines open no other route. Which machine pushes is
//! determined here, from the token, and passed on to the handler; what a body claims to be is only compared with it.

use super::body::Unread;
use super::{Guard, refuse};
use crate::http::{Access, ENROLMENT, bearer, takes};
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest};
use ctm_api::problem::Problem;
use ctm_hub::{MachineAccess, MachineToken};

/// Serves a request of a machine.
///
/// # Errors
///
/// Fails when the handler does.
pub(super) async fn serve<B: MessageBody + 'static>(
    guard: &Guard,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, Unread>>, actix_web::Error> {
    if !takes(request.path(), request.method()) {
        request.extensions_mut().insert(Access::Stranger);
        return Ok(next.call(request).await?.map_into_left_body());
    }
    if !guard.is_hub {
        let detail = "this server is no hub; `ctm serve --team` starts one";
        return Ok(refuse(request, Problem::Unknown(detail.to_owned())));
    }
    request.extensions_mut().insert(Access::Stranger);
    let is_enrolment = request.path() == ENROLMENT;
    if !is_enrolment {
        match guard.machine(request.request()).await {
            Ok(token) => _ = request.extensions_mut().insert(token),
            Err(problem) => return Ok(refuse(request, problem)),
        }
    }
    let mut response = next.call(request).await?.map_into_left_body();
    if is_enrolment {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}

/// Refuses the token of a machine for any other request.
pub(super) fn refuse_elsewhere(request: &HttpRequest) -> Result<(), Problem> {
    if sent(request).is_some_and(MachineToken::is_like) {
        return Err(Problem::Forbidden("the token of a machine only pushes".to_owned()));
    }
    Ok(())
}

impl Guard {
    /// Returns the token of the machine that sends a request.
    async fn machine(&self, request: &HttpRequest) -> Result<MachineToken, Problem> {
        let detail =
            "the token of a machine is needed, as `Authorization: Bearer`; `ctm team invite` enrols one";
        let unauthorized = || Problem::Unauthorized(detail.to_owned());
        let token = sent(request).and_then(MachineToken::parse).ok_or_else(unauthorized)?;
        match self.hub.machine_access(&token, self.authenticator.now()).await? {
            MachineAccess::Push => Ok(token),
            MachineAccess::Removed => {
                Err(Problem::Other(410, "the machine was removed; it can enrol again".to_owned()))
            }
            MachineAccess::None => {
                Err(Problem::Unauthorized("the token is not valid, or was revoked".to_owned()))
            }
        }
    }
}

/// Returns the token that a request was sent with.
fn sent(request: &HttpRequest) -> Option<&str> {
    let authorization = request.headers().get(AUTHORIZATION)?;
    std::str::from_utf8(bearer(authorization.as_bytes())?).ok()
}
