//! Endpoints of the machines of a hub, for the person who has it.

use super::Context;
use super::uncached::respond;
use crate::http::check_change;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use ctm_api::json::json_body;
use ctm_api::operations;
use ctm_api::params::Params;
use ctm_api::problem::{FieldError, Problem};
use ctm_api::team::{NEEDS_HUB, NewTeamInvite, Team, TeamInvite};
use ctm_hub::{EnrolError, NewInvite};
use ctm_report::ReportError;
use ctm_report::wire::{TeamMachine, Time};
use ctm_types::MachineId;

/// `GET /team`
pub(super) async fn team(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let listed = async {
        Params::of(&operations::TEAM, request.query_string()).finish()?;
        list(&context).await
    };
    respond(&request, StatusCode::OK, listed.await)
}

/// `POST /team/invites`
pub(super) async fn invite(request: HttpRequest, body: Bytes, context: Data<Context>) -> HttpResponse {
    let invited = async {
        check_change(&request)?;
        Params::of(&operations::CREATE_INVITE, request.query_string()).finish()?;
        if !context.settings.team {
            return Err(Problem::Forbidden(NEEDS_HUB.to_owned()));
        }
        let wanted: NewTeamInvite = json_body(request.content_type(), &body)?;
        check(&wanted)?;
        let NewTeamInvite { hours, uses, level } = wanted;
        let invite = NewInvite::new(level.name(), uses, hours, context.clock.now_ms());
        let code = context.hub.invite(&invite).await.map_err(|error| match error {
            EnrolError::Storage(error) => error.into(),
            error => Problem::BadRequest(vec![invalid("level", error.to_string())]),
        })?;
        Ok(TeamInvite { code, ends_at: Time::of(invite.ends_at_ms) })
    };
    respond(&request, StatusCode::CREATED, invited.await)
}

/// `DELETE /team/machines/{id}/token`
pub(super) async fn revoke(request: HttpRequest, id: Path<String>, context: Data<Context>) -> HttpResponse {
    let revoked = async {
        check_change(&request)?;
        Params::of(&operations::REVOKE_TOKEN, request.query_string()).finish()?;
        let unknown = || ReportError::Unknown { what: "machine", name: id.to_string() };
        let machine = MachineId::parse(&id).ok_or_else(unknown)?;
        context.hub.hub_machine(machine).await?.ok_or_else(unknown)?;
        context.hub.revoke_machine(machine).await?;
        list(&context).await
    };
    respond(&request, StatusCode::OK, revoked.await)
}

async fn list(context: &Context) -> Result<Team, Problem> {
    let machines = context.hub.hub_machines().await?.iter().map(TeamMachine::of).collect();
    Ok(Team { hub: context.settings.team, machines })
}

fn check(wanted: &NewTeamInvite) -> Result<(), Problem> {
    let fields = [("hours", wanted.hours, NewInvite::HOURS), ("uses", wanted.uses, NewInvite::USES)];
    let wrong = fields.into_iter().filter(|(_, value, allowed)| !allowed.contains(value));
    let errors: Vec<_> = wrong
        .map(|(field, value, allowed)| {
            let (first, last) = (allowed.start(), allowed.end());
            invalid(field, format!("`{field}` is {value}; allowed: {first} to {last}"))
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::BadRequest(errors)) }
}

fn invalid(field: &str, message: String) -> FieldError {
    FieldError { field: field.to_owned(), code: "invalid", message }
}
