//! Daily totals in the form that a back end stores.
//!
//! # Design
//!
//! Reports are folded from sums by slot, session, project, folder, home, billing and kind of conversation.
//! The sums of a day are kept as one packed value, because reading a thousand rows costs far more
//! than decoding them. They are derived: recomputed from the events of the day, never adjusted.
//!
//! Packed days end with a checksum of their content and day, so that a damaged day is detected and
//! recomputed.

use crate::place::EventPlace;
use crate::{FactKey, UsageSums};
use ctm_types::{
    BillingId, EpochMs, FileId, FolderId, HomeId, ProjectId, SessionId, Slot, TermId, TokenCounts, ToolUsage,
    UsageEvent, UsageKey, UsageRow, UtcDay, context_band,
};
use foldhash::{HashMap, HashSet};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Version of the stored form of a day.
const FORM: u32 = 6;

/// Form of the daily totals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayForm {
    /// The long-context thresholds of the context bands, in tokens.
    thresholds: Vec<u64>,
    name: String,
}

impl DayForm {
    /// Returns the form in which usage is split by these thresholds: prompt sizes in tokens, in ascending order.
    #[must_use]
    pub fn new(context_thresholds: &[u64]) -> Self {
        let thresholds = context_thresholds.to_vec();
        Self { thresholds, name: format!("{FORM} {context_thresholds:?}") }
    }

    /// Returns the name of the form in which a back end stores days.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the context band of a prompt.
    #[must_use]
    pub fn context_band(&self, prompt_tokens: u64) -> u8 {
        context_band(prompt_tokens, &self.thresholds)
    }
}

/// A kept part of a day.
pub trait KeptDay: Serialize + DeserializeOwned {
    /// The event that it is summed from.
    type Event;

    /// Reads an event from its columns; `None` if there are fewer. A missing reference has the number 0, because its
    /// usage still counts.
    fn event(columns: &[i64]) -> Option<Self::Event>;

    /// Sums of some of its events.
    type Sums: Default + Send;

    /// Salt that distinguishes its checksums from those of other parts.
    const SALT: u64;

    /// Returns the day of an event.
    fn day(event: &Self::Event) -> UtcDay;

    /// Adds an event of the day to sums.
    fn add(sums: &mut Self::Sums, event: &Self::Event, form: &DayForm);

    /// Returns the part of a day with these sums.
    #[must_use]
    fn of(sums: Self::Sums) -> Self;

    /// Adds what is kept to sums of other events of the day.
    fn join(&self, day: UtcDay, sums: &mut Self::Sums);

    /// Packs the part of a day.
    #[must_use]
    fn pack(&self, day: UtcDay) -> Vec<u8> {
        let mut packed = postcard::to_stdvec(self).expect("numbers can be packed");
        let checksum = checksum::<Self>(day, &packed);
        packed.extend(checksum.to_le_bytes());
        packed
    }

    /// Returns the part of a day, or `None` when it is not what was packed.
    #[must_use]
    fn unpack(day: UtcDay, kept: &[u8]) -> Option<Self> {
        let (packed, stored) = kept.split_last_chunk()?;
        let is_whole = checksum::<Self>(day, packed) == u64::from_le_bytes(*stored);
        postcard::from_bytes(packed).ok().filter(|_| is_whole)
    }
}

fn checksum<T: KeptDay>(day: UtcDay, packed: &[u8]) -> u64 {
    xxh3_64_with_seed(packed, day.0.cast_unsigned() ^ T::SALT)
}

/// A part of a response.
#[derive(Debug)]
pub struct DayEvent {
    place: EventPlace,
    part: i64,
    is_final: bool,
    tokens: TokenCounts,
    web_searches: u64,
    /// The file with the line that counts.
    file: FileId,
}

impl DayEvent {
    /// Adds the event to sums.
    pub fn add_to(&self, sums: &mut UsageSums, form: &DayForm) {
        let (key, event) = self.usage(form);
        sums.add(&key, &event);
    }

    /// Returns the event with the key of its sum.
    #[must_use]
    pub fn usage(&self, form: &DayForm) -> (UsageKey, UsageEvent) {
        let EventPlace { at_ms, session, project, folder, home, sidechain, billing } = self.place;
        let context_band = form.context_band(self.tokens.prompt());
        let key = UsageKey { session, project, folder, home, billing, context_band, sidechain };
        let event = UsageEvent {
            at_ms,
            tokens: self.tokens,
            web_searches: self.web_searches,
            is_first: self.part == 0,
            is_final: self.is_final,
        };
        (key, event)
    }
}

fn counts([input, output, cache_read, cache_write_5m, cache_write_1h]: [u64; 5]) -> TokenCounts {
    TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h }
}

/// The usage of a day, and the transcripts that it depends on.
#[derive(Debug, Serialize, Deserialize)]
pub struct DayUsage {
    /// Files with lines that count, each once.
    files: Vec<u64>,
    sums: Vec<Sum>,
}

/// Key of the sums of a slot, with names as numbers.
#[derive(Debug, Serialize, Deserialize)]
struct SumKey {
    /// Slot of the day.
    slot: u8,
    session: u64,
    project: u64,
    folder: u64,
    home: u64,
    billing: u64,
}

impl SumKey {
    fn of(key: &FactKey) -> Self {
        Self {
            slot: key.slot.place_in_day(),
            session: key.session.0.cast_unsigned(),
            project: key.project.0.cast_unsigned(),
            folder: key.folder.0.cast_unsigned(),
            home: key.home.0.cast_unsigned(),
            billing: key.billing.0.cast_unsigned(),
        }
    }

    fn on(&self, day: UtcDay, sidechain: bool) -> FactKey {
        FactKey {
            slot: day.slot(self.slot),
            session: SessionId(self.session.cast_signed()),
            project: ProjectId(self.project.cast_signed()),
            folder: FolderId(self.folder.cast_signed()),
            home: HomeId(self.home.cast_signed()),
            billing: BillingId(self.billing.cast_signed()),
            sidechain,
        }
    }
}

/// A sum, with a flag for subagents.
#[derive(Debug, Serialize, Deserialize)]
struct Sum {
    place: SumKey,
    context_band: u8,
    sidechain: bool,
    tokens: [u64; 5],
    web_searches: u64,
    responses: u64,
    unfinalised: u64,
    /// Times of the first and the last event, in milliseconds after the slot's begin.
    span: [u32; 2],
}

/// Sums of usage, and the transcripts that they depend on.
#[derive(Debug, Default)]
pub struct UsageOfDay {
    files: BTreeSet<u64>,
    sums: UsageSums,
}

impl KeptDay for DayUsage {
    type Event = DayEvent;

    type Sums = UsageOfDay;

    const SALT: u64 = 0x7573_6167_6500_0000;

    /// Reads, after its place: part, finality, the five kinds of tokens in the order of [`TokenCounts`], web
    /// searches, and the file with the line that counts.
    fn event(columns: &[i64]) -> Option<DayEvent> {
        let (place, rest) = EventPlace::read(columns)?;
        let (&[part, is_final], rest) = rest.split_first_chunk()?;
        let (tokens, rest) = rest.split_first_chunk::<5>()?;
        let &[web_searches, file] = rest.first_chunk()?;
        Some(DayEvent {
            place,
            part,
            is_final: is_final != 0,
            tokens: counts(tokens.map(i64::cast_unsigned)),
            web_searches: web_searches.cast_unsigned(),
            file: FileId(file),
        })
    }

    fn day(event: &DayEvent) -> UtcDay {
        UtcDay::of(event.place.at_ms)
    }

    fn add(of_day: &mut UsageOfDay, event: &DayEvent, form: &DayForm) {
        event.add_to(&mut of_day.sums, form);
        of_day.files.insert(event.file.0.cast_unsigned());
    }

    fn of(UsageOfDay { files, sums }: UsageOfDay) -> Self {
        Self { files: files.into_iter().collect(), sums: sums.into_sorted().iter().map(Sum::of).collect() }
    }

    fn join(&self, day: UtcDay, of_day: &mut UsageOfDay) {
        of_day.files.extend(&self.files);
        self.rows(day).for_each(|row| of_day.sums.join(row));
    }
}

impl DayUsage {
    /// Returns the numbers of the files with lines that count on the day.
    pub fn files(&self) -> impl ExactSizeIterator<Item = FileId> {
        self.files.iter().map(|file| FileId(file.cast_signed()))
    }

    /// Returns the sums of the day.
    pub fn rows(&self, day: UtcDay) -> impl Iterator<Item = UsageRow> {
        self.sums.iter().map(move |sum| sum.row(day))
    }
}

/// The usage of a day that counts as other machines claim it.
#[derive(Debug, Serialize, Deserialize)]
pub struct DayClaims(DayUsage);

impl KeptDay for DayClaims {
    type Event = DayEvent;

    type Sums = UsageOfDay;

    const SALT: u64 = 0x636C_6169_6D73_0000;

    /// Reads the same columns as [`DayUsage`], with numbers of other machines.
    fn event(columns: &[i64]) -> Option<DayEvent> {
        DayUsage::event(columns)
    }

    fn day(event: &DayEvent) -> UtcDay {
        DayUsage::day(event)
    }

    fn add(of_day: &mut UsageOfDay, event: &DayEvent, form: &DayForm) {
        DayUsage::add(of_day, event, form);
    }

    fn of(sums: UsageOfDay) -> Self {
        Self(DayUsage::of(sums))
    }

    fn join(&self, day: UtcDay, of_day: &mut UsageOfDay) {
        self.0.join(day, of_day);
    }
}

impl DayClaims {
    /// Returns the sums of the day. Numbers of other machines are below zero, where this machine has none.
    pub fn rows(&self, day: UtcDay) -> impl Iterator<Item = UsageRow> {
        self.0.rows(day).map(|row| UsageRow {
            session: SessionId(row.session.0.wrapping_neg()),
            project: ProjectId(row.project.0.wrapping_neg()),
            folder: FolderId(row.folder.0.wrapping_neg()),
            home: HomeId(row.home.0.wrapping_neg()),
            billing: BillingId(row.billing.0.wrapping_neg()),
            ..row
        })
    }
}

impl Sum {
    fn of(row: &UsageRow) -> Self {
        let TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h } = row.tokens;
        Self {
            place: SumKey::of(&FactKey::from(row)),
            context_band: row.context_band,
            sidechain: row.sidechain,
            tokens: [input, output, cache_read, cache_write_5m, cache_write_1h],
            web_searches: row.web_searches,
            responses: row.responses,
            unfinalised: row.unfinalised,
            span: [in_slot(row.first_ms), in_slot(row.last_ms)],
        }
    }

    fn row(&self, day: UtcDay) -> UsageRow {
        let FactKey { slot, session, project, folder, home, billing, sidechain } =
            self.place.on(day, self.sidechain);
        UsageRow {
            slot,
            session,
            project,
            folder,
            home,
            billing,
            context_band: self.context_band,
            sidechain,
            tokens: counts(self.tokens),
            web_searches: self.web_searches,
            responses: self.responses,
            unfinalised: self.unfinalised,
            first_ms: slot.start().saturating_add(self.span[0].into()),
            last_ms: slot.start().saturating_add(self.span[1].into()),
        }
    }
}

/// Returns how many milliseconds after the begin of its slot a time is.
fn in_slot(at_ms: EpochMs) -> u32 {
    u32::try_from(at_ms.since(Slot::of(at_ms).start())).unwrap_or(u32::MAX)
}

/// A tool call with the place of its response.
#[derive(Debug)]
pub struct DayCall {
    place: EventPlace,
    tool: TermId,
    failed: bool,
}

/// The tool calls of a day.
#[derive(Debug, Serialize, Deserialize)]
pub struct DayTools {
    /// By place, because most calls of a conversation share it.
    places: Vec<Calls>,
}

/// The calls of a place.
#[derive(Debug, Serialize, Deserialize)]
struct Calls {
    place: SumKey,
    sidechain: bool,
    tools: Vec<Tool>,
}

/// The calls of one tool.
#[derive(Debug, Serialize, Deserialize)]
struct Tool {
    tool: u64,
    calls: u64,
    errors: u64,
    /// Time of the last call, in milliseconds after the slot's begin.
    last: u32,
}

/// Sums of tool calls.
#[derive(Debug, Default)]
pub struct ToolsOfDay(BTreeMap<FactKey, BTreeMap<TermId, Tool>>);

impl KeptDay for DayTools {
    type Event = DayCall;

    type Sums = ToolsOfDay;

    const SALT: u64 = 0x746F_6F6C_7300_0000;

    /// Reads, after its place: the tool, and whether the call failed.
    fn event(columns: &[i64]) -> Option<DayCall> {
        let (place, rest) = EventPlace::read(columns)?;
        let &[tool, failed] = rest.first_chunk()?;
        Some(DayCall { place, tool: TermId(tool), failed: failed != 0 })
    }

    fn day(call: &DayCall) -> UtcDay {
        UtcDay::of(call.place.at_ms)
    }

    fn add(ToolsOfDay(places): &mut ToolsOfDay, call: &DayCall, _form: &DayForm) {
        Tool {
            tool: call.tool.0.cast_unsigned(),
            calls: 1,
            errors: u64::from(call.failed),
            last: in_slot(call.place.at_ms),
        }
        .join(places.entry(call.place.key()).or_default());
    }

    fn of(ToolsOfDay(places): ToolsOfDay) -> Self {
        let calls = |(key, tools): (FactKey, BTreeMap<TermId, Tool>)| Calls {
            place: SumKey::of(&key),
            sidechain: key.sidechain,
            tools: tools.into_values().collect(),
        };
        Self { places: places.into_iter().map(calls).collect() }
    }

    fn join(&self, day: UtcDay, ToolsOfDay(places): &mut ToolsOfDay) {
        for Calls { place, sidechain, tools } in &self.places {
            let sums = places.entry(place.on(day, *sidechain)).or_default();
            tools.iter().for_each(|tool| tool.join(sums));
        }
    }
}

impl Tool {
    /// Adds the calls to those of the same place.
    fn join(&self, sums: &mut BTreeMap<TermId, Self>) {
        let Self { tool, calls, errors, last } = *self;
        let sum =
            sums.entry(TermId(tool.cast_signed())).or_insert(Self { tool, calls: 0, errors: 0, last: 0 });
        sum.calls = sum.calls.saturating_add(calls);
        sum.errors = sum.errors.saturating_add(errors);
        sum.last = sum.last.max(last);
    }
}

/// Tool calls over all days.
#[derive(Debug, Default)]
pub struct ToolTotals(HashMap<TermId, ToolTotal>);

/// The calls of a tool over all days.
#[derive(Debug, Default)]
struct ToolTotal {
    calls: u64,
    errors: u64,
    sessions: HashSet<SessionId>,
    last_ms: Option<EpochMs>,
}

impl ToolTotals {
    /// Adds the calls of a day in places that the filter accepts.
    pub fn add(&mut self, day: UtcDay, tools: &DayTools, takes: impl Fn(&FactKey) -> bool) {
        for calls in &tools.places {
            let place = calls.place.on(day, calls.sidechain);
            if !takes(&place) {
                continue;
            }
            for tool in &calls.tools {
                let total = self.0.entry(TermId(tool.tool.cast_signed())).or_default();
                total.calls = total.calls.saturating_add(tool.calls);
                total.errors = total.errors.saturating_add(tool.errors);
                total.sessions.insert(place.session);
                total.last_ms = total.last_ms.max(Some(place.slot.start().saturating_add(tool.last.into())));
            }
        }
    }

    /// Returns the numbers of the tools.
    #[must_use]
    pub fn tools(&self) -> Vec<TermId> {
        self.0.keys().copied().collect()
    }

    /// Returns the totals of the tools that have a name, the most often called first, then by name.
    #[must_use]
    pub fn named(mut self, names: Vec<(TermId, String)>) -> Vec<ToolUsage> {
        let named = names.into_iter().filter_map(|(id, tool)| {
            let ToolTotal { calls, errors, sessions, last_ms } = self.0.remove(&id)?;
            Some(ToolUsage { tool, calls, errors, sessions: sessions.len() as u64, last_ms: last_ms? })
        });
        let mut usage: Vec<ToolUsage> = named.collect();
        usage.sort_by(|a, b| (Reverse(a.calls), &a.tool).cmp(&(Reverse(b.calls), &b.tool)));
        usage
    }
}
