//! A terminal, with a program that draws on it.

use crate::place::Place;
use crate::running::PATIENCE;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Instant;

/// A terminal of 80 columns and 24 rows, and a program that draws on it.
pub(crate) struct Terminal {
    keyboard: File,
    drawn: Receiver<Vec<u8>>,
    program: Child,
    screen: vt100::Parser,
    /// Everything that the program wrote.
    written: Vec<u8>,
}

impl Terminal {
    /// Runs `ctm` on a terminal.
    pub(crate) fn run(place: &Place, args: &[&str]) -> Self {
        Self::spawn(&mut place.ctm(args))
    }

    /// Runs a program on a terminal.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&keyboard, size).unwrap();
        let name = ptsname(&keyboard, Vec::new()).unwrap();
        let end = || File::options().read(true).write(true).open(OsStr::from_bytes(name.as_bytes())).unwrap();
        let program = command.env("TERM", "xterm").stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
        // Or the command would keep the terminal open.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let keyboard = File::from(keyboard);
        let (sender, drawn) = channel();
        let mut screen = keyboard.try_clone().unwrap();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // The terminal is gone when the program has ended.
            while let Ok(length @ 1..) = screen.read(&mut bytes) {
                if sender.send(bytes[..length].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { keyboard, drawn, program, screen: vt100::Parser::default(), written: Vec::new() }
    }

    /// Waits until a text can be read on the screen.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, part: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.screen().contents().contains(part) {
            let drawn = self.drawn.recv_timeout(until.saturating_duration_since(Instant::now()));
            let Ok(drawn) = drawn else {
                panic!("`{part}` is not to be read on\n{}", self.screen().contents())
            };
            self.draw(&drawn);
        }
    }

    fn draw(&mut self, drawn: &[u8]) {
        self.screen.process(drawn);
        self.written.extend(drawn);
    }

    /// Returns what can be read on the terminal.
    pub(crate) fn screen(&self) -> &vt100::Screen {
        self.screen.screen()
    }

    /// Returns everything that the program wrote until now.
    pub(crate) fn written(&self) -> &[u8] {
        &self.written
    }

    /// Waits until the program has ended and written everything.
    #[track_caller]
    pub(crate) fn end(&mut self) -> ExitStatus {
        loop {
            match self.drawn.recv_timeout(PATIENCE) {
                Ok(drawn) => self.draw(&drawn),
                Err(RecvTimeoutError::Disconnected) => return self.program.wait().unwrap(),
                Err(RecvTimeoutError::Timeout) => {
                    panic!("the program has not ended; its screen is\n{}", self.screen().contents())
                }
            }
        }
    }

    /// Presses a key.
    pub(crate) fn press(&mut self, key: &str) {
        self.keyboard.write_all(key.as_bytes()).unwrap();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It has ended already unless the test failed.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
