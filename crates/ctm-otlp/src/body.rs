//! Bodies: their encoding, and their size, compressed or not.

use flate2::read::GzDecoder;
use std::borrow::Cow;
use std::io::Read;

/// The longest body as it is sent, in bytes. A batch of Claude Code has 512 records of one or two kilobytes.
pub const MOST_SENT: usize = 4 << 20;

/// The longest body without compression, in bytes.
pub const MOST_INFLATED: usize = 8 << 20;

/// The encoding of a body, and of the answer to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `http/protobuf`.
    Protobuf,
    /// `http/json`.
    Json,
}

impl Encoding {
    /// Returns the encoding of a media type, with any parameters.
    #[must_use]
    pub fn of(media_type: &str) -> Option<Self> {
        match media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "application/x-protobuf" => Some(Self::Protobuf),
            "application/json" => Some(Self::Json),
            _ => None,
        }
    }

    /// Returns the media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        }
    }
}

/// Why a body is refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// It has another compression.
    #[error("the content encoding is neither `gzip` nor `identity`")]
    Compression,
    /// It is no gzip.
    #[error("the body is not a complete gzip stream")]
    Gzip,
    /// It is too long.
    #[error("the body has more than {MOST_INFLATED} bytes without compression")]
    TooLarge,
    /// It is not a message in its encoding.
    #[error("the body is not an OTLP message in {encoding}: {problem}")]
    Malformed {
        /// The encoding.
        encoding: &'static str,
        /// The problem; never a part of the body.
        problem: &'static str,
    },
    /// It has more records than one batch has.
    #[error("the body has more than {most} records")]
    TooMany {
        /// Maximum number of records.
        most: usize,
    },
}

/// Returns a body without compression, by its content encoding.
///
/// # Errors
///
/// Fails for another compression, an incomplete stream, and a body that is too long.
pub fn inflated<'b>(body: &'b [u8], content_encoding: Option<&str>) -> Result<Cow<'b, [u8]>, BodyError> {
    match content_encoding.map(|name| name.trim().to_ascii_lowercase()).as_deref() {
        None | Some("" | "identity") if body.len() > MOST_INFLATED => Err(BodyError::TooLarge),
        None | Some("" | "identity") => Ok(Cow::Borrowed(body)),
        Some("gzip") => {
            let mut inflated = Vec::new();
            let limit = MOST_INFLATED as u64 + 1;
            GzDecoder::new(body).take(limit).read_to_end(&mut inflated).map_err(|_| BodyError::Gzip)?;
            if inflated.len() > MOST_INFLATED { Err(BodyError::TooLarge) } else { Ok(Cow::Owned(inflated)) }
        }
        Some(_) => Err(BodyError::Compression),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_body_is_inflated_up_to_its_limit() {
        assert_eq!(inflated(b"abc", None).unwrap(), b"abc".as_slice());
        assert_eq!(inflated(&gzip(b"abc"), Some("GZIP")).unwrap(), b"abc".as_slice());
        let most = vec![0; MOST_INFLATED];
        assert_eq!(inflated(&gzip(&most), Some("gzip")).unwrap().len(), MOST_INFLATED);
    }

    #[test]
    fn a_bomb_and_a_broken_stream_are_refused() {
        let bomb = gzip(&vec![0; MOST_INFLATED * 8]);
        assert!(bomb.len() < 100_000);
        assert_eq!(inflated(&bomb, Some("gzip")), Err(BodyError::TooLarge));
        assert_eq!(inflated(b"abc", Some("gzip")), Err(BodyError::Gzip));
        let whole = gzip(b"abc");
        assert_eq!(inflated(&whole[..whole.len() - 4], Some("gzip")), Err(BodyError::Gzip));
        assert_eq!(inflated(b"abc", Some("br")), Err(BodyError::Compression));
    }

    #[test]
    fn media_types_have_parameters_and_any_case() {
        assert_eq!(Encoding::of("application/JSON; charset=utf-8"), Some(Encoding::Json));
        assert_eq!(Encoding::of("application/x-protobuf"), Some(Encoding::Protobuf));
        assert_eq!(Encoding::of("text/plain"), None);
    }
}
