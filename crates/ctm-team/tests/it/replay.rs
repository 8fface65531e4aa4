//! What is there already is not written again.

use crate::support::{Journal, Known, admit, team, text};
use ctm_harness::postgres::{Cluster, installed};
use ctm_types::MachineId;

/// Every row of the tenant, with the transaction that wrote it.
const ROWS: &str = "SELECT md5(string_agg(of, ',' ORDER BY of)) FROM (
    SELECT concat('r', xmin, ctid) AS of FROM response WHERE tenant = $1
    UNION ALL SELECT concat('f', xmin, ctid) FROM further_claim WHERE tenant = $1
    UNION ALL SELECT concat('d', xmin, ctid) FROM usage_day WHERE tenant = $1
    UNION ALL SELECT concat('m', xmin, ctid) FROM machine WHERE tenant = $1
    UNION ALL SELECT concat('c', xmin, ctid) FROM conversation WHERE tenant = $1
    UNION ALL SELECT concat('b', xmin, ctid) FROM billing WHERE tenant = $1) AS rows";

const LOG: &str = "SELECT (pg_current_wal_insert_lsn() - '0/0' + 0 * $1)::text";

#[tokio::test]
async fn a_journal_that_is_pushed_again_changes_no_row_and_writes_nothing_to_the_log() {
    // A server of its own: others write to the log at the same time.
    for programs in installed() {
        let cluster = Cluster::start(&programs).unwrap();
        let url = cluster.url();
        let store = team(&url).await;
        let claims = |output| {
            let known = (0..12_000).map(move |key| Known {
                key,
                output,
                day: (key % 30).into(),
                parts: 1 + u64::from(key % 2),
            });
            (1..).zip(known).map(|(entry, known)| known.claim(1, entry)).collect::<Vec<_>>()
        };
        // Another machine has a part of the responses: some count as it claims them.
        let mut journals = [
            Journal::new(MachineId([1; 16]), claims(5)),
            Journal::new(MachineId([2; 16]), claims(6)[..2_000].to_vec()),
        ];
        for journal in &mut journals {
            admit(&store, journal.machine).await;
            while journal.acked < journal.claims.len() {
                let from = journal.acked;
                assert!(journal.send(&store, from, (from + 5_000).min(journal.claims.len())).await);
            }
        }
        store.sum_marked().await.unwrap();
        // The first reader of a row after its transaction notes that it is committed, which is not logged.
        assert_eq!(store.differing_days().await.unwrap(), []);
        let before = (text(&url, &store, ROWS).await, store.data_version().await.unwrap());
        let log = text(&url, &store, LOG).await;
        for journal in &mut journals {
            for from in (0..journal.claims.len()).step_by(5_000) {
                let receipt = journal.receipt.clone();
                assert!(journal.send(&store, from, (from + 5_000).min(journal.claims.len())).await);
                assert_eq!(journal.receipt, receipt, "a receipt of its own");
            }
        }
        assert_eq!(text(&url, &store, LOG).await, log, "bytes of log");
        assert_eq!((text(&url, &store, ROWS).await, store.data_version().await.unwrap()), before);
        println!("{}: 14,000 responses again: 0 rows, 0 bytes of log", programs.display());
    }
}
