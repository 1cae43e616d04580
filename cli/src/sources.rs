//! The texts at hand, by name, for snippets and for columns in other units.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use engine::finding::Place;
use engine::text::Source;

/// Every source that a finding may point into.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    texts: BTreeMap<String, Text>,
}

#[derive(Debug)]
struct Text {
    text: Option<String>,
    /// Offsets of the first byte of each line; found when first asked for.
    starts: OnceCell<Vec<usize>>,
}

/// Whole lines of a source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Excerpt<'a> {
    /// The lines.
    pub(crate) text: &'a str,
    /// 1-based number of the first of them.
    pub(crate) first_line: usize,
    /// Offset of the first of them in the source.
    pub(crate) offset: usize,
}

impl Sources {
    /// The texts of these sources; what is not UTF-8 has none.
    pub(crate) fn of(sources: impl IntoIterator<Item = Source>) -> Sources {
        let text = |source: Source| Text { text: String::from_utf8(source.bytes).ok(), starts: OnceCell::new() };
        Sources { texts: sources.into_iter().map(|source| (source.name.clone(), text(source))).collect() }
    }

    /// The lines from the first to the last of these places, which are in one source. `None` if the text is not at hand, or
    /// there is nothing to see in them.
    pub(crate) fn excerpt(&self, places: &[&Place]) -> Option<Excerpt<'_>> {
        let (source, first, last) = span_of(places)?;
        let text = self.texts.get(source)?;
        let (start, _) = text.line(first)?;
        let (_, end) = text.line(last).or_else(|| text.line(last.saturating_sub(1)))?;
        let excerpt = text.text.as_deref()?.get(start..end).filter(|lines| !lines.trim().is_empty())?;
        Some(Excerpt { text: excerpt, first_line: first, offset: start })
    }

    /// The whole text of a source.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name)?.text.as_deref()
    }

    /// The 1-based columns of the start and the end of a place in UTF-16 code units; as they are if the text is not at hand.
    pub(crate) fn utf16_columns(&self, place: &Place) -> (u32, u32) {
        let column = |line: u32, column: u32| self.utf16_column(&place.source, line, column).unwrap_or(column);
        (column(place.line, place.column), column(place.end_line, place.end_column))
    }

    fn utf16_column(&self, source: &str, line: u32, column: u32) -> Option<u32> {
        let text = self.texts.get(source)?;
        let (start, end) = text.line(line as usize)?;
        let before = text.text.as_deref()?.get(start..end)?.chars().take(column.checked_sub(1)? as usize);
        u32::try_from(before.map(char::len_utf16).sum::<usize>() + 1).ok()
    }
}

impl Excerpt<'_> {
    /// The range of a place inside the excerpt, cut to it, without the line break and white space at its end.
    pub(crate) fn range(&self, place: &Place) -> Option<std::ops::Range<usize>> {
        let start = (place.span.start as usize).checked_sub(self.offset)?;
        let end = (place.span.end as usize).checked_sub(self.offset)?.min(self.text.len());
        let shown = self.text.get(start..end.max(start))?;
        Some(start..start + shown.trim_end().len())
    }
}

impl Text {
    /// The byte range of a 1-based line, without its line break.
    fn line(&self, number: usize) -> Option<(usize, usize)> {
        let text = self.text.as_deref()?;
        let starts = self
            .starts
            .get_or_init(|| std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect());
        let start = *starts.get(number.checked_sub(1)?)?;
        let end = starts.get(number).map_or(text.len(), |next| next - 1);
        Some((start, end))
    }
}

fn span_of<'a>(places: &[&'a Place]) -> Option<(&'a str, usize, usize)> {
    let source = places.first()?.source.as_str();
    let first = places.iter().map(|place| place.line).min()?;
    let last = places.iter().map(|place| place.end_line).max()?;
    Some((source, first as usize, last as usize))
}

#[cfg(test)]
mod tests {
    use engine::finding::{Place, Span};
    use engine::text::{Format, Lines, Source};

    use super::Sources;

    fn check(text: &str, needle: &str) -> (Sources, Place) {
        let source = Source { name: "a.yaml".into(), format: Format::Yaml, bytes: text.as_bytes().to_vec() };
        let at = text.find(needle).unwrap();
        let place = Lines::of(&source).place(&source, Span::new(at, at + needle.len()));
        (Sources::of([source]), place)
    }

    #[test]
    fn an_excerpt_is_the_whole_lines_of_its_places() {
        let (sources, place) = check("a: 1\nb: two\nc: 3\n", "two");
        let excerpt = sources.excerpt(&[&place]).unwrap();
        assert_eq!((excerpt.text, excerpt.first_line, excerpt.offset), ("b: two", 2, 5));
        assert_eq!(excerpt.range(&place), Some(3..6));
    }

    #[test]
    fn columns_after_an_astral_character_count_two_units() {
        let (sources, place) = check("a: \"\u{1f980}x\" # end\n", "x");
        assert_eq!((place.column, place.end_column), (6, 7));
        assert_eq!(sources.utf16_columns(&place), (7, 8));
    }

    #[test]
    fn a_range_ends_before_the_line_break() {
        let (sources, place) = check("a: one\n\n", "one\n");
        let excerpt = sources.excerpt(&[&place]).unwrap();
        assert_eq!(excerpt.range(&place), Some(3..6));
    }

    #[test]
    fn a_text_that_is_not_at_hand_has_no_excerpt() {
        let (_, place) = check("a: one\n", "one");
        assert!(Sources::default().excerpt(&[&place]).is_none());
        assert_eq!(Sources::default().utf16_columns(&place), (4, 7));
    }
}
