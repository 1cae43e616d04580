//! What a difference amounts to, and how a run with it ends.

use engine::finding::ObjectRef;
use engine::net::Ports;
use engine::reach::{Change, Diff, Passage, Verdict};

use crate::exit::Exit;
use crate::render::reach::Known;

/// What became of a connection. Sorted as they are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Nothing could pass, and now something does.
    Opened,
    /// Something passed, and now nothing can.
    Cut,
    /// It is on other ports, for sure.
    Changed,
    /// Ports became, or ceased to be, unknown or left to the network plugin, and nothing else changed for sure.
    Unsettled,
}

/// Ports that went from one state to another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Move {
    pub(crate) from: Verdict,
    pub(crate) to: Verdict,
    pub(crate) ports: Ports,
}

impl Kind {
    /// In the order of lists.
    pub(crate) const ALL: [Kind; 4] = [Kind::Opened, Kind::Cut, Kind::Changed, Kind::Unsettled];

    /// The kind of a change.
    pub(crate) fn of(change: &Change) -> Kind {
        let Change { before, after, .. } = change;
        match (before.is_denied(), after.is_denied()) {
            (true, _) if !after.allow.is_empty() => Kind::Opened,
            (_, true) if !before.allow.is_empty() => Kind::Cut,
            _ if is_certain(change) => Kind::Changed,
            _ => Kind::Unsettled,
        }
    }

    /// The word of reports.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Kind::Opened => "opened",
            Kind::Cut => "cut",
            Kind::Changed => "changed",
            Kind::Unsettled => "unsettled",
        }
    }
}

/// Every port that is not as it was, by what it was and is; sorted.
pub(crate) fn moves(change: &Change) -> Vec<Move> {
    let states = [Verdict::Allow, Verdict::Deny, Verdict::ImplementationDefined, Verdict::Unknown];
    let pairs = states.into_iter().flat_map(|from| states.into_iter().map(move |to| (from, to)));
    let moved = pairs.filter(|(from, to)| from != to).map(|(from, to)| Move {
        from,
        to,
        ports: in_state(&change.before, from).intersection(&in_state(&change.after, to)),
    });
    moved.filter(|moved| !moved.ports.is_empty()).collect()
}

fn in_state(passage: &Passage, state: Verdict) -> Ports {
    match state {
        Verdict::Allow => passage.allow.clone(),
        Verdict::Deny => passage.deny(),
        Verdict::ImplementationDefined => passage.implementation_defined.clone(),
        Verdict::Unknown => passage.unknown.clone(),
    }
}

/// Whether some port passed for sure and now does not for sure, or the other way round.
fn is_certain(change: &Change) -> bool {
    let Change { before, after, .. } = change;
    before.allow.overlaps(&after.deny()) || before.deny().overlaps(&after.allow)
}

/// Objects of policy kinds that are not modelled and not the same in both inputs, sorted.
pub(super) fn strange(known: [Known<'_>; 2]) -> Vec<ObjectRef> {
    let [old, new] = known.map(|known| {
        let each = known.reach.unmodelled().iter();
        each.map(|object| (object, known.places.json(object))).collect::<Vec<_>>()
    });
    let only = |one: &[(&ObjectRef, Option<String>)], other: &[(&ObjectRef, Option<String>)]| {
        let left = one.iter().filter(|entry| !other.contains(entry));
        left.map(|(object, _)| (*object).clone()).collect::<Vec<_>>()
    };
    let mut objects = only(&old, &new);
    objects.extend(only(&new, &old));
    objects.sort();
    objects.dedup();
    objects
}

/// 1 if something changes for sure; else 3 if something may; else 0.
pub(super) fn verdict(diff: &Diff, strange: &[ObjectRef]) -> Exit {
    let certain = !diff.appeared.is_empty() || !diff.gone.is_empty() || diff.changed.iter().any(is_certain);
    match certain {
        true => Exit::Findings,
        false if diff.changed.is_empty() && strange.is_empty() => Exit::Clean,
        false => Exit::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use engine::net::{AddressSet, Protocol};
    use engine::reach::{DiffEnd, EndsChange};

    use super::*;

    fn change(before: [u16; 3], after: [u16; 3]) -> Change {
        let port = |port: u16| match port {
            0 => Ports::NONE,
            port => Ports::range(Protocol::Tcp, port, port),
        };
        let [before, after] = [before, after].map(|[allow, plugin, unknown]| {
            Arc::new(Passage { allow: port(allow), implementation_defined: port(plugin), unknown: port(unknown) })
        });
        let end = DiffEnd::Addresses(AddressSet::all());
        Change { source: end.clone(), destination: end, before, after, ends: EndsChange::Stay }
    }

    #[test]
    fn only_what_passes_for_sure_opens_and_only_what_passed_for_sure_is_cut() {
        let check = |before, after, kind, code| {
            let change = change(before, after);
            assert_eq!(Kind::of(&change), kind, "{before:?} {after:?}");
            let diff = Diff { changed: vec![change], ..Diff::default() };
            assert_eq!(verdict(&diff, &[]), code, "{before:?} {after:?}");
        };
        check([0, 0, 0], [1, 0, 0], Kind::Opened, Exit::Findings);
        check([1, 0, 0], [0, 0, 0], Kind::Cut, Exit::Findings);
        check([1, 0, 0], [2, 0, 0], Kind::Changed, Exit::Findings);
        check([0, 0, 0], [0, 0, 1], Kind::Unsettled, Exit::Unknown);
        check([0, 1, 0], [0, 0, 0], Kind::Unsettled, Exit::Unknown);
        check([1, 0, 0], [0, 0, 1], Kind::Unsettled, Exit::Unknown);
        check([0, 0, 1], [0, 1, 0], Kind::Unsettled, Exit::Unknown);
    }

    #[test]
    fn moves_are_every_port_that_is_not_as_it_was() {
        let found = moves(&change([1, 2, 3], [2, 3, 0]));
        let words: Vec<String> =
            found.iter().map(|it| format!("{} {} {}", it.from.as_str(), it.to.as_str(), it.ports)).collect();
        assert_eq!(
            words,
            ["allow deny TCP 1", "implementation-defined allow TCP 2", "unknown implementation-defined TCP 3",]
        );
    }

    #[test]
    fn what_is_not_modelled_makes_sameness_unknown() {
        let object = ObjectRef {
            namespace: "a".into(),
            kind: "CiliumNetworkPolicy".into(),
            name: "b".into(),
            group: "cilium.io".into(),
            version: "v2".into(),
        };
        assert_eq!(verdict(&Diff::default(), &[]), Exit::Clean);
        assert_eq!(verdict(&Diff::default(), &[object]), Exit::Unknown);
    }
}
