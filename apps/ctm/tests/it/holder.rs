//! Another program that holds the database.

use crate::place::Place;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

/// A program with the write lock.
pub(crate) struct Holder {
    program: Child,
    input: ChildStdin,
}

impl Holder {
    /// Holds the database of a place; without `sqlite3` there is nothing to hold it with.
    pub(crate) fn of(place: &Place) -> Option<Self> {
        Self::by(place, "BEGIN IMMEDIATE;")
    }

    /// Locks the database of a place exclusively.
    pub(crate) fn alone(place: &Place) -> Option<Self> {
        Self::by(place, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;")
    }

    fn by(place: &Place, statements: &str) -> Option<Self> {
        let mut command = Command::new("sqlite3");
        let spawned = command.arg(place.database()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let Ok(mut program) = spawned else {
            println!("skipped: there is no sqlite3");
            return None;
        };
        let mut input = program.stdin.take().unwrap();
        // A server may be writing at this moment.
        input.write_all(format!(".timeout 10000\n{statements} SELECT 'held';\n").as_bytes()).unwrap();
        let lines = BufReader::new(program.stdout.take().unwrap()).lines();
        assert!(lines.map_while(Result::ok).any(|line| line == "held"));
        Some(Self { program, input })
    }

    /// Lets go of the database.
    pub(crate) fn release(mut self) {
        drop(self.input);
        self.program.wait().unwrap();
    }
}
