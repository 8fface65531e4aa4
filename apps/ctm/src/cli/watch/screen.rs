//! Screen of `ctm watch`.

use crate::cli::text::{compact, count, duration, local_as, percent, usd};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use ctm_ingest::ingest::{IngestState, IngestStatus};
use ctm_report::last_component;
use ctm_report::wire::{Block as Window, CurrentLimit, CurrentLimits, Response, Time, Usage};
use ctm_types::printable::one_line;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Cell, LineGauge, Paragraph, Row, Table};

/// A window of five hours, in seconds.
const WINDOW_S: f64 = 18_000.0;

/// Everything that is drawn at one time.
pub(super) struct Screen {
    pub(super) now: DateTime<Utc>,
    pub(super) tz: Tz,
    pub(super) ingest: IngestStatus,
    /// The reason why the figures are not up to date.
    pub(super) trouble: Option<String>,
    pub(super) today: Usage,
    pub(super) block: Option<Window>,
    pub(super) limits: Option<CurrentLimits>,
    pub(super) responses: Vec<Response>,
}

impl Screen {
    pub(super) fn draw(&self, frame: &mut Frame<'_>) {
        let [head, figures, limits, responses, foot] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(6),
            Constraint::Length(4),
            Constraint::Min(3),
            Constraint::Length(1),
        ])
        .areas(frame.area());
        let [today, window] =
            Layout::horizontal([Constraint::Percentage(42), Constraint::Percentage(58)]).areas(figures);
        frame.render_widget(self.head(head.width), head);
        frame.render_widget(self.today(), today);
        self.draw_window(frame, window);
        self.draw_limits(frame, limits);
        frame.render_widget(self.responses(), responses);
        let note = "Estimate at API list prices, not your subscription bill.";
        let foot_line = match &self.trouble {
            Some(trouble) => Line::from(one_line(trouble).into_owned()).style(Style::new().fg(Color::Red)),
            None => Line::from(note).style(dim()),
        };
        frame.render_widget(foot_line, foot);
    }

    fn head(&self, width: u16) -> Line<'static> {
        let state = match self.ingest.state {
            IngestState::Live if self.trouble.is_some() => "not up to date".to_owned(),
            IngestState::Live => "live".to_owned(),
            IngestState::Scanning => {
                format!(
                    "reading {} of {} files",
                    count(self.ingest.files_done),
                    count(self.ingest.files_total)
                )
            }
        };
        let time = self.now.with_timezone(&self.tz).format("%Y-%m-%d %H:%M:%S");
        let (left, right) = (format!("ctm watch · {state} · {time} {}", self.tz), "q quits");
        let gap = usize::from(width).saturating_sub(left.chars().count() + right.len());
        Line::from(vec![
            Span::styled(left, Style::new().add_modifier(Modifier::BOLD)),
            Span::raw(" ".repeat(gap)),
            Span::styled(right, dim()),
        ])
    }

    fn today(&self) -> Paragraph<'static> {
        let today = &self.today;
        let mut lines = vec![
            line("Cost", usd(today.cost_usd.map(|cost| cost.0))),
            line(
                "Tokens",
                format!("{} ({} output)", compact(today.total_tokens), compact(today.output_tokens)),
            ),
            line("Responses", format!("{} in {} sessions", count(today.responses), count(today.sessions))),
            line("Cache hits", percent(today.cache_hit_rate)),
        ];
        if today.unpriced_tokens > 0 {
            lines[0] = line("Cost", format!("{} + unpriced", usd(today.cost_usd.map(|cost| cost.0))));
        }
        Paragraph::new(lines).block(Block::bordered().title("Today"))
    }

    fn draw_window(&self, frame: &mut Frame<'_>, area: Rect) {
        let frame_around = Block::bordered().title("5-hour window (estimated)");
        let inside = frame_around.inner(area);
        frame.render_widget(frame_around, area);
        let Some(window) = &self.block else {
            frame
                .render_widget(Paragraph::new("None: no response in the last 5 hours.").style(dim()), inside);
            return;
        };
        let [gauge, rest] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(inside);
        let left = (window.end_at.0 - self.now).max(TimeDelta::zero());
        let gone = 1.0 - seconds(left) / WINDOW_S;
        let label =
            format!("{} to {}", self.time(window.start_at, "%H:%M"), self.time(window.end_at, "%H:%M"));
        frame.render_widget(bar(gone, label), gauge);
        let cost = window.usage.cost_usd.map(|cost| cost.0);
        let burn = window.burn_usd_per_h.map_or_else(|| "-".to_owned(), |burn| format!("${burn:.2}/h"));
        let tokens =
            window.burn_tokens_per_min.map_or_else(|| "-".to_owned(), |burn| format!("{burn:.0} tokens/min"));
        let lines = vec![
            line("So far", format!("{}, {} left", usd(cost), duration(left.num_seconds()))),
            line("Burn rate", format!("{burn}, {tokens}")),
            line(
                "At its end",
                format!("{} at the present rate", usd(window.projected_cost_usd.map(|cost| cost.0))),
            ),
        ];
        frame.render_widget(Paragraph::new(lines), rest);
    }

    fn draw_limits(&self, frame: &mut Frame<'_>, area: Rect) {
        let frame_around = Block::bordered().title("Official limits");
        let inside = frame_around.inner(area);
        frame.render_widget(frame_around, area);
        let Some(limits) = &self.limits else {
            let advice = "No data. `ctm statusline --install` shows how to set them up.";
            frame.render_widget(Paragraph::new(advice).style(dim()), inside);
            return;
        };
        let [five_hour, seven_day] = Layout::vertical([Constraint::Length(1); 2]).areas(inside);
        for (name, limit, area) in
            [("5 hours", &limits.five_hour, five_hour), ("7 days ", &limits.seven_day, seven_day)]
        {
            let Some(limit) = limit else {
                frame.render_widget(Line::from(format!("{name}  unknown")).style(dim()), area);
                continue;
            };
            let label = format!("{name} {:>5.1}%  {}", limit.used_percentage, self.reset(limit));
            let gauge = bar(limit.used_percentage / 100.0, label);
            frame.render_widget(gauge, area);
        }
    }

    fn reset(&self, limit: &CurrentLimit) -> String {
        limit
            .resets_at
            .map_or_else(|| "reset unknown".to_owned(), |at| format!("resets {}", self.time(at, "%a %H:%M")))
    }

    fn responses(&self) -> Table<'static> {
        let figure = |text: String| Cell::from(Line::from(text).right_aligned());
        let rows = self.responses.iter().map(|response| {
            let tokens = &response.tokens;
            let cached =
                tokens.cache_read_tokens + tokens.cache_write_5m_tokens + tokens.cache_write_1h_tokens;
            Row::new([
                Cell::from(self.time(response.at, "%m-%d %H:%M:%S")),
                Cell::from(one_line(response.model.trim_start_matches("claude-")).into_owned()),
                figure(compact(tokens.input_tokens)),
                figure(compact(tokens.output_tokens)),
                figure(compact(cached)),
                figure(usd(response.cost_usd.map(|cost| cost.0))),
                Cell::from(one_line(last_component(&response.project)).into_owned()),
            ])
        });
        let head = ["Time", "Model"].map(Cell::from).into_iter();
        let figures = ["Input", "Output", "Cache", "Cost"].map(|name| figure(name.to_owned()));
        let head = head.chain(figures).chain([Cell::from("Project")]);
        let widths = [
            Constraint::Length(14),
            Constraint::Min(12),
            Constraint::Length(6),
            Constraint::Length(6),
            Constraint::Length(6),
            Constraint::Length(9),
            Constraint::Min(10),
        ];
        Table::new(rows, widths)
            .header(Row::new(head).style(dim()))
            .block(Block::bordered().title("Recent responses"))
    }

    fn time(&self, at: Time, form: &str) -> String {
        local_as(at, self.tz, form)
    }
}

/// A bar whose share is visible from its shape, independent of colour.
fn bar(part: f64, label: String) -> LineGauge<'static> {
    LineGauge::default().ratio(part.clamp(0.0, 1.0)).label(label).filled_symbol("█").unfilled_symbol("░")
}

fn line(name: &str, value: String) -> Line<'static> {
    Line::from(vec![Span::styled(format!("{name:<11}"), dim()), Span::raw(value)])
}

fn dim() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}

#[expect(clippy::cast_precision_loss, reason = "hours in seconds")]
fn seconds(time: TimeDelta) -> f64 {
    time.num_seconds() as f64
}
