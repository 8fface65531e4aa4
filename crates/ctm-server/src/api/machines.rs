//! Endpoints of machines whose usage is imported.

use super::Context;
use super::uncached::respond;
use crate::http::check_change;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use ctm_api::operations;
use ctm_api::params::Params;
use ctm_report::{ReportError, wire};

/// `GET /machines`
pub(super) async fn machines(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let listed = async {
        Params::of(&operations::MACHINES, request.query_string()).finish()?;
        let machines = context.hub.machines().await.map_err(ReportError::from)?;
        Ok(wire::Machines { items: machines.iter().map(wire::Machine::of).collect() })
    };
    respond(&request, StatusCode::OK, listed.await)
}

/// `DELETE /machines/{id}`
pub(super) async fn remove(request: HttpRequest, id: Path<String>, context: Data<Context>) -> HttpResponse {
    let removed = async {
        check_change(&request)?;
        Params::of(&operations::REMOVE_MACHINE, request.query_string()).finish()?;
        let machines = context.hub.machines().await.map_err(ReportError::from)?;
        let unknown = || ReportError::Unknown { what: "machine", name: id.to_string() };
        let machine = machines.iter().find(|machine| machine.id.to_string() == *id).ok_or_else(unknown)?;
        context.hub.remove_machine(machine.id).await.map_err(ReportError::from)?;
        Ok(wire::Machine::of(machine))
    };
    respond(&request, StatusCode::OK, removed.await)
}
