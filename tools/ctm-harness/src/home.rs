//! Claude homes with known totals, and copies of them that may be changed.

use crate::answer::{Answer, Totals};
use anyhow::{Context, Result, bail};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The end of all generated homes, 2026-11-22 00:00 UTC: fixed, so that a seed always gives the same home.
pub const UNTIL_MS: i64 = 1_795_305_600_000;

/// Writes the totals of a home next to its transcripts.
pub fn write_answer(answer: &ctm_corpus::Answer, home: &Path) -> Result<()> {
    let path = home.join("answer.json");
    let json = format!("{:#}\n", answer.to_json());
    fs::write(&path, json).with_context(|| format!("cannot write `{}`", path.display()))
}

/// A Claude home with its totals.
pub struct Home {
    /// Its path.
    pub path: PathBuf,
    /// Its known totals.
    pub answer: Answer,
}

impl Home {
    /// Opens a home; one without totals is refused.
    pub fn open(path: &Path) -> Result<Self> {
        let answer = Answer::of(path)?;
        let path = path.canonicalize().with_context(|| format!("cannot find `{}`", path.display()))?;
        Ok(Self { path, answer })
    }

    /// Reads every file once, so that every program that is measured finds them in memory.
    pub fn warm(&self) -> Result<()> {
        // A small buffer: the own memory of the program is the minimum that can be reported for a child.
        let mut buffer = vec![0; 256 << 10];
        visit(&self.path, &mut |path| {
            let mut file = File::open(path)?;
            while file.read(&mut buffer)? > 0 {}
            Ok(())
        })
    }

    /// Returns the id of a session.
    pub fn any_session(&self) -> Result<String> {
        let mut session = None;
        visit(&self.path, &mut |path| {
            let is_main = path.ancestors().nth(2).is_some_and(|folder| folder.ends_with("projects"));
            if is_main && is_transcript(path) && session.is_none() {
                session = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
            }
            Ok(())
        })?;
        session.with_context(|| format!("`{}` has no session", self.path.display()))
    }

    /// Creates a copy that can be appended to and is deleted with its owner.
    ///
    /// All files except the growing one are hard links, so that the copy of a large home takes neither time
    /// nor space, and shares the page cache of the home.
    pub fn growing_copy(&self) -> Result<GrowingHome> {
        let beside = self.path.parent().with_context(|| format!("`{}` is no home", self.path.display()))?;
        let folder = tempfile::Builder::new().prefix("ctm-bench-").tempdir_in(beside)?;
        let mut largest = (0, PathBuf::new());
        visit(&self.path, &mut |path| {
            let copy = folder.path().join(path.strip_prefix(&self.path)?);
            fs::create_dir_all(copy.parent().expect("a file lies in a folder"))?;
            let size = path.metadata()?.len();
            if size > largest.0 && is_transcript(&copy) && ends_with_line_feed(path)? {
                largest = (size, copy.clone());
            }
            fs::hard_link(path, &copy).with_context(|| format!("cannot link `{}`", copy.display()))
        })?;
        let (size, transcript) = largest;
        if size == 0 {
            bail!("`{}` has no transcript that can be appended to", self.path.display());
        }
        let link = transcript.with_extension("link");
        fs::rename(&transcript, &link)?;
        fs::copy(&link, &transcript)?;
        fs::remove_file(&link)?;
        let transcript = OpenOptions::new().append(true).open(transcript)?;
        Ok(GrowingHome { folder, transcript, appended: 0 })
    }
}

/// A copy of a home with a growing largest transcript: by one response at a time.
pub struct GrowingHome {
    folder: TempDir,
    transcript: File,
    appended: u64,
}

impl GrowingHome {
    /// Returns where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Appends a line with a new response and returns its totals.
    pub fn append(&mut self) -> Result<Totals> {
        self.appended += 1;
        let number = self.appended;
        // All at once, as Claude Code does.
        self.transcript.write_all(line(number).as_bytes())?;
        Ok(Totals::of_response(TOKENS))
    }
}

/// Tokens of an appended response: input, output, cache reads, and cache writes for five minutes
/// and for an hour.
const TOKENS: [u64; 5] = [11, 222, 33_333, 444, 55];

fn line(number: u64) -> String {
    let [input, output, cache_read, write_5m, write_1h] = TOKENS;
    let cache_write = write_5m + write_1h;
    format!(
        concat!(
            r#"{{"parentUuid":null,"isSidechain":false,"userType":"external","cwd":"/home/u/src/bench","#,
            r#""sessionId":"be4c4000-0000-4000-8000-000000000000","version":"2.1.205","gitBranch":"main","#,
            r#""message":{{"id":"msg_bench{number:019}","type":"message","role":"assistant","#,
            r#""model":"claude-opus-4-6","content":[{{"type":"text","text":"Done."}}],"#,
            r#""stop_reason":"end_turn","stop_sequence":null,"usage":{{"input_tokens":{input},"#,
            r#""cache_creation_input_tokens":{cache_write},"cache_read_input_tokens":{cache_read},"#,
            r#""cache_creation":{{"ephemeral_5m_input_tokens":{write_5m},"ephemeral_1h_input_tokens":{write_1h}}},"#,
            r#""output_tokens":{output},"service_tier":"standard"}}}},"requestId":"req_bench{number:019}","#,
            r#""type":"assistant","uuid":"be4c4000-0000-4000-8000-{number:012}","#,
            r#""timestamp":"2026-11-21T12:00:00.000Z"}}"#,
            "\n"
        ),
        number = number,
        input = input,
        output = output,
        cache_read = cache_read,
        cache_write = cache_write,
        write_5m = write_5m,
        write_1h = write_1h,
    )
}

/// Calls `see` with every file below a folder, in no particular order.
fn visit(folder: &Path, see: &mut impl FnMut(&Path) -> Result<()>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list `{}`", folder.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            visit(&entry.path(), see)?;
        } else {
            see(&entry.path()).with_context(|| format!("`{}`", entry.path().display()))?;
        }
    }
    Ok(())
}

fn is_transcript(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "jsonl")
        && path.file_name().is_some_and(|name| name != "journal.jsonl")
}

fn ends_with_line_feed(path: &Path) -> Result<bool> {
    let (mut file, mut last) = (File::open(path)?, [0]);
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_corpus::Plan;

    fn home(folder: &Path) -> Home {
        let path = folder.join("home");
        let answer = ctm_corpus::generate(&Plan::stress(1, 300_000, UNTIL_MS), &path).unwrap();
        write_answer(&answer, &path).unwrap();
        Home::open(&path).unwrap()
    }

    #[test]
    fn only_the_copy_grows() {
        let folder = tempfile::tempdir().unwrap();
        let home = home(folder.path());
        home.warm().unwrap();
        let sizes = |path: &Path| {
            let (mut files, mut bytes) = (0_u64, 0);
            visit(path, &mut |path| {
                files += 1;
                bytes += path.metadata()?.len();
                Ok(())
            })
            .unwrap();
            (files, bytes)
        };
        let before = sizes(&home.path);
        let mut copy = home.growing_copy().unwrap();
        assert_eq!(sizes(copy.path()), before);
        assert_eq!(copy.append().unwrap().responses, 1);
        copy.append().unwrap();
        let added = line(1).len() + line(2).len();
        assert_eq!(sizes(copy.path()), (before.0, before.1 + added as u64));
        assert_eq!(sizes(&home.path), before);
        let folder = copy.path().to_owned();
        drop(copy);
        assert!(!folder.exists());
    }

    #[test]
    fn appended_lines_are_json_with_the_stated_tokens() {
        let line: serde_json::Value = serde_json::from_str(&line(7)).unwrap();
        let usage = &line["message"]["usage"];
        let count = |value: &serde_json::Value| value.as_u64().unwrap();
        let split = &usage["cache_creation"];
        let tokens = [
            count(&usage["input_tokens"]),
            count(&usage["output_tokens"]),
            count(&usage["cache_read_input_tokens"]),
            count(&split["ephemeral_5m_input_tokens"]),
            count(&split["ephemeral_1h_input_tokens"]),
        ];
        assert_eq!(tokens, TOKENS);
        assert_eq!(count(&usage["cache_creation_input_tokens"]), tokens[3] + tokens[4]);
        assert_eq!(line["message"]["id"], "msg_bench0000000000000000007");
    }
}
