//! `ctm budget add`.

use super::super::context::{self, Flags};
use super::super::filter::amount;
use super::super::output::{CommandOutput, JsonArgs};
use super::lines;
use crate::error::AppError;
use clap::Args;
use ctm_personal::{Personal, StoredBudget};
use ctm_report::clock::Clock;
use ctm_report::wire;
use ctm_types::printable::Printable;
use ctm_types::{Budget, BudgetLimit, BudgetPeriod, BudgetScope, PicoUsd};

/// Variables with the name of the user.
const USER: [&str; 2] = ["USER", "USERNAME"];

#[derive(Debug, Args)]
pub(super) struct AddArgs {
    /// Name of the budget, which no other has
    name: String,
    /// Amount in US dollars at API list prices, from 0.01 to 1000000
    #[arg(long, value_name = "USD", value_parser = amount, required_unless_present = "tokens")]
    usd: Option<PicoUsd>,
    /// Amount in tokens of all kinds
    #[arg(long, value_name = "NUMBER", conflicts_with = "usd")]
    tokens: Option<u64>,
    /// Period: block, day, week, month, or a rolling window of days such as 30d
    #[arg(long, value_name = "PERIOD", value_parser = str::parse::<BudgetPeriod>)]
    per: BudgetPeriod,
    /// Only usage of this project
    #[arg(long, value_name = "NAME", conflicts_with_all = ["model", "home"])]
    project: Option<String>,
    /// Only usage of this model
    #[arg(long, value_name = "NAME", conflicts_with = "home")]
    model: Option<String>,
    /// Only usage of this Claude home, by label or path
    #[arg(long, value_name = "LABEL")]
    home: Option<String>,
    /// Soft part of the amount, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = Budget::SOFT_PERCENT)]
    soft: u16,
    /// Hard part of the amount, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = Budget::HARD_PERCENT)]
    hard: u16,
    #[command(flatten)]
    form: JsonArgs,
}

impl AddArgs {
    fn budget(&self) -> Budget {
        let scope = BudgetScope::of(self.project.clone(), self.model.clone(), self.home.clone());
        let tokens = || BudgetLimit::Tokens(self.tokens.unwrap_or_default());
        Budget {
            name: self.name.clone(),
            limit: self.usd.map_or_else(tokens, BudgetLimit::Usd),
            period: self.per,
            scope: scope.unwrap_or(BudgetScope::Everything),
            soft_percent: self.soft,
            hard_percent: self.hard,
        }
    }
}

/// Adds a budget, with the name of the user of this machine.
pub(super) async fn run(flags: Flags, args: &AddArgs) -> Result<(), AppError> {
    let (settings, prices) = context::start(flags)?;
    let store = context::open_store(&settings, &prices).await?;
    let by = USER.iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default();
    let budget = StoredBudget { budget: args.budget(), by };
    let added = Personal::new(store.clone()).add_budget(&budget, Clock::system().now_ms()).await;
    store.close().await;
    let added: wire::Budget = added?.into();
    let text = format!(
        "Added the budget {}: {} of {}.",
        Printable(&added.name),
        lines::limit(&added),
        Printable(lines::scope(&added))
    );
    if args.form.json { CommandOutput::json(&added)? } else { CommandOutput::Page(text) }.print()
}
