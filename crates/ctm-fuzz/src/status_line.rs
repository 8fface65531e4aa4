//! The input of the status line command.

use ctm_reader::StatusLine;
use ctm_types::EpochMs;
use ctm_types::limits::{LAST_MS, MAX_USED_PERCENTAGE};

/// The longest name or id, in bytes.
const MAX_NAME: usize = 500;

pub(crate) fn run(input: &[u8]) {
    let Ok(status) = StatusLine::parse(input) else { return };
    for name in [Some(&status.session), status.model.as_ref(), status.model_name.as_ref()] {
        assert!(name.is_none_or(|name| name.len() <= MAX_NAME), "names are bounded");
    }
    let limits = status.limits.iter().map(|limit| limit.used_percentage);
    for percentage in limits.chain(status.context_percentage) {
        assert!((0.0..=MAX_USED_PERCENTAGE).contains(&percentage) && percentage.is_sign_positive());
    }
    assert!(status.cost_usd.is_none_or(|cost| cost.is_finite() && cost >= 0.0));
    let ends = status.limits.iter().filter_map(|limit| limit.resets_at_ms);
    assert!(ends.into_iter().all(|at_ms| (EpochMs(0)..=LAST_MS).contains(&at_ms)));
}
