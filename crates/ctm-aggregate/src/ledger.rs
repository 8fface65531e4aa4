//! Usage with its price and its local day, from which all reports are folded.
//!
//! # Design
//!
//! A [`Ledger`] prices rows once and keeps one line for each day, Claude home, set of price terms, kind of conversation (main or
//! subagent), and project and session as far as its [`Grain`] has them. Cost is linear in tokens as long as the terms are the same, so that the sums of a
//! line are priced exactly, and reports are sums of the same lines, however they group. That
//! is why they agree to the last pico-dollar. Reports that price their own groups were rejected:
//! each would need the terms in its grouping, or be wrong where a price changed.
//!
//! A line without a session lists the sessions in it, so that they are counted exactly at any grain. Most lines of a
//! long history are apart by session alone: a ledger of days has a thousandth of them.
//!
//! Lines are sorted by day. The usage of a range of days is a slice of them, and is again a
//! ledger: [`Ledger::within`] copies nothing, and every report of the whole is available for a part.

use crate::calendar::{Bucket, DateRange, day_of_slot};
use crate::terms::{self, QuoteKey, Terms, TermsIndex};
use crate::usage::{Amounts, Usage};
use chrono::NaiveDate;
use chrono_tz::Tz;
use ctm_pricing::PriceBook;
use ctm_types::{Catalog, HomeId, ProjectId, SessionId, Slot, UsageRow};
use std::collections::HashMap;
use std::hash::Hash;
use std::ops::{AddAssign, Range};
use std::sync::{Arc, LazyLock};
use std::{mem, slice};

/// What the lines of a ledger are apart by, besides day, Claude home, price terms and kind of conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// Nothing more: all usage has one project and one session, without a name.
    Day,
    /// Projects: all usage has one session, without a name.
    Project,
    /// Projects and sessions.
    Session,
}

/// Priced usage by local day, Claude home, model, kind of conversation, and project and session as its [`Grain`] has them.
///
/// Cheap to clone: clones and parts share their lines.
#[derive(Debug, Clone)]
pub struct Ledger {
    shared: Arc<Shared>,
    /// The shared lines that are part of this ledger.
    span: Range<usize>,
}

#[derive(Debug)]
struct Shared {
    grain: Grain,
    /// Sorted by key, and so by day.
    lines: Vec<LedgerEntry>,
    terms: Vec<Terms>,
    sessions: HashMap<SessionId, Arc<str>>,
    projects: HashMap<ProjectId, Arc<str>>,
    homes: HashMap<HomeId, Arc<str>>,
}

/// The sum of everything with the same key.
#[derive(Debug, Default)]
pub(crate) struct LedgerEntry {
    pub(crate) key: LineKey,
    pub(crate) amounts: Amounts,
    /// Sorted; empty if the key has the session.
    sessions: Box<[SessionId]>,
}

impl AddAssign<Self> for LedgerEntry {
    fn add_assign(&mut self, other: Self) {
        self.amounts += other.amounts;
        if self.sessions != other.sessions {
            let mut sessions = [mem::take(&mut self.sessions), other.sessions].concat();
            sessions.sort_unstable();
            sessions.dedup();
            self.sessions = sessions.into();
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LineKey {
    pub(crate) day: NaiveDate,
    pub(crate) session: SessionId,
    pub(crate) project: ProjectId,
    pub(crate) home: HomeId,
    /// `true` for subagents.
    pub(crate) sidechain: bool,
    /// Index of the [`Terms`].
    pub(crate) terms: usize,
}

impl Ledger {
    /// Creates the ledger of rows, as [`LedgerSums`] does.
    #[must_use]
    pub fn new(rows: &[UsageRow], catalog: &Catalog, prices: &PriceBook, tz: Tz) -> Self {
        let mut sums = LedgerSums::new(tz, Grain::Session);
        sums.add(rows);
        sums.priced(catalog, prices)
    }

    /// Returns the days from the first to the last with usage, or `None` without usage.
    #[must_use]
    pub fn days_of_use(&self) -> Option<DateRange> {
        let (first, last) = (self.lines().first()?, self.lines().last()?);
        DateRange::new(first.key.day, last.key.day).ok()
    }

    /// Returns the ledger of the lines in a range of days.
    #[must_use]
    pub fn within(&self, range: DateRange) -> Self {
        let lines = self.lines();
        let skipped = lines.partition_point(|line| line.key.day < range.from());
        let kept = lines[skipped..].partition_point(|line| line.key.day <= range.to());
        let start = self.span.start + skipped;
        Self { shared: Arc::clone(&self.shared), span: start..start + kept }
    }

    /// Returns the ledger of every day, week or month with usage, in order, with its first day. There
    /// are at most as many as lines, however far apart their days are.
    pub fn used_buckets(&self, bucket: Bucket) -> impl Iterator<Item = (NaiveDate, Self)> {
        let mut begun = 0;
        std::iter::from_fn(move || {
            let rest = &self.lines()[begun..];
            let first_day = bucket.first_day(rest.first()?.key.day);
            let last_day = bucket.last_day(first_day);
            let start = self.span.start + begun;
            let end = start + rest.partition_point(|line| line.key.day <= last_day);
            begun = end - self.span.start;
            Some((first_day, Self { shared: Arc::clone(&self.shared), span: start..end }))
        })
    }

    pub(crate) fn lines(&self) -> &[LedgerEntry] {
        &self.shared.lines[self.span.clone()]
    }

    pub(crate) fn terms(&self, index: usize) -> &Terms {
        &self.shared.terms[index]
    }

    /// Adds a line to usage.
    pub(crate) fn add_to(&self, usage: &mut Usage, line: &LedgerEntry) {
        usage.add_together(line.amounts, line.key.sidechain, self.sessions(line));
    }

    /// Returns the sessions of a line, each once.
    pub(crate) fn sessions<'l>(&self, line: &'l LedgerEntry) -> &'l [SessionId] {
        match self.shared.grain {
            Grain::Session => slice::from_ref(&line.key.session),
            Grain::Day | Grain::Project => &line.sessions,
        }
    }

    pub(crate) fn model(&self, line: &LedgerEntry) -> &Arc<str> {
        &self.terms(line.key.terms).model
    }

    pub(crate) fn session(&self, line: &LedgerEntry) -> &Arc<str> {
        name(&self.shared.sessions, line.key.session)
    }

    pub(crate) fn project(&self, line: &LedgerEntry) -> &Arc<str> {
        name(&self.shared.projects, line.key.project)
    }

    pub(crate) fn home(&self, line: &LedgerEntry) -> &Arc<str> {
        name(&self.shared.homes, line.key.home)
    }
}

/// Sums of rows that are not priced yet: the lines of a [`Ledger`].
///
/// Rows are added in parts, so that all rows of a long history are never in memory together.
#[derive(Debug)]
pub struct LedgerSums {
    tz: Tz,
    grain: Grain,
    days: foldhash::HashMap<Slot, NaiveDate>,
    /// The place in `keys` of each.
    quotes: foldhash::HashMap<QuoteKey, usize>,
    keys: Vec<QuoteKey>,
    /// Sorted by key, with the place in `keys` instead of the terms.
    lines: Vec<LedgerEntry>,
}

impl LedgerSums {
    /// Creates sums without rows, with the days of a zone.
    #[must_use]
    pub fn new(tz: Tz, grain: Grain) -> Self {
        Self {
            tz,
            grain,
            days: foldhash::HashMap::default(),
            quotes: foldhash::HashMap::default(),
            keys: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// Adds rows in any order. Parts of consecutive days cost least.
    pub fn add<'r>(&mut self, rows: impl IntoIterator<Item = &'r UsageRow>) {
        let mut keyed: Vec<(LineKey, &UsageRow)> =
            rows.into_iter().map(|row| (self.key_of(row), row)).collect();
        // Sorting takes half the time of collecting half a million rows in a hash map.
        keyed.sort_unstable_by_key(|(key, row)| (*key, row.session));
        let Some((first, _)) = keyed.first() else { return };
        let begun = self.lines.partition_point(|line| line.key < *first);
        let mut last = self.lines.split_off(begun);
        let is_between = !last.is_empty();
        last.extend(keyed.chunk_by(|(a, _), (b, _)| a == b).map(|same| self.line(same)));
        if is_between {
            last.sort_by_key(|line| line.key);
            unite(&mut last);
        }
        self.lines.append(&mut last);
    }

    /// Sums rows with the same key, which are sorted by session.
    fn line(&self, same: &[(LineKey, &UsageRow)]) -> LedgerEntry {
        let mut amounts = Amounts::default();
        for (_, row) in same {
            amounts += Amounts::of(row);
        }
        let sessions = match self.grain {
            Grain::Session => Box::default(),
            Grain::Day | Grain::Project => {
                same.chunk_by(|(_, a), (_, b)| a.session == b.session).map(|of| of[0].1.session).collect()
            }
        };
        LedgerEntry { key: same[0].0, amounts, sessions }
    }

    fn key_of(&mut self, row: &UsageRow) -> LineKey {
        let tz = self.tz;
        let quote = terms::key_of(row);
        let terms = *self.quotes.entry(quote).or_insert_with(|| {
            self.keys.push(quote);
            self.keys.len() - 1
        });
        let day = *self.days.entry(row.slot).or_insert_with(|| day_of_slot(row.slot, tz));
        let (project, session) = match self.grain {
            Grain::Day => Default::default(),
            Grain::Project => (row.project, SessionId::default()),
            Grain::Session => (row.project, row.session),
        };
        LineKey { day, session, project, home: row.home, sidechain: row.sidechain, terms }
    }

    /// Returns the ledger of the rows, priced by a book. Unbilled rows are omitted: [`Unbilled`](crate::Unbilled) sums
    /// them.
    ///
    /// A session, project or home that is missing in the catalog has an empty name; a row without its billing
    /// is priced like a line without a model.
    #[must_use]
    pub fn priced(self, catalog: &Catalog, prices: &PriceBook) -> Ledger {
        let Self { grain, keys, mut lines, .. } = self;
        let index = TermsIndex::of_keys(keys.iter().copied().collect(), catalog, prices);
        for line in &mut lines {
            line.key.terms = index.index_of_key(keys[line.key.terms]);
        }
        let terms = index.terms;
        lines.retain(|line| !terms[line.key.terms].quote.is_unbilled());
        // Lines of one day, session, project, home and kind of conversation remain together: only their terms were replaced.
        for same in
            lines.chunk_by_mut(|a, b| (LineKey { terms: 0, ..a.key }) == LineKey { terms: 0, ..b.key })
        {
            same.sort_unstable_by_key(|line| line.key);
        }
        unite(&mut lines);
        for line in &mut lines {
            line.amounts.price(&terms[line.key.terms].quote);
        }
        Ledger {
            span: 0..lines.len(),
            shared: Arc::new(Shared {
                sessions: names(lines.iter().map(|line| line.key.session), &catalog.sessions),
                projects: names(lines.iter().map(|line| line.key.project), &catalog.projects),
                homes: names(lines.iter().map(|line| line.key.home), &catalog.homes),
                grain,
                lines,
                terms,
            }),
        }
    }
}

/// Sums neighbouring lines with equal keys.
fn unite(lines: &mut Vec<LedgerEntry>) {
    lines.dedup_by(|line, sum| {
        let is_same = line.key == sum.key;
        if is_same {
            *sum += mem::take(line);
        }
        is_same
    });
}

/// The name of anything that the catalog lacks.
static NO_NAME: LazyLock<Arc<str>> = LazyLock::new(Arc::default);

fn name<Id: Copy + Eq + Hash>(names: &HashMap<Id, Arc<str>>, id: Id) -> &Arc<str> {
    names.get(&id).unwrap_or(&NO_NAME)
}

/// Returns the names of the ids in use, each copied once.
fn names<Id: Copy + Eq + Hash>(
    ids: impl Iterator<Item = Id>,
    texts: &HashMap<Id, String>,
) -> HashMap<Id, Arc<str>> {
    let mut names = HashMap::new();
    for id in ids {
        if let Some(text) = texts.get(&id) {
            names.entry(id).or_insert_with(|| text.as_str().into());
        }
    }
    names
}
