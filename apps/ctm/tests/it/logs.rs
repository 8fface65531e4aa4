//! Logs that cannot be written: they stop no request and no end, and what is lost is counted.

use crate::http::{connect, get};
use crate::place::Place;
use crate::process::Process;
use crate::running::{PATIENCE, wait_for};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::{BufRead, BufReader, PipeReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;

/// Requests that are answered: a pipe has long been full then.
const REQUESTS: usize = 2_100;

/// A server whose standard output and standard error are one pipe.
struct Piped {
    child: Child,
    out: BufReader<PipeReader>,
    url: String,
}

impl Piped {
    /// Starts a server and reads its first line alone.
    fn serve(place: &Place, args: &[&str]) -> Self {
        let (reader, writer) = std::io::pipe().unwrap();
        let mut command = place.ctm(&["serve", "--port", "0", "--rate-limit", "0"]);
        command.args(args).stdout(writer.try_clone().unwrap()).stderr(writer);
        let child = command.spawn().unwrap();
        drop(command);
        let mut server = Self { child, out: BufReader::with_capacity(1, reader), url: String::new() };
        let mut line = String::new();
        while !line.starts_with("ctm is ready at ") {
            line.clear();
            assert_ne!(server.out.read_line(&mut line).unwrap(), 0, "the server ended");
        }
        server.url = line.trim_end().strip_prefix("ctm is ready at ").unwrap().to_owned();
        server
    }

    /// Asks until lines of the log are dropped.
    fn drop_lines(&self) {
        wait_for(|| {
            self.ask(REQUESTS);
            (self.dropped() > 0).then_some(())
        });
    }

    /// Asks so often, over one connection after the other, and checks that each is answered.
    fn ask(&self, requests: usize) {
        const EACH: usize = 50;
        for _ in 0..requests.div_ceil(EACH) {
            let mut stream = connect(&self.url);
            for _ in 0..EACH {
                stream.write_all(b"GET /login.css HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
                read_answer(&mut stream);
            }
        }
    }

    /// Returns the codes of the conditions that the server's health shows.
    fn conditions(&self) -> Vec<String> {
        let health = get(&format!("{}api/v1/health", self.url)).json();
        let conditions = health["conditions"].as_array().unwrap().iter();
        conditions.map(|condition| condition["code"].as_str().unwrap().to_owned()).collect()
    }

    fn dropped(&self) -> u64 {
        dropped(&self.url)
    }

    /// Stops the server, whose output is not read.
    fn stop(&mut self) -> ExitStatus {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        wait_for(|| self.child.try_wait().unwrap())
    }
}

impl Drop for Piped {
    fn drop(&mut self) {
        // It has ended already unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns how many lines of its log a server has dropped.
#[track_caller]
fn dropped(url: &str) -> u64 {
    let metrics = get(&format!("{url}metrics")).body;
    let line = metrics.lines().find_map(|line| line.strip_prefix("ctm_log_lines_dropped_total "));
    line.unwrap_or_else(|| panic!("{metrics}")).parse().unwrap()
}

/// Reads a response up to its announced length.
fn read_answer(stream: &mut impl Read) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    let head = String::from_utf8(head).unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    stream.read_exact(&mut vec![0; length.parse().unwrap()]).unwrap();
}

#[test]
fn an_unread_log_blocks_neither_requests_nor_the_end() {
    let place = Place::everyday();
    let mut server = Piped::serve(&place, &["--log-level", "trace"]);
    server.ask(REQUESTS);
    // A megabyte waits beside what is in the pipe.
    server.drop_lines();
    assert_eq!(server.stop().code(), Some(0));
}

#[test]
fn a_log_that_is_read_again_reports_its_dropped_lines() {
    let place = Place::everyday();
    let mut server = Piped::serve(&place, &["--log-level", "trace"]);
    server.drop_lines();
    assert_eq!(server.conditions(), ["log_failing"]);
    let (sender, lines) = channel();
    let out = std::mem::replace(&mut server.out, BufReader::new(std::io::pipe().unwrap().0));
    std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    let notice = wait_for(|| {
        let line = lines.recv_timeout(PATIENCE).unwrap();
        line.contains("log lines were dropped: standard output").then_some(line)
    });
    assert!(notice.contains("ERROR"), "{notice}");
    let said: u64 = notice.split_whitespace().find_map(|word| word.parse().ok()).unwrap();
    assert_eq!(said, server.dropped());
    assert_eq!(server.conditions(), Vec::<String>::new());
    // From now on the log is complete, up to the last line.
    assert_eq!(server.stop().code(), Some(0));
    assert!(lines.iter().any(|line| line.ends_with("INFO stopped")));
}

#[test]
fn a_log_that_is_read_is_whole_to_its_last_line() {
    let place = Place::everyday();
    let log = place.path().join("ctm.log");
    let server = Process::serve(&place, &["--log-level", "trace", "--log-file", log.to_str().unwrap()]);
    for _ in 0..50 {
        get(server.url());
    }
    server.signal(Signal::TERM);
    server.line("stopped");
    assert_eq!(server.end().code(), Some(0));
    let written = fs::read_to_string(log).unwrap();
    assert!(written.ends_with("INFO stopped\n"), "{written}");
    assert_eq!(written.matches("answered").count(), 50);
}

#[test]
fn a_log_file_on_a_full_disk_stops_nothing() {
    let place = Place::everyday();
    let server = Process::serve(&place, &["--log-file", "/dev/full"]);
    server.line("up to date");
    for _ in 0..20 {
        assert_eq!(get(server.url()).status, 200);
    }
    wait_for(|| (dropped(server.url()) > 0).then_some(()));
    server.signal(Signal::TERM);
    server.line("stopped");
    assert_eq!(server.end().code(), Some(0));
}

#[test]
fn a_log_file_in_a_deleted_folder_is_created_again() {
    let place = Place::everyday();
    let log = place.path().join("logs/ctm.log");
    let server = Process::serve(&place, &["--log-file", log.to_str().unwrap()]);
    server.line("up to date");
    wait_for(|| fs::read_to_string(&log).ok().filter(|text| text.contains("up to date")));
    fs::remove_dir_all(log.parent().unwrap()).unwrap();
    get(server.url());
    wait_for(|| fs::read_to_string(&log).ok().filter(|text| text.contains("answered")));
}

#[test]
fn a_pipe_without_a_reader_is_not_a_log_file() {
    let place = Place::everyday();
    let pipe = place.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let pipe = pipe.to_str().unwrap();
    for command in ["serve", "daily"] {
        place.run(&[command, "--log-file", pipe]).failed(1, &[pipe, "the pipe has no reader"]);
    }
}

#[test]
fn logs_are_only_accessible_to_their_owner_for_any_umask() {
    let place = Place::everyday();
    let log = place.path().join("new/logs/ctm.log");
    let shell = ["-c", "umask 0; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_ctm"), "daily", "--log-file"];
    let mut command = place.command("/bin/sh", &shell);
    let ran = command.arg(&log).stdout(Stdio::null()).status().unwrap();
    assert!(ran.success());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&log), mode(log.parent().unwrap())), (0o600, 0o700));
}

#[test]
fn standard_error_can_be_the_log_file() {
    let place = Place::everyday();
    let ran = place.run(&["daily", "--log-file", "/dev/stderr"]);
    assert_eq!((ran.code, &*ran.err), (Some(0), ""));
}

#[test]
fn an_error_is_reported_where_standard_error_takes_nothing() {
    let place = Place::everyday();
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let status = place.ctm(&["daily", "--from", "2026-03-08", "--to", "2026-03-07"]).stderr(full).status();
    assert_eq!(status.unwrap().code(), Some(2));
}
