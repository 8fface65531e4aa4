//! Finding the transcripts of a home.

use crate::homes::ClaudeHome;
use ctm_types::{FileIdentity, TranscriptPath};
use std::collections::HashSet;
use std::fmt;
use std::fs::Metadata;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;
use walkdir::{DirEntry, WalkDir};

/// File name of Claude Code's own statistics below the home.
const STATS_CACHE: &str = "stats-cache.json";

/// Returns the path of a home's statistics, whether they exist or not.
pub(crate) fn stats_cache_path(home: &ClaudeHome) -> PathBuf {
    home.path.join(STATS_CACHE)
}

/// A transcript as it was at the time of examination.
///
/// There may be hundreds of thousands of them, so that what follows from the path is not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranscriptFile {
    /// Its path in facts.
    pub path: TranscriptPath,
    /// Identity of the file.
    pub identity: FileIdentity,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// Time of modification, in nanoseconds since the epoch.
    pub modified_ns: i64,
    /// The path to open it by, if its name differs: it is not Unicode, or the home is elsewhere.
    lies_at: Option<Box<Path>>,
}

impl TranscriptFile {
    /// Returns the path to open it by.
    #[must_use]
    pub fn absolute(&self) -> PathBuf {
        match &self.lies_at {
            Some(path) => path.to_path_buf(),
            None => {
                let mut path = PathBuf::from(&*self.path.home);
                path.extend(self.path.relative.split('/'));
                path
            }
        }
    }

    /// Returns the path of its `.meta.json`, whether it exists or not, if it is a subagent's transcript.
    #[must_use]
    pub fn meta(&self) -> Option<PathBuf> {
        let (_, name) = self.path.relative.rsplit_once('/')?;
        let stem = name.strip_suffix(".jsonl").filter(|stem| stem.starts_with("agent-"))?;
        Some(self.absolute().with_file_name(format!("{stem}{META}")))
    }
}

/// A path that could not be examined.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnreadablePath {
    /// The path.
    pub path: PathBuf,
    /// The system error.
    pub message: String,
}

impl fmt::Display for UnreadablePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read `{}`: {}", self.path.display(), self.message)
    }
}

/// The listing of a home.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Discovery {
    /// All transcripts, by path; a file that can be reached in several ways is listed once.
    pub files: Vec<TranscriptFile>,
    /// Paths that could not be examined. Only when this is empty is a transcript that is not listed gone.
    pub problems: Vec<UnreadablePath>,
}

/// Finds every transcript of a home: each `*.jsonl` at any depth below its folder `projects`, except
/// `journal.jsonl`, which logs a workflow and has no usage.
///
/// Symbolic links are followed, without loops. A path that cannot be examined is a problem and does not stop the
/// walk.
#[must_use]
pub fn discover(home: &ClaudeHome) -> Discovery {
    let mut discovery = Discovery::default();
    let mut met = MetFiles::default();
    for found in Candidates::of(home).filter_map(|candidate| candidate.examine(home)) {
        match found {
            Ok(file) if met.is_new(&file) => discovery.files.push(file),
            Ok(_) => {}
            Err(problem) => discovery.problems.push(problem),
        }
    }
    discovery
}

/// Lists what [`discover`] finds one by one, by path. Only names are read: [`Candidate::examine`] reads metadata,
/// on any thread.
#[derive(Debug)]
pub struct Candidates(walkdir::IntoIter);

impl Candidates {
    /// Starts to walk a home.
    #[must_use]
    pub fn of(home: &ClaudeHome) -> Self {
        Self::below(&home.path.join(PROJECTS))
    }

    /// Starts to walk a folder of a home.
    #[must_use]
    pub fn below(folder: &Path) -> Self {
        Self(WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter())
    }
}

impl Iterator for Candidates {
    type Item = Candidate;

    fn next(&mut self) -> Option<Candidate> {
        self.0.find(|entry| entry.as_ref().map_or(true, |entry| is_transcript(entry.path()))).map(Candidate)
    }
}

/// A path that has the name of a transcript, or that could not be listed.
#[derive(Debug)]
pub struct Candidate(Result<DirEntry, walkdir::Error>);

impl Candidate {
    /// Reads the metadata of the path, below its home; `None` if no transcript is there.
    ///
    /// # Errors
    ///
    /// Fails when the path cannot be examined.
    #[must_use]
    pub fn examine(self, home: &ClaudeHome) -> Option<Result<TranscriptFile, UnreadablePath>> {
        let examined = self.0.and_then(|entry| Ok(describe(home, entry.path(), &entry.metadata()?)));
        match examined {
            Ok(file) => file.map(Ok),
            Err(error) => problem(&error, home).map(Err),
        }
    }
}

/// The files of a home that were met, so that a file with several paths has the first one.
#[derive(Debug, Default)]
pub struct MetFiles(HashSet<FileIdentity>);

impl MetFiles {
    /// Returns whether a file was not met before; always where the platform has no file identity.
    pub fn is_new(&mut self, file: &TranscriptFile) -> bool {
        cfg!(not(unix)) || self.0.insert(file.identity)
    }
}

/// The content of a changed path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spot {
    /// Nothing that is ever read.
    Foreign,
    /// Claude Code's own statistics.
    StatsCache,
    /// A transcript.
    Transcript(TranscriptFile),
    /// The folder that contains all transcripts of the home.
    Projects,
    /// A folder, by its path below the home: transcripts may be below it.
    Folder(Arc<str>),
    /// Neither a transcript nor a folder (any more), by its path below the home: facts known there are gone.
    Nothing(Arc<str>),
}

/// Examines a path of a home. The path of a subagent's `.meta.json` represents its transcript.
#[must_use]
pub fn inspect(home: &ClaudeHome, absolute: &Path) -> Spot {
    if absolute == stats_cache_path(home) {
        return Spot::StatsCache;
    }
    let meta_of = absolute.to_str().and_then(|path| path.strip_suffix(META));
    let transcript = meta_of.map(|stem| PathBuf::from(format!("{stem}.jsonl")));
    let absolute = transcript.as_deref().unwrap_or(absolute);
    let relative = relative(home, absolute).filter(|_| absolute.starts_with(home.path.join(PROJECTS)));
    let Some(relative) = relative else { return Spot::Foreign };
    match absolute.metadata() {
        Ok(metadata) if metadata.is_dir() && *relative == *PROJECTS => Spot::Projects,
        Ok(metadata) if metadata.is_dir() => Spot::Folder(relative),
        Ok(metadata) if is_transcript(absolute) => {
            describe(home, absolute, &metadata).map_or(Spot::Nothing(relative), Spot::Transcript)
        }
        _ => Spot::Nothing(relative),
    }
}

/// Returns whether a file of this name is ever read: a transcript, its metadata, or statistics.
#[must_use]
pub fn is_read(path: &Path) -> bool {
    is_transcript(path)
        || path.to_str().is_some_and(|path| path.ends_with(META))
        || path.file_name().is_some_and(|name| name == STATS_CACHE)
}

/// Returns whether a transcript can be reached by its path alone: no link leads to it, and it has no
/// other name. Which of several paths identifies a transcript can only be decided for the whole home.
#[must_use]
pub fn has_one_path(home: &ClaudeHome, file: &TranscriptFile) -> bool {
    let absolute = file.absolute();
    let (Ok(metadata), Ok(canonical)) = (absolute.metadata(), absolute.canonicalize()) else { return true };
    let projects = home.path.join(PROJECTS);
    let is_straight = absolute
        .strip_prefix(&projects)
        .is_ok_and(|rest| projects.canonicalize().is_ok_and(|projects| projects.join(rest) == canonical));
    is_straight && links(&metadata) == 1
}

/// The folder of a home that contains the transcripts.
const PROJECTS: &str = "projects";

/// Suffix of the metadata file of a subagent's transcript.
const META: &str = ".meta.json";

fn is_transcript(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "jsonl")
        && path.file_name().is_some_and(|name| name != "journal.jsonl")
}

fn describe(home: &ClaudeHome, absolute: &Path, metadata: &Metadata) -> Option<TranscriptFile> {
    if !metadata.is_file() {
        return None;
    }
    let path = TranscriptPath { home: home.name.clone(), relative: relative(home, absolute)? };
    Some(TranscriptFile {
        path,
        identity: identity(metadata),
        size_bytes: metadata.len(),
        modified_ns: modified_ns(metadata),
        lies_at: (home.is_elsewhere() || absolute.to_str().is_none()).then(|| absolute.into()),
    })
}

/// Returns the path below the home, with `/` as separator.
fn relative(home: &ClaudeHome, absolute: &Path) -> Option<Arc<str>> {
    let relative = absolute.strip_prefix(&home.path).ok()?;
    match relative.to_str() {
        Some(text) if MAIN_SEPARATOR == '/' => Some(text.into()),
        _ => {
            let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
            Some(parts.join("/").into())
        }
    }
}

/// Returns the identity of the file (device and inode).
#[cfg(unix)]
pub(crate) fn identity(metadata: &Metadata) -> FileIdentity {
    use std::os::unix::fs::MetadataExt;
    FileIdentity { device: metadata.dev(), inode: metadata.ino() }
}

/// Returns no identity of the file, so that only its size
/// and its content identify it.
#[cfg(not(unix))]
pub(crate) fn identity(_metadata: &Metadata) -> FileIdentity {
    FileIdentity { device: 0, inode: 0 }
}

/// Returns how many names the file has.
#[cfg(unix)]
fn links(metadata: &Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt;
    metadata.nlink()
}

/// Returns how many names the file has: one, where the platform has no file identity.
#[cfg(not(unix))]
fn links(_metadata: &Metadata) -> u64 {
    1
}

/// Returns the time of the last modification in nanoseconds since the epoch, or 0 where the
/// platform does not provide it.
pub(crate) fn modified_ns(metadata: &Metadata) -> i64 {
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    modified.map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// Describes an error of the walk; a loop of links and a home without `projects/` are not
/// problems.
fn problem(error: &walkdir::Error, home: &ClaudeHome) -> Option<UnreadablePath> {
    let not_found = error.io_error().is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound);
    if error.loop_ancestor().is_some() || not_found {
        return None;
    }
    let path = error.path().map_or_else(|| home.path.clone(), Path::to_owned);
    let message = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
    Some(UnreadablePath { path, message })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn home(files: &[&str]) -> (tempfile::TempDir, ClaudeHome) {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let home = ClaudeHome::open(dir.path()).unwrap();
        (dir, home)
    }

    fn found(home: &ClaudeHome) -> Vec<String> {
        let discovery = discover(home);
        assert_eq!(discovery.problems, []);
        discovery.files.iter().map(|file| file.path.relative.to_string()).collect()
    }

    #[test]
    fn every_transcript_at_any_depth_is_found_and_nothing_else() {
        let (_dir, home) = home(&[
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
            found(&home),
            [
                "projects/-p/agent-1.jsonl",
                "projects/-p/s/subagents/agent-2.jsonl",
                "projects/-p/s/subagents/workflows/wf_1/agent-3.jsonl",
                "projects/-p/s.jsonl",
            ]
        );
        let has_meta = |file: &TranscriptFile| file.meta().is_some_and(|meta| meta.exists());
        let metas: Vec<_> = discover(&home).files.iter().map(has_meta).collect();
        assert_eq!(metas, [false, true, false, false]);
    }

    #[test]
    fn a_home_without_projects_is_empty() {
        let (_dir, home) = home(&["settings.json"]);
        assert_eq!(found(&home), Vec::<String>::new());
    }

    #[test]
    fn only_a_changed_path_is_examined() {
        let (_dir, home) = home(&[
            "projects/-p/s.jsonl",
            "projects/-p/s/subagents/agent-1.jsonl",
            "projects/-p/s/subagents/agent-1.meta.json",
            "projects/-p/s.txt",
            "projects/-p/odd.jsonl/t.jsonl",
            "other/s.jsonl",
            "history.jsonl",
            "stats-cache.json",
        ]);
        let files = discover(&home).files;
        let transcript = |path: &str| {
            let file = files.iter().find(|file| *file.path.relative == *path);
            Spot::Transcript(file.cloned().unwrap())
        };
        let check =
            |path: &str, expected| assert_eq!(inspect(&home, &home.path.join(path)), expected, "{path}");
        check("projects/-p/s.jsonl", transcript("projects/-p/s.jsonl"));
        let agent = "projects/-p/s/subagents/agent-1.jsonl";
        check(agent, transcript(agent));
        check("projects/-p/s/subagents/agent-1.meta.json", transcript(agent));
        check("projects/-p", Spot::Folder("projects/-p".into()));
        check("projects/-p/odd.jsonl", Spot::Folder("projects/-p/odd.jsonl".into()));
        check("projects", Spot::Projects);
        check("projects/-p/s.txt", Spot::Nothing("projects/-p/s.txt".into()));
        check("projects/-p/gone.jsonl", Spot::Nothing("projects/-p/gone.jsonl".into()));
        check("projects/-gone", Spot::Nothing("projects/-gone".into()));
        check("stats-cache.json", Spot::StatsCache);
        for foreign in ["other/s.jsonl", "other", "history.jsonl", "", "../x", "projects-2/s.jsonl"] {
            check(foreign, Spot::Foreign);
        }
    }

    #[test]
    fn a_file_is_opened_where_it_was_found() {
        let (_dir, home) = home(&["projects/-p/s.jsonl", "projects/-p/s/subagents/agent-1.jsonl"]);
        for file in discover(&home).files {
            assert_eq!(file.absolute(), home.path.join(&*file.path.relative));
            assert_eq!(file.meta().is_some(), file.path.relative.contains("agent-"));
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_that_is_no_unicode_is_opened_too() {
        use std::os::unix::ffi::OsStrExt;
        let (_dir, home) = home(&["projects/-p/s.jsonl"]);
        let odd = home.path.join("projects").join(std::ffi::OsStr::from_bytes(b"-\xff/agent-\xfe.jsonl"));
        fs::create_dir(odd.parent().unwrap()).unwrap();
        fs::write(&odd, "x").unwrap();
        let files = discover(&home).files;
        assert_eq!(files[1].absolute(), odd);
        assert_eq!(&*files[1].path.relative, "projects/-\u{fffd}/agent-\u{fffd}.jsonl");
        assert_eq!(inspect(&home, &odd), Spot::Transcript(files[1].clone()));
        assert!(is_read(&odd) && !files[1].meta().unwrap().exists());
    }

    #[test]
    fn excluded_files_are_recognised_by_name() {
        let check =
            |name: &str, expected| assert_eq!(is_read(&Path::new("/h/projects/-p").join(name)), expected);
        check("s.jsonl", true);
        check("agent-1.meta.json", true);
        check("stats-cache.json", true);
        check("journal.jsonl", false);
        check("s.json", false);
        check("s.jsonl.tmp", false);
        check("jsonl", false);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_without_loops_and_without_doubles() {
        let (_dir, home) = home(&["projects/-p/s.jsonl", "elsewhere/t.jsonl"]);
        let link = |from: &str, to: &str| {
            std::os::unix::fs::symlink(home.path.join(to), home.path.join(from)).unwrap();
        };
        link("projects/-p/loop", "projects");
        link("projects/-q", "projects/-p");
        link("projects/-r", "elsewhere");
        link("projects/broken", "nowhere");
        assert_eq!(found(&home), ["projects/-p/s.jsonl", "projects/-r/t.jsonl"]);
        let has_one_path = |path: &str| match inspect(&home, &home.path.join(path)) {
            Spot::Transcript(file) => has_one_path(&home, &file),
            other => panic!("{path} is {other:?}"),
        };
        assert!(has_one_path("projects/-p/s.jsonl"));
        assert!(!has_one_path("projects/-q/s.jsonl") && !has_one_path("projects/-r/t.jsonl"));
        fs::hard_link(home.path.join("projects/-p/s.jsonl"), home.path.join("projects/-p/z.jsonl")).unwrap();
        assert!(!has_one_path("projects/-p/s.jsonl") && !has_one_path("projects/-p/z.jsonl"));
    }

    #[cfg(unix)]
    #[test]
    fn projects_behind_a_link_are_found_by_their_path() {
        let (_dir, home) = home(&["elsewhere/-p/s.jsonl"]);
        std::os::unix::fs::symlink(home.path.join("elsewhere"), home.path.join("projects")).unwrap();
        let files = discover(&home).files;
        assert_eq!(&*files[0].path.relative, "projects/-p/s.jsonl");
        assert!(has_one_path(&home, &files[0]));
        assert_eq!(inspect(&home, &home.path.join("projects")), Spot::Projects);
    }
}
