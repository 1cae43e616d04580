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
    fn only_a_span_of_one_value_is_settled() {
        for ((least, most), value) in spans() {
            let passage = value.passage();
            let found = [&passage.allow, &passage.implementation_defined, &passage.unknown].map(Ports::is_all);
            assert_eq!(found, [least == 2, (least, most) == (1, 1), least != most], "{least} {most}");
        }
    }
}
