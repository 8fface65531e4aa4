//! Servers and machines that are killed while machines push, and a replica that takes over: what counts is the fold of the claims, and
//! no machine needs help to continue.

use crate::support::{Journal, Known, T0, admit, section, team};
use crate::winner::{expected, expected_sums, folded, stored, sums};
use ctm_harness::postgres::{Cluster, installed};
use ctm_hub::{PushOutcome, Pusher};
use ctm_team::TeamStore;
use ctm_types::{MachineClaim, MachineId};
use fastrand::Rng;
use sqlx::{Connection, PgConnection};
use std::cell::{Cell, RefCell};
use std::process::Command;
use std::rc::Rc;
use tokio::sync::Notify;
use tokio::task::{JoinHandle, LocalSet, spawn_local};

const MACHINES: u8 = 8;

/// Entries of each machine's journal.
const ENTRIES: usize = 160;

const KEYS: u32 = 300;

/// Machines that push to a server, which others may replace.
struct Team {
    store: RefCell<TeamStore>,
    journals: Vec<RefCell<Journal>>,
    /// Entries that were stored, also those that are stored again.
    stored: Cell<usize>,
    /// Times that a server had less of a journal than its machine.
    went_back: Cell<usize>,
    has_stored: Notify,
}

impl Team {
    /// Enrols machines, some of whose responses are those of others.
    async fn start(url: &str, random: &mut Rng) -> Rc<Self> {
        let store = team(url).await;
        let mut journals = Vec::new();
        for number in 1..=MACHINES {
            let known = |_| Known {
                key: random.u32(0..KEYS),
                output: random.u64(1..4),
                day: random.i64(0..3),
                parts: random.u64(1..3),
            };
            let known: Vec<Known> = (0..ENTRIES).map(known).collect();
            let claims = (1..).zip(known).map(|(entry, known)| known.claim(1, entry)).collect();
            let journal = Journal::new(MachineId([number; 16]), claims);
            admit(&store, journal.machine).await;
            journals.push(RefCell::new(journal));
        }
        Rc::new(Self {
            store: RefCell::new(store),
            journals,
            stored: Cell::new(0),
            went_back: Cell::new(0),
            has_stored: Notify::new(),
        })
    }

    /// Pushes the journal of a machine to whichever server is there, until all is stored.
    async fn push_all(self: Rc<Self>, machine: usize, mut random: Rng) {
        loop {
            let (push, claims, id) = {
                let journal = self.journals[machine].borrow();
                let from = journal.acked;
                let to = (from + random.usize(1..=4)).min(journal.claims.len());
                if from == to {
                    return;
                }
                (journal.push(from, to), journal.claims[from..to].to_vec(), journal.machine)
            };
            let store = self.store.borrow().clone();
            let outcome = store.push(&push, &section(id, claims), &Pusher::default(), T0).await;
            // Without an answer a machine does not know whether its push was stored.
            if let Ok(outcome) = outcome {
                self.note(machine, outcome);
            }
            tokio::task::yield_now().await;
        }
    }

    /// Notes the answer to a push of a machine.
    fn note(&self, machine: usize, outcome: PushOutcome) {
        let mut journal = self.journals[machine].borrow_mut();
        match outcome {
            PushOutcome::Stored(receipt) => {
                journal.acked = usize::try_from(receipt.acked).unwrap();
                journal.receipt = Some(receipt.receipt);
                self.stored.set(self.stored.get() + 1);
                self.has_stored.notify_one();
            }
            PushOutcome::Behind { acked } => {
                journal.acked = usize::try_from(acked).unwrap();
                self.went_back.set(self.went_back.get() + 1);
            }
            other => panic!("{other:?}"),
        }
    }

    fn push(self: &Rc<Self>, machine: usize, random: &mut Rng) -> Pushing {
        Pushing { machine, task: spawn_local(Rc::clone(self).push_all(machine, random.fork())) }
    }

    /// Waits until so many pushes were stored.
    async fn until(&self, pushes: usize) {
        while self.stored.get() < pushes {
            self.has_stored.notified().await;
        }
    }

    /// Checks what is stored at an address.
    async fn check(&self, direct: &str) {
        let store = self.store.borrow().clone();
        let claims: Vec<(MachineId, MachineClaim)> = self
            .journals
            .iter()
            .flat_map(|journal| {
                let journal = journal.borrow();
                journal.claims.iter().map(|claim| (journal.machine, claim.clone())).collect::<Vec<_>>()
            })
            .collect();
        let folded = folded(&claims);
        assert_eq!(stored(direct, &store).await, expected(&claims, &folded));
        assert_eq!(sums(&store).await, expected_sums(&folded));
        assert_eq!(store.differing_days().await.unwrap(), []);
        store.close().await;
    }
}

/// A machine that pushes.
struct Pushing {
    machine: usize,
    task: JoinHandle<()>,
}

/// Kills a process of the server that serves a machine; the server ends all others of its processes and starts them again.
async fn kill_one(url: &str) {
    const FIND: &str = "SELECT pid FROM pg_stat_activity WHERE application_name = 'ctm' ORDER BY state = 'idle', random() LIMIT 1";
    let Ok(mut connection) = PgConnection::connect(url).await else { return };
    if let Ok(process) = sqlx::query_scalar::<_, i32>(FIND).fetch_one(&mut connection).await {
        Command::new("kill").args(["-9", &process.to_string()]).status().unwrap();
    }
}

#[tokio::test]
async fn whatever_is_killed_nothing_is_lost_or_counted_twice() {
    for programs in installed() {
        let cluster = Cluster::start(&programs).unwrap();
        let url = cluster.url();
        LocalSet::new()
            .run_until(async {
                let mut random = Rng::with_seed(7);
                let team = Team::start(&url, &mut random).await;
                let all = 0..usize::from(MACHINES);
                let mut pushing: Vec<Pushing> = all.map(|machine| team.push(machine, &mut random)).collect();
                for kill in 0..50 {
                    team.until(team.stored.get() + random.usize(1..6)).await;
                    match kill % 5 {
                        0 => {
                            cluster.crash().unwrap();
                            cluster.resume().unwrap();
                        }
                        1 | 2 => kill_one(&url).await,
                        _ => {
                            let killed = &mut pushing[random.usize(..usize::from(MACHINES))];
                            killed.task.abort();
                            *killed = team.push(killed.machine, &mut random);
                        }
                    }
                }
                for machine in pushing {
                    machine.task.await.unwrap();
                }
                assert_eq!(team.went_back.get(), 0, "the server had confirmed it");
                team.check(&url).await;
            })
            .await;
    }
}

#[tokio::test]
async fn machines_continue_at_a_replica_that_lacks_what_was_confirmed() {
    const DETACH: &str = "ALTER SYSTEM SET primary_conninfo = ''";
    const IS_DETACHED: &str = "SELECT NOT EXISTS (SELECT FROM pg_stat_wal_receiver)";
    for programs in installed() {
        let Some(first) = Cluster::start_followed(&programs).unwrap() else {
            println!("skipped: `{}` has no pg_basebackup", programs.display());
            continue;
        };
        LocalSet::new()
            .run_until(async {
                let mut random = Rng::with_seed(8);
                let team = Team::start(&first.url(), &mut random).await;
                let replica = first.replica().unwrap();
                let all = 0..usize::from(MACHINES);
                let pushing: Vec<Pushing> = all.map(|machine| team.push(machine, &mut random)).collect();
                team.until(60).await;
                let mut connection = PgConnection::connect(&replica.url()).await.unwrap();
                sqlx::raw_sql(DETACH).execute(&mut connection).await.unwrap();
                sqlx::raw_sql("SELECT pg_reload_conf()").execute(&mut connection).await.unwrap();
                while !sqlx::query_scalar::<_, bool>(IS_DETACHED).fetch_one(&mut connection).await.unwrap() {}
                team.until(team.stored.get() + 60).await;
                first.crash().unwrap();
                replica.promote().unwrap();
                let tenant = team.store.borrow().tenant();
                let second = TeamStore::open(&replica.url(), tenant, &[]).await.unwrap();
                team.store.replace(second).close().await;
                for machine in pushing {
                    machine.task.await.unwrap();
                }
                assert!(team.went_back.get() > 0, "the replica lacked nothing");
                println!("{}: {} machines went back", programs.display(), team.went_back.get());
                team.check(&replica.url()).await;
            })
            .await;
    }
}
