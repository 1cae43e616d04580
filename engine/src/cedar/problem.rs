//! What is wrong with policies and manifests, told with its place.

use crate::finding::{Code, Finding, Outcome, Span};
use crate::text::{Lines, Source};

/// Collects problems of one source.
pub(super) struct Problems<'a> {
    source: &'a Source,
    lines: Lines,
    /// Where the source starts in the text that spans are of.
    base: usize,
    found: Vec<Finding>,
}

impl<'a> Problems<'a> {
    /// No problem yet.
    pub(super) fn of(source: &'a Source) -> Problems<'a> {
        Problems { source, lines: Lines::of(source), base: 0, found: Vec::new() }
    }

    /// Takes spans from now on as those of a text in which the source starts at `base`.
    pub(super) fn moved_by(self, base: usize) -> Problems<'a> {
        Problems { base, ..self }
    }

    fn own(&self, span: Span) -> Span {
        let own = |offset: u32| (offset as usize).saturating_sub(self.base);
        Span::new(own(span.start), own(span.end))
    }

    /// Adds a problem at `span`.
    pub(super) fn add(&mut self, code: Code, span: Span, message: String, help: Option<String>) {
        let mut finding = problem(code, message, help);
        finding.place = Some(self.place(span));
        self.found.push(finding);
    }

    /// The place of a span in the source.
    pub(super) fn place(&self, span: Span) -> crate::finding::Place {
        self.lines.place(self.source, self.own(span))
    }

    /// The range of `piece` inside `span`, or `span` if its text is not there as it is.
    pub(super) fn within(&self, span: Span, piece: &str) -> Span {
        let own = self.own(span);
        let text = self.source.bytes.get(own.start as usize..own.end as usize);
        let text = text.and_then(|text| std::str::from_utf8(text).ok());
        match text.and_then(|text| text.find(piece)) {
            Some(at) => Span::new(span.start as usize + at, span.start as usize + at + piece.len()),
            None => span,
        }
    }

    /// True if something is wrong.
    pub(super) fn any(&self) -> bool {
        !self.found.is_empty()
    }

    /// What was found.
    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.found
    }
}

/// A problem that stands nowhere.
pub(super) fn problem(code: Code, message: String, help: Option<String>) -> Finding {
    let info = code.info();
    Finding {
        code: info.id.to_owned(),
        severity: info.severity,
        outcome: Outcome::from(info.severity),
        title: info.title.to_owned(),
        message: one_line(&message),
        object: None,
        field: String::new(),
        value: None,
        place: None,
        related: Vec::new(),
        policy: None,
        help: help.map(|help| one_line(&help)),
        references: Vec::new(),
        fix: None,
        settles: false,
        ratcheted: false,
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// "did you mean `x`?" for the candidate that is nearest to `word`, if one is near.
pub(super) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

/// The candidate with the smallest edit distance to `word`, if that is at most a third of its length (and at least 1).
pub(super) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance, blind to ASCII case. Cost: the product of the lengths; words are bounded by the callers' sources.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().map(|char| char.to_ascii_lowercase()).take(64).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, char) in left.chars().map(|char| char.to_ascii_lowercase()).take(64).enumerate() {
        let mut diagonal = at;
        let mut before = at + 1;
        let mut next = vec![before];
        for (other, above) in right.iter().zip(row.iter().skip(1)) {
            let change = diagonal + usize::from(*other != char);
            before = change.min(above + 1).min(before + 1);
            diagonal = *above;
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_within_a_third_of_its_length() {
        assert_eq!(nearest("severty", ["severity", "settles", "message"]), Some("severity"));
        assert_eq!(nearest("colour", ["severity", "settles"]), None);
        assert_eq!(nearest("Id", ["id"]), Some("id"));
    }

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
    }
}
