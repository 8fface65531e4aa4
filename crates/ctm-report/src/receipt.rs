//! Receipts: what a session, a branch or a pull request cost.
//!
//! # Design
//!
//! The rows of the piece of work are those that `by` sums, and a ledger folds them: a receipt is another selection, and no other
//! count. A response is in one session, on one branch and of one pull request, the next one that its session is linked to, so
//! that the receipts of all pull requests add up to no more than was used. What the same sessions are linked to
//! besides is listed.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::period_report::Called;
use super::query::Query;
use super::reporter::{last_component, session_item};
use super::wire::{
    ReceiptModel, ReceiptPullRequest, ReceiptWork, ReportNames, ReportSession, Time, WorkReceipt,
};
use ctm_aggregate::{Ledger, NamedUsage};
use ctm_facts::CatalogNames;
use ctm_facts::facets::{FacetKey, FacetUsage, PullRequestLink};
use ctm_storage::FacetDetails;
use ctm_types::{Catalog, SessionId, UsageRow};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A piece of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// A session, by its id.
    Session(String),
    /// A git branch.
    Branch(String),
    /// A pull request: its number, its address, or repository and number as `owner/name#12`.
    PullRequest(String),
}

/// What is requested of a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptQuery {
    /// The piece of work.
    pub work: Work,
    /// Whether there are names of projects, sessions and branches.
    pub names: ReportNames,
}

/// The rows of a piece of work, and the pull requests that their sessions are linked to.
struct Found {
    rows: Vec<UsageRow>,
    catalog: Catalog,
    /// The pull request itself.
    pull_request: Option<PullRequestLink>,
    others: Vec<PullRequestLink>,
}

impl DatabaseReports {
    /// Returns what a piece of work cost, of the usage that the query selects.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read, for an unknown piece of work, and for the number of several pull requests.
    pub async fn receipt(&self, query: &Query, wanted: &ReceiptQuery) -> Result<WorkReceipt, ReportError> {
        let mut query = query.clone();
        if let Work::Session(id) = &wanted.work {
            query.filter.sessions = vec![id.clone()];
        }
        let reporter = &self.reporter;
        let gathered = reporter.gather(&query, CatalogNames::SessionsAndProjects, |_| Vec::new()).await?;
        let known = gathered.rows.iter().map(|row| row.session).collect();
        let found = self.found(&query, &wanted.work, &known, gathered.catalog.clone()).await?;
        if found.rows.is_empty() && found.pull_request.is_none() {
            return Err(match &wanted.work {
                Work::Session(id) => self.missing_session(id).await,
                Work::Branch(name) => ReportError::Unknown { what: "branch", name: name.clone() },
                Work::PullRequest(name) => ReportError::Unknown { what: "pull request", name: name.clone() },
            });
        }
        let ledger = Ledger::new(&found.rows, &found.catalog, &reporter.prices, query.tz);
        let total = ledger.total();
        let projects = most_expensive(ledger.by_project());
        let called = self.called(&projects, wanted.names).await?;
        let sessions = self.sessions_of_work(&ledger, &called).await?;
        let span = total.amounts.span;
        let is_shown = wanted.names == ReportNames::Shown;
        let others = found.others.iter().map(|link| pull_request(link, is_shown));
        Ok(WorkReceipt {
            meta: reporter.meta(&query, &gathered, &ledger),
            work: work(&wanted.work, found.pull_request.as_ref(), &sessions, is_shown),
            names: wanted.names,
            started_at: span.map(|span| Time::of(span.first_ms)),
            ended_at: span.map(|span| Time::of(span.last_ms)),
            totals: (&total).into(),
            models: most_expensive(ledger.usage_by_model()).iter().map(|of| self.model(of)).collect(),
            sessions,
            projects: projects.iter().map(|of| called.project(&of.name)).collect(),
            pull_requests: others.collect(),
        })
    }

    /// Returns the rows of a piece of work; a pull request is one of the `known` sessions.
    async fn found(
        &self,
        query: &Query,
        work: &Work,
        known: &BTreeSet<SessionId>,
        catalog: Catalog,
    ) -> Result<Found, ReportError> {
        let range = self.reporter.range(query).await?;
        let bounds = range.bounds_ms(query.tz);
        let details = FacetDetails { pull_requests: true, ..FacetDetails::default() };
        let filter = query.between_ms(bounds.start, bounds.end);
        let mut parts = self.machine_store()?.facet_usage(&filter, details).await?;
        let links = Arc::clone(parts.pull_requests());
        let pull_request = match work {
            Work::PullRequest(text) => {
                Some(sought(text, links.iter().filter(|link| known.contains(&link.session)))?.clone())
            }
            Work::Session(_) | Work::Branch(_) => None,
        };
        let is_of_work = |of: &FacetUsage, key: &FacetKey| match (work, &pull_request) {
            (Work::Branch(name), _) => {
                let names = of.conversations.get(&key.conversation);
                names.and_then(|names| names.branch.as_ref()) == Some(name)
            }
            (_, Some(wanted)) => {
                let link = key.pull_request.and_then(|index| of.pull_requests.get(index));
                link.is_some_and(|link| link.name == wanted.name)
            }
            (_, None) => true,
        };
        let mut rows = Vec::new();
        while let Some(usage) = parts.next().await? {
            let of_work = usage.rows.iter().filter(|(key, _)| is_of_work(&usage, key));
            rows.extend(of_work.map(|(_, row)| *row));
        }
        let mut sessions: BTreeSet<SessionId> = rows.iter().map(|row| row.session).collect();
        let name = pull_request.as_ref().map(|link| &link.name);
        sessions.extend(links.iter().filter(|link| Some(&link.name) == name).map(|link| link.session));
        let is_other = |link: &&PullRequestLink| sessions.contains(&link.session) && Some(&link.name) != name;
        let mut others: Vec<_> = links.iter().filter(is_other).cloned().collect();
        others.sort_by(|one, other| one.name.cmp(&other.name));
        others.dedup_by(|one, other| one.name == other.name);
        let catalog = Catalog { billings: parts.billings().clone(), ..catalog };
        Ok(Found { rows, catalog, pull_request, others })
    }

    /// Returns what projects and sessions are called.
    async fn called(&self, projects: &[NamedUsage], names: ReportNames) -> Result<Called, ReportError> {
        let labels = projects.iter().map(|project| (&*project.name, last_component(&project.name)));
        Ok(match names {
            ReportNames::Shown => Called::by_label(labels),
            ReportNames::Numbered => Called::by_letters(labels, &self.reporter.aliases().await?),
        })
    }

    async fn sessions_of_work(
        &self,
        ledger: &Ledger,
        called: &Called,
    ) -> Result<Vec<ReportSession>, ReportError> {
        let reporter = &self.reporter;
        let mut sessions = ledger.by_session_and_project();
        sessions.sort_by_key(|of| Reverse((of.usage.amounts.cost, of.usage.amounts.tokens.total())));
        let titles = reporter.titles(&sessions).await?;
        let now_ms = reporter.clock.now_ms();
        let session = |of| {
            let mut session = session_item(of, None, now_ms);
            session.session_title = titles.get(&*of.session).cloned();
            called.session(&session)
        };
        Ok(sessions.iter().map(session).collect())
    }

    fn model(&self, NamedUsage { name, usage }: &NamedUsage) -> ReceiptModel {
        ReceiptModel { model: name.to_string(), label: self.reporter.model_label(name), usage: usage.into() }
    }
}

fn most_expensive(mut named: Vec<NamedUsage>) -> Vec<NamedUsage> {
    named.sort_by_key(|of| Reverse((of.usage.amounts.cost, of.usage.amounts.tokens.total())));
    named
}

fn work(
    work: &Work,
    link: Option<&PullRequestLink>,
    sessions: &[ReportSession],
    is_shown: bool,
) -> ReceiptWork {
    let named = |kind, name: &String| ReceiptWork {
        kind,
        name: is_shown.then(|| name.clone()),
        url: None,
        title: None,
    };
    match (work, link) {
        (Work::Session(id), _) => {
            let title = sessions.first().and_then(|session| session.title.clone());
            ReceiptWork { title, ..named("session", id) }
        }
        (Work::Branch(name), _) => named("branch", name),
        (Work::PullRequest(_), Some(link)) => {
            let ReceiptPullRequest { name, url } = pull_request(link, is_shown);
            ReceiptWork { kind: "pull_request", name: Some(name), url, title: None }
        }
        (Work::PullRequest(text), None) => named("pull_request", text),
    }
}

/// Returns a pull request; without names its number alone.
fn pull_request(link: &PullRequestLink, is_shown: bool) -> ReceiptPullRequest {
    let name = match link.name.rsplit_once('#') {
        Some((_, number)) if !is_shown => format!("#{number}"),
        _ => link.name.clone(),
    };
    ReceiptPullRequest { name, url: link.url.clone().filter(|_| is_shown) }
}

/// Returns the pull request that a text names.
fn sought<'l>(
    text: &str,
    links: impl Iterator<Item = &'l PullRequestLink>,
) -> Result<&'l PullRequestLink, ReportError> {
    const WHAT: &str = "pull request";
    let number = text.strip_prefix('#').unwrap_or(text);
    let is_number = number.parse::<u64>().is_ok();
    let name = name_of_address(text);
    let is_sought = |link: &&PullRequestLink| {
        if is_number {
            return link.name.rsplit_once('#').is_some_and(|(_, of)| of == number);
        }
        link.name == text || link.url.as_deref() == Some(text) || Some(&link.name) == name.as_ref()
    };
    let mut found: Vec<&PullRequestLink> = links.filter(is_sought).collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found.dedup_by(|one, other| one.name == other.name);
    match found[..] {
        [link] => Ok(link),
        [] => Err(ReportError::Unknown { what: WHAT, name: text.to_owned() }),
        _ => {
            let found = found.iter().map(|link| format!("`{}`", link.name)).collect();
            Err(ReportError::Ambiguous { what: WHAT, name: text.to_owned(), found })
        }
    }
}

/// Returns the name of the pull request at an address, as the sites write it: `https://HOST/OWNER/NAME/pull/12`.
fn name_of_address(text: &str) -> Option<String> {
    const KINDS: [&str; 4] = ["pull", "pulls", "pull-requests", "merge_requests"];
    let (_, rest) = text.split_once("://")?;
    let path = rest.split(['?', '#']).next()?;
    let parts: Vec<&str> = path.split('/').skip(1).filter(|part| !part.is_empty()).collect();
    let kind = parts.iter().position(|part| KINDS.contains(part))?;
    let number: u64 = parts.get(kind + 1)?.parse().ok()?;
    let repository: Vec<&str> = parts[..kind].iter().copied().filter(|part| *part != "-").collect();
    Some(format!("{}#{number}", repository.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_types::EpochMs;

    #[test]
    fn an_address_names_a_pull_request() {
        let check =
            |text: &str, expected: Option<&str>| assert_eq!(name_of_address(text).as_deref(), expected);
        check("https://github.com/o/r/pull/12", Some("o/r#12"));
        check("https://github.com/o/r/pull/12/files?w=1#diff", Some("o/r#12"));
        check("https://git.example.com/g/h/r/-/merge_requests/3", Some("g/h/r#3"));
        check("https://github.com/o/r/issues/12", None);
        check("https://github.com/o/r/pull/", None);
        check("o/r#12", None);
    }

    #[test]
    fn a_number_of_several_repositories_is_ambiguous() {
        let link = |name: &str, url: Option<&str>| PullRequestLink {
            session: SessionId(1),
            at_ms: EpochMs(0),
            name: name.to_owned(),
            url: url.map(str::to_owned),
        };
        let links =
            [link("o/r#12", Some("https://x.example/12")), link("o/r#12", None), link("o/s#12", None)];
        let check = |text: &str, expected: Result<&str, &str>| {
            let found = sought(text, links.iter());
            let found = found.map(|link| link.name.as_str()).map_err(|error| error.to_string());
            assert_eq!(found, expected.map_err(str::to_owned), "{text}");
        };
        check("o/r#12", Ok("o/r#12"));
        check("https://x.example/12", Ok("o/r#12"));
        check("https://github.com/o/s/pull/12", Ok("o/s#12"));
        check("12", Err("pull request `12` is any of `o/r#12`, `o/s#12`; specify one"));
        check("#12", Err("pull request `#12` is any of `o/r#12`, `o/s#12`; specify one"));
        check("13", Err("unknown pull request `13`"));
    }
}
