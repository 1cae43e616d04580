//! Spans of ports by number, for rows.

use std::collections::BTreeMap;

use super::Passage;
use super::interner::{Interner, Key, Memo};
use super::spans::{Spans, Truth};
use crate::net::Ports;

/// The number of a set of ports in its [`Book`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct PortsId(pub(super) u32);

const NO_PORT: PortsId = PortsId(0);
const EVERY_PORT: PortsId = PortsId(1);

/// [`Spans`], each bound by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Value {
    pub(super) least_allow: PortsId,
    pub(super) least_some: PortsId,
    pub(super) most_allow: PortsId,
    pub(super) most_some: PortsId,
}

impl Value {
    /// Nothing passes.
    pub(super) const NONE: Value = Value::settled(NO_PORT);
    /// Everything passes.
    pub(super) const ALL: Value = Value::settled(EVERY_PORT);
    /// Nothing is known.
    pub(super) const UNKNOWN: Value = Value { most_allow: EVERY_PORT, most_some: EVERY_PORT, ..Value::NONE };
    /// The plugin chooses, for every port.
    pub(super) const PLUGIN: Value = Value { least_some: EVERY_PORT, most_some: EVERY_PORT, ..Value::NONE };

    const fn settled(ports: PortsId) -> Value {
        Value { least_allow: ports, least_some: ports, most_allow: ports, most_some: ports }
    }

    /// Every port, if something holds.
    pub(super) const fn when(truth: Truth) -> Value {
        match truth {
            Truth::Yes => Value::ALL,
            Truth::Unknown => Value::UNKNOWN,
            Truth::Plugin => Value::PLUGIN,
            Truth::UnknownPlugin => Value { most_some: EVERY_PORT, ..Value::NONE },
        }
    }

    /// Whether only the plugin has a say.
    fn is_known(self) -> bool {
        self.least_allow == self.most_allow && self.least_some == self.most_some
    }

    /// The ports that are allowed, if nothing is left to anyone.
    pub(super) fn as_settled(self) -> Option<PortsId> {
        (self == Value::settled(self.least_allow)).then_some(self.least_allow)
    }
}

impl Key for Value {
    fn mixed(self) -> u64 {
        let Value { least_allow, least_some, most_allow, most_some } = self;
        [least_some, most_allow, most_some]
            .into_iter()
            .fold(u64::from(least_allow.0), |mixed, id| mixed.wrapping_mul(0x0100_0000_01B3) ^ u64::from(id.0))
    }
}

/// How two values become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Join {
    /// The larger of each port; see [`Spans::or`].
    Or,
    /// The smaller of each port; see [`Spans::and`].
    And,
    /// The least of the left, the most of the right.
    Span,
    /// The plugin takes the one or the other; see [`Spans::either`].
    Either,
}

/// Every set of ports in use, kept once, and what came of joining them.
#[derive(Debug)]
pub(super) struct Book {
    sets: Interner<Ports>,
    unions: Memo<u32>,
    intersections: Memo<u32>,
    choices: BTreeMap<[Value; 3], Value>,
}

impl Book {
    pub(super) fn new() -> Book {
        let mut sets = Interner::default();
        sets.number(Ports::NONE);
        sets.number(Ports::all());
        Book { sets, unions: Memo::default(), intersections: Memo::default(), choices: BTreeMap::new() }
    }

    /// The same sets under the same numbers, to go on with by itself.
    pub(super) fn again(&self) -> Book {
        let (unions, intersections) = (Memo::small(), Memo::small());
        Book { sets: self.sets.clone(), unions, intersections, choices: BTreeMap::new() }
    }

    /// Makes [`Book::again`] cheap, and forgets how the sets came about.
    pub(super) fn freeze(&mut self) {
        self.sets.freeze();
        *self = self.again();
    }

    /// How many sets came since it was frozen.
    pub(super) fn added(&self) -> usize {
        self.sets.added()
    }

    /// Whether something that may pass is in both.
    pub(super) fn overlap(&self, one: Value, other: Value) -> bool {
        let most = |value: Value| self.sets.get(value.most_some.0);
        most(one).zip(most(other)).is_some_and(|(one, other)| one.overlaps(other))
    }

    /// What passes where one end lets one value pass and the other the other: [`Spans::and`], then [`Spans::passage`].
    pub(super) fn passage(&self, one: Value, other: Value) -> Passage {
        let none = Ports::NONE;
        let both = |one: PortsId, other: PortsId| {
            let set = |id: PortsId| self.sets.get(id.0).map_or(&none, |ports| &**ports);
            if one == EVERY_PORT { set(other).clone() } else { set(one).intersection(set(other)) }
        };
        let allow = both(one.least_allow, other.least_allow);
        if let (Some(_), Some(_)) = (one.as_settled(), other.as_settled()) {
            return Passage { allow, ..Passage::default() };
        }
        let some = both(one.least_some, other.least_some);
        if one.is_known() && other.is_known() {
            return Passage { implementation_defined: some.difference(&allow), allow, unknown: Ports::NONE };
        }
        let most_allow = both(one.most_allow, other.most_allow);
        let most_some = both(one.most_some, other.most_some);
        Spans { least_allow: allow, least_some: some, most_allow, most_some }.passage()
    }

    /// The spans by their numbers.
    pub(super) fn value(&mut self, spans: &Spans) -> Value {
        let Spans { least_allow, least_some, most_allow, most_some } = spans;
        let least = PortsId(self.sets.number(least_allow.clone()));
        if least_allow == least_some && least_allow == most_some {
            return Value::settled(least);
        }
        let [least_some, most_allow, most_some] =
            [least_some, most_allow, most_some].map(|ports| PortsId(self.sets.number(ports.clone())));
        Value { least_allow: least, least_some, most_allow, most_some }
    }

    /// These ports, and no others, whatever comes to be known.
    pub(super) fn settled(&mut self, ports: Ports) -> Value {
        Value::settled(PortsId(self.sets.number(ports)))
    }

    /// The spans of a value.
    pub(super) fn spans(&self, value: Value) -> Spans {
        let ports = |id: PortsId| self.sets.get(id.0).map(|ports| Ports::clone(ports)).unwrap_or_default();
        Spans {
            least_allow: ports(value.least_allow),
            least_some: ports(value.least_some),
            most_allow: ports(value.most_allow),
            most_some: ports(value.most_some),
        }
    }

    pub(super) fn join(&mut self, how: Join, left: Value, right: Value) -> Value {
        if how == Join::Span {
            return Value { most_allow: right.most_allow, most_some: right.most_some, ..left };
        }
        if left == right {
            return left;
        }
        if how == Join::Either {
            return Value {
                least_allow: self.of_both(Join::And, left.least_allow, right.least_allow),
                least_some: self.of_both(Join::Or, left.least_some, right.least_some),
                most_allow: self.of_both(Join::And, left.most_allow, right.most_allow),
                most_some: self.of_both(Join::Or, left.most_some, right.most_some),
            };
        }
        if let (Some(one), Some(other)) = (left.as_settled(), right.as_settled()) {
            return Value::settled(self.of_both(how, one, other));
        }
        if left.is_known() && right.is_known() {
            let allow = self.of_both(how, left.least_allow, right.least_allow);
            let some = self.of_both(how, left.least_some, right.least_some);
            return Value { least_allow: allow, least_some: some, most_allow: allow, most_some: some };
        }
        Value {
            least_allow: self.of_both(how, left.least_allow, right.least_allow),
            least_some: self.of_both(how, left.least_some, right.least_some),
            most_allow: self.of_both(how, left.most_allow, right.most_allow),
            most_some: self.of_both(how, left.most_some, right.most_some),
        }
    }

    /// `then` where `condition` holds, else `otherwise`; see [`Spans::choose`].
    pub(super) fn choose(&mut self, condition: Value, then: Value, otherwise: Value) -> Value {
        match condition {
            Value::ALL => return then,
            Value::NONE => return otherwise,
            _ if then == otherwise => return then,
            _ => {}
        }
        if let Some(known) = self.choices.get(&[condition, then, otherwise]) {
            return *known;
        }
        let [holds, yes, no] = [condition, then, otherwise].map(|value| self.spans(value));
        let chosen = self.value(&holds.choose(&yes, &no));
        self.choices.insert([condition, then, otherwise], chosen);
        chosen
    }

    fn of_both(&mut self, how: Join, one: PortsId, other: PortsId) -> PortsId {
        let (one, other) = (one.min(other), one.max(other));
        match (how, one, other) {
            (_, one, other) if one == other => return one,
            (Join::Or, NO_PORT, rest) | (Join::And, EVERY_PORT, rest) => return rest,
            (Join::And, NO_PORT, _) => return NO_PORT,
            (Join::Or, EVERY_PORT, _) => return EVERY_PORT,
            _ => {}
        }
        let memo = if how == Join::Or { &mut self.unions } else { &mut self.intersections };
        if let Some(known) = memo.get(one.0, other.0) {
            return PortsId(known);
        }
        let (Some(left), Some(right)) = (self.sets.get(one.0), self.sets.get(other.0)) else { return NO_PORT };
        let joined = if how == Join::Or { left.union(right) } else { left.intersection(right) };
        let joined = self.sets.number(joined);
        memo.put(one.0, other.0, joined);
        PortsId(joined)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_values_are_what_their_names_say() {
        let book = Book::new();
        let passage = |value| book.spans(value).passage();
        assert!(passage(Value::NONE).is_denied());
        assert!(passage(Value::ALL).allow.is_all());
        assert!(passage(Value::UNKNOWN).unknown.is_all());
        assert!(passage(Value::PLUGIN).implementation_defined.is_all());
        for truth in [Truth::Yes, Truth::Plugin, Truth::Unknown, Truth::UnknownPlugin] {
            assert_eq!(book.spans(Value::when(truth)), Spans::when(truth, &Ports::all()));
        }
    }

    #[test]
    fn values_join_as_their_spans_do() {
        let mut book = Book::new();
        let ports = |first, last| Ports::range(crate::net::Protocol::Tcp, first, last);
        let truths = [Truth::Yes, Truth::Plugin, Truth::Unknown, Truth::UnknownPlugin];
        let all: Vec<Spans> = truths
            .iter()
            .flat_map(|truth| {
                [Ports::NONE, Ports::all(), ports(1, 5), ports(4, 9)].map(|set| Spans::when(*truth, &set))
            })
            .collect();
        for one in &all {
            for other in &all {
                let (left, right) = (book.value(one), book.value(other));
                let or = book.join(Join::Or, left, right);
                let and = book.join(Join::And, left, right);
                assert_eq!(book.passage(left, right), one.and(other).passage());
                assert_eq!(book.overlap(left, right), !one.and(other).passage().is_denied());
                assert_eq!(book.spans(or), one.or(other));
                assert_eq!(book.spans(and), one.and(other));
                assert_eq!((book.value(&one.or(other)), book.value(&one.and(other))), (or, and));
                let either = book.join(Join::Either, left, right);
                assert_eq!(book.spans(either), one.either(other));
                for third in &all {
                    let condition = book.value(third);
                    let chosen = book.choose(condition, left, right);
                    assert_eq!(book.spans(chosen), third.choose(one, other));
                }
            }
        }
    }
}
