//! The web page, embedded in the binary.

use crate::api::{Problem, READ, accepts_pages, other_method};
use crate::base;
use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse};
use rust_embed::RustEmbed;

/// The built page; empty when the binary was built without it.
#[derive(RustEmbed)]
#[folder = "../../web/build"]
#[allow_missing = true]
struct Page;

/// Placeholder for a page that was not built.
const WITHOUT_PAGE: &str = include_str!("without_page.html");

/// The document that every address of the page begins with.
const INDEX: &str = "index.html";

/// Folder of the page's own files.
const FILES: &str = "_app/";

/// Answers everything that has no other answer.
pub(crate) async fn page(request: HttpRequest) -> HttpResponse {
    let path = request.path().trim_start_matches('/');
    if request.method() != Method::GET {
        return other_method(&request, READ);
    }
    if path == "api" || path.starts_with("api/") {
        return Problem::NotFound.response(&request);
    }
    // A name with a dot is a file, or that of a project or session in an address that a browser opens.
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    let is_document = !is_file || (!path.starts_with(FILES) && !is_there(path) && accepts_pages(&request));
    let name = if is_document { INDEX } else { path };
    let Some(file) = Page::get(name) else {
        return if is_document { without_page(&request) } else { Problem::NotFound.response(&request) };
    };
    // The names of files under `immutable` hold a hash of their content.
    let lifetime =
        if name.contains("/immutable/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CACHE_CONTROL, lifetime))
        .insert_header((CONTENT_TYPE, content_type(file.metadata.mimetype())));
    if is_document {
        return response.body(base::of(&request).page(&String::from_utf8_lossy(&file.data)));
    }
    response.body(file.data)
}

fn is_there(path: &str) -> bool {
    Page::iter().any(|name| name == path)
}

fn content_type(mime: &str) -> String {
    let is_text = mime.starts_with("text/") || mime == "application/javascript";
    if is_text { format!("{mime}; charset=utf-8") } else { mime.to_owned() }
}

fn without_page(request: &HttpRequest) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .body(base::of(request).page(WITHOUT_PAGE))
}
