//! Machines that push: who may, and up to where their journals are stored.

use crate::support::{Database, T0, part, totals};
use ctm_facts::{MachineSection, OwnMachine, UsageFilter};
use ctm_hub::{
    EnrolError, Enrolled, Enrolment, MachineAccess, MachineToken, NewInvite, PushOutcome, PushReceipt, Pusher,
};
use ctm_push_format::{JournalId, Pepper, Push};
use ctm_types::{
    ClaimRank, DisclosedConversation, EpochMs, MachineClaim, MachineId, RankedLine, ResponseKey,
};
use std::sync::Arc;

const OWN: MachineId = MachineId([5; 16]);

const LAPTOP: MachineId = MachineId([6; 16]);

const HOUR_MS: i64 = 60 * 60 * 1000;

/// A hub with a machine that enrolled.
struct Hub {
    database: Database,
    enrolled: Enrolled,
}

fn invite(uses: u32, hours: i64) -> NewInvite {
    NewInvite { level: "names".to_owned(), uses, ends_at_ms: T0 + hours * HOUR_MS }
}

async fn enrol(database: &Database, code: &str, now: EpochMs) -> Result<Enrolled, EnrolError> {
    database.store.enrol(&Enrolment { code, machine: LAPTOP, name: "laptop", now }).await
}

impl Hub {
    async fn new() -> Self {
        let database = Database::new().await;
        let code = database.store.invite(&invite(1, 24)).await.unwrap();
        let enrolled = enrol(&database, &code, T0).await.unwrap();
        Self { database, enrolled }
    }

    /// Pushes responses, each by its number with an output of that many tokens.
    async fn push(&self, push: &Push, epoch: u64, responses: &[u64]) -> PushOutcome {
        let pepper = Pepper::new(&self.enrolled.pepper);
        let claim = |number: &u64| MachineClaim {
            key: pepper.digest(&ResponseKey::from_stored(&format!("r{number}"))),
            revision: Push::revision(epoch, *number),
            rank: ClaimRank::of(RankedLine { output: *number, ..RankedLine::default() }),
            at_ms: T0,
            parts: vec![part("claude-opus-5", *number)],
            conversation: Arc::new(DisclosedConversation::default()),
        };
        let section = MachineSection {
            machine: LAPTOP,
            name: "laptop".to_owned(),
            level: "names".to_owned(),
            at_ms: T0,
            claims: responses.iter().map(claim).collect(),
        };
        let own = OwnMachine { id: OWN, pepper: self.enrolled.pepper.clone(), now: T0 + 1_500 };
        let pusher = Pusher { agent: Some("ctm-push/0.3.0".to_owned()) };
        self.database.store.push(&own, push, section, &pusher).await.unwrap()
    }

    /// Stores a push, and returns its receipt.
    async fn stored(&self, push: &Push, epoch: u64, responses: &[u64]) -> PushReceipt {
        match self.push(push, epoch, responses).await {
            PushOutcome::Stored(receipt) => receipt,
            other => panic!("{other:?}"),
        }
    }

    async fn responses(&self) -> u64 {
        totals(&self.database.store.usage(&UsageFilter::default()).await.unwrap()).0
    }

    async fn access(&self, token: &MachineToken, now: EpochMs) -> MachineAccess {
        self.database.store.machine_access(token, now).await.unwrap()
    }
}

fn push(journal: u8, from: u64, to: u64, receipt: Option<&PushReceipt>) -> Push {
    let receipt = receipt.map(|receipt| receipt.receipt.clone());
    Push { journal: JournalId([journal; 16]), from, to, receipt }
}

#[tokio::test]
async fn a_push_is_stored_once_with_its_position() {
    let hub = Hub::new().await;
    let first = hub.stored(&push(1, 0, 2, None), 1, &[1, 2]).await;
    assert_eq!((first.acked, first.taken, hub.responses().await), (2, 2, 2));
    // The answer was lost: the same again changes nothing.
    let version = hub.database.store.data_version().await.unwrap();
    let again = hub.stored(&push(1, 0, 2, None), 1, &[1, 2]).await;
    assert_eq!((again.acked, again.taken, hub.responses().await), (2, 0, 2));
    assert_eq!(hub.database.store.data_version().await.unwrap(), version);
    let next = hub.stored(&push(1, 2, 3, Some(&again)), 1, &[3]).await;
    assert_eq!((next.acked, next.taken, hub.responses().await), (3, 1, 3));
    let [laptop] = &hub.database.store.hub_machines().await.unwrap()[..] else { panic!("one machine") };
    assert_eq!((laptop.acked, laptop.pushed_at_ms, laptop.skew_ms), (3, Some(T0 + 1_500), Some(1_500)));
    assert_eq!(laptop.agent.as_deref(), Some("ctm-push/0.3.0"));
}

#[tokio::test]
async fn a_push_that_begins_after_what_is_stored_is_behind() {
    let hub = Hub::new().await;
    assert_eq!(hub.push(&push(1, 5, 6, None), 1, &[6]).await, PushOutcome::Behind { acked: 0 });
    let first = hub.stored(&push(1, 0, 2, None), 1, &[1, 2]).await;
    assert_eq!(hub.push(&push(1, 4, 5, Some(&first)), 1, &[5]).await, PushOutcome::Behind { acked: 2 });
    assert_eq!(hub.responses().await, 2);
    // The hub was restored to before the last push, and continues.
    let second = hub.stored(&push(1, 2, 3, Some(&first)), 1, &[3]).await;
    hub.database.execute("UPDATE hub_machine SET acked = 2, pushes = 1, prior = 0").await;
    assert_eq!(hub.push(&push(1, 3, 4, Some(&second)), 1, &[4]).await, PushOutcome::Behind { acked: 2 });
    let third = hub.stored(&push(1, 2, 4, Some(&second)), 1, &[3, 4]).await;
    assert_eq!((third.acked, hub.responses().await), (4, 4));
    assert_eq!(hub.stored(&push(1, 4, 5, Some(&third)), 1, &[5]).await.acked, 5);
}

#[tokio::test]
async fn two_machines_with_one_identity_fork() {
    let hub = Hub::new().await;
    let first = hub.stored(&push(1, 0, 1, None), 1, &[1]).await;
    let second = hub.stored(&push(1, 1, 2, Some(&first)), 1, &[2]).await;
    // The clone is at the first receipt: it could be a lost answer.
    let of_clone = hub.stored(&push(1, 1, 2, Some(&first)), 1, &[7]).await;
    assert_eq!(hub.push(&push(1, 2, 3, Some(&second)), 1, &[3]).await, PushOutcome::Fork);
    assert_eq!(hub.stored(&push(1, 2, 3, Some(&of_clone)), 1, &[8]).await.acked, 3);
    // A receipt that nobody signed, and none.
    let forged = PushReceipt { receipt: "00".repeat(48), ..first.clone() };
    assert_eq!(hub.push(&push(1, 3, 4, Some(&forged)), 1, &[4]).await, PushOutcome::Fork);
    assert_eq!(hub.push(&push(1, 3, 4, None), 1, &[4]).await, PushOutcome::Fork);
    // Another journal needs a later epoch, and begins at its beginning.
    assert_eq!(hub.push(&push(2, 0, 1, None), 1, &[1]).await, PushOutcome::Fork);
    assert_eq!(hub.push(&push(2, 0, 0, None), 1, &[]).await, PushOutcome::Fork);
    assert_eq!(hub.push(&push(2, 3, 4, None), 2, &[4]).await, PushOutcome::Behind { acked: 0 });
    let begun = hub.stored(&push(2, 0, 4, None), 2, &[1, 2, 3, 4]).await;
    assert_eq!((begun.acked, begun.taken, hub.responses().await), (4, 4, 6));
    // What is of another epoch than the journal is refused.
    let mixed = hub.stored(&push(2, 4, 5, Some(&begun)), 1, &[5]).await;
    assert_eq!((mixed.taken, mixed.refused), (0, vec![Push::revision(1, 5)]));
}

#[tokio::test]
async fn a_code_is_used_as_often_as_it_says_until_its_end() {
    let database = Database::new().await;
    let wrong = |enrolled: Result<Enrolled, EnrolError>| assert!(matches!(enrolled, Err(EnrolError::Code)));
    wrong(enrol(&database, "", T0).await);
    let code = database.store.invite(&invite(2, 24)).await.unwrap();
    let first = enrol(&database, &code, T0).await.unwrap();
    assert_eq!((first.epoch, &*first.level, first.pepper.len()), (1, "names", 32));
    assert_eq!(database.store.pepper().await.unwrap(), Some(first.pepper.clone()));
    let second = enrol(&database, &code, T0).await.unwrap();
    assert_eq!((second.epoch, second.hub, second.pepper), (2, first.hub, first.pepper));
    wrong(enrol(&database, &code, T0).await);
    let late = database.store.invite(&invite(1, 1)).await.unwrap();
    wrong(enrol(&database, &late, T0 + HOUR_MS).await);
    wrong(enrol(&database, &late, T0).await);
    // Machines that exchange files without a secret have none that could key hashes.
    let plain = Database::new().await;
    crate::machines::import_without_pepper(&plain).await;
    let hashed = NewInvite { level: "hashed".to_owned(), ..invite(1, 24) };
    assert!(matches!(plain.store.invite(&hashed).await, Err(EnrolError::NoPepper)));
    let code = plain.store.invite(&invite(1, 24)).await.unwrap();
    assert_eq!(enrol(&plain, &code, T0).await.unwrap().pepper, b"");
}

#[tokio::test]
async fn a_token_is_rotated_revoked_and_outlives_its_machine() {
    let hub = Hub::new().await;
    let store = &hub.database.store;
    let first = &hub.enrolled.token;
    assert_eq!(hub.access(first, T0).await, MachineAccess::Push);
    let second = store.rotate_token(first, T0).await.unwrap().unwrap();
    assert_eq!(hub.access(&second, T0).await, MachineAccess::Push);
    assert_eq!(hub.access(first, T0 + 24 * HOUR_MS - 1).await, MachineAccess::Push);
    assert_eq!(hub.access(first, T0 + 24 * HOUR_MS).await, MachineAccess::None);
    // The answer with the new token was lost: the former one has another.
    let third = store.rotate_token(first, T0).await.unwrap().unwrap();
    assert_eq!(hub.access(&second, T0).await, MachineAccess::None);
    assert!(store.revoke_machine(LAPTOP).await.unwrap());
    assert_eq!(hub.access(&third, T0).await, MachineAccess::None);
    assert!(!store.revoke_machine(LAPTOP).await.unwrap());
    assert_eq!(store.rotate_token(&third, T0).await.unwrap(), None);
    assert!(store.hub_machines().await.unwrap()[0].is_revoked);

    let hub = Hub::new().await;
    hub.stored(&push(1, 0, 1, None), 1, &[1]).await;
    assert!(hub.database.store.remove_machine(LAPTOP).await.unwrap());
    assert_eq!((hub.responses().await, hub.database.store.hub_machines().await.unwrap()), (0, Vec::new()));
    assert_eq!(hub.access(&hub.enrolled.token, T0).await, MachineAccess::Removed);
    assert_eq!(hub.push(&push(1, 1, 2, None), 1, &[2]).await, PushOutcome::Removed);
    assert!(!hub.database.store.remove_machine(LAPTOP).await.unwrap());
    // Its secret is that of the hub still, and it can enrol again.
    let code = hub.database.store.invite(&invite(1, 24)).await.unwrap();
    let again = enrol(&hub.database, &code, T0).await.unwrap();
    assert_eq!((again.epoch, again.pepper), (2, hub.enrolled.pepper.clone()));
    assert_eq!(hub.stored(&push(3, 0, 1, None), 2, &[1]).await.taken, 1);
}
