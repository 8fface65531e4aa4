//! `cargo xtask web`: building and checking the web page.

use crate::page::Web;
use crate::tally::TestCounts;
use crate::{browser, tools};
use anyhow::Result;
use ctm_harness::process;
use ctm_harness::repository::Repository;

/// Builds the web page if its sources changed, and runs one action on it.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    then: Then,
}

#[derive(clap::Args)]
#[group(multiple = false)]
struct Then {
    /// Fails when a page loads more than its budget allows.
    #[arg(long)]
    check_size: bool,
    /// Runs the tests in a browser, against the program on a generated home.
    #[arg(long)]
    e2e: bool,
    /// Prints how fast the page is in a browser, as ratios within the run.
    #[arg(long)]
    bench: bool,
    /// Takes the pictures of the documentation.
    #[arg(long)]
    screenshots: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let repository = Repository::here();
    let web = Web::of(&repository)?;
    let Args { then } = args;
    tools::require(then.e2e || then.bench || then.screenshots)?;
    web.bring_up_to_date()?;
    if then.check_size {
        process::run(&mut web.pnpm(["size"]))?;
    }
    if then.e2e {
        let mut tally = TestCounts::default();
        let outcome = browser::test(&repository, &web, &mut tally);
        println!("{tally}");
        outcome?;
    }
    if then.bench {
        browser::measure(&repository, &web)?;
    }
    if then.screenshots {
        browser::take_pictures(&repository, &web)?;
    }
    Ok(())
}
