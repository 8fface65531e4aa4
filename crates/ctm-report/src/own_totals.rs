//! Claude Code's own totals of sessions beside those of their responses.
//!
//! # Design
//!
//! The totals (`cost-state`) are a check and no fact of usage: they include requests that are in no transcript, are written
//! now and then, and sometimes lack a model. So they are compared model by model, each difference has its reasons, and
//! none is ever added to a report. Sessions are compared over all time, because the totals are those of a whole session.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::query::{Period, Query};
use super::wire;
use super::wire::Usd;
use ctm_aggregate::{Amounts, NamedUsage};
use ctm_facts::{CatalogNames, UsageFilter};
use ctm_pricing::PriceBook;
use ctm_types::{CostState, ModelCost, PicoUsd};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Compared sessions that the audit lists, those with the largest differences.
const LISTED_SESSIONS: usize = 20;

/// Differences up to this are those of rounding: Claude Code adds costs up as floating-point numbers.
const ROUNDING: PicoUsd = PicoUsd(1_000_000);

impl DatabaseReports {
    /// Compares the sessions of a query that have totals of Claude Code with these.
    pub(super) async fn own_totals(&self, query: &Query) -> Result<wire::AuditedSessions, ReportError> {
        let gathered = self.reporter.gather(query, CatalogNames::SessionsAndProjects, |_| Vec::new()).await?;
        let ledger = self.reporter.ledger(query, &gathered);
        let names: Vec<Arc<str>> = ledger.by_session().into_iter().map(|session| session.name).collect();
        let names: Vec<&str> = names.iter().map(|name| &**name).collect();
        let states = self.machine_store()?.cost_states(&names).await?;
        Ok(wire::AuditedSessions::of(self.compared_sessions(states).await?, LISTED_SESSIONS))
    }

    /// Compares one session with Claude Code's own totals, if there are any.
    pub(super) async fn own_totals_of(&self, id: &str) -> Result<Option<wire::ComparedSession>, ReportError> {
        let states = self.machine_store()?.cost_states(&[id]).await?;
        Ok(self.compared_sessions(states).await?.pop())
    }

    async fn compared_sessions(
        &self,
        states: HashMap<String, CostState>,
    ) -> Result<Vec<wire::ComparedSession>, ReportError> {
        if states.is_empty() {
            return Ok(Vec::new());
        }
        let filter = UsageFilter { sessions: states.keys().cloned().collect(), ..UsageFilter::default() };
        let query = Query { period: Period::ALL, filter, ..Query::all() };
        let gathered =
            self.reporter.gather(&query, CatalogNames::SessionsAndProjects, |_| Vec::new()).await?;
        let ledger = self.reporter.ledger(&query, &gathered);
        let mut ours = ledger.models_by_session();
        let compare = |(session, state): (String, CostState)| {
            let ours = ours.remove(session.as_str()).unwrap_or_default();
            compare(session, &ours, &state, &self.reporter.prices)
        };
        Ok(states.into_iter().map(compare).collect())
    }
}

/// A model in both counts.
#[derive(Debug, Default)]
struct Sides {
    ours: Option<Amounts>,
    theirs: Option<ModelCost>,
}

/// Compares a session's usage by model with Claude Code's own totals.
fn compare(
    session: String,
    ours: &[NamedUsage],
    theirs: &CostState,
    prices: &PriceBook,
) -> wire::ComparedSession {
    let mut sides: BTreeMap<String, Sides> = BTreeMap::new();
    for model in ours {
        let side = sides.entry(canonical(&model.name, prices)).or_default();
        *side.ours.get_or_insert_default() += model.usage.amounts;
    }
    for (name, cost) in &theirs.models {
        let side = sides.entry(canonical(name, prices)).or_default();
        add(side.theirs.get_or_insert_default(), cost);
    }
    let mut total = Amounts::default();
    ours.iter().for_each(|model| total += model.usage.amounts);
    let cost = total.cost_usd();
    wire::ComparedSession {
        session,
        cost_usd: cost.map(Usd),
        claude_code_usd: Usd(theirs.cost),
        difference_usd: cost.map(|cost| Usd(theirs.cost - cost)),
        reasons: sides.iter().flat_map(|(model, sides)| reasons(model, sides)).collect(),
        models: sides.into_iter().map(|(model, sides)| compared_model(model, &sides)).collect(),
    }
}

/// Returns the name by which both counts know a model: Claude Code's totals may have a suffix for the context window.
fn canonical(name: &str, prices: &PriceBook) -> String {
    let plain = name.split('[').next().unwrap_or(name);
    prices.model_of(plain).map_or_else(|| plain.to_owned(), |model| model.id.to_string())
}

fn add(sum: &mut ModelCost, more: &ModelCost) {
    sum.cost += more.cost;
    sum.input = sum.input.saturating_add(more.input);
    sum.output = sum.output.saturating_add(more.output);
    sum.thinking = sum.thinking.saturating_add(more.thinking);
    sum.cache_read = sum.cache_read.saturating_add(more.cache_read);
    sum.cache_write = sum.cache_write.saturating_add(more.cache_write);
    sum.web_searches = sum.web_searches.saturating_add(more.web_searches);
}

fn our_tokens(amounts: &Amounts) -> wire::OwnTokens {
    let tokens = amounts.tokens;
    wire::OwnTokens {
        input_tokens: tokens.input,
        output_tokens: tokens.output,
        cache_read_tokens: tokens.cache_read,
        cache_write_tokens: tokens.cache_write_5m.saturating_add(tokens.cache_write_1h),
    }
}

fn their_tokens(cost: &ModelCost) -> wire::OwnTokens {
    wire::OwnTokens {
        input_tokens: cost.input,
        output_tokens: cost.output,
        cache_read_tokens: cost.cache_read,
        cache_write_tokens: cost.cache_write,
    }
}

fn compared_model(model: String, Sides { ours, theirs }: &Sides) -> wire::ComparedSessionModel {
    let cost = ours.as_ref().map_or(Some(PicoUsd::ZERO), Amounts::cost_usd);
    wire::ComparedSessionModel {
        model,
        tokens: ours.as_ref().map(our_tokens),
        cost_usd: cost.map(Usd),
        claude_code_tokens: theirs.as_ref().map(their_tokens),
        claude_code_usd: theirs.map(|theirs| Usd(theirs.cost)),
        difference_usd: theirs.zip(cost).map(|(theirs, cost)| Usd(theirs.cost - cost)),
    }
}

/// Returns the reasons for the difference of a model.
fn reasons(model: &str, Sides { ours, theirs }: &Sides) -> Vec<wire::SessionReason> {
    let reason =
        |code: &'static str, text: String| wire::SessionReason { code, model: model.to_owned(), text };
    let amounts = ours.unwrap_or_default();
    let Some(theirs) = theirs else {
        let text = "Claude Code's totals lack the model, which has responses in the transcripts.";
        return vec![reason("dropped_model", text.to_owned())];
    };
    let (mine, own) = (our_tokens(&amounts), their_tokens(theirs));
    let mut reasons = Vec::new();
    let unlogged = own.prompt_beyond(&mine);
    if unlogged > 0 {
        let text = format!(
            "{unlogged} prompt tokens belong to requests that no transcript has, such as titles and summaries."
        );
        reasons.push(reason("unlogged", text));
    }
    if amounts.unfinalised > 0 && own.output_tokens > mine.output_tokens {
        let text = format!(
            "{} responses have no final record, so that their output is a lower bound.",
            amounts.unfinalised
        );
        reasons.push(reason("unfinalised", text));
    }
    let behind = mine.beyond(&own);
    if behind > 0 {
        let text = format!(
            "{behind} tokens of responses are not in Claude Code's totals, which are written now and then."
        );
        reasons.push(reason("behind", text));
    }
    if amounts.unpriced_tokens > 0 {
        let text = "The model has no price here.";
        reasons.push(reason("unpriced", text.to_owned()));
    }
    let difference = theirs.cost - amounts.cost;
    if mine == own && amounts.unpriced_tokens == 0 && (difference > ROUNDING || -difference > ROUNDING) {
        let text = "Both count the same tokens: Claude Code's price is different.";
        reasons.push(reason("price", text.to_owned()));
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_types::TokenCounts;

    /// A model's usage here: input, output, 5-minute cache write and cache read, and its cost in micro-dollars.
    fn used(
        name: &str,
        [input, output, write, read]: [u64; 4],
        micros: i128,
        unfinalised: u64,
    ) -> NamedUsage {
        let tokens =
            TokenCounts { input, output, cache_write_5m: write, cache_read: read, ..TokenCounts::default() };
        let amounts = Amounts {
            tokens,
            unfinalised,
            cost: PicoUsd(micros * 1_000_000),
            priced_tokens: tokens.total(),
            ..Amounts::default()
        };
        let usage = ctm_aggregate::Usage { amounts, ..ctm_aggregate::Usage::default() };
        NamedUsage { name: name.into(), usage }
    }

    /// Claude Code's totals of models: input, output, cache write and cache read, and the cost in micro-dollars.
    fn own(models: &[(&str, [u64; 4], i128)]) -> CostState {
        let models = models.iter().map(|(name, [input, output, cache_write, cache_read], micros)| {
            let cost = ModelCost {
                cost: PicoUsd(micros * 1_000_000),
                input: *input,
                output: *output,
                cache_write: *cache_write,
                cache_read: *cache_read,
                ..ModelCost::default()
            };
            ((*name).to_owned(), cost)
        });
        let models: BTreeMap<String, ModelCost> = models.collect();
        CostState { cost: models.values().map(|model| model.cost).sum(), models, ..CostState::default() }
    }

    #[track_caller]
    fn check(ours: &[NamedUsage], theirs: &CostState, difference_micros: i128, expected: &[(&str, &str)]) {
        let compared = compare("s".to_owned(), ours, theirs, &PriceBook::builtin());
        assert_eq!(compared.difference_usd, Some(Usd(PicoUsd(difference_micros * 1_000_000))));
        let reasons: Vec<_> = compared.reasons.iter().map(|reason| (reason.code, &*reason.model)).collect();
        assert_eq!(reasons, expected);
        let models = compared.models.iter();
        let sum: PicoUsd = models.map(|of| of.difference_usd.map_or(PicoUsd::ZERO, |usd| usd.0)).sum();
        let dropped: PicoUsd = compared
            .models
            .iter()
            .filter(|of| of.claude_code_usd.is_none())
            .map(|of| of.cost_usd.map_or(PicoUsd::ZERO, |usd| usd.0))
            .sum();
        assert_eq!(Some(Usd(sum - dropped)), compared.difference_usd, "the models add up");
    }

    const OPUS: &str = "claude-opus-4-5";
    const HAIKU: &str = "claude-haiku-4-5";

    #[test]
    fn equal_counts_have_no_difference_and_no_reason() {
        let ours = [used("claude-opus-4-5-20251101", [1, 2, 3, 4], 500, 0)];
        check(&ours, &own(&[("claude-opus-4-5-20251101[1m]", [1, 2, 3, 4], 500)]), 0, &[]);
    }

    #[test]
    fn each_difference_has_its_reason() {
        let ours = || vec![used(OPUS, [10, 20, 30, 40], 500, 0)];
        check(&ours(), &own(&[(OPUS, [15, 22, 30, 40], 530)]), 30, &[("unlogged", OPUS)]);
        let title = own(&[(OPUS, [10, 20, 30, 40], 500), (HAIKU, [100, 5, 0, 0], 7)]);
        check(&ours(), &title, 7, &[("unlogged", HAIKU)]);
        check(&ours(), &own(&[(OPUS, [10, 20, 30, 40], 700)]), 200, &[("price", OPUS)]);
        check(&ours(), &own(&[(OPUS, [10, 20, 10, 40], 400)]), -100, &[("behind", OPUS)]);
        check(&ours(), &own(&[]), -500, &[("dropped_model", OPUS)]);
        let open = [used(OPUS, [10, 8, 30, 40], 400, 2)];
        check(&open, &own(&[(OPUS, [10, 20, 30, 40], 500)]), 100, &[("unfinalised", OPUS)]);
        check(&[], &own(&[(HAIKU, [0, 5, 0, 9], 7)]), 7, &[("unlogged", HAIKU)]);
    }

    #[test]
    fn without_a_price_the_difference_is_unknown() {
        let mut ours = used("house-model", [10, 20, 0, 0], 0, 0);
        (ours.usage.amounts.unpriced_tokens, ours.usage.amounts.priced_tokens) = (30, 0);
        let theirs = own(&[("house-model", [10, 20, 0, 0], 700)]);
        let compared = compare("s".to_owned(), &[ours], &theirs, &PriceBook::builtin());
        assert_eq!((compared.cost_usd, compared.difference_usd), (None, None));
        assert_eq!(compared.reasons.iter().map(|reason| reason.code).collect::<Vec<_>>(), ["unpriced"]);
    }
}
