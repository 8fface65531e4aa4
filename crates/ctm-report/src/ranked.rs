//! Responses by cost or output.
//!
//! # Design
//!
//! No cost is stored, and an index of the output would be written with every commit. So a page is selected from
//! the outlines of all responses of the filter, of which only as many are kept as the page has: a million
//! responses need no more memory than a thousand. A cursor has the value of its response, so that pages follow
//! each other without gap or overlap even if that response changes meanwhile.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::page::{Order, PageQuery};
use super::responses::{ResponseSort, response_item};
use super::wire;
use ctm_aggregate::Amounts;
use ctm_facts::{Outline, ResponseFilter, UsageFilter};
use ctm_pricing::PriceBook;
use ctm_types::{Billing, BillingId, EventId, PicoUsd};
use std::collections::{BTreeSet, HashMap};

/// The place of a response in the order: its value, `None` if that is unknown, and its number.
type Rank = (Option<i128>, i64);

impl DatabaseReports {
    /// Returns a page of responses by cost or output, and the cursor of the next page.
    pub(super) async fn ranked_responses(
        &self,
        filter: &UsageFilter,
        page: &PageQuery,
        only: ResponseFilter,
        sort: ResponseSort,
    ) -> Result<(Vec<wire::Response>, Option<String>), ReportError> {
        let prices = &self.reporter.prices;
        let billings = self.machine_store()?.billings().await?;
        let limit = page.limit.unwrap_or(usize::MAX - 1);
        // An additional rank indicates a further page.
        let after = page.cursor.as_deref().map(parse_cursor).transpose()?;
        let mut first = First { limit: limit + 1, order: page.order, after, ranks: BTreeSet::new() };
        self.machine_store()?
            .each_outline(filter, &only, |outline| {
                first.add((value(&outline, &billings, prices, sort), outline.id.into()));
            })
            .await?;
        let mut ranks: Vec<Rank> = first.ranks.into_iter().collect();
        if page.order == Order::Descending {
            ranks.reverse();
        }
        let more = ranks.len() > limit;
        ranks.truncate(limit);
        let ids: Vec<EventId> = ranks.iter().map(|(_, id)| EventId::from(*id)).collect();
        let responses = self.machine_store()?.responses_by_id(&ids).await?;
        let items = responses.iter().map(|response| response_item(response, prices)).collect();
        Ok((items, ranks.last().filter(|_| more).map(cursor)))
    }
}

/// The first ranks after a cursor.
struct First {
    limit: usize,
    order: Order,
    after: Option<Rank>,
    ranks: BTreeSet<Rank>,
}

impl First {
    fn add(&mut self, rank: Rank) {
        let is_after = self.after.is_none_or(|after| match self.order {
            Order::Ascending => rank > after,
            Order::Descending => rank < after,
        });
        if !is_after {
            return;
        }
        self.ranks.insert(rank);
        if self.ranks.len() > self.limit {
            match self.order {
                Order::Ascending => self.ranks.pop_last(),
                Order::Descending => self.ranks.pop_first(),
            };
        }
    }
}

fn value(
    outline: &Outline,
    billings: &HashMap<BillingId, Billing>,
    prices: &PriceBook,
    sort: ResponseSort,
) -> Option<i128> {
    let amounts = amounts(outline, billings, prices)?;
    match sort {
        ResponseSort::Output => Some(amounts.tokens.output.into()),
        ResponseSort::Cost | ResponseSort::At => amounts.cost_usd().map(|PicoUsd(cost)| cost),
    }
}

/// Returns the consumption of a response and its cost: each part at its own rates; `None` for unknown billing terms.
pub(super) fn amounts(
    outline: &Outline,
    billings: &HashMap<BillingId, Billing>,
    prices: &PriceBook,
) -> Option<Amounts> {
    let mut amounts = Amounts::default();
    for part in &outline.parts {
        let billing = billings.get(&part.billing)?;
        let band = prices.context_band(part.tokens.prompt());
        let quote = prices.quote(billing, Some(outline.at_ms), band);
        amounts += Amounts::priced(part.tokens, part.web_searches, &quote);
    }
    Some(amounts)
}

/// Returns the cursor of what comes after a rank: the value and the number.
fn cursor((value, id): &Rank) -> String {
    value.map_or_else(|| format!("-:{id}"), |value| format!("{value}:{id}"))
}

fn parse_cursor(cursor: &str) -> Result<Rank, ReportError> {
    let parsed = cursor.split_once(':').and_then(|(value, id)| {
        let value = if value == "-" { None } else { Some(value.parse().ok()?) };
        Some((value, id.parse().ok()?))
    });
    parsed.ok_or_else(|| ReportError::Cursor(cursor.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_ranks_after_the_cursor_are_kept() {
        let check = |order, after: Option<Rank>, expected: &[i64]| {
            let mut first = First { limit: 2, order, after, ranks: BTreeSet::new() };
            for rank in [(Some(5), 1), (None, 2), (Some(9), 3), (Some(5), 4), (Some(7), 5)] {
                first.add(rank);
            }
            let ids: Vec<i64> = first.ranks.into_iter().map(|(_, id)| id).collect();
            assert_eq!(ids, expected, "{order:?} after {after:?}");
        };
        check(Order::Descending, None, &[5, 3]);
        check(Order::Descending, Some((Some(7), 5)), &[1, 4]);
        check(Order::Descending, Some((Some(5), 4)), &[2, 1]);
        check(Order::Ascending, None, &[2, 1]);
        check(Order::Ascending, Some((Some(5), 1)), &[4, 5]);
    }

    #[test]
    fn a_cursor_has_the_value_and_the_number() {
        for rank in [(Some(12), 3), (None, 4), (Some(-1), 5)] {
            assert_eq!(parse_cursor(&cursor(&rank)).unwrap(), rank);
        }
        assert!(parse_cursor("1767225600000:a").is_err());
    }
}
