//! The web page, embedded in the binary.

use crate::http::{READ, Respond, accepts_pages, other_method};
use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use ctm_api::problem::Problem;
use ctm_config::base_path::BasePath;
use rust_embed::RustEmbed;

/// The built page; empty when the binary was built without it.
#[derive(RustEmbed)]
#[folder = "../../web/build"]
#[allow_missing = true]
struct Page;

/// Placeholder for a page that was not built.
const WITHOUT_PAGE: &str = include_str!("without_page.html");

/// The document of every URL of the page.
const INDEX: &str = "index.html";

/// Folder of the page's own files.
const FILES: &str = "_app/";

/// The page for the REST interface.
const API_DOCS: &str = "api/docs";

/// The document of every URL of the page, written once for the base path.
pub(crate) struct Document(Bytes);

impl Document {
    /// Creates the document for a base path.
    pub(crate) fn new(base: &BasePath) -> Self {
        let index = Page::get(INDEX);
        let html = index.map(|file| base.page(&String::from_utf8_lossy(&file.data)));
        Self(html.unwrap_or_else(|| base.page(WITHOUT_PAGE)).into())
    }
}

/// Responds to all paths without another route.
pub(crate) async fn page(request: HttpRequest, document: Data<Document>) -> HttpResponse {
    let path = request.path().trim_start_matches('/');
    if request.method() != Method::GET {
        return other_method(&request, READ);
    }
    let is_api = path == "api" || path.starts_with("api/");
    if is_api && path.trim_end_matches('/') != API_DOCS {
        return Problem::NotFound.response(&request);
    }
    // A name with a dot is a file, or that of a project or session in a URL that a browser opens.
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    let is_document = !is_file || (!path.starts_with(FILES) && !is_there(path) && accepts_pages(&request));
    if is_document {
        return file("no-cache", "text/html").body(document.0.clone());
    }
    let Some(found) = Page::get(path) else { return Problem::NotFound.response(&request) };
    // Names of files under `immutable` contain a hash of their content.
    let lifetime =
        if path.contains("/immutable/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    file(lifetime, found.metadata.mimetype()).body(found.data)
}

fn file(lifetime: &str, mime: &str) -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, lifetime)).insert_header((CONTENT_TYPE, content_type(mime)));
    response
}

fn is_there(path: &str) -> bool {
    Page::iter().any(|name| name == path)
}

fn content_type(mime: &str) -> String {
    let is_text = mime.starts_with("text/") || mime == "application/javascript";
    if is_text { format!("{mime}; charset=utf-8") } else { mime.to_owned() }
}
