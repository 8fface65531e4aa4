//! Commands in a directory with files from other people: an unpacked archive, a cloned repository. Its files
//! have no effect: each command prints the same as in an empty directory, and creates no file.

use crate::commands::{SESSION, make_pipe, that_end};
use crate::http::get;
use crate::place::{Place, Ran, copy_program, response};
use crate::process::Process;
use crate::running::wait_for;
use crate::terminal::Terminal;
use rustix::process::Signal;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Settings that once affected every command.
const ENV_FILE: &str = "\
CTM_CLAUDE_DIR=./fake
CTM_DATABASE_PATH=./stolen.db
CTM_LOG_FILE=./log-${SECRET}
CTM_LOG_LEVEL=trace
CTM_HOST=0.0.0.0
CTM_PORT=1
CTM_AUTH=none
CTM_ALLOWED_HOSTS=evil.example
CTM_CORS_ORIGINS=https://evil.example
CTM_TZ=Asia/Kolkata
CTM_PRICES=./prices.toml
CTM_STATUSLINE_FORMAT=hostile
CTM_CONFIG=./config.toml
CLAUDE_CONFIG_DIR=./fake
HOME=.
";

/// Lines of files of other programs, each of which failed every command before.
const FOREIGN: &[u8] =
    b"\xef\xbb\xbfFOO=bar baz\nexport FOO\nFOO-BAR=1\nA=\"x\" y\nA=\\x\nFOO: bar\n1A=2\nA='\xff\0\n";

const CONFIG: &str =
    "claude_dir = 'fake'\ndatabase = 'stolen.db'\nport = 1\ntz = 'Asia/Kolkata'\nprices = 'prices.toml'\n";

/// A user that the machine has no home folder of.
const STRANGER: u32 = 54_321;

/// A directory for commands, and their user.
struct Visit {
    place: Place,
    binary: PathBuf,
    /// The environment beside what every visit has.
    variables: Vec<(&'static str, PathBuf)>,
    user: Option<u32>,
}

impl Visit {
    fn new(fill: impl FnOnce(&Path)) -> Self {
        let place = Place::everyday();
        let at = |name: &str| place.path().join(name);
        fs::create_dir(at("home")).unwrap();
        fs::rename(place.claude(), at("home/.claude")).unwrap();
        fs::write(at("own.toml"), "").unwrap();
        fs::write(at("session.json"), SESSION).unwrap();
        fs::create_dir(at("repository")).unwrap();
        fill(&at("repository"));
        let variables = vec![("HOME", at("home"))];
        Self { place, binary: env!("CARGO_BIN_EXE_ctm").into(), variables, user: None }
    }

    fn directory(&self) -> PathBuf {
        self.place.path().join("repository")
    }

    fn ctm(&self, args: &[String]) -> Command {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let mut command = self.place.command(&self.binary, &args);
        for name in ["HOME", "CTM_CLAUDE_DIR", "CTM_DATABASE_PATH", "CTM_TZ"] {
            command.env_remove(name);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value))).env("SECRET", "hush");
        command.current_dir(self.directory());
        command.stdin(fs::File::open(self.place.path().join("session.json")).unwrap());
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        command
    }

    /// Runs a command and returns its output without the parts that differ between runs.
    fn answer(&self, args: &[String]) -> (Option<i32>, String, String) {
        // A busy machine may be too slow for the input of the status line, and for the guard.
        let ran = wait_for(|| {
            let ran = Ran::in_time(&mut self.ctm(args));
            (!ran.err.contains(" in time")).then_some(ran)
        });
        assert!(!ran.err.contains("Usage:"), "{args:?}: {}", ran.err);
        let known = |text: String| {
            let text = self.same_everywhere(&text);
            let text = text.split_once(".replaced-").map_or(text.as_str(), |(before, _)| before).to_owned();
            // A busy machine may be too slow to say more.
            let text = if args == ["statusline"] { text.split(" · ").next().unwrap() } else { &text };
            let without_time =
                |line: &str| line.split_once(" WARN ").map_or(line, |(_, rest)| rest).to_owned();
            text.lines().map(without_time).collect::<Vec<_>>().join("\n")
        };
        (ran.code, known(ran.out), known(ran.err))
    }

    /// Returns a text without what differs from visit to visit: its place, and the identity of its machine.
    fn same_everywhere(&self, text: &str) -> String {
        let path = self.place.path().canonicalize().unwrap();
        let text = text.replace(path.to_str().unwrap(), "[PLACE]");
        match fs::read_to_string(self.place.path().join("home/.local/share/ctm/machine-id")) {
            Ok(id) => text.replace(id.trim(), "[MACHINE]"),
            Err(_) => text,
        }
    }

    /// Everything in the directory, with its content.
    fn state(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut state = BTreeMap::new();
        let mut folders = vec![self.directory()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                let kind = entry.file_type().unwrap();
                let content = if kind.is_file() { fs::read(entry.path()).unwrap() } else { Vec::new() };
                state.insert(entry.path(), content);
                folders.extend(kind.is_dir().then(|| entry.path()));
            }
        }
        state
    }
}

/// Puts everything there that could be taken for settings or facts.
fn trap(directory: &Path) {
    let write = |path: &str, content: &[u8]| {
        let path = directory.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    let env_file = [FOREIGN, ENV_FILE.as_bytes()].concat();
    for folder in ["", "ctm/", ".config/ctm/", ".local/share/ctm/", "~/.config/ctm/"] {
        write(&format!("{folder}.env"), &env_file);
        write(&format!("{folder}config.toml"), CONFIG.as_bytes());
        write(&format!("{folder}prices.toml"), b"[discount]\nmultiplier = 9\n");
        write(&format!("{folder}ctm.db"), b"no database at all");
    }
    let facts = response("hostile", 1, 999_999_999, "2026-03-11T10:00:00.000Z");
    for home in ["fake", ".claude", ".config/claude", "~/.claude", "claude"] {
        write(&format!("{home}/projects/-hostile/hostile.jsonl"), facts.as_bytes());
    }
}

/// Creates pipes without a writer.
fn pipes(directory: &Path) {
    for name in [".env", "config.toml", "prices.toml", "ctm/config.toml", "ctm/.env", ".config/ctm/.env"] {
        make_pipe(&directory.join(name));
    }
}

/// Runs commands in an empty directory and in a filled one.
fn compare(fill: fn(&Path), prepare: impl Fn(&mut Visit)) {
    let (mut empty, mut filled) = (Visit::new(|_| ()), Visit::new(fill));
    prepare(&mut empty);
    prepare(&mut filled);
    let before = filled.state();
    for (args, same) in that_end(&filled.place).iter().zip(that_end(&empty.place)) {
        assert_eq!(filled.answer(args), empty.answer(&same), "{args:?}");
        assert!(filled.state() == before, "{args:?} changed the directory");
    }
    assert_eq!(empty.state(), BTreeMap::new());
}

#[test]
fn every_command_answers_as_in_an_empty_directory() {
    compare(trap, |_| ());
    compare(pipes, |_| ());
}

#[test]
fn relative_variables_do_not_lead_there() {
    compare(trap, |visit| {
        let relative = [
            ("XDG_CONFIG_HOME", ".config"),
            ("XDG_DATA_HOME", ".local/share"),
            ("CLAUDE_CONFIG_DIR", ".claude"),
        ];
        visit.variables.extend(relative.map(|(name, value)| (name, value.into())));
    });
    compare(trap, |visit| visit.variables = vec![("HOME", ".".into())]);
}

#[test]
fn without_a_home_folder_nothing_is_looked_for_there() {
    // Only root can act as another user.
    if fs::metadata("/proc/self").map_or(1, |own| own.uid()) != 0 {
        return;
    }
    let open = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let stranger = |visit: &mut Visit| {
        visit.variables = vec![("CTM_CLAUDE_DIR", "~/.claude".into())];
        visit.user = Some(STRANGER);
        visit.binary = visit.place.path().join("ctm");
        copy_program(&visit.binary);
        open(visit.place.path(), 0o755);
        open(&visit.directory(), 0o777);
    };
    compare(trap, stranger);
    let mut visit = Visit::new(trap);
    stranger(&mut visit);
    let ran = Ran::in_time(&mut visit.ctm(&["daily".to_owned()]));
    ran.failed(2, &["the home folder is unknown", "HOME", "CTM_DATABASE_PATH"]);
}

#[test]
fn a_server_that_is_started_there_has_the_settings_of_its_user() {
    let settings = |visit: &Visit| {
        let before = visit.state();
        let server = Process::spawn(&mut visit.ctm(&["serve", "--port", "0"].map(str::to_owned)));
        assert!(server.url().starts_with("http://127.0.0.1:"), "{}", server.url());
        let mut config: Value = get(&format!("{}api/v1/config", server.url())).json();
        config["settings"].as_array_mut().unwrap().retain(|setting| setting["name"] != "port");
        server.signal(Signal::TERM);
        assert!(server.end().success());
        assert!(visit.state() == before, "a server changed the directory");
        visit.same_everywhere(&config.to_string())
    };
    let expected = settings(&Visit::new(|_| ()));
    for fill in [trap, pipes] {
        assert_eq!(settings(&Visit::new(fill)), expected);
    }
}

#[test]
fn the_watched_home_is_that_of_the_user() {
    for fill in [trap, pipes] {
        let visit = Visit::new(fill);
        let before = visit.state();
        let mut terminal = Terminal::spawn(&mut visit.ctm(&["watch".to_owned()]));
        terminal.wait_for("Recent responses");
        terminal.wait_for("shop");
        terminal.press("q");
        assert!(terminal.end().success());
        assert!(visit.state() == before, "`ctm watch` changed the directory");
    }
}
