//! The counting rule: any order and any repetition of copies gives the same responses.

use ctm_types::response::Identity;
use ctm_types::{
    Attribution, Billing, Consumption, Conversation, Details, EpochMs, Locus, LoggedCopy, Part, ResponseKey,
    Responses, TokenCounts, TranscriptPath,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A copy of one of a few responses, so that copies meet, with all that decides which one counts.
fn copy() -> impl Strategy<Value = LoggedCopy> {
    let place = ("[ab]", "[xy]", 0..6u64, 0..3i64);
    (0..4u8, 0..3u64, any::<[bool; 4]>(), place).prop_map(
        |(
            message,
            output,
            [is_final, embedded, sidechain, in_own_file],
            (home, path, offset_bytes, at_ms),
        )| {
            let file = Arc::new(TranscriptPath { home: home.into(), relative: path.as_str().into() });
            let conversation = Conversation { session: path, sidechain, ..Conversation::default() };
            let tokens = TokenCounts { output, input: 1 + offset_bytes, ..TokenCounts::default() };
            let part =
                Part { billing: Arc::new(Billing::default()), tokens, web_searches: 0, ttl_assumed: false };
            LoggedCopy {
                key: ResponseKey::from_stored(&format!("msg_{message}")),
                locus: Locus { file, offset_bytes },
                snapshot: Consumption { parts: vec![part], output, is_final },
                attribution: Attribution { at_ms: EpochMs(at_ms), conversation: Arc::new(conversation) },
                details: Details::default(),
                embedded,
                in_own_file,
                tool_calls: Vec::new(),
                refused_request: None,
            }
        },
    )
}

/// Copies on lines of their own: a line holds one.
fn copies() -> impl Strategy<Value = Vec<LoggedCopy>> {
    prop::collection::vec(copy(), 1..12).prop_map(|copies| {
        let lines: BTreeMap<_, _> = copies.into_iter().map(|copy| (copy.locus.clone(), copy)).collect();
        lines.into_values().collect()
    })
}

fn folded<'a>(copies: impl IntoIterator<Item = &'a LoggedCopy>) -> Responses {
    let mut responses = Responses::new();
    responses.extend(copies);
    responses
}

proptest! {
    #[test]
    fn any_order_and_any_repetition_of_copies_give_the_same(
        (copies, shuffled) in copies().prop_flat_map(|copies| {
            let again = [copies.clone(), copies.clone()].concat();
            (Just(copies), Just(again).prop_shuffle())
        })
    ) {
        let responses = folded(&copies);
        prop_assert_eq!(&folded(&shuffled), &responses);
        let keys: std::collections::BTreeSet<_> = copies.iter().map(|copy| &copy.key).collect();
        prop_assert_eq!(responses.len(), keys.len());
        let winners = keys.into_iter().map(|key| {
            let of_key = copies.iter().filter(|copy| copy.key == *key);
            of_key.max_by(|one, other| one.line().rank().cmp(&other.line().rank())).map(|copy| copy.snapshot.parts[0].tokens)
        });
        prop_assert_eq!(responses.tokens(), winners.flatten().sum::<TokenCounts>());
    }
}

#[test]
fn an_empty_collection_has_no_tokens() {
    let responses = Responses::new();
    let line = Identity::default();
    assert!(responses.is_empty() && responses.get(&ResponseKey::of(&line)).is_none());
    assert_eq!(responses.tokens(), TokenCounts::default());
}
