//! Changes below a home are detected in place, without a complete listing.

use crate::http::get;
use crate::place::{Place, response};
use crate::running::{Running, wait_for};
use ctm_facts::{KnownFile, UsageFilter};
use ctm_ingest::ingest::Ingestor;
use ctm_pricing::PriceBook;
use ctm_reader::{BATCH_BYTES, ClaudeHome, Reader, discover};
use ctm_storage::Store;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

const NOW: &str = "2026-03-11T23:00:00Z";
const AT: &str = "2026-03-11T22:00:00.000Z";

/// Seconds between looks at everything: longer than any test takes.
const NEVER: &str = "3600";

/// A server that detects changes by file events only.
struct Watched {
    place: Place,
    server: Running,
    /// Responses that were written.
    written: u32,
}

impl Watched {
    fn new() -> Self {
        let place = Place::empty();
        place.append("projects/-p/a.jsonl", response("a", 1, 1, AT).as_bytes());
        place.append("projects/-q/b.jsonl", response("b", 2, 1, AT).as_bytes());
        let server = Running::at(NOW, &place, &[("poll_interval", NEVER)]);
        assert_eq!(server.json("health")["watcher"]["mode"], "notify");
        Self { place, server, written: 2 }
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.place.claude().join(relative)
    }

    /// Appends a response of one token to a transcript.
    fn append(&mut self, relative: &str) {
        self.written += 1;
        self.place.append(relative, response("s", self.written, 1, AT).as_bytes());
    }

    /// Waits until all responses that were written are known.
    #[track_caller]
    fn settle(&self) {
        wait_for(|| {
            let stats = self.server.json("stats");
            (stats["totals"]["total_tokens"] == self.written).then_some(())
        });
    }

    /// Waits until so many transcripts are known, and so many of them gone.
    #[track_caller]
    fn wait_for_files(&self, files: u64, gone: u64) {
        wait_for(|| {
            let lines = &self.server.json("audit")["lines"][0];
            (lines["files"] == files && lines["files_gone"] == gone).then_some(())
        });
    }

    /// Waits until so many transcripts are known to be gone.
    #[track_caller]
    fn wait_for_gone(&self, gone: u64) {
        wait_for(|| (self.server.json("audit")["lines"][0]["files_gone"] == gone).then_some(()));
    }

    /// Returns how often everything was listed.
    fn listings(&self) -> u64 {
        let metrics = get(&format!("{}metrics", self.server.url())).body;
        let mut listings = metrics.lines().filter_map(|line| line.strip_prefix("ctm_home_listings_total "));
        listings.next().unwrap().parse().unwrap()
    }
}

#[test]
fn a_thousand_foreign_files_are_no_reason_to_list_everything() {
    let mut watched = Watched::new();
    for number in 0..1_000 {
        let foreign = watched.path(&format!("projects/-p/x{number}.json"));
        fs::write(&foreign, "x").unwrap();
        fs::write(&foreign, "xx").unwrap();
        match number % 4 {
            0 => fs::rename(&foreign, foreign.with_extension("txt")).unwrap(),
            1 => fs::remove_file(&foreign).unwrap(),
            2 => fs::create_dir_all(watched.path(&format!("projects/-p/s{number}/tool-results"))).unwrap(),
            _ => {}
        }
    }
    for foreign in ["history.jsonl", "settings.json", "projects/-p/journal.jsonl", "projects/-p/s.jsonl.tmp"]
    {
        watched.place.append(foreign, b"{}\n");
    }
    watched.append("projects/-p/a.jsonl");
    watched.settle();
    assert_eq!(watched.listings(), 1);
    watched.wait_for_files(2, 0);
    watched.server.stop();
}

#[test]
fn only_a_new_folder_is_listed() {
    let mut watched = Watched::new();
    // It comes with all that is in it, and later more.
    watched.append("elsewhere/-new/s.jsonl");
    watched.append("elsewhere/-new/s/subagents/agent-1.jsonl");
    watched.append("elsewhere/-new/s/subagents/workflows/wf_1/agent-2.jsonl");
    fs::rename(watched.path("elsewhere/-new"), watched.path("projects/-new")).unwrap();
    watched.settle();
    watched.append("projects/-new/s.jsonl");
    watched.append("projects/-new/t.jsonl");
    watched.append("projects/-newer/u/subagents/agent-3.jsonl");
    watched.settle();
    watched.wait_for_files(7, 0);
    assert_eq!(watched.listings(), 1);
    watched.server.stop();
}

#[test]
fn removed_files_are_deleted_and_reappearing_ones_are_not() {
    let mut watched = Watched::new();
    for name in ["a", "b", "c"] {
        watched.append(&format!("projects/-r/{name}.jsonl"));
        watched.append(&format!("projects/-r/{name}/subagents/agent-{name}.jsonl"));
    }
    // The name of a folder is the beginning of another's.
    watched.append("projects/-r-2/d.jsonl");
    watched.settle();
    watched.wait_for_files(9, 0);

    fs::rename(watched.path("projects/-r/a.jsonl"), watched.path("elsewhere.jsonl")).unwrap();
    watched.wait_for_files(9, 1);
    fs::remove_dir_all(watched.path("projects/-r/b")).unwrap();
    watched.wait_for_files(9, 2);
    fs::rename(watched.path("elsewhere.jsonl"), watched.path("projects/-r/a.jsonl")).unwrap();
    watched.wait_for_files(9, 1);

    // The same lines at another path are of the same responses: only what is gone makes another answer.
    fs::rename(watched.path("projects/-r"), watched.path("projects/-s")).unwrap();
    watched.wait_for_gone(1 + 5);
    watched.append("projects/-s/c.jsonl");
    watched.settle();
    watched.wait_for_files(9 + 5, 1 + 5);
    fs::remove_dir_all(watched.path("projects/-s/c")).unwrap();
    watched.wait_for_gone(1 + 5 + 1);
    fs::rename(watched.path("projects/-s"), watched.path("projects/-r")).unwrap();
    watched.wait_for_gone(2 + 5);
    watched.append("projects/-r/c.jsonl");
    watched.settle();
    fs::remove_dir_all(watched.path("projects/-r")).unwrap();
    watched.wait_for_files(9 + 5, 6 + 5);
    assert_eq!(watched.listings(), 1);
    watched.append("projects/-r-2/d.jsonl");
    watched.settle();
    watched.server.stop();
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_and_no_transcript_is_known_twice() {
    let mut watched = Watched::new();
    watched.append("elsewhere/c.jsonl");
    std::os::unix::fs::symlink(watched.path("elsewhere"), watched.path("projects/-linked")).unwrap();
    watched.settle();
    watched.wait_for_files(3, 0);
    std::os::unix::fs::symlink(watched.path("projects/-p"), watched.path("projects/-z")).unwrap();
    fs::hard_link(watched.path("projects/-p/a.jsonl"), watched.path("projects/-p/z.jsonl")).unwrap();
    watched.append("projects/-q/b.jsonl");
    watched.settle();
    watched.wait_for_files(3, 0);
    fs::remove_file(watched.path("projects/-linked")).unwrap();
    watched.wait_for_files(3, 1);
    watched.server.stop();
}

#[test]
fn statistics_that_change_are_noticed() {
    let watched = Watched::new();
    let statistics = |tokens: u64| {
        let day = format!(r#"{{"date":"2026-03-09","tokensByModel":{{"claude-opus-4-5":{tokens}}}}}"#);
        format!(r#"{{"version":1,"lastComputedDate":"2026-03-09","dailyModelTokens":[{day}]}}"#)
    };
    for tokens in [70, 80] {
        fs::write(watched.path("new.json"), statistics(tokens)).unwrap();
        fs::rename(watched.path("new.json"), watched.path("stats-cache.json")).unwrap();
        wait_for(|| {
            watched
                .server
                .get("stats/daily?from=2026-03-09&to=2026-03-09")
                .contains(&tokens.to_string())
                .then_some(())
        });
    }
    assert_eq!(watched.listings(), 1);
    watched.server.stop();
}

/// A home that is read by hand.
struct ByHand {
    place: Place,
    root: ClaudeHome,
    store: Store,
    ingestor: Ingestor,
}

impl ByHand {
    async fn new(place: Place) -> Self {
        let store = Store::open(&place.database(), PriceBook::builtin().context_thresholds()).await.unwrap();
        let root = ClaudeHome::open(place.claude()).unwrap();
        let ingestor = Ingestor::new(vec![root.clone()], store.clone(), |_| {}).await.unwrap();
        Self { place, root, store, ingestor }
    }

    async fn scan(&mut self) {
        assert_eq!(self.ingestor.scan().await.unwrap().problems, [""; 0]);
    }

    /// Looks at paths alone. Returns whether everything is to be looked at besides.
    async fn look_at(&mut self, relative: &[&str]) -> bool {
        let paths: BTreeSet<PathBuf> = relative.iter().map(|path| self.root.path.join(path)).collect();
        let outcome = self.ingestor.read_paths(&paths).await.unwrap();
        assert_eq!(outcome.problems, [""; 0]);
        outcome.is_partial
    }

    async fn known(&self) -> Vec<KnownFile> {
        let mut known = Vec::new();
        self.store.known_files(|file| known.push(file)).await.unwrap();
        known
    }

    async fn responses(&self) -> u64 {
        let usage = self.store.usage(&UsageFilter::default()).await.unwrap();
        usage.iter().map(|row| row.responses).sum()
    }
}

#[tokio::test]
async fn the_type_of_a_subagent_that_comes_later_is_noticed_by_its_own_file() {
    let mut home = ByHand::new(Place::empty()).await;
    home.place.append("projects/-p/s/subagents/agent-1.jsonl", response("s", 1, 1, AT).as_bytes());
    home.scan().await;
    assert!(home.known().await[0].agent_kind_missing);
    let meta = "projects/-p/s/subagents/agent-1.meta.json";
    assert!(!home.look_at(&[meta]).await);
    assert!(home.known().await[0].agent_kind_missing);
    home.place.append(meta, br#"{"agentType":"Explore"}"#);
    assert!(!home.look_at(&[meta]).await);
    assert!(!home.known().await[0].agent_kind_missing);
}

#[tokio::test]
async fn only_what_is_looked_at_is_read_and_missed() {
    let mut home = ByHand::new(Place::empty()).await;
    for (number, path) in ["-p/a.jsonl", "-p/b.jsonl", "-q/c.jsonl"].into_iter().enumerate() {
        home.place.append(&format!("projects/{path}"), response("s", number as u32, 1, AT).as_bytes());
    }
    home.scan().await;
    fs::remove_file(home.root.path.join("projects/-p/a.jsonl")).unwrap();
    fs::remove_file(home.root.path.join("projects/-q/c.jsonl")).unwrap();
    home.place.append("projects/-p/d.jsonl", response("s", 7, 1, AT).as_bytes());
    home.place.append("projects/-q/e.jsonl", response("s", 8, 1, AT).as_bytes());
    assert!(!home.look_at(&["projects/-p", "projects/-p/d.jsonl", "projects/-x", "other", ""]).await);
    let gone = |known: Vec<KnownFile>| -> Vec<String> {
        known.into_iter().filter(|file| file.gone).map(|file| file.path.relative.to_string()).collect()
    };
    assert_eq!(
        (home.responses().await, gone(home.known().await)),
        (4, vec!["projects/-p/a.jsonl".to_owned()])
    );
    assert_eq!(home.ingestor.listings().load(std::sync::atomic::Ordering::Relaxed), 1);
    home.scan().await;
    assert_eq!((home.responses().await, gone(home.known().await).len()), (5, 2));
    // The whole folder is looked at as everything is.
    assert!(home.look_at(&["projects"]).await);
}

#[tokio::test]
async fn a_transcript_that_was_read_in_part_before_the_end_of_a_process_is_read_on() {
    let place = Place::empty();
    let lines: String = (0..100).map(|number| response("s", number, 1, AT)).collect();
    place.append("projects/-p/s.jsonl", lines.as_bytes());
    let file = discover(&ClaudeHome::open(place.claude()).unwrap()).files.remove(0);
    let part = Reader::new().read(&file, None, 1_000).unwrap();
    assert!(!part.at_end);
    let store = Store::open(&place.database(), PriceBook::builtin().context_thresholds()).await.unwrap();
    let mut writer = store.writer();
    writer.apply(&[part]).await.unwrap();
    writer.close().await.unwrap();
    store.close().await;

    let mut home = ByHand::new(place).await;
    assert!(home.responses().await < 100);
    home.scan().await;
    assert_eq!(home.responses().await, 100);
}

#[tokio::test]
async fn a_transcript_of_many_short_lines_is_stored_in_parts() {
    const LINES: u32 = 20_000;
    let place = Place::empty();
    let lines: String = (0..LINES).map(|number| response("s", number, 1, AT)).collect();
    assert!((lines.len() as u64) < BATCH_BYTES);
    place.append("projects/-p/s.jsonl", lines.as_bytes());
    let mut home = ByHand::new(place).await;
    home.scan().await;
    assert_eq!(home.responses().await, u64::from(LINES));
    let [file] = home.known().await.try_into().unwrap();
    assert_eq!((file.size_bytes, file.offset_bytes), (lines.len() as u64, lines.len() as u64));
    let version = home.store.data_version().await.unwrap();
    home.scan().await;
    assert_eq!(home.store.data_version().await.unwrap(), version);
}
