//! Endpoints of alert rules, and of the alerts that they raised.

use super::Context;
use super::personal::{body_of, changed, listed, permitted};
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use ctm_api::alerts::alert_rule;
use ctm_api::operations;
use ctm_api::params::Params;
use ctm_personal::{Alert, AlertContext, StoredRule};
use ctm_report::{Query, wire};

/// `GET /alerts`
pub(super) async fn alerts(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let params = Params::of(&operations::ALERTS, request.query_string());
    listed(&request, &context, params, &Query::all(), || context.archive.alerts()).await
}

/// `GET /alerts/rules`
pub(super) async fn rules(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let params = Params::of(&operations::ALERT_RULES, request.query_string());
    listed(&request, &context, params, &Query::all(), || context.archive.alert_rules()).await
}

/// `GET /alerts/rules/{id}`
pub(super) async fn rule(request: HttpRequest, id: Path<String>, context: Data<Context>) -> HttpResponse {
    let params = Params::of(&operations::ALERT_RULE, request.query_string());
    listed(&request, &context, params, &Query::all(), || context.archive.alert_rule(&id)).await
}

/// `POST /alerts/rules`
pub(super) async fn add_rule(request: HttpRequest, body: Bytes, context: Data<Context>) -> HttpResponse {
    let rule = body_of(&operations::ADD_ALERT_RULE, &request, &body).and_then(|body| alert_rule(&body));
    let added = async { Ok(context.personal.add_alert_rule(&rule?, context.clock.now_ms()).await?) };
    changed::<StoredRule, wire::AlertRule>(&request, &context, StatusCode::CREATED, added.await).await
}

/// `DELETE /alerts/rules/{id}`
pub(super) async fn remove_rule(
    request: HttpRequest,
    id: Path<String>,
    context: Data<Context>,
) -> HttpResponse {
    let removed = async {
        permitted(&operations::REMOVE_ALERT_RULE, &request)?;
        Ok(context.personal.remove_alert_rule(&id).await?)
    };
    changed::<StoredRule, wire::AlertRule>(&request, &context, StatusCode::OK, removed.await).await
}

/// `POST /alerts/rules/{id}/test`
pub(super) async fn test_rule(
    request: HttpRequest,
    id: Path<String>,
    context: Data<Context>,
) -> HttpResponse {
    let raised = async {
        permitted(&operations::TEST_ALERT_RULE, &request)?;
        let (now, tz, channels) = (context.clock.now_ms(), context.settings.tz, context.channel_names());
        Ok(context.personal.test_alert(&id, &AlertContext { now, tz, channels: &channels }).await?)
    };
    changed::<Alert, wire::Alert>(&request, &context, StatusCode::CREATED, raised.await).await
}
