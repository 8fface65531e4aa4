//! Reports on the command line.
//!
//! A command uses the same reporter as the REST interface, and prints the result as JSON
//! (`--json`), as CSV (`--csv`), or as a table.

mod blocks;
mod by;
mod cache;
mod compare;
mod concurrency;
mod days;
mod drivers;
mod folders;
mod forecast;
mod hooks;
mod models;
mod projects;
mod sessions;
mod split;
mod summary;
mod tools;
mod trends;
mod usage;
mod what_if;
mod why;
mod worth;

use super::context::{CommandContext, FactsArgs, Flags};
use super::filter::{FilterArgs, SoughtArgs};
use super::output::{CommandOutput, FormArgs};
use crate::error::AppError;
use clap::{Args, Subcommand};
use ctm_aggregate::Bucket;
use ctm_report::{Order, PageQuery, PageSort, Query};

pub(super) use summary::run as summary;

#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(super) enum Report {
    /// Usage by day
    Daily(SplitArgs),
    /// Usage by week
    Weekly(SplitArgs),
    /// Usage by month
    Monthly(SplitArgs),
    /// Usage by session, the latest first
    #[command(visible_alias = "session")]
    Sessions(SessionsArgs),
    /// Usage by model, the most expensive first
    Models(models::ModelsArgs),
    /// Usage by project, the most expensive first
    Projects(projects::ProjectsArgs),
    /// Usage by five-hour block, an estimate of the windows of subscription limits
    Blocks(blocks::BlocksArgs),
    /// Tool calls, the most called first
    Tools(tools::ToolsArgs),
    /// Usage by skill, plugin, subagent, MCP server, tool, effort, entrypoint, version, branch, ticket or pull request
    By(by::ByArgs),
    /// Misses of the prompt cache with their causes and extra cost, and the saving by each duration
    Cache(cache::CacheArgs),
    /// A metric over time
    Trends(trends::TrendsArgs),
    /// Usage by cost driver: long prompts, subagents, parallel and long sessions, and large cache misses
    Drivers(drivers::DriversArgs),
    /// Hooks: how often each ran, and how long it took, the longest time first
    Hooks(hooks::HooksArgs),
    /// Concurrency: how many sessions and subagents are active at once, and for how long
    Concurrency(concurrency::ConcurrencyArgs),
    /// Forecasts: cost and tokens at the end of the active block, day, week and month, each with an interval
    Forecast(forecast::ForecastArgs),
    /// Versions of Claude Code, or models, compared: per prompt and per response, without names of projects
    Compare(compare::CompareArgs),
    /// The cost of the same usage at other prices, of another model, or with another cache
    WhatIf(what_if::WhatIfArgs),
    /// Usage at list prices beside the price of your plans, by calendar month
    Worth(worth::WorthArgs),
    /// Why the cost changed: the difference between two periods by cause, and what changed most
    Why(why::WhyArgs),
}

/// Arguments of every usage report.
#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    #[command(flatten)]
    pub(super) filter: FilterArgs,
    #[command(flatten)]
    pub(super) facts: FactsArgs,
    #[command(flatten)]
    pub(super) form: FormArgs,
    /// Sort order
    #[arg(long, value_enum)]
    pub(super) order: Option<Direction>,
}

/// Arguments of a report with an optional breakdown by model.
#[derive(Debug, Args)]
pub(super) struct SplitArgs {
    #[command(flatten)]
    pub(super) report: ReportArgs,
    /// Break each row down by model
    #[arg(long, short)]
    pub(super) breakdown: bool,
}

/// Arguments of the list of sessions.
#[derive(Debug, Args)]
pub(super) struct SessionsArgs {
    #[command(flatten)]
    pub(super) split: SplitArgs,
    #[command(flatten)]
    pub(super) sought: SoughtArgs,
    #[command(flatten)]
    pub(super) apart: ApartArgs,
}

/// Option for a table with main conversations and subagents apart.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct ApartArgs {
    /// Show the share of subagents in a table with fewer other columns
    #[arg(long, conflicts_with_all = ["json", "csv"])]
    pub(super) subagents: bool,
}

/// Sort order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Direction {
    /// The smallest or earliest
    Asc,
    /// The largest or latest
    Desc,
}

impl From<Direction> for Order {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Asc => Self::Ascending,
            Direction::Desc => Self::Descending,
        }
    }
}

impl ReportArgs {
    fn query(&self, ready: &CommandContext, bucket: Bucket) -> Result<Query, AppError> {
        self.filter.query(&ready.reporter, ready.tz(), bucket)
    }

    /// Returns the query of everything on one page, in the requested order.
    fn page(&self, sort: PageSort) -> PageQuery {
        let order = self.order.map_or(Order::Descending, Order::from);
        PageQuery { order, ..PageQuery::all(sort) }
    }
}

/// Runs a report and prints it.
pub(super) async fn run(flags: Flags, report: Report) -> Result<(), AppError> {
    let with_sessions = matches!(report, Report::Sessions(_));
    let ready = CommandContext::for_report(flags, report.facts(), with_sessions).await?;
    report.answer(&ready).await?.print()?;
    ready.close().await
}

impl Report {
    fn facts(&self) -> FactsArgs {
        match self {
            Self::Daily(args) | Self::Weekly(args) | Self::Monthly(args) => args.report.facts,
            Self::Sessions(args) => args.split.report.facts,
            Self::Projects(args) => args.split.report.facts,
            Self::Models(args) => args.report.facts,
            Self::Blocks(args) => args.split.report.facts,
            Self::Trends(args) => args.facts,
            Self::Tools(args) => args.update.into(),
            Self::By(args) => args.update.into(),
            Self::Cache(args) => args.update.into(),
            Self::Drivers(args) => args.update.into(),
            Self::Hooks(args) => args.update.into(),
            Self::Concurrency(args) => args.update.into(),
            Self::Forecast(args) => args.update.into(),
            Self::Compare(args) => args.update.into(),
            Self::WhatIf(args) => args.update.into(),
            Self::Worth(args) => args.facts,
            Self::Why(args) => args.update.into(),
        }
    }

    async fn answer(&self, ready: &CommandContext) -> Result<CommandOutput, AppError> {
        match self {
            Self::Daily(args) => days::answer(ready, args, Bucket::Day).await,
            Self::Weekly(args) => {
                let week = Bucket::Week(args.report.filter.week_start());
                days::answer(ready, args, week).await
            }
            Self::Monthly(args) => days::answer(ready, args, Bucket::Month).await,
            Self::Models(args) => models::answer(ready, args).await,
            Self::Projects(args) => projects::answer(ready, args).await,
            Self::Sessions(args) => sessions::answer(ready, args).await,
            Self::Blocks(args) => blocks::answer(ready, args).await,
            Self::Trends(args) => trends::answer(ready, args).await,
            Self::Tools(args) => tools::answer(ready, args).await,
            Self::By(args) => by::answer(ready, args).await,
            Self::Cache(args) => cache::answer(ready, args).await,
            Self::Drivers(args) => drivers::answer(ready, args).await,
            Self::Hooks(args) => hooks::answer(ready, args).await,
            Self::Concurrency(args) => concurrency::answer(ready, args).await,
            Self::Forecast(args) => forecast::answer(ready, args).await,
            Self::Compare(args) => compare::answer(ready, args).await,
            Self::WhatIf(args) => what_if::answer(ready, args).await,
            Self::Worth(args) => worth::answer(ready, args).await,
            Self::Why(args) => why::answer(ready, args).await,
        }
    }
}
