//! Alert rules, and what they raise.

use super::personal;
use chrono_tz::Tz;
use ctm_alerts::{AlertFacts, AlertRule, Watched, WatchedParts};
use ctm_personal::{
    Alert, AlertContext, AttemptEnd, DeliveryState, Personal, PersonalError, Record, StoredRule,
};
use ctm_types::{EpochMs, PicoUsd};

const MINUTE_MS: i64 = 60_000;

fn rule(name: &str, kind: &str, parts: WatchedParts) -> StoredRule {
    let watched = Watched::of(kind, parts).unwrap();
    let rule = AlertRule { name: name.to_owned(), watched, quiet: None, cooldown_minutes: 0 };
    StoredRule { rule, by: "kim".to_owned() }
}

fn models(name: &str) -> StoredRule {
    rule(name, "unpriced_model", WatchedParts::default())
}

fn facts(models: &[&str]) -> AlertFacts {
    let unpriced = models.iter().map(|&model| model.to_owned()).collect();
    AlertFacts { unpriced, ..AlertFacts::default() }
}

fn at(at_ms: i64, channels: &[String]) -> AlertContext<'_> {
    AlertContext { now: EpochMs(at_ms), tz: Tz::UTC, channels }
}

async fn raised(personal: &Personal, models: &[&str], at_ms: i64) -> Vec<String> {
    let raised = personal.raise_alerts(&facts(models), &at(at_ms, &[])).await.unwrap();
    raised.into_iter().map(|alert| alert.content.texts.en.title).collect()
}

async fn titles(personal: &Personal) -> Vec<String> {
    let alerts: Vec<Record<Alert>> = personal.alerts().await.unwrap();
    alerts.into_iter().map(|alert| alert.content.texts.en.title).collect()
}

#[tokio::test]
async fn rules_are_stored_whole_and_their_names_are_unique() {
    let (_dir, _, personal) = personal().await;
    let none = WatchedParts::default;
    let mut all = vec![
        rule("a", "limit_used", WatchedParts { percent: Some(80), ..none() }),
        rule("b", "limit_reset", WatchedParts { minutes: Some(30), ..none() }),
        rule("c", "spend_rate", WatchedParts { usd_per_minute: Some(PicoUsd(1)), ..none() }),
        rule("d", "budget", WatchedParts { budget: Some("x".to_owned()), ..none() }),
        models("e"),
    ];
    all[0].rule.quiet = Some("22:00-07:00".parse().unwrap());
    all[0].rule.cooldown_minutes = 5;
    for (at, rule) in (1..).zip(&all) {
        assert_eq!(personal.add_alert_rule(rule, EpochMs(at)).await.unwrap().content, *rule);
    }
    let stored = personal.all::<StoredRule>().await.unwrap();
    assert_eq!(stored.iter().map(|record| record.content.clone()).collect::<Vec<_>>(), all);
    let error = personal.add_alert_rule(&all[0], EpochMs(9)).await.unwrap_err().to_string();
    assert!(error.contains("`name` is `a`, which another alert rule has"), "{error}");
    let removed = personal.remove_alert_rule(&stored[0].id).await.unwrap();
    assert_eq!(removed, stored[0]);
    let again = personal.remove_alert_rule(&stored[0].id).await;
    assert!(matches!(again, Err(PersonalError::Unknown { .. })));
}

#[tokio::test]
async fn a_cause_is_raised_once_also_after_a_restart() {
    let (_dir, store, personal) = personal().await;
    assert_eq!(raised(&personal, &["a"], 0).await, [""; 0]);
    personal.add_alert_rule(&models("models"), EpochMs(0)).await.unwrap();
    assert_eq!(raised(&personal, &["a"], MINUTE_MS).await, ["The model a has no price"]);
    let version = personal.version().await.unwrap();
    // What stays present is no change, so that nothing is written.
    assert_eq!(raised(&personal, &["a"], 2 * MINUTE_MS).await, [""; 0]);
    assert_eq!(personal.version().await.unwrap(), version);
    let other = Personal::new(store);
    assert_eq!(raised(&other, &["a", "b"], 3 * MINUTE_MS).await, ["The model b has no price"]);
    assert_eq!(raised(&personal, &["a", "b"], 4 * MINUTE_MS).await, [""; 0]);
    assert_eq!(titles(&personal).await, ["The model b has no price", "The model a has no price"]);
    let alert = &personal.alerts().await.unwrap()[0];
    assert_eq!((alert.id.len(), alert.created_at_ms), (32, EpochMs(3 * MINUTE_MS)));
}

#[tokio::test]
async fn two_evaluations_at_once_raise_a_cause_once() {
    let (_dir, store, personal) = personal().await;
    personal.add_alert_rule(&models("models"), EpochMs(0)).await.unwrap();
    let other = Personal::new(store);
    let (one, two) = tokio::join!(raised(&personal, &["a"], 1), raised(&other, &["a"], 1));
    assert_eq!(one.len() + two.len(), 1);
    assert_eq!(titles(&personal).await.len(), 1);
}

#[tokio::test]
async fn two_hundred_alerts_are_kept_and_no_cause_returns() {
    let (_dir, _, personal) = personal().await;
    personal.add_alert_rule(&models("models"), EpochMs(0)).await.unwrap();
    let names: Vec<String> = (0..250).map(|number| format!("m{number:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(raised(&personal, &names[..150], 1).await.len(), 150);
    assert_eq!(raised(&personal, &names, MINUTE_MS).await.len(), 100);
    let kept = titles(&personal).await;
    assert_eq!((kept.len(), &*kept[0]), (<Alert as ctm_personal::Kind>::MOST, "The model m249 has no price"));
    assert_eq!(kept[199], "The model m050 has no price");
    assert_eq!(raised(&personal, &names, 2 * MINUTE_MS).await, [""; 0]);
}

#[tokio::test]
async fn a_test_is_marked_and_raises_no_cause() {
    let (_dir, _, personal) = personal().await;
    let id = personal.add_alert_rule(&models("models"), EpochMs(0)).await.unwrap().id;
    let alert = personal.test_alert(&id, &at(1, &[])).await.unwrap();
    assert!(alert.content.is_test && alert.content.rule == "models");
    assert_eq!(raised(&personal, &["claude-example-1"], 2).await.len(), 1);
    let unknown = personal.test_alert("none", &at(1, &[])).await;
    assert!(matches!(unknown, Err(PersonalError::Unknown { .. })));
    // The alerts of a removed rule stay, and a new one with its name starts anew.
    personal.remove_alert_rule(&id).await.unwrap();
    assert_eq!(titles(&personal).await.len(), 2);
    personal.add_alert_rule(&models("models"), EpochMs(3)).await.unwrap();
    assert_eq!(raised(&personal, &["claude-example-1"], 4).await.len(), 1);
}

#[tokio::test]
async fn deliveries_are_due_until_they_end_also_after_a_restart() {
    let (_dir, store, personal) = personal().await;
    personal.add_alert_rule(&models("models"), EpochMs(0)).await.unwrap();
    let channels = ["desk", "phone"].map(str::to_owned);
    personal.raise_alerts(&facts(&["a"]), &at(1, &channels)).await.unwrap();
    let restarted = Personal::new(store);
    let due = restarted.due_deliveries(EpochMs(1)).await.unwrap();
    assert_eq!(
        due.iter().map(|due| (&*due.channel, due.attempts)).collect::<Vec<_>>(),
        [("desk", 0), ("phone", 0)]
    );
    assert_eq!(due[0].alert.id, due[1].alert.id);
    restarted.record_attempt(&due[0], "204", AttemptEnd::Sent, EpochMs(2)).await.unwrap();
    restarted.record_attempt(&due[1], "busy", AttemptEnd::Again(EpochMs(50)), EpochMs(3)).await.unwrap();
    assert_eq!(personal.due_deliveries(EpochMs(49)).await.unwrap(), []);
    let again = personal.due_deliveries(EpochMs(50)).await.unwrap();
    assert_eq!((again.len(), again[0].attempts, &again[0].alert.id), (1, 1, &due[0].alert.id));
    personal.record_attempt(&again[0], "gone", AttemptEnd::Failed, EpochMs(51)).await.unwrap();
    let alerts = personal.alerts().await.unwrap();
    let ended = alerts[0].content.deliveries.iter().map(|of| (of.state, of.attempts, &*of.answer));
    let expected = [(DeliveryState::Sent, 1, "204"), (DeliveryState::Failed, 2, "gone")];
    assert_eq!(ended.collect::<Vec<_>>(), expected);
    assert_eq!(personal.due_deliveries(EpochMs(i64::MAX)).await.unwrap(), []);
}

#[tokio::test]
async fn alerts_that_are_still_to_be_sent_are_kept_longest() {
    let (_dir, _, personal) = personal().await;
    personal.add_alert_rule(&models("models"), EpochMs(0)).await.unwrap();
    personal.raise_alerts(&facts(&["first"]), &at(1, &["desk".to_owned()])).await.unwrap();
    let names: Vec<String> = (0..220).map(|number| format!("m{number:03}")).collect();
    raised(&personal, &names.iter().map(String::as_str).collect::<Vec<_>>(), MINUTE_MS).await;
    let due = personal.due_deliveries(EpochMs(MINUTE_MS)).await.unwrap();
    assert_eq!((due.len(), titles(&personal).await.len()), (1, 200));
    assert_eq!(due[0].alert.content.texts.en.title, "The model first has no price");
}
