//! Strings of JSON.

use smol_str::SmolStr;

use super::{JsonErrorKind, Read, Reader};

impl Reader<'_> {
    /// Reads a string, from its opening quote on.
    pub(super) fn string(&mut self) -> Read<SmolStr> {
        let start = self.at + 1;
        self.at = start;
        match self.run()? {
            b'"' => {
                let text = self.text.get(start..self.at).unwrap_or_default();
                self.at += 1;
                Ok(text.into())
            }
            _ => self.string_with_escapes(start),
        }
    }

    /// Steps over characters that stand for themselves, to a quote or a backslash, which it returns.
    pub(super) fn run(&mut self) -> Read<u8> {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        match position_of_special(rest) {
            Some(length) => self.at += length,
            None => {
                self.at = self.bytes.len();
                return Err(self.unexpected("`\"` at the end of the string"));
            }
        }
        match self.bytes.get(self.at) {
            Some(byte @ (b'"' | b'\\')) => Ok(*byte),
            _ => Err(self.unexpected("an escape such as `\\n` in the string")),
        }
    }

    fn string_with_escapes(&mut self, start: usize) -> Read<SmolStr> {
        let mut text = String::with_capacity(2 * (self.at - start) + 16);
        text.push_str(self.text.get(start..self.at).unwrap_or_default());
        loop {
            text.push(self.escape()?);
            let from = self.at;
            let stop = self.run()?;
            text.push_str(self.text.get(from..self.at).unwrap_or_default());
            if stop == b'"' {
                self.at += 1;
                return Ok(text.into());
            }
        }
    }

    /// Reads one escape, from its backslash on. A half of a surrogate pair without its other half is U+FFFD, as in Go.
    pub(super) fn escape(&mut self) -> Read<char> {
        self.at += 1;
        let letter = self.bytes.get(self.at).copied();
        let char = match letter {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.unexpected("one of `\"\\/bfnrtu` after the backslash")),
        };
        self.at += 1;
        Ok(char)
    }

    fn unicode_escape(&mut self) -> Read<char> {
        let unit = self.hex4()?;
        if (0xD800..0xDC00).contains(&unit) && self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(b"\\u")) {
            let before = self.at;
            self.at += 1;
            let low = self.hex4()?;
            if (0xDC00..0xE000).contains(&low) {
                let code = 0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = before;
        }
        Ok(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// Reads `uXXXX`.
    fn hex4(&mut self) -> Read<u32> {
        let digits =
            self.text.get(self.at + 1..self.at + 5).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        match digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            Some(unit) => {
                self.at += 5;
                Ok(unit)
            }
            None => Err(self.error(JsonErrorKind::Syntax, "expected four hexadecimal digits after `\\u`".to_owned())),
        }
    }
}

/// Where the first quote, backslash or control character is. Eight bytes are looked at as one word.
fn position_of_special(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let special = special_in(u64::from_le_bytes(*word));
        if special != 0 {
            return Some(index * 8 + special.trailing_zeros() as usize / 8);
        }
    }
    let position = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1F));
    position.map(|position| words.len() * 8 + position)
}

/// Marks the lowest byte of the word that is special, by its highest bit; bytes above it may be marked for no reason.
fn special_in(word: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const TOPS: u64 = u64::from_le_bytes([0x80; 8]);
    // A byte that borrows although its top bit is not set was less than what is taken away.
    let below = |word: u64, bound: u8| word.wrapping_sub(ONES * u64::from(bound)) & !word;
    let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    (is(b'"') | is(b'\\') | below(word, 0x20)) & TOPS
}

#[cfg(test)]
mod tests {
    use super::position_of_special;

    /// Every byte at every place of a word and behind it, before others of each sort.
    #[test]
    fn the_first_special_byte_is_found_wherever_it_is() {
        for byte in 0..=u8::MAX {
            let special = matches!(byte, b'"' | b'\\' | 0..=0x1F);
            for at in 0..20 {
                for after in [b'a', b'"', 0, b'!', b'#', 0x80, 0xFF] {
                    let mut bytes = vec![b'a'; at];
                    bytes.push(byte);
                    bytes.extend([after; 12]);
                    let next = matches!(after, b'"' | 0).then_some(at + 1);
                    let wanted = if special { Some(at) } else { next };
                    assert_eq!(position_of_special(&bytes), wanted, "byte {byte} at {at}, then {after}");
                }
            }
        }
    }
}
