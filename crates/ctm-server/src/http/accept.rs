//! Content negotiation. actix-web parses and ranks `Accept`; it does not match the ranges with the available
//! types.

use actix_web::HttpRequest;
use actix_web::http::header::{Accept, Header, Quality, QualityItem};

/// Returns whether a client accepts a media type.
///
/// The most specific of several ranges counts. A missing or invalid `Accept` matches everything.
pub(super) fn accepts(request: &HttpRequest, offered: &str) -> bool {
    let Ok(Accept(wishes)) = Accept::parse(request) else {
        return true;
    };
    let offered = offered.split(';').next().unwrap_or(offered).trim_end();
    let fitting = wishes.iter().filter_map(|wish| Some((fit(wish.item.essence_str(), offered)?, wish)));
    let best = fitting.max_by_key(|(fit, wish)| (*fit, wish.quality));
    wishes.is_empty() || best.is_some_and(|(_, wish)| is_wanted(wish))
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
        None => (wish == offered).then_some(2),
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
    fn browsers_name_pages() {
        assert!(accepts_pages(&asking("text/html,application/xhtml+xml,*/*;q=0.8")));
        assert!(!accepts_pages(&asking("*/*")));
        assert!(!accepts_pages(&asking("text/html;q=0, application/json")));
    }
}
