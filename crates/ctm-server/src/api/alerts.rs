//! Endpoints of alert rules, of the alerts that they raised, and of the channels that these are sent to.

use super::Context;
use super::personal::{body_of, changed, listed, permitted};
use super::uncached::respond;
use crate::channels;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse, rt};
use ctm_api::alerts::alert_rule;
use ctm_api::operations;
use ctm_api::params::Params;
use ctm_api::problem::Problem;
use ctm_personal::{Alert, AlertContext, StoredRule};
use ctm_report::{Query, wire};
use ctm_types::printable::one_line;
use std::sync::Arc;

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

/// `GET /alerts/channels`
pub(super) async fn channels(request: HttpRequest, context: Data<Context>) -> HttpResponse {
    let listed = Params::of(&operations::ALERT_CHANNELS, request.query_string()).finish();
    let items = || context.channels.iter().map(|channel| channel.listed()).collect();
    respond(&request, StatusCode::OK, listed.map(|()| wire::ListedChannels { items: items() }))
}

/// `POST /alerts/channels/{name}/test`
pub(super) async fn test_channel(
    request: HttpRequest,
    name: Path<String>,
    context: Data<Context>,
) -> HttpResponse {
    let tested = async {
        permitted(&operations::TEST_ALERT_CHANNEL, &request)?;
        try_test(&name, &context).await
    };
    let tested = tested.await;
    respond(&request, StatusCode::OK, tested)
}

/// Sends a test to a channel; one that has begun ends before the next one, also without its client.
async fn try_test(name: &str, context: &Context) -> Result<wire::AlertDelivery, Problem> {
    let unknown = || {
        let name = one_line(name);
        Problem::Unknown(format!(
            "no channel has the name `{name}`; `GET /api/v1/alerts/channels` lists them"
        ))
    };
    let channel = channels::named(&context.channels, name).ok_or_else(unknown)?;
    let only = Arc::clone(&context.testing).try_lock_owned().map_err(|_| {
        Problem::Other(409, "a test of a channel is being sent; try again when it is done".to_owned())
    })?;
    let now = context.clock.now_ms();
    let test = rt::spawn(async move {
        let _only = only;
        channels::test(channel, now).await
    });
    Ok(test.await.map_err(|_| Problem::Internal)?.into())
}
