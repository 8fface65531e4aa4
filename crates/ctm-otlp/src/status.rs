//! Answers to senders, in the encoding of the request.

use crate::body::Encoding;
use prost::Message;
use serde_json::json;

/// `ExportLogsServiceResponse` and `ExportMetricsServiceResponse`, which have the same form in protobuf.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Response {
    #[prost(message, optional, tag = "1")]
    pub(crate) partial_success: Option<PartialSuccess>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct PartialSuccess {
    #[prost(int64, tag = "1")]
    pub(crate) rejected: i64,
    #[prost(string, tag = "2")]
    pub(crate) error_message: String,
}

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}

/// Returns the answer to a body whose records were accepted, but for `rejected` ones.
#[must_use]
pub fn accepted(encoding: Encoding, rejected: u64, message: Option<String>) -> Vec<u8> {
    let rejected = i64::try_from(rejected).unwrap_or(i64::MAX);
    match (encoding, message) {
        (Encoding::Protobuf, None) => Vec::new(),
        (Encoding::Json, None) => b"{}".to_vec(),
        (Encoding::Protobuf, Some(error_message)) => {
            Response { partial_success: Some(PartialSuccess { rejected, error_message }) }.encode_to_vec()
        }
        (Encoding::Json, Some(message)) => {
            let partial = json!({"rejectedLogRecords": rejected.to_string(), "errorMessage": message});
            json!({"partialSuccess": partial}).to_string().into_bytes()
        }
    }
}

/// Returns the answer to a body that is refused as a whole, by the HTTP status.
#[must_use]
pub fn refused(encoding: Encoding, status: u16, message: &str) -> Vec<u8> {
    let code = code(status);
    match encoding {
        Encoding::Protobuf => Status { code, message: message.to_owned() }.encode_to_vec(),
        Encoding::Json => json!({"code": code, "message": message}).to_string().into_bytes(),
    }
}

/// Returns the code of `google.rpc.Code` for an HTTP status.
fn code(status: u16) -> i32 {
    match status {
        401 => 16,
        403 | 421 => 7,
        404 => 5,
        405 | 501 => 12,
        408 | 504 => 4,
        413 | 429 => 8,
        503 => 14,
        400..=499 => 3,
        _ => 13,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_in_the_encoding_of_the_request() {
        let message = || Some("no".to_owned());
        assert_eq!(accepted(Encoding::Protobuf, 0, None), b"");
        assert_eq!(accepted(Encoding::Json, 0, None), b"{}");
        assert_eq!(accepted(Encoding::Protobuf, 2, message()), b"\x0a\x06\x08\x02\x12\x02no");
        let json = String::from_utf8(accepted(Encoding::Json, 2, message())).unwrap();
        assert_eq!(json, r#"{"partialSuccess":{"errorMessage":"no","rejectedLogRecords":"2"}}"#);
        assert_eq!(refused(Encoding::Protobuf, 429, "no"), b"\x08\x08\x12\x02no");
        let json = String::from_utf8(refused(Encoding::Json, 415, "no")).unwrap();
        assert_eq!(json, r#"{"code":3,"message":"no"}"#);
    }
}
