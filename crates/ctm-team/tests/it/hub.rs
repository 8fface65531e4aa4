//! Machines that push: who may, and up to where their journals are stored. On both engines.

use crate::support::{HOUR_MS, Hub, Known, T0, hubs};
use ctm_hub::{EnrolError, Enrolled, MachineAccess, PushOutcome, PushReceipt};
use ctm_push_format::{JournalId, Push};
use ctm_types::MachineId;

const LAPTOP: MachineId = MachineId([6; 16]);

fn push(journal: u8, from: u64, to: u64, receipt: Option<&PushReceipt>) -> Push {
    let receipt = receipt.map(|receipt| receipt.receipt.clone());
    Push { journal: JournalId([journal; 16]), from, to, receipt }
}

/// Pushes responses, each by its number with an output of that many tokens.
async fn send(hub: &Hub, push: &Push, epoch: u64, responses: &[u32]) -> PushOutcome {
    let claim = |number: &u32| {
        let number = *number;
        Known { key: number, output: number.into(), day: 0, parts: 1 }.claim(epoch, number.into())
    };
    hub.push(LAPTOP, push, responses.iter().map(claim).collect()).await
}

/// Stores a push, and returns its receipt.
async fn stored(hub: &Hub, push: &Push, epoch: u64, responses: &[u32]) -> PushReceipt {
    match send(hub, push, epoch, responses).await {
        PushOutcome::Stored(receipt) => receipt,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_push_is_stored_once_with_its_position() {
    for hub in hubs().await {
        hub.admit(LAPTOP).await;
        let first = stored(&hub, &push(1, 0, 2, None), 1, &[1, 2]).await;
        assert_eq!((first.acked, first.taken, hub.responses().await), (2, 2, 2));
        // The answer was lost: the same again changes nothing.
        let version = hub.version().await;
        let again = stored(&hub, &push(1, 0, 2, None), 1, &[1, 2]).await;
        assert_eq!((again.acked, again.taken, hub.responses().await), (2, 0, 2));
        assert_eq!((hub.version().await, &again.receipt), (version, &first.receipt));
        let next = stored(&hub, &push(1, 2, 3, Some(&again)), 1, &[3]).await;
        assert_eq!((next.acked, next.taken, hub.responses().await), (3, 1, 3));
        assert!(hub.version().await > version);
        let [laptop] = &hub.machines().await[..] else { panic!("one machine") };
        assert_eq!((laptop.acked, laptop.pushed_at_ms, laptop.skew_ms), (3, Some(T0 + 1_500), Some(1_500)));
        assert_eq!(laptop.agent.as_deref(), Some("ctm-push/0.3.0"));
        assert_eq!(laptop.journal.as_deref(), Some(&*"01".repeat(16)));
    }
}

#[tokio::test]
async fn a_push_that_begins_after_what_is_stored_is_behind() {
    for hub in hubs().await {
        hub.admit(LAPTOP).await;
        assert_eq!(send(&hub, &push(1, 5, 6, None), 1, &[6]).await, PushOutcome::Behind { acked: 0 });
        let first = stored(&hub, &push(1, 0, 2, None), 1, &[1, 2]).await;
        let behind = PushOutcome::Behind { acked: 2 };
        assert_eq!(send(&hub, &push(1, 4, 5, Some(&first)), 1, &[5]).await, behind);
        assert_eq!(hub.responses().await, 2);
        // The hub was restored to before the last push, and continues.
        let second = stored(&hub, &push(1, 2, 3, Some(&first)), 1, &[3]).await;
        hub.restore_position(2, 1).await;
        assert_eq!(send(&hub, &push(1, 3, 4, Some(&second)), 1, &[4]).await, behind);
        let third = stored(&hub, &push(1, 2, 4, Some(&second)), 1, &[3, 4]).await;
        assert_eq!((third.acked, hub.responses().await), (4, 4));
        assert_eq!(stored(&hub, &push(1, 4, 5, Some(&third)), 1, &[5]).await.acked, 5);
    }
}

#[tokio::test]
async fn two_machines_with_one_identity_fork() {
    for hub in hubs().await {
        hub.admit(LAPTOP).await;
        let first = stored(&hub, &push(1, 0, 1, None), 1, &[1]).await;
        let second = stored(&hub, &push(1, 1, 2, Some(&first)), 1, &[2]).await;
        // The clone is at the first receipt: it could be a lost answer.
        let of_clone = stored(&hub, &push(1, 1, 2, Some(&first)), 1, &[7]).await;
        assert_eq!(send(&hub, &push(1, 2, 3, Some(&second)), 1, &[3]).await, PushOutcome::Fork);
        assert_eq!(stored(&hub, &push(1, 2, 3, Some(&of_clone)), 1, &[8]).await.acked, 3);
        // A receipt that nobody signed, and none.
        let forged = PushReceipt { receipt: "00".repeat(48), ..first.clone() };
        assert_eq!(send(&hub, &push(1, 3, 4, Some(&forged)), 1, &[4]).await, PushOutcome::Fork);
        assert_eq!(send(&hub, &push(1, 3, 4, None), 1, &[4]).await, PushOutcome::Fork);
        // Another journal needs a later epoch, and begins at its beginning.
        assert_eq!(send(&hub, &push(2, 0, 1, None), 1, &[1]).await, PushOutcome::Fork);
        assert_eq!(send(&hub, &push(2, 0, 0, None), 1, &[]).await, PushOutcome::Fork);
        assert_eq!(send(&hub, &push(2, 3, 4, None), 2, &[4]).await, PushOutcome::Behind { acked: 0 });
        let begun = stored(&hub, &push(2, 0, 4, None), 2, &[1, 2, 3, 4]).await;
        assert_eq!((begun.acked, begun.taken, hub.responses().await), (4, 4, 6));
        // What is of another epoch than the journal is refused.
        let mixed = stored(&hub, &push(2, 4, 5, Some(&begun)), 1, &[5]).await;
        assert_eq!((mixed.taken, mixed.refused), (0, vec![Push::revision(1, 5)]));
    }
}

#[tokio::test]
async fn a_code_is_used_as_often_as_it_says_until_its_end() {
    let wrong = |enrolled: Result<Enrolled, EnrolError>| assert!(matches!(enrolled, Err(EnrolError::Code)));
    for hub in hubs().await {
        wrong(hub.enrol("", LAPTOP, T0).await);
        let code = hub.invite(2, 24).await;
        let first = hub.enrol(&code, LAPTOP, T0).await.unwrap();
        assert_eq!((first.epoch, &*first.level, first.pepper.len()), (1, "names", 32));
        let second = hub.enrol(&code, LAPTOP, T0).await.unwrap();
        assert_eq!((second.epoch, second.hub, second.pepper), (2, first.hub, first.pepper));
        wrong(hub.enrol(&code, LAPTOP, T0).await);
        let late = hub.invite(1, 1).await;
        wrong(hub.enrol(&late, LAPTOP, T0 + HOUR_MS).await);
        wrong(hub.enrol(&late, LAPTOP, T0).await);
        let desk = MachineId([1; 16]);
        hub.admit(desk).await;
        let names: Vec<String> = hub.machines().await.into_iter().map(|machine| machine.name).collect();
        assert_eq!(names, ["machine 1", "machine 6"]);
    }
}

#[tokio::test]
async fn a_token_is_rotated_revoked_and_outlives_its_machine() {
    for hub in hubs().await {
        let first = hub.admit(LAPTOP).await.token;
        assert_eq!(hub.access(&first, T0).await, MachineAccess::Push);
        let second = hub.rotate(&first).await.unwrap();
        assert_eq!(hub.access(&second, T0).await, MachineAccess::Push);
        assert_eq!(hub.access(&first, T0 + 24 * HOUR_MS - 1).await, MachineAccess::Push);
        assert_eq!(hub.access(&first, T0 + 24 * HOUR_MS).await, MachineAccess::None);
        // The answer with the new token was lost: the former one has another.
        let third = hub.rotate(&first).await.unwrap();
        assert_eq!(hub.access(&second, T0).await, MachineAccess::None);
        assert!(hub.revoke(LAPTOP).await);
        assert_eq!(hub.access(&third, T0).await, MachineAccess::None);
        assert!(!hub.revoke(LAPTOP).await);
        assert_eq!(hub.rotate(&third).await, None);
        assert!(hub.machines().await[0].is_revoked);
    }
    for hub in hubs().await {
        let enrolled = hub.admit(LAPTOP).await;
        stored(&hub, &push(1, 0, 1, None), 1, &[1]).await;
        let version = hub.version().await;
        assert!(hub.remove(LAPTOP).await);
        assert!(hub.version().await > version);
        assert_eq!((hub.responses().await, hub.machines().await), (0, Vec::new()));
        assert_eq!(hub.access(&enrolled.token, T0).await, MachineAccess::Removed);
        assert_eq!(send(&hub, &push(1, 1, 2, None), 1, &[2]).await, PushOutcome::Removed);
        assert!(!hub.remove(LAPTOP).await);
        // Its secret is that of the hub still, and it can enrol again.
        let again = hub.admit(LAPTOP).await;
        assert_eq!((again.epoch, again.pepper), (2, enrolled.pepper));
        assert_eq!(stored(&hub, &push(3, 0, 1, None), 2, &[1]).await.taken, 1);
    }
}
