//! Pagination of long lists.
//!
//! A cursor is the name of the last item of a page; the next page begins after it, wherever it
//! is by then. So a list that grows at its head, as sessions do, neither repeats nor skips items.

use super::ReportError;
use ctm_aggregate::Amounts;
use ctm_facts::TimeOrder;
use std::cmp::Ordering;

/// Maximum number of items on a page.
pub const MAX_LIMIT: usize = 500;

/// Sort key of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageSort {
    /// By the time of first use.
    StartedAt,
    /// By the time of last use.
    LastAt,
    /// By cost.
    Cost,
    /// By tokens of all kinds.
    Tokens,
}

/// Sort order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The smallest or earliest.
    Ascending,
    /// The largest or latest.
    Descending,
}

impl Order {
    /// Returns the order of a list by time.
    pub(super) fn by_time(self) -> TimeOrder {
        match self {
            Self::Ascending => TimeOrder::OldestFirst,
            Self::Descending => TimeOrder::NewestFirst,
        }
    }
}

/// The requested page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageQuery {
    /// Number of items on the page, 1 to [`MAX_LIMIT`]; `None`: all.
    pub limit: Option<usize>,
    /// The `next_cursor` of the previous page.
    pub cursor: Option<String>,
    /// Sort key.
    pub sort: PageSort,
    /// Sort order.
    pub order: Order,
}

impl PageQuery {
    /// Returns the query of everything on one page.
    #[must_use]
    pub fn all(sort: PageSort) -> Self {
        Self { limit: None, cursor: None, sort, order: Order::Descending }
    }

    /// Sorts `items` and returns the page, and the cursor of the next one.
    pub(super) fn cut<T>(
        &self,
        mut items: Vec<T>,
        name: impl Fn(&T) -> &str,
        amounts: impl Fn(&T) -> &Amounts,
    ) -> Result<(Vec<T>, Option<String>), ReportError> {
        items.sort_by(|a, b| self.compare(amounts(a), amounts(b)).then_with(|| name(a).cmp(name(b))));
        self.cut_sorted(items, |item| name(item).to_owned())
    }

    /// Returns the page of sorted items, and the cursor of the next one.
    pub(super) fn cut_sorted<T>(
        &self,
        mut items: Vec<T>,
        name: impl Fn(&T) -> String,
    ) -> Result<(Vec<T>, Option<String>), ReportError> {
        let begin = match &self.cursor {
            Some(cursor) => {
                let last = items.iter().position(|item| name(item) == *cursor);
                last.ok_or_else(|| ReportError::Cursor(cursor.clone()))? + 1
            }
            None => 0,
        };
        let end = self.limit.map_or(items.len(), |limit| items.len().min(begin + limit));
        let next = (end > begin && end < items.len()).then(|| name(&items[end - 1]));
        items.truncate(end);
        Ok((items.split_off(begin), next))
    }

    fn compare(&self, a: &Amounts, b: &Amounts) -> Ordering {
        let first_ms = |amounts: &Amounts| amounts.span.map(|span| span.first_ms);
        let last_ms = |amounts: &Amounts| amounts.span.map(|span| span.last_ms);
        let ascending = match self.sort {
            PageSort::StartedAt => first_ms(a).cmp(&first_ms(b)),
            PageSort::LastAt => last_ms(a).cmp(&last_ms(b)),
            PageSort::Cost => a.cost_usd().cmp(&b.cost_usd()),
            PageSort::Tokens => a.tokens.total().cmp(&b.tokens.total()),
        };
        match self.order {
            Order::Ascending => ascending,
            Order::Descending => ascending.reverse(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_types::TokenCounts;

    type Item = (&'static str, Amounts);

    fn items() -> Vec<Item> {
        let item = |name, output| {
            (name, Amounts { tokens: TokenCounts { output, ..TokenCounts::default() }, ..Amounts::default() })
        };
        vec![item("b", 2), item("a", 2), item("c", 9), item("d", 1)]
    }

    fn page(limit: Option<usize>, cursor: Option<&str>, order: Order) -> (Vec<&'static str>, Option<String>) {
        let query = PageQuery { limit, cursor: cursor.map(str::to_owned), sort: PageSort::Tokens, order };
        let (items, next) = query.cut(items(), |item| item.0, |item| &item.1).unwrap();
        (items.iter().map(|item| item.0).collect(), next)
    }

    #[test]
    fn pages_follow_each_other_without_gap_or_overlap() {
        assert_eq!(page(None, None, Order::Descending), (vec!["c", "a", "b", "d"], None));
        assert_eq!(page(Some(2), None, Order::Descending), (vec!["c", "a"], Some("a".to_owned())));
        assert_eq!(page(Some(2), Some("a"), Order::Descending), (vec!["b", "d"], None));
        assert_eq!(page(Some(3), None, Order::Ascending), (vec!["d", "a", "b"], Some("b".to_owned())));
        assert_eq!(page(Some(1), Some("c"), Order::Ascending), (vec![], None));
    }

    #[test]
    fn a_cursor_that_was_never_given_is_refused() {
        let query = PageQuery { cursor: Some("x".to_owned()), ..PageQuery::all(PageSort::Cost) };
        assert!(query.cut(items(), |item| item.0, |item| &item.1).is_err());
    }
}
