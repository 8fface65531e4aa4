//! `ctm prices`: the effective price table.

use super::context::{self, Flags};
use super::output::{CommandOutput, JsonArgs, bold, dim, warning};
use super::table::{Row, Table, Value};
use super::text::{count, counted};
use crate::error::AppError;
use crate::wrapping::width;
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use ctm_config::prices;
use ctm_config::settings::{Layers, Settings};
use ctm_pricing::{
    Model, Modifier, Offer, Price, PriceBook, PriceOrigin, PriceRow, Quote, Rates, Ratio, Tier,
};
use ctm_report::clock::Clock;
use ctm_report::per_million;
use ctm_report::wire::Usd;
use ctm_types::Billing;
use ctm_types::printable::one_line;
use serde::Serialize;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct PricesArgs {
    #[command(subcommand)]
    command: Option<PricesCommand>,
    #[command(flatten)]
    list: ListArgs,
}

#[derive(Debug, Subcommand)]
enum PricesCommand {
    /// List all models with their present and past prices
    List(ListArgs),
    /// Look up a model name, with its prices by day
    Show(ShowArgs),
    /// Check your own price file
    Check {
        /// The file, in TOML
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
struct ListArgs {
    /// Only today's prices
    #[arg(long)]
    current: bool,
    #[command(flatten)]
    form: JsonArgs,
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// Name of the model, as logged
    model: String,
    #[command(flatten)]
    form: JsonArgs,
}

/// All models.
#[derive(Serialize)]
struct Listed<'a> {
    price_version: &'a str,
    /// The managed prices from Claude Code's settings.
    managed: Option<ManagedItem<'a>>,
    /// The price pack in use.
    pack: Option<&'static str>,
    /// The user's multipliers, the most specific pattern first.
    multipliers: Vec<MultiplierItem>,
    models: Vec<ModelItem<'a>>,
}

/// Managed prices.
#[derive(Serialize)]
struct ManagedItem<'a> {
    source: &'a str,
    /// The factor on every amount, as a decimal text.
    multiplier: Option<String>,
    /// Models with a managed price.
    prices: usize,
}

/// A multiplier of prices by model name.
#[derive(Serialize)]
struct MultiplierItem {
    pattern: String,
    ratio: String,
}

/// A model, for programs.
#[derive(Serialize)]
struct ModelItem<'a> {
    model: &'a str,
    aliases: Vec<&'a str>,
    /// First UTC day without the model on the first-party API.
    retired: Option<NaiveDate>,
    /// The multipliers of its rates that a request can select.
    modifiers: Vec<&'static str>,
    prices: Vec<RowItem<'a>>,
}

/// A dated price.
#[derive(Serialize)]
struct RowItem<'a> {
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
    #[serde(flatten)]
    standard: OfferItem,
    fast: Option<OfferItem>,
    source: &'a str,
    confirmed_by: &'a [String],
    note: Option<&'a str>,
    /// `true` for the user's own price.
    is_own: bool,
    /// Its origin: `list`, `pack`, `managed` or `own`.
    origin: &'static str,
}

#[derive(Serialize)]
struct OfferItem {
    #[serde(flatten)]
    rates: RateItem,
    long_context: Option<LongItem>,
}

#[derive(Serialize)]
struct LongItem {
    above_prompt_tokens: u64,
    #[serde(flatten)]
    rates: RateItem,
}

/// US dollars per million tokens.
#[derive(Serialize)]
struct RateItem {
    input: Option<Usd>,
    output: Option<Usd>,
    cache_read: Option<Usd>,
    cache_write_5m: Option<Usd>,
    cache_write_1h: Option<Usd>,
}

/// The meaning of a model name.
#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    /// `true` if the name selects fast mode.
    fast: bool,
    /// The multipliers that the name applies to the listed rates.
    multipliers: Vec<(&'static str, String)>,
    price_version: &'a str,
    /// Today's price.
    today: RateItem,
    #[serde(flatten)]
    model: ModelItem<'a>,
}

/// Lists, shows or checks prices.
pub(super) fn run(flags: Flags, args: &PricesArgs) -> Result<(), AppError> {
    let today = Clock::system().now().date_naive();
    match &args.command {
        None => list(&context::start(flags)?.1, &args.list, today)?.print(),
        Some(PricesCommand::List(args)) => list(&context::start(flags)?.1, args, today)?.print(),
        Some(PricesCommand::Show(args)) => show(&context::start(flags)?.1, args)?.print(),
        Some(PricesCommand::Check { file }) => {
            let settings = Settings::new(&Layers::of_process(flags))?;
            let checked = prices::with_own(&prices::without_own(&settings).0, file)?;
            CommandOutput::Page(checked_page(&checked)).print()
        }
    }
}

fn list(book: &PriceBook, args: &ListArgs, today: NaiveDate) -> Result<CommandOutput, AppError> {
    let is_wanted = |row: &&PriceRow| !args.current || holds(row, today);
    if args.form.json {
        let models: Vec<_> = book
            .models()
            .map(|model| ModelItem {
                prices: model.prices.iter().filter(is_wanted).map(row_item).collect(),
                ..model_item(model)
            })
            .collect();
        return CommandOutput::json(&Listed {
            price_version: book.version(),
            managed: book.managed().map(|managed| ManagedItem {
                source: &managed.source,
                multiplier: managed.multiplier.map(|ratio| ratio.to_string()),
                prices: managed.prices,
            }),
            pack: book.pack().map(ctm_pricing::Pack::name),
            multipliers: book
                .multipliers()
                .map(|(pattern, ratio)| MultiplierItem { pattern, ratio: ratio.to_string() })
                .collect(),
            models,
        });
    }
    let mut rows = Vec::new();
    for model in book.models() {
        for row in model.prices.iter().filter(is_wanted) {
            rows.extend(lines(&model.id, row));
        }
    }
    Ok(CommandOutput::Page(table("Model", rows) + &foot(book)))
}

fn show(book: &PriceBook, args: &ShowArgs) -> Result<CommandOutput, AppError> {
    let name = &args.model;
    let shown = one_line(name);
    let billing = Billing { model: name.clone(), ..Billing::default() };
    let price = match book.quote(&billing, Some(Clock::system().now_ms()), 0) {
        Quote::Priced(price) => price,
        Quote::Unpriced(unpriced) => {
            let (why, hint) = (unpriced.reason.name(), unpriced.hint);
            return Err(AppError::Query(format!("`{shown}` has no price ({why})\n{}", one_line(&hint))));
        }
        Quote::Ignored | Quote::Unbilled(_) => {
            return Err(AppError::Query(format!(
                "`{shown}` is a placeholder, not a model: nothing is billed"
            )));
        }
    };
    let model = book.model_of(name).ok_or_else(|| AppError::Query(format!("`{shown}` has no price")))?;
    if args.form.json {
        return CommandOutput::json(&Shown {
            name,
            fast: price.fast,
            multipliers: multipliers(&price),
            price_version: book.version(),
            today: rate_item(&price.rates),
            model: model_item(model),
        });
    }
    Ok(CommandOutput::Page(page(name, &price, model) + &foot(book)))
}

fn page(name: &str, price: &Price, model: &Model) -> String {
    let means = if *name == *model.id {
        "the id of a model".to_owned()
    } else {
        format!("an alias of {}", bold(&one_line(&model.id)))
    };
    let mut text = vec![format!("{} is {means}.", bold(&one_line(name)))];
    if price.fast {
        text.push("The name selects fast mode.".to_owned());
    }
    text.extend(price.multipliers.iter().map(multiplied_by));
    if matches!(price.tier, Tier::LongContext { .. }) {
        text.push("It has rates for long prompts.".to_owned());
    }
    if !model.aliases.is_empty() {
        let aliases: Vec<_> = model.aliases.iter().map(|alias| one_line(alias)).collect();
        text.push(format!("Aliases: {}.", aliases.join(", ")));
    }
    if let Some(retired) = model.retired {
        text.push(warning(&format!("Not on the first-party API from {retired} on.")));
    }
    let offered: Vec<_> = model.modifiers.iter().map(|modifier| modifier.name()).collect();
    // Managed prices apply as written.
    let is_managed = model.prices.iter().all(|row| row.origin == PriceOrigin::Managed);
    if !offered.is_empty() && !is_managed {
        text.push(format!("Requests may change its rates by {}.", offered.join(", ")));
    }
    text.push(String::new());
    text.push(table("From", model.prices.iter().flat_map(|row| lines(&since(row.from), row)).collect()));
    text.push(String::new());
    for row in &model.prices {
        text.push(format!("{}: {}", since(row.from), one_line(&row.source)));
        if !row.confirmed_by.is_empty() {
            text.push(dim(&format!("  confirmed by {}", one_line(&row.confirmed_by.join(", ")))));
        }
        text.extend(row.note.iter().map(|note| dim(&format!("  note: {}", one_line(note)))));
    }
    text.join("\n")
}

fn multiplied_by((modifier, ratio): &(Modifier, Ratio)) -> String {
    match modifier {
        Modifier::Multiplier => format!("Your own prices multiply it: x {ratio}."),
        Modifier::Managed => format!("Managed settings multiply it: x {ratio}."),
        _ => format!("The name multiplies rates: {} x {ratio}.", modifier.name()),
    }
}

/// Returns the rows of a dated price: standard rates, rates for long prompts, rates of fast mode.
fn lines(name: &str, row: &PriceRow) -> Vec<Row> {
    let name_is_day = name == since(row.from);
    let cells = |name: &str, days: [String; 2], rates: &Rates| {
        let mut cells = vec![Value::name(name)];
        let [from, until] = days.map(Value::Name);
        if !name_is_day {
            cells.push(from);
        }
        cells.push(until);
        cells.extend(figures(rates));
        cells
    };
    let none = || [String::new(), String::new()];
    let days = [since(row.from), row.until.map(|until| until.to_string()).unwrap_or_default()];
    let mut lines = vec![Row::new(cells(name, days, &row.standard.listed.rates))];
    let long = |offer: &Offer| offer.long_context.map(|long| (long.above_prompt_tokens, long.listed.rates));
    if let Some((above, rates)) = long(&row.standard) {
        lines.push(Row::part(cells(&format!("above {} tokens", count(above)), none(), &rates)));
    }
    if let Some(fast) = &row.fast {
        lines.push(Row::part(cells("fast mode", none(), &fast.listed.rates)));
        if let Some((above, rates)) = long(fast) {
            lines.push(Row::part(cells(&format!("fast, above {} tokens", count(above)), none(), &rates)));
        }
    }
    lines
}

fn table(first: &str, rows: Vec<Row>) -> String {
    let mut head = vec![first];
    if first != "From" {
        head.push("From");
    }
    head.extend(["Until", "Input", "Output", "Read", "W 5m", "W 1h"]);
    let head = head.into_iter().map(str::to_owned).collect();
    Table { head, rows, total: None, compact: false }.render(width())
}

fn figures(rates: &Rates) -> [Value; 5] {
    [rates.input, rates.output, rates.cache_read, rates.cache_write_5m, rates.cache_write_1h]
        .map(|rate| Value::Price(per_million(rate).map(|usd| usd.0)))
}

fn since(from: Option<NaiveDate>) -> String {
    from.map_or_else(|| "always".to_owned(), |from| from.to_string())
}

fn holds(row: &PriceRow, day: NaiveDate) -> bool {
    row.from.is_none_or(|from| from <= day) && row.until.is_none_or(|until| day < until)
}

fn multipliers(price: &Price) -> Vec<(&'static str, String)> {
    price.multipliers.iter().map(|(modifier, ratio)| (modifier.name(), ratio.to_string())).collect()
}

fn checked_page(book: &PriceBook) -> String {
    let own =
        book.models().flat_map(|model| &model.prices).filter(|row| row.origin == PriceOrigin::Own).count();
    let mut text = format!("The file is valid: {}", counted(own as u64, "price", "prices"));
    let multipliers = book.multipliers().count();
    if multipliers > 0 {
        text.push_str(&format!(", {}", counted(multipliers as u64, "multiplier", "multipliers")));
    }
    if let Some(discount) = book.discount() {
        text.push_str(&format!(", a discount of list price x {}", discount.multiplier));
    }
    text.push_str(".\nIt is used when the setting `prices` contains its path.");
    text
}

fn foot(book: &PriceBook) -> String {
    let mut text =
        vec![format!("USD per million tokens, days in UTC, W: cache write. Table of {}.", book.version())];
    if let Some(managed) = book.managed() {
        let set = counted(managed.prices as u64, "price is", "prices are");
        text.push(format!("{set} set by {}.", one_line(&managed.source)));
        let every = |ratio| format!("All prices except your own are then multiplied by {ratio}.");
        text.extend(managed.multiplier.map(every));
    }
    let multiplied = |(pattern, ratio): (String, Ratio)| {
        format!("Names like {} are multiplied by {ratio}.", one_line(&pattern))
    };
    text.extend(book.multipliers().map(multiplied));
    format!("\n\n{}", text.iter().map(|line| dim(line)).collect::<Vec<_>>().join("\n"))
}

fn model_item(model: &Model) -> ModelItem<'_> {
    ModelItem {
        model: &model.id,
        aliases: model.aliases.iter().map(|alias| &**alias).collect(),
        retired: model.retired,
        modifiers: model.modifiers.iter().map(|modifier| modifier.name()).collect(),
        prices: model.prices.iter().map(row_item).collect(),
    }
}

fn row_item(row: &PriceRow) -> RowItem<'_> {
    RowItem {
        from: row.from,
        until: row.until,
        standard: offer_item(&row.standard),
        fast: row.fast.as_ref().map(offer_item),
        source: &row.source,
        confirmed_by: &row.confirmed_by,
        note: row.note.as_deref(),
        is_own: row.origin == PriceOrigin::Own,
        origin: row.origin.name(),
    }
}

fn offer_item(offer: &Offer) -> OfferItem {
    OfferItem {
        rates: rate_item(&offer.listed.rates),
        long_context: offer.long_context.map(|long| LongItem {
            above_prompt_tokens: long.above_prompt_tokens,
            rates: rate_item(&long.listed.rates),
        }),
    }
}

fn rate_item(rates: &Rates) -> RateItem {
    RateItem {
        input: per_million(rates.input),
        output: per_million(rates.output),
        cache_read: per_million(rates.cache_read),
        cache_write_5m: per_million(rates.cache_write_5m),
        cache_write_1h: per_million(rates.cache_write_1h),
    }
}
