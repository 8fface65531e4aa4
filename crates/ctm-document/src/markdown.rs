//! A document as Markdown.

use crate::document::{Bar, Block, Document, Table};

/// Length of the longest bar, in characters.
const LONGEST_BAR: f64 = 24.0;

/// Returns a document as Markdown.
pub(crate) fn render(document: &Document) -> String {
    let mut parts = vec![format!("# {}", text(&document.title)), text(&document.period)];
    parts.extend(document.blocks.iter().map(block));
    parts.push(format!("---\n\n{}", text(&document.origin)));
    parts.join("\n\n") + "\n"
}

fn block(block: &Block) -> String {
    match block {
        Block::Heading(heading) => format!("## {heading}"),
        Block::Paragraph(paragraph) => text(paragraph),
        Block::List(items) => {
            items.iter().map(|item| format!("- {}", text(item))).collect::<Vec<_>>().join("\n")
        }
        Block::Table(table) => rows(table),
        Block::Bars(bars) => bars.iter().map(bar).collect::<Vec<_>>().join("\n"),
    }
}

fn rows(table: &Table) -> String {
    let row = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let align = |column| if column < table.names { "---" } else { "---:" }.to_owned();
    let head = table.head.iter().map(|name| text(name)).collect();
    let rule = (0..table.head.len()).map(align).collect();
    let rows = table.rows.iter().map(|cells| cells.iter().map(|cell| text(cell)).collect());
    [head, rule].into_iter().chain(rows).map(row).collect::<Vec<_>>().join("\n")
}

/// Returns a line of a chart: indented, which is shown in a font of one width.
fn bar(bar: &Bar) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to the longest bar")]
    let length = (bar.length * LONGEST_BAR).round() as usize;
    let drawn = "█".repeat(length);
    let space = if drawn.is_empty() { "" } else { " " };
    format!("    {}  {drawn}{space}{}", bar.label, bar.value)
}

/// Returns text that forms no markup: neither Markdown nor HTML within it, and no link of a bare address.
fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '!' | '~' => escaped.extend(['\\', char]),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '@' => escaped.push_str("&#64;"),
            '\n' | '\r' => escaped.push(' '),
            char => escaped.push(char),
        }
    }
    escaped.replace("://", "&#58;//").replace("www.", "www&#46;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_forms_no_markup() {
        assert_eq!(text("a|b"), "a\\|b");
        assert_eq!(text("[x](javascript:y)"), "\\[x\\](javascript:y)");
        assert_eq!(
            text("https://a.example www.a.example a@b"),
            "https&#58;//a.example www&#46;a.example a&#64;b"
        );
        assert_eq!(text("<b>&`c`\n# d"), "&lt;b&gt;&amp;\\`c\\` \\# d");
        assert_eq!(text("项目 一"), "项目 一");
    }
}
