//! An alert in English and Chinese, with the figures that made it so.

use crate::cause::Alerted;
use crate::facts::{BudgetFact, ConditionFact, DaysFact, LimitFact};
use crate::rule::AlertRule;
use crate::unusual::Unusual;
use crate::watched::Watched;
use chrono::{DateTime, Datelike, NaiveDate};
use chrono_tz::Tz;
use ctm_types::printable::one_line;
use ctm_types::{BudgetLimit, BudgetPeriod, EpochMs, PicoUsd};
use serde::{Deserialize, Serialize};

/// The text of an alert in a language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertText {
    /// One line, with what is alerted.
    pub title: String,
    /// The figures that made it so, and what to do.
    pub text: String,
}

/// The text of an alert in all languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertTexts {
    /// In English.
    pub en: AlertText,
    /// In Chinese.
    pub zh: AlertText,
}

/// Returns the text of what a rule alerts to; times are local to a zone. Names of usage are on one line, without hidden characters.
#[must_use]
pub fn texts(rule: &AlertRule, of: &Alerted, tz: Tz) -> AlertTexts {
    match of {
        Alerted::Budget(of) => budget(of),
        Alerted::Limit(of) => limit(&rule.watched, of, tz),
        Alerted::Pace(pace) => spend_rate(&rule.watched, *pace),
        Alerted::Hour(start_ms, of) => {
            let start = local(*start_ms, tz);
            unusual(&format!("The hour from {start}"), &format!("{start} 起的一小时"), ("hours", "小时"), of)
        }
        Alerted::Session(id, of) => {
            let id = one_line(id);
            unusual(&format!("Session {id}"), &format!("会话 {id} "), ("sessions", "会话"), of)
        }
        Alerted::Model(model) => model_without_price(&one_line(model)),
        Alerted::Transcripts(day, number) => transcripts(*day, *number),
        Alerted::Condition(of) => condition(of),
        Alerted::Day(of) => summary(of, &of.first.to_string(), &format!("{} ", of.first)),
        Alerted::Week(of) => {
            summary(of, &format!("The week from {}", of.first), &format!("{} 起的一周", of.first))
        }
        Alerted::Month(of) => {
            let (en, zh) = month(of.first);
            summary(of, &en, &zh)
        }
    }
}

/// Returns the text of a test of a channel.
#[must_use]
pub fn channel_test_texts(channel: &str) -> AlertTexts {
    both(
        [format!("Test of the channel {channel}"), "This channel receives the alerts of ctm.".to_owned()],
        [format!("通知渠道 {channel} 的测试"), "ctm 的提醒可以发送到此渠道。".to_owned()],
    )
}

fn both(en: [String; 2], zh: [String; 2]) -> AlertTexts {
    let text = |[title, text]: [String; 2]| AlertText { title, text };
    AlertTexts { en: text(en), zh: text(zh) }
}

fn budget(of: &BudgetFact) -> AlertTexts {
    let name = one_line(&of.name);
    let limit = amount(of.limit, of.limit.units());
    let part = of.used.map_or(0, |used| used.saturating_mul(100) / of.limit.units().max(1));
    let used = amount(of.limit, of.used.unwrap_or_default());
    let (en, zh) = period(of);
    both(
        [
            format!("Budget {name} is at {part} % of {} {en}", limit.0),
            format!("{} of {} is used {en}. Exceeding a budget stops nothing by itself.", used.0, limit.0),
        ],
        [
            format!("预算“{name}”{zh}已用 {part}%（共 {}）", limit.1),
            format!("{zh}已用 {}，预算为 {}。超出预算不会停止任何操作。", used.1, limit.1),
        ],
    )
}

/// Returns the period of a budget in words.
fn period(of: &BudgetFact) -> (String, String) {
    let day = of.first.map(|day| day.to_string()).unwrap_or_default();
    match of.per {
        BudgetPeriod::Block => ("in the active block".to_owned(), "当前窗口".to_owned()),
        BudgetPeriod::Day => (format!("on {day}"), format!("{day} ")),
        BudgetPeriod::Week => (format!("in the week from {day}"), format!("{day} 起的一周")),
        BudgetPeriod::Month => of.first.map_or_else(Default::default, |first| {
            let (en, zh) = month(first);
            (format!("for {en}"), zh)
        }),
        BudgetPeriod::Days(days) => (format!("in the last {days} days"), format!("最近 {days} 天")),
    }
}

fn limit(watched: &Watched, of: &LimitFact, tz: Tz) -> AlertTexts {
    let home = one_line(&of.home);
    let (en, zh) = window(of.window);
    let used = format!("{:.0}", of.used_percent);
    let unknown = ("an unknown time".to_owned(), "未知时间".to_owned());
    let at =
        |at_ms: Option<EpochMs>| at_ms.map_or(unknown.clone(), |at_ms| (local(at_ms, tz), local(at_ms, tz)));
    let (resets, reached) = (at(of.resets_at_ms), at(of.reached_at_ms));
    match watched {
        Watched::LimitReset(_) => both(
            [
                format!("The {en} of {home} resets at {}", resets.0),
                format!("{used} % of it is used. What is left until then is lost."),
            ],
            [format!("{home} 的{zh}将于 {} 重置", resets.1), format!("已用 {used}%。届时未用的部分将作废。")],
        ),
        Watched::LimitReached => both(
            [
                format!("The {en} of {home} is reached at {} at this pace", reached.0),
                format!("{used} % of it is used, and it resets at {}.", resets.0),
            ],
            [
                format!("按当前速度，{home} 的{zh}将于 {} 用尽", reached.1),
                format!("已用 {used}%，将于 {} 重置。", resets.1),
            ],
        ),
        _ => both(
            [format!("{used} % of the {en} of {home} is used"), format!("It resets at {}.", resets.0)],
            [format!("{home} 的{zh}已用 {used}%"), format!("将于 {} 重置。", resets.1)],
        ),
    }
}

fn window(name: &str) -> (String, String) {
    match name {
        "five_hour" => ("5-hour limit".to_owned(), "5 小时限额".to_owned()),
        "seven_day" => ("7-day limit".to_owned(), "7 天限额".to_owned()),
        "spend_limit" => ("spending limit".to_owned(), "消费限额".to_owned()),
        model => {
            let model = model.trim_start_matches("seven_day_");
            (format!("7-day limit of {model}"), format!("{model} 7 天限额"))
        }
    }
}

fn spend_rate(watched: &Watched, pace: PicoUsd) -> AlertTexts {
    let most = if let Watched::SpendRate(most) = watched { *most } else { PicoUsd::ZERO };
    let (pace, most) = (usd(pace), usd(most));
    both(
        [
            format!("The active sessions cost {pace} a minute"),
            format!("That is more than {most} a minute, over the last ten minutes."),
        ],
        [format!("活跃会话每分钟费用 {pace}"), format!("最近十分钟内，每分钟超过 {most}。")],
    )
}

/// Returns the text of an hour or session that costs more than is usual.
fn unusual(en: &str, zh: &str, (items, items_zh): (&str, &str), of: &Unusual) -> AlertTexts {
    let [cost, median, bound] = [of.cost, of.median, of.bound].map(usd);
    both(
        [
            format!("{en} cost {cost}, which is unusual"),
            format!(
                "Half of the {} {items} before cost at most {median}; more than {bound} is unusual.",
                of.past
            ),
        ],
        [
            format!("{zh}费用 {cost}，高于平常"),
            format!("此前 {} 个{items_zh}中，一半不超过 {median}；超过 {bound} 即为异常。", of.past),
        ],
    )
}

fn model_without_price(model: &str) -> AlertTexts {
    both(
        [
            format!("The model {model} has no price"),
            "Its tokens count, and its cost is unknown. A price can be added in a file of prices.".to_owned(),
        ],
        [
            format!("模型 {model} 没有价格"),
            "其 token 计入总数，费用未知。可在价格文件中添加价格。".to_owned(),
        ],
    )
}

fn transcripts(day: NaiveDate, number: u64) -> AlertTexts {
    let (are, names) = if number == 1 { ("is", "transcript") } else { ("are", "transcripts") };
    both(
        [
            format!("{number} {names} that {are} not stored {are} deleted by {day}"),
            "Claude Code deletes old transcripts. `ctm doctor` states why they are not stored.".to_owned(),
        ],
        [
            format!("{number} 个未存储的会话记录将在 {day} 前被删除"),
            "Claude Code 会删除旧的会话记录。`ctm doctor` 会说明未存储的原因。".to_owned(),
        ],
    )
}

fn condition(of: &ConditionFact) -> AlertTexts {
    let (code, message) = (of.code.replace('_', " "), one_line(&of.message));
    both([format!("Problem: {code}"), message.to_string()], [format!("故障：{code}"), message.to_string()])
}

/// Returns the name of the month of a day.
fn month(day: NaiveDate) -> (String, String) {
    (day.format("%B %Y").to_string(), format!("{} 年 {} 月", day.year(), day.month()))
}

/// Returns the text of days, by their name in each language.
fn summary(of: &DaysFact, en: &str, zh: &str) -> AlertTexts {
    let responses = of.responses;
    let (cost, cost_zh) = of.cost.map_or_else(
        || (": the cost is unknown".to_owned(), "：费用未知".to_owned()),
        |cost| (format!(" cost {}", usd(cost)), format!("费用 {}", usd(cost))),
    );
    let word = if responses == 1 { "response" } else { "responses" };
    both(
        [format!("{en}{cost}"), format!("{responses} {word}.")],
        [format!("{zh}{cost_zh}"), format!("共 {responses} 个响应。")],
    )
}

/// Returns an amount in the unit of a budget.
fn amount(limit: BudgetLimit, units: i128) -> (String, String) {
    match limit {
        BudgetLimit::Usd(_) => (usd(PicoUsd(units)), usd(PicoUsd(units))),
        BudgetLimit::Tokens(_) => (format!("{units} tokens"), format!("{units} token")),
    }
}

/// Returns an amount of money, with more decimals if it is less than a cent.
fn usd(amount: PicoUsd) -> String {
    const CENT: i128 = 10_000_000_000;
    let decimals = if (1..CENT).contains(&amount.0.abs()) { 4 } else { 2 };
    format!("${}", amount.rounded(decimals))
}

fn local(at_ms: EpochMs, tz: Tz) -> String {
    let at = DateTime::from_timestamp_millis(at_ms.0).unwrap_or_default();
    at.with_timezone(&tz).format("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::sample;
    use crate::watched::WatchedParts;

    /// 2026-11-10, 10:00 in UTC.
    const NOW: EpochMs = EpochMs(1_794_304_800_000);

    fn rule(kind: &str, parts: WatchedParts) -> AlertRule {
        let watched = Watched::of(kind, parts).unwrap();
        AlertRule { name: kind.to_owned(), watched, quiet: None, cooldown_minutes: 0 }
    }

    fn shown(kind: &str, parts: WatchedParts) -> [String; 4] {
        let rule = rule(kind, parts);
        let AlertTexts { en, zh } = texts(&rule, &sample(&rule, NOW, Tz::Europe__Berlin), Tz::Europe__Berlin);
        [en.title, en.text, zh.title, zh.text]
    }

    #[test]
    fn every_kind_states_its_figures_in_both_languages() {
        let none = WatchedParts::default;
        let parts = |kind: &str| match kind {
            "limit_used" => WatchedParts { percent: Some(80), ..none() },
            "limit_reset" => WatchedParts { minutes: Some(30), ..none() },
            "spend_rate" => WatchedParts { usd_per_minute: Some(PicoUsd(400_000_000_000)), ..none() },
            _ => none(),
        };
        for kind in Watched::KINDS {
            let [title, text, title_zh, text_zh] = shown(kind, parts(kind));
            for one in [&title, &text, &title_zh, &text_zh] {
                assert!(!one.is_empty() && !one.contains('\n'), "{kind}: {one}");
            }
            assert!(title.is_ascii() && text.is_ascii(), "{title} {text}");
            assert!(!title_zh.is_ascii(), "{title_zh}");
        }
        assert_eq!(
            shown("budget", none()),
            [
                "Budget all is at 83 % of $200.00 for November 2026",
                "$166.00 of $200.00 is used for November 2026. Exceeding a budget stops nothing by itself.",
                "预算“all”2026 年 11 月已用 83%（共 $200.00）",
                "2026 年 11 月已用 $166.00，预算为 $200.00。超出预算不会停止任何操作。"
            ]
        );
        assert_eq!(
            shown("unusual_hour", none()),
            [
                "The hour from 2026-11-10 11:00 cost $14.20, which is unusual",
                "Half of the 212 hours before cost at most $0.90; more than $3.10 is unusual.",
                "2026-11-10 11:00 起的一小时费用 $14.20，高于平常",
                "此前 212 个小时中，一半不超过 $0.90；超过 $3.10 即为异常。"
            ]
        );
        assert_eq!(
            shown("limit_used", parts("limit_used"))[..2],
            ["80 % of the 5-hour limit of ~/.claude is used", "It resets at 2026-11-10 12:15."]
        );
    }

    #[test]
    fn names_hide_nothing_and_break_no_line() {
        let rule = rule("unpriced_model", WatchedParts::default());
        let AlertTexts { en, zh } =
            texts(&rule, &Alerted::Model("a\u{202e}\nforged: b\u{1b}[2J".to_owned()), Tz::UTC);
        for text in [en.title, zh.title] {
            assert!(!text.chars().any(ctm_types::printable::is_hidden), "{text:?}");
        }
    }
}
