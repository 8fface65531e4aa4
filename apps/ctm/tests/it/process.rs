//! `ctm serve`, or any other program with output, as a process of its own.

use crate::place::Place;
use crate::running::{PATIENCE, wait_for};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// A process, killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    lines: Receiver<String>,
    url: String,
}

impl Process {
    /// Starts `ctm serve` on any free port and waits until it is ready.
    pub(crate) fn serve(place: &Place, args: &[&str]) -> Self {
        Self::spawn(place.ctm(&["serve", "--port", "0"]).args(args))
    }

    /// Starts a server and waits until it is ready.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut process = Self::run(command);
        let ready = process.line("ctm is ready at ");
        process.url = ready.strip_prefix("ctm is ready at ").unwrap().to_owned();
        process
    }

    /// Starts any program.
    pub(crate) fn run(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines, url: String::new() }
    }

    /// The address of the page.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The number of the process.
    #[cfg(target_os = "linux")]
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The most memory that the process had, in kB.
    #[cfg(target_os = "linux")]
    pub(crate) fn peak_kb(&self) -> u64 {
        self.memory_kb("VmHWM:")
    }

    /// The memory that the process has, in kB.
    #[cfg(target_os = "linux")]
    pub(crate) fn resident_kb(&self) -> u64 {
        self.memory_kb("VmRSS:")
    }

    #[cfg(target_os = "linux")]
    fn memory_kb(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let memory = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        memory.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Waits for a line of standard output that has `part` in it.
    #[track_caller]
    pub(crate) fn line(&self, part: &str) -> String {
        self.line_without(part, &[])
    }

    /// Waits for a line of standard output with each of `parts` in it, in any order.
    #[track_caller]
    pub(crate) fn lines<const N: usize>(&self, parts: [&str; N]) -> [String; N] {
        let mut found = parts.map(|_| None);
        while found.contains(&None) {
            let line = self.line("");
            for (part, found) in parts.iter().zip(&mut found) {
                if line.contains(part) {
                    found.get_or_insert_with(|| line.clone());
                }
            }
        }
        found.map(Option::unwrap)
    }

    /// Waits for a line of standard output that has `part` in it, before which none may come
    /// that has one of `others` in it.
    #[track_caller]
    pub(crate) fn line_without(&self, part: &str, others: &[&str]) -> String {
        wait_for(|| {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|error| panic!("no line with `{part}`: {error}"));
            assert!(!others.iter().any(|other| line.contains(other)), "{line}");
            line.contains(part).then_some(line)
        })
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits until the process ends, and returns the lines of its standard output that were not taken yet.
    #[track_caller]
    pub(crate) fn output(self) -> String {
        let mut output = String::new();
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            output.push_str(&line);
            output.push('\n');
        }
        self.end();
        output
    }

    /// Waits until the process ends: its standard output is closed then.
    #[track_caller]
    pub(crate) fn end(mut self) -> ExitStatus {
        while self.lines.recv_timeout(PATIENCE).is_ok() {}
        let status = self.child.try_wait().unwrap();
        status.unwrap_or_else(|| self.child.wait().unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
