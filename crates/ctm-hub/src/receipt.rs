//! Receipts: positions in a journal that the hub signed.

use super::secret::random;
use ctm_push_format::JournalId;
use ctm_types::MachineId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;

/// Bytes of a signature.
const TAG: usize = 32;

/// The key that signs receipts.
#[derive(Clone)]
pub struct ReceiptKey(Hmac<Sha256>);

/// What the hub had of a journal, and how many pushes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// The last entry.
    pub acked: u64,
    /// Its number: the first push has the receipt 1, and 0 is the one that a first push does not have.
    pub number: u64,
}

impl fmt::Debug for ReceiptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceiptKey")
    }
}

impl ReceiptKey {
    /// Returns the key of stored bytes.
    ///
    /// # Panics
    ///
    /// Never: a key has any length.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes keys of any length"))
    }

    /// Returns the bytes of a new key.
    ///
    /// # Panics
    ///
    /// Panics when the system has no random bytes.
    #[must_use]
    pub fn create() -> [u8; 32] {
        random()
    }

    /// Returns a receipt of a machine's journal as a text.
    #[must_use]
    pub fn sign(&self, machine: MachineId, journal: JournalId, receipt: Receipt) -> String {
        let tag = self.tagging(machine, journal, receipt).finalize().into_bytes();
        let Receipt { acked, number } = receipt;
        hex::encode([&acked.to_be_bytes()[..], &number.to_be_bytes(), &tag].concat())
    }

    /// Returns the receipt of a text; `None` if this key did not sign it, or for something else.
    #[must_use]
    pub fn read(&self, machine: MachineId, journal: JournalId, text: &str) -> Option<Receipt> {
        let bytes = hex::decode(text).ok()?;
        let (acked, rest) = bytes.split_first_chunk::<8>()?;
        let (number, tag) = rest.split_first_chunk::<8>()?;
        let receipt = Receipt { acked: u64::from_be_bytes(*acked), number: u64::from_be_bytes(*number) };
        let is_signed = tag.len() == TAG && self.tagging(machine, journal, receipt).verify_slice(tag).is_ok();
        is_signed.then_some(receipt)
    }

    fn tagging(&self, machine: MachineId, journal: JournalId, receipt: Receipt) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(&machine.0);
        mac.update(&journal.0);
        mac.update(&receipt.acked.to_be_bytes());
        mac.update(&receipt.number.to_be_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_read_for_what_it_was_signed_for() {
        let key = ReceiptKey::new(&ReceiptKey::create());
        let (machine, journal) = (MachineId([1; 16]), JournalId([2; 16]));
        let receipt = Receipt { acked: 5_000, number: 2 };
        let text = key.sign(machine, journal, receipt);
        assert_eq!(key.read(machine, journal, &text), Some(receipt));
        assert_eq!(key.read(MachineId([2; 16]), journal, &text), None);
        assert_eq!(key.read(machine, JournalId([1; 16]), &text), None);
        assert_eq!(ReceiptKey::new(b"another").read(machine, journal, &text), None);
        for damaged in [&text[2..], &text[..40], "", "no digits", &text.replacen("13", "14", 1)] {
            assert_eq!(key.read(machine, journal, damaged), None, "{damaged}");
        }
    }
}
