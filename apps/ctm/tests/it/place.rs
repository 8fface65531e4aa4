//! A folder with a Claude home and a database, and `ctm` run in it.

use ctm_config::settings::{Layers, Settings};
use ctm_corpus::{Answer, Listed, Plan, Style, generate, generate_listed};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// 2026-11-22 at noon, UTC: the end of every generated home.
pub(crate) const NOON: i64 = 1_795_348_800_000;

/// A folder of its own for a test.
pub(crate) struct Place {
    dir: TempDir,
    claude: PathBuf,
}

/// Result of a run of the binary.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    /// A place whose home holds no transcripts.
    pub(crate) fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        // With a link in the path of the temporary folder, paths would differ from those in the output.
        let claude = dir.path().canonicalize().unwrap().join("claude");
        fs::create_dir_all(claude.join("projects")).unwrap();
        Self { dir, claude }
    }

    /// A place with a copy of the home of usual things, `testdata/claude/everyday`.
    pub(crate) fn everyday() -> Self {
        Self::in_situation("everyday")
    }

    /// A place with a copy of a home made by hand, `testdata/claude/<situation>`.
    pub(crate) fn in_situation(situation: &str) -> Self {
        let place = Self::empty();
        let homes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/claude");
        copy(&homes.join(situation), place.claude());
        place
    }

    /// A place with a generated home of about `size_bytes`, and what has to be counted in it.
    pub(crate) fn generated(seed: u64, size_bytes: u64) -> (Self, Answer) {
        let place = Self::empty();
        fs::remove_dir(place.claude.join("projects")).unwrap();
        let plan = Plan { days: 60, style: Style::Stress, ..Plan::stress(seed, size_bytes, NOON) };
        let answer = generate(&plan, place.claude()).unwrap();
        (place, answer)
    }

    /// A place with a generated home of about `size_bytes` that is full of copies, what has to be counted in it,
    /// and whose each response is.
    pub(crate) fn tangled(seed: u64, size_bytes: u64) -> (Self, Answer, Vec<Listed>) {
        let place = Self::empty();
        fs::remove_dir(place.claude.join("projects")).unwrap();
        let (answer, list) = generate_listed(&Plan::tangled(seed, size_bytes, NOON), place.claude()).unwrap();
        (place, answer, list)
    }

    /// A place with a generated home of `days` of about `size_bytes`, and each of its responses.
    pub(crate) fn of_days(seed: u64, days: u32, size_bytes: u64) -> (Self, Vec<Listed>) {
        let place = Self::empty();
        fs::remove_dir(place.claude.join("projects")).unwrap();
        let plan = Plan { days, size_bytes, ..Plan::demo(seed, NOON) };
        let (_, list) = generate_listed(&plan, place.claude()).unwrap();
        (place, list)
    }

    /// A place with a home elsewhere.
    pub(crate) fn reading(home: &Path) -> Self {
        Self { claude: home.to_owned(), ..Self::empty() }
    }

    /// The Claude home.
    pub(crate) fn claude(&self) -> &Path {
        &self.claude
    }

    /// The folder that holds everything.
    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The database, which no one has created yet.
    pub(crate) fn database(&self) -> PathBuf {
        self.path().join("data/ctm.db")
    }

    /// All transcripts, sorted by path.
    pub(crate) fn transcripts(&self) -> Vec<PathBuf> {
        let mut transcripts = Vec::new();
        let mut folders = vec![self.claude.join("projects")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "jsonl") {
                    transcripts.push(path);
                }
            }
        }
        transcripts.sort();
        transcripts
    }

    /// Appends to a file of the home, which is created if necessary.
    pub(crate) fn append(&self, relative: &str, bytes: &[u8]) {
        let path = self.claude.join(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut file = fs::File::options().append(true).create(true).open(path).unwrap();
        file.write_all(bytes).unwrap();
    }

    /// Returns a command of this place: without the variables of the environment, except the one for code
    /// coverage.
    pub(crate) fn command(&self, program: impl AsRef<Path>, args: &[&str]) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .env_clear()
            .envs(std::env::var_os("LLVM_PROFILE_FILE").map(|file| ("LLVM_PROFILE_FILE", file)))
            .env("HOME", self.path())
            .env("CTM_CLAUDE_DIR", &self.claude)
            .env("CTM_DATABASE_PATH", self.database())
            .env("CTM_TZ", "UTC")
            .env("CTM_MANAGED_SETTINGS", "off")
            .current_dir(self.path())
            .args(args);
        command
    }

    /// Returns `ctm` with arguments, in this place.
    pub(crate) fn ctm(&self, args: &[&str]) -> Command {
        self.command(env!("CARGO_BIN_EXE_ctm"), args)
    }

    /// Runs `ctm` to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(&mut self.ctm(args))
    }

    /// Runs `ctm`, which has to succeed without complaint but that there is nothing to report, and returns
    /// what it printed.
    pub(crate) fn print(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        let complaints: Vec<_> =
            ran.err.lines().filter(|line| !line.starts_with("ctm: nothing to report: ")).collect();
        assert_eq!((ran.code, complaints.as_slice()), (Some(0), &[][..]), "{args:?}");
        ran.out
    }

    /// Returns the settings of a server in this place; flags go before everything else.
    pub(crate) fn settings(&self, flags: &[(&'static str, &str)]) -> Settings {
        let own = [
            ("claude_dir", self.claude.to_str().unwrap().to_owned()),
            ("database", self.database().to_str().unwrap().to_owned()),
            ("tz", "UTC".to_owned()),
            ("port", "0".to_owned()),
            ("managed_settings", "off".to_owned()),
        ];
        let mut layers = Layers::default();
        layers.environment.insert("HOME".to_owned(), self.path().into());
        layers.flags.extend(own);
        layers.flags.extend(flags.iter().map(|(name, value)| (*name, (*value).to_owned())));
        Settings::new(&layers).unwrap()
    }
}

impl Ran {
    /// Runs a command to its end.
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs a command to its end, and kills it with all that it started when that does not come.
    #[cfg(unix)]
    #[track_caller]
    pub(crate) fn in_time(command: &mut Command) -> Self {
        use rustix::process::{Pid, Signal, kill_process_group};
        use std::os::unix::process::CommandExt;
        use std::process::Stdio;
        let shown = format!("{command:?}");
        let child = command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let group = Pid::from_child(&child);
        let (sender, ended) = std::sync::mpsc::channel();
        std::thread::spawn(move || sender.send(child.wait_with_output().unwrap()));
        let Ok(output) = ended.recv_timeout(crate::running::PATIENCE) else {
            let threads = threads(group.as_raw_nonzero().get());
            kill_process_group(group, Signal::KILL).unwrap();
            panic!("no end of {shown}; its threads: {threads:?}");
        };
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Checks that a command failed with a code, with `parts` on standard error.
    #[track_caller]
    pub(crate) fn failed(&self, code: i32, parts: &[&str]) {
        assert_eq!((self.code, self.out.as_str()), (Some(code), ""), "{}", self.err);
        for part in parts {
            assert!(self.err.contains(part), "`{part}` is not in: {}", self.err);
        }
    }
}

/// Returns the name, state and kernel function of each thread of a process group, where `/proc` has them.
#[cfg(unix)]
fn threads(group: i32) -> Vec<[String; 3]> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let is_member = |process: &fs::DirEntry| {
        // Behind the name, which may have any characters: state, parent, group.
        let stat = fs::read_to_string(process.path().join("stat")).unwrap_or_default();
        let fields = stat.rsplit(") ").next().unwrap_or_default();
        fields.split(' ').nth(2).and_then(|group| group.parse().ok()) == Some(group)
    };
    let members = processes.map_while(Result::ok).filter(is_member);
    let tasks = members.filter_map(|process| fs::read_dir(process.path().join("task")).ok()).flatten();
    let thread = |task: fs::DirEntry| {
        let read = |name: &str| fs::read_to_string(task.path().join(name)).unwrap_or_default();
        let state = read("status").lines().find(|line| line.starts_with("State:")).map(str::to_owned);
        [read("comm").trim_end().to_owned(), state.unwrap_or_default(), read("wchan")]
    };
    tasks.map_while(Result::ok).map(thread).collect()
}

/// A response as a line of a transcript, at 15 micro-dollars per output token.
pub(crate) fn response(session: &str, number: u32, output: u64, at: &str) -> String {
    format!(
        "{{\"type\":\"assistant\",\"timestamp\":\"{at}\",\"sessionId\":\"{session}\",\"cwd\":\"/home/u/live\",\
         \"requestId\":\"req_live_{number}\",\"message\":{{\"id\":\"msg_live{number:016}\",\
         \"model\":\"claude-sonnet-4-5-20250929\",\"stop_reason\":\"end_turn\",\
         \"usage\":{{\"input_tokens\":0,\"output_tokens\":{output}}}}}}}\n"
    )
}

/// Copies the program, by another process: a file that this one has open for writing is open in every child that
/// another test starts at that moment, too, and cannot be run until that one runs its own program.
#[cfg(unix)]
pub(crate) fn copy_program(to: &Path) {
    assert!(Command::new("cp").arg(env!("CARGO_BIN_EXE_ctm")).arg(to).status().unwrap().success());
}

/// Copies a folder and everything in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
