//! `ctm serve`.

use super::args::ServeArgs;
use super::unread;
use crate::channels;
use crate::collector;
use crate::demo::Demo;
use crate::error::AppError;
use crate::logging::{self, Console, LogLevel};
use crate::progress;
use ctm_config::error::ConfigError;
use ctm_config::prices;
use ctm_config::settings::{Layers, Settings};
use ctm_report::clock::Clock;
use ctm_server::open_files;
use ctm_server::server::Server;
#[cfg(unix)]
use ctm_types::printable::with_causes;
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// How often missing and new homes are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(2);

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
    settings.demo = demo.is_some();
    if settings.demo {
        // Its usage is generated here.
        settings.database_url = None;
    }
    settings.check_hub()?;
    let reads_homes = settings.database_url.is_none();
    if reads_homes {
        // Without Claude Code started yet, a container would restart again and again.
        match settings.check_homes() {
            Err(ConfigError::NoClaudeHome { .. }) => {}
            checked => checked?,
        }
    } else {
        settings = settings.without_homes();
    }
    let log_level = logging::start(&settings, Console::Out)?;
    let prices = prices::load(&settings)?;
    open_files::raise_fd_limit(settings.ws_clients);

    let (channels, collector) = (channels::open(&settings)?, collector::open(&settings)?);
    let is_first_run = !settings.database.exists();
    let mut server = Server::start(
        settings.clone(),
        prices.clone(),
        clock.clone(),
        logging::status,
        Arc::clone(&channels),
        collector.clone(),
    )
    .await?;
    logging::announce(format_args!("ctm is ready at {}", server.url()));
    if is_first_run && reads_homes {
        unread::note(&settings).into_iter().for_each(logging::announce);
    }
    if reads_homes && let Err(missing) = settings.check_homes() {
        missing.to_string().lines().chain(["waiting until there is one"]).for_each(logging::announce);
    }
    let mut first_reading = tokio::spawn(progress::follow(server.state().ingest.clone()));
    let demo_work = demo.as_ref().map(|demo| tokio::spawn(Demo::live(demo.home(), clock.clone())));
    let mut stopped = pin!(until_stopped(&layers, &log_level));
    let reason = loop {
        tokio::select! {
            reason = &mut stopped => break reason?,
            found = home_found(&layers, &settings) => {
                // Every part of the server is built for its homes, so it starts again; clients reconnect to another run.
                settings = Settings { port: server.port(), ..settings.with_homes_of(found) };
                first_reading.abort();
                server.stop().await?;
                tracing::info!("the Claude homes have changed; starting again");
                let (settings, prices, clock) = (settings.clone(), prices.clone(), clock.clone());
                let (channels, collector) = (Arc::clone(&channels), collector.clone());
                server = Server::start(settings, prices, clock, logging::status, channels, collector).await?;
                first_reading = tokio::spawn(progress::follow(server.state().ingest.clone()));
            }
        }
    };
    tracing::info!("stopping on {reason}");
    first_reading.abort();
    if let Some(demo_work) = demo_work {
        demo_work.abort();
    }
    server.stop().await?;
    tracing::info!("stopped");
    Ok(())
}

/// Waits for a missing home to appear, or for `claude_dir` to stand for other homes, and returns the settings with them.
async fn home_found(layers: &Layers, known: &Settings) -> Settings {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    let look = Arc::new(known.clone());
    loop {
        ticks.tick().await;
        let look = Arc::clone(&look);
        let has_changed = move || {
            let is_there = look.missing_homes.iter().any(|path| path.is_dir());
            (is_there, look.has_other_homes())
        };
        // A failure is repeated.
        let Ok((is_there, are_others)) = tokio::task::spawn_blocking(has_changed).await else { continue };
        if !is_there && !are_others {
            continue;
        }
        // This run does not need the files of settings any more; the next start reports their errors.
        if let Ok(found) = Settings::new(layers)
            && (are_others
                || found.homes.iter().any(|home| known.homes.iter().all(|known| known.name != home.name)))
        {
            return found;
        }
    }
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
