//! The arithmetic behind a sum.
//!
//! Cost is linear in tokens as long as price and terms are the same, so that the cost of any number of
//! responses is a few products: one for each kind of tokens and price. They are computed from the
//! responses themselves, not from the sums behind reports, so that one proves the
//! other.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::query::Query;
use super::responses::{part_item, quote, tokens};
use super::wire;
use ctm_aggregate::Amounts;
use ctm_facts::{ResponseCursor, ResponsePage, TimeOrder};
use ctm_pricing::Quote;
use ctm_types::{Billing, Part};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

/// Responses per read.
const PAGE: usize = 1_000;

impl DatabaseReports {
    /// Returns the arithmetic behind the requested usage.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn arithmetic(&self, query: &Query) -> Result<wire::Arithmetic, ReportError> {
        let bounds = self.reporter.range(query).await?.bounds_ms(query.tz);
        let filter = query.between_ms(bounds.start, bounds.end);
        let prices = &self.reporter.prices;
        let mut sums = Sums::default();
        let mut after = None;
        loop {
            let page =
                ResponsePage { after, limit: PAGE, order: TimeOrder::OldestFirst, ..ResponsePage::default() };
            let responses = self.machine_store()?.responses(&filter, &page).await?;
            for response in &responses {
                let is_billed = |part: &Part| !quote(part, response.at_ms, prices).is_unbilled();
                if response.parts.iter().any(is_billed) {
                    sums.responses += 1;
                    sums.lines += response.copies;
                    sums.unfinalised += u64::from(!response.is_final);
                }
                let models = &filter.models;
                let wanted = |part: &&Part| models.is_empty() || models.contains(&part.billing.model);
                for part in response.parts.iter().filter(wanted) {
                    sums.add(part, quote(part, response.at_ms, prices));
                }
            }
            after = responses.last().map(ResponseCursor::of);
            if responses.len() < PAGE {
                return Ok(sums.item(prices.version()));
            }
        }
    }
}

/// Sums of the responses read so far.
#[derive(Default)]
struct Sums {
    responses: u64,
    lines: u64,
    unfinalised: u64,
    /// Parts of the same terms and price, merged; there are few per billing.
    parts: HashMap<Arc<Billing>, Vec<(Part, Quote)>>,
}

impl Sums {
    fn add(&mut self, part: &Part, quote: Quote) {
        let parts = self.parts.entry(Arc::clone(&part.billing)).or_default();
        match parts.iter_mut().find(|(_, price)| *price == quote) {
            Some((sum, _)) => {
                sum.tokens += part.tokens;
                sum.web_searches = sum.web_searches.saturating_add(part.web_searches);
            }
            None => parts.push((part.clone(), quote)),
        }
    }

    fn item(self, price_version: &str) -> wire::Arithmetic {
        let priced = |(part, quote): &(Part, Quote)| Amounts::priced(part.tokens, part.web_searches, quote);
        let mut parts: Vec<(Part, Quote)> = self.parts.into_values().flatten().collect();
        parts.sort_by_cached_key(|part| {
            (Reverse((priced(part).cost, part.0.tokens.total())), Arc::clone(&part.0.billing))
        });
        let mut total = Amounts::default();
        for part in &parts {
            total += priced(part);
        }
        wire::Arithmetic {
            responses: self.responses,
            lines: self.lines,
            unfinalised_responses: self.unfinalised,
            parts: parts.iter().map(|(part, quote)| part_item(part, quote)).collect(),
            cost_usd: total.cost_usd().map(wire::Usd),
            unpriced_tokens: total.unpriced_tokens,
            price_version: price_version.to_owned(),
            tokens: tokens(&total.tokens),
        }
    }
}
