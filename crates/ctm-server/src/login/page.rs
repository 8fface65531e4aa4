//! The login page: small, without a script, and independent of the dashboard.

use crate::http::{base_path, status};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    AcceptLanguage, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, Header, REFERRER_POLICY, VARY,
};
use actix_web::{HttpRequest, HttpResponse};
use ctm_api::problem::Problem;

const PAGE: &str = include_str!("page.html");

/// A page that reloads its own URL as a same-site request.
const AGAIN: &str = "<!doctype html><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"0\">\
                     <title>Claude Token Monitor</title>";

/// Texts of the page in a language.
struct Words {
    lang: &'static str,
    label: &'static str,
    hint: &'static str,
    button: &'static str,
    wrong: &'static str,
    too_often: &'static str,
}

/// The languages; the first is the default.
const LANGUAGES: [Words; 2] = [
    Words {
        lang: "en",
        label: "Access token",
        hint: "The secret from the settings of this server: CTM_AUTH_TOKEN or the token file.",
        button: "Log in",
        wrong: "Wrong token.",
        too_often: "Too many wrong tokens. Try again in a minute.",
    },
    Words {
        lang: "zh",
        label: "访问令牌",
        hint: "此服务器设置中的密钥：CTM_AUTH_TOKEN 或令牌文件。",
        button: "登录",
        wrong: "令牌不正确。",
        too_often: "错误次数过多，请一分钟后再试。",
    },
];

/// Returns the page, with the problem, if any.
pub(super) fn page(request: &HttpRequest, problem: Option<&Problem>) -> HttpResponse {
    let words = words(request);
    let notice = problem.map_or_else(String::new, |problem| {
        let notice =
            if matches!(problem, Problem::TooManyRequests(_)) { words.too_often } else { words.wrong };
        format!("<p role=\"alert\">{notice}</p>")
    });
    let html = base_path(request)
        .page(PAGE)
        .replace("{lang}", words.lang)
        .replace("{label}", words.label)
        .replace("{hint}", words.hint)
        .replace("{button}", words.button)
        .replace("{notice}", &notice);
    let mut response = HttpResponse::build(problem.map_or(StatusCode::OK, status));
    if let Some(header) = problem.and_then(Problem::header) {
        response.insert_header(header);
    }
    response
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CONTENT_LANGUAGE, words.lang))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((VARY, "accept-language"))
        // With the stricter policy of all other responses, the form would not send its origin.
        .insert_header((REFERRER_POLICY, "same-origin"))
        .body(html)
}

/// Returns the page for a visitor from another site: there may be a login, but it is only visible to requests
/// from this page.
pub(super) fn again() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(AGAIN)
}

fn words(request: &HttpRequest) -> &'static Words {
    let wishes = AcceptLanguage::parse(request).map(|wishes| wishes.ranked()).unwrap_or_default();
    let in_language = |tag: &str| {
        let language = tag.split('-').next().unwrap_or(tag);
        LANGUAGES.iter().find(|words| words.lang.eq_ignore_ascii_case(language))
    };
    wishes.iter().find_map(|wish| in_language(&wish.to_string())).unwrap_or(&LANGUAGES[0])
}
