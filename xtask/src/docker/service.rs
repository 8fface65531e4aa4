//! A background container: started, stopped and queried without compose.

use super::IMAGE;
use anyhow::{Context, Result, ensure};
use clap::Args;
use ctm_harness::engine::{Engine, locked_up};
use ctm_harness::process;
use ctm_harness::server::PATIENCE;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The container.
const NAME: &str = "ctm";

/// Memory that the container may take, as in `docker/compose.yml`.
const MEMORY_MB: u64 = 256;

/// The volume with its database, which outlives it.
const VOLUME: &str = "ctm-data:/data";

/// Starts a container in the background.
///
/// The image is built if it is not there. The container starts again with the machine, and keeps usage
/// in the volume `ctm-data`. `stop` removes the container and keeps the volume.
#[derive(Debug, Args)]
pub(crate) struct StartArgs {
    #[command(flatten)]
    pub(super) place: PlaceArgs,
}

/// The home that a container reads, and the address of its port.
#[derive(Debug, Args)]
pub(super) struct PlaceArgs {
    /// The Claude home, which the container can only read [default: ~/.claude].
    #[arg(long, value_name = "DIR")]
    claude_dir: Option<PathBuf>,
    /// The port on this machine, closed to others.
    #[arg(long, default_value_t = 51_888)]
    port: u16,
}

impl PlaceArgs {
    /// Returns the options of a container for it. It reads the home as its owner, as files there are
    /// closed to others.
    pub(super) fn options(&self) -> Result<Vec<String>> {
        let default = || std::env::home_dir().map(|home| home.join(".claude"));
        let home = self.claude_dir.clone().or_else(default).context("there is no home folder")?;
        let home = home.canonicalize().with_context(|| format!("no Claude home at `{}`", home.display()))?;
        let mut options = locked_up(&home, MEMORY_MB);
        options.extend(["--user".to_owned(), owner(&home)?]);
        options.extend(["--env", "CTM_AUTH=none", "--volume", VOLUME].map(ToOwned::to_owned));
        options.extend(["--publish".to_owned(), format!("127.0.0.1:{}:51888", self.port)]);
        Ok(options)
    }
}

#[cfg(unix)]
fn owner(path: &Path) -> Result<String> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::metadata(path)?;
    Ok(format!("{}:{}", metadata.uid(), metadata.gid()))
}

/// Files of other systems are accessible to all users in a container.
#[cfg(not(unix))]
fn owner(path: &Path) -> Result<String> {
    fs::metadata(path)?;
    Ok("65532:65532".to_owned())
}

/// Starts the container and waits until it works.
pub(super) fn start(engine: &Engine, args: &StartArgs) -> Result<()> {
    let mut run = engine.command(["run", "--detach", "--name", NAME, "--restart", "unless-stopped"]);
    process::output(run.args(args.place.options()?).arg(IMAGE))?;
    let start = Instant::now();
    while !engine.command(["exec", NAME, "/ctm", "healthcheck"]).output()?.status.success() {
        ensure!(start.elapsed() < PATIENCE, "it is not healthy; `cargo xtask logs` shows the reason");
    }
    println!("http://127.0.0.1:{}/", args.place.port);
    Ok(())
}

/// Ends and removes the container; the volume stays.
pub(super) fn stop(engine: &Engine) -> Result<()> {
    process::run(&mut engine.command(["stop", NAME]))?;
    process::run(&mut engine.command(["rm", NAME]))
}

/// Ends the container and starts it again.
pub(super) fn restart(engine: &Engine) -> Result<()> {
    process::run(&mut engine.command(["restart", NAME]))
}

/// Shows the health of the container.
pub(super) fn health(engine: &Engine) -> Result<()> {
    process::run(&mut engine.command(["exec", NAME, "/ctm", "healthcheck"]))
}

/// Shows what the container logs, until Ctrl-C.
pub(super) fn logs(engine: &Engine) -> Result<()> {
    process::run(&mut engine.command(["logs", "--follow", NAME]))
}

#[cfg(test)]
mod tests {
    use ctm_harness::repository::Repository;

    #[test]
    fn any_user_of_the_container_may_write_into_its_volume() {
        let file = std::fs::File::open(Repository::here().root.join("docker/data.tar")).unwrap();
        let mut archive = tar::Archive::new(file);
        let entries: Vec<_> = archive.entries().unwrap().map(Result::unwrap).collect();
        let [folder] = &entries[..] else { panic!("one folder and nothing else") };
        assert!(folder.header().entry_type().is_dir() && folder.path().unwrap().ends_with("data"));
        assert_eq!(folder.header().mode().unwrap() & 0o7777, 0o1777);
    }
}
