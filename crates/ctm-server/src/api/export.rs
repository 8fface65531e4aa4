//! `POST /export`: a table as a file.

use super::Context;
use crate::http::Respond;
use actix_web::http::header::{ContentDisposition, DispositionParam, DispositionType};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use ctm_api::json::{Object, json_body};
use ctm_api::operations;
use ctm_api::params::Params;
use ctm_api::problem::{FieldError, Problem};
use ctm_export::Format;
use ctm_report::export::{Export, ExportError};
use ctm_types::printable::with_causes;
use futures_util::stream;

/// The header with the number of rows of the file.
const ROW_COUNT: &str = "x-row-count";

/// `POST /export`
pub(super) async fn export(request: HttpRequest, body: Bytes, context: Data<Context>) -> HttpResponse {
    match begin(&request, &body, &context).await {
        Ok(response) => response,
        Err(problem) => problem.response(&request),
    }
}

async fn begin(request: &HttpRequest, body: &[u8], context: &Context) -> Result<HttpResponse, Problem> {
    let Object(asked) = json_body(request.content_type(), body)?;
    let mut params = Params::of_export(&operations::EXPORT, request.query_string(), &asked);
    let query = context.query(&mut params);
    let (exported, fields) = (params.exported(), params.fields());
    params.finish()?;
    let Some((wanted, format)) = exported else {
        return Err(Problem::Malformed("`dataset` and `format` are missing".to_owned()));
    };
    let _turn = context.answers.turn().await;
    let export = context.archive.export(&wanted, &query, format, &fields).await.map_err(problem)?;
    let (from, to) = (export.days.from(), export.days.to());
    let name = format!("ctm-{}-{from}-{to}.{format}", wanted.dataset.name());
    let disposition = ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename(name)],
    };
    Ok(HttpResponse::Ok()
        .content_type(media_type(format))
        .insert_header(disposition)
        .insert_header((ROW_COUNT, export.row_count))
        .insert_header(("cache-control", "no-store"))
        .streaming(stream::unfold(Some(export), next_piece)))
}

/// Returns the next chunk of a file, and the remaining export. An error ends the stream: the connection is
/// aborted, so that an incomplete file is not mistaken for a complete one.
async fn next_piece(left: Option<Export>) -> Option<(Result<Bytes, ExportError>, Option<Export>)> {
    let mut export = left?;
    match export.next().await {
        Ok(Some(piece)) => Some((Ok(piece.into()), Some(export))),
        Ok(None) => None,
        Err(error) => {
            tracing::error!("an export broke off: {}", with_causes(&error));
            Some((Err(error), None))
        }
    }
}

fn media_type(format: Format) -> &'static str {
    match format {
        Format::Csv => "text/csv; charset=utf-8",
        Format::Json => "application/json",
        Format::Ndjson => "application/x-ndjson",
    }
}

fn problem(error: ExportError) -> Problem {
    match error {
        ExportError::Report(error) => error.into(),
        ExportError::Field(error) => {
            let message = error.to_string();
            Problem::BadRequest(vec![FieldError {
                field: "fields".to_owned(),
                code: "unknown_field",
                message,
            }])
        }
        ExportError::Write(error) => {
            tracing::error!("cannot write a file: {}", with_causes(&error));
            Problem::Internal
        }
    }
}
