//! What one side lets pass, port by port, where not everything is settled.

use super::Passage;
use crate::net::Ports;

/// For each port a span of *deny* < *implementation-defined* < *allow*: from the least to the most that it can be,
/// whatever comes to be known. INVARIANT: `least_allow ⊆ least_some`, `most_allow ⊆ most_some`, and each least is a subset
/// of its most.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spans {
    /// Allowed at least.
    pub(super) least_allow: Ports,
    /// Allowed or implementation-defined at least.
    pub(super) least_some: Ports,
    /// Allowed at most.
    pub(super) most_allow: Ports,
    /// Allowed or implementation-defined at most.
    pub(super) most_some: Ports,
}

/// Whether one thing holds: the same spans, of one truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Truth {
    /// It does.
    Yes,
    /// The plugin chooses.
    Plugin,
    /// Not known.
    Unknown,
    /// Not known, and if so, the plugin chooses.
    UnknownPlugin,
}

impl Spans {
    /// The same, settled, for all of these ports.
    pub(super) fn settled(ports: &Ports) -> Spans {
        Spans::when(Truth::Yes, ports)
    }

    /// These ports, if something holds.
    pub(super) fn when(truth: Truth, ports: &Ports) -> Spans {
        let only = |holds: bool| if holds { ports.clone() } else { Ports::NONE };
        Spans {
            least_allow: only(truth == Truth::Yes),
            least_some: only(matches!(truth, Truth::Yes | Truth::Plugin)),
            most_allow: only(matches!(truth, Truth::Yes | Truth::Unknown)),
            most_some: ports.clone(),
        }
    }

    /// The larger value of each port.
    pub(super) fn or(&self, other: &Spans) -> Spans {
        self.each(other, Ports::union)
    }

    /// The smaller value of each port.
    pub(super) fn and(&self, other: &Spans) -> Spans {
        self.each(other, Ports::intersection)
    }

    /// Where one of two readings counts, and the plugin chooses which: where they differ, the plugin decides.
    pub(super) fn either(&self, other: &Spans) -> Spans {
        Spans {
            least_allow: self.least_allow.intersection(&other.least_allow),
            least_some: self.least_some.union(&other.least_some),
            most_allow: self.most_allow.intersection(&other.most_allow),
            most_some: self.most_some.union(&other.most_some),
        }
    }

    /// The other way round: allowed where it is denied.
    pub(super) fn not(&self) -> Spans {
        Spans {
            least_allow: self.most_some.complement(),
            least_some: self.most_allow.complement(),
            most_allow: self.least_some.complement(),
            most_some: self.least_allow.complement(),
        }
    }

    /// `then` where this holds, `otherwise` where it does not, and [`Spans::either`] where the plugin chooses. Where this is
    /// not known, from the least to the most of what it can come to.
    pub(super) fn choose(&self, then: &Spans, otherwise: &Spans) -> Spans {
        // Where each of the three is possible, as sets of ports.
        let cannot_hold = self.most_allow.complement();
        let cannot_fail = &self.least_some;
        let no_choice = self.least_allow.union(&self.most_some.complement());
        let least = |then: &Ports, otherwise: &Ports, chosen: &Ports| {
            let holds = then.union(&cannot_hold).intersection(&otherwise.union(cannot_fail));
            holds.intersection(&chosen.union(&no_choice))
        };
        let most = |then: &Ports, otherwise: &Ports, chosen: &Ports| {
            let holds = then.difference(&cannot_hold).union(&otherwise.difference(cannot_fail));
            holds.union(&chosen.difference(&no_choice))
        };
        let either = then.either(otherwise);
        Spans {
            least_allow: least(&then.least_allow, &otherwise.least_allow, &either.least_allow),
            least_some: least(&then.least_some, &otherwise.least_some, &either.least_some),
            most_allow: most(&then.most_allow, &otherwise.most_allow, &either.most_allow),
            most_some: most(&then.most_some, &otherwise.most_some, &either.most_some),
        }
    }

    fn each(&self, other: &Spans, operation: impl Fn(&Ports, &Ports) -> Ports) -> Spans {
        Spans {
            least_allow: operation(&self.least_allow, &other.least_allow),
            least_some: operation(&self.least_some, &other.least_some),
            most_allow: operation(&self.most_allow, &other.most_allow),
            most_some: operation(&self.most_some, &other.most_some),
        }
    }

    /// What passes in the end.
    pub(super) fn passage(&self) -> Passage {
        let implementation_defined = self.least_some.difference(&self.most_allow);
        let settled = self.least_allow.union(&implementation_defined);
        Passage {
            allow: self.least_allow.clone(),
            unknown: self.most_some.difference(&settled),
            implementation_defined,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every span of one port, as (least, most) of deny 0, implementation-defined 1, allow 2.
    fn spans() -> Vec<((u8, u8), Spans)> {
        let only = |holds: bool| if holds { Ports::all() } else { Ports::NONE };
        let pairs = (0..3u8).flat_map(|least| (least..3).map(move |most| (least, most)));
        let value = |(least, most): (u8, u8)| Spans {
            least_allow: only(least == 2),
            least_some: only(least >= 1),
            most_allow: only(most == 2),
            most_some: only(most >= 1),
        };
        pairs.map(|pair| (pair, value(pair))).collect()
    }

    #[test]
    fn unions_take_the_larger_and_ends_the_smaller_of_each_bound() {
        let all = spans();
        let find = |pair| all.iter().find(|(span, _)| *span == pair).map(|(_, value)| value.clone()).unwrap();
        for (one, left) in &all {
            for (two, right) in &all {
                assert_eq!(left.or(right), find((one.0.max(two.0), one.1.max(two.1))));
                assert_eq!(left.and(right), find((one.0.min(two.0), one.1.min(two.1))));
            }
        }
    }

    #[test]
    fn choices_go_through_every_value_that_each_can_have() {
        let all = spans();
        let find = |pair| all.iter().find(|(span, _)| *span == pair).map(|(_, value)| value.clone()).unwrap();
        // The middle one is what the plugin makes of two readings.
        let either = |one: u8, other: u8| if one == other { one } else { 1 };
        let hull = |found: &[u8]| (*found.iter().min().unwrap(), *found.iter().max().unwrap());
        for (of, condition) in &all {
            let turned: Vec<u8> = (of.0..=of.1).map(|value| 2 - value).collect();
            assert_eq!(condition.not(), find(hull(&turned)));
            for ((one, then), (two, otherwise)) in
                all.iter().flat_map(|left| all.iter().map(move |right| (left, right)))
            {
                let pairs = || (one.0..=one.1).flat_map(|left| (two.0..=two.1).map(move |right| (left, right)));
                let readings: Vec<u8> = pairs().map(|(left, right)| either(left, right)).collect();
                assert_eq!(then.either(otherwise), find(hull(&readings)));
                let outcome = |value: u8, (left, right): (u8, u8)| match value {
                    0 => right,
                    1 => either(left, right),
                    _ => left,
                };
                let outcomes: Vec<u8> =
                    (of.0..=of.1).flat_map(|value| pairs().map(move |pair| outcome(value, pair))).collect();
                assert_eq!(condition.choose(then, otherwise), find(hull(&outcomes)), "{of:?} {one:?} {two:?}");
            }
        }
    }

    #[test]
    fn only_a_span_of_one_value_is_settled() {
        for ((least, most), value) in spans() {
            let passage = value.passage();
            let found = [&passage.allow, &passage.implementation_defined, &passage.unknown].map(Ports::is_all);
            assert_eq!(found, [least == 2, (least, most) == (1, 1), least != most], "{least} {most}");
        }
    }
}
