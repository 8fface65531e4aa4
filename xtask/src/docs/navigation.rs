//! The order of the pages: the tables below *Further reading* in the README.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The heading of the tables.
const HEADING: &str = "## Further reading\n";

/// Returns the navigation. Every page in `docs` has to be in a table.
pub(super) fn of(readme: &str, pages: &BTreeSet<String>) -> Result<Value> {
    let rows =
        readme.split_once(HEADING).map_or("", |(_, rest)| rest).lines().filter(|line| line.starts_with('|'));
    let (mut sections, mut named) = (Vec::<(String, Vec<Value>)>::new(), BTreeSet::new());
    for row in rows {
        let cell = row.trim_start_matches('|').split(" |").next().unwrap_or_default().trim();
        let links = links(cell);
        let title = cell.trim_matches('*');
        if links.is_empty() && !title.starts_with('-') {
            sections.push((capitalised(title), Vec::new()));
        }
        if let Some((_, entries)) = sections.last_mut() {
            for (label, path) in links.into_iter().filter(|(_, path)| super::is_page(path)) {
                named.insert(path.to_owned());
                entries.push(json!({ capitalised(label): path }));
            }
        }
    }
    for page in pages.iter().filter(|page| page.starts_with("docs/") && super::is_page(page)) {
        ensure!(named.contains(page), "`{page}` is in no table below *Further reading* in README.md");
    }
    let mut navigation = vec![json!({ "Overview": "README.md" })];
    navigation.extend(sections.into_iter().map(|(title, entries)| json!({ title: entries })));
    navigation.push(json!({ "中文": "README.zh-CN.md" }));
    Ok(navigation.into())
}

/// Returns the labels and paths of the links in a cell.
fn links(cell: &str) -> Vec<(&str, &str)> {
    let link = |part| {
        let (label, rest) = str::split_once(part, "](")?;
        Some((label, rest.split_once(')')?.0))
    };
    cell.split('[').skip(1).filter_map(link).collect()
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str = "# a\n| [x](docs/x.md) | |\n## Further reading\n\n| to use it | |\n|---|---|\n| [A](docs/a.md), [b](docs/b.md) | c |\n\
        | **to run it** | |\n| [D](docs/d.json), [e](E.md) | f |\n";

    fn check(pages: &[&str]) -> Result<Value, String> {
        of(README, &pages.iter().map(|page| (*page).to_owned()).collect()).map_err(|error| error.to_string())
    }

    #[test]
    fn tables_are_sections() {
        let expected = json!([
            { "Overview": "README.md" },
            { "To use it": [{ "A": "docs/a.md" }, { "B": "docs/b.md" }] },
            { "To run it": [{ "E": "E.md" }] },
            { "中文": "README.zh-CN.md" },
        ]);
        assert_eq!(check(&["docs/a.md", "docs/d.json", "README.md"]), Ok(expected));
    }

    #[test]
    fn both_readmes_have_the_same_pages_in_their_tables() {
        let pages = |text: &'static str, heading: &str| {
            let (_, tables) = text.split_once(heading).unwrap();
            let links =
                tables.lines().filter(|line| line.starts_with('|')).flat_map(|line| line.split("](").skip(1));
            links.map(|link| link.split(')').next().unwrap()).collect::<std::collections::BTreeSet<_>>()
        };
        let english = pages(include_str!("../../../README.md"), "\n## Further reading\n");
        let chinese = pages(include_str!("../../../README.zh-CN.md"), "\n## 延伸阅读\n");
        assert!(english.len() > 20);
        assert_eq!(chinese, english);
    }

    #[test]
    fn a_page_in_no_table_is_named() {
        let expected = "`docs/x.md` is in no table below *Further reading* in README.md";
        assert_eq!(check(&["docs/x.md"]), Err(expected.to_owned()));
    }
}
