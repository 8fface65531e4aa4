//! Snapshots of every command, at 80 and at 120 columns, from a home of usual things and from an
//! empty one; and the examples of the documentation.
//!
//! `TRYCMD=overwrite cargo test -p ctm --test it cli::snapshots` writes the present output into the files, to
//! be reviewed like any other change. Output that differs between runs is written as `[..]`.

use crate::place::Place;
use ctm_pricing::PriceBook;
use trycmd::TestCases;

/// Runs the cases of some files in a place, on so many columns.
fn run(place: &Place, columns: &str, files: &[&str]) {
    let path = place.path().canonicalize().unwrap();
    let path = path.to_str().unwrap();
    let cases = TestCases::new();
    cases.register_bin("ctm", trycmd::schema::Bin::Path(env!("CARGO_BIN_EXE_ctm").into()));
    let variables = [
        ("HOME", path.to_owned()),
        ("XDG_CONFIG_HOME", format!("{path}/config")),
        ("XDG_DATA_HOME", format!("{path}/data")),
        ("CTM_CLAUDE_DIR", format!("home={path}/claude")),
        ("CTM_DATABASE_PATH", format!("{path}/data/ctm.db")),
        ("CTM_TZ", "UTC".to_owned()),
        ("CTM_MANAGED_SETTINGS", "off".to_owned()),
        ("COLUMNS", columns.to_owned()),
        ("NO_COLOR", "1".to_owned()),
    ];
    for (name, value) in variables {
        cases.env(name, value);
    }
    cases.insert_var("[PLACE]", path.to_owned()).unwrap();
    // Human-readable output contains no names of variables.
    if files.iter().all(|file| file.ends_with(".trycmd")) {
        cases.insert_var("[PRICES]", PriceBook::builtin().version().to_owned()).unwrap();
    }
    for file in files {
        cases.case(file);
    }
    cases.run();
}

#[test]
fn a_home_of_usual_things() {
    let place = Place::everyday();
    // The cases run in parallel, on an existing database.
    place.print(&["daily"]);
    run(&place, "80", &["tests/cmd/everyday/*.trycmd"]);
    run(&place, "120", &["tests/cmd/wide/*.trycmd"]);
}

#[test]
fn an_empty_home() {
    run(&Place::empty(), "80", &["tests/cmd/empty/*.trycmd"]);
}

#[test]
fn the_examples_of_the_documentation() {
    let place = Place::everyday();
    place.print(&["daily"]);
    run(&place, "80", &["../../docs/cli.md", "../../docs/data.md", "../../docs/getting-started.md"]);

    let place = Place::in_situation("special-prices");
    place.print(&["daily"]);
    run(&place, "80", &["../../docs/from-ccusage.md"]);
}
