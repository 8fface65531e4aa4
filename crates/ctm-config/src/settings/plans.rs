//! Plans and exchange rates: the lists `[[plan]]` and `[[exchange]]` of the config file.

use super::rules::check_name;
use chrono::NaiveDate;
use ctm_pricing::plans::{PER_UNIT, USD};
use ctm_pricing::{ExchangeRate, Plan, PlanBook};
use ctm_reader::expand_home;
use ctm_types::PicoUsd;
use serde::Deserialize;
use std::path::Path;
use toml::{Spanned, Value};

/// Names of the lists.
pub(super) const TABLES: [&str; 2] = ["plan", "exchange"];

/// Largest price per month, in units of its currency.
const MOST_PRICE: i128 = 10_000_000;

/// Largest exchange rate, in US dollars.
const MOST_RATE: i128 = 1_000_000;

/// Maximum number of plans, and of exchange rates.
const MOST: usize = 1_000;

/// Earliest year of a plan or rate.
const FIRST_YEAR: i32 = 2020;

#[derive(Deserialize)]
struct Lists {
    #[serde(default)]
    plan: Vec<Spanned<RawPlan>>,
    #[serde(default)]
    exchange: Vec<Spanned<RawRate>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPlan {
    name: Option<String>,
    price: Option<Value>,
    currency: Option<String>,
    from: Option<Value>,
    until: Option<Value>,
    home: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRate {
    currency: Option<String>,
    usd: Option<Value>,
    from: Option<Value>,
}

/// Returns the plans and exchange rates of a config file, given as text. Errors have the line of their entry.
pub(super) fn parse(text: &str, user_home: Option<&Path>) -> Result<PlanBook, String> {
    let line = |start: usize| text.get(..start).unwrap_or_default().matches('\n').count() + 1;
    let lists: Lists = toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let advice = "a plan is `[[plan]]` with name, price and from, a rate `[[exchange]]` with currency, usd and from";
        format!("line {}: {}; {advice}", line(start), error.message().replace('\n', " "))
    })?;
    if lists.plan.len().max(lists.exchange.len()) > MOST {
        return Err(format!("more than {MOST} entries of `[[plan]]` or `[[exchange]]`; remove some"));
    }
    let plan = |raw: Spanned<RawPlan>| {
        let at = line(raw.span().start);
        plan(raw.into_inner(), user_home).map_err(|fault| format!("line {at}: `[[plan]]` {fault}"))
    };
    let mut book =
        PlanBook { plans: lists.plan.into_iter().map(plan).collect::<Result<_, _>>()?, rates: Vec::new() };
    for raw in lists.exchange {
        let at = line(raw.span().start);
        let rate = rate(raw.into_inner(), &book.rates);
        book.rates.push(rate.map_err(|fault| format!("line {at}: `[[exchange]]` {fault}"))?);
    }
    Ok(book)
}

fn plan(raw: RawPlan, user_home: Option<&Path>) -> Result<Plan, String> {
    let name = raw.name.ok_or("has no name; add `name = \"Max\"`")?;
    check_name(&name)?;
    let price = amount("price", raw.price, MOST_PRICE)?;
    let currency = raw.currency.map_or_else(|| Ok(USD.to_owned()), currency)?;
    let from = day("from", raw.from.ok_or("has no first day; add `from = 2026-01-01`")?)?;
    let until = raw.until.map(|until| day("until", until)).transpose()?;
    if until.is_some_and(|until| until < from) {
        return Err("ends before it begins; `until` is the last day, and not before `from`".to_owned());
    }
    let home = raw.home.map(|home| place(&home, user_home)).transpose()?;
    Ok(Plan { name, price_pico: price.0, currency, from, until, home })
}

/// Returns a label or path of a home.
fn place(home: &str, user_home: Option<&Path>) -> Result<String, String> {
    if home.trim().is_empty() || home.chars().any(char::is_control) {
        return Err(
            "has an invalid `home`; specify the label or path of a Claude home, or remove it for all"
                .to_owned(),
        );
    }
    Ok(expand_home(home, user_home).to_string_lossy().into_owned())
}

fn rate(raw: RawRate, known: &[ExchangeRate]) -> Result<ExchangeRate, String> {
    let currency = currency(raw.currency.ok_or("has no currency; add `currency = \"EUR\"`")?)?;
    if currency == USD {
        return Err("is for USD, which needs no rate; remove it".to_owned());
    }
    let usd = amount("usd", raw.usd, MOST_RATE)?;
    let from = day("from", raw.from.ok_or("has no first day; add `from = 2026-01-01`")?)?;
    if known.iter().any(|rate| rate.currency == currency && rate.from == from) {
        return Err(format!("has a second rate of {currency} from {from} on; remove one"));
    }
    Ok(ExchangeRate { currency, from, usd })
}

/// Returns an amount: a number, or a text of one.
fn amount(name: &str, value: Option<Value>, most: i128) -> Result<PicoUsd, String> {
    let text = match value {
        Some(Value::String(text)) => Some(text),
        Some(Value::Integer(number)) => Some(number.to_string()),
        Some(Value::Float(number)) => Some(number.to_string()),
        _ => None,
    };
    let amount = text.and_then(|text| text.parse::<PicoUsd>().ok());
    amount.filter(|amount| (1..=most * PER_UNIT).contains(&amount.0)).ok_or_else(|| {
        format!("has no valid `{name}`; specify a number above 0 and up to {most}, such as `{name} = 20` or `\"0.5\"`")
    })
}

fn currency(code: String) -> Result<String, String> {
    let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    let fault =
        || "has an invalid `currency`; specify a code of three capital letters, such as \"EUR\"".to_owned();
    is_code.then_some(code).ok_or_else(fault)
}

fn day(name: &str, value: Value) -> Result<NaiveDate, String> {
    let text = match value {
        Value::String(text) => text,
        Value::Datetime(date) => date.to_string(),
        _ => String::new(),
    };
    let first = NaiveDate::from_ymd_opt(FIRST_YEAR, 1, 1).unwrap_or_default();
    text.parse()
        .ok()
        .filter(|day| *day >= first)
        .ok_or_else(|| format!("has no valid `{name}`; specify a day from {first} on as YYYY-MM-DD"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_and_rates_are_read() {
        let text = "tz = 'UTC'\n[[plan]]\nname = 'Max'\nprice = 200\nfrom = 2026-01-15\n\
                    [[plan]]\nname = 'Pro'\nprice = '18.5'\ncurrency = 'EUR'\nfrom = '2026-02-01'\n\
                    until = 2026-02-28\nhome = '~/.claude-work'\n\
                    [[exchange]]\ncurrency = 'EUR'\nusd = 1.08\nfrom = 2026-01-01\n";
        let book = parse(text, Some(Path::new("/home/dev"))).unwrap();
        let prices: Vec<_> = book.plans.iter().map(|plan| (plan.price(), &*plan.currency)).collect();
        assert_eq!(prices, [("200".to_owned(), "USD"), ("18.5".to_owned(), "EUR")]);
        assert_eq!(book.plans[1].home.as_deref(), Some("/home/dev/.claude-work"));
        assert_eq!(book.plans[1].until.map(|day| day.to_string()).as_deref(), Some("2026-02-28"));
        assert_eq!(book.rates[0].usd.to_string(), "1.08");
        assert_eq!(parse("tz = 'UTC'", None), Ok(PlanBook::default()));
    }

    #[test]
    fn faults_have_line_and_advice() {
        let fails = |text: &str, expected: &str| {
            let error = parse(text, None).unwrap_err();
            assert!(error.contains(expected) && error.contains("; "), "{error}");
        };
        let plan = |fields: &str| format!("tz = 'UTC'\n[[plan]]\n{fields}");
        let full = "name = 'Max'\nprice = 20\nfrom = 2026-01-01\n";
        fails(&plan(""), "line 2: `[[plan]]` has no name; ");
        fails(&plan("name = ''\n"), "line 2: `[[plan]]` has an empty name; specify one");
        fails(&plan("name = 'Max'\n"), "line 2: `[[plan]]` has no valid `price`; ");
        fails(&plan("name = 'Max'\nprice = 0\n"), "has no valid `price`; ");
        fails(&plan("name = 'Max'\nprice = 1e300\n"), "has no valid `price`; ");
        fails(&plan("name = 'Max'\nprice = nan\n"), "has no valid `price`; ");
        fails(&plan("name = 'Max'\nprice = 20\n"), "has no first day; ");
        fails(&plan("name = 'Max'\nprice = 20\nfrom = 5\n"), "has no valid `from`; ");
        fails(&plan("name = 'Max'\nprice = 20\nfrom = 0001-01-01\n"), "has no valid `from`; ");
        fails(&plan(&format!("{full}until = 2025-12-31\n")), "ends before it begins; ");
        fails(&plan(&format!("{full}currency = 'euro'\n")), "has an invalid `currency`; ");
        fails(&plan(&format!("{full}home = ''\n")), "has an invalid `home`; ");
        fails(&plan(&format!("{full}prise = 5\n")), "line 6: unknown field `prise`");
        fails("\n[plan]\nname = 'Max'\n", "line 2: ");
        let rate = "[[exchange]]\ncurrency = 'EUR'\nusd = 1.1\nfrom = 2026-01-01\n";
        fails(
            &format!("{rate}{rate}"),
            "line 5: `[[exchange]]` has a second rate of EUR from 2026-01-01 on; ",
        );
        fails("[[exchange]]\n", "line 1: `[[exchange]]` has no currency; ");
        fails("[[exchange]]\ncurrency = 'USD'\n", "which needs no rate; ");
        fails("[[exchange]]\ncurrency = 'EUR'\n", "has no valid `usd`; ");
    }
}
