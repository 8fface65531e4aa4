//! Negotiation of the protocol version.

/// The version, as a subprotocol of WebSockets.
const SPOKEN: &str = "ctm.v1";

/// The version, as a number: in `?v=`, and as `v` of every message.
pub const NUMBER: u8 = 1;

/// The versions that a client requests.
pub struct Wish {
    /// `true` if the requested version is supported.
    pub spoken: bool,
    /// Subprotocol of the response. If none of the offered ones is supported, it is the first: a browser
    /// without a subprotocol fails before it receives the reason.
    pub answer: Option<String>,
}

impl Wish {
    /// Reads the requested versions: `v` in the query, lists of subprotocols in the head, or none.
    pub fn of<'a>(lists: impl Iterator<Item = &'a str>, v: Option<&str>) -> Self {
        let names = lists.flat_map(|list| list.split(',')).map(str::trim);
        let wished: Vec<_> = names.filter(|name| !name.is_empty()).collect();
        let has_spoken = wished.contains(&SPOKEN);
        let answer = if has_spoken { Some(&SPOKEN) } else { wished.first() };
        Self {
            spoken: (has_spoken || wished.is_empty()) && v.is_none_or(|v| v.parse() == Ok(NUMBER)),
            answer: answer.map(|answer| (*answer).to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_one_is_supported_and_others_are_refused() {
        let check = |offer: &str, v: Option<&str>, spoken: bool, answer: Option<&str>| {
            let lists = Some(offer).filter(|offer| !offer.is_empty());
            let wish = Wish::of(lists.into_iter(), v);
            assert_eq!((wish.spoken, wish.answer.as_deref()), (spoken, answer), "{offer} {v:?}");
        };
        check("", None, true, None);
        check("", Some("1"), true, None);
        check("ctm.v1", None, true, Some("ctm.v1"));
        check("ctm.v2, ctm.v1", Some("1"), true, Some("ctm.v1"));
        check("ctm.v2,chat", None, false, Some("ctm.v2"));
        check("chat", None, false, Some("chat"));
        check("", Some("2"), false, None);
        check("", Some("one"), false, None);
        check("ctm.v1", Some("2"), false, Some("ctm.v1"));
    }
}
