//! Ingress rows, turned around: what gets in from each class, and where.
//!
//! Most rows say the same of almost everyone (nothing, everything, whatever a wide block may hold). That is a row's rest, and
//! is kept once; only what differs from it is turned around.

use std::collections::BTreeMap;
use std::ops::Range;

use super::bits::Bits;
use super::row::Row;
use super::sides::Sides;
use super::value::Value;

/// Classes are turned around so many at a time, so that the memory has a bound.
const AT_ONCE: usize = 256;

/// Classes that have one ingress row.
struct Receivers<'a> {
    row: &'a Row,
    classes: Vec<usize>,
    /// What the row says of everyone of whom it says nothing else.
    rest: Value,
}

/// What gets in from the classes of one block.
pub(super) struct Incoming<'a> {
    all: &'a Bits,
    receivers: Vec<Receivers<'a>>,
    /// Classes by the rest of their row.
    by_rest: Vec<(Value, Bits)>,
    /// The rest of the row of each class.
    rests: Vec<Value>,
    block: Range<usize>,
    /// For each class of the block the places in `receivers` where it is not of the rest, and what gets in there.
    entries: Vec<Vec<(u32, Value)>>,
}

impl<'a> Incoming<'a> {
    pub(super) fn of(ingress: &'a Sides, all: &'a Bits) -> Incoming<'a> {
        let mut by_row: BTreeMap<*const Row, (&Row, Vec<usize>)> = BTreeMap::new();
        for (class, row) in all.iter().filter_map(|class| Some((class, ingress.rows.get(class)?))) {
            by_row.entry(std::sync::Arc::as_ptr(row)).or_insert((row, Vec::new())).1.push(class);
        }
        let mut rests = vec![Value::NONE; ingress.rows.len()];
        let mut by_rest: BTreeMap<Value, Vec<usize>> = BTreeMap::new();
        let mut receivers = Vec::with_capacity(by_row.len());
        for (row, classes) in by_row.into_values() {
            let rest = rest_of(row, all);
            by_rest.entry(rest).or_default().extend(&classes);
            for class in &classes {
                if let Some(entry) = rests.get_mut(*class) {
                    *entry = rest;
                }
            }
            receivers.push(Receivers { row, classes, rest });
        }
        let bits = |(value, mut classes): (Value, Vec<usize>)| {
            classes.sort_unstable();
            (value, Bits::of_sorted(&classes))
        };
        let by_rest = by_rest.into_iter().filter(|(value, _)| *value != Value::NONE).map(bits).collect();
        Incoming { all, receivers, by_rest, rests, block: 0..0, entries: vec![Vec::new(); AT_ONCE] }
    }

    /// Where something else than the rest gets in from a class: the receiving classes and the value.
    pub(super) fn exceptions(&mut self, class: usize) -> impl Iterator<Item = (&[usize], Value)> {
        if !self.block.contains(&class) {
            self.turn(class - class % AT_ONCE);
        }
        let entries = self.entries.get(class - self.block.start).map(Vec::as_slice).unwrap_or_default();
        entries.iter().filter_map(|(at, value)| Some((self.receivers.get(*at as usize)?.classes.as_slice(), *value)))
    }

    /// Classes by the value that gets in from everyone who is no exception there.
    pub(super) fn by_rest(&self) -> &[(Value, Bits)] {
        &self.by_rest
    }

    /// The value that gets into a class from everyone who is no exception there.
    pub(super) fn rest(&self, class: usize) -> Value {
        self.rests.get(class).copied().unwrap_or(Value::NONE)
    }

    fn turn(&mut self, start: usize) {
        self.block = start..start + AT_ONCE;
        self.entries.iter_mut().for_each(Vec::clear);
        let block = Bits::range(self.block.start, self.block.end).intersection(self.all);
        for (at, Receivers { row, rest, .. }) in (0..).zip(&self.receivers) {
            let parts = row.classes.listed();
            let mut enter = |classes: &Bits, value: Value| {
                for class in classes.iter() {
                    if let Some(entries) = self.entries.get_mut(class - start) {
                        entries.push((at, value));
                    }
                }
            };
            for (value, classes) in parts.iter().filter(|(value, classes)| value != rest && classes.overlaps(&block)) {
                enter(&classes.intersection(&block), *value);
            }
            if *rest != row.classes.rest() {
                let held = parts.iter().fold(block.clone(), |left, (_, classes)| left.difference(classes));
                enter(&held, row.classes.rest());
            }
        }
    }
}

/// The value that a row has for most classes.
fn rest_of(row: &Row, all: &Bits) -> Value {
    let half = all.count() / 2;
    let most = row.classes.listed().iter().find(|(_, classes)| classes.count() > half);
    most.map_or(row.classes.rest(), |(value, _)| *value)
}
