//! `ctm watch`: present activity in the terminal.
//!
//! The update loop of the server keeps the database up to date; figures are queried and drawn again after
//! every change, and every few seconds because time passes.

mod screen;

use crate::error::AppError;
use crate::logging::{self, Console};
use ctm_aggregate::RangePreset;
use ctm_config::prices;
use ctm_config::settings::{Layers, Settings};
use ctm_facts::UsageFilter;
use ctm_ingest::live::Live;
use ctm_ingest::open_store;
use ctm_ingest::updater::{Updater, UpdaterState};
use ctm_report::clock::Clock;
use ctm_report::{Compare, DatabaseReports, Homes, Period, Query, ReportError, Reporter};
use ctm_types::printable::with_causes;
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use screen::Screen;
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::MissedTickBehavior;

/// Redraw interval without changes.
const PACE: Duration = Duration::from_secs(5);

/// Minimum time between two queries.
const GAP: Duration = Duration::from_millis(250);

/// Interval at which the key thread checks whether it is still needed.
const KEY_PATIENCE: Duration = Duration::from_millis(100);

/// Maximum number of responses shown; how many fit depends on the terminal.
const MOST_RESPONSES: usize = 50;

pub(super) async fn run(flags: BTreeMap<&'static str, String>) -> Result<(), AppError> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        let advice =
            "`ctm watch` needs a terminal; `ctm --json` and `ctm daily --json` are for other programs";
        return Err(AppError::Query(advice.to_owned()));
    }
    let settings = Settings::new(&Layers::of_process(flags))?;
    settings.check_homes()?;
    logging::start(&settings, Console::Nowhere)?;
    let (prices, clock) = (prices::load(&settings)?, Clock::system());
    let store = open_store(&settings, prices.context_thresholds()).await?;
    let live = Arc::new(Live::new(store.data_version().await?, 1));
    let homes = Homes::new(&settings.homes);
    let reporter = Reporter::new(store.clone(), prices, clock.clone(), homes);
    let service =
        Updater::start(&settings, store.clone(), Arc::clone(&live), reporter.clone(), clock.clone()).await?;
    let (stop, stopped) = watch::channel(false);
    let state = service.state();
    let service = tokio::spawn(service.run(stopped));

    let archive = DatabaseReports::new(store.clone(), reporter.clone());
    let mut viewer = Viewer { archive, reporter, settings, clock, state };
    let mut terminal = ratatui::try_init().map_err(AppError::io("use the terminal"))?;
    let seen = viewer.follow(&mut terminal, &live).await;
    // The terminal is restored in any case.
    ratatui::restore();
    stop.send_replace(true);
    let ingestor = service.await.map_err(|error| AppError::io("stop reading")(error.into()))?;
    store.close().await;
    ingestor.close().await?;
    seen
}

/// Queries the figures and draws them.
struct Viewer {
    archive: DatabaseReports,
    reporter: Reporter,
    settings: Settings,
    clock: Clock,
    state: Arc<UpdaterState>,
}

impl Viewer {
    async fn follow(&mut self, terminal: &mut DefaultTerminal, live: &Live) -> Result<(), AppError> {
        let mut ingest = self.state.ingest.clone();
        let mut shown: Option<Screen> = None;
        let mut events = live.subscribe();
        let mut keys = keys();
        let mut pace = tokio::time::interval(PACE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let read = *ingest.borrow_and_update();
            let screen = match (self.look(read).await, shown.take()) {
                (Ok(screen), _) => screen,
                // The last known figures are kept, next to the problem.
                (Err(error), Some(known)) => {
                    let trouble = self.trouble().or_else(|| Some(with_causes(&error)));
                    Screen { now: self.clock.now(), ingest: read, trouble, ..known }
                }
                (Err(error), None) => return Err(error.into()),
            };
            terminal.draw(|frame| screen.draw(frame)).map_err(AppError::io("draw on the terminal"))?;
            shown = Some(screen);
            tokio::select! {
                key = keys.recv() => match key {
                    Some(Key::Quit) | None => return Ok(()),
                    Some(Key::Redraw) => {}
                },
                _ = pace.tick() => {}
                Ok(()) = events.changed() => tokio::time::sleep(GAP).await,
                Ok(()) = ingest.changed() => tokio::time::sleep(GAP).await,
            }
        }
    }

    /// Returns the most severe problem, if any.
    fn trouble(&self) -> Option<String> {
        self.state.conditions.all().into_iter().next().map(|condition| condition.message)
    }

    async fn look(&self, ingest: ctm_ingest::ingest::IngestStatus) -> Result<Screen, ReportError> {
        let period = Period::Preset(RangePreset::Today);
        let today = Query { period, tz: self.settings.tz, filter: UsageFilter::default() };
        let (today, block, limits, responses) = tokio::try_join!(
            self.reporter.stats(&today, Compare::None),
            self.reporter.current_block(&[]),
            self.archive.current_limits(&[]),
            self.archive.newest_responses(MOST_RESPONSES),
        )?;
        Ok(Screen {
            now: self.clock.now(),
            tz: self.settings.tz,
            ingest,
            trouble: self.trouble(),
            today: today.totals,
            block,
            limits,
            responses,
        })
    }
}

/// A key command.
enum Key {
    Quit,
    /// The terminal was resized.
    Redraw,
}

/// Waits for keys in its own thread, which ends when the receiver is dropped.
fn keys() -> mpsc::Receiver<Key> {
    let (sender, keys) = mpsc::channel(1);
    std::thread::spawn(move || {
        while !sender.is_closed() {
            // Without a terminal there are no keys.
            let Ok(is_there) = event::poll(KEY_PATIENCE) else { return };
            let Some(key) =
                is_there.then(event::read).transpose().ok().flatten().and_then(|event| meaning(&event))
            else {
                continue;
            };
            if sender.blocking_send(key).is_err() {
                return;
            }
        }
    });
    keys
}

fn meaning(event: &Event) -> Option<Key> {
    match event {
        Event::Resize(..) => Some(Key::Redraw),
        Event::Key(key) if key.kind == KeyEventKind::Press => {
            let is_ctrl_c = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
            (is_ctrl_c || matches!(key.code, KeyCode::Char('q') | KeyCode::Esc)).then_some(Key::Quit)
        }
        _ => None,
    }
}
