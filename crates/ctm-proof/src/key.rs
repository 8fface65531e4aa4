//! Keys that sign, and signatures, by Ed25519.
//!
//! # Design
//!
//! A key is a PKCS #8 text as `openssl` writes and reads it, so that other programs can use it. What is signed begins with its kind: a
//! signature of a seal is none of a bundle.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

/// What is in front of the secret of a key in PKCS #8 (RFC 8410), without the public key: `openssl` reads no other form.
const HEAD: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// Characters of a line of a key.
const LINE: usize = 64;

/// What is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// The digest of a seal.
    Seal,
    /// The digest of a bundle.
    Bundle,
    /// The digest of a file of facts.
    Facts,
}

impl Signed {
    /// Returns the bytes that are signed.
    fn message(self, digest: &str) -> String {
        let kind = match self {
            Self::Seal => "ctm-seal-1",
            Self::Bundle => "ctm-proof-1",
            Self::Facts => "ctm-facts-1",
        };
        format!("{kind}:{digest}")
    }
}

/// An error of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text is no key.
    #[error("it is not an Ed25519 key in PEM (PKCS #8)")]
    Invalid,
    /// The system has no random numbers.
    #[error("the system returns no random numbers")]
    NoRandomNumbers,
}

/// A key that signs.
#[derive(Debug)]
pub struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// Returns the text of a new key.
    ///
    /// # Errors
    ///
    /// Fails when the system returns no random numbers.
    pub fn generate() -> Result<String, KeyError> {
        let mut seed = [0; 32];
        SystemRandom::new().fill(&mut seed).map_err(|_| KeyError::NoRandomNumbers)?;
        let digits = STANDARD.encode([&HEAD[..], &seed].concat());
        let mut text = format!("{BEGIN}\n");
        for line in digits.as_bytes().chunks(LINE) {
            text.extend(line.iter().map(|byte| char::from(*byte)));
            text.push('\n');
        }
        Ok(text + END + "\n")
    }

    /// Reads the text of a key.
    ///
    /// # Errors
    ///
    /// Fails for any other text.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let inner = text.trim().strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END));
        let digits: String = inner.ok_or(KeyError::Invalid)?.split_ascii_whitespace().collect();
        let bytes = STANDARD.decode(digits).map_err(|_| KeyError::Invalid)?;
        // The public key, which may be left out, is then computed.
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(&bytes).map(Self).map_err(|_| KeyError::Invalid)
    }

    /// Returns the public key, in hexadecimal digits.
    #[must_use]
    pub fn public_key(&self) -> String {
        hex::encode(self.0.public_key())
    }

    /// Signs a digest.
    #[must_use]
    pub fn sign(&self, what: Signed, digest: &str) -> KeySignature {
        KeySignature {
            public_key: self.public_key(),
            signature: hex::encode(self.0.sign(what.message(digest).as_bytes())),
        }
    }
}

/// A signature, with the public key that checks it; both in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeySignature {
    /// The public key.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub public_key: String,
    /// The signature.
    #[schema(pattern = "^[0-9a-f]{128}$")]
    pub signature: String,
}

impl KeySignature {
    /// Returns whether it is the signature of a digest.
    #[must_use]
    pub fn is_of(&self, what: Signed, digest: &str) -> bool {
        let (Ok(key), Ok(signature)) = (hex::decode(&self.public_key), hex::decode(&self.signature)) else {
            return false;
        };
        UnparsedPublicKey::new(&ED25519, key).verify(what.message(digest).as_bytes(), &signature).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_of_one_digest_one_kind_and_one_key() {
        let [key, other] = [0, 1].map(|_| SigningKey::parse(&SigningKey::generate().unwrap()).unwrap());
        let signature = key.sign(Signed::Seal, "ab");
        assert!(signature.is_of(Signed::Seal, "ab"));
        assert!(!signature.is_of(Signed::Seal, "ac"));
        assert!(!signature.is_of(Signed::Bundle, "ab"));
        let claimed = KeySignature { public_key: other.public_key(), ..signature.clone() };
        assert!(!claimed.is_of(Signed::Seal, "ab"));
        for damaged in ["", "zz", "00", &signature.signature[2..]] {
            let damaged = KeySignature { signature: damaged.to_owned(), ..signature.clone() };
            assert!(!damaged.is_of(Signed::Seal, "ab"));
        }
    }

    #[test]
    fn a_key_of_openssl_is_read_and_signs_as_openssl_does() {
        // RFC 8410, 10.3; the public key was printed by `openssl pkey -pubout`.
        let text = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
        let key = SigningKey::parse(text).unwrap();
        let expected = "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";
        assert_eq!(key.public_key(), expected);
        assert!(key.sign(Signed::Bundle, "x").is_of(Signed::Bundle, "x"));
        // A key that is made here has the same form.
        let made = SigningKey::generate().unwrap();
        let head = text.len() - "INTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC".len() - END.len() - 3;
        assert_eq!((made.len(), &made[..head]), (text.len(), &text[..head]));
    }

    #[test]
    fn no_other_text_is_a_key() {
        let key = SigningKey::generate().unwrap();
        let cut = key.replacen('M', "", 1);
        for text in ["", "x", BEGIN, END, &format!("{BEGIN}{END}"), &format!("{BEGIN}\n!\n{END}"), &cut] {
            assert_eq!(SigningKey::parse(text).err(), Some(KeyError::Invalid), "{text}");
        }
    }
}
