//! What only the hub of a single machine has: it imports files of facts as well. All else of a hub is tested for both engines, in
//! `ctm-team`.

use crate::support::{Database, T0};
use ctm_hub::{EnrolError, Enrolment, NewInvite};
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
