//! Enrolment, pushes and their end.

use crate::hub::{Answer, CODE, Hub, TOKEN};
use crate::place::Place;
use serde_json::Value;

#[test]
fn a_machine_is_enrolled_pushes_what_is_new_and_is_forgotten() {
    let (mut place, hub) = (Place::with(3), Hub::new());
    let none = "This machine is enrolled at no hub. `ctm push enrol URL CODE` enrols it.";
    assert_eq!(place.print(&["status"]), none);
    place.fails(&[], 2, "`ctm push enrol URL CODE` enrols it");
    let enrolled = place.print(&["enrol", &hub.url, CODE, "--name", "laptop"]);
    let said = format!("Enrolled at {} as laptop, level names. `ctm push` sends 3 responses.", hub.url);
    assert_eq!(enrolled, said);
    let token = place.dir.path().join(format!("push-{}.token", "0f".repeat(16)));
    assert_eq!(std::fs::read_to_string(&token).unwrap().trim(), TOKEN);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(token.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(place.print(&[]), format!("{}: 3 responses pushed", hub.url));
    assert_eq!(place.print(&["now"]), format!("{}: 0 responses pushed", hub.url));
    place.read(1);
    let status: Value = serde_json::from_str(&place.print(&["status", "--json"])).unwrap();
    let [of] = &status.as_array().unwrap()[..] else { panic!("{status}") };
    assert_eq!((&of["due"], &of["level"], &of["last"]["responses"]), (&1.into(), &"names".into(), &3.into()));
    assert_eq!(place.print(&["now", "--url", &hub.url]), format!("{}: 1 response pushed", hub.url));
    assert_eq!(hub.counts(), (4, 2));
    let log = place.print(&["log"]);
    assert_eq!(log.lines().count(), 2, "{log}");
    assert!(log.lines().all(|line| line.ends_with("B: taken") && line.len() <= 80), "{log}");
    let page = place.print(&["status"]);
    assert!(page.contains("  To push    0 responses") && page.lines().all(|line| line.len() <= 80), "{page}");
    let forgotten = place.print(&["forget"]);
    assert!(forgotten.ends_with("Its usage on the hub is deleted."), "{forgotten}");
    assert_eq!(hub.state().requests.last().unwrap().line, "DELETE /api/v1/push");
    assert!(!token.exists());
    assert_eq!(place.print(&["status"]), none);
}

#[test]
fn a_backlog_is_pushed_in_parts_and_a_lost_answer_loses_and_doubles_nothing() {
    let (place, hub) = (Place::with(25), Hub::new());
    hub.state().most = 10;
    place.print(&["enrol", &hub.url, CODE]);
    hub.state().next.push_back(Answer::Lost);
    place.fails(&[], 1, "0 responses pushed");
    assert_eq!(hub.state().claims.len(), 10);
    assert_eq!(place.print(&[]), format!("{}: 15 responses pushed", hub.url));
    assert_eq!(hub.counts(), (25, 3));
}

#[test]
fn a_restored_backup_and_another_level_send_everything_again() {
    let (mut place, hub) = (Place::with(3), Hub::new());
    place.print(&["enrol", &hub.url, CODE]);
    place.print(&[]);
    let backup = place.back_up();
    place.read(2);
    place.print(&[]);
    place.restore(&backup);
    assert_eq!(place.print(&[]), format!("{}: 3 responses pushed", hub.url));
    let page = place.print(&["status"]);
    assert!(page.contains("Sent again"), "{page}");
    hub.state().level = "totals";
    assert_eq!(place.print(&[]), format!("{}: 3 responses pushed", hub.url));
    let pushes = hub.pushes();
    assert!(pushes.last().unwrap().contains("\"level\":\"totals\""), "{pushes:?}");
}
