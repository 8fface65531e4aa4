//! The fuzzer: `CTM_FUZZ_TARGET` names the target, the arguments are libFuzzer's.

#![no_main]

use ctm_fuzz::Target;
use std::sync::LazyLock;

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("CTM_FUZZ_TARGET").unwrap_or_default();
    Target::named(&name).unwrap_or_else(|| panic!("CTM_FUZZ_TARGET is `{name}`, which is not a target"))
});

libfuzzer_sys::fuzz_target!(|input: &[u8]| TARGET.run(input));
