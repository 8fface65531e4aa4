//! Budgets: the list `[[budget]]` of the config file.

use ctm_reader::expand_home;
use ctm_types::{Budget, BudgetLimit, BudgetScope};
use serde::Deserialize;
use std::path::Path;
use toml::{Spanned, Value};

/// Name of the list.
pub(super) const TABLE: &str = "budget";

/// Maximum number of budgets.
const MOST: usize = 100;

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    budget: Vec<Spanned<RawBudget>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBudget {
    name: Option<String>,
    usd: Option<Value>,
    tokens: Option<u64>,
    per: Option<String>,
    project: Option<String>,
    model: Option<String>,
    home: Option<String>,
    soft_percent: Option<u16>,
    hard_percent: Option<u16>,
}

/// Returns the budgets of a config file, given as text. Errors have the line of their entry.
pub(super) fn parse(text: &str, user_home: Option<&Path>) -> Result<Vec<Budget>, String> {
    let line = |start: usize| text.get(..start).unwrap_or_default().matches('\n').count() + 1;
    let list: List = toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let advice = "a budget is `[[budget]]` with name, usd or tokens, and per";
        format!("line {}: {}; {advice}", line(start), error.message().replace('\n', " "))
    })?;
    if list.budget.len() > MOST {
        return Err(format!("more than {MOST} entries of `[[budget]]`; remove some"));
    }
    let mut budgets: Vec<Budget> = Vec::new();
    for raw in list.budget {
        let at = line(raw.span().start);
        let fail = |fault: String| format!("line {at}: `[[budget]]` {fault}");
        let budget = budget(raw.into_inner(), user_home).map_err(fail)?;
        if budgets.iter().any(|known| known.name == budget.name) {
            return Err(fail(format!("`{}` is there twice; choose another name", budget.name)));
        }
        budgets.push(budget);
    }
    Ok(budgets)
}

fn budget(raw: RawBudget, user_home: Option<&Path>) -> Result<Budget, String> {
    let home = raw.home.map(|home| expand_home(&home, user_home).to_string_lossy().into_owned());
    let scope = BudgetScope::of(raw.project, raw.model, home);
    let period = raw.per.ok_or("has no period; add `per = \"month\"`")?;
    let budget = Budget {
        name: raw.name.ok_or("has no name; add `name = \"all\"`")?,
        limit: limit(raw.usd, raw.tokens)?,
        period: period.parse().map_err(|allowed| format!("has an invalid `per`; {allowed}"))?,
        scope: scope.ok_or("has several of `project`, `model` and `home`; keep one")?,
        soft_percent: raw.soft_percent.unwrap_or(Budget::SOFT_PERCENT),
        hard_percent: raw.hard_percent.unwrap_or(Budget::HARD_PERCENT),
    };
    match budget.faults().first() {
        Some((field, message)) => Err(format!("has an invalid `{field}`; {message}")),
        None => Ok(budget),
    }
}

/// Returns the amount: a number of US dollars, or a text of one, or a number of tokens.
fn limit(usd: Option<Value>, tokens: Option<u64>) -> Result<BudgetLimit, String> {
    let text = match (usd, tokens) {
        (None, Some(tokens)) => return Ok(BudgetLimit::Tokens(tokens)),
        (Some(Value::String(text)), None) => Some(text),
        (Some(Value::Integer(number)), None) => Some(number.to_string()),
        (Some(Value::Float(number)), None) => Some(number.to_string()),
        (Some(_), Some(_)) => return Err("has both `usd` and `tokens`; keep one".to_owned()),
        (None, None) => return Err("has no amount; add `usd = 200`, or `tokens = 50_000_000`".to_owned()),
        (Some(_), None) => None,
    };
    let amount = text.and_then(|text| text.parse().ok());
    amount.map(BudgetLimit::Usd).ok_or_else(|| {
        "has an invalid `usd`; specify a number of US dollars, such as `usd = 200` or `\"0.5\"`".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_read() {
        let text = "tz = 'UTC'\n[[budget]]\nname = 'all'\nusd = 200\nper = 'month'\n\
                    [[budget]]\nname = 'work'\ntokens = 5_000_000\nper = '7d'\nhome = '~/.claude-work'\n\
                    soft_percent = 50\nhard_percent = 120\n";
        let budgets = parse(text, Some(Path::new("/home/dev"))).unwrap();
        let shown: Vec<_> =
            budgets.iter().map(|of| (&*of.name, of.limit.units(), of.period.to_string())).collect();
        assert_eq!(
            shown,
            [("all", 200_000_000_000_000, "month".to_owned()), ("work", 5_000_000, "7d".to_owned())]
        );
        assert_eq!((budgets[0].soft_percent, budgets[0].hard_percent), (80, 100));
        assert_eq!((budgets[1].soft_percent, budgets[1].hard_percent), (50, 120));
        assert_eq!(budgets[1].scope, BudgetScope::Home("/home/dev/.claude-work".to_owned()));
        assert_eq!(parse("tz = 'UTC'", None), Ok(Vec::new()));
    }

    #[test]
    fn faults_have_line_and_advice() {
        let fails = |fields: &str, expected: &str| {
            let error = parse(&format!("tz = 'UTC'\n[[budget]]\n{fields}"), None).unwrap_err();
            assert!(error.contains(expected) && error.contains("; "), "{error}");
        };
        let full = "name = 'all'\nusd = 200\nper = 'month'\n";
        fails("", "line 2: `[[budget]]` has no period; ");
        fails("per = 'month'\n", "has no name; ");
        fails("name = 'all'\nper = 'month'\n", "has no amount; ");
        fails("name = 'all'\nper = 'year'\nusd = 5\n", "has an invalid `per`; allowed: ");
        fails("name = ''\nper = 'day'\nusd = 5\n", "has an invalid `name`; ");
        fails("name = 'all'\nper = 'day'\nusd = 0\n", "has an invalid `usd`; ");
        fails("name = 'all'\nper = 'day'\nusd = nan\n", "has an invalid `usd`; ");
        fails("name = 'all'\nper = 'day'\nusd = true\n", "has an invalid `usd`; ");
        fails(&format!("{full}tokens = 5\n"), "has both `usd` and `tokens`; ");
        fails(&format!("{full}model = 'a'\nproject = 'b'\n"), "keep one");
        fails(&format!("{full}soft_percent = 101\n"), "has an invalid `soft_percent`; ");
        fails(&format!("{full}[[budget]]\n{full}"), "line 6: `[[budget]]` `all` is there twice; ");
        fails(&format!("{full}month = 5\n"), "line 6: unknown field `month`");
        assert!(parse("[budget]\nname = 'all'\n", None).unwrap_err().starts_with("line 1: "));
    }
}
