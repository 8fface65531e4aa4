//! Trial of the image: checks what it promises.
//!
//! A generated home is mounted read-only into a container that may do next to nothing: it turns
//! healthy, follows a line that is appended outside, stops on request, keeps everything
//! when it is killed, and neither writes into the home nor needs a network.

use crate::watchers::Audience;
use anyhow::{Context, Result, bail, ensure};
use ctm_corpus::Plan;
use ctm_harness::answer::Checker;
use ctm_harness::engine::{Engine, IMAGE, locked_up};
use ctm_harness::home::{self, Home};
use ctm_harness::http::Connection;
use ctm_harness::process;
use ctm_harness::server::PATIENCE;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// User of the container: one that the image does not contain, because users have ids of their own.
const SOMEBODY: &str = "4321:4321";

/// Responses of a day of uninterrupted work with Claude Code, and the number per batch.
const DAY: usize = 2_000;
const AT_A_TIME: usize = 20;

/// Tests the image of `cargo xtask docker build` with all restrictions.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Size of the generated home, in MB.
    #[arg(long, default_value_t = 20)]
    size_mb: u64,
    /// Memory that the container may take, in MiB.
    #[arg(long, default_value_t = 64)]
    memory_mb: u64,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let (home_mb, memory_mb) = (args.size_mb, args.memory_mb);
    let engine = &Engine::find()?;
    let folder = tempfile::tempdir()?;
    open_to_all(folder.path())?;
    let path = folder.path().join("home");
    let plan = Plan::stress(1, home_mb * 1_000_000, home::UNTIL_MS);
    home::write_answer(&ctm_corpus::generate(&plan, &path)?, &path)?;
    let mut home = Home::open(&path)?.growing_copy()?;
    open_to_all(home.path())?;
    let mut checker = Checker::new(Home::open(&path)?.answer.totals);

    let container = Container::start(engine, home.path(), memory_mb)?;
    let start = Instant::now();
    println!("healthy after {:.2} s", container.wait_until_healthy()?.as_secs_f64());
    let url = container.url()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut audience = Audience::gather(&url, 1).await?;
        audience.wait_for(checker.responses()).await?;
        println!("{home_mb} MB are read after {:.2} s", start.elapsed().as_secs_f64());
        let start = Instant::now();
        checker.grow(home.append()?);
        audience.wait_for(checker.responses()).await?;
        println!("a line appended outside was announced after {:.0} ms", start.elapsed().as_secs_f64() * 1e3);
        println!("most memory: {} MB", container.peak_mb()?);
        for _ in 0..DAY / AT_A_TIME {
            for _ in 0..AT_A_TIME {
                checker.grow(home.append()?);
            }
            audience.wait_for(checker.responses()).await?;
        }
        println!("most memory after {DAY} responses more: {} MB", container.peak_mb()?);
        Ok::<_, anyhow::Error>(())
    })?;
    container.check(&mut checker)?;
    println!("all figures are those of the home");
    container.cannot_write(home.path())?;
    println!("nothing can be written into the home");
    println!("ended with 0 after {:.2} s", container.stop()?.as_secs_f64());

    container.again()?;
    container.call(["kill", "--signal", "KILL"])?;
    container.again()?;
    container.check(&mut checker)?;
    println!("killed and started again: nothing is lost");
    container.stop()?;
    checker.check(&container.without_network()?)?;
    println!("without any network the figures are the same");
    println!("image: {} MB", container.image_mb()?);
    Ok(())
}

/// A container with its volume; both vanish with their owner.
struct Container<'a> {
    engine: &'a Engine,
    name: String,
    /// Its restrictions and its mounts.
    options: Vec<String>,
}

impl<'a> Container<'a> {
    fn start(engine: &'a Engine, home: &Path, memory_mb: u64) -> Result<Self> {
        let container = Self {
            engine,
            name: format!("ctm-trial-{}", std::process::id()),
            options: locked_up(home, memory_mb),
        };
        let mut command =
            engine.command(["run", "--detach", "--name", &container.name, "--env", "CTM_AUTH=none"]);
        command.args(&container.options).args(container.volume()).args(["--user", SOMEBODY]);
        process::output(command.args(["--publish", "127.0.0.1::51888", IMAGE]))?;
        Ok(container)
    }

    fn volume(&self) -> [String; 2] {
        ["--volume".to_owned(), format!("{}:/data", self.name)]
    }

    /// Calls the engine on the container.
    fn call<const N: usize>(&self, args: [&str; N]) -> Result<String> {
        process::output(self.engine.command(args).arg(&self.name))
    }

    fn inspect(&self, what: &str) -> Result<String> {
        Ok(self.call(["inspect", "--format", what])?.trim().to_owned())
    }

    fn exec(&self, program: &[&str]) -> Command {
        let mut command = self.engine.command(["exec", &self.name]);
        command.args(program);
        command
    }

    fn wait_until_healthy(&self) -> Result<Duration> {
        let start = Instant::now();
        loop {
            if self.exec(&["/ctm", "healthcheck"]).output()?.status.success() {
                return Ok(start.elapsed());
            }
            if start.elapsed() > PATIENCE {
                bail!("it did not turn healthy:\n{}", self.call(["logs"])?);
            }
        }
    }

    fn url(&self) -> Result<String> {
        let ports = process::output(self.engine.command(["port", &self.name]).arg("51888"))?;
        let address = ports.lines().next().context("no port is published")?;
        Ok(format!("http://{}/", address.trim()))
    }

    fn check(&self, checker: &mut Checker) -> Result<()> {
        checker.check(&Connection::open(&self.url()?)?.get("/api/v1/stats?range=all&tz=UTC")?)
    }

    /// Checks that the system refuses a log file in the home, independent of the program's own rules.
    fn cannot_write(&self, home: &Path) -> Result<()> {
        let asked = self.exec(&["/ctm", "daily", "--log-file", "/claude/ctm.log"]).output()?;
        let refusal = String::from_utf8_lossy(&asked.stderr);
        ensure!(!asked.status.success() && refusal.contains("Read-only file system"), "it said: {refusal}");
        let left = fs::read_dir(home)?.filter_map(Result::ok).map(|entry| entry.file_name());
        ensure!(!left.into_iter().any(|name| name.to_string_lossy().contains("log")), "a log is in the home");
        Ok(())
    }

    fn peak_mb(&self) -> Result<u64> {
        let process = self.inspect("{{.State.Pid}}")?;
        let status = fs::read_to_string(format!("/proc/{process}/status"))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no peak")?;
        let kilobytes: u64 = peak.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes * 1024 / 1_000_000)
    }

    /// Stops the container, which must end before the engine kills it, and returns the time.
    fn stop(&self) -> Result<Duration> {
        let start = Instant::now();
        self.call(["stop", "--time", "10"])?;
        let took = start.elapsed();
        let code = self.inspect("{{.State.ExitCode}}")?;
        ensure!(code == "0", "it ended with {code}");
        Ok(took)
    }

    fn again(&self) -> Result<()> {
        self.call(["start"])?;
        self.wait_until_healthy().map(drop)
    }

    /// Returns the report of a container without network.
    fn without_network(&self) -> Result<Vec<u8>> {
        let mut command = self.engine.command(["run", "--rm", "--network", "none"]);
        command.args(&self.options).args(self.volume()).args(["--user", SOMEBODY]);
        command.args([IMAGE, "daily", "--json", "--tz", "UTC"]);
        process::output(&mut command).map(String::into_bytes)
    }

    fn image_mb(&self) -> Result<f64> {
        let format = ["image", "inspect", "--format", "{{.Size}}", IMAGE];
        let bytes: f64 = process::output(&mut self.engine.command(format))?.trim().parse()?;
        Ok((bytes / 1e5).round() / 10.0)
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        // A missing container need not be removed.
        let _ = self.call(["rm", "--force"]);
        let _ = self.call(["volume", "rm"]);
    }
}

/// Makes a folder readable for the container's user.
fn open_to_all(folder: &Path) -> Result<()> {
    #[cfg(unix)]
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}
