//! Finding the transcripts of a home.

use crate::roots::Root;
use ctm_types::{FileIdentity, TranscriptPath};
use std::collections::HashSet;
use std::fmt;
use std::fs::Metadata;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;
use walkdir::WalkDir;

/// A transcript as it lay there when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranscriptFile {
    /// How facts name it.
    pub path: TranscriptPath,
    /// Where to open it.
    pub absolute: PathBuf,
    /// Which file it is.
    pub identity: FileIdentity,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// When it was last modified, in nanoseconds since the epoch.
    pub modified_ns: i64,
    /// The `.meta.json` beside it, if it is a subagent's transcript and has one.
    pub meta: Option<PathBuf>,
}

/// Something that could not be examined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub path: PathBuf,
    /// What the system said.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read `{}`: {}", self.path.display(), self.message)
    }
}

/// What a home holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Discovery {
    /// All transcripts, by path; a file that can be reached in several ways is listed once.
    pub files: Vec<TranscriptFile>,
    /// What could not be examined. Only when this is empty is a transcript that is not listed gone.
    pub problems: Vec<Problem>,
}

/// Finds every transcript of a home: each `*.jsonl` at any depth below `projects/`, but
/// `journal.jsonl`, which logs a workflow and has no usage.
///
/// Symbolic links are followed, without loops. What cannot be examined is reported and does not
/// keep the rest from being found.
#[must_use]
pub fn discover(root: &Root) -> Discovery {
    let mut discovery = Discovery::default();
    let mut metas = HashSet::new();
    let mut identities = HashSet::new();
    let walk = WalkDir::new(root.path.join("projects")).follow_links(true).sort_by_file_name();
    for entry in walk {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                discovery.problems.extend(problem(&error, root));
                continue;
            }
        };
        if is_meta(entry.path()) {
            metas.insert(entry.into_path());
        } else if is_transcript(entry.path()) {
            match entry.metadata() {
                Ok(metadata) => {
                    let file = describe(root, entry.path(), &metadata);
                    let known =
                        cfg!(unix) && file.as_ref().is_some_and(|file| !identities.insert(file.identity));
                    discovery.files.extend(file.filter(|_| !known));
                }
                Err(error) => discovery.problems.extend(problem(&error, root)),
            }
        }
    }
    for file in &mut discovery.files {
        file.meta = meta_of(&file.absolute).filter(|meta| metas.contains(meta));
    }
    discovery
}

/// Examines one path and returns the transcript that it is, or `None` if it is none (any more).
#[must_use]
pub fn inspect(root: &Root, absolute: &Path) -> Option<TranscriptFile> {
    if !is_transcript(absolute) || !absolute.starts_with(root.path.join("projects")) {
        return None;
    }
    let metadata = absolute.metadata().ok()?;
    let file = describe(root, absolute, &metadata)?;
    Some(TranscriptFile { meta: meta_of(absolute).filter(|meta| meta.exists()), ..file })
}

fn is_transcript(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "jsonl")
        && path.file_name().is_some_and(|name| name != "journal.jsonl")
}

fn is_meta(path: &Path) -> bool {
    path.to_str().is_some_and(|path| path.ends_with(".meta.json"))
}

fn meta_of(transcript: &Path) -> Option<PathBuf> {
    let stem = transcript.file_stem()?.to_str()?;
    stem.starts_with("agent-").then(|| transcript.with_file_name(format!("{stem}.meta.json")))
}

fn describe(root: &Root, absolute: &Path, metadata: &Metadata) -> Option<TranscriptFile> {
    if !metadata.is_file() {
        return None;
    }
    Some(TranscriptFile {
        path: TranscriptPath { root: root.name.clone(), relative: relative(root, absolute)? },
        absolute: absolute.to_owned(),
        identity: identity(metadata),
        size_bytes: metadata.len(),
        modified_ns: modified_ns(metadata),
        meta: None,
    })
}

/// Returns the path below the home, with `/` as separator.
fn relative(root: &Root, absolute: &Path) -> Option<Arc<str>> {
    let relative = absolute.strip_prefix(&root.path).ok()?;
    match relative.to_str() {
        Some(text) if MAIN_SEPARATOR == '/' => Some(text.into()),
        _ => {
            let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
            Some(parts.join("/").into())
        }
    }
}

/// Returns what tells the file from another at the same path.
#[cfg(unix)]
pub(crate) fn identity(metadata: &Metadata) -> FileIdentity {
    use std::os::unix::fs::MetadataExt;
    FileIdentity { device: metadata.dev(), inode: metadata.ino() }
}

/// Returns what tells the file from another at the same path: nothing, so that only its size
/// and its content do.
#[cfg(not(unix))]
pub(crate) fn identity(_metadata: &Metadata) -> FileIdentity {
    FileIdentity { device: 0, inode: 0 }
}

/// Returns the time of the last modification in nanoseconds since the epoch, or 0 where the
/// platform does not tell.
pub(crate) fn modified_ns(metadata: &Metadata) -> i64 {
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    modified.map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// Describes what the walk stumbled over; a loop of links and a home without `projects/` are no
/// problem.
fn problem(error: &walkdir::Error, root: &Root) -> Option<Problem> {
    let not_found = error.io_error().is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound);
    if error.loop_ancestor().is_some() || not_found {
        return None;
    }
    let path = error.path().map_or_else(|| root.path.clone(), Path::to_owned);
    let message = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
    Some(Problem { path, message })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn home(files: &[&str]) -> (tempfile::TempDir, Root) {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let root = Root::open(dir.path()).unwrap();
        (dir, root)
    }

    fn found(root: &Root) -> Vec<String> {
        let discovery = discover(root);
        assert_eq!(discovery.problems, []);
        discovery.files.iter().map(|file| file.path.relative.to_string()).collect()
    }

    #[test]
    fn every_transcript_at_any_depth_is_found_and_nothing_else() {
        let (_dir, root) = home(&[
            "projects/-p/s.jsonl",
            "projects/-p/agent-1.jsonl",
            "projects/-p/s/subagents/agent-2.jsonl",
            "projects/-p/s/subagents/agent-2.meta.json",
            "projects/-p/s/subagents/workflows/wf_1/agent-3.jsonl",
            "projects/-p/s/subagents/workflows/wf_1/journal.jsonl",
            "projects/-p/s/tool-results/x.txt",
            "projects/-p/s.json",
            "projects/-p/s.jsonl.bak",
            "projects/-p/sessions-index.json",
            "history.jsonl",
        ]);
        assert_eq!(
            found(&root),
            [
                "projects/-p/agent-1.jsonl",
                "projects/-p/s/subagents/agent-2.jsonl",
                "projects/-p/s/subagents/workflows/wf_1/agent-3.jsonl",
                "projects/-p/s.jsonl",
            ]
        );
        let metas: Vec<_> = discover(&root).files.iter().map(|file| file.meta.is_some()).collect();
        assert_eq!(metas, [false, true, false, false]);
    }

    #[test]
    fn a_home_without_projects_is_empty() {
        let (_dir, root) = home(&["settings.json"]);
        assert_eq!(found(&root), Vec::<String>::new());
    }

    #[test]
    fn one_file_can_be_examined_alone() {
        let (_dir, root) = home(&["projects/-p/s.jsonl", "projects/-p/s.txt", "other/s.jsonl"]);
        let inspected = |path: &str| inspect(&root, &root.path.join(path));
        assert_eq!(inspected("projects/-p/s.jsonl"), discover(&root).files.first().cloned());
        assert_eq!(inspected("projects/-p/s.txt"), None);
        assert_eq!(inspected("projects/-p/gone.jsonl"), None);
        assert_eq!(inspected("other/s.jsonl"), None);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_without_loops_and_without_doubles() {
        let (_dir, root) = home(&["projects/-p/s.jsonl", "elsewhere/t.jsonl"]);
        let link = |from: &str, to: &str| {
            std::os::unix::fs::symlink(root.path.join(to), root.path.join(from)).unwrap();
        };
        link("projects/-p/loop", "projects");
        link("projects/-q", "projects/-p");
        link("projects/-r", "elsewhere");
        link("projects/broken", "nowhere");
        assert_eq!(found(&root), ["projects/-p/s.jsonl", "projects/-r/t.jsonl"]);
    }
}
