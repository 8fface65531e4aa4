//! Development tasks of Claude Token Monitor: `cargo xtask <command>`.
//!
//! One module is one command; the others are what commands share:
//!
//! - [`run`]: the program with its web page, from the sources;
//! - [`test`]: every check and every test, which is also what CI runs;
//! - [`web`]: the page by itself: its size, its tests in a browser, pictures of it;
//! - [`tidy`]: the rules of the repository that no compiler knows;
//! - [`lint`], [`coverage`]: heavier checks, of workflows, images and manifests, and of what tests run;
//! - [`codegen`]: what is generated from the code and checked in;
//! - [`dist`]: release archives;
//! - [`docker`]: the container image, built, run and tried;
//! - [`proxy`]: the program behind nginx;
//! - [`schemathesis`]: requests made from the OpenAPI document, against a server;
//! - [`fuzz`]: inputs made up from what they reach in the code;
//! - [`prices`]: the price table beside public price lists;
//! - [`corpus`]: a generated Claude home with its answer.
//!
//! How fast the program is on such homes is measured by another program, `cargo bench-ctm`, so that these
//! tasks compile quickly; what both need is in `ctm_harness`.
//!
//! # Design
//!
//! Tasks are Rust, rather than shell scripts or a makefile, so that they run wherever the project
//! builds and need no tool that has to be installed first. What a task lacks it installs, or says
//! what to install.

mod browser;
mod codegen;
mod corpus;
mod coverage;
mod dist;
mod docker;
mod fuzz;
mod lint;
mod metadata;
mod page;
mod prices;
mod proxy;
mod python;
mod run;
mod schemathesis;
mod tally;
mod test;
mod tidy;
mod tools;
mod web;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Development tasks of Claude Token Monitor.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Run(run::Args),
    #[command(visible_alias = "ci")]
    Test(test::Args),
    Web(web::Args),
    Tidy(tidy::Args),
    Codegen(codegen::Args),
    LintAll(lint::Args),
    Coverage(coverage::Args),
    Corpus(corpus::Args),
    Dist(dist::Args),
    Fuzz(fuzz::Args),
    Docker(docker::Args),
    Start(docker::StartArgs),
    #[command(flatten)]
    Care(docker::Care),
    Prices(prices::Args),
    Proxy(proxy::Args),
    Schemathesis(schemathesis::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Run(args) => run::run(args),
        Command::Test(args) => test::run(&args),
        Command::Web(args) => web::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Tidy(tidy::Args {}) => tidy::run().map(|()| ExitCode::SUCCESS),
        Command::Codegen(args) => codegen::run(&args).map(|()| ExitCode::SUCCESS),
        Command::LintAll(lint::Args {}) => lint::run().map(|()| ExitCode::SUCCESS),
        Command::Coverage(coverage::Args {}) => coverage::run().map(|()| ExitCode::SUCCESS),
        Command::Corpus(args) => corpus::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Dist(args) => dist::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Fuzz(args) => fuzz::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Start(args) => docker::start(&args).map(|()| ExitCode::SUCCESS),
        Command::Care(care) => docker::care(&care).map(|()| ExitCode::SUCCESS),
        Command::Docker(args) => docker::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Prices(args) => prices::run(&args),
        Command::Proxy(proxy::Args {}) => proxy::run().map(|()| ExitCode::SUCCESS),
        Command::Schemathesis(args) => schemathesis::run(&args).map(|()| ExitCode::SUCCESS),
    };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_task_in_the_documentation_is_understood() {
        let root = ctm_harness::repository::Repository::here().root;
        let documents = ["README.md", "README.zh-CN.md", "CONTRIBUTING.md"].map(|name| root.join(name));
        let folder = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
        let mut checked = 0;
        for document in folder.chain(documents).filter(|path| path.extension().is_some_and(|end| end == "md"))
        {
            let text = std::fs::read_to_string(&document).unwrap();
            for line in text.lines().filter(|line| line.starts_with("cargo xtask ")) {
                let words =
                    line.trim_end_matches('\\').split(" #").next().unwrap().split_whitespace().skip(1);
                if let Err(error) = Cli::try_parse_from(words) {
                    let is_help = !error.use_stderr();
                    assert!(is_help, "{}: `{line}`: {error}", document.display());
                }
                checked += 1;
            }
        }
        assert!(checked > 20, "{checked}");
    }

    #[test]
    fn ci_is_test() {
        for name in ["test", "ci"] {
            let cli = Cli::try_parse_from(["xtask", name, "--skip-browser"]).ok();
            assert!(matches!(cli, Some(Cli { command: Command::Test(_) })), "{name}");
        }
    }
}
