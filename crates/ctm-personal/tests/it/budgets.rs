//! Budgets, and the targets among them.

use super::personal;
use ctm_personal::{PersonalError, StoredBudget, TargetSpan, Targets, TargetsChange};
use ctm_types::{Budget, BudgetLimit, BudgetPeriod, BudgetScope, EpochMs, PicoUsd};

fn usd(text: &str) -> PicoUsd {
    text.parse().unwrap()
}

fn budget(name: &str, limit: BudgetLimit, period: BudgetPeriod, scope: BudgetScope) -> StoredBudget {
    let budget = Budget { name: name.to_owned(), limit, period, scope, soft_percent: 75, hard_percent: 110 };
    StoredBudget { budget, by: "kim".to_owned() }
}

#[tokio::test]
async fn budgets_are_stored_whole_and_their_names_are_unique() {
    let (_dir, _, personal) = personal().await;
    let all = [
        budget("a", BudgetLimit::Usd(usd("0.01")), BudgetPeriod::Days(30), BudgetScope::Everything),
        budget("b", BudgetLimit::Tokens(5), BudgetPeriod::Month, BudgetScope::Model("opus".to_owned())),
        budget("c", BudgetLimit::Tokens(9), BudgetPeriod::Day, BudgetScope::Project("shop".to_owned())),
        budget("d", BudgetLimit::Usd(usd("7")), BudgetPeriod::Block, BudgetScope::Home("work".to_owned())),
    ];
    for (at, budget) in (1..).zip(&all) {
        assert_eq!(personal.add_budget(budget, EpochMs(at)).await.unwrap().content, *budget);
    }
    let stored = personal.all::<StoredBudget>().await.unwrap();
    assert_eq!(stored.iter().map(|record| record.content.clone()).collect::<Vec<_>>(), all);
    assert_eq!(stored[1].created_at_ms, EpochMs(2));

    let error = personal.add_budget(&all[0], EpochMs(9)).await.unwrap_err().to_string();
    assert!(error.contains("`name` is `a`, which another budget has"), "{error}");
    let wrong = budget("e", BudgetLimit::Tokens(0), BudgetPeriod::Day, BudgetScope::Everything);
    assert!(matches!(personal.add_budget(&wrong, EpochMs(9)).await, Err(PersonalError::Invalid { .. })));
    assert_eq!(personal.all::<StoredBudget>().await.unwrap().len(), 4);
    personal.remove::<StoredBudget>(&stored[0].id).await.unwrap();
    assert_eq!(personal.all::<StoredBudget>().await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_target_is_the_oldest_budget_of_all_usage_with_its_span() {
    let (_dir, _, personal) = personal().await;
    let month = |name, amount, scope| budget(name, BudgetLimit::Usd(usd(amount)), BudgetPeriod::Month, scope);
    let of_shop = month("shop", "1", BudgetScope::Project("shop".to_owned()));
    let [first, second] = [("first", "200"), ("second", "300")]
        .map(|(name, amount)| month(name, amount, BudgetScope::Everything));
    for (at, budget) in (1..).zip([&of_shop, &first, &second]) {
        personal.add_budget(budget, EpochMs(at)).await.unwrap();
    }
    let months = async || personal.targets().await.unwrap().month;
    assert_eq!(months().await, Some(usd("200")));
    let change = |amount| TargetsChange::from([(TargetSpan::Month, amount)]);
    personal.change_targets(&change(Some(usd("250"))), EpochMs(9)).await.unwrap();
    let stored = personal.all::<StoredBudget>().await.unwrap();
    let changed = &stored[1].content;
    assert_eq!(changed.budget, Budget { limit: BudgetLimit::Usd(usd("250")), ..first.budget });
    assert_eq!((&stored[0].content, &stored[2].content), (&of_shop, &second));
    // A removed target leaves what it did not show.
    personal.change_targets(&change(None), EpochMs(9)).await.unwrap();
    assert_eq!(months().await, Some(usd("300")));
}

#[tokio::test]
async fn targets_are_changed_in_part() {
    let (_dir, _, personal) = personal().await;
    let usd = |text: &str| Some(usd(text));
    assert_eq!(personal.targets().await.unwrap(), Targets::default());
    let change =
        |changes: &[(TargetSpan, Option<PicoUsd>)]| changes.iter().copied().collect::<TargetsChange>();
    let first = change(&[(TargetSpan::Day, usd("5")), (TargetSpan::Month, usd("200.5"))]);
    personal.change_targets(&first, EpochMs(1)).await.unwrap();
    let second = change(&[(TargetSpan::Day, None), (TargetSpan::Block, usd("0.01"))]);
    personal.change_targets(&second, EpochMs(2)).await.unwrap();
    let expected = Targets { block: usd("0.01"), month: usd("200.5"), ..Targets::default() };
    assert_eq!(personal.targets().await.unwrap(), expected);

    let invalid = change(&[(TargetSpan::Week, usd("0")), (TargetSpan::Month, usd("1000000.01"))]);
    let Err(PersonalError::Invalid { faults, .. }) = personal.change_targets(&invalid, EpochMs(3)).await
    else {
        panic!("both amounts are invalid");
    };
    assert_eq!(faults.iter().map(|fault| fault.field).collect::<Vec<_>>(), ["week", "month"]);
    assert_eq!(personal.targets().await.unwrap(), expected);
}
