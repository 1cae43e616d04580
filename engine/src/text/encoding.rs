//! Bytes → UTF-8, or why they are none.

/// Why bytes are no text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadEncoding {
    /// What is wrong, in one line.
    pub(super) message: String,
    /// Offset of the first byte that does not fit.
    pub(super) at: usize,
}

/// The bytes as text. A byte order mark of UTF-8 is part of it.
pub(super) fn decode(bytes: &[u8]) -> Result<&str, BadEncoding> {
    if let Some(order) = utf16_order(bytes) {
        let message = format!("the text is UTF-16 ({order}), and Kubernetes tools want UTF-8");
        return Err(BadEncoding { message, at: 0 });
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let byte = bytes.get(at).copied().unwrap_or_default();
        BadEncoding { message: format!("the byte 0x{byte:02X} at offset {at} is not UTF-8"), at }
    })
}

/// The byte order, if the bytes look like UTF-16: by its mark, or because every second of the first bytes is zero.
fn utf16_order(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xFF, 0xFE, ..] => return Some("little endian"),
        [0xFE, 0xFF, ..] => return Some("big endian"),
        _ => {}
    }
    let zero = |parity: usize| bytes.iter().take(8).skip(parity).step_by(2).all(|byte| *byte == 0);
    match (bytes.len() >= 4, zero(0), zero(1)) {
        (true, false, true) => Some("little endian"),
        (true, true, false) => Some("big endian"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(bytes: &[u8]) -> String {
        decode(bytes).unwrap_err().message
    }

    #[test]
    fn utf_16_is_named() {
        assert!(message(b"\xFF\xFEk\0i\0").contains("UTF-16 (little endian)"));
        assert!(message(b"\xFE\xFF\0k\0i").contains("UTF-16 (big endian)"));
        assert!(message(b"k\0i\0n\0d\0").contains("UTF-16 (little endian)"));
    }

    #[test]
    fn the_first_bad_byte_is_named() {
        assert_eq!(
            decode(b"a: \xE4\n"),
            Err(BadEncoding { message: "the byte 0xE4 at offset 3 is not UTF-8".to_owned(), at: 3 })
        );
    }

    #[test]
    fn zeros_alone_are_no_utf_16() {
        assert!(decode(b"\0\0\0\0").is_ok());
        assert!(decode("\u{FEFF}kind: Service".as_bytes()).is_ok());
    }
}
