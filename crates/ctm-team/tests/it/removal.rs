//! A machine is removed as if it had never pushed.

use crate::support::{Journal, Known, T0, admit, clusters, section, team, text};
use ctm_facts::UsageFilter;
use ctm_hub::{PushOutcome, Pusher};
use ctm_types::{MachineClaim, MachineId};
use std::time::Instant;

/// All that is stored of a tenant's responses.
const CONTENT: &str = "SELECT concat(
    (SELECT md5(string_agg(response::text, ',' ORDER BY key)) FROM response WHERE tenant = $1),
    (SELECT md5(string_agg(further_claim::text, ',' ORDER BY key, machine)) FROM further_claim WHERE tenant = $1),
    (SELECT md5(string_agg(usage_day::text, ',' ORDER BY machine, day)) FROM usage_day WHERE tenant = $1),
    (SELECT md5(string_agg(conversation::text, ',' ORDER BY machine, id)) FROM conversation WHERE tenant = $1))";

fn claims(keys: std::ops::Range<u32>, output: u64) -> Vec<MachineClaim> {
    let known =
        keys.map(|key| Known { key, output: output + u64::from(key % 3), day: (key % 30).into(), parts: 1 });
    (1..).zip(known).map(|(entry, known)| known.claim(1, entry)).collect()
}

#[tokio::test]
async fn without_a_machine_it_is_as_if_it_had_never_pushed() {
    for cluster in clusters() {
        let url = cluster.url();
        let store = team(&url).await;
        let mut journals = [
            Journal::new(MachineId([1; 16]), claims(0..4_000, 5)),
            Journal::new(MachineId([2; 16]), claims(2_000..6_000, 6)),
            Journal::new(MachineId([3; 16]), claims(0..12_000, 6)),
        ];
        for journal in &mut journals[..2] {
            admit(&store, journal.machine).await;
            let length = journal.claims.len();
            assert!(journal.send(&store, 0, length).await);
        }
        store.sum_marked().await.unwrap();
        let before = text(&url, &store, CONTENT).await;
        let large = &mut journals[2];
        admit(&store, large.machine).await;
        while large.acked < large.claims.len() {
            let from = large.acked;
            assert!(large.send(&store, from, from + 4_000).await);
        }
        assert_ne!(text(&url, &store, CONTENT).await, before);
        let responses = |usage: Vec<ctm_types::UsageRow>| usage.iter().map(|row| row.responses).sum::<u64>();
        assert_eq!(responses(store.usage(&UsageFilter::default()).await.unwrap()), 12_000);
        let start = Instant::now();
        assert!(store.remove_machine(large.machine).await.unwrap());
        println!(
            "{}: a machine with 12,000 responses removed in {:?}",
            store.shown().display(),
            start.elapsed()
        );
        assert_eq!(responses(store.usage(&UsageFilter::default()).await.unwrap()), 6_000);
        store.sum_marked().await.unwrap();
        // The column that says whether others claim a response too, and all else, is as before.
        assert_eq!(text(&url, &store, CONTENT).await, before);
        let late = large.push(12_000, 12_001);
        let section = section(large.machine, claims(0..1, 9));
        let outcome = store.push(&late, &section, &Pusher::default(), T0).await.unwrap();
        assert_eq!(outcome, PushOutcome::Removed);
    }
}
