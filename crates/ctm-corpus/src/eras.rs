//! Eras: differences between versions of Claude Code.
//!
//! A home plays through its eras in time, as if its owner had installed one update after the
//! other: the old eras lie at its beginning.

/// The copies of a response that carry its final output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Streaming {
    /// All copies are equal and final.
    Always,
    /// The output grows from copy to copy and the last one is final, but in some percent of the
    /// responses that one was never written.
    AtTheEnd { lost_percent: u64 },
    /// All copies are placeholders.
    Never,
}

/// Shapes of `message.usage`, each with more fields than the previous one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shape {
    /// The four counts; a final copy has a `stop_reason`.
    Flat,
    /// Also the durations of cache writes.
    Split,
    /// Also, on final copies, an empty `iterations`, and the `stop_reason` is always null.
    Marked,
    /// Also `speed`, and `iterations` is filled.
    Iterated,
}

/// Location of the transcripts of subagents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AgentPlace {
    /// Among the lines of the session, marked as a sidechain.
    Inline,
    /// In a file beside the session's.
    Beside,
    /// In a file in the session's folder.
    Below,
}

/// A stretch of versions that write alike.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Era {
    /// Versions, the oldest first.
    pub(crate) versions: &'static [&'static str],
    /// `true` if lines have `message.id` and `requestId`.
    pub(crate) ids: bool,
    /// Shape of usage.
    pub(crate) shape: Shape,
    /// Final copies in the main conversation.
    pub(crate) main: Streaming,
    /// Final copies in the transcripts of subagents.
    pub(crate) agents: Streaming,
    /// Location of the transcripts of subagents.
    pub(crate) agent_place: AgentPlace,
    /// `true` if `progress` records repeat the log of subagents, and compaction is a subagent.
    pub(crate) progress: bool,
    /// `true` if the working directory, session and version come last on a line instead of first.
    pub(crate) place_last: bool,
    /// `true` if lines contain details besides usage.
    pub(crate) details: bool,
}

/// The eras, the oldest first.
const ERAS: [Era; 7] = [
    Era {
        versions: &["0.2.98", "0.2.115"],
        ids: false,
        shape: Shape::Flat,
        main: Streaming::Always,
        agents: Streaming::Always,
        agent_place: AgentPlace::Inline,
        progress: false,
        place_last: false,
        details: false,
    },
    Era {
        versions: &["1.0.31", "1.0.56", "1.0.88"],
        ids: true,
        shape: Shape::Flat,
        main: Streaming::Never,
        agents: Streaming::Never,
        agent_place: AgentPlace::Inline,
        progress: false,
        place_last: false,
        details: false,
    },
    Era {
        versions: &["2.0.28", "2.0.35"],
        ids: true,
        shape: Shape::Split,
        main: Streaming::AtTheEnd { lost_percent: 70 },
        agents: Streaming::Never,
        agent_place: AgentPlace::Beside,
        progress: false,
        place_last: false,
        details: false,
    },
    Era {
        versions: &["2.0.37", "2.0.42"],
        ids: true,
        shape: Shape::Split,
        main: Streaming::Always,
        agents: Streaming::Always,
        agent_place: AgentPlace::Beside,
        progress: false,
        place_last: false,
        details: false,
    },
    Era {
        versions: &["2.1.38", "2.1.39", "2.1.42"],
        ids: true,
        shape: Shape::Marked,
        main: Streaming::AtTheEnd { lost_percent: 35 },
        agents: Streaming::Never,
        agent_place: AgentPlace::Below,
        progress: true,
        place_last: false,
        details: false,
    },
    Era {
        versions: &["2.1.98", "2.1.114", "2.1.143"],
        ids: true,
        shape: Shape::Iterated,
        main: Streaming::Always,
        agents: Streaming::AtTheEnd { lost_percent: 8 },
        agent_place: AgentPlace::Below,
        progress: false,
        place_last: true,
        details: false,
    },
    Era {
        // Most of these versions log all copies alike; growing ones are the harder case.
        versions: &["2.1.205", "2.1.221", "2.1.240", "2.1.263", "2.1.278"],
        ids: true,
        shape: Shape::Iterated,
        main: Streaming::AtTheEnd { lost_percent: 0 },
        agents: Streaming::AtTheEnd { lost_percent: 20 },
        agent_place: AgentPlace::Below,
        progress: false,
        place_last: true,
        details: true,
    },
];

/// All eras.
pub(crate) const ALL: &[Era] = &ERAS;
/// The present era.
pub(crate) const CURRENT: &[Era] = ERAS.split_at(ERAS.len() - 1).1;

/// The eras that copy the most: also into progress records.
pub(crate) const COPYING: &[Era] = ERAS.split_at(4).1;

/// The era with the shortest lines among those that are final.
pub(crate) const BRIEF: &[Era] = ERAS.split_at(3).1.split_at(1).0;

/// Returns the era and the version in use at a time of the home, in thousandths of its life.
pub(crate) fn at(eras: &'static [Era], permille: u64) -> (&'static Era, &'static str) {
    // The current era is half of the home's life.
    let (current, past) = eras.split_last().expect("a home has an era");
    let (era, permille) = match past.len() as u64 {
        0 => (current, permille),
        _ if permille >= 500 => (current, (permille - 500) * 2),
        count => {
            let place = permille * 2 * count;
            (&past[usize::try_from(place / 1_000).expect("an index")], place % 1_000)
        }
    };
    let version = permille.min(999) * era.versions.len() as u64 / 1_000;
    (era, era.versions[usize::try_from(version).expect("an index")])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eras_follow_one_another_and_the_current_one_takes_half() {
        let check = |eras, permille, expected| assert_eq!(at(eras, permille).1, expected);
        check(ALL, 0, "0.2.98");
        check(ALL, 100, "1.0.31");
        check(ALL, 499, "2.1.143");
        check(ALL, 500, "2.1.205");
        check(ALL, 1_000, "2.1.278");
        check(CURRENT, 0, "2.1.205");
        check(CURRENT, 1_000, "2.1.278");
    }
}
