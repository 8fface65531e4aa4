//! Every sentence of a report, in each language.

use crate::Language;
use crate::figures::{count, counted, duration_in, percent, usd};
use chrono_tz::Tz;
use ctm_report::wire::{
    CacheMisses, Meta, PeriodReport, ReportComparison, ReportNames, Statement, Usage, Usd,
};
use ctm_types::PicoUsd;
use ctm_types::printable::one_line;

impl Language {
    pub(crate) fn title(self) -> &'static str {
        self.of("Claude Code usage", "Claude Code 用量")
    }

    /// Returns the days of the report and their zone.
    pub(crate) fn period(self, report: &PeriodReport) -> String {
        let (from, to, tz) = (report.meta.from, report.meta.to, report.meta.tz);
        if from == to {
            return self.of(format!("{from} ({tz})"), format!("{from}（{tz}）"));
        }
        self.of(format!("{from} to {to} ({tz})"), format!("{from} 至 {to}（{tz}）"))
    }

    /// Returns the totals in a sentence; `cost` is their cost as it is shown.
    pub(crate) fn totals(self, usage: &Usage, cost: &str) -> String {
        let [tokens, responses, sessions] = [usage.total_tokens, usage.responses, usage.sessions].map(count);
        self.of(
            format!(
                "{cost} for {tokens} tokens: {} in {}.",
                counted(usage.responses, "response", "responses"),
                counted(usage.sessions, "session", "sessions")
            ),
            format!("费用 {cost}，共 {tokens} Token：{sessions} 个会话，{responses} 个响应。"),
        )
    }

    pub(crate) fn no_usage(self) -> &'static str {
        self.of("No usage on these days.", "这些日期没有用量。")
    }

    /// Returns how the cost changed, or why there is no statement; `cause` is the main cause and its part.
    pub(crate) fn change(self, of: &ReportComparison, cause: Option<(&str, &str)>) -> String {
        match of.statement {
            Statement::Supported => {}
            Statement::FewResponses => {
                return self
                    .of("Too few responses for a statement on the change.", "响应太少，无法说明变化。")
                    .to_owned();
            }
            Statement::KnownInPart | Statement::NoComparison => {
                return self
                    .of(
                        "The previous period is known in part only: no statement on the change.",
                        "上一时段只有部分数据，无法说明变化。",
                    )
                    .to_owned();
            }
        }
        let Usd(difference) = of.difference_usd;
        if difference == PicoUsd::ZERO {
            return self.of("The cost did not change.", "费用没有变化。").to_owned();
        }
        let is_more = difference > PicoUsd::ZERO;
        let size = if is_more { difference } else { -difference };
        let before = of.totals.cost_usd.map_or(PicoUsd::ZERO, |Usd(cost)| cost);
        let share = (before > PicoUsd::ZERO).then(|| percent(Some(size.to_f64() / before.to_f64())));
        let amount = usd(Some(size));
        let (from, to) = (of.period.from, of.period.to);
        let english = {
            let verb = if is_more { "rose" } else { "fell" };
            let share = share.as_ref().map_or_else(String::new, |share| format!(" ({share})"));
            let cause =
                cause.map_or_else(String::new, |(name, part)| format!(" Main cause: {name} ({part})."));
            format!("The cost {verb} by {amount}{share} from {from} to {to}.{cause}")
        };
        let chinese = {
            let verb = if is_more { "增加" } else { "减少" };
            let share = share.as_ref().map_or_else(String::new, |share| format!("（{share}）"));
            let cause =
                cause.map_or_else(String::new, |(name, part)| format!("主要原因：{name}（{part}）。"));
            format!("与 {from} 至 {to} 相比，费用{verb} {amount}{share}。{cause}")
        };
        self.of(english, chinese)
    }

    /// Returns the name of a cause of a changed cost.
    pub(crate) fn cause(self, cause: &str) -> &'static str {
        match cause {
            "volume" => self.of("number of responses", "响应数"),
            "mix" => self.of("mix of models", "模型构成"),
            "context" => self.of("prompt tokens per response", "每个响应的提示 Token"),
            "cache" => self.of("share from the cache", "来自缓存的比例"),
            "output" => self.of("output tokens per response", "每个响应的输出 Token"),
            "web_searches" => self.of("web searches", "网页搜索"),
            _ => self.of("prices", "价格"),
        }
    }

    /// Returns the heading of usage over time.
    pub(crate) fn over_time(self, step: &str) -> &'static str {
        match step {
            "day" => self.of("Cost by day", "每日费用"),
            "week" => self.of("Cost by week", "每周费用"),
            _ => self.of("Cost by month", "每月费用"),
        }
    }

    /// Returns what a project is called, by the name that the report has of it.
    pub(crate) fn project(self, name: &str, names: ReportNames) -> String {
        match names {
            ReportNames::Shown => name.to_owned(),
            ReportNames::Numbered => self.of(format!("Project {name}"), format!("项目 {name}")),
        }
    }

    pub(crate) fn further(self, number: usize) -> String {
        let number = count(number as u64);
        self.of(format!("{number} more"), format!("其余 {number} 个"))
    }

    /// Returns the last row of a table of so many columns: the number of rows that are left out, if there are any.
    pub(crate) fn further_row(self, number: usize, columns: usize) -> Option<Vec<String>> {
        let mut row = vec![self.further(number)];
        row.resize(columns, String::new());
        (number > 0).then_some(row)
    }

    /// Returns the use of the cache in sentences.
    pub(crate) fn cache(self, usage: &Usage, misses: Option<&CacheMisses>) -> String {
        let rate = percent(usage.cache_hit_rate);
        let saving = usd(usage.cache_saving_usd.map(|Usd(saving)| saving));
        let used = self.of(
            format!("{rate} of the prompt tokens were read from the cache, which saved {saving}."),
            format!("{rate} 的提示 Token 来自缓存，节省 {saving}。"),
        );
        let Some(misses) = misses.filter(|misses| misses.misses > 0) else { return used };
        let [number, tokens] = [misses.misses, misses.missed_tokens].map(count);
        let extra = usd(misses.extra_usd.map(|Usd(extra)| extra));
        let missed = self.of(
            format!(
                " {} missed it: {tokens} tokens were billed again, {extra} more.",
                counted(misses.misses, "response", "responses")
            ),
            format!("{number} 个响应未命中缓存：{tokens} Token 重新计费，多付 {extra}。"),
        );
        used + &missed
    }

    /// Returns that a limit was reached in a number of windows.
    pub(crate) fn reached(self, window: &str, number: usize) -> String {
        let window = match window {
            "five_hour" => self.of("5-hour limit", "5 小时限额"),
            "seven_day" => self.of("7-day limit", "7 天限额"),
            other => other,
        };
        let shown = count(number as u64);
        self.of(
            format!("{window}: reached in {}.", counted(number as u64, "window", "windows")),
            format!("{window}：在 {shown} 个窗口内用满。"),
        )
    }

    pub(crate) fn no_limit_reached(self) -> &'static str {
        self.of("No limit is known to have been reached.", "没有已知的限额被用满。")
    }

    /// Returns what the figures do not cover, a sentence each.
    pub(crate) fn gaps(self, totals: &Usage, meta: &Meta, days_unknown: u64) -> Vec<String> {
        let mut gaps = Vec::new();
        if totals.unpriced_tokens > 0 {
            let tokens = count(totals.unpriced_tokens);
            let models: Vec<_> = meta.unpriced_models.iter().map(|model| one_line(model)).collect();
            let models = models.join(", ");
            gaps.push(self.of(
                format!("{tokens} tokens have no price and are not in the cost: {models}."),
                format!("{tokens} Token 没有价格，未计入费用：{models}。"),
            ));
        }
        if totals.unfinalised_responses > 0 {
            let number = count(totals.unfinalised_responses);
            gaps.push(self.of(
                format!(
                    "{} without a final record: the output may be incomplete.",
                    counted(totals.unfinalised_responses, "response", "responses")
                ),
                format!("{number} 个响应没有最终记录，其输出可能不完整。"),
            ));
        }
        if days_unknown > 0 {
            let number = count(days_unknown);
            gaps.push(self.of(
                format!("The transcripts of {} are not known.", counted(days_unknown, "day", "days")),
                format!("有 {number} 天的会话记录未知。"),
            ));
        }
        if let Some(unlogged) = meta.unlogged.as_ref().filter(|unlogged| !unlogged.included) {
            let (requests, tokens) = (count(unlogged.requests), count(unlogged.total_tokens));
            gaps.push(self.of(
                format!(
                    "{requests} requests with {tokens} tokens are known by telemetry only, and not included."
                ),
                format!("{requests} 个请求（{tokens} Token）只有遥测记录，未计入。"),
            ));
        }
        gaps
    }

    pub(crate) fn no_gaps(self) -> &'static str {
        self.of(
            "Every response has a price and a final record, and transcripts of all days are known.",
            "所有响应都有价格和最终记录，所有日期的会话记录均已知。",
        )
    }

    /// Returns how a receipt is computed.
    pub(crate) fn method(self, prices: &str) -> String {
        self.of(
            format!(
                "Each response counts once, however often it is logged: its tokens at the API list prices of its day (table {prices})."
            ),
            format!("每个响应只计一次，无论被记录多少次：其 Token 按当日 API 标价计算（价格表 {prices}）。"),
        )
    }

    /// Returns that the same sessions are linked to further pull requests.
    pub(crate) fn shared(self, is_of_pull_request: bool, names: &str) -> String {
        if is_of_pull_request {
            return self.of(
                format!(
                    "Shared: its sessions are also linked to {names}. A response counts for one pull request alone: the next one that its session is linked to, or else the last one."
                ),
                format!("共用：其会话还关联 {names}。一个响应只计入一个拉取请求：其会话随后关联的那个，没有则为最后一个。"),
            );
        }
        self.of(format!("Linked pull requests: {names}."), format!("关联的拉取请求：{names}。"))
    }

    /// Returns what the figures are, and when they were made.
    pub(crate) fn origin(self, meta: &Meta, tz: Tz) -> String {
        let version = env!("CARGO_PKG_VERSION");
        let at = meta.generated_at.0.with_timezone(&tz).format("%Y-%m-%d %H:%M");
        let prices = &meta.price_version;
        self.of(
            format!(
                "Estimate at API list prices (table {prices}), not a subscription bill. ctm {version}, {at}."
            ),
            format!("按 API 标价估算（价格表 {prices}），不是订阅账单。ctm {version}，{at}。"),
        )
    }

    pub(crate) fn duration(self, seconds: i64) -> String {
        duration_in(seconds, self.of(["d", "h", "min"], ["天", "小时", "分钟"]))
    }
}
