//! Hubs of both engines, and claims.

use ctm_facts::{HubMachine, MachineSection, OwnMachine, StorageError, UsageFilter};
use ctm_harness::postgres::{Cluster, installed};
use ctm_hub::{EnrolError, Enrolled, Enrolment, MachineAccess, MachineToken, NewInvite, PushOutcome, Pusher};
use ctm_push_format::{JournalId, Push};
use ctm_storage::Store;
use ctm_team::{TeamStore, TenantId};
use ctm_types::{
    Billing, ClaimRank, DisclosedConversation, EpochMs, KeyDigest, MachineClaim, MachineId, Part, RankedLine,
    TokenCounts, UsageRow,
};
use sqlx::{Connection, PgConnection, SqliteConnection};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, LazyLock};
use tempfile::TempDir;

pub(crate) const T0: EpochMs = EpochMs(1_764_000_000_000);

pub(crate) const HOUR_MS: i64 = 60 * 60 * 1000;

/// The machine of the hub on SQLite.
const OWN: MachineId = MachineId([255; 16]);

/// A server of each installed version.
static CLUSTERS: LazyLock<Vec<Cluster>> = LazyLock::new(|| {
    let clusters: Vec<Cluster> =
        installed().iter().map(|programs| Cluster::start(programs).unwrap()).collect();
    if clusters.is_empty() {
        println!("skipped: PostgreSQL is not installed");
    }
    clusters
});

/// Tenants: each test has its own, in the same tables.
static TENANTS: AtomicI32 = AtomicI32::new(1);

pub(crate) fn clusters() -> &'static [Cluster] {
    &CLUSTERS
}

/// Returns a new tenant in the database of an address.
pub(crate) async fn team(url: &str) -> TeamStore {
    team_with(url, &[]).await
}

/// Returns a new tenant whose usage is split by thresholds.
pub(crate) async fn team_with(url: &str, context_thresholds: &[u64]) -> TeamStore {
    let tenant = TenantId(TENANTS.fetch_add(1, Ordering::Relaxed));
    TeamStore::open(url, tenant, context_thresholds).await.unwrap()
}

/// A hub.
pub(crate) enum Hub {
    Sqlite(Store, #[expect(dead_code, reason = "the folder of the database")] TempDir),
    Postgres(TeamStore, String),
}

/// Returns a new hub of each engine.
pub(crate) async fn hubs() -> Vec<Hub> {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("ctm.db"), &[]).await.unwrap();
    let mut hubs = vec![Hub::Sqlite(store, folder)];
    for cluster in clusters() {
        hubs.push(Hub::Postgres(team(&cluster.url()).await, cluster.url()));
    }
    hubs
}

/// Calls the operation that both engines have.
macro_rules! each {
    ($of:expr, $store:ident => $answer:expr) => {
        match $of {
            Hub::Sqlite($store, _) => $answer,
            Hub::Postgres($store, _) => $answer,
        }
    };
}

impl Hub {
    pub(crate) async fn invite(&self, uses: u32, hours: i64) -> String {
        let ends_at_ms = T0 + hours * HOUR_MS;
        let invite = NewInvite { level: "names".to_owned(), uses, ends_at_ms };
        each!(self, store => store.invite(&invite).await).unwrap()
    }

    pub(crate) async fn enrol(
        &self,
        code: &str,
        machine: MachineId,
        now: EpochMs,
    ) -> Result<Enrolled, EnrolError> {
        let name = format!("machine {}", machine.0[0]);
        let enrolment = Enrolment { code, machine, name: &name, now };
        each!(self, store => store.enrol(&enrolment).await)
    }

    /// Invites and enrols a machine.
    pub(crate) async fn admit(&self, machine: MachineId) -> Enrolled {
        let code = self.invite(1, 24).await;
        self.enrol(&code, machine, T0).await.unwrap()
    }

    pub(crate) async fn push(
        &self,
        machine: MachineId,
        push: &Push,
        claims: Vec<MachineClaim>,
    ) -> PushOutcome {
        let section = section(machine, claims);
        let pusher = Pusher { agent: Some("ctm-push/0.3.0".to_owned()) };
        let now = T0 + 1_500;
        match self {
            Self::Sqlite(store, _) => {
                let pepper = store.pepper().await.unwrap().unwrap_or_default();
                store.push(&OwnMachine { id: OWN, pepper, now }, push, section, &pusher).await.unwrap()
            }
            Self::Postgres(store, _) => store.push(push, &section, &pusher, now).await.unwrap(),
        }
    }

    pub(crate) async fn access(&self, token: &MachineToken, now: EpochMs) -> MachineAccess {
        each!(self, store => store.machine_access(token, now).await).unwrap()
    }

    pub(crate) async fn rotate(&self, token: &MachineToken) -> Option<MachineToken> {
        each!(self, store => store.rotate_token(token, T0).await).unwrap()
    }

    pub(crate) async fn revoke(&self, machine: MachineId) -> bool {
        each!(self, store => store.revoke_machine(machine).await).unwrap()
    }

    pub(crate) async fn remove(&self, machine: MachineId) -> bool {
        each!(self, store => store.remove_machine(machine).await).unwrap()
    }

    pub(crate) async fn machines(&self) -> Vec<HubMachine> {
        each!(self, store => store.hub_machines().await).unwrap()
    }

    pub(crate) async fn version(&self) -> u64 {
        each!(self, store => store.data_version().await).unwrap()
    }

    pub(crate) async fn usage(&self, filter: &UsageFilter) -> Vec<UsageRow> {
        each!(self, store => store.usage(filter).await).unwrap()
    }

    /// Has the hub be at an earlier position of its only machine, as after a restore.
    pub(crate) async fn restore_position(&self, acked: i64, pushes: i64) {
        match self {
            Self::Sqlite(store, _) => {
                let url = format!("sqlite://{}", store.path().display());
                let mut connection = SqliteConnection::connect(&url).await.unwrap();
                let restore = sqlx::query("UPDATE hub_machine SET acked = ?1, pushes = ?2, prior = ?2 - 1");
                restore.bind(acked).bind(pushes).execute(&mut connection).await.unwrap();
            }
            Self::Postgres(store, url) => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                let restore = sqlx::query(
                    "UPDATE machine SET acked = $2, pushes = $3, prior = $3 - 1 WHERE tenant = $1",
                );
                let restore = restore.bind(store.tenant().0).bind(acked).bind(pushes);
                restore.execute(&mut connection).await.unwrap();
            }
        }
    }

    pub(crate) async fn responses(&self) -> u64 {
        self.usage(&UsageFilter::default()).await.iter().map(|row| row.responses).sum()
    }
}

pub(crate) fn section(machine: MachineId, claims: Vec<MachineClaim>) -> MachineSection {
    let name = format!("machine {}", machine.0[0]);
    MachineSection { machine, name, level: "names".to_owned(), at_ms: T0, claims }
}

/// What a claim is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    pub(crate) key: u32,
    pub(crate) output: u64,
    pub(crate) day: i64,
    pub(crate) parts: u64,
}

impl Known {
    /// Returns a claim with the revision of an entry of the first journal.
    pub(crate) fn claim(&self, epoch: u64, entry: u64) -> MachineClaim {
        let part = |number: u64| Part {
            billing: Arc::new(Billing {
                model: if number == 0 { "claude-opus-5" } else { "claude-haiku-4-5" }.to_owned(),
                ..Billing::default()
            }),
            tokens: TokenCounts { input: number, output: self.output, ..TokenCounts::default() },
            web_searches: number,
            ttl_assumed: false,
        };
        let mut key = [0; 16];
        // Random bytes, as those of a digest, and not in the order of numbers.
        let mixed = u128::from(self.key).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
        key.copy_from_slice(&mixed.to_be_bytes());
        MachineClaim {
            key: KeyDigest(key),
            revision: Push::revision(epoch, entry),
            rank: ClaimRank::of(RankedLine { output: self.output, ..RankedLine::default() }),
            at_ms: T0 + self.day * 24 * HOUR_MS,
            parts: (0..self.parts).map(part).collect(),
            conversation: Arc::new(DisclosedConversation {
                session: Some(format!("session {}", self.key % 5)),
                project: (!self.key.is_multiple_of(3)).then(|| format!("project {}", self.key % 3)),
                version: Some("2.1.44".to_owned()),
                sidechain: self.key.is_multiple_of(7),
            }),
        }
    }
}

/// Pushes entries of a machine's first journal after the one before, until they are stored.
pub(crate) struct Journal {
    pub(crate) machine: MachineId,
    pub(crate) claims: Vec<MachineClaim>,
    pub(crate) acked: usize,
    pub(crate) receipt: Option<String>,
}

impl Journal {
    pub(crate) fn new(machine: MachineId, claims: Vec<MachineClaim>) -> Self {
        Self { machine, claims, acked: 0, receipt: None }
    }

    /// Returns the push of the entries after `from`.
    pub(crate) fn push(&self, from: usize, to: usize) -> Push {
        Push {
            journal: JournalId([self.machine.0[0]; 16]),
            from: from as u64,
            to: to as u64,
            receipt: self.receipt.clone(),
        }
    }

    /// Pushes entries, again while the database cancels it. Returns whether the machine is still there.
    pub(crate) async fn send(&mut self, store: &TeamStore, from: usize, to: usize) -> bool {
        let push = self.push(from, to);
        let section = section(self.machine, self.claims[from..to].to_vec());
        let outcome = again(async || store.push(&push, &section, &Pusher::default(), T0).await).await;
        match outcome {
            PushOutcome::Stored(receipt) => {
                assert_eq!(receipt.refused, Vec::<u64>::new());
                self.acked = usize::try_from(receipt.acked).unwrap();
                self.receipt = Some(receipt.receipt);
                true
            }
            PushOutcome::Removed => false,
            other => panic!("{other:?}"),
        }
    }
}

/// Changes something, again while the database cancels it for others at the same time.
pub(crate) async fn again<T, E: Into<EnrolError>>(change: impl AsyncFn() -> Result<T, E>) -> T {
    loop {
        match change().await.map_err(Into::into) {
            Err(EnrolError::Storage(StorageError::Locked { .. })) => {}
            changed => return changed.unwrap(),
        }
    }
}

/// Enrols a machine in a team.
pub(crate) async fn admit(store: &TeamStore, machine: MachineId) {
    let ends_at_ms = T0 + HOUR_MS;
    let invite = NewInvite { level: "names".to_owned(), uses: 1, ends_at_ms };
    let code = again(async || store.invite(&invite).await).await;
    let name = format!("machine {}", machine.0[0]);
    again(async || store.enrol(&Enrolment { code: &code, machine, name: &name, now: T0 }).await).await;
}

/// Returns what a statement with the tenant selects, as a text.
pub(crate) async fn text(url: &str, store: &TeamStore, query: &'static str) -> String {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query_scalar(query).bind(store.tenant().0).fetch_one(&mut connection).await.unwrap()
}
