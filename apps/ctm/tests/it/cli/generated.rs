//! Output generated from the command line: completions and manual.

use crate::place::Place;

#[test]
fn every_shell_has_completions() {
    let place = Place::empty();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = place.print(&["completions", shell]);
        assert!(script.contains("healthcheck") && script.contains("no-update"), "{shell}");
    }
    place.run(&["completions", "tcsh"]).failed(2, &["bash"]);
}

#[test]
fn every_command_has_a_page() {
    let place = Place::empty();
    assert!(place.print(&["man"]).contains(".TH ctm 1"));
    place.print(&["man", "--dir", "pages"]);
    for page in ["ctm.1", "ctm-daily.1", "ctm-db-restore.1"] {
        assert!(place.path().join("pages").join(page).exists(), "{page}");
    }
}
