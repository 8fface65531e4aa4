//! The owner of a response or a prompt that occurs in several sessions.
//!
//! A fork is a copy of a conversation under another session id: its lines keep their ids and times, and
//! most of them do not state whether they were written there or copied.
//!
//! # Design
//!
//! [`owners`] decides from all facts of all sessions, never from the order of reading: the same facts
//! yield the same owners, in whatever order and at whatever time transcripts arrive. A response belongs to
//! the session with its earliest copy. Among sessions with equally early copies, the original is the first
//! according to these rules:
//!
//! 1. the one with fewer copying steps to a session that is not a fork, according to their lines;
//! 2. the one that only has what all of them have, because it was left when the fork continued;
//!    else the one whose first other response is earlier: a fork has others only behind the shared part;
//! 3. the one without responses that no other session has, or whose first such response is earlier;
//! 4. the one that ends earlier;
//! 5. the one with the smaller id.
//!
//! A prompt belongs to the session that owns, or would own, the responses of the same sessions. No
//! owner follows from prompts, because not every way of counting reads them.

use crate::EpochMs;
use std::collections::{BTreeMap, BTreeSet};

/// Maximum number of sessions with the same responses that are compared set by set. More are compared by
/// the responses that no other session has.
const MOST_COMPARED: usize = 64;

/// A session that shares responses with others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimant {
    /// Its id.
    pub session: String,
    /// `true` if its lines mark it as a fork.
    pub is_fork: bool,
    /// The sessions that lines name as its original, as indices into the list of claimants.
    pub originals: Vec<usize>,
    /// Time of the first response that no other session has, in UTC epoch milliseconds.
    pub own_first_ms: Option<EpochMs>,
}

/// A response or a prompt that several sessions have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contested {
    /// The sessions whose earliest copy is the earliest of all, as indices into the list of claimants, ascending.
    claimants: Vec<usize>,
    /// Time of the response, in UTC epoch milliseconds.
    at_ms: EpochMs,
}

impl Contested {
    /// Creates one from its claims, at least one: the index of each session in the list of claimants,
    /// and the time of its earliest copy there, in UTC epoch milliseconds.
    #[must_use]
    pub fn of(claims: impl IntoIterator<Item = (usize, EpochMs)>) -> Self {
        let mut claims: Vec<(usize, EpochMs)> = claims.into_iter().collect();
        let at_ms = claims.iter().map(|(_, at_ms)| *at_ms).min().unwrap_or_default();
        claims.retain(|(_, of)| *of == at_ms);
        claims.sort_unstable();
        Self { claimants: claims.into_iter().map(|(claimant, _)| claimant).collect(), at_ms }
    }

    /// Returns the time of the response, in UTC epoch milliseconds.
    #[must_use]
    pub fn at_ms(&self) -> EpochMs {
        self.at_ms
    }
}

/// First and last time of the responses that the same sessions have.
#[derive(Debug, Clone, Copy)]
struct Span {
    first_ms: EpochMs,
    last_ms: EpochMs,
}

/// The sessions with the same responses, and the time span of these.
type Groups<'a> = BTreeMap<&'a [usize], Span>;

/// Returns the owner of each response and of each prompt, as indices into the list of claimants.
#[must_use]
pub fn owners(claimants: &[Claimant], responses: &[Contested], prompts: &[Contested]) -> [Vec<usize>; 2] {
    let mut groups = Groups::new();
    for Contested { claimants, at_ms } in responses {
        let span = groups.entry(claimants).or_insert(Span { first_ms: *at_ms, last_ms: *at_ms });
        *span = Span { first_ms: span.first_ms.min(*at_ms), last_ms: span.last_ms.max(*at_ms) };
    }
    let depths = depths(claimants);
    let mut owners: BTreeMap<&[usize], usize> = BTreeMap::new();
    for groups in connected(claimants.len(), groups.clone()) {
        owners.extend(groups.keys().map(|group| (*group, owner(claimants, &depths, &groups, group))));
    }
    for Contested { claimants: group, .. } in prompts {
        if let [only] = group[..] {
            owners.insert(group, only);
        } else if !owners.contains_key(group.as_slice()) {
            let around = groups.iter().filter(|(of, _)| group.iter().any(|claimant| of.contains(claimant)));
            let around: Groups<'_> = around.map(|(of, span)| (*of, *span)).collect();
            owners.insert(group, owner(claimants, &depths, &around, group));
        }
    }
    [responses, prompts].map(|of| of.iter().map(|one| owners[one.claimants.as_slice()]).collect())
}

/// Splits groups into those that are connected by sessions in several of them.
fn connected(claimants: usize, groups: Groups<'_>) -> impl Iterator<Item = Groups<'_>> {
    // Each session leads to one before it, or to itself.
    let mut before: Vec<usize> = (0..claimants).collect();
    fn first(before: &mut [usize], mut claimant: usize) -> usize {
        while before[claimant] != claimant {
            before[claimant] = before[before[claimant]];
            claimant = before[claimant];
        }
        claimant
    }
    for group in groups.keys() {
        for pair in group.windows(2) {
            let [one, other] = [pair[0], pair[1]].map(|claimant| first(&mut before, claimant));
            before[one.max(other)] = one.min(other);
        }
    }
    let mut split: BTreeMap<Option<usize>, Groups<'_>> = BTreeMap::new();
    for (group, span) in groups {
        let of = group.first().map(|claimant| first(&mut before, *claimant));
        split.entry(of).or_default().insert(group, span);
    }
    split.into_values()
}

/// Returns the minimum number of copying steps from each claimant to a session that is not a fork,
/// according to its lines. Sessions that name each other have the maximum.
fn depths(claimants: &[Claimant]) -> Vec<usize> {
    let first = |of: &Claimant| if of.originals.is_empty() { usize::from(of.is_fork) } else { usize::MAX };
    let mut depths: Vec<usize> = claimants.iter().map(first).collect();
    loop {
        let mut is_settled = true;
        for (at, claimant) in claimants.iter().enumerate() {
            let originals = claimant.originals.iter().map(|original| depths[*original]);
            let depth = originals.min().map_or(depths[at], |depth| depth.saturating_add(1));
            if depth < depths[at] {
                depths[at] = depth;
                is_settled = false;
            }
        }
        if is_settled {
            return depths;
        }
    }
}

fn owner(claimants: &[Claimant], depths: &[usize], groups: &Groups<'_>, group: &[usize]) -> usize {
    let sessions: BTreeSet<usize> = groups.keys().flat_map(|group| group.iter().copied()).collect();
    let is_compared = sessions.len() <= MOST_COMPARED;
    let others = |claimant: usize| groups.iter().filter(move |(group, _)| group.contains(&claimant));
    let key = |claimant: usize| {
        let Claimant { session, own_first_ms, .. } = &claimants[claimant];
        let beside = others(claimant).filter(|(other, _)| is_compared && !has_all(other, group));
        let first_ms = beside.map(|(_, span)| span.first_ms).chain(*own_first_ms).min();
        let last_ms = others(claimant).map(|(_, span)| span.last_ms).max();
        (depths[claimant], first_ms, *own_first_ms, last_ms, session)
    };
    group.iter().copied().min_by_key(|claimant| key(*claimant)).unwrap_or_default()
}

fn has_all(group: &[usize], wanted: &[usize]) -> bool {
    wanted.iter().all(|claimant| group.binary_search(claimant).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sessions by name, whether they are marked, and the times of their responses; equal times are the
    /// same response.
    type Sessions<'a> = &'a [(&'a str, bool, &'a [i64])];

    /// Returns the owner of each response by its time, for the sessions in any order, where lines name the
    /// originals of forks.
    fn owner_names(sessions: Sessions<'_>, named: &[(&str, &str)]) -> BTreeMap<i64, String> {
        let place = |name: &str| sessions.iter().position(|(session, ..)| *session == name);
        let originals = |fork: &str| {
            let of_fork = named.iter().filter(|(of, _)| *of == fork);
            of_fork.filter_map(|(_, original)| place(original)).collect()
        };
        let mut by_time: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
        for (at, (.., times)) in sessions.iter().enumerate() {
            times.iter().for_each(|at_ms| by_time.entry(*at_ms).or_default().push(at));
        }
        let own = |at: usize| by_time.iter().find(|(_, of)| **of == [at]).map(|(at_ms, _)| EpochMs(*at_ms));
        let claimants: Vec<Claimant> = sessions
            .iter()
            .enumerate()
            .map(|(at, (session, is_fork, _))| Claimant {
                session: (*session).to_owned(),
                is_fork: *is_fork,
                originals: originals(session),
                own_first_ms: own(at),
            })
            .collect();
        let contested: Vec<Contested> = by_time
            .iter()
            .filter(|(_, of)| of.len() > 1)
            .map(|(at_ms, of)| Contested::of(of.iter().map(|claimant| (*claimant, EpochMs(*at_ms)))))
            .collect();
        let [owners, of_prompts] = owners(&claimants, &contested, &contested);
        assert_eq!(owners, of_prompts);
        contested.iter().zip(owners).map(|(of, at)| (of.at_ms.0, claimants[at].session.clone())).collect()
    }

    fn check(sessions: Sessions<'_>, expected: &[(i64, &str)]) {
        check_named(sessions, &[], expected);
    }

    fn check_named(sessions: Sessions<'_>, named: &[(&str, &str)], expected: &[(i64, &str)]) {
        let expected: BTreeMap<i64, String> =
            expected.iter().map(|(at_ms, session)| (*at_ms, (*session).to_owned())).collect();
        assert_eq!(owner_names(sessions, named), expected, "{sessions:?}");
        let backwards: Vec<_> = sessions.iter().rev().copied().collect();
        assert_eq!(owner_names(&backwards, named), expected, "{backwards:?}");
    }

    #[test]
    fn the_copy_is_the_session_that_has_more_behind_the_shared_part() {
        check(&[("z", false, &[1, 2, 3]), ("a", false, &[1, 2, 3, 9])], &[(1, "z"), (2, "z"), (3, "z")]);
    }

    #[test]
    fn the_original_continues_before_its_fork() {
        check(&[("z", false, &[1, 2, 5, 6]), ("a", false, &[1, 2, 9])], &[(1, "z"), (2, "z")]);
    }

    #[test]
    fn responses_within_the_shared_part_belong_to_the_original() {
        check(&[("z", false, &[1, 2, 3, 20]), ("a", false, &[1, 3, 9])], &[(1, "z"), (3, "z")]);
    }

    #[test]
    fn a_marked_fork_is_a_fork() {
        check(&[("z", false, &[1, 2, 9]), ("a", true, &[1, 2])], &[(1, "z"), (2, "z")]);
    }

    #[test]
    fn a_fork_of_a_fork_owns_what_it_added() {
        let forks: Sessions<'_> =
            &[("z", false, &[1, 2]), ("m", false, &[1, 2, 5, 6]), ("a", false, &[1, 2, 5, 6, 8])];
        check(forks, &[(1, "z"), (2, "z"), (5, "m"), (6, "m")]);
        // The original is continued before its fork is.
        let forks: Sessions<'_> =
            &[("z", false, &[1, 2, 4]), ("m", false, &[1, 2, 5, 6]), ("a", false, &[1, 2, 5, 6, 8])];
        check(forks, &[(1, "z"), (2, "z"), (5, "m"), (6, "m")]);
    }

    #[test]
    fn a_session_that_another_one_names_as_its_original_is_that_one_s_original() {
        // The fork of the fork is continued first, and the original last.
        let forks: Sessions<'_> =
            &[("z", false, &[1, 2, 20]), ("m", true, &[1, 2, 5, 6, 10]), ("a", true, &[1, 2, 5, 6, 8])];
        check_named(forks, &[("m", "z"), ("a", "m")], &[(1, "z"), (2, "z"), (5, "m"), (6, "m")]);
        // A copied line describes the fork like its original.
        let named = [("m", "z"), ("a", "z"), ("a", "m"), ("m", "a")];
        check_named(forks, &named[..2], &[(1, "z"), (2, "z"), (5, "a"), (6, "a")]);
        check_named(forks, &named[..3], &[(1, "z"), (2, "z"), (5, "a"), (6, "a")]);
        // Two that name each other end somewhere.
        check_named(&[("m", false, &[1, 9]), ("a", false, &[1, 5])], &[("m", "a"), ("a", "m")], &[(1, "a")]);
    }

    #[test]
    fn of_equal_sessions_one_owns_all() {
        check(&[("z", false, &[1, 2]), ("a", false, &[1, 2])], &[(1, "a"), (2, "a")]);
    }

    #[test]
    fn a_prompt_before_any_response_is_of_the_session_that_went_on_first() {
        let claimant = |session: &str, own_first_ms: Option<i64>| Claimant {
            session: session.to_owned(),
            is_fork: false,
            originals: Vec::new(),
            own_first_ms: own_first_ms.map(EpochMs),
        };
        let claimants = [claimant("a", Some(9)), claimant("z", Some(5)), claimant("m", None)];
        let prompt = |claims: &[(usize, i64)]| {
            Contested::of(claims.iter().map(|(claimant, at_ms)| (*claimant, EpochMs(*at_ms))))
        };
        let check = |prompts: &[Contested], expected: &[usize]| {
            assert_eq!(owners(&claimants, &[], prompts), [vec![], expected.to_vec()]);
        };
        check(&[prompt(&[(0, 1), (1, 1)]), prompt(&[(0, 1), (1, 1), (2, 1)])], &[1, 2]);
        // Only the earliest copies count.
        check(&[prompt(&[(0, 1), (1, 2)])], &[0]);
    }

    #[test]
    fn so_many_sessions_as_are_not_compared_have_an_owner_too() {
        let names: Vec<String> = (0..70).map(|number| format!("{number:02}")).collect();
        let times: Vec<[i64; 2]> = (0..70).map(|number| [1, 1_000 - number]).collect();
        let sessions: Vec<_> =
            names.iter().zip(&times).map(|(name, times)| (name.as_str(), false, times.as_slice())).collect();
        assert_eq!(owner_names(&sessions, &[])[&1], "69");
    }
}
