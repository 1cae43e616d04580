//! Changes applied to a copy, and what they do there.

use std::sync::Arc;

use super::Attempt;
use super::open::Candidate;
use super::splice::{Change as Edited, Splice, Text, splice};
use crate::cluster::Direction;
use crate::finding::{Edit, ObjectRef};
use crate::net::{AddressSet, Ports};
use crate::object::Body;
use crate::reach::{Change, Diff, DiffEnd, End, Explanation, Reach, Verdict};
use crate::review::given;
use crate::text::{Format, Lines, Source, Value, to_block};

/// What changes do.
pub(super) struct Tried {
    pub(super) steps: Vec<Candidate>,
    pub(super) titles: Vec<String>,
    pub(super) edits: Vec<Edit>,
    /// Of each part of what was asked.
    pub(super) verdicts: Vec<Verdict>,
    explanation: Explanation,
    port: Option<crate::reach::PortAsk>,
    /// What else is opened and cut.
    pub(super) others: Vec<Change>,
    /// Workloads that the changed policies select: what else they may come to mean later.
    pub(super) breadth: usize,
    /// Lines that are new or gone.
    pub(super) lines: usize,
}

impl Tried {
    /// What one side lets pass.
    pub(super) fn side(&self, direction: Direction) -> Option<Verdict> {
        let side = match direction {
            Direction::Egress => &self.explanation.egress,
            Direction::Ingress => &self.explanation.ingress,
        };
        side.as_ref().map(|side| side.passage.verdict(self.port))
    }
}

impl Attempt<'_> {
    /// `None` if the text does not take the changes, or is worse to read after them.
    pub(super) fn tried(&self, steps: Vec<Candidate>) -> Option<Tried> {
        let mut splices = Vec::new();
        let mut files: Vec<Source> = Vec::new();
        for change in steps.iter().flat_map(|step| &step.changes) {
            match self.spliced(change) {
                Some(found) => splices.push(found),
                None => files.push(self.file(change)?),
            }
        }
        splices.sort_by_key(|found| (found.source, found.span));
        let sources = apply(self.input.sources, &splices)?.into_iter().chain(files.iter().cloned()).collect::<Vec<_>>();
        let new = given(&sources, self.input.world, self.input.namespace);
        let old_findings = given_findings(self);
        if new.findings.len() > old_findings || !new.unusable.is_empty() {
            return None;
        }
        let reach = Reach::with(&new.cluster, self.input.settings);
        let [source, destination] = [self.source, self.destination].map(|end| self.same_end(&reach, end));
        let (source, destination) = (source?, destination?);
        let explanation = reach.explain(&new.cluster, &source, &destination, self.port);
        let verdicts = explanation.answer.parts.iter().map(|part| part.passage.verdict(self.port)).collect();
        let others = self.others(Diff::between(self.reach, &reach));
        let edits: Vec<Edit> = self.edits(&splices).chain(files.iter().map(whole)).collect();
        let lines =
            edits.iter().map(|edit| edit.text.lines().count().max((edit.place.end_line - edit.place.line) as usize));
        let lines = lines.sum();
        let breadth = steps.iter().flat_map(|step| &step.changes).map(|change| self.breadth(change)).sum();
        let titles = steps.iter().map(|step| step.title.clone()).collect();
        Some(Tried { titles, edits, verdicts, explanation, port: self.port, others, breadth, lines, steps })
    }

    fn spliced(&self, change: &Edited) -> Option<Splice> {
        let (raw, source) = match change {
            Edited::Append { source, .. } => (None, *source),
            Edited::Push { object, .. }
            | Edited::Set { object, .. }
            | Edited::Drop { object, .. }
            | Edited::Empty { object, .. } => {
                let object = self.cluster.get(object)?;
                (object.raw.as_deref(), object.source as usize)
            }
        };
        splice(change, raw, &Text::of(self.input.sources, source)?)
    }

    fn breadth(&self, change: &Edited) -> usize {
        let selected = |namespace: &str, selector| self.cluster.workloads_selected_by(namespace, selector).count();
        match change {
            Edited::Append { object, .. } => {
                let namespace = object.get("metadata").and_then(|metadata| metadata.get("namespace"));
                let labels = object.get("spec").and_then(|spec| spec.get("podSelector")?.get("matchLabels"));
                let every = || self.cluster.workload_count(namespace.and_then(Value::as_str).unwrap_or_default());
                if labels.is_some() { 1 } else { every() }
            }
            Edited::Push { object, .. }
            | Edited::Set { object, .. }
            | Edited::Drop { object, .. }
            | Edited::Empty { object, .. } => match self.cluster.get(object).map(|object| &object.body) {
                Some(Body::NetworkPolicy(policy)) => selected(&object.namespace, &policy.pod_selector),
                _ => 1,
            },
        }
    }

    /// A new object where the source of its workload takes none, as a file beside it.
    fn file(&self, change: &Edited) -> Option<Source> {
        let Edited::Append { source, object } = change else { return None };
        let beside = self.input.sources.get(*source)?.name.as_str();
        let folder = beside.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let name = object.get("metadata")?.get("name")?.as_str()?;
        let bytes = format!("{}\n", to_block(object, 0)).into_bytes();
        Some(Source { name: format!("{folder}{name}.yaml"), format: Format::Yaml, bytes })
    }

    fn edits(&self, splices: &[Splice]) -> impl Iterator<Item = Edit> {
        splices.iter().filter_map(|found| {
            let source = self.input.sources.get(found.source)?;
            Some(Edit { place: Lines::of(source).place(source, found.span), text: found.text.clone() })
        })
    }

    fn same_end(&self, reach: &Reach, end: &End) -> Option<End> {
        match end {
            End::Workload(_) => reach.resolve_name(&self.reach.name(end)).ok(),
            End::Addresses(_) => Some(end.clone()),
        }
    }

    /// Changes without what was asked about.
    fn others(&self, diff: Diff) -> Vec<Change> {
        diff.changed.into_iter().filter_map(|change| self.other(change)).collect()
    }

    fn other(&self, change: Change) -> Option<Change> {
        let asked = self.covers(self.source, &change.source) && self.covers(self.destination, &change.destination);
        if !asked {
            return Some(change);
        }
        let rest = self.port.map_or(Ports::NONE, |ask| ask.ports().complement());
        let [before, after] = [&change.before, &change.after].map(|passage| Arc::new(passage.of(&rest)));
        (before != after).then_some(Change { before, after, ..change })
    }

    fn covers(&self, asked: &End, changed: &DiffEnd) -> bool {
        let object = |end: &End| -> Option<&ObjectRef> {
            let End::Workload(id) = end else { return None };
            self.reach.workload(*id).map(|workload| &workload.object)
        };
        let within = |set: &AddressSet, of: &End| matches!(of, End::Addresses(all) if set.is_subset(all));
        match changed {
            DiffEnd::Workload(changed) => object(asked) == Some(changed),
            DiffEnd::Addresses(set) => within(set, asked),
        }
    }
}

fn given_findings(attempt: &Attempt<'_>) -> usize {
    given(attempt.input.sources, attempt.input.world, attempt.input.namespace).findings.len()
}

/// The sources with the edits; `None` if two overlap. They are sorted.
fn apply(sources: &[Source], splices: &[Splice]) -> Option<Vec<Source>> {
    let mut out = sources.to_vec();
    for (index, source) in out.iter_mut().enumerate() {
        let mut bytes = Vec::with_capacity(source.bytes.len());
        let mut at = 0;
        for Splice { span, text, .. } in splices.iter().filter(|found| found.source == index) {
            bytes.extend_from_slice(source.bytes.get(at..span.start as usize)?);
            bytes.extend_from_slice(text.as_bytes());
            at = span.end as usize;
        }
        bytes.extend_from_slice(source.bytes.get(at..)?);
        source.bytes = bytes;
    }
    Some(out)
}

/// The edit that makes a file.
fn whole(file: &Source) -> Edit {
    let empty = Source { name: file.name.clone(), format: file.format, bytes: Vec::new() };
    let place = Lines::of(&empty).place(&empty, crate::finding::Span::new(0, 0));
    Edit { place, text: String::from_utf8_lossy(&file.bytes).into_owned() }
}
