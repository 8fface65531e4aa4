//! A report as a list of blocks.

use crate::Language;
use crate::figures::{count, percent, signed_usd, usd, usd_at_least};
use chrono_tz::Tz;
use ctm_report::wire::{
    CauseOfChange, Certainty, PeriodReport, ReportAmount, ReportComparison, ReportItems, ReportLimit,
    ReportSession, Usage, Usd,
};
use ctm_types::PicoUsd;
use ctm_types::printable::one_line;

/// A report.
pub(crate) struct Document {
    pub(crate) language: Language,
    pub(crate) title: String,
    /// The days, and their zone.
    pub(crate) period: String,
    pub(crate) blocks: Vec<Block>,
    /// What the figures are, and when they were made.
    pub(crate) origin: String,
}

/// A figure of a usage as it is shown.
type Figure = fn(&Usage) -> String;

/// A part of a report.
pub(crate) enum Block {
    Heading(&'static str),
    Paragraph(String),
    List(Vec<String>),
    Table(Table),
    Bars(Vec<Bar>),
}

/// A table: text in the first columns, figures in the others.
pub(crate) struct Table {
    pub(crate) head: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<String>>,
    /// Number of columns with text.
    pub(crate) names: usize,
}

/// A bar of a chart.
pub(crate) struct Bar {
    pub(crate) label: String,
    pub(crate) value: String,
    /// Its length as a part of the longest one, 0 to 1.
    pub(crate) length: f64,
}

impl Document {
    /// Returns the blocks of a report.
    pub(crate) fn of(report: &PeriodReport, language: Language, tz: Tz) -> Self {
        let blocks = if report.totals.responses == 0 {
            vec![Block::Paragraph(language.no_usage().to_owned())]
        } else {
            Contents { report, language, tz }.blocks()
        };
        Self {
            language,
            title: language.title().to_owned(),
            period: language.period(report),
            blocks,
            origin: language.origin(&report.meta, tz),
        }
    }

    /// Returns the period, and the paragraphs before the first table.
    pub(crate) fn summary(&self) -> String {
        let paragraphs = self.blocks.iter().map_while(|block| match block {
            Block::Paragraph(paragraph) => Some(paragraph.as_str()),
            _ => None,
        });
        [self.period.as_str()].into_iter().chain(paragraphs).collect::<Vec<_>>().join("\n")
    }
}

struct Contents<'r> {
    report: &'r PeriodReport,
    language: Language,
    tz: Tz,
}

impl Contents<'_> {
    fn blocks(&self) -> Vec<Block> {
        let Self { report, language, .. } = self;
        let mut blocks =
            vec![Block::Paragraph(language.totals(&report.totals, &cost((&report.totals).into())))];
        blocks.extend(report.comparison.as_ref().map(|of| Block::Paragraph(self.change(of))));
        blocks.push(self.figures());
        if let Some(of) = report.comparison.as_ref().filter(|of| !of.causes.is_empty()) {
            blocks.push(Block::Heading(language.of("Why the cost changed", "费用变化的原因")));
            blocks.push(self.causes(of));
        }
        blocks.push(Block::Heading(language.over_time(report.step)));
        blocks.push(self.over_time());
        blocks.push(Block::Heading(language.of("Projects", "项目")));
        let project = |name: &str| language.project(name, report.names);
        blocks.push(self.items(language.of("Project", "项目"), &report.projects, project));
        blocks.push(Block::Heading(language.of("Models", "模型")));
        blocks.push(self.items(language.of("Model", "模型"), &report.models, str::to_owned));
        blocks.push(Block::Heading(language.of("Most expensive sessions", "费用最高的会话")));
        blocks.push(self.sessions());
        blocks.push(Block::Heading(language.of("Prompt cache", "提示缓存")));
        blocks.push(Block::Paragraph(language.cache(&report.totals, report.cache_misses.as_ref())));
        if let Some(reached) = &report.limits_reached {
            blocks.push(Block::Heading(language.of("Official limits", "官方限额")));
            blocks.push(self.limits(reached));
        }
        blocks.push(Block::Heading(language.of("Data quality", "数据质量")));
        blocks.push(list_or(
            language.gaps(&report.totals, &report.meta, report.days_unknown),
            language.no_gaps(),
        ));
        blocks
    }

    fn change(&self, of: &ReportComparison) -> String {
        let is_more = of.difference_usd.0 > PicoUsd::ZERO;
        let part = |cause: &&CauseOfChange| {
            let Usd(part) = cause.difference_usd;
            if is_more { part } else { -part }
        };
        let main = of.causes.iter().max_by_key(part);
        let shown = main.map(|of| (self.language.cause(of.cause), signed_usd(Some(of.difference_usd.0))));
        self.language.change(of, shown.as_ref().map(|(name, part)| (*name, &**part)))
    }

    /// Returns the main figures beside those of the period of comparison.
    fn figures(&self) -> Block {
        let language = self.language;
        let figures: [(&str, Figure); 8] = [
            (language.of("Cost", "费用"), |of| cost(of.into())),
            (language.of("Tokens", "Token"), |of| count(of.total_tokens)),
            (language.of("Output tokens", "输出 Token"), |of| count(of.output_tokens)),
            (language.of("Responses", "响应"), |of| count(of.responses)),
            (language.of("Sessions", "会话"), |of| count(of.sessions)),
            (language.of("Cache hit rate", "缓存命中率"), |of| percent(of.cache_hit_rate)),
            (language.of("Cache saving", "缓存节省"), |of| {
                usd(of.cache_saving_usd.map(|Usd(saving)| saving))
            }),
            (language.of("Subagents' share of the cost", "子代理的费用占比"), |of| {
                percent(of.subagent_cost_share())
            }),
        ];
        let before = self.report.comparison.as_ref().map(|of| &of.totals);
        let row = |(name, figure): (&str, Figure)| {
            let now = figure(&self.report.totals);
            [Some(name.to_owned()), Some(now), before.map(figure)].into_iter().flatten().collect()
        };
        let mut head = vec![language.of("Figure", "指标"), language.of("This period", "本时段")];
        head.extend(before.map(|_| language.of("Previous period", "上一时段")));
        Block::Table(Table { head, rows: figures.into_iter().map(row).collect(), names: 1 })
    }

    fn causes(&self, of: &ReportComparison) -> Block {
        let language = self.language;
        let is_any = |cause: &&CauseOfChange| cause.difference_usd.0 != PicoUsd::ZERO;
        let row = |cause: &CauseOfChange| {
            vec![language.cause(cause.cause).to_owned(), signed_usd(Some(cause.difference_usd.0))]
        };
        let mut rows: Vec<_> = of.causes.iter().filter(is_any).map(row).collect();
        rows.push(vec![language.of("sum", "合计").to_owned(), signed_usd(Some(of.difference_usd.0))]);
        let head = vec![language.of("Cause", "原因"), language.of("Difference", "差额")];
        Block::Table(Table { head, rows, names: 1 })
    }

    fn over_time(&self) -> Block {
        let dollars = |amount: &ReportAmount| amount.cost_usd.map_or(0.0, |Usd(cost)| cost.to_f64().max(0.0));
        let steps = &self.report.steps;
        let most = steps.iter().map(|step| dollars(&step.amount)).fold(0.0, f64::max);
        let bar = |step: &ctm_report::wire::ReportStep| Bar {
            label: step.from.to_string(),
            value: cost(step.amount),
            length: if most > 0.0 { dollars(&step.amount) / most } else { 0.0 },
        };
        Block::Bars(steps.iter().map(bar).collect())
    }

    fn items(&self, of: &'static str, items: &ReportItems, name: impl Fn(&str) -> String) -> Block {
        let language = self.language;
        let all = self.report.totals.cost_usd.map_or(PicoUsd::ZERO, |Usd(cost)| cost);
        let is_compared = self.report.comparison.is_some();
        let cells = |name: String, amount: ReportAmount, previous: Option<String>| {
            let share = amount.cost_usd.filter(|_| all != PicoUsd::ZERO);
            let share = percent(share.map(|Usd(cost)| cost.to_f64() / all.to_f64()));
            let mut cells = vec![name, cost(amount), share];
            cells.extend([amount.total_tokens, amount.responses].map(count));
            cells.extend(previous.filter(|_| is_compared));
            cells
        };
        let item = |item: &ctm_report::wire::ReportItem| {
            cells(name(&item.name), item.amount, Some(usd(item.previous_usd.map(|Usd(cost)| cost))))
        };
        let mut rows: Vec<_> = items.items.iter().map(item).collect();
        let rest =
            items.rest.map(|rest| cells(language.further(items.rest_count), rest, Some(String::new())));
        rows.extend(rest);
        let mut head = vec![of];
        head.extend([language.of("Cost", "费用"), language.of("Share", "占比")]);
        head.extend([language.of("Tokens", "Token"), language.of("Responses", "响应")]);
        head.extend(is_compared.then(|| language.of("Cost before", "上一时段费用")));
        Block::Table(Table { head, rows, names: 1 })
    }

    fn sessions(&self) -> Block {
        let language = self.language;
        let mut rows: Vec<_> = self.report.sessions.iter().map(|session| self.session(session)).collect();
        rows.extend(language.further_row(self.report.further_sessions, 5));
        let head = vec![
            language.of("Started", "开始"),
            language.of("Session", "会话"),
            language.of("Lasted", "时长"),
            language.of("Cost", "费用"),
            language.of("Tokens", "Token"),
        ];
        Block::Table(Table { head, rows, names: 2 })
    }

    fn session(&self, session: &ReportSession) -> Vec<String> {
        let project = self.language.project(&session.project, self.report.names);
        let name = match &session.title {
            Some(title) => format!("{project}: {}", one_line(title)),
            None => project,
        };
        let started = session.started_at.map(|at| at.0.with_timezone(&self.tz).format("%Y-%m-%d %H:%M"));
        vec![
            started.map_or_else(String::new, |at| at.to_string()),
            name,
            self.language.duration(session.duration_s),
            cost(session.amount),
            count(session.amount.total_tokens),
        ]
    }

    fn limits(&self, reached: &[ReportLimit]) -> Block {
        let reached = reached.iter().map(|limit| self.language.reached(limit.window, limit.count));
        list_or(reached.collect(), self.language.no_limit_reached())
    }
}

/// Returns a list, or a paragraph in place of an empty one.
fn list_or(items: Vec<String>, none: &str) -> Block {
    if items.is_empty() { Block::Paragraph(none.to_owned()) } else { Block::List(items) }
}

/// Returns a cost, marked as a lower bound if it is one.
pub(crate) fn cost(amount: ReportAmount) -> String {
    match (amount.cost_usd, amount.certainty) {
        (Some(Usd(cost)), Certainty::AtLeast) => usd_at_least(cost),
        (of, _) => usd(of.map(|Usd(cost)| cost)),
    }
}
