//! A session among those of its project: its cost against their median, and its neighbours.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::query::{Period, Query};
use super::wire::{AmongProject, Usd};
use chrono_tz::Tz;
use ctm_aggregate::SessionUsage;
use ctm_aggregate::median::median;
use ctm_facts::{CatalogNames, UsageFilter};
use ctm_types::PicoUsd;

/// Number of sessions below which a median supports no statement.
const MINIMUM_SESSIONS: u64 = 5;

impl DatabaseReports {
    /// Returns a session among those of its project, over all time.
    pub(super) async fn among_project(&self, id: &str, project: &str) -> Result<AmongProject, ReportError> {
        let filter = UsageFilter { projects: vec![project.to_owned()], ..UsageFilter::default() };
        let query = Query { period: Period::ALL, tz: Tz::UTC, filter };
        let gathered =
            self.reporter.gather(&query, CatalogNames::SessionsAndProjects, |_| Vec::new()).await?;
        Ok(among(id, self.reporter.ledger(&query, &gathered).by_session_and_project()))
    }
}

fn among(id: &str, mut sessions: Vec<SessionUsage>) -> AmongProject {
    let begun = |of: &SessionUsage| (of.usage.amounts.span.map(|span| span.first_ms), of.session.clone());
    sessions.sort_by_cached_key(begun);
    let place = sessions.iter().position(|of| *of.session == *id);
    let at = |place: Option<usize>| Some(sessions.get(place?)?.session.to_string());
    let own = place.and_then(|place| sessions[place].usage.amounts.cost_usd());
    let costs: Vec<PicoUsd> = sessions.iter().filter_map(|of| of.usage.amounts.cost_usd()).collect();
    let count = costs.len() as u64;
    let more_expensive = own.map_or(0, |own| costs.iter().filter(|cost| **cost > own).count() as u64);
    let median = median(costs);
    let factor = own.zip(median).filter(|(_, median)| *median > PicoUsd::ZERO && count >= MINIMUM_SESSIONS);
    AmongProject {
        sessions: count,
        minimum_sessions: MINIMUM_SESSIONS,
        median_cost_usd: median.map(Usd),
        factor: factor.map(|(own, median)| own.to_f64() / median.to_f64()),
        more_expensive,
        previous: at(place.and_then(|place| place.checked_sub(1))),
        next: at(place.map(|place| place + 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_aggregate::Usage;
    use ctm_aggregate::usage::Span;
    use ctm_types::{EpochMs, SessionId};

    /// Returns a session that begins at a time and costs something; `None` without a price.
    fn session(name: &str, first_ms: i64, cost: Option<i128>) -> SessionUsage {
        let at = EpochMs(first_ms);
        let amounts = ctm_aggregate::usage::Amounts {
            span: Some(Span { first_ms: at, last_ms: at }),
            cost: PicoUsd(cost.unwrap_or_default()),
            priced_tokens: u64::from(cost.is_some()),
            unpriced_tokens: u64::from(cost.is_none()),
            ..Default::default()
        };
        let usage = Usage { amounts, sessions: [SessionId(first_ms)].into(), ..Usage::default() };
        SessionUsage { session: name.into(), project: "p".into(), models: Vec::new(), usage }
    }

    #[test]
    fn a_session_is_compared_with_the_median_from_five_sessions_on() {
        let costs = [40, 10, 20, 30];
        let four: Vec<_> =
            costs.iter().zip(1..).map(|(cost, at)| session(&at.to_string(), at, Some(*cost))).collect();
        let of = among("1", four.clone());
        assert_eq!((of.sessions, of.factor, of.more_expensive), (4, None, 0));
        let five: Vec<_> = four.into_iter().chain([session("5", 5, Some(1000))]).collect();
        let of = among("1", five);
        assert_eq!(of.median_cost_usd, Some(Usd(PicoUsd(30))));
        assert_eq!((of.sessions, of.factor, of.more_expensive), (5, Some(40.0 / 30.0), 1));
    }

    #[test]
    fn neighbours_are_those_by_time() {
        let all = || vec![session("b", 2, Some(1)), session("c", 3, None), session("a", 1, Some(1))];
        let neighbours = |id| {
            let of = among(id, all());
            (of.previous, of.next)
        };
        let name = |text: &str| Some(text.to_owned());
        assert_eq!(neighbours("a"), (None, name("b")));
        assert_eq!(neighbours("b"), (name("a"), name("c")));
        assert_eq!(neighbours("c"), (name("b"), None));
        assert_eq!(neighbours("unknown"), (None, None));
        assert_eq!(among("c", all()).sessions, 2);
    }
}
