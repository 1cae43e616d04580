//! One finding as the best compilers print them: the text it is about, underlined, and what to do.

use annotate_snippets::renderer::DEFAULT_TERM_WIDTH;
use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Message, Origin, Patch, Renderer, Snippet};
use engine::finding::{Finding, Fix, Outcome, Place, PolicyRef, Related, Severity, Span};

use crate::sources::Sources;

/// Renders findings and unknowns in one style.
pub(crate) struct Printer<'a> {
    sources: &'a Sources,
    renderer: Renderer,
}

impl<'a> Printer<'a> {
    /// A printer that takes snippets from these sources.
    pub(crate) fn new(sources: &'a Sources, colours: bool) -> Printer<'a> {
        let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
        Printer { sources, renderer: renderer.term_width(DEFAULT_TERM_WIDTH) }
    }

    /// The finding, with a line break at its end.
    pub(crate) fn finding(&self, finding: &Finding) -> String {
        let mut title = level(finding.severity).primary_title(&finding.message).id(&finding.code);
        if let Some(url) = finding.references.iter().find(|reference| reference.starts_with("https://")) {
            title = title.id_url(url);
        }
        let group = Group::with_title(title).elements(self.places(finding)).elements(notes(finding));
        let fix = finding.fix.as_ref().and_then(|fix| self.suggestion(fix));
        let groups: Vec<Group<'_>> = std::iter::once(group).chain(fix).collect();
        self.print(&groups)
    }

    /// What could not be decided: a title with the code of its policy if there is but one, a place, and notes by name.
    pub(crate) fn undecided(
        &self,
        (code, message): (Option<&str>, &str),
        place: Option<&Place>,
        notes: &[(&str, String)],
    ) -> String {
        let mut title = Level::WARNING.with_name("unknown").primary_title(message);
        if let Some(code) = code {
            title = title.id(code);
        }
        let notes = notes.iter().map(|(name, text)| Level::NOTE.with_name(*name).message(text));
        let place = place.map(|place| self.snippet(Some(place), &[]));
        self.print(&[Group::with_title(title).elements(place).elements(notes)])
    }

    fn print(&self, groups: &[Group<'_>]) -> String {
        format!("{}\n", without_bars_alone(&self.renderer.render(groups)))
    }

    /// The places of a finding: its own, then others of the same text as labels of one snippet, then those in other texts.
    fn places<'f>(&'f self, finding: &'f Finding) -> Vec<Element<'f>> {
        let Some(own) = &finding.place else { return Vec::new() };
        let mut elements = Vec::new();
        let here = |place: &Place| place.source == own.source;
        let beside: Vec<_> =
            finding.related.iter().filter(|related| related.place.as_ref().is_some_and(here)).collect();
        elements.push(self.snippet(Some(own), &beside));
        for related in finding.related.iter().filter(|related| related.place.as_ref().is_some_and(|place| !here(place)))
        {
            elements.push(self.snippet(None, &[related]));
        }
        elements
    }

    fn snippet<'f>(&'f self, own: Option<&'f Place>, labels: &[&'f Related]) -> Element<'f> {
        let labelled = labels.iter().filter_map(|related| Some((related.place.as_ref()?, related.message.as_str())));
        let labelled: Vec<_> = labelled.collect();
        let places: Vec<&Place> = own.into_iter().chain(labelled.iter().map(|(place, _)| *place)).collect();
        let marks = || -> Option<Element<'f>> {
            let excerpt = self.sources.excerpt(&places)?;
            let mut marks: Vec<Annotation<'f>> = Vec::new();
            if let Some(place) = own {
                marks.push(AnnotationKind::Primary.span(excerpt.range(place)?));
            }
            for (place, message) in &labelled {
                marks.push(AnnotationKind::Context.span(excerpt.range(place)?).label(*message));
            }
            let path = &places.first()?.source;
            let snippet = Snippet::source(excerpt.text).line_start(excerpt.first_line).path(path).annotations(marks);
            Some(snippet.into())
        };
        marks().unwrap_or_else(|| origin(&places))
    }

    /// The fix as a change of the text, if all of it is in one text that is at hand.
    fn suggestion<'f>(&'f self, fix: &'f Fix) -> Option<Group<'f>> {
        let places: Vec<&Place> = fix.edits.iter().map(|edit| &edit.place).collect();
        let first = places.first()?;
        if places.iter().any(|place| place.source != first.source) {
            return None;
        }
        let excerpt = self.sources.excerpt(&places)?;
        let mut patches = Vec::new();
        for edit in &fix.edits {
            let start = (edit.place.span.start as usize).checked_sub(excerpt.offset)?;
            let end = (edit.place.span.end as usize).checked_sub(excerpt.offset)?.min(excerpt.text.len());
            excerpt.text.get(start..end)?;
            patches.push(Patch::new(start..end, &edit.text));
        }
        let snippet = Snippet::source(excerpt.text).line_start(excerpt.first_line).path(&first.source).patches(patches);
        Some(Level::HELP.secondary_title(&fix.title).element(snippet))
    }
}

/// Where there is no text to show, the bar that would run along it is left out.
fn without_bars_alone(text: &str) -> String {
    let lines: Vec<(&str, String)> =
        text.split('\n').map(|line| (line, anstream::adapter::strip_str(line).to_string())).collect();
    let mut kept: Vec<&str> = Vec::new();
    for (at, (line, plain)) in lines.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| lines.get(before));
        let alone = plain.trim() == "|" && before.is_some_and(|(_, text)| at == 1 || text.trim().starts_with("-->"));
        let note = lines.get(at + 1).is_some_and(|(_, text)| text.trim_start().starts_with("= "));
        if !(alone && note) {
            kept.push(line);
        }
    }
    kept.join("\n")
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    }
}

/// Where something stands when its text is not at hand.
fn origin<'f>(places: &[&'f Place]) -> Element<'f> {
    match places.first() {
        // What is said of a whole source has no line.
        Some(place) if place.span == Span::default() => Origin::path(&place.source).into(),
        Some(place) => Origin::path(&place.source).line(place.line as usize).char_column(place.column as usize).into(),
        None => Element::Padding(annotate_snippets::Padding),
    }
}

fn notes(finding: &Finding) -> Vec<Element<'_>> {
    let mut notes = Vec::new();
    if finding.place.is_none()
        && let Some(object) = &finding.object
    {
        notes.push(note("object", format!("{}{}", object.display(), at(&finding.field))));
    }
    for related in finding.related.iter().filter(|related| related.place.is_none() || finding.place.is_none()) {
        let object = related.object.as_ref().map(|object| format!(" ({}{})", object.display(), at(&related.field)));
        notes.push(note("note", format!("{}{}", related.message, object.unwrap_or_default())));
    }
    notes.extend(finding.policy.as_ref().map(|policy| note("policy", policy_line(policy))));
    notes.extend(finding.help.as_ref().map(|help| note("help", help.clone())));
    if let Some(fix) = finding.fix.as_ref().filter(|fix| fix.edits.is_empty()) {
        notes.push(note("fix", fix.title.clone()));
    }
    notes.extend(at_admission(finding).map(|text| note("note", text.to_owned())));
    notes.extend(finding.references.iter().map(|reference| note("reference", reference.clone())));
    notes.into_iter().map(Element::from).collect()
}

fn note<'f>(name: &'f str, text: String) -> Message<'f> {
    let level = if name == "help" { Level::HELP } else { Level::NOTE };
    level.with_name(name).message(text)
}

fn at(field: &str) -> String {
    if field.is_empty() { String::new() } else { format!(" at {field}") }
}

fn policy_line(policy: &PolicyRef) -> String {
    match &policy.place {
        Some(place) => format!("{} ({}:{})", policy.id, place.source, place.line),
        None => policy.id.clone(),
    }
}

/// What admission does, where it is not what the severity says.
fn at_admission(finding: &Finding) -> Option<&'static str> {
    match finding.outcome {
        _ if finding.outcome == Outcome::from(finding.severity) => None,
        _ if finding.ratcheted => Some("the object had this before the change, so admission does not refuse it"),
        Outcome::Warn if finding.settles => {
            Some("an object created later can cure this, so admission warns instead of refusing")
        }
        Outcome::Audit => Some("admission only records this"),
        Outcome::Warn => Some("admission warns of this"),
        Outcome::Deny => Some("admission refuses this"),
    }
}
