//! Content negotiation. actix-web parses and ranks `Accept`; it does not match the ranges with the available
//! types.

use actix_web::HttpRequest;
use actix_web::http::header::{Accept, Header, Quality, QualityItem};
use ctm_api::metrics::{OPEN_METRICS, TEXT_FORMAT};

/// The fit of a range that names a media type.
const EXACT: u8 = 2;

/// Returns whether a client accepts a media type.
///
/// The most specific of several ranges counts. A missing or invalid `Accept` matches everything.
pub(super) fn accepts(request: &HttpRequest, offered: &str) -> bool {
    match wishes(request) {
        Some(wishes) => wish(&wishes, offered).is_some_and(|(_, quality)| quality > Quality::ZERO),
        None => true,
    }
}

/// Returns whether a client prefers OpenMetrics to a text: it names it, and does not prefer text, or it does not accept text.
///
/// So do the client libraries of Prometheus: a client that accepts everything gets text.
pub(crate) fn prefers_open_metrics(request: &HttpRequest) -> bool {
    let Some(wishes) = wishes(request) else {
        return false;
    };
    let Some((fit, quality)) = wish(&wishes, OPEN_METRICS).filter(|(_, quality)| *quality > Quality::ZERO)
    else {
        return false;
    };
    match wish(&wishes, TEXT_FORMAT) {
        Some((EXACT, text)) => fit == EXACT && quality >= text,
        Some((_, text)) => fit == EXACT || text == Quality::ZERO,
        None => true,
    }
}

/// Returns the ranges of media types that a client accepts; `None` if it names none.
fn wishes(request: &HttpRequest) -> Option<Accept> {
    Accept::parse(request).ok().filter(|wishes| !wishes.0.is_empty())
}

/// Returns how exactly the most specific range matches a media type, and its quality; `None` if none matches.
fn wish(wishes: &Accept, offered: &str) -> Option<(u8, Quality)> {
    let offered = offered.split(';').next().unwrap_or(offered).trim_end();
    let fitting =
        wishes.0.iter().filter_map(|wish| Some((fit(wish.item.essence_str(), offered)?, wish.quality)));
    fitting.max()
}

/// Returns whether a client accepts HTML.
pub(crate) fn accepts_pages(request: &HttpRequest) -> bool {
    Accept::parse(request).is_ok_and(|Accept(wishes)| {
        wishes.iter().any(|wish| wish.item.essence_str() == "text/html" && is_wanted(wish))
    })
}

fn is_wanted<T>(wish: &QualityItem<T>) -> bool {
    wish.quality > Quality::ZERO
}

/// Returns how exactly a range matches a media type, or `None` if it does not.
fn fit(wish: &str, offered: &str) -> Option<u8> {
    let is_of_kind = |kind: &str| offered.strip_prefix(kind).is_some_and(|rest| rest.starts_with('/'));
    match wish.strip_suffix("/*") {
        Some("*") => Some(0),
        Some(kind) => is_of_kind(kind).then_some(1),
        None => (wish == offered).then_some(EXACT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn asking(accept: &str) -> HttpRequest {
        TestRequest::default().insert_header(("accept", accept)).to_http_request()
    }

    #[test]
    fn the_most_specific_wish_counts() {
        let check = |accept: &str, expected: bool| {
            assert_eq!(accepts(&asking(accept), "application/json"), expected, "{accept}");
        };
        for good in ["", "*/*", "application/*", "application/json", "text/html, */*;q=0.1", "what is this?"]
        {
            check(good, true);
        }
        for bad in ["text/html", "text/*, image/png", "application/json;q=0", "*/*, application/json;q=0"] {
            check(bad, false);
        }
        assert!(accepts(&TestRequest::default().to_http_request(), "application/json"));
        assert!(accepts(&asking("text/csv"), "text/csv; charset=utf-8"));
    }

    #[test]
    fn open_metrics_are_for_clients_that_name_them() {
        let check = |accept: &str, expected: bool| {
            assert_eq!(prefers_open_metrics(&asking(accept)), expected, "{accept}");
        };
        let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";
        for open in [
            prometheus,
            "application/openmetrics-text",
            "application/*",
            "text/*;q=0, */*",
            "application/openmetrics-text;q=0.1, */*",
        ] {
            check(open, true);
        }
        for text in [
            "*/*",
            "",
            "text/plain",
            "text/plain;version=0.0.4;q=0.9,application/openmetrics-text;q=0.5",
            "application/openmetrics-text;q=0, application/*",
            "text/html, */*;q=0.8",
        ] {
            check(text, false);
        }
        assert!(!prefers_open_metrics(&TestRequest::default().to_http_request()));
    }

    #[test]
    fn browsers_name_pages() {
        assert!(accepts_pages(&asking("text/html,application/xhtml+xml,*/*;q=0.8")));
        assert!(!accepts_pages(&asking("*/*")));
        assert!(!accepts_pages(&asking("text/html;q=0, application/json")));
    }
}
