//! Checkpoints and batches survive being stored, and no other form is taken for one.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use ctm_types::details::NamedRequest;
use ctm_types::*;
use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::fmt::Debug;
use std::sync::Arc;

/// Makes values out of numbers, one after the other, from the first again after the last.
struct Made<'a>(std::iter::Cycle<std::slice::Iter<'a, u64>>);

impl<'a> Made<'a> {
    fn of(numbers: &'a [u64]) -> Self {
        Self(numbers.iter().cycle())
    }

    fn number(&mut self) -> u64 {
        *self.0.next().expect("a cycle has no end")
    }

    fn signed(&mut self) -> i64 {
        i64::from_ne_bytes(self.number().to_ne_bytes())
    }

    fn flag(&mut self) -> bool {
        self.number() % 2 == 1
    }

    fn at(&mut self) -> EpochMs {
        EpochMs(self.signed())
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[(self.number() % of.len() as u64) as usize]
    }

    fn text(&mut self) -> String {
        let ending = self.one(&["", "\"", "\\", "\n", "\u{7f}", "é", "用量", "\u{1f600}", "{}"]);
        format!("{:x}{ending}", self.number() % 0x1000)
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.flag().then(|| make(self))
    }

    fn some<T, C: FromIterator<T>>(&mut self, mut make: impl FnMut(&mut Self) -> T) -> C {
        (0..self.number() % 3).map(|_| make(self)).collect()
    }

    fn amount(&mut self) -> PicoUsd {
        let (high, low) = (self.signed(), self.number());
        PicoUsd(i128::from(high) << 64 | i128::from(low))
    }

    fn file(&mut self) -> TranscriptPath {
        TranscriptPath { relative: self.text().into(), home: self.text().into() }
    }

    fn checkpoint(&mut self) -> Checkpoint {
        Checkpoint {
            identity: FileIdentity { device: self.number(), inode: self.number() },
            size_bytes: self.number(),
            modified_ns: self.signed(),
            offset_bytes: self.number(),
            head_hash: self.number(),
            tail_hash: self.number(),
            cwd: self.maybe(Self::text),
        }
    }

    fn part(&mut self) -> Part {
        let billing = Billing {
            model: self.text(),
            speed: self.maybe(Self::text),
            service_tier: self.maybe(Self::text),
            inference_geo: self.maybe(Self::text),
            refusal: self.maybe(Self::text),
        };
        let tokens = TokenCounts {
            input: self.number(),
            output: self.number(),
            cache_read: self.number(),
            cache_write_5m: self.number(),
            cache_write_1h: self.number(),
        };
        let (web_searches, ttl_assumed) = (self.number(), self.flag());
        Part { billing: Arc::new(billing), tokens, web_searches, ttl_assumed }
    }

    fn attribution(&mut self) -> Attribution {
        let conversation = Conversation {
            session: self.text(),
            folder: self.text(),
            branch: self.maybe(Self::text),
            version: self.maybe(Self::text),
            sidechain: self.flag(),
            agent: self.maybe(Self::text),
            entrypoint: self.maybe(Self::text),
            team: self.maybe(Self::text),
            teammate: self.maybe(Self::text),
        };
        Attribution { at_ms: self.at(), conversation: Arc::new(conversation) }
    }

    fn details(&mut self) -> Details {
        let circumstance = self.maybe(|made| Circumstance {
            skill: made.maybe(Self::text),
            plugin: made.maybe(Self::text),
            agent: made.maybe(Self::text),
            mcp_server: made.maybe(Self::text),
            mcp_tool: made.maybe(Self::text),
            effort: made.maybe(Self::text),
            refusal: made.maybe(Self::text),
            cache_miss: made.maybe(Self::text),
        });
        Details {
            circumstance: circumstance.map(Arc::new),
            thinking_tokens: self.maybe(Self::number),
            cache_missed_tokens: self.maybe(Self::number),
            request: self.maybe(|made| NamedRequest { at_ms: made.at(), request: RequestKey(made.signed()) }),
        }
    }

    fn copy(&mut self) -> LoggedCopy {
        LoggedCopy {
            key: ResponseKey::from_stored(&self.text()),
            locus: Locus { file: Arc::new(self.file()), offset_bytes: self.number() },
            snapshot: Consumption {
                parts: self.some(Self::part),
                output: self.number(),
                is_final: self.flag(),
            },
            attribution: self.attribution(),
            details: self.details(),
            embedded: self.flag(),
            in_own_file: self.flag(),
            tool_calls: self.some(|made| ToolCall { id: made.text(), name: made.text() }),
            refused_request: self.maybe(Self::text),
        }
    }

    fn record(&mut self) -> SessionRecord {
        let outcomes = [
            HookOutcome::Passed,
            HookOutcome::Blocked,
            HookOutcome::Failed,
            HookOutcome::TimedOut,
            HookOutcome::Cancelled,
        ];
        let what = match self.number() % 3 {
            0 => Recorded::Turn { duration_ms: self.number() },
            1 => Recorded::Hook {
                program: self.maybe(Self::text),
                event: self.maybe(Self::text),
                duration_ms: self.maybe(Self::number),
                outcome: self.maybe(|made| made.one(&outcomes)),
            },
            _ => Recorded::PullRequest {
                repository: self.text(),
                number: self.number(),
                url: self.maybe(Self::text),
            },
        };
        SessionRecord { id: self.text(), session: self.text(), at_ms: self.at(), what }
    }

    fn cost_state(&mut self) -> CostState {
        let model = |made: &mut Self| ModelCost {
            cost: made.amount(),
            input: made.number(),
            output: made.number(),
            thinking: made.number(),
            cache_read: made.number(),
            cache_write: made.number(),
            web_searches: made.number(),
        };
        CostState {
            cost: self.amount(),
            api_duration_ms: self.number(),
            tool_duration_ms: self.number(),
            duration_ms: self.number(),
            lines_added: self.number(),
            lines_removed: self.number(),
            models: self.some(|made| (made.text(), model(made))),
        }
    }

    fn sessions(&mut self) -> SessionFacts {
        let name = |made: &mut Self| SessionName {
            name: made.text(),
            offset_bytes: made.number(),
            in_own_file: made.flag(),
        };
        SessionFacts {
            records: self.some(Self::record),
            names: self
                .some(|made| ((made.text(), made.one(&[NameKind::Title, NameKind::Agent])), name(made))),
            cost_states: self.some(|made| (made.text(), made.cost_state())),
        }
    }

    fn lines(&mut self) -> LineCounts {
        LineCounts {
            read: self.number(),
            copies: self.number(),
            forgotten: self.number(),
            skipped: SkipReason::ALL.map(|_| self.maybe(Self::number).unwrap_or(0)),
            flawed: IssueKind::FLAWS.map(|_| self.maybe(Self::number).unwrap_or(0)),
        }
    }

    fn issue(&mut self) -> LineIssue {
        let kinds = SkipReason::ALL.map(IssueKind::Skipped).into_iter().chain(IssueKind::FLAWS);
        LineIssue { offset_bytes: self.number(), kind: self.one(&kinds.collect::<Vec<_>>()) }
    }

    fn batch(&mut self) -> Batch {
        Batch {
            file: self.file(),
            start: if self.flag() { Start::Checkpoint(self.number()) } else { Start::Beginning },
            next: self.checkpoint(),
            at_end: self.flag(),
            copies: self.some(Self::copy),
            prompts: self.some(|made| Prompt { uuid: made.text(), session: made.text(), at_ms: made.at() }),
            tool_errors: self.some(|made| ToolError { id: made.text() }),
            searches: self.some(|made| CallSearches { id: made.text(), searches: made.number() }),
            refusals: self.some(|made| (made.text(), made.text())),
            agent: self.maybe(|made| Agent { id: made.text(), kind: made.maybe(Self::text) }),
            forks: self.some(|made| (made.text(), made.some(Self::text))),
            starts: self.some(|made| SessionStart {
                session: made.text(),
                folder: made.text(),
                at_ms: made.at(),
                in_own_file: made.flag(),
            }),
            worktrees: self.some(|made| (made.text(), made.text())),
            sessions: self.sessions(),
            lines: self.lines(),
            tail: self.lines(),
            issues: self.some(Self::issue),
        }
    }
}

fn numbers() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(any::<u64>(), 1..200)
}

/// Checks that a value survives JSON, as text and as a tree, and that no beginning of the text is one.
fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, cut: prop::sample::Index) {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value);
    let tree: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(&serde_json::from_value::<T>(tree).unwrap(), value);
    let end = cut.index(text.len());
    serde_json::from_slice::<T>(&text.as_bytes()[..end]).unwrap_err();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_is_stored_is_read_again(numbers in numbers(), cut in any::<prop::sample::Index>()) {
        check(&Made::of(&numbers).checkpoint(), cut);
        check(&Made::of(&numbers).batch(), cut);
    }

    /// A damaged text is an error, or another value: never a panic.
    #[test]
    fn a_damaged_text_does_no_harm(numbers in numbers(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut text = serde_json::to_vec(&Made::of(&numbers).batch()).unwrap();
        let at = at.index(text.len());
        text[at] = byte;
        drop(serde_json::from_slice::<Batch>(&text));
        drop(serde_json::from_slice::<Checkpoint>(&text));
    }
}

fn checkpoint() -> Checkpoint {
    Made::of(&[3, 1, 4, 1, 5, 9]).checkpoint()
}

#[test]
fn the_form_of_a_checkpoint_stays() {
    let form = json!({
        "version": "1",
        "identity": {"device": 7, "inode": 8},
        "size_bytes": 120,
        "modified_ns": -5,
        "offset_bytes": 100,
        "head_hash": u64::MAX,
        "tail_hash": 2,
        "cwd": null,
    });
    let checkpoint = Checkpoint {
        identity: FileIdentity { device: 7, inode: 8 },
        size_bytes: 120,
        modified_ns: -5,
        offset_bytes: 100,
        head_hash: u64::MAX,
        tail_hash: 2,
        cwd: None,
    };
    assert_eq!(serde_json::to_value(&checkpoint).unwrap(), form);
    let mut form = form;
    form.as_object_mut().unwrap().remove("cwd");
    assert_eq!(serde_json::from_value::<Checkpoint>(form).unwrap(), checkpoint);
}

#[test]
fn the_form_of_counts_and_amounts_is_by_name_and_exact() {
    let mut lines = LineCounts::default();
    lines.add_copy();
    lines.add_skipped(SkipReason::NotAnObject);
    lines.add_flaw(IssueKind::BadCount);
    let form = json!({
        "read": 2, "copies": 1, "forgotten": 0, "skipped": {"not_an_object": 1}, "flawed": {"bad_count": 1},
    });
    assert_eq!(serde_json::to_value(&lines).unwrap(), form);
    for reason in SkipReason::ALL {
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.name());
    }
    for flaw in IssueKind::FLAWS {
        assert_eq!(serde_json::to_value(flaw).unwrap(), flaw.name());
    }
    for amount in [i128::MIN, -1, 0, i128::MAX].map(PicoUsd) {
        let stored = serde_json::to_value(amount).unwrap();
        assert_eq!(stored, amount.to_string());
        assert_eq!(serde_json::from_value::<PicoUsd>(stored).unwrap(), amount);
    }
}

/// Checks that another version is refused, whatever else the form has.
fn refuse<T: DeserializeOwned + Debug>(form: &Value, what: &str) {
    let refused = format!("{what} of an unknown version: read the file from its beginning");
    for version in [json!("0"), json!("2"), json!("1.1"), json!("")] {
        let mut whole = form.clone();
        whole["version"] = version.clone();
        for other in [whole, json!({"version": version}), json!({"offset_bytes": [], "version": version})] {
            let error = serde_json::from_value::<T>(other).unwrap_err().to_string();
            assert_eq!(error, refused, "{version}");
        }
    }
    for version in [json!(null), json!(0), json!(2), json!(1.5), json!([1]), json!(true)] {
        let mut form = form.clone();
        form["version"] = version;
        serde_json::from_value::<T>(form).unwrap_err();
    }
    let mut form = form.clone();
    form.as_object_mut().unwrap().remove("version");
    assert_eq!(serde_json::from_value::<T>(form).unwrap_err().to_string(), "missing field `version`");
}

#[test]
fn another_version_is_refused() {
    refuse::<Checkpoint>(&serde_json::to_value(checkpoint()).unwrap(), "checkpoint");
    let batch = serde_json::to_value(Made::of(&[3, 1, 4, 1, 5, 9]).batch()).unwrap();
    refuse::<Batch>(&batch, "batch");
    let mut inner = batch;
    inner["next"]["version"] = json!("2");
    let error = serde_json::from_value::<Batch>(inner).unwrap_err().to_string();
    assert_eq!(error, "checkpoint of an unknown version: read the file from its beginning");
}

#[test]
fn fields_that_a_later_form_adds_are_ignored_and_missing_ones_are_named() {
    let mut form = serde_json::to_value(checkpoint()).unwrap();
    form["added"] = json!({"any": [1, "thing"]});
    assert_eq!(serde_json::from_value::<Checkpoint>(form.clone()).unwrap(), checkpoint());
    form.as_object_mut().unwrap().remove("offset_bytes");
    let error = serde_json::from_value::<Checkpoint>(form).unwrap_err().to_string();
    assert_eq!(error, "missing field `offset_bytes`");
}

#[test]
fn a_reason_that_is_not_known_is_an_error() {
    let form = r#"{"read":1,"copies":0,"forgotten":0,"skipped":{"later":1},"flawed":{}}"#;
    let error = serde_json::from_str::<LineCounts>(form).unwrap_err().to_string();
    assert!(error.starts_with("unknown variant `later`, expected one of `blank`"), "{error}");
    let form = r#"{"read":1,"copies":0,"forgotten":0,"skipped":{},"flawed":{"skipped":1}}"#;
    serde_json::from_str::<LineCounts>(form).unwrap_err();
}
