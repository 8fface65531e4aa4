//! Editing the rules in the text of a config file.
//!
//! # Design
//!
//! The table is edited in its syntax tree, which preserves the format and comments of the rest. The tree does
//! not preserve everything (byte order mark, carriage returns), so its lines are compared before and after:
//! lines that are equal at both ends stay byte for byte.

use ctm_config::settings::RulesFile;
use ctm_config::settings::rules::{Rules, TABLE};
use std::collections::BTreeMap;
use toml_edit::{Array, DocumentMut, Item, Key, TableLike, Value};

/// Returns the text of a config file with the requested rules.
///
/// # Errors
///
/// Fails when the text cannot be parsed.
pub(super) fn edited(file: &RulesFile, text: &str, wanted: &Rules) -> Result<String, String> {
    if file.parse(text)? == *wanted {
        return Ok(text.to_owned());
    }
    let mut document: DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| error.message().to_owned())?;
    let edited = if document.contains_key(TABLE) {
        let before = document.to_string();
        let table = document.get_mut(TABLE).and_then(Item::as_table_like_mut);
        edit(file, table.ok_or_else(|| format!("`{TABLE}` is not a table"))?, wanted);
        spliced(text, &before, &document.to_string())
    } else {
        appended(text, wanted)
    };
    // The result has the requested rules and is unchanged otherwise, or the change is refused.
    if file.parse(&edited)? == *wanted && others(&edited) == others(text) {
        return Ok(edited);
    }
    Err(format!("`{TABLE}` has a form that cannot be edited"))
}

/// Returns the values of a config file without the rules.
fn others(text: &str) -> Option<toml::Table> {
    let mut table: toml::Table = text.parse().ok()?;
    table.remove(TABLE);
    Some(table)
}

/// Returns the rules as a table of a config file.
pub(super) fn table(rules: &Rules) -> String {
    let mut document = DocumentMut::new();
    let table = document.entry(TABLE).or_insert_with(toml_edit::table);
    if let Some(table) = table.as_table_like_mut() {
        edit(&RulesFile::default(), table, rules);
    }
    document.to_string()
}

/// Returns the text with the table appended.
fn appended(text: &str, wanted: &Rules) -> String {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let gap = match text {
        "" => "",
        text if text.ends_with('\n') => newline,
        _ => &newline.repeat(2),
    };
    format!("{text}{gap}{}", table(wanted).replace('\n', newline))
}

/// Returns the text with the lines replaced that differ between `before` and `after`.
fn spliced(text: &str, before: &str, after: &str) -> String {
    let lines = |text: &'_ str| -> Vec<String> { text.split_inclusive('\n').map(str::to_owned).collect() };
    let (text, before, after) = (lines(text), lines(before), lines(after));
    let newline = if text.iter().any(|line| line.ends_with("\r\n")) { "\r\n" } else { "\n" };
    let head = before.iter().zip(&after).take_while(|(before, after)| before == after).count();
    let most = before.len().min(after.len()) - head;
    let ends = before.iter().rev().zip(after.iter().rev());
    let tail = ends.take(most).take_while(|(before, after)| before == after).count();
    let changed = after[head..after.len() - tail].iter().map(|line| line.replace('\n', newline));
    let mut spliced: String = text[..head].concat();
    spliced.extend(changed);
    spliced.extend(text[text.len() - tail..].iter().map(String::as_str));
    spliced
}

/// Changes the rules of a table to the requested ones.
fn edit(file: &RulesFile, table: &mut dyn TableLike, wanted: &Rules) {
    let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (folder, name) in wanted {
        by_name.entry(name).or_default().push(folder);
    }
    let known: Vec<String> = table.iter().map(|(name, _)| name.to_owned()).collect();
    for name in known.iter().filter(|name| !by_name.contains_key(name.as_str())) {
        match new_name(file, table, name, wanted) {
            Some(new) if !table.contains_key(&new) => rename(table, name, &new),
            _ => {
                table.remove(name);
            }
        }
    }
    for (name, folders) in by_name {
        let value = table.get_mut(name).and_then(Item::as_value_mut);
        match value {
            Some(value) => keep_only(file, value, &folders),
            None => {
                table.insert(name, toml_edit::value(new_value(&folders)));
            }
        }
    }
}

/// Returns the project that takes over all folders of another one, if there is one.
fn new_name(file: &RulesFile, table: &dyn TableLike, name: &str, wanted: &Rules) -> Option<String> {
    let folders = folders(table.get(name)?.as_value()?);
    let mut names = folders.iter().map(|folder| wanted.get(&file.normalise(folder)));
    let first = names.next()??;
    names.all(|name| name == Some(first)).then(|| first.clone())
}

/// Renames an entry, preserving the white space and comments around it.
fn rename(table: &mut dyn TableLike, name: &str, new: &str) {
    let decor = table.key(name).map(|key| key.leaf_decor().clone());
    let Some(item) = table.remove(name) else { return };
    let key = decor.into_iter().fold(Key::new(new), Key::with_leaf_decor);
    table.entry_format(&key).or_insert(item);
}

/// Returns the folders of an entry, as written.
fn folders(value: &Value) -> Vec<String> {
    match value {
        Value::Array(array) => array.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        value => value.as_str().map(str::to_owned).into_iter().collect(),
    }
}

fn new_value(folders: &[&str]) -> Value {
    match folders {
        [folder] => Value::from(*folder),
        folders => Value::from_iter(folders.iter().copied()),
    }
}

/// Changes the folders of an entry to the requested ones.
fn keep_only(file: &RulesFile, value: &mut Value, wanted: &[&str]) {
    let written = folders(value);
    let known: Vec<String> = written.iter().map(|folder| file.normalise(folder)).collect();
    let is_wanted = |folder: &String| wanted.contains(&folder.as_str());
    let missing: Vec<&str> =
        wanted.iter().copied().filter(|folder| known.iter().all(|known| known != folder)).collect();
    if missing.is_empty() && known.iter().all(is_wanted) {
        return;
    }
    let decor = value.decor().clone();
    let kept: Vec<bool> = known.iter().map(is_wanted).collect();
    *value = match value {
        Value::Array(array) => Value::Array(rewritten(array, &kept, &missing)),
        _ => new_value(&if kept == [true] {
            written.iter().map(String::as_str).chain(missing).collect::<Vec<_>>()
        } else {
            missing
        }),
    };
    *value.decor_mut() = decor;
}

/// Returns a list with the kept items and further ones after them, in the format of the list: a
/// comment after an item is removed with it.
fn rewritten(array: &Array, kept: &[bool], more: &[&str]) -> Array {
    let texts: Vec<String> = array.iter().map(|item| item.clone().decorated("", "").to_string()).collect();
    // Text before each item, and after the last one.
    let text = |raw: Option<&toml_edit::RawString>| raw.and_then(|raw| raw.as_str()).unwrap_or("").to_owned();
    let mut gaps: Vec<String> = Vec::new();
    let mut behind = String::new();
    for item in array {
        gaps.push(std::mem::take(&mut behind) + &text(item.decor().prefix()));
        behind = text(item.decor().suffix());
    }
    gaps.push(behind + &text(Some(array.trailing())));
    if gaps.iter().all(|gap| !gap.contains('\n')) {
        let texts = texts.iter().zip(kept).filter(|(_, kept)| **kept).map(|(text, _)| text.clone());
        let items = texts.chain(more.iter().map(|folder| Value::from(*folder).to_string()));
        let items: Vec<_> = items.collect();
        return parsed(&format!("[{}]", items.join(", ")));
    }
    // The first line of a gap belongs to the item before it, the rest to the item after it.
    let lines: Vec<(&str, &str)> =
        gaps.iter().map(|gap| gap.split_at(gap.find('\n').unwrap_or(gap.len()))).collect();
    let (opening, (_, closing)) = (lines[0].0, lines[lines.len() - 1]);
    let indent = lines[0].1.rsplit('\n').next().filter(|_| lines.len() > 1).unwrap_or("  ");
    let mut list = format!("[{opening}");
    for (at, text) in texts.iter().enumerate().filter(|(at, _)| kept[*at]) {
        list += &format!("{}{text},{}", lines[at].1, lines[at + 1].0);
    }
    for folder in more {
        list += &format!("\n{indent}{},", Value::from(*folder));
    }
    parsed(&format!("{list}{closing}]"))
}

/// Parses a list that was assembled from another one.
fn parsed(list: &str) -> Array {
    let value = list.parse::<Value>().ok();
    match value {
        Some(Value::Array(array)) => array,
        _ => Array::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(rules: &[(&str, &str)]) -> Rules {
        rules.iter().map(|(folder, name)| ((*folder).to_owned(), (*name).to_owned())).collect()
    }

    #[track_caller]
    fn check(text: &str, wanted: &[(&str, &str)], expected: &str) {
        let file = RulesFile { home: Some("/home/dev".into()), ..RulesFile::default() };
        let edited = edited(&file, text, &rules(wanted)).unwrap();
        assert_eq!(edited, expected);
        assert_eq!(file.parse(&edited).unwrap(), rules(wanted));
    }

    #[test]
    fn a_table_is_made_behind_what_is_there() {
        let rule = [("/a", "x"), ("/b", "x"), (r"C:\c", "y z")];
        let table = "[project]\nx = [\"/a\", \"/b\"]\n\"y z\" = 'C:\\c'\n";
        check("", &rule, table);
        check("# mine\n", &rule, &format!("# mine\n\n{table}"));
        check("tz = 'UTC'", &rule, &format!("tz = 'UTC'\n\n{table}"));
        check("[a]\r\n", &[("/a", "x")], "[a]\r\n\r\n[project]\r\nx = \"/a\"\r\n");
    }

    #[test]
    fn unchanged_rules_keep_their_format_and_comments() {
        let text = "# top\nport = 0x1F   # odd\n\n[project] # rules\n# the shop\nshop = [\n  \"~/shop\", # new\n  # and before\n  '/old/shop', # old\n] # all\nother='/o'\n\n[more]\n";
        let text = &text.replace("[more]\n", "");
        let all = [("/home/dev/shop", "shop"), ("/old/shop", "shop"), ("/o", "other")];
        check(text, &all, text);
        check(
            text,
            &[("/home/dev/shop", "shop"), ("/o", "other"), ("/n", "shop")],
            &text.replace("  # and before\n  '/old/shop', # old\n", "  \"/n\",\n"),
        );
        check(text, &[all[1], all[2]], &text.replace("\n  \"~/shop\", # new", ""));
        check(text, &[all[0], all[1]], &text.replace("other='/o'\n", ""));
        check(
            text,
            &[all[0], all[1], ("/o", "other"), ("/p", "other")],
            &text.replace("'/o'", "[\"/o\", \"/p\"]"),
        );
        // A renamed entry keeps its list and comments.
        let shop = &text[text.find("# the shop").unwrap()..text.find("other=").unwrap()];
        let store = shop.replace("shop = ", "store = ");
        let renamed = text.replace(shop, "").replace("other='/o'\n", &format!("other='/o'\n{store}"));
        check(text, &[("/home/dev/shop", "store"), ("/old/shop", "store"), ("/o", "other")], &renamed);
    }

    #[test]
    fn only_lines_of_the_table_change_byte_for_byte() {
        check(
            "\u{feff}a = 1\r\n[project]\r\nx = \"/a\"\r\n\r\n[z]\n# end",
            &[("/b", "x")],
            "\u{feff}a = 1\r\n[project]\r\nx = \"/b\"\r\n\r\n[z]\n# end",
        );
        check("project.x = '/a'\nproject.y = '/b'\ntz='UTC'", &[("/b", "y")], "project.y = '/b'\ntz='UTC'");
        check(
            "project = { x = '/a' }\n",
            &[("/a", "x"), ("/b", "y")],
            "project = { x = '/a' , y = \"/b\" }\n",
        );
        check(
            "[project]\nx = [ '/a', '/b' ]\n",
            &[("/a", "x"), ("/c", "x")],
            "[project]\nx = ['/a', \"/c\"]\n",
        );
        check("[project]\nx = '/a'\n", &[], "[project]\n");
        check("[project]\nx = []\n", &[("/a", "x")], "[project]\nx = [\"/a\"]\n");
    }

    #[test]
    fn a_rule_moves_from_one_project_to_another() {
        check(
            "[project]\nx = ['/a', '/b']\ny = ['/c']\n",
            &[("/a", "y"), ("/b", "x"), ("/c", "y")],
            "[project]\nx = ['/b']\ny = ['/c', \"/a\"]\n",
        );
        check(
            "[project]\nx = '/a'\ny = '/b'\n",
            &[("/a", "y"), ("/b", "y")],
            "[project]\ny = [\"/b\", \"/a\"]\n",
        );
    }

    #[test]
    fn names_and_folders_of_any_characters_are_written_so_that_they_are_read_again() {
        let odd = ["a.b", "ä ö", "\"q\"", "'", "]", "= # x", "\u{202e}", "[project]"];
        let wanted: Vec<_> = odd.iter().map(|odd| (*odd, *odd)).collect();
        let file = RulesFile::default();
        for text in ["", "[project]\n", "project = {}\n", "[project]\n\"a.b\" = [\n  'a.b' # c\n]\n"] {
            let edited = edited(&file, text, &rules(&wanted)).unwrap();
            assert_eq!(file.parse(&edited).unwrap(), rules(&wanted), "{edited}");
        }
    }

    /// Returns a table in one of the common formats.
    fn written(rules: &Rules, form: u8) -> String {
        let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (folder, name) in rules {
            by_name.entry(name).or_default().push(folder);
        }
        let mut text = String::from("tz = 'UTC' # zone\n\n[project] # rules\n");
        for (name, folders) in by_name {
            let folders: Vec<_> = folders.iter().map(|folder| format!("'{folder}'")).collect();
            let list = match form % 4 {
                0 => format!("[{}]", folders.join(", ")),
                1 => format!("[\n  {} # last\n]", folders.join(", # comment\n  ")),
                2 => format!("[ {}, ]", folders.join(" ,")),
                _ => format!("[ # first\n\t{},\n\n# end\n] # behind", folders.join(",\n\t# above\n\t")),
            };
            text += &format!("# of {name}\n{name}={list}\n");
        }
        text + "\n# last words"
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]
        #[test]
        fn whatever_is_written_becomes_what_is_wanted(
            before in proptest::collection::btree_map("/[a-f]", "[x-z]", 0..6),
            after in proptest::collection::btree_map("/[a-f]", "[w-z]", 0..6),
            form: u8,
            has_returns: bool,
        ) {
            let newline = if has_returns { "\r\n" } else { "\n" };
            let text = written(&before, form).replace('\n', newline);
            let file = RulesFile::default();
            let changed = edited(&file, &text, &after).unwrap();
            assert_eq!(file.parse(&changed).unwrap(), after);
            let zone = format!("tz = 'UTC' # zone{newline}{newline}[project] # rules{newline}");
            assert!(changed.starts_with(&zone), "{changed}");
            assert!(changed.ends_with("# last words"), "{changed}");
            assert_eq!(changed.matches('\n').count(), changed.matches(newline).count());
            assert_eq!(edited(&file, &changed, &after).unwrap(), changed);
        }
    }
}
