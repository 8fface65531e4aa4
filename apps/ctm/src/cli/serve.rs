//! `ctm serve`.

use super::args::ServeArgs;
use crate::demo::Demo;
use crate::error::AppError;
use crate::logging::{self, Console, LogLevel};
use crate::progress;
use ctm_config::prices;
use ctm_config::settings::{Layers, Settings};
use ctm_report::clock::Clock;
use ctm_server::open_files;
use ctm_server::server::Server;
#[cfg(unix)]
use ctm_types::printable::with_causes;
use std::collections::BTreeMap;

pub(super) async fn run(flags: BTreeMap<&'static str, String>, args: &ServeArgs) -> Result<(), AppError> {
    let clock = Clock::system();
    let mut layers = Layers::of_process(flags);
    let demo = if args.demo { Some(Demo::generate(&clock, Settings::new(&layers)?.tz)?) } else { None };
    if let Some(demo) = &demo {
        layers.flags.insert("claude_dir", demo.home().display().to_string());
        layers.flags.insert("database", demo.database().display().to_string());
    }
    let mut settings = Settings::new(&layers)?;
    if let Some(demo) = &demo {
        // The projects of the demo do not exist, so the user's rules do not apply.
        settings.rules_file.path = Some(demo.config());
    }
    settings.check_homes()?;
    let log_level = logging::start(&settings, Console::Out)?;
    let prices = prices::load(&settings)?;
    open_files::raise_fd_limit(settings.ws_clients);

    let server = Server::start(settings, prices, clock.clone(), logging::status).await?;
    logging::announce(format_args!("ctm is ready at {}", server.url()));
    let first_reading = tokio::spawn(progress::follow(server.state().ingest.clone()));
    let going_on = demo.as_ref().map(|demo| tokio::spawn(Demo::live(demo.home(), clock)));
    let reason = until_stopped(&layers, &log_level).await?;
    tracing::info!("stopping on {reason}");
    first_reading.abort();
    if let Some(going_on) = going_on {
        going_on.abort();
    }
    server.stop().await?;
    tracing::info!("stopped");
    Ok(())
}

/// Waits for the signal to stop and returns its name. On SIGHUP the log level is reloaded.
#[cfg(unix)]
async fn until_stopped(layers: &Layers, log_level: &LogLevel) -> Result<&'static str, AppError> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).map_err(AppError::io("listen for signals"));
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    let mut hang_up = listen(SignalKind::hangup())?;
    loop {
        tokio::select! {
            _ = interrupt.recv() => return Ok("SIGINT"),
            _ = terminate.recv() => return Ok("SIGTERM"),
            _ = hang_up.recv() => reload_log_level(layers, log_level),
        }
    }
}

/// Waits for the signal to stop and returns its name.
#[cfg(not(unix))]
async fn until_stopped(_layers: &Layers, _log_level: &LogLevel) -> Result<&'static str, AppError> {
    tokio::signal::ctrl_c().await.map_err(AppError::io("listen for Ctrl-C"))?;
    Ok("Ctrl-C")
}

#[cfg(unix)]
fn reload_log_level(layers: &Layers, log_level: &LogLevel) {
    match Settings::new(layers) {
        Ok(settings) => {
            log_level.set(&settings.log_level);
            tracing::info!(level = settings.log_level, "log level reloaded");
        }
        Err(error) => tracing::error!("settings are unchanged: {}", with_causes(&error)),
    }
}
