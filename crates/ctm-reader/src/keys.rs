//! Keys and names that make a line worth parsing, found in its bytes.
//!
//! Keys are searched for with their quotes but without what follows, because JSON may have white space there. A
//! key inside a text has escaped quotes and is not found. Most lines are results of tools without usage: all other
//! keys are searched for in one pass, which takes a third of the time of one pass for each.

use aho_corasick::packed::Searcher;
use memchr::memmem::{self, Finder};

/// A key or name on a line without usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    User,
    ToolUseId,
    IsError,
    SearchCount,
    WorktreeSession,
    RefusalFallback,
    ContinuedIn,
    ForkContext,
    TurnDuration,
    StopHooks,
    HookEvent,
    PullRequest,
    CostState,
    /// Claude Code writes a title both as this and as the following.
    CustomTitle,
    AgentName,
}

impl Key {
    const ALL: [Self; 15] = [
        Self::User,
        Self::ToolUseId,
        Self::IsError,
        Self::SearchCount,
        Self::WorktreeSession,
        Self::RefusalFallback,
        Self::ContinuedIn,
        Self::ForkContext,
        Self::TurnDuration,
        Self::StopHooks,
        Self::HookEvent,
        Self::PullRequest,
        Self::CostState,
        Self::CustomTitle,
        Self::AgentName,
    ];

    /// Returns the key as it is written.
    fn written(self) -> &'static str {
        match self {
            Self::User => r#""user""#,
            Self::ToolUseId => r#""tool_use_id""#,
            Self::IsError => r#""is_error""#,
            Self::SearchCount => r#""searchCount""#,
            Self::WorktreeSession => r#""worktreeSession""#,
            Self::RefusalFallback => r#""model_refusal_fallback""#,
            Self::ContinuedIn => r#""continued-in""#,
            Self::ForkContext => r#""fork-context-ref""#,
            Self::TurnDuration => r#""turn_duration""#,
            Self::StopHooks => r#""stop_hook_summary""#,
            Self::HookEvent => r#""hookEvent""#,
            Self::PullRequest => r#""pr-link""#,
            Self::CostState => r#""cost-state""#,
            Self::CustomTitle => r#""custom-title""#,
            Self::AgentName => r#""agent-name""#,
        }
    }

    /// Returns whether the key is that of a session's name.
    fn is_name(self) -> bool {
        matches!(self, Self::CustomTitle | Self::AgentName)
    }
}

/// Finds keys on lines.
#[derive(Debug)]
pub(crate) struct Keys {
    usage: Finder<'static>,
    is_error: Finder<'static>,
    searched: Vec<Key>,
    /// The search for all of them at once; `None` on processors without the instructions for it.
    at_once: Option<Searcher>,
}

impl Default for Keys {
    fn default() -> Self {
        Self::with_session_names(false)
    }
}

impl Keys {
    /// Returns the keys of all facts, including session names if requested.
    pub(crate) fn with_session_names(are_wanted: bool) -> Self {
        let searched: Vec<Key> = Key::ALL.into_iter().filter(|key| are_wanted || !key.is_name()).collect();
        Self {
            usage: Finder::new(br#""usage""#),
            is_error: Finder::new(Key::IsError.written()),
            at_once: Searcher::new(searched.iter().map(|key| key.written())),
            searched,
        }
    }

    /// Returns whether session names are requested.
    pub(crate) fn has_session_names(&self) -> bool {
        self.searched.contains(&Key::CustomTitle)
    }

    /// Returns whether a line contains usage.
    pub(crate) fn has_usage(&self, line: &[u8]) -> bool {
        self.usage.find(line).is_some()
    }

    /// Returns the other keys on a line.
    pub(crate) fn on(&self, line: &[u8]) -> FoundKeys {
        match &self.at_once {
            Some(at_once) => {
                at_once.find_iter(line).map(|found| self.searched[found.pattern().as_usize()]).collect()
            }
            None => {
                let is_on = |key: &Key| memmem::find(line, key.written().as_bytes()).is_some();
                self.searched.iter().copied().filter(is_on).collect()
            }
        }
    }

    /// Returns whether a line contains `"is_error": true`.
    pub(crate) fn has_error(&self, line: &[u8]) -> bool {
        self.is_error.find_iter(line).any(|at| {
            let rest = line[at + self.is_error.needle().len()..].trim_ascii_start();
            rest.strip_prefix(b":").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"true"))
        })
    }
}

/// The keys on a line, one bit each.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FoundKeys(u16);

impl FoundKeys {
    /// Returns whether any of some keys is on the line.
    pub(crate) fn any(self, keys: &[Key]) -> bool {
        keys.iter().any(|key| self.0 & (1 << *key as u16) != 0)
    }
}

impl FromIterator<Key> for FoundKeys {
    fn from_iter<T: IntoIterator<Item = Key>>(keys: T) -> Self {
        Self(keys.into_iter().fold(0, |bits, key| bits | 1 << key as u16))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_at_once_and_alone() {
        let keys = Keys::with_session_names(true);
        let alone = Keys { at_once: None, ..Keys::with_session_names(true) };
        let all: Vec<&str> = Key::ALL.into_iter().map(Key::written).collect();
        for text in ["", "x", &"é".repeat(40)] {
            for (key, written) in Key::ALL.iter().zip(&all) {
                let line = format!("{{{text}{written}:1,\"{text}\":\"\\\"user\\\"\"}}");
                let found = FoundKeys::from_iter([*key]);
                assert_eq!((keys.on(line.as_bytes()), alone.on(line.as_bytes())), (found, found), "{line}");
            }
            let line = format!("{text}[{}]", all.join(","));
            let found: FoundKeys = Key::ALL.into_iter().collect();
            assert_eq!((keys.on(line.as_bytes()), alone.on(line.as_bytes())), (found, found));
        }
        assert_eq!(keys.on(b"{}"), FoundKeys::default());
    }

    #[test]
    fn session_names_are_only_searched_for_on_request() {
        let line = br#"{"type":"custom-title","x":"agent-name"}"#;
        assert!(Keys::with_session_names(true).on(line).any(&[Key::CustomTitle]));
        assert_eq!(Keys::default().on(line), FoundKeys::default());
    }

    #[test]
    fn an_error_is_a_key_with_the_value_true() {
        let check =
            |line: &str, expected| assert_eq!(Keys::default().has_error(line.as_bytes()), expected, "{line}");
        check(r#"{"is_error":true}"#, true);
        check(r#"{"is_error" : true}"#, true);
        check(r#"{"is_error":false,"a":{"is_error":true}}"#, true);
        check(r#"{"is_error":false}"#, false);
        check(r#"{"is_error":"true"}"#, false);
        check(r#"{"x":"\"is_error\":true"}"#, false);
    }
}
