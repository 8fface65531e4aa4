//! Connections and transactions.

use crate::{error, schema};
use ctm_facts::StorageError;
use ctm_facts::days::DayForm;
use ctm_hub::{ReceiptKey, random};
use sqlx::AssertSqlSafe;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions, PgRow, PgTransaction, Postgres};
use sqlx::query::Query;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Connections of a server, at most.
const CONNECTIONS: u32 = 10;

/// How long a request waits for a connection.
const WAIT: Duration = Duration::from_secs(10);

/// Attempts of a transaction that fails by others at the same time.
const ATTEMPTS: u32 = 8;

/// Milliseconds before the second attempt, at most; each further one waits up to twice as long.
const FIRST_WAIT_MS: u64 = 10;

/// A transaction.
pub(crate) type Tx = PgTransaction<'static>;

/// A tenant: a hub of its own in the same database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TenantId(pub i32);

impl TenantId {
    /// The tenant of a server that has one.
    pub const ONLY: Self = Self(1);
}

/// The identity of a hub.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) uid: String,
    pub(crate) key: ReceiptKey,
    pub(crate) pepper: Vec<u8>,
}

/// The claims of a tenant's machines on PostgreSQL; clones share connections.
#[derive(Debug, Clone)]
pub struct TeamStore {
    pub(crate) pool: PgPool,
    pub(crate) tenant: TenantId,
    pub(crate) hub: Arc<Identity>,
    /// Form of the sums.
    pub(crate) form: Arc<DayForm>,
    /// The address of the database without its password, for errors.
    pub(crate) shown: Arc<PathBuf>,
}

impl TeamStore {
    /// Connects to a database, brings its schema up to date, and creates the tenant if it does not exist. Usage is split by
    /// `context_thresholds`: prompt sizes in tokens, in ascending order.
    ///
    /// # Errors
    ///
    /// Fails when the address is none, and when the database cannot be reached, refuses the login or is of a newer version. No error
    /// contains the password.
    pub async fn open(url: &str, tenant: TenantId, context_thresholds: &[u64]) -> Result<Self, StorageError> {
        let options = options(url)?;
        let shown = shown(&options);
        // Before the pool, which repeats a connection that is refused, and then reports that it waited.
        schema::migrate(&options, &shown).await?;
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(WAIT);
        let pool = pool.connect_lazy_with(options);
        let hub = changed(&pool, tenant, async |tx| identity(tx, tenant).await)
            .await
            .map_err(|error| error::of(&shown, error))?;
        Ok(Self {
            pool,
            tenant,
            hub: Arc::new(hub),
            form: Arc::new(DayForm::new(context_thresholds)),
            shown: Arc::new(shown),
        })
    }

    /// Returns the address of the database without its password.
    #[must_use]
    pub fn shown(&self) -> &std::path::Path {
        &self.shown
    }

    /// Returns the tenant.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Returns the secret that keys the hashes of all machines.
    #[must_use]
    pub fn pepper(&self) -> &[u8] {
        &self.hub.pepper
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Changes the database in one transaction, which commits unless the change fails, and which is repeated when it fails by others at
    /// the same time.
    pub(crate) async fn change<T>(
        &self,
        change: impl AsyncFn(&mut Tx) -> sqlx::Result<T>,
    ) -> Result<T, StorageError> {
        self.at(changed(&self.pool, self.tenant, change).await)
    }

    /// Adds the address of the database to an error.
    pub(crate) fn at<T>(&self, result: sqlx::Result<T>) -> Result<T, StorageError> {
        result.map_err(|error| error::of(&self.shown, error))
    }

    /// Returns the rows that a statement selects.
    pub(crate) async fn rows(
        &self,
        query: Query<'static, Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>, StorageError> {
        let read = async {
            let mut tx = self.reading().await?;
            let rows = query.fetch_all(&mut *tx).await?;
            tx.commit().await?;
            Ok(rows)
        };
        self.at(read.await)
    }

    /// Begins a transaction that reads one state. A single statement needs one as well: a pooler can give its preparation and its
    /// execution different connections.
    pub(crate) async fn reading(&self) -> sqlx::Result<Tx> {
        self.pool.begin_with(beginning("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", self.tenant)).await
    }
}

/// Returns a statement that is not prepared beyond its execution: a pooler gives the connection to others.
pub(crate) fn statement(text: &'static str) -> Query<'static, Postgres, PgArguments> {
    sqlx::query(text).persistent(false)
}

/// Returns the options of an address.
fn options(url: &str) -> Result<PgConnectOptions, StorageError> {
    // The parser takes any scheme.
    let is_ours = ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
    let options = url.parse::<PgConnectOptions>().ok().filter(|_| is_ours);
    let options = options.ok_or_else(|| StorageError::Open {
        path: PathBuf::from("postgres://"),
        source: "it is no address as `postgres://user@host:5432/database`".into(),
    })?;
    Ok(options.application_name("ctm").statement_cache_capacity(0))
}

/// Returns the address without password.
fn shown(options: &PgConnectOptions) -> PathBuf {
    let host = options.get_socket().map_or_else(
        || format!("{}:{}", options.get_host(), options.get_port()),
        |socket| socket.display().to_string(),
    );
    let database = options.get_database().unwrap_or(options.get_username());
    PathBuf::from(format!("postgres://{}@{host}/{database}", options.get_username()))
}

/// Returns what begins a transaction of a tenant, to which the policies of all tables restrict it.
fn beginning(begin: &str, tenant: TenantId) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!("{begin}; SET LOCAL ctm.tenant = '{}'", tenant.0))
}

/// Changes what a tenant has in one transaction, which is repeated when it fails by others at the same time.
async fn changed<T>(
    pool: &PgPool,
    tenant: TenantId,
    change: impl AsyncFn(&mut Tx) -> sqlx::Result<T>,
) -> sqlx::Result<T> {
    let mut attempt = 1;
    loop {
        let changed = async {
            let mut tx = pool.begin_with(beginning("BEGIN", tenant)).await?;
            let changed = change(&mut tx).await?;
            tx.commit().await?;
            Ok(changed)
        };
        match changed.await {
            Err(error) if attempt < ATTEMPTS && error::is_transient(&error) => {
                tracing::debug!("attempt {attempt} of a transaction failed: {error}");
                let most = FIRST_WAIT_MS << attempt;
                tokio::time::sleep(Duration::from_millis(fastrand::u64(most / 2..=most))).await;
                attempt += 1;
            }
            changed => return changed,
        }
    }
}

/// Returns the identity of a tenant, which is created if it does not exist.
async fn identity(tx: &mut Tx, tenant: TenantId) -> sqlx::Result<Identity> {
    use sqlx::Row as _;
    const PUT: &str =
        "INSERT INTO tenant (id, uid, key, pepper) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING";
    const FIND: &str = "SELECT uid, key, pepper FROM tenant WHERE id = $1";
    let find = async |tx: &mut Tx| statement(FIND).bind(tenant.0).fetch_optional(&mut **tx).await;
    let mut found = find(tx).await?;
    if found.is_none() {
        let put = statement(PUT).bind(tenant.0).bind(hex_of(&random::<16>()));
        put.bind(ReceiptKey::create().to_vec()).bind(random::<32>().to_vec()).execute(&mut **tx).await?;
        found = find(tx).await?;
    }
    let found = found.ok_or(sqlx::Error::RowNotFound)?;
    Ok(Identity {
        uid: found.try_get("uid")?,
        key: ReceiptKey::new(&found.try_get::<Vec<u8>, _>("key")?),
        pepper: found.try_get("pepper")?,
    })
}

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
