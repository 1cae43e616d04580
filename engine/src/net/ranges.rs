//! Exact sets of points of a line, as ranges.

/// A point of a line that has a first and a last.
pub trait Point: Copy + Ord {
    /// Not after any other.
    const FIRST: Self;
    /// Not before any other.
    const LAST: Self;
    /// The next, if this is not the last.
    fn next(self) -> Option<Self>;
    /// The one before, if this is not the first.
    fn previous(self) -> Option<Self>;
}

macro_rules! points {
    ($($type:ty, $first:expr;)+) => {$(
        impl Point for $type {
            const FIRST: Self = $first;
            const LAST: Self = <$type>::MAX;
            fn next(self) -> Option<Self> {
                self.checked_add(1)
            }
            fn previous(self) -> Option<Self> {
                self.checked_sub(1).filter(|previous| *previous >= Self::FIRST)
            }
        }
    )+};
}

points! {
    // For the tests of every set of a small line.
    u8, 0;
    // Port numbers: 0 is none.
    u16, 1;
    // IPv4 addresses.
    u32, 0;
    // IPv6 addresses.
    u128, 0;
}

/// A set of points. INVARIANT: ranges are sorted, and between two of them at least one point is missing, so that equal sets
/// are equal values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ranges<T>(Vec<(T, T)>);

impl<T> Default for Ranges<T> {
    fn default() -> Self {
        Ranges(Vec::new())
    }
}

impl<T: Point> Ranges<T> {
    /// No point.
    pub const NONE: Ranges<T> = Ranges(Vec::new());

    /// Every point.
    pub fn all() -> Ranges<T> {
        Ranges(vec![(T::FIRST, T::LAST)])
    }

    /// The points from `first` to `last`, both included; none if `last` is before `first`.
    pub fn range(first: T, last: T) -> Ranges<T> {
        let first = first.max(T::FIRST);
        Ranges(if first <= last { vec![(first, last)] } else { Vec::new() })
    }

    /// The points of all ranges, in whatever order they come. Cost: n log n.
    pub fn from_ranges(ranges: impl IntoIterator<Item = (T, T)>) -> Ranges<T> {
        let valid =
            ranges.into_iter().map(|(first, last)| (first.max(T::FIRST), last)).filter(|range| range.0 <= range.1);
        let mut sorted: Vec<(T, T)> = valid.collect();
        sorted.sort_unstable();
        let mut merged = Ranges(Vec::with_capacity(sorted.len()));
        sorted.into_iter().for_each(|range| merged.append(range));
        merged
    }

    /// Adds a range that starts no earlier than the last one that was added.
    fn append(&mut self, (first, last): (T, T)) {
        match self.0.last_mut() {
            Some(before) if before.1.next().is_none_or(|next| first <= next) => before.1 = before.1.max(last),
            _ => self.0.push((first, last)),
        }
    }

    /// The ranges, sorted.
    pub fn as_slice(&self) -> &[(T, T)] {
        &self.0
    }

    /// True if there is no point.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True if every point is in it.
    pub fn is_all(&self) -> bool {
        self.0.first().is_some_and(|range| *range == (T::FIRST, T::LAST))
    }

    /// Whether the point is in it. Cost: logarithmic.
    pub fn has(&self, point: T) -> bool {
        let after = self.0.partition_point(|range| range.0 <= point);
        after.checked_sub(1).and_then(|at| self.0.get(at)).is_some_and(|range| point <= range.1)
    }

    /// The points of either set. Cost of this and of all that follow: linear in the ranges of both.
    #[must_use]
    pub fn union(&self, other: &Ranges<T>) -> Ranges<T> {
        match (self.is_empty(), other.is_empty()) {
            (true, _) => return other.clone(),
            (_, true) => return self.clone(),
            _ => {}
        }
        let mut merged = Ranges(Vec::with_capacity(self.0.len() + other.0.len()));
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        loop {
            let range = match (left.peek(), right.peek()) {
                (Some(one), Some(two)) if one <= two => left.next(),
                (Some(_), None) => left.next(),
                (_, Some(_)) => right.next(),
                (None, None) => return merged,
            };
            range.into_iter().for_each(|range| merged.append(*range));
        }
    }

    /// The points of both sets.
    #[must_use]
    pub fn intersection(&self, other: &Ranges<T>) -> Ranges<T> {
        let mut both = Vec::new();
        let (mut left, mut right) = (self.0.iter(), other.0.iter());
        let (mut one, mut two) = (left.next(), right.next());
        while let (Some(a), Some(b)) = (one, two) {
            let (first, last) = (a.0.max(b.0), a.1.min(b.1));
            if first <= last {
                both.push((first, last));
            }
            if a.1 < b.1 {
                one = left.next();
            } else {
                two = right.next();
            }
        }
        Ranges(both)
    }

    /// The points that are not in it.
    #[must_use]
    pub fn complement(&self) -> Ranges<T> {
        let mut missing = Vec::with_capacity(self.0.len() + 1);
        let mut from = Some(T::FIRST);
        for (first, last) in &self.0 {
            if let (Some(from), Some(before)) = (from, first.previous())
                && from <= before
            {
                missing.push((from, before));
            }
            from = last.next();
        }
        missing.extend(from.map(|from| (from, T::LAST)));
        Ranges(missing)
    }

    /// The points that are not in the other set.
    #[must_use]
    pub fn difference(&self, other: &Ranges<T>) -> Ranges<T> {
        if self.is_empty() || other.is_empty() {
            return self.clone();
        }
        self.intersection(&other.complement())
    }

    /// Whether every point of it is in the other set.
    pub fn is_subset(&self, other: &Ranges<T>) -> bool {
        self.0.iter().all(|(first, last)| {
            let after = other.0.partition_point(|range| range.0 <= *first);
            after.checked_sub(1).and_then(|at| other.0.get(at)).is_some_and(|range| *last <= range.1)
        })
    }

    /// Whether the sets share a point.
    pub fn overlaps(&self, other: &Ranges<T>) -> bool {
        let (mut left, mut right) = (self.0.iter(), other.0.iter());
        let (mut one, mut two) = (left.next(), right.next());
        while let (Some(a), Some(b)) = (one, two) {
            if a.1 < b.0 {
                one = left.next();
            } else if b.1 < a.0 {
                two = right.next();
            } else {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The set of a line of 8 points, each at 32 points' distance and 32 wide, that the bits of `mask` name.
    fn set(mask: u8) -> Ranges<u8> {
        let wide = |bit: u8| (bit * 32, bit * 32 + 31);
        Ranges::from_ranges((0..8).rev().filter(|bit| mask >> bit & 1 == 1).map(wide))
    }

    fn mask(set: &Ranges<u8>) -> u8 {
        (0..8).filter(|bit| set.has(bit * 32 + 7)).map(|bit| 1 << bit).sum()
    }

    #[test]
    fn every_pair_of_sets_of_a_small_line_is_as_bits_have_it() {
        for a in 0..=255u8 {
            assert_eq!(mask(&set(a)), a);
            assert_eq!(set(a).complement(), set(!a));
            assert_eq!((set(a).is_empty(), set(a).is_all()), (a == 0, a == 255));
            for b in 0..=255u8 {
                let (left, right) = (set(a), set(b));
                assert_eq!(left.union(&right), set(a | b));
                assert_eq!(left.intersection(&right), set(a & b));
                assert_eq!(left.difference(&right), set(a & !b));
                assert_eq!(left.is_subset(&right), a & !b == 0);
                assert_eq!(left.overlaps(&right), a & b != 0);
            }
        }
    }

    #[test]
    fn membership_is_exact_at_both_ends() {
        let ports = Ranges::from_ranges([(80u16, 80), (8000, 8999)]);
        for port in 0..=u16::MAX {
            assert_eq!(ports.has(port), port == 80 || (8000..9000).contains(&port), "{port}");
        }
    }

    #[test]
    fn ranges_that_touch_are_one() {
        assert_eq!(Ranges::from_ranges([(3u16, 4), (1, 2)]), Ranges::range(1, 4));
        assert_eq!(Ranges::range(1u16, 2).union(&Ranges::range(3, u16::MAX)), Ranges::all());
    }

    #[test]
    fn port_zero_is_none() {
        assert_eq!(Ranges::range(0u16, u16::MAX), Ranges::all());
        assert!(Ranges::range(0u16, 0).is_empty() && Ranges::range(2u16, 1).is_empty());
    }
}
