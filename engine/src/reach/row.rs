//! What one side lets pass to or from everyone.

use std::cmp::Reverse;

use super::bits::Bits;
use super::value::{Book, Join, Value};
use crate::net::AddressSet;

/// A set of possible other ends.
pub(super) trait Ends: Clone + Ord {
    fn is_empty(&self) -> bool;
    fn overlaps(&self, other: &Self) -> bool;
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
            fn overlaps(&self, other: &Self) -> bool {
                <$type>::overlaps(self, other)
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

/// A value for every end; ends that are not listed have the rest. INVARIANT: sets are disjoint, none is empty, values
/// differ, none is the rest; sorted by value. Equal functions with one rest are equal values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Parts<S> {
    rest: Value,
    listed: Vec<(Value, S)>,
}

impl<S> Default for Parts<S> {
    fn default() -> Self {
        Parts::everyone(Value::NONE)
    }
}

impl<S> Parts<S> {
    /// One value for every end, those included that nobody has heard of yet.
    pub(super) fn everyone(rest: Value) -> Parts<S> {
        Parts { rest, listed: Vec::new() }
    }

    /// Ends that have another value than the rest.
    pub(super) fn listed(&self) -> &[(Value, S)] {
        &self.listed
    }

    /// The value of ends that are not listed.
    pub(super) fn rest(&self) -> Value {
        self.rest
    }

    fn is_nothing(&self) -> bool {
        self.rest == Value::NONE && self.listed.is_empty()
    }
}

impl<S: Ends> Parts<S> {
    /// One value for these ends, nothing for the rest.
    pub(super) fn of(ends: S, value: Value) -> Parts<S> {
        let some = value != Value::NONE && !ends.is_empty();
        Parts { rest: Value::NONE, listed: if some { vec![(value, ends)] } else { Vec::new() } }
    }

    /// From disjoint pieces in any order.
    pub(super) fn of_pieces(rest: Value, mut pieces: Vec<(Value, S)>) -> Parts<S> {
        pieces.retain(|(value, ends)| *value != rest && !ends.is_empty());
        pieces.sort_by_key(|piece| piece.0);
        let mut listed: Vec<(Value, S)> = Vec::with_capacity(pieces.len());
        for (value, ends) in pieces {
            match listed.last_mut() {
                Some(last) if last.0 == value => last.1 = last.1.union(&ends),
                _ => listed.push((value, ends)),
            }
        }
        Parts { rest, listed }
    }

    /// The joined value of every end. Cost: product of the parts.
    pub(super) fn join(&self, how: Join, other: &Parts<S>, book: &mut Book) -> Parts<S> {
        if how == Join::Or {
            match (self.is_nothing(), other.is_nothing()) {
                (true, _) => return other.clone(),
                (_, true) => return self.clone(),
                _ => {}
            }
        }
        let mut pieces = Vec::new();
        let mut others: Vec<(Value, S)> = other.listed.clone();
        for (value, ends) in &self.listed {
            let mut left = ends.clone();
            for (other, theirs) in &mut others {
                if !left.overlaps(theirs) {
                    continue;
                }
                let both = left.intersection(theirs);
                left = left.difference(&both);
                *theirs = theirs.difference(&both);
                pieces.push((book.join(how, *value, *other), both));
            }
            pieces.push((book.join(how, *value, other.rest), left));
        }
        pieces.extend(others.into_iter().map(|(other, ends)| (book.join(how, self.rest, other), ends)));
        Parts::of_pieces(book.join(how, self.rest, other.rest), pieces)
    }

    /// For every end `then` where this holds, else `otherwise`; see [`Book::choose`]. Cost: product of the parts.
    pub(super) fn choose(&self, then: &Parts<S>, otherwise: &Parts<S>, book: &mut Book) -> Parts<S> {
        let mut pieces = Vec::new();
        for (condition, ends) in &self.listed {
            for (yes, ends) in then.cut(ends) {
                for (no, ends) in otherwise.cut(&ends) {
                    pieces.push((book.choose(*condition, yes, no), ends));
                }
            }
        }
        let left_by =
            |of: &Parts<S>, ends: &S| of.listed.iter().fold(ends.clone(), |left, (_, theirs)| left.difference(theirs));
        for (yes, ends) in &then.listed {
            for (no, ends) in otherwise.cut(&left_by(self, ends)) {
                pieces.push((book.choose(self.rest, *yes, no), ends));
            }
        }
        for (no, ends) in &otherwise.listed {
            pieces.push((book.choose(self.rest, then.rest, *no), left_by(then, &left_by(self, ends))));
        }
        Parts::of_pieces(book.choose(self.rest, then.rest, otherwise.rest), pieces)
    }

    /// The values of these ends.
    fn cut(&self, ends: &S) -> Vec<(Value, S)> {
        let mut pieces = Vec::new();
        let mut left = ends.clone();
        for (value, theirs) in self.listed.iter().filter(|(_, theirs)| theirs.overlaps(ends)) {
            pieces.push((*value, theirs.intersection(ends)));
            left = left.difference(theirs);
        }
        if !left.is_empty() {
            pieces.push((self.rest, left));
        }
        pieces
    }

    /// The same, where of what is listed only these ends are.
    pub(super) fn listed_only(&self, ends: &S) -> Parts<S> {
        let both = self.listed.iter().map(|(value, listed)| (*value, listed.intersection(ends)));
        Parts::of_pieces(self.rest, both.collect())
    }

    /// The same, but of these ends what `theirs` says.
    pub(super) fn with(&self, ends: &S, theirs: &Parts<S>) -> Parts<S> {
        let mut pieces: Vec<(Value, S)> =
            self.listed.iter().map(|(value, listed)| (*value, listed.difference(ends))).collect();
        pieces.extend(theirs.cut(ends));
        Parts::of_pieces(self.rest, pieces)
    }
}

/// Up to so many classes are looked at one by one.
pub(super) const FEW: usize = 64;

impl Parts<Bits> {
    /// The larger value of each class, of sets that may overlap in any way, and of what is known. Cost: product of the sets of
    /// many classes, and n log n in the classes of the sets of few.
    pub(super) fn gathered(given: Vec<(Bits, Value)>, known: Parts<Bits>, book: &mut Book) -> Parts<Bits> {
        let mut wide = known;
        // By class; what more classes share comes first, so that the joins of one class are known from the one before.
        let mut narrow: Vec<(usize, Reverse<usize>, Value)> = Vec::new();
        for (classes, value) in given {
            match classes.count() {
                count @ 0..=FEW => narrow.extend(classes.iter().map(|class| (class, Reverse(count), value))),
                _ => wide = wide.join(Join::Or, &Parts::of(classes, value), book),
            }
        }
        if narrow.is_empty() {
            return wide;
        }
        narrow.sort_unstable();
        let mut by_value: Vec<(Value, usize)> = Vec::new();
        for same in narrow.chunk_by(|one, two| one.0 == two.0) {
            let Some((class, ..)) = same.first() else { continue };
            let around = wide.of_class(*class);
            let value = same.iter().fold(around, |all, (_, _, value)| book.join(Join::Or, all, *value));
            by_value.push((value, *class));
        }
        let looked_at: Vec<usize> = by_value.iter().map(|(_, class)| *class).collect();
        let looked_at = Bits::of_sorted(&looked_at);
        let rest = wide.rest;
        let mut pieces: Vec<(Value, Bits)> =
            wide.listed.into_iter().map(|(value, classes)| (value, classes.difference(&looked_at))).collect();
        by_value.sort_unstable();
        for same in by_value.chunk_by(|one, two| one.0 == two.0) {
            let classes: Vec<usize> = same.iter().map(|(_, class)| *class).collect();
            pieces.extend(same.first().map(|(value, _)| (*value, Bits::of_sorted(&classes))));
        }
        Parts::of_pieces(rest, pieces)
    }

    /// Of these classes, those that have another value than there.
    pub(super) fn differing(&self, other: &Parts<Bits>, of: &Bits) -> Bits {
        let mut left = of.clone();
        let mut same = Bits::NONE;
        for (value, classes) in &self.listed {
            same = same.union(&other.having(*value, classes));
            left = left.difference(classes);
        }
        same = same.union(&other.having(self.rest, &left));
        of.difference(&same)
    }

    /// Those of some classes that have a value.
    fn having(&self, value: Value, classes: &Bits) -> Bits {
        if value == self.rest {
            return self.listed.iter().fold(classes.clone(), |left, (_, listed)| left.difference(listed));
        }
        let listed = self.listed.iter().find(|(listed, _)| *listed == value);
        listed.map_or(Bits::NONE, |(_, listed)| listed.intersection(classes))
    }

    /// The value of one class.
    pub(super) fn of_class(&self, class: usize) -> Value {
        let part = self.listed.iter().find(|(_, classes)| classes.has(class));
        part.map_or(self.rest, |(value, _)| *value)
    }
}

/// What one side lets pass: to or from each class, and each address outside.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Row {
    pub(super) classes: Parts<Bits>,
    pub(super) addresses: Parts<AddressSet>,
}

impl Row {
    /// One value for everyone.
    pub(super) fn everyone(value: Value) -> Row {
        Row { classes: Parts::everyone(value), addresses: Parts::of(AddressSet::all(), value) }
    }

    pub(super) fn join(&self, how: Join, other: &Row, book: &mut Book) -> Row {
        Row {
            classes: self.classes.join(how, &other.classes, book),
            addresses: self.addresses.join(how, &other.addresses, book),
        }
    }

    /// `then` where this holds, else `otherwise`; see [`Book::choose`].
    pub(super) fn choose(&self, then: &Row, otherwise: &Row, book: &mut Book) -> Row {
        Row {
            classes: self.classes.choose(&then.classes, &otherwise.classes, book),
            addresses: self.addresses.choose(&then.addresses, &otherwise.addresses, book),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{Ports, Protocol};

    /// Parts of 8 classes out of 3 bits each, and of the rest: the number of a value.
    fn parts(code: u32, values: &[Value]) -> Parts<Bits> {
        let value = |at: usize| values[(code >> (at * 3) & 3) as usize];
        Parts::of_pieces(value(8), (0..8).map(|class| (value(class), Bits::range(class, class + 1))).collect())
    }

    #[test]
    fn joins_are_those_of_each_class_by_itself() {
        let mut book = Book::new();
        let port = |book: &mut Book, port| book.settled(Ports::range(Protocol::Tcp, port, port));
        let some = [Value::NONE, Value::ALL, port(&mut book, 1), port(&mut book, 2)];
        for seed in 0..400u32 {
            let (left, right) =
                (parts(seed.wrapping_mul(2_654_435_761), &some), parts(seed.wrapping_mul(40_503 * 77), &some));
            let third = parts(seed.wrapping_mul(97_531), &some);
            let chosen = third.choose(&left, &right, &mut book);
            for class in 0..9 {
                let [condition, then, otherwise] = [&third, &left, &right].map(|parts| parts.of_class(class));
                assert_eq!(chosen.of_class(class), book.choose(condition, then, otherwise));
            }
            for how in [Join::Or, Join::And, Join::Span, Join::Either] {
                let joined = left.join(how, &right, &mut book);
                for class in 0..9 {
                    let of = |parts: &Parts<Bits>| parts.of_class(class);
                    assert_eq!(of(&joined), book.join(how, of(&left), of(&right)), "{how:?}");
                }
            }
            let differing = left.differing(&right, &Bits::range(0, 9));
            assert!((0..9).all(|class| differing.has(class) == (left.of_class(class) != right.of_class(class))));
            let some = Bits::range(2, 5);
            let spliced = left.with(&some, &right);
            for class in 0..9 {
                assert_eq!(spliced.of_class(class), if some.has(class) { &right } else { &left }.of_class(class));
            }
        }
    }

    #[test]
    fn gathered_sets_have_the_larger_value_of_each_class() {
        let mut book = Book::new();
        let values = [1, 2, 3].map(|port| book.settled(Ports::range(Protocol::Tcp, port, 9)));
        for seed in 0..300usize {
            let set = |at: usize| {
                let first = (seed * 31 + at * 17) % 150;
                (Bits::range(first, first + (seed * 7 + at * 43) % 120), values[(seed + at) % 3])
            };
            let given: Vec<_> = (0..seed % 6).map(set).collect();
            let rest = if seed % 2 == 0 { Value::NONE } else { values[seed % 3] };
            let parts = Parts::gathered(given.clone(), Parts::everyone(rest), &mut book);
            for class in 0..300 {
                let held = given.iter().filter(|(classes, _)| classes.has(class));
                let wanted = held.fold(rest, |all, (_, value)| book.join(Join::Or, all, *value));
                assert_eq!(parts.of_class(class), wanted, "{seed} {class}");
            }
            let folded = given.iter().fold(Parts::everyone(rest), |all, (classes, value)| {
                all.join(Join::Or, &Parts::of(classes.clone(), *value), &mut book)
            });
            assert_eq!(parts, folded, "in normal form");
        }
    }
}
