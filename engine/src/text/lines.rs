//! Byte offsets → lines and columns.

use super::Source;
use crate::finding::{Place, Span};

/// The line starts of one source; made once, asked often.
#[derive(Clone, Debug)]
pub struct Lines {
    starts: Vec<u32>,
}

impl Lines {
    /// Finds the line starts. Cost: linear in the bytes.
    pub fn of(source: &Source) -> Lines {
        // A byte order mark takes no column.
        let mark = if source.bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        let mut starts = vec![mark];
        starts.extend(
            source
                .bytes
                .iter()
                .enumerate()
                .filter(|(_, byte)| **byte == b'\n')
                .map(|(at, _)| Span::new(at + 1, at + 1).start),
        );
        Lines { starts }
    }

    /// The place of `span` in `source`, which must be the source that the lines were made of.
    pub fn place(&self, source: &Source, span: Span) -> Place {
        let (line, column) = self.position(source, span.start);
        let (end_line, end_column) = self.position(source, span.end);
        Place { source: source.name.clone(), span, line, column, end_line, end_column }
    }

    fn position(&self, source: &Source, offset: u32) -> (u32, u32) {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let before = source.bytes.get(start as usize..offset as usize).unwrap_or(&[]);
        let characters = before.iter().filter(|byte| (**byte & 0xC0) != 0x80).count();
        (Span::new(line, 0).start, Span::new(characters + 1, 0).start)
    }
}
