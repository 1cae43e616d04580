//! Ingress rows, turned around: what gets in from each class, and where.

use std::ops::Range;

use super::bits::Bits;
use super::row::{RowId, Rows};
use super::side::Sides;
use super::value::Value;

/// Classes are turned around so many at a time, so that the memory has a bound.
const AT_ONCE: usize = 256;

/// Classes that have one ingress row.
pub(super) enum Receivers {
    One(usize),
    Many(Bits),
}

/// What gets in from the classes of one block.
pub(super) struct Incoming<'a> {
    rows: &'a Rows,
    receivers: Vec<(RowId, Receivers)>,
    block: Range<usize>,
    /// For each class of the block the places in `receivers` where something of it gets in.
    entries: Vec<Vec<(u32, Value)>>,
}

impl<'a> Incoming<'a> {
    pub(super) fn of(rows: &'a Rows, ingress: &Sides) -> Incoming<'a> {
        let mut by_row: Vec<(RowId, usize)> =
            ingress.rows.iter().enumerate().map(|(class, row)| (*row, class)).collect();
        by_row.sort_unstable();
        let of_row = |same: &[(RowId, usize)]| match same {
            [] => None,
            [(row, class)] => Some((*row, Receivers::One(*class))),
            [(row, _), ..] => {
                let classes: Vec<usize> = same.iter().map(|(_, class)| *class).collect();
                Some((*row, Receivers::Many(Bits::of_sorted(&classes))))
            }
        };
        let receivers = by_row.chunk_by(|one, two| one.0 == two.0).filter_map(of_row).collect();
        Incoming { rows, receivers, block: 0..0, entries: vec![Vec::new(); AT_ONCE] }
    }

    /// Where something from a class gets in: receiving classes and the value.
    pub(super) fn from(&mut self, class: usize) -> impl Iterator<Item = (&Receivers, Value)> {
        if !self.block.contains(&class) {
            self.turn(class - class % AT_ONCE);
        }
        let entries = self.entries.get(class - self.block.start).map(Vec::as_slice).unwrap_or_default();
        entries.iter().filter_map(|(at, value)| self.receivers.get(*at as usize).map(|(_, classes)| (classes, *value)))
    }

    fn turn(&mut self, start: usize) {
        self.block = start..start + AT_ONCE;
        self.entries.iter_mut().for_each(Vec::clear);
        let block = Bits::range(self.block.start, self.block.end);
        for (at, (row, _)) in (0..).zip(&self.receivers) {
            let parts = self.rows.get(*row).map(|row| row.classes.as_slice()).unwrap_or_default();
            for (value, classes) in parts.iter().filter(|(_, classes)| classes.overlaps(&block)) {
                for class in classes.intersection(&block).iter() {
                    if let Some(entries) = self.entries.get_mut(class - start) {
                        entries.push((at, *value));
                    }
                }
            }
        }
    }
}
