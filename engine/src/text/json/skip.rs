//! Values that nothing reads: checked for syntax, not kept.

use super::{Node, Read, Reader, Value};
use crate::finding::Span;

impl Reader<'_> {
    /// Steps over a list or mapping and yields a null in its place; reads any other value as usual.
    pub(super) fn unread(&mut self, depth: usize) -> Read<Value> {
        if !matches!(self.skip_white_space(), Some(b'{' | b'[')) {
            return self.value(depth);
        }
        let start = self.at;
        self.skip(depth)?;
        Ok(Value { span: Span::new(start, self.at), node: Node::Null })
    }

    fn skip(&mut self, depth: usize) -> Read<()> {
        let close = match self.skip_white_space() {
            Some(b'{') => b'}',
            Some(b'[') => b']',
            Some(b'"') => return self.skip_string(),
            _ => return self.value(depth).map(drop),
        };
        self.enter(depth)?;
        if self.skip_white_space() == Some(close) {
            self.at += 1;
            return Ok(());
        }
        loop {
            if close == b'}' {
                self.skip_key()?;
            }
            self.skip(depth + 1)?;
            match self.skip_white_space() {
                Some(b',') => self.at += 1,
                Some(byte) if byte == close => break,
                _ => return Err(self.unexpected(if close == b'}' { "`,` or `}`" } else { "`,` or `]`" })),
            }
        }
        self.at += 1;
        Ok(())
    }

    fn skip_key(&mut self) -> Read<()> {
        if self.skip_white_space() != Some(b'"') {
            return Err(self.unexpected("a key in double quotes"));
        }
        self.skip_string()?;
        if self.skip_white_space() != Some(b':') {
            return Err(self.unexpected("`:` after the key"));
        }
        self.at += 1;
        Ok(())
    }

    fn skip_string(&mut self) -> Read<()> {
        self.at += 1;
        while self.run()? == b'\\' {
            self.escape()?;
        }
        self.at += 1;
        Ok(())
    }
}
