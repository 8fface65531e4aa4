//! Signatures of requests.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::Sha256;

/// Returns the header of a signed body: `sha256=` and the HMAC of the body in hexadecimal digits.
pub(crate) fn of_body(secret: &str, body: &[u8]) -> String {
    format!("sha256={}", hex::encode(hmac(secret.as_bytes(), body)))
}

/// Returns the signature of Feishu: the key is the time in seconds and the secret, and the text is empty.
pub(crate) fn of_feishu(secret: &str, seconds: i64) -> String {
    STANDARD.encode(hmac(format!("{seconds}\n{secret}").as_bytes(), b""))
}

/// Returns the signature of `DingTalk` for an address: the text is the time in milliseconds and the secret.
pub(crate) fn of_dingtalk(secret: &str, ms: i64) -> String {
    let signature = STANDARD.encode(hmac(secret.as_bytes(), format!("{ms}\n{secret}").as_bytes()));
    utf8_percent_encode(&signature, NON_ALPHANUMERIC).to_string()
}

fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key has any length");
    mac.update(text);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    // The expected values are from Python's `hmac`, by the code that the services document.
    #[test]
    fn signatures_are_those_of_the_documentation() {
        assert_eq!(
            of_body("secret", b"{}"),
            "sha256=77325902caca812dc259733aacd046b73817372c777b8d95b402647474516e13"
        );
        assert_eq!(of_feishu("demo", 1_599_360_473), "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=");
        assert_eq!(
            of_dingtalk("this is secret", 1_577_262_236_757),
            "hmPWwU%2B7lVdm3ZZz0r9tSfx0L4Q26jWOZr9%2BGs6EZQM%3D"
        );
    }
}
