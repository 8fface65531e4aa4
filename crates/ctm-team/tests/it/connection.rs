//! Connections: with TLS and a password, which no error shows.

use ctm_facts::StorageError;
use ctm_harness::postgres::{Cluster, installed};
use ctm_harness::process::find;
use ctm_team::{TeamStore, TenantId};
use ctm_types::printable::with_causes;
use std::net::TcpListener;

const PASSWORD: &str = "s3cret-of-the-team";

async fn open(url: &str) -> Result<TeamStore, String> {
    let opened = TeamStore::open(url, TenantId::ONLY, &[]).await;
    opened.map_err(|error| {
        assert!(matches!(error, StorageError::Open { .. }), "{error:?}");
        let shown = format!("{} {error:?}", with_causes(&error));
        assert!(!shown.contains(PASSWORD), "{shown}");
        shown
    })
}

#[tokio::test]
async fn a_server_is_reached_with_tls_and_a_password_that_no_error_shows() {
    let Some(programs) = installed().pop().filter(|_| find("openssl").is_some()) else {
        println!("skipped: PostgreSQL or openssl is not installed");
        return;
    };
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let cluster = Cluster::start_secured(&programs, port, PASSWORD).unwrap();
    let certificate = cluster.certificate().display().to_string();
    let url =
        |password: &str, rest: &str| format!("postgres://ctm:{password}@localhost:{port}/postgres?{rest}");
    let trusted = format!("sslmode=verify-full&sslrootcert={certificate}");
    let store = open(&url(PASSWORD, &trusted)).await.unwrap();
    let shown = format!("postgres://ctm@localhost:{port}/postgres");
    assert_eq!(store.shown().display().to_string(), shown);
    assert!(!format!("{store:?}").contains(PASSWORD), "{store:?}");
    // Without a setting TLS is used where the server has it, and this one takes nothing else.
    open(&url(PASSWORD, "")).await.unwrap();
    let refused = open(&url(PASSWORD, "sslmode=disable")).await.unwrap_err();
    assert!(refused.contains("pg_hba.conf"), "{refused}");
    let refused = open(&url("another", &trusted)).await.unwrap_err();
    assert!(refused.contains("password authentication failed"), "{refused}");
    // Nobody whom the system trusts has signed the certificate.
    let refused = open(&url(PASSWORD, "sslmode=verify-full")).await.unwrap_err();
    assert!(refused.contains("certificate"), "{refused}");
    let unused = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let refused = open(&format!("postgres://ctm:{PASSWORD}@127.0.0.1:{unused}/team")).await.unwrap_err();
    assert!(refused.contains("refused"), "{refused}");
    let refused = open(&format!("mysql://ctm:{PASSWORD}@localhost")).await.unwrap_err();
    assert!(refused.contains("postgres://user@host"), "{refused}");
}

#[tokio::test]
async fn servers_that_start_at_once_on_an_empty_database_share_a_hub() {
    for programs in installed() {
        let cluster = Cluster::start(&programs).unwrap();
        let url = cluster.url();
        let opened =
            futures_util::future::join_all((0..8).map(|_| TeamStore::open(&url, TenantId::ONLY, &[]))).await;
        let peppers: std::collections::BTreeSet<Vec<u8>> =
            opened.into_iter().map(|store| store.unwrap().pepper().to_vec()).collect();
        assert_eq!(peppers.len(), 1);
    }
}
