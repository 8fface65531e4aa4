//! Of all machines' claims on a response the best counts, and sums are those of the responses: with pushes, replays and removals at
//! the same time, equal to the fold of [`ctm_types::ResponseClaims`].

use crate::support::{Journal, Known, T0, admit, again, clusters, team};
use ctm_facts::{CatalogNames, UsageFilter};
use ctm_harness::postgres::Pooler;
use ctm_team::TeamStore;
use ctm_types::{EpochMs, KeyDigest, MachineClaim, MachineId, ResponseClaims, TokenCounts, UtcDay};
use fastrand::Rng;
use futures_util::StreamExt;
use sqlx::{Connection, PgConnection, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

const MACHINES: u8 = 8;

/// What an address has besides, so that transactions are serializable.
const SERIALIZABLE: &str = "&options=-c%20default_transaction_isolation%3Dserializable";

/// Cases that are checked at once.
const CASES: usize = 6;

/// The size of a case.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) entries: u64,
    pub(crate) keys: u32,
    pub(crate) removals: usize,
}

/// Claims by response, machine and revision, with whether they count.
pub(crate) type Rows = BTreeMap<(KeyDigest, MachineId), (i64, bool)>;

fn machine(number: u8) -> MachineId {
    MachineId([number + 1; 16])
}

fn journal(random: &mut Rng, number: u8, size: Size) -> Journal {
    let claim = |entry| {
        let known = Known {
            key: random.u32(0..size.keys),
            output: random.u64(1..4),
            day: random.i64(0..3),
            parts: random.u64(1..4),
        };
        known.claim(1, entry)
    };
    Journal::new(machine(number), (1..=size.entries).map(claim).collect())
}

/// Pushes a journal in parts of random length, some of them again, as if the answer had been lost.
async fn push_all(store: TeamStore, mut journal: Journal, mut random: Rng) {
    while journal.acked < journal.claims.len() {
        let from = journal.acked;
        let to = (from + random.usize(1..=4)).min(journal.claims.len());
        let receipt = journal.receipt.clone();
        if !journal.send(&store, from, to).await {
            return;
        }
        if random.u8(0..4) == 0 {
            journal.receipt = receipt;
            if !journal.send(&store, from, to).await {
                return;
            }
        }
        if random.u8(0..4) == 0 && !journal.send(&store, 0, journal.acked).await {
            return;
        }
    }
}

pub(crate) fn folded(claims: &[(MachineId, MachineClaim)]) -> BTreeMap<KeyDigest, ResponseClaims> {
    let mut folded: BTreeMap<KeyDigest, ResponseClaims> = BTreeMap::new();
    for (machine, claim) in claims {
        folded.entry(claim.key).or_default().put(*machine, claim.clone());
    }
    folded
}

/// Returns the claims as the tables should have them.
pub(crate) fn expected(
    claims: &[(MachineId, MachineClaim)],
    folded: &BTreeMap<KeyDigest, ResponseClaims>,
) -> Rows {
    let mut rows = Rows::new();
    for (machine, claim) in claims {
        let row = rows.entry((claim.key, *machine)).or_default();
        let revision = i64::try_from(claim.revision).unwrap();
        row.0 = row.0.max(revision);
        row.1 = folded[&claim.key].counting().unwrap().0 == *machine;
    }
    rows
}

pub(crate) async fn stored(direct: &str, store: &TeamStore) -> Rows {
    const LIST: &str = "SELECT key, uid, revision, true AS counts, contested FROM response
            JOIN machine ON machine.tenant = response.tenant AND machine.id = response.machine WHERE response.tenant = $1
        UNION ALL SELECT key, uid, revision, false, true FROM further_claim
            JOIN machine ON machine.tenant = further_claim.tenant AND machine.id = further_claim.machine
            WHERE further_claim.tenant = $1";
    let mut connection = PgConnection::connect(direct).await.unwrap();
    let listed = sqlx::query(LIST).bind(store.tenant().0).fetch_all(&mut connection).await.unwrap();
    let bytes = |row: &sqlx::postgres::PgRow, column| -> [u8; 16] {
        row.get::<Vec<u8>, _>(column).try_into().unwrap()
    };
    let mut rows = Rows::new();
    for row in &listed {
        let key = (KeyDigest(bytes(row, "key")), MachineId(bytes(row, "uid")));
        assert!(rows.insert(key, (row.get("revision"), row.get("counts"))).is_none(), "twice");
    }
    for row in listed.iter().filter(|row| row.get("counts")) {
        let key = KeyDigest(bytes(row, "key"));
        let claims = rows.keys().filter(|(of, _)| *of == key).count();
        assert_eq!(row.get::<bool, _>("contested"), claims > 1, "contested");
    }
    rows
}

/// Responses, tokens and searches of a machine, a day and a session.
pub(crate) type Sums = BTreeMap<(String, UtcDay, String), (u64, TokenCounts, u64)>;

pub(crate) fn expected_sums(folded: &BTreeMap<KeyDigest, ResponseClaims>) -> Sums {
    let mut sums = Sums::new();
    for (machine, claim) in folded.values().filter_map(ResponseClaims::counting) {
        let home = format!("machine:machine {}", machine.0[0]);
        let session = claim.conversation.session.clone().unwrap_or_default();
        let sum = sums.entry((home, UtcDay::of(claim.at_ms), session)).or_default();
        sum.0 += 1;
        sum.1 += claim.parts.iter().map(|part| part.tokens).sum();
        sum.2 += claim.parts.iter().map(|part| part.web_searches).sum::<u64>();
    }
    sums
}

pub(crate) async fn sums(store: &TeamStore) -> Sums {
    let catalog = store.catalog(CatalogNames::SessionsAndProjects).await.unwrap();
    let mut sums = Sums::new();
    for row in store.usage(&UsageFilter::default()).await.unwrap() {
        let session = catalog.sessions.get(&row.session).cloned().unwrap_or_default();
        let key = (catalog.homes[&row.home].clone(), UtcDay::of_slot(row.slot), session);
        let sum = sums.entry(key).or_default();
        sum.0 += row.responses;
        sum.1 += row.tokens;
        sum.2 += row.web_searches;
    }
    sums
}

/// Checks cases at the first address, and looks at the tables at the second one. Each case has eight connections,
/// and some run at once: most of a case is waiting.
pub(crate) async fn check_all(urls: [&str; 2], seeds: Range<u64>, size: Size) {
    let cases = futures_util::stream::iter(seeds.map(|seed| async move {
        tokio::task::LocalSet::new().run_until(check(urls, seed, size)).await;
    }));
    cases.buffer_unordered(CASES).collect::<()>().await;
}

async fn check([url, direct]: [&str; 2], seed: u64, size: Size) {
    let mut random = Rng::with_seed(seed);
    let store = team(url).await;
    let journals: Vec<Journal> = (0..MACHINES).map(|number| journal(&mut random, number, size)).collect();
    for journal in &journals {
        admit(&store, journal.machine).await;
    }
    let claims: Vec<(MachineId, MachineClaim)> = journals
        .iter()
        .flat_map(|journal| journal.claims.iter().map(|claim| (journal.machine, claim.clone())))
        .collect();
    let mut removed = BTreeSet::new();
    let mut tasks = Vec::new();
    for journal in journals {
        tasks.push(tokio::task::spawn_local(push_all(store.clone(), journal, random.fork())));
    }
    for _ in 0..size.removals {
        let gone = machine(random.u8(0..MACHINES));
        if removed.insert(gone) {
            let store = store.clone();
            let turns = random.u32(0..200);
            tasks.push(tokio::task::spawn_local(async move {
                for _ in 0..turns {
                    tokio::task::yield_now().await;
                }
                again(async || store.remove_machine(gone).await).await;
            }));
        }
    }
    for task in tasks {
        task.await.unwrap();
    }
    let claims: Vec<_> = claims.into_iter().filter(|(machine, _)| !removed.contains(machine)).collect();
    let folded = folded(&claims);
    assert_eq!(stored(direct, &store).await, expected(&claims, &folded), "seed {seed}");
    assert_eq!(sums(&store).await, expected_sums(&folded), "seed {seed}");
    assert_eq!(store.differing_days().await.unwrap(), [], "seed {seed}");
    again(async || store.sum_marked().await).await;
    assert_eq!(sums(&store).await, expected_sums(&folded), "seed {seed}, summed");
    assert_eq!(store.differing_days().await.unwrap(), [], "seed {seed}, summed");
    for number in 0..MACHINES {
        again(async || store.remove_machine(machine(number)).await).await;
    }
    assert_eq!((stored(direct, &store).await, sums(&store).await), (Rows::new(), Sums::new()), "seed {seed}");
    assert_eq!(crate::support::text(direct, &store, LEFT).await, "0", "seed {seed}");
    store.close().await;
}

/// Rows of removed machines, beside what refuses their pushes.
const LEFT: &str = "SELECT ((SELECT count(*) FROM response WHERE tenant = $1) + (SELECT count(*) FROM further_claim WHERE tenant = $1)
    + (SELECT count(*) FROM usage_day WHERE tenant = $1) + (SELECT count(*) FROM conversation WHERE tenant = $1)
    + (SELECT count(*) FROM billing WHERE tenant = $1) + (SELECT count(*) FROM day_to_sum WHERE tenant = $1))::text";

#[tokio::test]
async fn in_any_order_of_pushes_at_the_same_time_the_best_claim_counts() {
    for cluster in clusters() {
        check_all([&cluster.url(); 2], 0..200, Size { entries: 8, keys: 6, removals: 2 }).await;
        check_all([&cluster.url(); 2], 200..202, Size { entries: 120, keys: 60, removals: 1 }).await;
        assert!(!cluster.log().contains("deadlock detected"), "{}", cluster.log());
    }
}

#[tokio::test]
async fn where_transactions_are_serializable_they_are_repeated() {
    for cluster in clusters() {
        let url = format!("{}{SERIALIZABLE}", cluster.url());
        check_all([&url, &cluster.url()], 1_000..1_010, Size { entries: 8, keys: 6, removals: 2 }).await;
    }
}

#[tokio::test]
async fn a_pooler_can_give_connections_to_each_transaction() {
    for cluster in clusters() {
        let Some(pooler) = Pooler::start(cluster).unwrap() else {
            println!("skipped: pgbouncer is not installed");
            continue;
        };
        let size = Size { entries: 8, keys: 6, removals: 2 };
        check_all([&pooler.url(), &cluster.url()], 2_000..2_010, size).await;
    }
}

#[tokio::test]
async fn usage_is_filtered_by_machine_project_session_model_time_and_kind() {
    for cluster in clusters() {
        let store = team(&cluster.url()).await;
        let claims = |output| (0..40).map(move |key| Known { key, output, day: (key % 4).into(), parts: 2 });
        let mut all = BTreeMap::new();
        for (number, output, from) in [(0, 5, 0), (1, 7, 20)] {
            admit(&store, machine(number)).await;
            let claims: Vec<_> =
                (1..).zip(claims(output).skip(from)).map(|(entry, known)| known.claim(1, entry)).collect();
            all.extend(claims.iter().map(|claim| (claim.key, (machine(number), claim.clone()))));
            let mut journal = Journal::new(machine(number), claims);
            let length = journal.claims.len();
            assert!(journal.send(&store, 0, length).await);
        }
        let check = async |filter: UsageFilter, takes: &dyn Fn(MachineId, &MachineClaim) -> bool| {
            let counted: u64 = store.usage(&filter).await.unwrap().iter().map(|row| row.responses).sum();
            let expected = all.values().filter(|(machine, claim)| takes(*machine, claim)).count() as u64;
            assert_eq!(counted, expected, "{filter:?}");
        };
        let named = |name: &str| vec![name.to_owned()];
        let all_usage = UsageFilter::default;
        check(all_usage(), &|_, _| true).await;
        check(UsageFilter { homes: named("machine:machine 2"), ..all_usage() }, &|of, _| of == machine(1))
            .await;
        check(UsageFilter { homes: named("machine:other"), ..all_usage() }, &|_, _| false).await;
        check(UsageFilter { projects: named("project 1"), ..all_usage() }, &|_, claim| {
            claim.conversation.project.as_deref() == Some("project 1")
        })
        .await;
        check(UsageFilter { sessions: named("session 3"), ..all_usage() }, &|_, claim| {
            claim.conversation.session.as_deref() == Some("session 3")
        })
        .await;
        check(UsageFilter { models: named("claude-opus-5"), ..all_usage() }, &|_, _| true).await;
        check(UsageFilter { models: named("other"), ..all_usage() }, &|_, _| false).await;
        check(UsageFilter { folders: named("/home"), ..all_usage() }, &|_, _| false).await;
        check(UsageFilter { sidechain: Some(true), ..all_usage() }, &|_, claim| claim.conversation.sidechain)
            .await;
        let noon = EpochMs(T0.0 + 2 * UtcDay::MILLIS);
        let from = Some(ctm_types::Slot::of(noon));
        check(UsageFilter { from, ..all_usage() }, &|_, claim| claim.at_ms >= noon).await;
        check(UsageFilter { until: from, ..all_usage() }, &|_, claim| claim.at_ms < noon).await;
        let span = store.time_span().await.unwrap();
        assert_eq!(span, Some((T0, EpochMs(T0.0 + 3 * UtcDay::MILLIS))));
        let listed = store.machines().await.unwrap();
        let counts: Vec<_> = listed.iter().map(|machine| (machine.responses, machine.counting)).collect();
        assert_eq!(counts, [(40, 20), (20, 20)]);
        let models: BTreeSet<String> =
            store.billings().await.unwrap().into_values().map(|billing| billing.model).collect();
        assert_eq!(models.into_iter().collect::<Vec<_>>(), ["claude-haiku-4-5", "claude-opus-5"]);
    }
}
