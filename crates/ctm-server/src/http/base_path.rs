//! Where the server that is asked lives, from outside.

use actix_web::http::Uri;
use actix_web::http::uri::PathAndQuery;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest};
use ctm_config::base_path::BasePath;

/// The base path of a server without the setting.
static ROOT: BasePath = BasePath::root();

/// What was asked for, where the base path was taken off.
pub(crate) struct Asked(pub(crate) Uri);

/// Returns where the server that is asked lives.
pub(crate) fn base_path(request: &HttpRequest) -> &BasePath {
    request.app_data::<Data<BasePath>>().map_or(&ROOT, |base| base)
}

/// Returns the path and the query that were asked for, as they are from outside.
pub(crate) fn asked_path(request: &HttpRequest) -> String {
    let extensions = request.extensions();
    let uri = extensions.get::<Asked>().map_or(request.uri(), |asked| &asked.0);
    uri.path_and_query().map_or("/", PathAndQuery::as_str).to_owned()
}
