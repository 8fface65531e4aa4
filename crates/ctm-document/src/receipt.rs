//! A receipt as a document.

use crate::Language;
use crate::document::{Block, Document, Table, cost};
use crate::figures::{count, lower_bound, percent, usd};
use chrono_tz::Tz;
use ctm_report::wire::{Certainty, ReportSession, Time, Usage, Usd, WorkReceipt};
use ctm_types::printable::one_line;

/// Number of sessions that a receipt lists, the most expensive ones.
const MOST_SESSIONS: usize = 20;

/// Returns the blocks of a receipt.
pub(crate) fn document(receipt: &WorkReceipt, language: Language, tz: Tz) -> Document {
    let contents = Contents { receipt, language, tz };
    Document {
        language,
        title: contents.title(),
        period: contents.period(),
        blocks: contents.blocks(),
        origin: language.origin(&receipt.meta, tz),
    }
}

struct Contents<'r> {
    receipt: &'r WorkReceipt,
    language: Language,
    tz: Tz,
}

impl Contents<'_> {
    fn title(&self) -> String {
        let work = &self.receipt.work;
        let kind = match work.kind {
            "session" => self.language.of("session", "会话"),
            "branch" => self.language.of("branch", "分支"),
            _ => self.language.of("pull request", "拉取请求"),
        };
        let name = work.title.as_ref().or(work.name.as_ref()).map(|name| one_line(name));
        let name = name.map_or_else(String::new, |name| format!(" {name}"));
        self.language.of(format!("Receipt: {kind}{name}"), format!("费用清单：{kind}{name}"))
    }

    /// Returns the time of the first and of the last response.
    fn period(&self) -> String {
        let local = |at: Time| at.0.with_timezone(&self.tz).format("%Y-%m-%d %H:%M").to_string();
        let WorkReceipt { started_at, ended_at, meta, .. } = self.receipt;
        match started_at.zip(*ended_at).map(|(from, to)| (local(from), local(to))) {
            Some((from, to)) if from != to => self
                .language
                .of(format!("{from} to {to} ({})", meta.tz), format!("{from} 至 {to}（{}）", meta.tz)),
            Some((from, _)) => {
                self.language.of(format!("{from} ({})", meta.tz), format!("{from}（{}）", meta.tz))
            }
            None => self.language.of("No usage.", "没有用量。").to_owned(),
        }
    }

    fn blocks(&self) -> Vec<Block> {
        let Self { receipt, language, .. } = self;
        let mut blocks =
            vec![Block::Paragraph(language.totals(&receipt.totals, &self.bound())), self.figures()];
        if receipt.totals.responses > 0 {
            blocks.push(Block::Heading(language.of("Models", "模型")));
            blocks.push(self.models());
            blocks.push(Block::Heading(language.of("Sessions", "会话")));
            blocks.push(self.sessions());
        }
        blocks.push(Block::Heading(language.of("How it was computed", "计算方法")));
        blocks.push(Block::List(self.method()));
        blocks
    }

    /// Returns the cost in words: whether it is a lower bound.
    fn bound(&self) -> String {
        let Usage { cost_usd, certainty, .. } = self.receipt.totals;
        match (cost_usd, certainty) {
            (Some(Usd(cost)), Certainty::AtLeast) => {
                let cost = lower_bound(cost);
                self.language.of(format!("At least {cost}"), format!("至少 {cost}"))
            }
            (Some(Usd(cost)), _) => usd(Some(cost)),
            (None, _) => self.language.of("Unknown cost", "未知").to_owned(),
        }
    }

    fn figures(&self) -> Block {
        let Self { receipt, language, .. } = self;
        let of = &receipt.totals;
        let mut rows = vec![
            (language.of("Cost", "费用"), cost(of.into())),
            (language.of("Tokens", "Token"), count(of.total_tokens)),
            (language.of("Input", "输入"), count(of.input_tokens)),
            (language.of("Output", "输出"), count(of.output_tokens)),
            (language.of("Cache read", "缓存读取"), count(of.cache_read_tokens)),
            (language.of("5-minute cache write", "5 分钟缓存写入"), count(of.cache_write_5m_tokens)),
            (language.of("1-hour cache write", "1 小时缓存写入"), count(of.cache_write_1h_tokens)),
            (language.of("Web searches", "网页搜索"), count(of.web_searches)),
            (language.of("Cache hit rate", "缓存命中率"), percent(of.cache_hit_rate)),
            (
                language.of("Subagents' share of the cost", "子代理的费用占比"),
                percent(of.subagent_cost_share()),
            ),
        ];
        let projects: Vec<_> = receipt.projects.iter().map(|name| self.project(name)).collect();
        if !projects.is_empty() {
            rows.push((language.of("Projects", "项目"), projects.join(", ")));
        }
        let head = vec![language.of("Figure", "指标"), language.of("Value", "数值")];
        let rows = rows.into_iter().map(|(name, figure)| vec![name.to_owned(), figure]).collect();
        Block::Table(Table { head, rows, names: 1 })
    }

    fn models(&self) -> Block {
        let language = self.language;
        let row = |of: &ctm_report::wire::ReceiptModel| {
            let Usage { total_tokens, output_tokens, responses, .. } = of.usage;
            let mut cells = vec![one_line(&of.label).into_owned(), cost((&of.usage).into())];
            cells.extend([total_tokens, output_tokens, responses].map(count));
            cells
        };
        let head = vec![
            language.of("Model", "模型"),
            language.of("Cost", "费用"),
            language.of("Tokens", "Token"),
            language.of("Output tokens", "输出 Token"),
            language.of("Responses", "响应"),
        ];
        Block::Table(Table { head, rows: self.receipt.models.iter().map(row).collect(), names: 1 })
    }

    fn sessions(&self) -> Block {
        let language = self.language;
        let sessions = &self.receipt.sessions;
        let mut rows: Vec<_> = sessions.iter().take(MOST_SESSIONS).map(|of| self.session(of)).collect();
        rows.extend(language.further_row(sessions.len().saturating_sub(MOST_SESSIONS), 5));
        let head = vec![
            language.of("Session", "会话"),
            language.of("Started", "开始"),
            language.of("Cost", "费用"),
            language.of("Tokens", "Token"),
            language.of("Responses", "响应"),
        ];
        Block::Table(Table { head, rows, names: 2 })
    }

    fn session(&self, of: &ReportSession) -> Vec<String> {
        let project = self.project(&of.project);
        let name = match of.title.as_ref().or(of.id.as_ref()) {
            Some(name) => format!("{project}: {}", one_line(name)),
            None => project,
        };
        let started = of.started_at.map(|at| at.0.with_timezone(&self.tz).format("%Y-%m-%d %H:%M"));
        let started = started.map_or_else(String::new, |at| at.to_string());
        vec![name, started, cost(of.amount), count(of.amount.total_tokens), count(of.amount.responses)]
    }

    fn project(&self, name: &str) -> String {
        self.language.project(&one_line(name), self.receipt.names)
    }

    fn method(&self) -> Vec<String> {
        let Self { receipt, language, .. } = self;
        let mut method = vec![language.method(&receipt.meta.price_version)];
        method.extend(language.gaps(&receipt.totals, &receipt.meta, 0));
        let names: Vec<_> = receipt.pull_requests.iter().map(|of| one_line(&of.name)).collect();
        if !names.is_empty() {
            method.push(language.shared(receipt.work.kind == "pull_request", &names.join(", ")));
        }
        method
    }
}
