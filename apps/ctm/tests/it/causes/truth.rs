//! The causes of a changed cost, computed from billed parts by the definition: the factors of each product are
//! replaced in all 120 orders, as fractions.

use ctm_pricing::{PriceBook, Quote, Tier};
use ctm_types::{Billing, EpochMs, TokenCounts};
use num_bigint::BigInt;
use std::collections::{BTreeMap, BTreeSet};

const FACTORS: usize = 5;

/// Kinds of what is billed: four of the prompt, output, and web searches.
const KINDS: usize = 6;
const OUTPUT: usize = 4;
const SEARCHES: usize = 5;

/// Names of the causes, as the report has them.
pub(super) const CAUSES: [&str; 7] = ["volume", "mix", "context", "cache", "output", "web_searches", "price"];
const VOLUME: usize = 0;
const MIX: usize = 1;
const CONTEXT: usize = 2;
const CACHE: usize = 3;
const PRICE: usize = 6;

/// Parts of a pico-dollar that causes are computed to.
pub(super) const UNITS: i128 = 1000;

/// A billed part of a response.
pub(super) struct BilledPart {
    pub(super) billing: Billing,
    pub(super) at_ms: i64,
    /// 1 in the first part of a response, otherwise 0.
    pub(super) responses: u64,
    pub(super) tokens: TokenCounts,
    pub(super) web_searches: u64,
}

/// Priced usage.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    responses: u64,
    counts: [u64; KINDS],
    /// In pico-dollars.
    costs: [i128; KINDS],
}

impl Sum {
    fn add(&mut self, other: &Self) {
        self.responses += other.responses;
        for kind in 0..KINDS {
            self.counts[kind] += other.counts[kind];
            self.costs[kind] += other.costs[kind];
        }
    }

    fn prompt(&self) -> u64 {
        self.counts[..OUTPUT].iter().sum()
    }
}

/// Priced usage by model and terms, of usual and of long prompts.
#[derive(Debug, Default)]
pub(super) struct Usage(BTreeMap<String, [Sum; 2]>);

impl Usage {
    /// Prices parts, each on its own.
    pub(super) fn of<'p>(parts: impl Iterator<Item = &'p BilledPart>, book: &PriceBook) -> Self {
        let mut usage = Self::default();
        for part in parts {
            let TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h } = part.tokens;
            let band = book.context_band(input + cache_read + cache_write_5m + cache_write_1h);
            let Quote::Priced(price) = book.quote(&part.billing, Some(EpochMs(part.at_ms)), band) else {
                continue;
            };
            let counts = [input, cache_read, cache_write_5m, cache_write_1h, output, part.web_searches];
            let rates = price.rates;
            let rates = [
                rates.input,
                rates.cache_read,
                rates.cache_write_5m,
                rates.cache_write_1h,
                rates.output,
                rates.web_search,
            ];
            let mut sum = Sum { responses: part.responses, ..Sum::default() };
            for kind in 0..KINDS {
                if let Some(rate) = rates[kind] {
                    sum.counts[kind] = counts[kind];
                    sum.costs[kind] = i128::from(rate.0) * i128::from(counts[kind]);
                }
            }
            let modifiers = price.multipliers.iter().map(|(modifier, _)| modifier.name());
            let terms = modifiers.chain(price.fast.then_some("fast")).collect::<Vec<_>>().join(" ");
            let tiers = usage.0.entry(format!("{} {terms}", price.model)).or_default();
            tiers[usize::from(price.tier != Tier::Standard)].add(&sum);
        }
        usage
    }

    fn total<'s>(sums: impl IntoIterator<Item = &'s Sum>) -> Sum {
        sums.into_iter().fold(Sum::default(), |mut total, sum| {
            total.add(sum);
            total
        })
    }

    /// Returns the number of responses.
    pub(super) fn responses(&self) -> u64 {
        Self::total(self.0.values().flatten()).responses
    }

    /// Returns the cost, in pico-dollars.
    pub(super) fn cost(&self) -> i128 {
        Self::total(self.0.values().flatten()).costs.iter().sum()
    }
}

/// Causes in units, and the number of products of which they are sums.
#[derive(Debug, Default)]
pub(super) struct Causes {
    pub(super) units: [BigInt; CAUSES.len()],
    pub(super) products: i128,
}

impl Causes {
    /// Splits the difference from one period to another.
    pub(super) fn between(before: &Usage, now: &Usage) -> Self {
        let mut causes = Self::default();
        let periods = [before, now];
        let volume = sizes(periods.map(|usage| Usage::total(usage.0.values().flatten())));
        let terms: BTreeSet<&String> = periods.iter().flat_map(|usage| usage.0.keys()).collect();
        for terms in terms {
            let tiers = periods.map(|usage| usage.0.get(terms).copied().unwrap_or_default());
            let of_terms = sizes(tiers.each_ref().map(Usage::total));
            for tier in 0..2 {
                causes.add(volume, of_terms, tiers.map(|tiers| tiers[tier]));
            }
        }
        causes
    }

    /// Adds the products of usage in the same tier.
    fn add(&mut self, volume: [u64; 2], of_terms: [u64; 2], sums: [Sum; 2]) {
        for kind in 0..KINDS {
            let (whole, share) = match kind {
                OUTPUT | SEARCHES => (sizes(sums), kind),
                _ => (sums.map(|sum| sum.prompt()), CACHE),
            };
            let counts = sums.map(|sum| sum.counts[kind]);
            let costs = sums.map(|sum| sum.costs[kind]);
            let owners = [VOLUME, MIX, CONTEXT, share, PRICE];
            let factors = [
                fractions(volume, [1, 1]),
                fractions(of_terms, volume),
                fractions(whole, of_terms),
                fractions(counts, whole),
                fractions(costs, counts),
            ];
            // Without a whole in any period there is nothing to split.
            let Some(factors) = factors.into_iter().collect::<Option<Vec<_>>>() else { continue };
            self.products += 1;
            for (owner, part) in owners.into_iter().zip(replaced_in_all_orders(&factors)) {
                self.units[owner] += part;
            }
        }
    }
}

/// Returns responses, or everything that is billed if there is something without a response.
fn sizes(sums: [Sum; 2]) -> [u64; 2] {
    let billed = sums.map(|sum| sum.counts.iter().sum::<u64>());
    let has_no_response = (0..2).any(|at| sums[at].responses == 0 && billed[at] > 0);
    if has_no_response { billed } else { sums.map(|sum| sum.responses) }
}

/// Numerators before and now, over one denominator.
type Fractions = ([BigInt; 2], BigInt);

/// Returns parts of wholes; without a whole, a fraction is that of the other period.
fn fractions<N: Into<BigInt>>(parts: [N; 2], wholes: [u64; 2]) -> Option<Fractions> {
    let [before, now] = parts.map(Into::into);
    match wholes {
        [0, 0] => None,
        [0, whole] => Some(([now.clone(), now], whole.into())),
        [whole, 0] => Some(([before.clone(), before], whole.into())),
        [first, second] => Some(([before * second, now * first], BigInt::from(first) * second)),
    }
}

/// Returns the mean of what replacing each factor adds to the product, over all orders.
fn replaced_in_all_orders(factors: &[Fractions]) -> [BigInt; FACTORS] {
    // The numerators of the product, by the set of replaced factors.
    let product = |set: usize| -> BigInt {
        factors.iter().enumerate().map(|(at, (values, _))| &values[(set >> at) & 1]).product()
    };
    let products: Vec<BigInt> = (0..1 << FACTORS).map(product).collect();
    let mut sums: [BigInt; FACTORS] = Default::default();
    let orders = orders();
    for order in &orders {
        let mut set = 0;
        for &factor in order {
            let replaced = set | (1 << factor);
            sums[factor] += &products[replaced] - &products[set];
            set = replaced;
        }
    }
    let denominator = factors.iter().map(|(_, denominator)| denominator).product::<BigInt>() * orders.len();
    sums.map(|sum| sum * UNITS / &denominator)
}

/// Returns all orders of the factors.
fn orders() -> Vec<[usize; FACTORS]> {
    let numbers = 0..FACTORS.pow(5);
    let digits = |number: usize| [1, 5, 25, 125, 625].map(|place| number / place % FACTORS);
    let is_order = |digits: &[usize; FACTORS]| digits.iter().collect::<BTreeSet<_>>().len() == FACTORS;
    numbers.map(digits).filter(is_order).collect()
}

#[test]
fn there_are_120_orders() {
    assert_eq!(orders().len(), 120);
}
