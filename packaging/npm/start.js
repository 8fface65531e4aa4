#!/usr/bin/env node
// Starts the program of the package for this platform, and ends as it ends.
"use strict";

const { spawn } = require("node:child_process");
const os = require("node:os");

const name = `claude-token-monitor-${process.platform}-${process.arch}`;

function find() {
  try {
    return require.resolve(`${name}/bin/ctm${process.platform === "win32" ? ".exe" : ""}`);
  } catch {
    const { optionalDependencies } = require("./package.json");
    const remedy =
      name in optionalDependencies
        ? "Install claude-token-monitor again, with optional dependencies (without --omit=optional)."
        : "There is no program for this platform; the sources may compile on it.";
    console.error(`error: the package ${name} is not installed. ${remedy}`);
    process.exit(1);
  }
}

const child = spawn(find(), process.argv.slice(2), { stdio: "inherit" });
child.on("error", (error) => {
  console.error(`error: cannot start the program of ${name}: ${error.message}`);
  process.exit(1);
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    // A terminal sends Ctrl-C to both.
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  });
}
child.on("exit", (code, signal) => {
  process.exit(signal ? 128 + os.constants.signals[signal] : code);
});
