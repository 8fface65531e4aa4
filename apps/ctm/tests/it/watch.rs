//! `ctm watch`, on a terminal.

use crate::place::{Place, response};
use crate::terminal::Terminal;
use ctm_report::clock::Clock;

#[test]
fn changes_are_drawn_and_the_terminal_is_restored() {
    for key in ["q", "\u{3}"] {
        let place = Place::everyday();
        let mut terminal = Terminal::run(&place, &["watch"]);
        terminal.wait_for("Recent responses");
        terminal.wait_for("shop");
        terminal.wait_for("No data. `ctm statusline --install`");
        let now = ctm_report::wire::Time(Clock::system().now()).to_string();
        place.append("projects/-home-u-live/live.jsonl", response("live", 1, 987_654, &now).as_bytes());
        terminal.wait_for("988k");
        terminal.press(key);
        assert!(terminal.end().success());
        let screen = terminal.screen();
        assert!(!screen.alternate_screen() && !screen.hide_cursor());
    }
}

#[test]
fn problems_are_drawn_until_they_are_resolved() {
    let place = Place::everyday();
    let mut terminal = Terminal::run(&place, &["watch"]);
    terminal.wait_for("Recent responses");
    terminal.wait_for("Estimate at API list prices");
    let letter = place.path().join("letter");
    std::fs::write(&letter, "no database").unwrap();
    std::fs::rename(&letter, place.database()).unwrap();
    terminal.wait_for("is damaged or not");
    std::fs::remove_file(place.database()).unwrap();
    terminal.wait_for("Estimate at API list prices");
    terminal.press("q");
    assert!(terminal.end().success());
}

#[test]
fn without_a_terminal_there_is_advice() {
    Place::everyday().run(&["watch"]).failed(2, &["`ctm watch` needs a terminal"]);
}
