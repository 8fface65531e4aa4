//! The Model Context Protocol at `/mcp`.

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::{Bytes, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use ctm_mcp::{McpService, Request};

/// Adds the route. The library below answers every method.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/mcp").route(web::to(answer)));
}

async fn answer(request: HttpRequest, body: Bytes, service: Data<McpService>) -> HttpResponse {
    let headers = request.headers().iter();
    let asked = Request {
        method: request.method().as_str(),
        headers: headers.map(|(name, value)| (name.as_str(), value.as_bytes())).collect(),
        body,
    };
    let answer = service.answer(asked).await;
    let mut response = HttpResponse::build(StatusCode::from_u16(answer.status).unwrap_or_default());
    response.insert_header(("cache-control", "no-store"));
    for (name, value) in answer.headers.iter().filter(|(name, _)| CONTENT_LENGTH != *name.as_str()) {
        response.insert_header((name.as_str(), value.as_slice()));
    }
    response.body(answer.body)
}
