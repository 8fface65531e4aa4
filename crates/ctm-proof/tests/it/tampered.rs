//! Every kind of change of a bundle is found, also by somebody who computes the digest again.

use crate::bundle;
use ctm_pricing::PriceBook;
use ctm_proof::figures::ExactUsd;
use ctm_proof::verify::{compare, read};
use ctm_proof::{PriceLine, ProofBundle, SigningKey, digest, verify};
use ctm_types::PicoUsd;

/// Returns the checks that fail.
fn failing(bundle: &ProofBundle) -> Vec<&'static str> {
    let verdict = verify(bundle, &PriceBook::builtin());
    let failing: Vec<_> =
        verdict.findings.iter().filter(|finding| finding.holds == Some(false)).map(|of| of.check).collect();
    assert_eq!(verdict.holds, failing.is_empty());
    failing
}

/// Changes a bundle, and returns the checks that fail, without and with the digest that it would have had.
fn tamper(change: impl FnOnce(&mut ProofBundle)) -> Vec<&'static str> {
    let mut tampered = bundle(None);
    change(&mut tampered);
    assert!(failing(&tampered).contains(&"digest"));
    tampered.digest = digest::of(&tampered.statement.text());
    assert!(!failing(&tampered).contains(&"digest"));
    assert_eq!(compare(&tampered, &bundle(None)).holds, Some(is_same(&tampered)));
    failing(&tampered)
}

/// Whether the facts of the responses are those of the bundle, whatever its sums and prices are.
fn is_same(tampered: &ProofBundle) -> bool {
    let facts = |of: &ProofBundle| {
        let of = &of.statement;
        let mut facts: Vec<_> = of
            .responses
            .iter()
            .map(|response| {
                let parts = response.parts.iter().map(|part| {
                    let price = of.prices.get(part.price as usize);
                    (price.map(PriceLine::billing), part.tokens(), part.web_searches)
                });
                (response.key.clone(), response.at_ms, response.r#final, parts.collect::<Vec<_>>())
            })
            .collect();
        facts.sort_by(|one, other| one.0.cmp(&other.0));
        facts.dedup();
        facts
    };
    facts(tampered) == facts(&bundle(None))
}

#[test]
fn a_whole_bundle_holds() {
    let bundle = bundle(None);
    assert_eq!(failing(&bundle), [""; 0]);
    let text = serde_json::to_vec_pretty(&bundle).unwrap();
    assert_eq!(read(&text).unwrap(), bundle);
    let verdict = verify(&bundle, &PriceBook::builtin());
    assert!(!verdict.is_exact && verdict.totals.unpriced_tokens > 0);
    assert_eq!(compare(&bundle, &bundle).holds, Some(true));
}

#[test]
fn a_changed_figure_is_found() {
    let changes: [fn(&mut ProofBundle); 6] = [
        |of| of.statement.responses[0].parts[0].input_tokens += 1,
        |of| of.statement.responses[0].parts[1].output_tokens -= 1,
        |of| of.statement.responses[1].parts[0].cache_read_tokens = 0,
        |of| of.statement.responses[1].parts[0].cache_write_5m_tokens *= 2,
        |of| of.statement.responses[3].parts[0].cache_write_1h_tokens = u64::MAX,
        |of| of.statement.responses[1].parts[0].web_searches += 1,
    ];
    for change in changes {
        assert_eq!(tamper(change), ["costs", "totals"]);
    }
    assert_eq!(tamper(|of| of.statement.responses[2].parts[0].input_tokens += 1), ["totals"]);
    assert_eq!(tamper(|of| of.statement.responses[2].r#final = true), ["totals"]);
    assert_eq!(tamper(|of| of.statement.responses[0].parts[0].cost_usd = ExactUsd::default()), ["costs"]);
    assert_eq!(tamper(|of| of.statement.responses[0].cost_usd = ExactUsd(PicoUsd(-1))), ["costs"]);
    assert_eq!(tamper(|of| of.statement.totals.cost_usd = ExactUsd(PicoUsd(i128::MAX))), ["totals"]);
    assert_eq!(tamper(|of| of.statement.totals.responses = 0), ["totals"]);
}

#[test]
fn a_changed_price_is_found() {
    assert_eq!(
        tamper(|of| of.statement.prices[0].output = Some(1)),
        ["costs", "totals", "price table"],
        "not the rate of the table"
    );
    // The price of another term.
    assert!(!tamper(|of| of.statement.responses[0].parts[0].price ^= 1).is_empty());
    assert!(tamper(|of| of.statement.responses[0].parts[0].price = u32::MAX).contains(&"costs"));
    // Free of charge, and every sum made to fit.
    let free = tamper(|of| {
        let of = &mut of.statement;
        of.prices.iter_mut().for_each(|price| price.billed = false);
        for response in &mut of.responses {
            response.cost_usd = ExactUsd::default();
            response.parts.iter_mut().for_each(|part| part.cost_usd = ExactUsd::default());
        }
        of.totals = ctm_proof::ProofTotals::default();
    });
    assert_eq!(free, ["price table"]);
}

#[test]
fn a_row_that_is_missing_doubled_or_elsewhere_is_found() {
    assert!(tamper(|of| drop(of.statement.responses.remove(1))).contains(&"totals"));
    let doubled = tamper(|of| {
        let copy = of.statement.responses[1].clone();
        of.statement.responses.insert(1, copy);
    });
    assert_eq!(doubled, ["order", "totals"]);
    assert_eq!(tamper(|of| of.statement.responses.swap(0, 2)), ["order"]);
    assert!(tamper(|of| of.statement.prices.reverse()).contains(&"order"));
    let unused = tamper(|of| {
        let mut price = of.statement.prices.last().unwrap().clone();
        price.model.push('x');
        of.statement.prices.push(price);
    });
    assert_eq!(unused, ["order"]);
    assert!(tamper(|of| of.statement.responses[0].parts.clear()).contains(&"order"));
    assert!(tamper(|of| of.statement.responses.clear()).contains(&"totals"));
}

#[test]
fn what_was_signed_cannot_be_changed_by_another() {
    let key = SigningKey::parse(&SigningKey::generate().unwrap()).unwrap();
    let mut signed = bundle(Some(&key));
    assert_eq!(failing(&signed), [""; 0]);
    signed.statement.program = "0.2.0".to_owned();
    assert_eq!(failing(&signed), ["digest"]);
    signed.digest = digest::of(&signed.statement.text());
    assert_eq!(failing(&signed), ["signature"]);
}

#[test]
fn prices_of_another_version_are_not_compared() {
    let mut other = bundle(None);
    other.statement.price_version = "2020-01-01".to_owned();
    other.digest = digest::of(&other.statement.text());
    let verdict = verify(&other, &PriceBook::builtin());
    let table = verdict.findings.iter().find(|finding| finding.check == "price table").unwrap();
    assert!(verdict.holds && table.holds.is_none() && table.text.contains("2020-01-01"), "{table:?}");
}
