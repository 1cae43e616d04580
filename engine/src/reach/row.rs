//! What one side lets pass to or from everyone.

use std::sync::Arc;

use super::bits::Bits;
use super::value::{Join, ValueId, Values};
use crate::net::AddressSet;

/// A set of possible other ends.
pub(super) trait Ends: Clone + Ord {
    fn is_empty(&self) -> bool;
    fn union(&self, other: &Self) -> Self;
    fn intersection(&self, other: &Self) -> Self;
    fn difference(&self, other: &Self) -> Self;
}

macro_rules! ends {
    ($($type:ty),+) => {$(
        impl Ends for $type {
            fn is_empty(&self) -> bool {
                <$type>::is_empty(self)
            }
            fn union(&self, other: &Self) -> Self {
                <$type>::union(self, other)
            }
            fn intersection(&self, other: &Self) -> Self {
                <$type>::intersection(self, other)
            }
            fn difference(&self, other: &Self) -> Self {
                <$type>::difference(self, other)
            }
        }
    )+};
}

ends!(Bits, AddressSet);

/// A value for every end; ends that are not listed have [`Values::NONE`]. INVARIANT: sets are disjoint, none is empty,
/// values differ, none is [`Values::NONE`]; sorted by value. Equal functions are equal values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Parts<S>(Vec<(ValueId, S)>);

impl<S> Default for Parts<S> {
    fn default() -> Self {
        Parts(Vec::new())
    }
}

impl<S: Ends> Parts<S> {
    /// One value for these ends.
    pub(super) fn of(ends: S, value: ValueId) -> Parts<S> {
        let some = value != Values::NONE && !ends.is_empty();
        Parts(if some { vec![(value, ends)] } else { Vec::new() })
    }

    pub(super) fn as_slice(&self) -> &[(ValueId, S)] {
        &self.0
    }

    /// From disjoint pieces in any order.
    fn of_pieces(mut pieces: Vec<(ValueId, S)>) -> Parts<S> {
        pieces.retain(|(value, ends)| *value != Values::NONE && !ends.is_empty());
        pieces.sort_by(|one, two| one.0.cmp(&two.0));
        let mut parts: Vec<(ValueId, S)> = Vec::with_capacity(pieces.len());
        for (value, ends) in pieces {
            match parts.last_mut() {
                Some(last) if last.0 == value => last.1 = last.1.union(&ends),
                _ => parts.push((value, ends)),
            }
        }
        Parts(parts)
    }

    /// The joined value of every end. Cost: product of the parts.
    pub(super) fn join(&self, how: Join, other: &Parts<S>, values: &mut Values) -> Parts<S> {
        if how == Join::Or {
            match (self.0.is_empty(), other.0.is_empty()) {
                (true, _) => return other.clone(),
                (_, true) => return self.clone(),
                _ => {}
            }
        }
        let mut pieces = Vec::new();
        let mut rest: Vec<(ValueId, S)> = other.0.clone();
        for (value, ends) in &self.0 {
            let mut left = ends.clone();
            for (other, theirs) in &mut rest {
                let both = left.intersection(theirs);
                if both.is_empty() {
                    continue;
                }
                left = left.difference(&both);
                *theirs = theirs.difference(&both);
                pieces.push((values.join(how, *value, *other), both));
            }
            pieces.push((values.join(how, *value, Values::NONE), left));
        }
        pieces.extend(rest.into_iter().map(|(other, ends)| (values.join(how, Values::NONE, other), ends)));
        Parts::of_pieces(pieces)
    }
}

/// What one side lets pass: to or from each class, and each address outside.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    pub(super) classes: Parts<Bits>,
    pub(super) addresses: Parts<AddressSet>,
}

impl Row {
    /// One value for everyone. `classes` are all there are.
    pub(super) fn everyone(classes: &Bits, value: ValueId) -> Row {
        Row { classes: Parts::of(classes.clone(), value), addresses: Parts::of(AddressSet::all(), value) }
    }

    pub(super) fn join(&self, how: Join, other: &Row, values: &mut Values) -> Row {
        Row {
            classes: self.classes.join(how, &other.classes, values),
            addresses: self.addresses.join(how, &other.addresses, values),
        }
    }

    /// The value for one class.
    pub(super) fn of_class(&self, class: usize) -> ValueId {
        let part = self.classes.0.iter().find(|(_, classes)| classes.has(class));
        part.map_or(Values::NONE, |(value, _)| *value)
    }
}

/// A row's number in its [`Rows`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RowId(u32);

impl RowId {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Every row in use, kept once.
#[derive(Debug, Default)]
pub(super) struct Rows {
    by_number: Vec<Arc<Row>>,
    numbers: std::collections::BTreeMap<Arc<Row>, RowId>,
}

impl Rows {
    pub(super) fn number(&mut self, row: Row) -> RowId {
        if let Some(known) = self.numbers.get(&row) {
            return *known;
        }
        let id = RowId(u32::try_from(self.by_number.len()).unwrap_or(u32::MAX));
        let row = Arc::new(row);
        self.by_number.push(Arc::clone(&row));
        self.numbers.insert(row, id);
        id
    }

    pub(super) fn get(&self, id: RowId) -> Option<&Arc<Row>> {
        self.by_number.get(id.index())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{Ports, Protocol};
    use crate::reach::value::Value;

    /// Parts of 8 classes out of 3 bits each: the number of a value.
    fn parts(code: u32, values: &[ValueId]) -> Parts<Bits> {
        let pieces = (0..8).map(|class| (values[(code >> (class * 3) & 3) as usize], Bits::range(class, class + 1)));
        Parts::of_pieces(pieces.collect())
    }

    #[test]
    fn joins_are_those_of_each_class_by_itself() {
        let mut values = Values::new();
        let port = |values: &mut Values, port| values.number(Value::settled(&Ports::range(Protocol::Tcp, port, port)));
        let some = [Values::NONE, Values::ALL, port(&mut values, 1), port(&mut values, 2)];
        for seed in 0..400u32 {
            let (left, right) =
                (parts(seed.wrapping_mul(2_654_435_761), &some), parts(seed.wrapping_mul(40_503 * 77), &some));
            for how in [Join::Or, Join::And, Join::Span] {
                let joined = left.join(how, &right, &mut values);
                for class in 0..8 {
                    let of = |parts: &Parts<Bits>| Row { classes: parts.clone(), ..Row::default() }.of_class(class);
                    assert_eq!(of(&joined), values.join(how, of(&left), of(&right)), "{how:?}");
                }
            }
        }
    }
}
