//! The difference of cost between two periods, split into its causes.
//!
//! # Design
//!
//! The cost of a kind of tokens, at the same model and terms and in the same tier, is a product:
//!
//! ```text
//! responses × share of the model × prompt tokens per response × share of the kind × price of a token
//!   volume            mix                   context                   cache             price
//! ```
//!
//! Output has output tokens per response in place of the share of the kind, web searches have searches per response.
//! Context is then the share of the responses in the tier: a longer prompt can make output more expensive, too.
//! Each product is split over its factors (`shapley`), so that the causes add up to the difference of the
//! cost, to the last pico-dollar. A chain that replaces one factor after the other was rejected, because the
//! causes would depend on the order.
//!
//! The price is that of the period on average: a price that changes within a period is part of it.
//! What has no price is in no product; it is counted separately.

use crate::ledger::{Ledger, LedgerEntry};
use crate::shapley::{self, FACTORS, Factor};
use crate::terms::Terms;
use ctm_pricing::{Modifier, Price, Quote, Rate, Tier};
use ctm_types::PicoUsd;
use std::collections::{BTreeMap, BTreeSet};
use std::iter::Sum;
use std::ops::{AddAssign, Index};
use std::sync::Arc;

/// A cause of a difference of cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Number of responses.
    Volume,
    /// Shares of models, and of terms such as fast mode and batches.
    Mix,
    /// Prompt tokens per response, and how many exceed a long-context threshold.
    Context,
    /// Shares of prompts that are read from the cache, written to it, and neither.
    Cache,
    /// Output tokens per response.
    Output,
    /// Web searches per response.
    Searches,
    /// Prices.
    Price,
}

impl Cause {
    /// All causes, in the order of their display.
    pub const ALL: [Self; 7] =
        [Self::Volume, Self::Mix, Self::Context, Self::Cache, Self::Output, Self::Searches, Self::Price];
}

/// An amount for each cause.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Causes([PicoUsd; Cause::ALL.len()]);

impl Causes {
    /// Returns the sum.
    #[must_use]
    pub fn total(&self) -> PicoUsd {
        self.0.into_iter().sum()
    }

    fn add(&mut self, cause: Cause, amount: i128) {
        self.0[cause as usize] += PicoUsd(amount);
    }
}

impl Index<Cause> for Causes {
    type Output = PicoUsd;

    fn index(&self, cause: Cause) -> &PicoUsd {
        &self.0[cause as usize]
    }
}

/// The usage of a period, with and without a price.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Consumed {
    /// Responses whose model has a price.
    pub responses: u64,
    /// Their prompt tokens with a price.
    pub prompt: u64,
    /// Of these, the ones that were read from the cache.
    pub cache_read: u64,
    /// Their output tokens with a price.
    pub output: u64,
    /// Their web searches with a price.
    pub web_searches: u64,
    /// The cost of all of these.
    pub cost: PicoUsd,
    /// Responses whose model has no price.
    pub unpriced_responses: u64,
    /// Tokens that have no price.
    pub unpriced_tokens: u64,
    /// Web searches that have no price.
    pub unpriced_web_searches: u64,
}

/// The difference of cost between two periods, by cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decomposition {
    /// The earlier period.
    pub before: Consumed,
    /// The later period.
    pub now: Consumed,
    /// The causes, which add up to the difference.
    pub causes: Causes,
}

impl Decomposition {
    /// Splits the difference of cost from one ledger to another.
    #[must_use]
    pub fn new(before: &Ledger, now: &Ledger) -> Self {
        let periods = [before, now].map(Cells::new);
        Self { causes: causes(&periods), before: periods[0].consumed, now: periods[1].consumed }
    }

    /// Returns the difference of cost.
    #[must_use]
    pub fn difference(&self) -> PicoUsd {
        self.now.cost - self.before.cost
    }
}

/// Terms with the same prices on the same day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Offer {
    model: Arc<str>,
    fast: bool,
    modifiers: Vec<Modifier>,
}

impl Offer {
    fn of(price: &Price) -> Self {
        let modifiers = price.multipliers.iter().map(|(modifier, _)| *modifier).collect();
        Self { model: Arc::clone(&price.model), fast: price.fast, modifiers }
    }
}

/// Kinds of billed tokens, and web searches: the first ones are the prompt.
const KINDS: usize = 6;
const PROMPT: usize = 4;
const OUTPUT: usize = 4;
const SEARCHES: usize = 5;

/// Priced usage of one offer in one tier.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    responses: u128,
    counts: [u128; KINDS],
    costs: [PicoUsd; KINDS],
}

impl Cell {
    fn prompt(&self) -> u128 {
        self.counts[..PROMPT].iter().sum()
    }

    /// Returns everything that is billed.
    fn billed(&self) -> u128 {
        self.counts.iter().sum()
    }
}

impl AddAssign<&Self> for Cell {
    fn add_assign(&mut self, other: &Self) {
        self.responses += other.responses;
        for kind in 0..KINDS {
            self.counts[kind] += other.counts[kind];
            self.costs[kind] += other.costs[kind];
        }
    }
}

impl<'c> Sum<&'c Self> for Cell {
    fn sum<I: Iterator<Item = &'c Self>>(cells: I) -> Self {
        let mut sum = Self::default();
        cells.for_each(|cell| sum += cell);
        sum
    }
}

/// The cells of an offer: of usual prompts, and of long ones.
type Tiers = [Cell; 2];

/// The priced usage of a period.
#[derive(Debug, Default)]
struct Cells {
    offers: BTreeMap<Offer, Tiers>,
    consumed: Consumed,
}

impl Cells {
    fn new(ledger: &Ledger) -> Self {
        let mut cells = Self::default();
        // Terms are few, lines are many.
        let mut by_terms: BTreeMap<usize, (Cell, u64, u64)> = BTreeMap::new();
        for line in ledger.lines() {
            let (sum, tokens, searches) = by_terms.entry(line.key.terms).or_default();
            *sum += &unpriced_cell(line);
            *tokens = tokens.saturating_add(line.amounts.unpriced_tokens);
            *searches = searches.saturating_add(line.amounts.unpriced_web_searches);
        }
        for (terms, (sum, tokens, searches)) in by_terms {
            cells.consumed.unpriced_tokens = cells.consumed.unpriced_tokens.saturating_add(tokens);
            cells.consumed.unpriced_web_searches =
                cells.consumed.unpriced_web_searches.saturating_add(searches);
            cells.add(ledger.terms(terms), sum);
        }
        cells.sum_up();
        cells
    }

    fn add(&mut self, terms: &Terms, mut cell: Cell) {
        let Quote::Priced(price) = &terms.quote else {
            self.consumed.unpriced_responses =
                self.consumed.unpriced_responses.saturating_add(count(cell.responses));
            return;
        };
        let rates = &price.rates;
        let rates = [
            rates.input,
            rates.cache_read,
            rates.cache_write_5m,
            rates.cache_write_1h,
            rates.output,
            rates.web_search,
        ];
        for (kind, rate) in rates.into_iter().enumerate() {
            match rate {
                Some(rate) => cell.costs[kind] = cost(rate, cell.counts[kind]),
                None => cell.counts[kind] = 0,
            }
        }
        let tier = usize::from(price.tier != Tier::Standard);
        self.offers.entry(Offer::of(price)).or_default()[tier] += &cell;
    }

    fn all(&self) -> Cell {
        self.offers.values().flatten().sum()
    }

    fn sum_up(&mut self) {
        let sum = self.all();
        self.consumed.responses = count(sum.responses);
        self.consumed.prompt = count(sum.prompt());
        self.consumed.cache_read = count(sum.counts[1]);
        self.consumed.output = count(sum.counts[OUTPUT]);
        self.consumed.web_searches = count(sum.counts[SEARCHES]);
        self.consumed.cost = sum.costs.into_iter().sum();
    }

    fn tiers(&self, offer: &Offer) -> Tiers {
        self.offers.get(offer).copied().unwrap_or_default()
    }
}

/// Returns the counts of a line, without any cost.
fn unpriced_cell(line: &LedgerEntry) -> Cell {
    let tokens = &line.amounts.tokens;
    let counts = [
        tokens.input,
        tokens.cache_read,
        tokens.cache_write_5m,
        tokens.cache_write_1h,
        tokens.output,
        line.amounts.web_searches,
    ];
    Cell { responses: line.amounts.responses.into(), counts: counts.map(u128::from), ..Cell::default() }
}

fn cost(rate: Rate, count: u128) -> PicoUsd {
    let count = i128::try_from(count).unwrap_or(i128::MAX);
    PicoUsd(i128::from(rate.0).saturating_mul(count))
}

fn count(number: u128) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// Returns the causes of the difference between two periods.
fn causes(periods: &[Cells; 2]) -> Causes {
    let mut causes = Causes::default();
    let all = periods.each_ref().map(Cells::all);
    let volume = sizes(&all);
    let offers: BTreeSet<&Offer> = periods.iter().flat_map(|period| period.offers.keys()).collect();
    for offer in offers {
        let tiers = periods.each_ref().map(|period| period.tiers(offer));
        let of_offer = sizes(&tiers.each_ref().map(|tiers| tiers.iter().sum()));
        let [before, now] = tiers;
        for (before, now) in before.into_iter().zip(now) {
            add_cell(&mut causes, volume, of_offer, &[before, now]);
        }
    }
    causes
}

/// Adds the causes of a cell.
fn add_cell(causes: &mut Causes, volume: [u128; 2], of_offer: [u128; 2], cells: &[Cell; 2]) {
    let first = [ratio(volume, [1, 1]), ratio(of_offer, volume)];
    let (prompts, responses) = (cells.each_ref().map(Cell::prompt), sizes(cells));
    for kind in 0..KINDS {
        let (whole, cause) = match kind {
            OUTPUT => (responses, Cause::Output),
            SEARCHES => (responses, Cause::Searches),
            _ => (prompts, Cause::Cache),
        };
        let counts = cells.each_ref().map(|cell| cell.counts[kind]);
        let costs = cells.each_ref().map(|cell| cell.costs[kind].0);
        let price = Factor::new([(costs[0], counts[0]), (costs[1], counts[1])]);
        let [volume, mix] = first.clone();
        let factors = [volume, mix, ratio(whole, of_offer), ratio(counts, whole), price];
        let owners: [Cause; FACTORS] = [Cause::Volume, Cause::Mix, Cause::Context, cause, Cause::Price];
        for (owner, part) in owners.into_iter().zip(shapley::split(&factors)) {
            causes.add(owner, part);
        }
    }
}

/// Returns how much there is of cells, in the same unit: responses, but billed tokens and web searches if one of
/// them has such without a response, as the later parts of responses.
fn sizes(cells: &[Cell; 2]) -> [u128; 2] {
    if cells.iter().all(|cell| cell.responses > 0 || cell.billed() == 0) {
        cells.each_ref().map(|cell| cell.responses)
    } else {
        cells.each_ref().map(Cell::billed)
    }
}

fn ratio(parts: [u128; 2], wholes: [u128; 2]) -> Factor {
    let part = |at: usize| (i128::try_from(parts[at]).unwrap_or(i128::MAX), wholes[at]);
    Factor::new([part(0), part(1)])
}
