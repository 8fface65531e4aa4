//! `ctm watch`, on a terminal.

use crate::place::{Place, response};
use crate::running::PATIENCE;
use ctm::clock::Clock;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::process::{Child, ExitStatus};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

/// A terminal of 80 columns and 24 rows, and a program that draws on it.
struct Terminal {
    keyboard: File,
    drawn: Receiver<Vec<u8>>,
    program: Child,
    screen: vt100::Parser,
}

impl Terminal {
    fn run(place: &Place, args: &[&str]) -> Self {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&keyboard, size).unwrap();
        let name = ptsname(&keyboard, Vec::new()).unwrap();
        let end = || File::options().read(true).write(true).open(OsStr::from_bytes(name.as_bytes())).unwrap();
        let program =
            place.ctm(args).env("TERM", "xterm").stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
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
        Self { keyboard, drawn, program, screen: vt100::Parser::default() }
    }

    /// Waits until a text can be read on the screen.
    #[track_caller]
    fn wait_for(&mut self, part: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.screen.screen().contents().contains(part) {
            let drawn = self.drawn.recv_timeout(until.saturating_duration_since(Instant::now()));
            let Ok(drawn) = drawn else {
                panic!("`{part}` is not to be read on\n{}", self.screen.screen().contents())
            };
            self.screen.process(&drawn);
        }
    }

    /// Waits until the program has ended and said all that it had to say.
    #[track_caller]
    fn end(&mut self) -> ExitStatus {
        while let Ok(drawn) = self.drawn.recv_timeout(PATIENCE) {
            self.screen.process(&drawn);
        }
        self.program.wait().unwrap()
    }

    fn press(&mut self, key: &str) {
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

#[test]
fn what_happens_is_drawn_and_the_terminal_is_left_as_it_was() {
    for key in ["q", "\u{3}"] {
        let place = Place::everyday();
        let mut terminal = Terminal::run(&place, &["watch"]);
        terminal.wait_for("Last responses");
        terminal.wait_for("shop");
        terminal.wait_for("Not known. `ctm statusline --install`");
        let now = ctm::report::wire::instant(Clock::system().now());
        place.append("projects/-home-u-live/live.jsonl", response("live", 1, 987_654, &now).as_bytes());
        terminal.wait_for("988k");
        terminal.press(key);
        assert!(terminal.end().success());
        let screen = terminal.screen.screen();
        assert!(!screen.alternate_screen() && !screen.hide_cursor());
    }
}

#[test]
fn without_a_terminal_there_is_advice() {
    Place::everyday().run(&["watch"]).failed(2, &["`ctm watch` needs a terminal"]);
}
