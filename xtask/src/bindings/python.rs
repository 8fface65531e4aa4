//! The wheel for Python: built, installed into an environment of its own, and used.

use super::{Build, Homes, examples, json};
use crate::python;
use anyhow::{Context, Result, bail};
use ctm_harness::process;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What builds the wheel and checks its types, in its version.
const REQUIREMENTS: &str = include_str!("requirements.txt");

/// The programs that use it.
const PROGRAMS: [(&str, &str); 2] =
    [("totals.py", include_str!("totals.py")), ("faults.py", include_str!("faults.py"))];

/// What users read, and its examples are run.
const README: &str = include_str!("../../../crates/ctm-python/README.md");

/// The module.
const MODULE: &str = "claude_token_monitor_reader";

/// An environment with nothing but the wheel.
pub(super) struct Installed {
    /// Python with mypy.
    tools: PathBuf,
    /// Python with the module.
    python: PathBuf,
    /// The folder of the programs.
    folder: PathBuf,
    /// Where mypy keeps what it knows of the standard library.
    cache: PathBuf,
}

/// Builds the wheel into `out`.
pub(super) fn wheel(build: &Build<'_>, out: &Path) -> Result<()> {
    let tools = python::programs(build.repository, "bindings-python", REQUIREMENTS)?;
    let mut maturin = Command::new(tools.join("maturin"));
    maturin.args([
        "build",
        "--quiet",
        "--locked",
        "--manifest-path",
        "crates/ctm-python/Cargo.toml",
        "--out",
    ]);
    process::run(build.settings(maturin.arg(out).current_dir(&build.repository.root)))
}

impl Installed {
    /// Builds the wheel, and installs it into a fresh environment.
    pub(super) fn create(build: &Build<'_>, folder: &Path) -> Result<Self> {
        let wheels = folder.join("wheels");
        wheel(build, &wheels)?;
        let tools = python::programs(build.repository, "bindings-python", REQUIREMENTS)?.join("python");
        let environment = folder.join("environment");
        process::run(Command::new(&tools).args(["-m", "venv", "--without-pip"]).arg(&environment))?;
        let python = environment.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
        let wheel = fs::read_dir(&wheels)?.next().context("maturin built no wheel")??.path();
        let mut pip = Command::new(&tools);
        pip.args(["-m", "pip", "--disable-pip-version-check", "--quiet", "--python"]).arg(&python);
        process::run(pip.args(["install", "--no-index"]).arg(&wheel))?;
        for (name, program) in PROGRAMS {
            fs::write(folder.join(name), program)?;
        }
        let cache = build.target.join("mypy");
        Ok(Self { tools, python, folder: folder.to_owned(), cache })
    }

    /// Checks types, errors and the examples of the README.
    pub(super) fn check(&self, homes: &Homes) -> Result<()> {
        let examples = examples(README, "python", &self.folder, "py")?;
        let mut mypy = Command::new(&self.tools);
        mypy.args(["-m", "mypy", "--strict", "--no-error-summary", "--cache-dir"]).arg(&self.cache);
        mypy.arg("--python-executable")
            .arg(&self.python)
            .args(PROGRAMS.map(|(name, _)| name))
            .args(&examples);
        process::run(mypy.current_dir(&self.folder))?;
        self.check_stub()?;
        process::run(self.command("faults.py").args(homes.of_faults()))?;
        let printed = examples.iter().map(|example| {
            let mut command = Command::new(&self.python);
            process::output(command.arg(example).env("HOME", &homes.user).env("USERPROFILE", &homes.user))
        });
        homes.check_examples(&printed.collect::<Result<Vec<_>>>()?, "0.23145\n")
    }

    /// Compares the types that are declared with the module itself.
    fn check_stub(&self) -> Result<()> {
        let mut paths = Command::new(&self.python);
        let paths =
            process::output(paths.args(["-c", "import sysconfig; print(sysconfig.get_paths()['platlib'])"]))?;
        let mut stubtest = Command::new(&self.tools);
        // The library in the module has the same names.
        fs::write(self.folder.join("allowed"), format!("{MODULE}.{MODULE}\n"))?;
        stubtest
            .args(["-m", "mypy.stubtest", MODULE, "--allowlist", "allowed"])
            .env("PYTHONPATH", paths.trim());
        let (output, result) = process::run_captured(stubtest.current_dir(&self.folder))?;
        if result.is_err() {
            bail!("the types of the module are not those that are declared\n{output}");
        }
        Ok(())
    }

    /// Returns the figures of a home.
    pub(super) fn totals(&self, home: &Path) -> Result<Value> {
        json(&process::output(self.command("totals.py").arg(home))?)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(&self.python);
        command.arg(self.folder.join(program));
        command
    }
}
