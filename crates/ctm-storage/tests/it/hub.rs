//! What only the hub of a single machine has: it imports files of facts as well. All else of a hub is tested for both engines, in
//! `ctm-team`.

use crate::machines::{OWN, some_claim};
use crate::support::{Database, T0};
use ctm_facts::{ImportError, MachineSection, OwnMachine, StorageError};
use ctm_hub::{EnrolError, Enrolment, NewInvite, PushOutcome, Pusher};
use ctm_push_format::{JournalId, Push};
use ctm_storage::Store;
use ctm_types::MachineId;

fn invite(level: &str) -> NewInvite {
    NewInvite::new(level, 1, 24, T0)
}

#[tokio::test]
async fn the_secret_of_a_hub_is_that_of_imports() {
    let laptop = |code: &str| (code.to_owned(), MachineId([6; 16]));
    let database = Database::new().await;
    let (code, machine) = laptop(&database.store.invite(&invite("names")).await.unwrap());
    let enrolment = Enrolment { code: &code, machine, name: "laptop", now: T0 };
    let enrolled = database.store.enrol(&enrolment).await.unwrap();
    assert_eq!(database.store.pepper().await.unwrap(), Some(enrolled.pepper));
    // Machines that exchange files without a secret have none that could key hashes.
    let plain = Database::new().await;
    crate::machines::import_without_pepper(&plain).await;
    assert!(matches!(plain.store.invite(&invite("hashed")).await, Err(EnrolError::NoPepper)));
    let (code, machine) = laptop(&plain.store.invite(&invite("names")).await.unwrap());
    let enrolment = Enrolment { code: &code, machine, name: "laptop", now: T0 };
    assert_eq!(plain.store.enrol(&enrolment).await.unwrap().pepper, b"");
}

/// Pushes one response of a machine that enrols before.
async fn enrolled_and_pushed(store: &Store) -> Result<PushOutcome, ImportError> {
    let machine = MachineId([6; 16]);
    let code = store.invite(&invite("names")).await.unwrap();
    store.enrol(&Enrolment { code: &code, machine, name: "laptop", now: T0 }).await.unwrap();
    pushed(store, machine).await
}

async fn pushed(store: &Store, machine: MachineId) -> Result<PushOutcome, ImportError> {
    let pepper = store.pepper().await?.unwrap_or_default();
    let own = OwnMachine { id: OWN, pepper, now: T0 };
    let push = Push { journal: JournalId([1; 16]), from: 0, to: 1, receipt: None };
    let claims = vec![some_claim(Push::revision(1, 1))];
    let (name, level) = ("laptop".to_owned(), "names".to_owned());
    let section = MachineSection { machine, name, level, at_ms: T0, claims };
    store.push(&own, &push, section, &Pusher::default()).await
}

#[tokio::test]
async fn a_push_goes_to_the_database_at_the_path() {
    let database = Database::new().await;
    let (store, machine) = (&database.store, MachineId([6; 16]));
    assert!(matches!(enrolled_and_pushed(store).await, Ok(PushOutcome::Stored(_))));
    let away = database.dir().join("away.db");
    std::fs::rename(store.path(), &away).unwrap();
    let moved = pushed(store, machine).await;
    assert!(matches!(moved, Err(ImportError::Storage(StorageError::Moved { .. }))), "{moved:?}");
    store.reopen().await.unwrap();
    assert!(matches!(pushed(store, machine).await, Ok(PushOutcome::Removed)));
    assert!(matches!(enrolled_and_pushed(store).await, Ok(PushOutcome::Stored(_))));
    store.close().await;
    for path in [store.path(), &away] {
        let found = ctm_storage::inspect(path, ctm_facts::Depth::Thorough).await.unwrap();
        assert_eq!(found.problems, [""; 0], "{}", path.display());
    }
}
