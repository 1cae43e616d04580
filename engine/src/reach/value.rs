//! What one side lets pass, port by port, where not everything is settled.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Passage;
use crate::net::Ports;

/// For each port a span of *deny* < *implementation-defined* < *allow*: from the least to the most that it can be,
/// whatever comes to be known. INVARIANT: `least_allow ⊆ least_some`, `most_allow ⊆ most_some`, and each least is a subset
/// of its most.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Value {
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

impl Value {
    /// The same, settled, for all of these ports.
    pub(super) fn settled(ports: &Ports) -> Value {
        Value::when(Truth::Yes, ports)
    }

    /// These ports, if something holds.
    pub(super) fn when(truth: Truth, ports: &Ports) -> Value {
        let only = |holds: bool| if holds { ports.clone() } else { Ports::NONE };
        Value {
            least_allow: only(truth == Truth::Yes),
            least_some: only(matches!(truth, Truth::Yes | Truth::Plugin)),
            most_allow: only(matches!(truth, Truth::Yes | Truth::Unknown)),
            most_some: ports.clone(),
        }
    }

    /// The larger value of each port.
    pub(super) fn or(&self, other: &Value) -> Value {
        self.each(other, Ports::union)
    }

    /// The smaller value of each port.
    pub(super) fn and(&self, other: &Value) -> Value {
        self.each(other, Ports::intersection)
    }

    fn each(&self, other: &Value, operation: impl Fn(&Ports, &Ports) -> Ports) -> Value {
        Value {
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

/// A value's number in its [`Values`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ValueId(u32);

/// How two values become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Join {
    /// See [`Value::or`].
    Or,
    /// See [`Value::and`].
    And,
    /// The least of the left, the most of the right.
    Span,
}

/// Every value in use, kept once.
#[derive(Clone, Debug)]
pub(super) struct Values {
    by_number: Vec<Arc<Value>>,
    numbers: BTreeMap<Arc<Value>, ValueId>,
    joined: BTreeMap<(Join, ValueId, ValueId), ValueId>,
}

impl Values {
    /// Nothing passes.
    pub(super) const NONE: ValueId = ValueId(0);
    /// Everything passes.
    pub(super) const ALL: ValueId = ValueId(1);
    /// Nothing is known.
    pub(super) const UNKNOWN: ValueId = ValueId(2);
    /// The plugin chooses, for every port.
    pub(super) const PLUGIN: ValueId = ValueId(3);
    /// The plugin chooses, for every port, if at all.
    const UNKNOWN_PLUGIN: ValueId = ValueId(4);

    pub(super) fn new() -> Values {
        let mut values = Values { by_number: Vec::new(), numbers: BTreeMap::new(), joined: BTreeMap::new() };
        values.number(Value::default());
        for truth in [Truth::Yes, Truth::Unknown, Truth::Plugin, Truth::UnknownPlugin] {
            values.number(Value::when(truth, &Ports::all()));
        }
        values
    }

    /// The number of a value.
    pub(super) fn number(&mut self, value: Value) -> ValueId {
        if let Some(known) = self.numbers.get(&value) {
            return *known;
        }
        let id = ValueId(u32::try_from(self.by_number.len()).unwrap_or(u32::MAX));
        let value = Arc::new(value);
        self.by_number.push(Arc::clone(&value));
        self.numbers.insert(value, id);
        id
    }

    /// The value of a number.
    pub(super) fn get(&self, id: ValueId) -> Value {
        self.by_number.get(id.0 as usize).map(|value| Value::clone(value)).unwrap_or_default()
    }

    /// Every port, if something holds.
    pub(super) fn when(truth: Truth) -> ValueId {
        match truth {
            Truth::Yes => Values::ALL,
            Truth::Unknown => Values::UNKNOWN,
            Truth::Plugin => Values::PLUGIN,
            Truth::UnknownPlugin => Values::UNKNOWN_PLUGIN,
        }
    }

    pub(super) fn join(&mut self, how: Join, left: ValueId, right: ValueId) -> ValueId {
        match (how, left, right) {
            _ if left == right => return left,
            (Join::Or, Values::NONE, other) | (Join::Or, other, Values::NONE) => return other,
            (Join::And, Values::ALL, other) | (Join::And, other, Values::ALL) => return other,
            (Join::And, Values::NONE, _) | (Join::And, _, Values::NONE) => return Values::NONE,
            (Join::Or, Values::ALL, _) | (Join::Or, _, Values::ALL) => return Values::ALL,
            _ => {}
        }
        let key = if how == Join::Span { (how, left, right) } else { (how, left.min(right), left.max(right)) };
        if let Some(known) = self.joined.get(&key) {
            return *known;
        }
        let (one, two) = (self.get(left), self.get(right));
        let value = match how {
            Join::Or => one.or(&two),
            Join::And => one.and(&two),
            Join::Span => Value { most_allow: two.most_allow, most_some: two.most_some, ..one },
        };
        let joined = self.number(value);
        self.joined.insert(key, joined);
        joined
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every span of one port, as (least, most) of deny 0, implementation-defined 1, allow 2.
    fn spans() -> Vec<((u8, u8), Value)> {
        let only = |holds: bool| if holds { Ports::all() } else { Ports::NONE };
        let pairs = (0..3u8).flat_map(|least| (least..3).map(move |most| (least, most)));
        let value = |(least, most): (u8, u8)| Value {
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

    #[test]
    fn the_named_values_are_what_their_names_say() {
        let values = Values::new();
        assert!(values.get(Values::NONE).passage().is_denied());
        assert!(values.get(Values::ALL).passage().allow.is_all());
        assert!(values.get(Values::UNKNOWN).passage().unknown.is_all());
        assert!(values.get(Values::PLUGIN).passage().implementation_defined.is_all());
    }
}
