//! Endpoints of machines that push.

use super::Context;
use crate::http::Respond;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, USER_AGENT};
use actix_web::web::{self, Bytes, Data, Payload};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use ctm_api::json::json_body;
use ctm_api::operations::{self, Operation};
use ctm_api::params::Params;
use ctm_api::problem::{FieldError, Problem};
use ctm_api::push::{
    AGAIN_AFTER_MS, EnrolledMachine, LeftMachine, NewEnrolment, NewToken, PushPosition, Pushed,
    RefusedResponse,
};
use ctm_config::machine::machine_id;
use ctm_facts::{HubMachine, ImportError, MachineSection, OwnMachine};
use ctm_hub::{EnrolError, Enrolment, MachineToken, PushOutcome, PushReceipt, Pusher};
use ctm_push_format::{
    BodyError, Level, MOST_CLAIMS, MOST_PUSH_BYTES, Pepper, PushBody, READ_VERSIONS, ReadError, Reason,
};
use ctm_types::MachineId;
use ctm_types::printable::one_line;
use serde::Serialize;

/// The longest name of a machine, in characters.
const LONGEST_NAME: usize = 100;

/// The longest name and version of a program that are kept, in characters.
const LONGEST_AGENT: usize = 100;

/// Seconds after which a machine comes again that cannot be served.
const AGAIN_S: HeaderValue = HeaderValue::from_static("5");

/// `POST /push/enrolment`
pub(super) async fn enrol(request: HttpRequest, body: Bytes, context: Data<Context>) -> HttpResponse {
    let enrolled = async {
        without_parameters(&operations::ENROL, &request)?;
        let NewEnrolment { code, machine, name } = json_body(request.content_type(), &body)?;
        // The facts of this machine are in the database of this machine: a hub on PostgreSQL has none of them.
        let own = if context.hub.team().is_none() { Some(own_id(&context)?) } else { None };
        let machine = MachineId::parse(&machine).filter(|machine| Some(*machine) != own);
        let machine = machine.ok_or_else(|| invalid("machine", "it is no id of another machine"))?;
        let is_name = (1..=LONGEST_NAME).contains(&name.chars().count()) && one_line(&name) == name;
        if !is_name {
            return Err(invalid("name", "a name has 1 to 100 characters, all of them visible"));
        }
        let enrolment = Enrolment { code: &code, machine, name: &name, now: context.clock.now_ms() };
        let enrolled = context.hub.enrol(&enrolment).await.map_err(|error| match error {
            EnrolError::Storage(error) => error.into(),
            error => Problem::Forbidden(error.to_string()),
        })?;
        Ok(EnrolledMachine {
            token: enrolled.token.text().to_owned(),
            pepper: hex::encode(&enrolled.pepper),
            level: enrolled.level,
            hub: enrolled.hub,
            epoch: enrolled.epoch,
        })
    };
    respond(&request, enrolled.await)
}

/// `GET /push`
pub(super) async fn position(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let position = async {
        without_parameters(&operations::PUSH_POSITION, &request)?;
        let HubMachine { journal, acked, level, .. } =
            enrolled(&context, pusher(&request)?.machine()).await?;
        Ok(PushPosition {
            versions: READ_VERSIONS.collect(),
            most: MOST_CLAIMS,
            journal,
            acked,
            level,
            again_after_ms: AGAIN_AFTER_MS,
        })
    };
    respond(&request, position.await)
}

/// `POST /push`
pub(super) async fn push(request: HttpRequest, body: Payload, context: Data<Context>) -> HttpResponse {
    let pushed = async {
        without_parameters(&operations::PUSH, &request)?;
        let machine = pusher(&request)?.machine();
        let Ok(_place) = context.pushes.try_acquire() else { return Err(Problem::RequestsFull) };
        let own = own_machine(&context).await?;
        let read = read(&request, body, &own).await?;
        check(&context, machine, &read).await?;
        store(&request, &context, own, read).await
    };
    respond(&request, pushed.await)
}

/// `DELETE /push`
pub(super) async fn leave(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let left = async {
        without_parameters(&operations::LEAVE, &request)?;
        let machine = pusher(&request)?.machine();
        context.hub.remove_machine(machine).await?;
        Ok(LeftMachine { machine: machine.to_string() })
    };
    respond(&request, left.await)
}

/// `POST /push/token`
pub(super) async fn rotate(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let rotated = async {
        without_parameters(&operations::ROTATE_TOKEN, &request)?;
        let rotated = context.hub.rotate_token(&pusher(&request)?, context.clock.now_ms()).await?;
        let token = rotated.ok_or_else(|| Problem::Unauthorized("the token was revoked".to_owned()))?;
        Ok(NewToken { token: token.text().to_owned() })
    };
    respond(&request, rotated.await)
}

/// Reads a push on a thread for that: it may have some megabytes.
async fn read(request: &HttpRequest, body: Payload, own: &OwnMachine) -> Result<PushBody, Problem> {
    if request.headers().get(CONTENT_TYPE).is_none_or(|kind| kind != "application/x-ndjson") {
        return Err(Problem::UnsupportedMediaType("the body must be application/x-ndjson".to_owned()));
    }
    // As it was sent: `Bytes` would be inflated without this crate's limit.
    let body = body.to_bytes_limited(MOST_PUSH_BYTES).await.map_err(|_| too_large())?;
    let body = body.map_err(|error| Problem::Malformed(format!("the body broke off: {error}")))?;
    let (pepper, now) = (Pepper::new(&own.pepper), own.now);
    let read = web::block(move || PushBody::read(&body, &pepper, now));
    read.await.map_err(|_| Problem::Internal)?.map_err(|error| match error {
        BodyError::Read(ReadError::TooLarge { .. }) => too_large(),
        BodyError::Refused(refused) if matches!(refused.reason, Reason::Version(_)) => {
            Problem::Other(426, refused.to_string())
        }
        error => Problem::Malformed(one_line(&error.to_string()).into_owned()),
    })
}

fn too_large() -> Problem {
    Problem::Other(413, "a push has at most 1 MiB, and 8 MiB without its compression".to_owned())
}

/// Checks that a push is of the machine whose token it has, and discloses no more than was agreed.
async fn check(context: &Context, machine: MachineId, read: &PushBody) -> Result<(), Problem> {
    if read.section.machine != machine {
        let detail = "the push is of another machine than the token";
        return Err(Problem::Forbidden(detail.to_owned()));
    }
    let agreed = enrolled(context, machine).await?.level;
    if agreed.parse::<Level>().is_ok_and(|agreed| read.section.level > agreed) {
        return Err(Problem::Forbidden(format!(
            "the machine is to disclose `{agreed}`, and the push discloses more"
        )));
    }
    Ok(())
}

async fn store(
    request: &HttpRequest,
    context: &Context,
    own: OwnMachine,
    read: PushBody,
) -> Result<Pushed, Problem> {
    let PushBody { section, push, claims, refused } = read;
    let section = MachineSection {
        machine: section.machine,
        name: section.name,
        level: section.level.to_string(),
        at_ms: section.at_ms,
        claims,
    };
    let agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    let pusher = Pusher { agent: agent.map(|agent| agent.chars().take(LONGEST_AGENT).collect()) };
    let stored = context.hub.push(&own, &push, section, &pusher).await.map_err(|error| match error {
        ImportError::Storage(error) => error.into(),
        error => Problem::Forbidden(error.to_string()),
    })?;
    match stored {
        PushOutcome::Stored(receipt) => {
            if let Ok(version) = context.hub.data_version().await {
                context.live.catch_up(version);
            }
            let refused = refused.iter().map(|of| refused_response(of.revision, &of.reason.to_string()));
            Ok(answer(receipt, refused.collect()))
        }
        PushOutcome::Behind { acked } => Err(Problem::Behind { acked }),
        PushOutcome::Fork => Err(Problem::Fork),
        PushOutcome::Removed => Err(Problem::Other(410, "the machine was removed".to_owned())),
    }
}

fn answer(receipt: PushReceipt, mut refused: Vec<RefusedResponse>) -> Pushed {
    let PushReceipt { acked, taken, refused: of_others, receipt } = receipt;
    let reason = "it is of another epoch than its journal";
    refused.extend(of_others.into_iter().map(|revision| refused_response(revision, reason)));
    Pushed { acked, taken, refused, receipt, again_after_ms: AGAIN_AFTER_MS, most: MOST_CLAIMS }
}

fn refused_response(r: u64, reason: &str) -> RefusedResponse {
    RefusedResponse { r, reason: one_line(reason).into_owned() }
}

/// Returns the token of the machine that sends a request, as the middleware has found it.
fn pusher(request: &HttpRequest) -> Result<MachineToken, Problem> {
    request.extensions().get::<MachineToken>().cloned().ok_or(Problem::Internal)
}

async fn enrolled(context: &Context, machine: MachineId) -> Result<HubMachine, Problem> {
    let removed = || Problem::Other(410, "the machine was removed".to_owned());
    context.hub.hub_machine(machine).await?.ok_or_else(removed)
}

async fn own_machine(context: &Context) -> Result<OwnMachine, Problem> {
    let pepper = context.hub.pepper().await?.unwrap_or_default();
    Ok(OwnMachine { id: own_id(context)?, pepper, now: context.clock.now_ms() })
}

fn own_id(context: &Context) -> Result<MachineId, Problem> {
    let id = machine_id(&context.settings.database).and_then(|digits| MachineId::parse(&digits));
    id.ok_or_else(|| Problem::Other(503, "this machine has no id beside its database".to_owned()))
}

fn without_parameters(operation: &'static Operation, request: &HttpRequest) -> Result<(), Problem> {
    Params::of(operation, request.query_string()).finish()
}

fn invalid(field: &str, message: &str) -> Problem {
    Problem::BadRequest(vec![FieldError {
        field: field.to_owned(),
        code: "invalid",
        message: message.to_owned(),
    }])
}

fn respond(request: &HttpRequest, answer: Result<impl Serialize, Problem>) -> HttpResponse {
    match answer {
        Ok(answer) => HttpResponse::Ok().insert_header(("cache-control", "no-store")).json(answer),
        Err(problem) => {
            let mut response = problem.response(request);
            if response.status() == StatusCode::SERVICE_UNAVAILABLE {
                response.headers_mut().insert(RETRY_AFTER, AGAIN_S);
            }
            response
        }
    }
}
