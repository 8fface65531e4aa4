//! Rules of modules: no cycles between those of a crate, and no import of a family outside its crate.
//!
//! # Design
//!
//! Imports are read from the tokens of the sources, so a path in a macro counts and one in a comment does
//! not. Modules of the same level must not reach themselves by imports, from their own file or one below it.
//! A module and its submodules are one subject, and may refer to each other. A re-exported name belongs to
//! its defining module. Test modules are omitted.
//!
//! The compiler's own model of modules was rejected because it is unstable. Crates that parse Rust were
//! rejected because every derive macro of this workspace and its dependencies would be compiled a second time
//! for them.

use super::layers;
use super::tokens::{Token, tokens};
use super::tree::Tree;
use std::collections::{BTreeMap, BTreeSet};

/// Sibling modules of a crate without imports of each other.
const WALLS: &[(&str, &[&str])] =
    &[("ctm-server", &["api", "base", "guard", "login", "mcp", "otlp", "page"])];

/// Exports that lead from one to the next, at most.
const MOST_EXPORTS: usize = 8;

/// The path of a module or an item, without `crate`.
type Path = Vec<String>;

/// The modules of a crate and what each imports.
#[derive(Default)]
struct Modules {
    /// Every module, with the paths that it names, from the root of the crate.
    imports: BTreeMap<Path, BTreeSet<Path>>,
    /// Names that a module imports or re-exports, with their paths from the root of the crate.
    exports: BTreeMap<(Path, String), Path>,
}

/// No crate has a circle between its modules.
pub(crate) fn circles(tree: &Tree) -> Vec<String> {
    let mut breaches = Vec::new();
    for (member, files) in members(tree) {
        let mut modules = Modules::default();
        for (path, text) in files {
            modules.read(&module_of(path), &tokens(text));
        }
        for circle in modules.circles() {
            breaches
                .push(format!("{member}: modules import each other in a circle: {}", circle.join(" -> ")));
        }
    }
    breaches
}

/// Sibling modules do not import each other.
pub(crate) fn walls(tree: &Tree) -> Vec<String> {
    let mut breaches = Vec::new();
    for (member, files) in members(tree) {
        let Some((_, beside)) = WALLS.iter().find(|(name, _)| *name == member) else { continue };
        for (path, text) in files {
            let module = module_of(path);
            let Some(own) = module.first().filter(|own| beside.contains(&own.as_str())) else { continue };
            let mut modules = Modules::default();
            modules.read(&module, &tokens(text));
            let named: BTreeSet<_> =
                modules.imports.values().flatten().filter_map(|path| path.first()).collect();
            for other in named.into_iter().filter(|name| *name != own && beside.contains(&name.as_str())) {
                breaches.push(format!("{member}: src/{path} imports {other}, a sibling of {own}"));
            }
        }
    }
    breaches
}

/// Only the crates that own a family of packages name it in their sources.
pub(crate) fn imports(tree: &Tree) -> Vec<String> {
    let mut breaches = Vec::new();
    for (member, files) in members(tree) {
        for (path, text) in files {
            let mut named = BTreeSet::new();
            collect_roots(&tokens(text), &mut named);
            for name in named {
                if let Some(owners) = layers::owners_of(&name.replace('_', "-"))
                    && !owners.contains(&member)
                {
                    breaches.push(format!(
                        "{member}: src/{path} names {name}, which is for {} alone",
                        owners.join(", ")
                    ));
                }
            }
        }
    }
    breaches
}

/// Returns the members with their sources: each path below `src`, and its text.
fn members(tree: &Tree) -> BTreeMap<&str, Vec<(&str, &str)>> {
    let mut members: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for (path, text) in tree.rust() {
        if let Some((folder, source)) = path.split_once("/src/") {
            let member = folder.rsplit('/').next().unwrap_or(folder);
            members.entry(member).or_default().push((source, text));
        }
    }
    members
}

/// Returns the module of a file below `src`.
fn module_of(path: &str) -> Path {
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let mut module: Path = path.split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|last| last == "mod") || ["lib", "main"].contains(&path) {
        module.pop();
    }
    module
}

impl Modules {
    fn read(&mut self, module: &Path, tokens: &[Token]) {
        for length in 0..=module.len() {
            self.imports.entry(module[..length].to_vec()).or_default();
        }
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at..] {
                // A module of tests, or something else that only tests have.
                [Token::Sign('#'), Token::Group('[', attribute), ..] if is_for_tests(attribute) => {
                    at += item_length(&tokens[at..]);
                }
                [Token::Word(word), Token::Word(name), Token::Group('{', body), ..] if word == "mod" => {
                    let within = module.iter().chain([name]).cloned().collect();
                    self.read(&within, body);
                    at += 3;
                }
                [Token::Word(word), rest @ ..] if word == "use" => {
                    let length = rest.iter().position(|token| *token == Token::Sign(';')).unwrap_or(0);
                    self.read_use(module, &rest[..length]);
                    at += length + 1;
                }
                [Token::Group(_, group), ..] => {
                    self.read(module, group);
                    at += 1;
                }
                [Token::Word(_), ..] if begins_path(tokens, at) => {
                    let (path, length) = path(&tokens[at..]);
                    if let Some(path) = from_root(module, &path).filter(|_| path.len() > 1) {
                        self.imports.entry(module.clone()).or_default().insert(path);
                    }
                    at += length;
                }
                _ => at += 1,
            }
        }
    }

    fn read_use(&mut self, module: &Path, tokens: &[Token]) {
        let mut paths = Vec::new();
        expand(&Path::new(), tokens, &mut paths);
        for (path, name) in paths {
            let absolute = from_root(module, &path);
            if let Some(absolute) = &absolute {
                self.imports.entry(module.clone()).or_default().insert(absolute.clone());
            }
            let within = || module.iter().chain(&path).cloned().collect();
            self.exports.insert((module.clone(), name), absolute.unwrap_or_else(within));
        }
    }

    /// Returns the module that has what a path names.
    fn resolve(&self, path: &Path, exports: usize) -> Path {
        let mut module = Path::new();
        for (number, name) in path.iter().enumerate() {
            let mut next = module.clone();
            next.push(name.clone());
            if self.imports.contains_key(&next) {
                module = next;
            } else if let Some(behind) =
                self.exports.get(&(module.clone(), name.clone())).filter(|_| exports > 0)
                && behind.first().is_some_and(|first| self.imports.contains_key(&vec![first.clone()]))
            {
                let behind = behind.iter().chain(&path[number + 1..]).cloned().collect();
                return self.resolve(&behind, exports - 1);
            } else {
                break;
            }
        }
        module
    }

    /// Returns a circle for each level that has one.
    fn circles(&self) -> Vec<Path> {
        let mut levels: BTreeMap<Path, BTreeMap<&str, BTreeSet<String>>> = BTreeMap::new();
        for (module, paths) in &self.imports {
            for path in paths {
                let target = self.resolve(path, MOST_EXPORTS);
                let shared = module.iter().zip(&target).take_while(|(from, to)| from == to).count();
                if let (Some(from), Some(to)) = (module.get(shared), target.get(shared)) {
                    let level = levels.entry(module[..shared].to_vec()).or_default();
                    level.entry(from).or_default().insert(to.clone());
                }
            }
        }
        levels
            .iter()
            .filter_map(|(level, arrows)| {
                let circle = arrows.keys().find_map(|start| circle(arrows, start))?;
                let name =
                    |module: String| level.iter().cloned().chain([module]).collect::<Vec<_>>().join("::");
                Some(circle.into_iter().map(name).collect())
            })
            .collect()
    }
}

/// Returns the shortest way from a module back to itself.
fn circle(arrows: &BTreeMap<&str, BTreeSet<String>>, start: &str) -> Option<Path> {
    let mut ways = std::collections::VecDeque::from([vec![start.to_owned()]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        let last = way.last()?.as_str();
        for next in arrows.get(last).into_iter().flatten() {
            let way: Path = way.iter().chain([next]).cloned().collect();
            if next == start {
                return Some(way);
            }
            if seen.insert(next.clone()) {
                ways.push_back(way);
            }
        }
    }
    None
}

/// Returns whether an attribute removes an item from the shipped program: `cfg(test)`, or `cfg(all(test,
/// ..))`.
fn is_for_tests(attribute: &[Token]) -> bool {
    let is_test = |token: &Token| matches!(token, Token::Word(word) if word == "test");
    let [Token::Word(cfg), Token::Group('(', what)] = attribute else { return false };
    cfg == "cfg"
        && match &what[..] {
            [Token::Word(all), Token::Group('(', parts)] if all == "all" => parts.iter().any(is_test),
            [only] => is_test(only),
            _ => false,
        }
}

/// Returns how many tokens an item has, with its attributes.
fn item_length(tokens: &[Token]) -> usize {
    let is_end = |token: &Token| matches!(token, Token::Group('{', _) | Token::Sign(';'));
    tokens.iter().position(is_end).map_or(tokens.len(), |end| end + 1)
}

/// Returns the path that tokens begin with, and how many tokens it has.
fn path(tokens: &[Token]) -> (Path, usize) {
    let mut path = Path::new();
    let mut at = 0;
    while let Some(Token::Word(name)) = tokens.get(at) {
        path.push(name.clone());
        at += 1;
        match &tokens[at..] {
            [Token::Sign(':'), Token::Sign(':'), Token::Word(_), ..] => at += 2,
            _ => break,
        }
    }
    (path, at)
}

/// Returns the paths of a `use`, each with the name that it is given.
fn expand(before: &Path, tokens: &[Token], paths: &mut Vec<(Path, String)>) {
    for tree in tokens.split(|token| *token == Token::Sign(',')) {
        let (names, length) = path(tree);
        let mut full: Path = before.iter().chain(&names).cloned().collect();
        match tree[length..].iter().find(|token| !is_path_sign(token)) {
            Some(Token::Group(_, group)) => expand(&full, group, paths),
            Some(Token::Word(word)) if word == "as" => {
                if let Some(Token::Word(name)) = tree.get(length + 1) {
                    paths.push((full, name.clone()));
                }
            }
            _ => {
                if full.last().is_some_and(|last| last == "self") {
                    full.pop();
                }
                if let Some(name) = full.last().cloned() {
                    paths.push((full, name));
                }
            }
        }
    }
}

/// Returns a path from the root of the crate, unless it begins elsewhere.
fn from_root(module: &Path, path: &Path) -> Option<Path> {
    let supers = path.iter().take_while(|name| *name == "super").count();
    match path.first()?.as_str() {
        "crate" => Some(path[1..].to_vec()),
        "self" => Some(module.iter().chain(&path[1..]).cloned().collect()),
        "super" => {
            let above = &module[..module.len().saturating_sub(supers)];
            Some(above.iter().chain(&path[supers..]).cloned().collect())
        }
        _ => None,
    }
}

/// Collects the first names of paths, each of which may be a package.
fn collect_roots(tokens: &[Token], roots: &mut BTreeSet<String>) {
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Group(_, group) => collect_roots(group, roots),
            Token::Word(name) => {
                let is_longer = matches!(&tokens[at + 1..], [Token::Sign(':'), Token::Sign(':'), ..]);
                if begins_path(tokens, at) && is_longer {
                    roots.insert(name.clone());
                }
            }
            Token::Sign(_) => {}
        }
    }
}

/// Returns whether a path begins at a word: nothing of the same path, and no `$` of a macro, is before it.
fn begins_path(tokens: &[Token], at: usize) -> bool {
    !matches!(&tokens[..at], [.., Token::Sign(':'), Token::Sign(':')] | [.., Token::Sign('$')])
}

/// Returns whether a token is a half of `::`, or the `$` of a macro's own crate.
fn is_path_sign(token: &Token) -> bool {
    matches!(token, Token::Sign(':' | '$'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<const N: usize>(files: [(&str, &str); N], expected: &[&str]) {
        assert_eq!(circles(&Tree::from(files)), expected);
    }

    #[test]
    fn a_circle_between_modules_is_found() {
        check(
            [("crates/a/src/x.rs", "use crate::y::Y;"), ("crates/a/src/y.rs", "fn f() { super::x::g() }")],
            &["a: modules import each other in a circle: x -> y -> x"],
        );
        check(
            [
                ("crates/a/src/http/x.rs", "use super::{y::{Y, Z}, W};"),
                ("crates/a/src/http/y.rs", "use crate::http::z;"),
                ("crates/a/src/http/z/mod.rs", "fn f() { vec![super::x::ONE] }"),
            ],
            &["a: modules import each other in a circle: http::x -> http::y -> http::z -> http::x"],
        );
        check(
            [
                ("crates/a/src/x.rs", "struct X { y: crate::y::Y }"),
                ("crates/a/src/y.rs", "fn f(x: super::x::X) {}"),
            ],
            &["a: modules import each other in a circle: x -> y -> x"],
        );
        check([("crates/a/src/x.rs", "use crate::y::Y;"), ("crates/a/src/y.rs", "use crate::z;")], &[]);
    }

    #[test]
    fn a_file_deep_within_a_module_counts_for_the_module() {
        check(
            [
                ("crates/a/src/api/ws/end.rs", "use crate::guard::A;"),
                ("crates/a/src/guard/mod.rs", "use crate::api::B;"),
            ],
            &["a: modules import each other in a circle: api -> guard -> api"],
        );
    }

    #[test]
    fn re_exports_belong_to_the_defining_module() {
        check(
            [
                ("crates/a/src/lib.rs", "mod x; mod y; pub use x::X; pub(crate) use y::{Y as Other};"),
                ("crates/a/src/x.rs", "use crate::Other;"),
                ("crates/a/src/y.rs", "use super::X;"),
            ],
            &["a: modules import each other in a circle: x -> y -> x"],
        );
    }

    #[test]
    fn a_module_and_those_within_it_may_name_each_other() {
        check(
            [
                ("crates/a/src/x/mod.rs", "mod y; use y::Y; struct X;"),
                ("crates/a/src/x/y.rs", "use super::X; use crate::x;"),
            ],
            &[],
        );
    }

    #[test]
    fn tests_and_comments_import_nothing() {
        check(
            [
                ("crates/a/src/x.rs", "use crate::y::Y;"),
                (
                    "crates/a/src/y.rs",
                    "// crate::x\n#[cfg(test)]\nmod tests { use crate::x::X; }\n#[cfg(test)] use crate::x;",
                ),
                ("crates/a/tests/it/z.rs", "use crate::x::X;"),
            ],
            &[],
        );
        check(
            [
                ("crates/a/src/x.rs", "use crate::y::Y;"),
                ("crates/a/src/y.rs", "#[cfg(all(test, unix))]\nmod tests { use crate::x::X; }"),
            ],
            &[],
        );
        check(
            [
                ("crates/a/src/x.rs", "use crate::y::Y;"),
                ("crates/a/src/y.rs", "#[cfg(not(test))]\nmod shipped { use crate::x::X; }"),
            ],
            &["a: modules import each other in a circle: x -> y -> x"],
        );
    }

    #[test]
    fn sibling_modules_do_not_import_each_other() {
        let check = |path: &str, text: &str, expected: &[&str]| {
            assert_eq!(walls(&Tree::from([(path, text)])), expected, "{path}: {text}");
        };
        check(
            "crates/ctm-server/src/login/mod.rs",
            "use crate::guard::Guard; use crate::http::Problem;",
            &["ctm-server: src/login/mod.rs imports guard, a sibling of login"],
        );
        check("crates/ctm-server/src/guard/body.rs", "use crate::guard::Guard; use super::refuse;", &[]);
        check("crates/ctm-server/src/server.rs", "use crate::guard::Guard;", &[]);
        check("crates/ctm-report/src/login.rs", "use crate::guard::Guard;", &[]);
    }

    #[test]
    fn only_its_owner_imports_a_family() {
        let check = |path: &str, text: &str, expected: &[&str]| {
            assert_eq!(imports(&Tree::from([(path, text)])), expected, "{path}: {text}");
        };
        check("crates/ctm-storage/src/a.rs", "use sqlx::Row;", &[]);
        check("crates/ctm-export/src/a.rs", "// actix_web::x\nuse crate::actix_web;", &[]);
        check(
            "crates/ctm-export/src/a.rs",
            "use actix_web::HttpRequest;",
            &["ctm-export: src/a.rs names actix_web, which is for ctm-server alone"],
        );
        check(
            "crates/ctm-aggregate/src/a.rs",
            "fn f() { sqlx::query!(1) }",
            &["ctm-aggregate: src/a.rs names sqlx, which is for ctm-sqlite, ctm-storage, ctm-team alone"],
        );
    }
}
