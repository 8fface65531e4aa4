//! The external location of the server.

use actix_web::http::Uri;
use actix_web::http::uri::PathAndQuery;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest};
use ctm_config::base_path::BasePath;

/// The base path of a server without the setting.
static ROOT: BasePath = BasePath::root();

/// The requested URI with the base path.
pub(crate) struct Asked(pub(crate) Uri);

/// Returns the base path for a request.
pub(crate) fn base_path(request: &HttpRequest) -> &BasePath {
    request.app_data::<Data<BasePath>>().map_or(&ROOT, |base| base)
}

/// Returns the path and the query as seen from outside.
pub(crate) fn asked_path(request: &HttpRequest) -> String {
    let extensions = request.extensions();
    let uri = extensions.get::<Asked>().map_or(request.uri(), |asked| &asked.0);
    uri.path_and_query().map_or("/", PathAndQuery::as_str).to_owned()
}
