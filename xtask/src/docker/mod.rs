//! `cargo xtask docker`: the container image, built, run and tried.

mod engine;
mod trial;

use crate::dist;
use crate::process;
use crate::repository::Repository;
use anyhow::Result;
use clap::Subcommand;
use engine::Engine;
use std::path::PathBuf;

/// The image.
const IMAGE: &str = "localhost/ctm:latest";

/// Builds, runs and tries the container image.
///
/// The engine is podman or docker, whichever is there; on Debian as root podman is installed.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds the image from what `cargo xtask dist` made; with --source within the image's own stages
    Build {
        /// Builds the page and the program in containers, for which base images are fetched.
        #[arg(long)]
        source: bool,
    },
    /// Runs the image on a Claude home, until Ctrl-C
    Run {
        /// The Claude home, which the container can only read.
        #[arg(long, value_name = "DIR")]
        claude_dir: PathBuf,
        /// The port on this machine.
        #[arg(long, default_value_t = 51_888)]
        port: u16,
    },
    /// Runs the image as locked up as can be, and checks what it promises
    Test,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let repository = Repository::here();
    let engine = Engine::find()?;
    match &args.task {
        Task::Build { source } => build(&engine, &repository, *source),
        Task::Run { claude_dir, port } => {
            let mut command = engine.command(["run", "--rm", "--interactive", "--init=false"]);
            command.args(engine::locked_up(&claude_dir.canonicalize()?));
            command.args(["--env", "CTM_AUTH=none", "--publish", &format!("127.0.0.1:{port}:51888")]);
            process::run(command.args(["--volume", "ctm-data:/data", IMAGE]))
        }
        Task::Test => {
            build(&engine, &repository, false)?;
            trial::run(&engine)
        }
    }
}

fn build(engine: &Engine, repository: &Repository, source: bool) -> Result<()> {
    let binary = if source { "source" } else { "dist" };
    if !source && !repository.root.join(format!("dist/linux-{}/ctm", dist::architecture())).is_file() {
        dist::run(&dist::Args { out: "dist".into() })?;
    }
    let mut command = engine.build();
    command.args(["--file", "docker/Dockerfile", "--tag", IMAGE]);
    command.args(["--build-arg", &format!("BINARY={binary}")]);
    command.args(["--build-arg", &format!("VERSION={}", env!("CARGO_PKG_VERSION"))]);
    command.args(["--build-arg", &format!("TARGETARCH={}", dist::architecture())]);
    process::run(command.arg(".").current_dir(&repository.root))
}
