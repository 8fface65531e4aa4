//! Memory of many threads.
//!
//! glibc gives every thread an arena of its own, and what one thread frees in another's stays there.
//! Answers are rows that one thread reads and another gives back, so that a server came to hold two
//! times what it needs. What is large gets pages of its own, which the system has back at once, but what is
//! large enough for that rises with what is freed: what compresses an answer would be kept in arenas after
//! the first one. Both are read from the environment once, before `main`: a server without these settings
//! starts itself anew with them, in the same process.

/// Starts this program anew with few arenas, unless that was done. Where that is not possible it goes
/// on as it is.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) fn share() {
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    /// The setting of glibc; who set it knows better.
    const SETTING: &str = "MALLOC_ARENA_MAX";
    /// Arenas for all threads together.
    const ARENAS: &str = "2";
    /// What gets pages of its own, in bytes.
    const LARGE: (&str, &str) = ("MALLOC_MMAP_THRESHOLD_", "131072");

    if std::env::var_os(SETTING).is_none()
        && let Ok(program) = std::env::current_exe()
    {
        let mut args = std::env::args_os();
        let mut command = Command::new(program);
        if let Some(name) = args.next() {
            command.arg0(name);
        }
        // It returns only when it failed.
        let _ = command.args(args).env(SETTING, ARENAS).env(LARGE.0, LARGE.1).exec();
    }
}

/// Does nothing: other allocators have other ways.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn share() {}
