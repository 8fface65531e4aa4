//! The projects of a home.

use crate::json::escape;
use crate::plan::Style;
use crate::random::Random;
use std::fmt::Write as _;

/// A working directory.
#[derive(Debug, Clone)]
pub(crate) struct WorkingDir {
    /// The path.
    pub(crate) path: String,
    /// The path as the inside of a JSON string.
    pub(crate) escaped: String,
}

impl WorkingDir {
    pub(crate) fn new(path: String) -> Self {
        let escaped = escape(&path);
        Self { path, escaped }
    }
}

/// A project.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    /// Its working directory.
    pub(crate) place: WorkingDir,
    /// Its folder below `projects/`.
    pub(crate) folder: String,
    /// Its share of the sessions.
    weight: u64,
    /// Its life, in thousandths of the home's.
    life: (u64, u64),
}

/// Path, share, and life in thousandths.
const DEMO: &[(&str, u64, (u64, u64))] = &[
    ("/home/dev/code/storefront", 30, (0, 1_000)),
    ("/home/dev/code/payments-api", 22, (0, 1_000)),
    ("/home/dev/code/data-pipeline", 16, (120, 1_000)),
    ("/home/dev/code/mobile-app", 14, (0, 620)),
    ("/home/dev/code/search-service", 18, (450, 1_000)),
    ("/home/dev/code/infra", 7, (0, 1_000)),
    ("/home/dev/notes/handbook", 4, (200, 1_000)),
];

/// More of them, chosen for their names: folders that collide, letters that become hyphens, a
/// path of another system, a path that is too long for a folder.
const STRANGE: &[(&str, u64, (u64, u64))] = &[
    ("/home/dev/lab/a-b", 3, (0, 1_000)),
    ("/home/dev/lab/a/b", 3, (0, 1_000)),
    ("/home/dev/café/naïve 🚀", 3, (0, 1_000)),
    (r"C:\Users\dev\src\tool", 4, (0, 1_000)),
    ("/", 1, (0, 1_000)),
    (
        "/home/dev/lab/a/tree/that/is/deep/and/has/long/names/for/every/one/of/its/many/levels/so/that/the/name/of/\
         the/folder/below/projects/is/cut/after/two/hundred/characters/and/ends/with/a/hash/of/the/whole/path",
        2,
        (0, 1_000),
    ),
];

/// Returns the projects of a home.
pub(crate) fn projects(style: Style) -> Vec<Project> {
    let strange = match style {
        Style::Demo | Style::Ordinary | Style::Lean => &[],
        Style::Stress | Style::Tangled => STRANGE,
    };
    DEMO.iter()
        .chain(strange)
        .map(|(path, weight, life)| Project {
            place: WorkingDir::new((*path).to_owned()),
            folder: folder(path),
            weight: *weight,
            life: *life,
        })
        .collect()
}

/// Returns the project of a session that begins at a time in thousandths of the home's life.
pub(crate) fn choose<'a>(projects: &'a [Project], random: &mut Random, permille: u64) -> &'a Project {
    let weights: Vec<u64> = projects
        .iter()
        .map(|project| {
            let (from, until) = project.life;
            u64::from((from..=until).contains(&permille)) * project.weight
        })
        .collect();
    &projects[random.weighted(&weights)]
}

/// Returns the folder that a working directory's transcripts are in.
///
/// Each UTF-16 unit but ASCII letters and digits becomes a hyphen; of long names, the first 200
/// characters and a hash of the path are kept.
fn folder(path: &str) -> String {
    let hyphenate = |unit: u16| match u8::try_from(unit) {
        Ok(byte) if byte.is_ascii_alphanumeric() => char::from(byte),
        _ => '-',
    };
    let name: String = path.encode_utf16().map(hyphenate).collect();
    if name.len() <= 200 {
        return name;
    }
    let hash =
        path.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    let mut short = name[..200].to_owned();
    short.push('-');
    write_base36(&mut short, hash.unsigned_abs());
    short
}

fn write_base36(text: &mut String, number: u32) {
    if number >= 36 {
        write_base36(text, number / 36);
    }
    let digit = char::from_digit(number % 36, 36).expect("less than 36");
    write!(text, "{digit}").expect("writing to memory does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_named_after_paths() {
        let check = |path: &str, expected: &str| assert_eq!(folder(path), expected);
        check("/home/dev/lab/a-b", "-home-dev-lab-a-b");
        check("/home/dev/lab/a/b", "-home-dev-lab-a-b");
        check(r"C:\Users\dev", "C--Users-dev");
        check("/é🚀x", "----x");
        assert_eq!(folder(&"/a".repeat(100)).len(), 200);
        assert_eq!(folder(&"/a".repeat(101)), format!("{}-qlz1ly", "-a".repeat(100)));
    }

    #[test]
    fn ended_projects_get_no_sessions() {
        let projects = projects(Style::Demo);
        let mut random = Random::new(1);
        assert!((0..500).all(|_| !choose(&projects, &mut random, 900).place.path.ends_with("mobile-app")));
    }
}
