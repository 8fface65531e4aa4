//! `cargo xtask docker`: the container image, built, run and tried.

mod service;

use crate::dist;
use anyhow::Result;
use clap::Subcommand;
use ctm_harness::engine::{Engine, IMAGE};
use ctm_harness::process;
use ctm_harness::repository::Repository;
use service::PlaceArgs;
pub(crate) use service::StartArgs;

/// Builds, runs and tries the container image.
///
/// The engine is podman or docker, whichever is installed; on Debian as root podman is installed.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds the image from the output of `cargo xtask dist`; with --source within the image's own stages
    Build {
        /// Builds the page and the program in containers, for which base images are fetched.
        #[arg(long)]
        source: bool,
    },
    /// Runs the image on a Claude home, until Ctrl-C
    Run {
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// Runs the image with all restrictions, and checks what it promises
    Test {
        /// Size of the generated home, in MB.
        #[arg(long, default_value_t = 20)]
        size_mb: u64,
        /// Memory that the container may take, in MiB.
        #[arg(long, default_value_t = 64)]
        memory_mb: u64,
    },
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let repository = Repository::here();
    let engine = Engine::find()?;
    match &args.task {
        Task::Build { source } => build(&engine, &repository, *source),
        Task::Run { place } => {
            let mut command = engine.command(["run", "--rm", "--interactive", "--init=false"]);
            process::run(command.args(place.options()?).arg(IMAGE))
        }
        Task::Test { size_mb, memory_mb } => {
            build(&engine, &repository, false)?;
            let sizes = [("--size-mb", size_mb), ("--memory-mb", memory_mb)];
            let mut trial = repository.cargo(["run", "--quiet", "--package", "ctm-bench", "--", "image"]);
            for (option, size) in sizes {
                trial.arg(option).arg(size.to_string());
            }
            process::run(&mut trial)
        }
    }
}

/// Starts the container in the background; builds the image first if it does not exist.
pub(crate) fn start(args: &StartArgs) -> Result<()> {
    let engine = Engine::find()?;
    let is_there = engine.command(["image", "inspect", IMAGE]).output()?.status.success();
    if !is_there {
        build(&engine, &Repository::here(), false)?;
    }
    service::start(&engine, args)
}

/// Actions on the background container.
#[derive(Subcommand)]
pub(crate) enum Care {
    /// Ends and removes the container that `start` started, and keeps its volume
    Stop,
    /// Ends the container that `start` started, and starts it again
    Restart,
    /// Shows the health of the container
    Health,
    /// Shows what the container that `start` started logs, until Ctrl-C
    Logs,
}

pub(crate) fn care(care: &Care) -> Result<()> {
    let engine = Engine::find()?;
    match care {
        Care::Stop => service::stop(&engine),
        Care::Restart => service::restart(&engine),
        Care::Health => service::health(&engine),
        Care::Logs => service::logs(&engine),
    }
}

fn build(engine: &Engine, repository: &Repository, source: bool) -> Result<()> {
    let binary = if source { "source" } else { "dist" };
    if !source && !repository.root.join(format!("dist/linux-{}/ctm", dist::architecture())).is_file() {
        dist::release(repository, "dist".as_ref(), None)?;
    }
    let mut command = engine.build();
    command.args(["--file", "docker/Dockerfile", "--tag", IMAGE]);
    command.args(["--build-arg", &format!("BINARY={binary}")]);
    command.args(["--build-arg", &format!("VERSION={}", env!("CARGO_PKG_VERSION"))]);
    command.args(["--build-arg", &format!("TARGETARCH={}", dist::architecture())]);
    process::run(command.arg(".").current_dir(&repository.root))
}
