//! Row-level security: a transaction has the rows of its tenant alone.

use crate::support::{Journal, Known, admit, clusters, team};
use crate::winner::{Size, check_all};
use ctm_facts::UsageFilter;
use ctm_team::TeamStore;
use ctm_types::MachineId;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// Every table with rows of tenants, and the column with its tenant.
const TABLES: [(&str, &str); 9] = [
    ("tenant", "id"),
    ("invite", "tenant"),
    ("machine", "tenant"),
    ("conversation", "tenant"),
    ("billing", "tenant"),
    ("response", "tenant"),
    ("further_claim", "tenant"),
    ("usage_day", "tenant"),
    ("day_to_sum", "tenant"),
];

/// Creates a database with an owner who is no superuser, and returns its addresses for the owner and for a superuser.
async fn owned(url: &str, name: &str) -> [String; 2] {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let create = [format!("CREATE ROLE {name} LOGIN"), format!("CREATE DATABASE {name} OWNER {name}")];
    for statement in create {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    }
    let database = url.replace("/postgres?", &format!("/{name}?"));
    [database.replace("ctm@", &format!("{name}@")), database]
}

async fn push_some(store: &TeamStore, number: u8) {
    let machine = MachineId([number; 16]);
    admit(store, machine).await;
    let known = |key| Known { key, output: 5, day: 0, parts: 2 };
    let claims = (1..=u64::from(number)).map(|entry| known(entry as u32).claim(1, entry)).collect();
    assert!(Journal::new(machine, claims).send(store, 0, number.into()).await);
}

async fn responses(store: &TeamStore) -> u64 {
    store.usage(&UsageFilter::default()).await.unwrap().iter().map(|row| row.responses).sum()
}

#[tokio::test]
async fn the_owner_of_the_tables_sees_one_tenant_and_without_one_nothing() {
    for cluster in clusters() {
        let [owner, superuser] = owned(&cluster.url(), "of_one_tenant").await;
        let (store, other) = (team(&owner).await, team(&owner).await);
        for (store, number) in [(&store, 20), (&store, 21), (&other, 7)] {
            push_some(store, number).await;
        }
        assert_eq!((responses(&store).await, responses(&other).await), (21, 7));
        let mut all = PgConnection::connect(&superuser).await.unwrap();
        let mut own = PgConnection::connect(&owner).await.unwrap();
        for (table, column) in TABLES {
            let count = || sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {table}")));
            let of = format!("SELECT count(*) FROM {table} WHERE {column} = {}", store.tenant().0);
            let expected: i64 = sqlx::query_scalar(AssertSqlSafe(of)).fetch_one(&mut all).await.unwrap();
            let refused = count().fetch_one(&mut own).await.map(|_: i64| ()).unwrap_err().to_string();
            // After a transaction that set it, the tenant is empty.
            let is_without = refused.contains("\"ctm.tenant\"") || refused.contains("type integer: \"\"");
            assert!(is_without, "{table}: {refused}");
            let mut tx = own.begin().await.unwrap();
            let set = format!("SET LOCAL ctm.tenant = '{}'", store.tenant().0);
            sqlx::raw_sql(AssertSqlSafe(set)).execute(&mut *tx).await.unwrap();
            let seen: i64 = count().fetch_one(&mut *tx).await.unwrap();
            assert_eq!(seen, expected, "{table}");
            let moved = format!("UPDATE {table} SET {column} = {}", other.tenant().0);
            let moved = sqlx::query(AssertSqlSafe(moved)).execute(&mut *tx).await;
            if seen > 0 {
                let refused = moved.unwrap_err().to_string();
                assert!(refused.contains("row-level security"), "{table}: {refused}");
            }
        }
        store.close().await;
        other.close().await;
    }
}

#[tokio::test]
async fn the_best_claim_counts_with_row_level_security_as_well() {
    for cluster in clusters() {
        let [owner, superuser] = owned(&cluster.url(), "of_many_tenants").await;
        let size = Size { entries: 8, keys: 6, removals: 2 };
        check_all([&owner, &superuser], 3_000..3_010, size).await;
    }
}
