//! The project of a session.
//!
//! A project is where a session was started: the first working directory that it names, normalised, and
//! folded to the repository if it is a worktree. Working directories are only names here: the file system
//! is not accessed, so that a project stays the same when its folder is deleted or on another machine.

use std::collections::{BTreeMap, BTreeSet};

/// The folders in which Claude Code creates worktrees of a repository.
const WORKTREES: [&str; 2] = [".claude", "worktrees"];

/// Returns a working directory in normal form, in which equal directories are equal texts: a drive letter is a
/// capital, separators are those of the system it is from, without doubled or trailing ones.
#[must_use]
pub fn normalised(folder: &str) -> String {
    Path::of(folder).to_string()
}

/// Project names of folders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Projects {
    /// The repository of each worktree found in transcripts, both normalised.
    worktrees: BTreeMap<String, String>,
    /// The project name of each folder with a rule, normalised.
    rules: BTreeMap<String, String>,
}

impl Projects {
    /// Returns names by rules: for each project name, its folders, which include everything below
    /// them.
    #[must_use]
    pub fn by_rules(rules: &BTreeMap<String, BTreeSet<String>>) -> Self {
        let rules = rules
            .iter()
            .flat_map(|(name, folders)| folders.iter().map(|folder| (normalised(folder), name.clone())))
            .collect();
        Self { rules, ..Self::default() }
    }

    /// Returns the same names with worktrees, each with its repository.
    #[must_use]
    pub fn with_worktrees<'w>(&self, worktrees: impl IntoIterator<Item = (&'w str, &'w str)>) -> Self {
        let worktrees = worktrees.into_iter().map(|(tree, of)| (normalised(tree), normalised(of))).collect();
        Self { worktrees, rules: self.rules.clone() }
    }

    /// Returns the names by other rules, with the same worktrees.
    #[must_use]
    pub fn with_rules(&self, others: &Self) -> Self {
        Self { worktrees: self.worktrees.clone(), rules: others.rules.clone() }
    }

    /// Returns the project of a session that was started in a folder.
    #[must_use]
    pub fn name(&self, folder: &str) -> String {
        self.membership(folder).project
    }

    /// Returns the project of a session that was started in a folder, and the reason.
    #[must_use]
    pub fn membership(&self, folder: &str) -> Membership {
        let start = Path::of(folder);
        let mut path = start.clone();
        let mut worktree = path.leave_worktree();
        // A worktree can be created from another one.
        for _ in 0..MOST_FOLDS {
            let Some((root, repository)) = path.nearest(&self.worktrees) else { break };
            worktree.get_or_insert(root);
            path = Path::of(repository);
            path.leave_worktree();
        }
        // A rule for a worktree itself, or for a folder in it, takes precedence over its repository.
        let own_rule = worktree.and_then(|root| start.nearest(&self.rules).filter(|(at, _)| *at >= root));
        if own_rule.is_some() {
            path = start.clone();
        }
        let rule = own_rule.or_else(|| path.nearest(&self.rules));
        Membership {
            project: rule.map_or_else(|| path.to_string(), |(_, name)| name.clone()),
            folder: start.to_string(),
            repository: worktree.filter(|_| path != start).map(|_| path.to_string()),
            rule: rule.map(|(at, _)| path.up_to(at).to_string()),
        }
    }

    /// Returns the project name of each folder with a rule, normalised.
    #[must_use]
    pub fn rules(&self) -> &BTreeMap<String, String> {
        &self.rules
    }
}

/// The project of a folder, and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// Name of the project.
    pub project: String,
    /// The folder, normalised.
    pub folder: String,
    /// The repository that the folder is counted to, if it is a worktree.
    pub repository: Option<String>,
    /// The folder of the rule that names the project, if any.
    pub rule: Option<String>,
}

/// Maximum depth of following a worktree to its repository: two could name each other.
const MOST_FOLDS: usize = 8;

/// A working directory, split into components.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Path {
    /// The root before the first component: `/`, `C:\`, `\\`, or nothing for the name of a folder.
    root: String,
    components: Vec<String>,
    separator: char,
}

impl Path {
    fn of(folder: &str) -> Self {
        let plain = folder.strip_prefix(r"\\?\").unwrap_or(folder);
        let mut chars = plain.chars();
        let drive = chars.next().filter(char::is_ascii_alphabetic).filter(|_| chars.next() == Some(':'));
        let is_separated = matches!(plain.chars().nth(2), None | Some('/' | '\\'));
        let (root, rest, separator) = match drive.filter(|_| is_separated) {
            Some(letter) => (format!("{}:\\", letter.to_ascii_uppercase()), &plain[2..], '\\'),
            None if plain.starts_with(r"\\") => (r"\\".to_owned(), plain, '\\'),
            None if plain.starts_with('/') => ("/".to_owned(), plain, '/'),
            None => return Self { root: folder.to_owned(), components: Vec::new(), separator: '/' },
        };
        let is_separator = |char| char == '/' || char == separator;
        let components = rest.split(is_separator).filter(|part| !matches!(*part, "" | "."));
        Self { root, components: components.map(str::to_owned).collect(), separator }
    }

    /// Moves up to the repository of a worktree that Claude Code created below it, and returns the number of
    /// components of the worktree's own folder.
    fn leave_worktree(&mut self) -> Option<usize> {
        let mut pairs = self.components.windows(WORKTREES.len() + 1);
        let at = pairs.position(|names| names[..WORKTREES.len()] == WORKTREES)?;
        self.components.truncate(at);
        Some(at + WORKTREES.len() + 1)
    }

    /// Returns the known value of the folder, or of the nearest one above it, and how many components that
    /// one has.
    fn nearest<'k>(&self, known: &'k BTreeMap<String, String>) -> Option<(usize, &'k String)> {
        if known.is_empty() {
            return None;
        }
        let mut above = self.clone();
        loop {
            if let Some(found) = known.get(&above.to_string()) {
                return Some((above.components.len(), found));
            }
            above.components.pop()?;
        }
    }

    /// Returns the folder of the first components.
    fn up_to(&self, components: usize) -> Self {
        let mut above = self.clone();
        above.components.truncate(components);
        above
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.root)?;
        for (at, component) in self.components.iter().enumerate() {
            if at > 0 {
                write!(f, "{}", self.separator)?;
            }
            f.write_str(component)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_folder_has_one_name() {
        let check = |folder: &str, expected: &str| {
            assert_eq!(normalised(folder), expected, "{folder}");
            assert_eq!(normalised(expected), expected);
        };
        check("/home/dev/app", "/home/dev/app");
        check("/home/dev/app/", "/home/dev/app");
        check("/home//dev/./app", "/home/dev/app");
        check("/", "/");
        check(r"c:\Users\dev\shop", r"C:\Users\dev\shop");
        check("C:/Users/dev/shop/", r"C:\Users\dev\shop");
        check(r"c:\", r"C:\");
        check("c:", r"C:\");
        check(r"\\?\c:\Users\dev", r"C:\Users\dev");
        check(r"\\server\share\\app\", r"\\server\share\app");
        // A backslash is a character of a name where it separates nothing.
        check(r"/home/a\b", r"/home/a\b");
        // The name of a folder of transcripts, where no line names a working directory.
        check("-home-dev-app", "-home-dev-app");
        check("", "");
        check("c:x", "c:x");
    }

    #[test]
    fn worktrees_are_of_their_repository() {
        let projects = Projects::default();
        let check = |folder: &str, expected: &str| assert_eq!(projects.name(folder), expected, "{folder}");
        check("/home/dev/lens/.claude/worktrees/drift", "/home/dev/lens");
        check("/home/dev/lens/.claude/worktrees/drift/crates/a", "/home/dev/lens");
        check("/home/dev/lens/.claude/worktrees/a/.claude/worktrees/b/", "/home/dev/lens");
        check(r"c:\dev\lens\.claude\worktrees\drift", r"C:\dev\lens");
        // The folder of the worktrees itself is not a worktree.
        check("/home/dev/lens/.claude/worktrees", "/home/dev/lens/.claude/worktrees");
        check("/home/dev/lens/sub", "/home/dev/lens/sub");

        let projects = projects.with_worktrees([("/wt/one/", "/home/dev/lens"), ("/a", "/b"), ("/b", "/a")]);
        assert_eq!(projects.name("/wt/one"), "/home/dev/lens");
        assert_eq!(projects.name("/wt/one/crates"), "/home/dev/lens");
        assert_eq!(projects.name("/wt/onerous"), "/wt/onerous");
        // A cycle of two worktrees ends.
        assert_eq!(projects.name("/a"), "/a");
    }

    #[test]
    fn a_membership_has_a_reason() {
        let folders = |folder: &str| BTreeSet::from([folder.to_owned()]);
        let rules = BTreeMap::from([
            ("lens".to_owned(), folders("/home/dev/lens/")),
            ("drift".to_owned(), folders("/home/dev/lens/.claude/worktrees/drift")),
            ("two".to_owned(), folders("/wt/two/crates")),
            ("all".to_owned(), folders("/wt")),
        ]);
        let projects = Projects::by_rules(&rules)
            .with_worktrees([("/wt/one", "/home/dev/lens"), ("/wt/two", "/srv/other")]);
        let check = |folder: &str, project: &str, repository: Option<&str>, rule: Option<&str>| {
            let found = projects.membership(folder);
            let expected = Membership {
                project: project.to_owned(),
                folder: normalised(folder),
                repository: repository.map(str::to_owned),
                rule: rule.map(str::to_owned),
            };
            assert_eq!(found, expected);
            assert_eq!(projects.name(folder), project);
        };
        check("/home/dev/app/", "/home/dev/app", None, None);
        check("/home/dev/lens/web", "lens", None, Some("/home/dev/lens"));
        // A rule above a worktree leaves it to its repository; one for it, or in it, does not.
        check("/wt/one", "lens", Some("/home/dev/lens"), Some("/home/dev/lens"));
        check("/wt/two", "/srv/other", Some("/srv/other"), None);
        check("/wt/two/crates/a", "two", None, Some("/wt/two/crates"));
        check("/wt/three", "all", None, Some("/wt"));
        let tree = "/home/dev/lens/.claude/worktrees";
        check(&format!("{tree}/drift/a"), "drift", None, Some(&format!("{tree}/drift")));
        check(&format!("{tree}/other"), "lens", Some("/home/dev/lens"), Some("/home/dev/lens"));
    }

    #[test]
    fn rules_join_and_rename_projects() {
        let folders = |folders: &[&str]| folders.iter().map(|folder| (*folder).to_owned()).collect();
        let rules = BTreeMap::from([
            ("shop".to_owned(), folders(&["/home/dev/shop", r"c:\dev\shop"])),
            ("admin".to_owned(), folders(&["/home/dev/shop/admin/"])),
        ]);
        let projects = Projects::by_rules(&rules);
        let check = |folder: &str, expected: &str| assert_eq!(projects.name(folder), expected, "{folder}");
        check("/home/dev/shop", "shop");
        check("/home/dev/shop/web", "shop");
        check("/home/dev/shop/.claude/worktrees/x", "shop");
        check("/home/dev/shop/admin/x", "admin");
        check("C:/dev/shop", "shop");
        check("/home/dev/shops", "/home/dev/shops");
    }
}
