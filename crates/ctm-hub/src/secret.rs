//! Codes and tokens: random, and stored as their hash.

use ctm_types::MachineId;
use sha2::{Digest, Sha256};
use std::fmt;

/// How the token of a machine begins.
const PREFIX: &str = "ctmm";

/// Bytes of a code.
const CODE_BYTES: usize = 16;

/// Returns random bytes.
///
/// # Panics
///
/// Panics when the system has none.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system has random bytes");
    bytes
}

/// Returns a new code of an invite.
///
/// # Panics
///
/// Panics when the system has no random bytes.
#[must_use]
pub fn new_code() -> String {
    hex::encode(random::<CODE_BYTES>())
}

/// Returns the hash of a secret, as it is stored. A secret is random and as long as the hash, or is only valid for some time, so that
/// it needs no salt and no slow function.
#[must_use]
pub fn hash_of(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// The token of a machine, with which it pushes.
#[derive(Clone, PartialEq, Eq)]
pub struct MachineToken {
    machine: MachineId,
    text: String,
}

impl MachineToken {
    /// Creates a token of a machine.
    ///
    /// # Panics
    ///
    /// Panics when the system has no random bytes.
    #[must_use]
    pub fn create(machine: MachineId) -> Self {
        let text = format!("{PREFIX}_{machine}_{}", hex::encode(random::<32>()));
        Self { machine, text }
    }

    /// Returns the token of a text; `None` if it has another form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (machine, secret) = text.strip_prefix(PREFIX)?.strip_prefix('_')?.split_once('_')?;
        let is_secret = secret.len() == 64 && secret.bytes().all(|digit| digit.is_ascii_hexdigit());
        let machine = MachineId::parse(machine).filter(|_| is_secret)?;
        Some(Self { machine, text: text.to_owned() })
    }

    /// Returns whether a text begins as the tokens of machines do.
    #[must_use]
    pub fn is_like(text: &str) -> bool {
        text.strip_prefix(PREFIX).is_some_and(|rest| rest.starts_with('_'))
    }

    /// Returns the machine that it belongs to, as it says: whether that is true is known to the hub.
    #[must_use]
    pub fn machine(&self) -> MachineId {
        self.machine
    }

    /// Returns the text, which is secret.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the hash, as it is stored.
    #[must_use]
    pub fn hash(&self) -> Vec<u8> {
        hash_of(&self.text)
    }
}

impl fmt::Debug for MachineToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MachineToken({})", self.machine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_that_of_its_machine_and_nothing_else_is_one() {
        let machine = MachineId([7; 16]);
        let token = MachineToken::create(machine);
        assert_eq!(MachineToken::parse(token.text()), Some(token.clone()));
        assert_eq!((token.machine(), format!("{token:?}")), (machine, format!("MachineToken({machine})")));
        for text in ["", "ctmm_", "ctmm__", &token.text()[1..], &token.text()[..100], "ctmm_é_é"] {
            assert_eq!(MachineToken::parse(text), None, "{text}");
        }
        assert_ne!(MachineToken::create(machine).hash(), token.hash());
        assert!(MachineToken::is_like("ctmm_x") && !MachineToken::is_like("ctmm"));
    }
}
