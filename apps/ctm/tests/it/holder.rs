//! Another program that holds the database.

use crate::place::Place;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

/// A program that is about to write, and keeps everybody else from that.
pub(crate) struct Holder {
    program: Child,
    input: ChildStdin,
}

impl Holder {
    /// Holds the database of a place; without `sqlite3` there is nothing to hold it with.
    pub(crate) fn of(place: &Place) -> Option<Self> {
        let mut command = Command::new("sqlite3");
        let spawned = command.arg(place.database()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let Ok(mut program) = spawned else {
            println!("skipped: there is no sqlite3");
            return None;
        };
        let mut input = program.stdin.take().unwrap();
        input.write_all(b"BEGIN IMMEDIATE; SELECT 'held';\n").unwrap();
        let mut held = String::new();
        BufReader::new(program.stdout.take().unwrap()).read_line(&mut held).unwrap();
        assert_eq!(held, "held\n");
        Some(Self { program, input })
    }

    /// Lets go of the database.
    pub(crate) fn release(mut self) {
        drop(self.input);
        self.program.wait().unwrap();
    }
}
