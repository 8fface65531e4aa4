//! A document as one SVG picture, without fonts, scripts and requests.
//!
//! A picture has no layout of its own: text is placed by the columns that it takes on a terminal, and what is longer than its room
//! is cut.

use crate::document::{Bar, Block, Document, Table};
use maud::{Markup, html};
use textwrap::core::display_width;

/// Width of the picture.
const WIDTH: u32 = 760;

/// Space around the contents.
const MARGIN: u32 = 28;

/// Width of a column with figures: room for the longest head, in bold, and a gap.
const FIGURE: u32 = 120;

/// Height of a line of text.
const LINE: u32 = 20;

/// Width of a character, at most: a wide one takes two.
const CHARACTER: u32 = 8;

const FONT: &str = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans CJK SC', sans-serif";
const INK: &str = "#1a1a1a";
const MUTED: &str = "#595959";

/// Returns a document as SVG.
pub(crate) fn render(document: &Document) -> String {
    let mut page = Page { y: MARGIN, lines: Vec::new() };
    page.prose(&document.title, 18, "600", INK, 26);
    page.prose(&document.period, 13, "400", MUTED, LINE);
    for of in &document.blocks {
        page.block(of);
    }
    page.y += LINE / 2;
    page.prose(&document.origin, 11, "400", MUTED, 16);
    let height = page.y + MARGIN / 2;
    let picture = html! {
        svg xmlns="http://www.w3.org/2000/svg" lang=(document.language.tag()) role="img" width=(WIDTH) height=(height)
            viewBox=(format!("0 0 {WIDTH} {height}")) font-family=(FONT) {
            title { (document.title) }
            rect width=(WIDTH) height=(height) fill="#ffffff" {}
            @for line in &page.lines { (line) }
        }
    };
    picture.into_string() + "\n"
}

/// What was placed so far.
struct Page {
    /// Baseline of the last line.
    y: u32,
    lines: Vec<Markup>,
}

impl Page {
    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(heading) => {
                self.y += LINE / 2;
                self.prose(heading, 15, "600", INK, 24);
            }
            Block::Paragraph(paragraph) => self.prose(paragraph, 13, "400", INK, LINE),
            Block::List(items) => {
                items.iter().for_each(|item| self.prose(&format!("• {item}"), 13, "400", INK, LINE));
            }
            Block::Table(table) => self.table(table),
            Block::Bars(bars) => {
                let row = |bar: &Bar| vec![bar.label.clone(), bar.value.clone()];
                bars.iter().for_each(|bar| self.row(&row(bar), 1, "400", INK));
            }
        }
    }

    /// Places a text on as many lines as it takes.
    fn prose(&mut self, text: &str, size: u32, weight: &str, color: &str, height: u32) {
        let width = (WIDTH - 2 * MARGIN) * 13 / (CHARACTER * size);
        for line in textwrap::wrap(text, width as usize) {
            self.y += height;
            self.lines.push(html! {
                text x=(MARGIN) y=(self.y) font-size=(size) font-weight=(weight) fill=(color) { (line) }
            });
        }
    }

    fn table(&mut self, table: &Table) {
        let head: Vec<String> = table.head.iter().map(|name| (*name).to_owned()).collect();
        self.row(&head, table.names, "600", MUTED);
        let y = self.y + 6;
        self.lines.push(html! {
            line x1=(MARGIN) x2=(WIDTH - MARGIN) y1=(y) y2=(y) stroke="#c8c8c8" {}
        });
        self.y += 4;
        table.rows.iter().for_each(|row| self.row(row, table.names, "400", INK));
    }

    /// Places a row: names from the left, figures to the right.
    fn row(&mut self, cells: &[String], names: usize, weight: &str, color: &str) {
        self.y += LINE;
        let figures = u32::try_from(cells.len().saturating_sub(names)).unwrap_or(0);
        // A single figure has all the room that its name leaves.
        let figure = if figures == 1 { (WIDTH - 2 * MARGIN) / 2 } else { FIGURE };
        let all_names = (WIDTH - 2 * MARGIN).saturating_sub(figure * figures);
        let further = 128 * u32::try_from(names.saturating_sub(1)).unwrap_or(0);
        for (at, cell) in cells.iter().enumerate() {
            let place = u32::try_from(at).unwrap_or(0);
            let (x, anchor, room) = if at == 0 {
                (MARGIN, "start", all_names.saturating_sub(further))
            } else if at < names {
                (MARGIN + all_names - further + 128 * (place - 1), "start", 128)
            } else {
                let behind = u32::try_from(cells.len() - at - 1).unwrap_or(0);
                (WIDTH - MARGIN - figure * behind, "end", figure - CHARACTER)
            };
            self.lines.push(html! {
                text x=(x) y=(self.y) font-size="13" font-weight=(weight) fill=(color) text-anchor=(anchor) {
                    (cut(cell, room / CHARACTER))
                }
            });
        }
    }
}

/// Returns a text of at most so many columns; a longer one ends with an ellipsis.
fn cut(text: &str, columns: u32) -> String {
    let columns = columns as usize;
    if display_width(text) <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    for char in text.chars() {
        kept.push(char);
        if display_width(&kept) >= columns {
            kept.pop();
            break;
        }
    }
    kept + "…"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language;

    #[test]
    fn a_name_forms_no_markup_and_fits() {
        let hostile = "</text><script>alert(1)</script>&\"'";
        let document = Document {
            language: Language::Chinese,
            title: hostile.to_owned(),
            period: String::new(),
            blocks: vec![
                Block::Heading("模型"),
                Block::List(vec![hostile.repeat(9)]),
                Block::Table(Table {
                    head: vec!["A", "B"],
                    rows: vec![vec![hostile.repeat(9), hostile.to_owned()]],
                    names: 1,
                }),
            ],
            origin: hostile.to_owned(),
        };
        let svg = render(&document);
        assert!(!svg.contains("<script"), "{svg}");
        assert_eq!(svg.matches("<text ").count(), svg.matches("</text>").count(), "{svg}");
        assert!(svg.contains("&lt;script&gt;") && svg.contains("…</text>"), "{svg}");
        assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" lang=\"zh\""), "{svg}");
    }

    #[test]
    fn a_long_text_is_cut_by_its_columns() {
        let check = |text: &str, columns, expected: &str| assert_eq!(cut(text, columns), expected);
        check("abc", 3, "abc");
        check("abcd", 3, "ab…");
        check("项目一", 6, "项目一");
        check("项目一二", 6, "项目…");
        check("", 0, "");
    }
}
