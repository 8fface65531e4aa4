//! Basics of all HTTP code: problems, request ids, authentication, base paths.
//!
//! This module is independent of routes, middleware and the state of handlers.

mod accept;
mod access;
mod authenticator;
mod base_path;
mod errors;
mod forwarded;
mod gate;
mod head;
mod problem;
mod push;
mod request_id;
mod security_headers;
mod telemetry;
mod trace;

pub(crate) use accept::{accepts_pages, prefers_open_metrics};
pub(crate) use access::{
    Access, check_change, is_of_own_page, is_page, is_stranger, knows_its_page, only_reads,
};
pub(crate) use authenticator::{Authenticator, Visit};
pub(crate) use base_path::{Asked, asked_path, base_path};
pub(crate) use errors::normalize_errors;
pub(crate) use gate::bearer;
pub(crate) use head::answer_head;
pub(crate) use problem::{READ, Respond, not_found, other_method, others, status};
pub(crate) use push::{ENROLMENT, is_push, receives_push, takes};
pub(crate) use telemetry::receives_telemetry;
pub(crate) use trace::trace;
