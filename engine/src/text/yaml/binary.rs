//! `!!binary`: base64 (RFC 4648, the standard alphabet with padding; line breaks are ignored).

/// The bytes that `text` stands for.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let symbols: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let padding = symbols.iter().rev().take_while(|byte| **byte == b'=').count();
    if !symbols.len().is_multiple_of(4) || padding > 2 {
        return None;
    }
    let (data, _) = symbols.split_at_checked(symbols.len() - padding)?;
    let mut bytes = Vec::with_capacity(data.len() / 4 * 3 + 2);
    for group in data.chunks(4) {
        let mut bits = 0u32;
        for symbol in group {
            bits = bits << 6 | u32::from(value_of(*symbol)?);
        }
        let missing = 4 - group.len();
        let [_, first, second, third] = (bits << (6 * missing)).to_be_bytes();
        bytes.extend([first, second, third].iter().take(3 - missing));
    }
    Some(bytes)
}

fn value_of(symbol: u8) -> Option<u8> {
    match symbol {
        b'A'..=b'Z' => Some(symbol - b'A'),
        b'a'..=b'z' => Some(symbol - b'a' + 26),
        b'0'..=b'9' => Some(symbol - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn padding_tells_how_many_bytes_the_last_group_has() {
        assert_eq!(decode("aGVsbG8=").as_deref(), Some(&b"hello"[..]));
        assert_eq!(decode("aGk=\n").as_deref(), Some(&b"hi"[..]));
        assert_eq!(decode("aGV5").as_deref(), Some(&b"hey"[..]));
        assert_eq!(decode(""), Some(Vec::new()));
        for text in ["a", "aG=k", "aGk", "a===", "aG k"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
