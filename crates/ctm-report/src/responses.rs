//! Single responses, and how they were counted.

use super::by::ByWhat;
use super::cache::cause;
use super::comparison::ComparedWhat;
use super::database::DatabaseReports;
use super::error::ReportError;
use super::page::PageQuery;
use super::query::Query;
use super::reporter::{Gathered, price_item};
use super::telemetry::witness_item;
use super::wire::{self, CacheBasis};
use ctm_aggregate::{Amounts, HourOfWeek};
use ctm_facts::drivers::Driven;
use ctm_facts::{
    Attribute, Branches, CalledTools, CatalogNames, ExplainedResponse, RefusedResponse, ResponseCursor,
    ResponseFilter, ResponsePage, StoredCopy, StoredResponse, TimeOrder, UsageFilter,
};
use ctm_pricing::{PriceBook, Quote, Rate, Rates};
use ctm_storage::MissedResponses;
use ctm_types::{Details, EpochMs, EventId, Part, PicoUsd, RankRule, TokenCounts};
use std::collections::BTreeSet;

/// Sort key of responses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ResponseSort {
    /// By time.
    #[default]
    At,
    /// By cost; an unknown cost is the smallest.
    Cost,
    /// By output tokens.
    Output,
}

/// The sort keys of responses by their names on the wire.
pub const RESPONSE_SORTS: [(&str, ResponseSort); 3] =
    [("at", ResponseSort::At), ("cost_usd", ResponseSort::Cost), ("output_tokens", ResponseSort::Output)];

/// What is requested of the responses of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponsesQuery {
    /// The page of the list.
    pub page: PageQuery,
    /// The sort key.
    pub sort: ResponseSort,
    /// Which of them.
    pub only: SoughtResponses,
}

/// Which responses of a period are requested: those with everything that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SoughtResponses {
    /// With a call of this tool.
    pub tool: Option<String>,
    /// With a failed call; with a failed call of the tool, if there is one.
    pub failed: bool,
    /// In this hour of the week.
    pub hour_of_week: Option<HourOfWeek>,
    /// By their cost drivers.
    pub driver: Option<Driven>,
    /// That miss the prompt cache.
    pub missed: Option<Missed>,
    /// Those of an item of a report: its name, or `None` for the one without a name.
    pub by: Vec<(ByWhat, Option<String>)>,
    /// That call several tools.
    pub several_tools: bool,
    /// Of this model, by their first parts.
    pub only_model: Option<String>,
    /// In the projects in which every version or model of the period was used.
    pub same_projects: Option<ComparedWhat>,
}

/// Which misses of the prompt cache are requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missed {
    /// All.
    Any,
    /// Those with a cause, which is logged or inferred.
    Cause(CacheBasis, String),
}

impl Missed {
    /// Returns the misses that a text names: `any`, `logged:CAUSE` or `inferred:CAUSE`.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        if text == "any" {
            return Some(Self::Any);
        }
        let (basis, cause) = text.split_once(':')?;
        let basis = match basis {
            "logged" => CacheBasis::Logged,
            "inferred" => CacheBasis::Inferred,
            _ => return None,
        };
        Some(Self::Cause(basis, cause.to_owned()))
    }
}

impl DatabaseReports {
    /// Explains how a response was counted: its lines, price and calculation.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read, or for an unknown response.
    pub async fn response(&self, key: &str) -> Result<wire::ExplainedResponse, ReportError> {
        match self.machine_store()?.response(key).await? {
            Some(explained) => Ok(explain(&explained, &self.reporter.prices)),
            None => Err(self.missing_response(key).await),
        }
    }

    /// Returns a page of the responses of a period.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read, or the cursor is invalid.
    pub async fn responses(
        &self,
        query: &Query,
        wanted: &ResponsesQuery,
    ) -> Result<wire::Responses, ReportError> {
        let gathered = self.reporter.gather(query, CatalogNames::None, |_| Vec::new()).await?;
        let (filter, only) = self.filters(query, &gathered, &wanted.only).await?;
        let total = self.machine_store()?.count_responses(&filter, &only).await?;
        let (items, next_cursor) = match wanted.sort {
            ResponseSort::At => self.page_of_responses(&filter, &wanted.page, only).await?,
            sort => self.ranked_responses(&filter, &wanted.page, only, sort).await?,
        };
        Ok(wire::Responses {
            meta: self.reporter.meta(query, &gathered, &self.reporter.ledger(query, &gathered)),
            items,
            next_cursor,
            total,
        })
    }

    /// Returns the responses with the requested misses of the cache.
    async fn missed(&self, filter: &UsageFilter, wanted: &Missed) -> Result<Vec<EventId>, ReportError> {
        let MissedResponses { misses, causes } = self.machine_store()?.missed_responses(filter).await?;
        let is_wanted = |of| match wanted {
            Missed::Any => true,
            Missed::Cause(basis, name) => {
                cause(of, |circumstance| causes.get(&circumstance).cloned()) == (*basis, name.clone())
            }
        };
        Ok(misses.into_iter().filter(|(_, of)| is_wanted(*of)).map(|(event, _)| event).collect())
    }

    /// Returns the filters of the sought responses of a period.
    pub(super) async fn filters(
        &self,
        query: &Query,
        gathered: &Gathered,
        sought: &SoughtResponses,
    ) -> Result<(UsageFilter, ResponseFilter), ReportError> {
        let bounds = gathered.range.bounds_ms(query.tz);
        let mut filter = self.billed(query.between_ms(bounds.start, bounds.end)).await?;
        let mut events = self.events_of(&filter, sought).await?;
        if let Some(by) = sought.same_projects {
            filter.projects = self.same_projects(query, gathered, by).await?;
            if filter.projects.is_empty() {
                events = Some(Vec::new());
            }
        }
        let of_hour = |wanted| {
            let slots = gathered.rows.iter().map(|row| row.slot);
            slots.filter(|slot| HourOfWeek::of(*slot, query.tz) == wanted).collect::<BTreeSet<_>>()
        };
        let only_tool = sought.by.iter().find(|(by, _)| *by == ByWhat::Tool);
        let attributes = sought.by.iter().filter_map(|(by, name)| attribute(*by, name.as_ref()));
        let several = sought.several_tools.then(|| calling(CalledTools::Several));
        let model = sought.only_model.clone().map(|model| (Attribute::Model, Some(model)));
        let only = ResponseFilter {
            tool: only_tool.and_then(|(_, name)| name.clone()).or_else(|| sought.tool.clone()),
            failed: sought.failed,
            attributes: attributes.chain(several).chain(model).collect(),
            branches: self.branches_of(sought).await?,
            slots: sought.hour_of_week.map(|wanted| of_hour(wanted).into_iter().collect()),
            events,
        };
        Ok((filter, only))
    }

    /// Returns the branches with the sought ticket, or outside of those with any.
    async fn branches_of(&self, sought: &SoughtResponses) -> Result<Option<Branches>, ReportError> {
        let ticket = sought.by.iter().find(|(by, _)| *by == ByWhat::Ticket);
        let Some((_, ticket)) = ticket else { return Ok(None) };
        let mut names = self.machine_store()?.branch_names().await?;
        let pattern = &self.reporter.ticket;
        Ok(Some(match ticket {
            Some(ticket) => {
                names.retain(|branch| pattern.ticket_of(branch) == Some(ticket));
                Branches::Among(names)
            }
            None => {
                names.retain(|branch| pattern.ticket_of(branch).is_some());
                Branches::Outside(names)
            }
        }))
    }

    /// Returns the responses with the sought drivers and misses, which no statement selects.
    async fn events_of(
        &self,
        filter: &UsageFilter,
        sought: &SoughtResponses,
    ) -> Result<Option<Vec<EventId>>, ReportError> {
        let driven = match sought.driver {
            Some(driven) => Some(self.machine_store()?.driver_usage(filter, Some(driven), |_, _| {}).await?),
            None => None,
        };
        let missed = match &sought.missed {
            Some(missed) => Some(self.missed(filter, missed).await?),
            None => None,
        };
        Ok(match (driven, missed) {
            (Some(mut driven), Some(missed)) => {
                let missed: BTreeSet<_> = missed.into_iter().collect();
                driven.retain(|event| missed.contains(event));
                Some(driven)
            }
            (driven, missed) => driven.or(missed),
        })
    }

    /// Returns a page of responses, and the cursor of the next page.
    pub(super) async fn page_of_responses(
        &self,
        filter: &UsageFilter,
        page: &PageQuery,
        only: ResponseFilter,
    ) -> Result<(Vec<wire::Response>, Option<String>), ReportError> {
        let limit = page.limit.unwrap_or(usize::MAX - 1);
        let asked = ResponsePage {
            after: page.cursor.as_deref().map(parse_cursor).transpose()?,
            // An additional row indicates a further page.
            limit: limit + 1,
            order: page.order.by_time(),
            only,
        };
        let mut responses = self.machine_store()?.responses(filter, &asked).await?;
        let more = responses.len() > limit;
        responses.truncate(limit);
        let cursor = responses.last().filter(|_| more);
        let next_cursor = cursor.map(|last| format!("{}:{}", last.at_ms, last.key));
        let items = responses.iter().map(|response| response_item(response, &self.reporter.prices));
        Ok((items.collect(), next_cursor))
    }

    /// Returns the newest responses, the latest first.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn newest_responses(&self, limit: usize) -> Result<Vec<wire::Response>, ReportError> {
        let page =
            ResponsePage { after: None, limit, order: TimeOrder::NewestFirst, ..ResponsePage::default() };
        let responses =
            self.machine_store()?.responses(&self.billed(UsageFilter::default()).await?, &page).await?;
        Ok(responses.iter().map(|response| response_item(response, &self.reporter.prices)).collect())
    }

    /// Returns the responses that only consist of an unbilled attempt.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub(super) async fn unbilled_responses(&self) -> Result<Vec<RefusedResponse>, ReportError> {
        let mut refused = self.machine_store()?.refused_responses().await?;
        let is_unbilled =
            |of: &RefusedResponse| self.reporter.prices.quote(&of.billing, Some(of.at_ms), 0).is_unbilled();
        refused.retain(is_unbilled);
        Ok(refused)
    }

    /// Returns a filter that excludes unbilled responses.
    pub(super) async fn billed(&self, filter: UsageFilter) -> Result<UsageFilter, ReportError> {
        let without = self.unbilled_responses().await?.iter().map(|of| of.id).collect();
        Ok(UsageFilter { without, ..filter })
    }
}

/// Returns the attribute of what responses are made for; a ticket is one of branches.
fn attribute(by: ByWhat, name: Option<&String>) -> Option<(Attribute, Option<String>)> {
    let attribute = match by {
        ByWhat::Skill => Attribute::Skill,
        ByWhat::Plugin => Attribute::Plugin,
        ByWhat::Agent => Attribute::Agent,
        ByWhat::Mcp => Attribute::Mcp,
        ByWhat::Effort => Attribute::Effort,
        ByWhat::Entrypoint => Attribute::Entrypoint,
        ByWhat::Version => Attribute::Version,
        ByWhat::Branch => Attribute::Branch,
        ByWhat::PullRequest => Attribute::PullRequest,
        ByWhat::Tool => return Some(calling(name.map_or(CalledTools::None, |_| CalledTools::One))),
        ByWhat::Ticket => return None,
    };
    Some((attribute, name.cloned()))
}

fn calling(tools: CalledTools) -> (Attribute, Option<String>) {
    (Attribute::CalledTools, Some(tools.name().to_owned()))
}

/// Parses a `next_cursor`: a time and a key.
fn parse_cursor(cursor: &str) -> Result<ResponseCursor, ReportError> {
    let parsed = cursor.split_once(':').and_then(|(at_ms, key)| {
        Some(ResponseCursor { at_ms: EpochMs(at_ms.parse().ok()?), key: key.to_owned() })
    });
    parsed.ok_or_else(|| ReportError::Cursor(cursor.to_owned()))
}

fn explain(explained: &ExplainedResponse, prices: &PriceBook) -> wire::ExplainedResponse {
    let response = &explained.response;
    let parts: Vec<wire::BilledPart> =
        response.parts.iter().map(|part| part_item(part, &quote(part, response.at_ms, prices))).collect();
    let mut flags = BTreeSet::new();
    if !response.is_final {
        flags.insert("unfinalised");
    }
    if let Some(witness) = &response.witness {
        flags.extend(witness.is_completing.then_some("completed_by_telemetry"));
        flags.extend((!witness.conflicts.is_empty()).then_some("witnesses_differ"));
    }
    for part in &response.parts {
        if part.ttl_assumed {
            flags.insert("cache_duration_assumed");
        }
        match quote(part, response.at_ms, prices) {
            Quote::Priced(price) => flags.extend(price.flags.iter().map(|flag| flag.name())),
            Quote::Unpriced(_) | Quote::Ignored => {
                flags.insert("unpriced");
            }
            Quote::Unbilled(unbilled) => {
                flags.insert(if unbilled.is_known { "unbilled_refusal" } else { "unknown_refusal" });
            }
        }
    }
    wire::ExplainedResponse {
        response: response_item(response, prices),
        branch: response.branch.clone(),
        version: response.version.clone(),
        lines: explained.copies.iter().map(line_item).collect(),
        parts,
        searches_of_calls: response.searches_of_calls,
        witness: response.witness.as_ref().map(witness_item),
        flags: flags.into_iter().map(str::to_owned).collect(),
        price_version: prices.version().to_owned(),
    }
}

/// Returns a response as an item of a list.
pub(super) fn response_item(response: &StoredResponse, prices: &PriceBook) -> wire::Response {
    let amounts = Amounts { unfinalised: u64::from(!response.is_final), ..amounts(response, prices) };
    wire::Response {
        key: response.key.clone(),
        at: wire::Time::of(response.at_ms),
        session: response.session.clone(),
        project: response.project.clone(),
        cwd: response.folder.clone(),
        model: response.parts.first().map(|part| part.billing.model.clone()).unwrap_or_default(),
        cost_usd: amounts.cost_usd().map(wire::Usd),
        certainty: wire::Certainty::of(&amounts),
        unpriced_tokens: amounts.unpriced_tokens,
        web_searches: amounts.web_searches,
        context_tokens: context_tokens(response, prices),
        tools: response.tools.clone(),
        failed_tools: response.failed_tools.clone(),
        sidechain: response.sidechain,
        agent: response.agent.clone(),
        agent_kind: response.agent_kind.clone(),
        copies: response.copies,
        r#final: response.is_final,
        source: wire::Place { file: response.path.clone(), line_offset: response.offset_bytes },
        details: details(response),
        tokens: tokens(&amounts.tokens),
    }
}

/// Returns the prompt size of the last billed part.
pub(super) fn context_tokens(response: &StoredResponse, prices: &PriceBook) -> u64 {
    let is_billed = |part: &&Part| !quote(part, response.at_ms, prices).is_unbilled();
    response.parts.iter().rev().find(is_billed).map_or(0, |part| part.tokens.prompt())
}

fn details(response: &StoredResponse) -> wire::ResponseDetails {
    let Details { circumstance, thinking_tokens, cache_missed_tokens, .. } = &response.details;
    let names = circumstance.as_deref().cloned().unwrap_or_default();
    wire::ResponseDetails {
        skill: names.skill,
        plugin: names.plugin,
        attributed_agent: names.agent,
        mcp_server: names.mcp_server,
        mcp_tool: names.mcp_tool,
        effort: names.effort,
        thinking_tokens: *thinking_tokens,
        cache_miss_reason: names.cache_miss,
        cache_missed_tokens: *cache_missed_tokens,
        refusal_category: names.refusal,
        entrypoint: response.entrypoint.clone(),
        team: response.team.clone(),
        teammate: response.teammate.clone(),
    }
}

/// Returns the consumption of a response and its cost: each part at its own rates.
pub(super) fn amounts(response: &StoredResponse, prices: &PriceBook) -> Amounts {
    let mut amounts = Amounts::default();
    for part in &response.parts {
        amounts += Amounts::priced(part.tokens, part.web_searches, &quote(part, response.at_ms, prices));
    }
    amounts
}

/// Returns the price of a part of a response at a time, in UTC epoch milliseconds.
pub(super) fn quote(part: &Part, at_ms: EpochMs, prices: &PriceBook) -> Quote {
    prices.quote(&part.billing, Some(at_ms), prices.context_band(part.tokens.prompt()))
}

pub(super) fn tokens(tokens: &TokenCounts) -> wire::Tokens {
    wire::Tokens {
        input_tokens: tokens.input,
        output_tokens: tokens.output,
        cache_read_tokens: tokens.cache_read,
        cache_write_5m_tokens: tokens.cache_write_5m,
        cache_write_1h_tokens: tokens.cache_write_1h,
        total_tokens: tokens.total(),
    }
}

fn line_item(copy: &StoredCopy) -> wire::LoggedLine {
    wire::LoggedLine {
        file: copy.path.clone(),
        line_offset: copy.offset_bytes,
        present: !copy.gone,
        at: wire::Time::of(copy.at_ms),
        r#final: copy.is_final,
        sidechain: copy.sidechain,
        embedded: copy.embedded,
        tokens: tokens(&copy.tokens),
        counts: copy.wins,
        original: copy.is_origin,
        lost_by: copy.lost_by.map(RankRule::name),
    }
}

/// Returns a part with its price and the calculation of its cost.
pub(super) fn part_item(part: &Part, quote: &Quote) -> wire::BilledPart {
    let mut item = wire::BilledPart {
        model: part.billing.model.clone(),
        speed: part.billing.speed.clone(),
        service_tier: part.billing.service_tier.clone(),
        inference_geo: part.billing.inference_geo.clone(),
        refusal: part.billing.refusal.clone(),
        billed: !quote.is_unbilled(),
        priced_as: None,
        price: None,
        listed: None,
        multipliers: Vec::new(),
        unpriced_reason: None,
        terms: Vec::new(),
        cost_usd: Amounts::priced(part.tokens, part.web_searches, quote).cost_usd().map(wire::Usd),
        tokens: tokens(&part.tokens),
    };
    match quote {
        Quote::Priced(price) => {
            item.priced_as = Some(price.model.to_string());
            item.price = Some(price_item(price, &price.rates));
            item.listed = Some(price_item(price, &price.listed));
            item.multipliers = price
                .multipliers
                .iter()
                .map(|(modifier, ratio)| wire::Multiplier {
                    name: modifier.name(),
                    factor: ratio.to_string(),
                })
                .collect();
            item.terms = terms(part, &price.rates);
        }
        Quote::Unpriced(unpriced) => item.unpriced_reason = Some(unpriced.hint.clone()),
        Quote::Unbilled(_) => {}
        Quote::Ignored => item.unpriced_reason = Some("the name is a placeholder, not a model".to_owned()),
    }
    item
}

/// Returns the terms of a cost.
fn terms(part: &Part, rates: &Rates) -> Vec<wire::CostTerm> {
    let kinds: [(&'static str, u64, Option<Rate>); 6] = [
        ("input", part.tokens.input, rates.input),
        ("output", part.tokens.output, rates.output),
        ("cache_read", part.tokens.cache_read, rates.cache_read),
        ("cache_write_5m", part.tokens.cache_write_5m, rates.cache_write_5m),
        ("cache_write_1h", part.tokens.cache_write_1h, rates.cache_write_1h),
        ("web_searches", part.web_searches, rates.web_search),
    ];
    let used = kinds.into_iter().filter(|(_, count, _)| *count > 0);
    used.map(|(kind, count, rate)| wire::CostTerm {
        kind,
        count,
        usd_each: rate.map(|rate| wire::Usd(PicoUsd(rate.0.into()))),
        cost_usd: rate.map(|rate| wire::Usd(rate.of(count))),
    })
    .collect()
}
