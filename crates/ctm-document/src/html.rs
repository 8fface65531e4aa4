//! A document as one HTML file, without scripts and requests.

use crate::document::{Bar, Block, Document, Table};
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("document.css");

/// Width and height of a chart, without its labels.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 160.0;

/// Returns a document as HTML.
pub(crate) fn render(document: &Document) -> String {
    let page = html! {
        (DOCTYPE)
        html lang=(document.language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { (document.title) ", " (document.period) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (document.title) }
                    p.period { (document.period) }
                    @for of in &document.blocks { (block(of)) }
                    footer { p { (document.origin) } }
                }
            }
        }
    };
    page.into_string() + "\n"
}

fn block(block: &Block) -> Markup {
    match block {
        Block::Heading(heading) => html! { h2 { (heading) } },
        Block::Paragraph(paragraph) => html! { p { (paragraph) } },
        Block::List(items) => html! { ul { @for item in items { li { (item) } } } },
        Block::Table(table) => rows(table),
        Block::Bars(bars) => chart(bars),
    }
}

fn rows(table: &Table) -> Markup {
    let figure = |column: usize| (column >= table.names).then_some("figure");
    html! {
        // It scrolls on a phone, also with the keyboard.
        div.wide tabindex="0" {
            table {
                thead { tr { @for (at, name) in table.head.iter().enumerate() {
                    th scope="col" class=[figure(at)] { (name) }
                } } }
                tbody { @for cells in &table.rows { tr { @for (at, cell) in cells.iter().enumerate() {
                    @if at == 0 { th scope="row" { (cell) } } @else { td class=[figure(at)] { (cell) } }
                } } } }
            }
        }
    }
}

/// Returns a chart of bars. It is drawn, and read out as the list of its values.
#[expect(clippy::cast_precision_loss, reason = "positions of a drawing")]
fn chart(bars: &[Bar]) -> Markup {
    let step = WIDTH / bars.len().max(1) as f64;
    let read = bars.iter().map(|bar| format!("{} {}", bar.label, bar.value)).collect::<Vec<_>>().join("; ");
    let top = bars.iter().max_by(|one, other| one.length.total_cmp(&other.length));
    html! {
        figure {
            @if let Some(top) = top { p.top { (top.value) } }
            svg role="img" aria-label=(read) viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) preserveAspectRatio="none" {
                @for (at, bar) in bars.iter().enumerate() {
                    @let height = bar.length * HEIGHT;
                    rect x=(format!("{:.1}", step * (at as f64 + 0.1))) width=(format!("{:.1}", step * 0.8))
                        y=(format!("{:.1}", HEIGHT - height)) height=(format!("{height:.1}")) {
                        title { (bar.label) ": " (bar.value) }
                    }
                }
            }
            figcaption {
                @if let Some(first) = bars.first() { span { (first.label) } }
                @if let Some(last) = bars.get(1..).and_then(<[Bar]>::last) { span { (last.label) } }
            }
        }
    }
}
