//! Sets of classes.

/// A set of small numbers, as bits. INVARIANT: neither the first nor the last word is zero, so that equal sets are equal
/// values; classes of one namespace are neighbours, so most sets are a word or two.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Bits {
    /// Words of zeros in front that are not kept.
    skip: usize,
    words: Vec<u64>,
}

const WIDTH: usize = 64;

impl Bits {
    /// No number.
    pub(super) const NONE: Bits = Bits { skip: 0, words: Vec::new() };

    /// The numbers `first..end`.
    pub(super) fn range(first: usize, end: usize) -> Bits {
        if first >= end {
            return Bits::NONE;
        }
        let skip = first / WIDTH;
        let mut words = vec![u64::MAX; (end - 1) / WIDTH - skip + 1];
        if let Some(word) = words.first_mut() {
            *word &= u64::MAX << (first % WIDTH);
        }
        if let Some(word) = words.last_mut() {
            *word &= u64::MAX >> (WIDTH - 1 - (end - 1) % WIDTH);
        }
        Bits { skip, words }
    }

    /// The numbers of a sorted list.
    pub(super) fn of_sorted(numbers: &[usize]) -> Bits {
        let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else { return Bits::NONE };
        let skip = first / WIDTH;
        let mut words = vec![0; last / WIDTH - skip + 1];
        for number in numbers {
            if let Some(word) = words.get_mut(number / WIDTH - skip) {
                *word |= 1 << (number % WIDTH);
            }
        }
        Bits { skip, words }
    }

    /// One number.
    pub(super) fn one(number: usize) -> Bits {
        Bits { skip: number / WIDTH, words: vec![1 << (number % WIDTH)] }
    }

    /// Numbers in any order.
    pub(super) fn of(numbers: impl IntoIterator<Item = usize>) -> Bits {
        let mut numbers: Vec<usize> = numbers.into_iter().collect();
        numbers.sort_unstable();
        Bits::of_sorted(&numbers)
    }

    fn trimmed(mut skip: usize, mut words: Vec<u64>) -> Bits {
        let zeros = words.iter().take_while(|word| **word == 0).count();
        if zeros == words.len() {
            return Bits::NONE;
        }
        if zeros > 0 {
            words.drain(..zeros);
            skip += zeros;
        }
        let used = words.iter().rposition(|word| *word != 0).map_or(0, |last| last + 1);
        words.truncate(used);
        Bits { skip, words }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    pub(super) fn has(&self, number: usize) -> bool {
        let word = (number / WIDTH).checked_sub(self.skip).and_then(|at| self.words.get(at));
        word.is_some_and(|word| word >> (number % WIDTH) & 1 == 1)
    }

    fn end(&self) -> usize {
        self.skip + self.words.len()
    }

    fn word(&self, at: usize) -> u64 {
        at.checked_sub(self.skip).and_then(|at| self.words.get(at)).copied().unwrap_or(0)
    }

    /// The words of both that stand at the same place, and the place of the first.
    fn shared<'a>(&'a self, other: &'a Bits) -> (usize, impl Iterator<Item = (u64, u64)> + 'a) {
        let (from, to) = (self.skip.max(other.skip), self.end().min(other.end()));
        let tail = |bits: &'a Bits| bits.words.get(from.saturating_sub(bits.skip)..).unwrap_or_default();
        let pairs = tail(self).iter().zip(tail(other)).map(|(one, two)| (*one, *two));
        (from, pairs.take(to.saturating_sub(from)))
    }

    pub(super) fn union(&self, other: &Bits) -> Bits {
        match (self.is_empty(), other.is_empty()) {
            (true, _) => return other.clone(),
            (_, true) => return self.clone(),
            _ => {}
        }
        let (from, to) = (self.skip.min(other.skip), self.end().max(other.end()));
        Bits { skip: from, words: (from..to).map(|at| self.word(at) | other.word(at)).collect() }
    }

    pub(super) fn intersection(&self, other: &Bits) -> Bits {
        if !self.overlaps(other) {
            return Bits::NONE;
        }
        let (from, pairs) = self.shared(other);
        Bits::trimmed(from, pairs.map(|(one, two)| one & two).collect())
    }

    pub(super) fn difference(&self, other: &Bits) -> Bits {
        if !self.overlaps(other) {
            return self.clone();
        }
        let words = self.words.iter().enumerate().map(|(at, word)| word & !other.word(self.skip + at));
        Bits::trimmed(self.skip, words.collect())
    }

    pub(super) fn overlaps(&self, other: &Bits) -> bool {
        let (_, mut pairs) = self.shared(other);
        pairs.any(|(one, two)| one & two != 0)
    }

    /// How many numbers there are.
    pub(super) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The numbers, sorted.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(at, word)| {
            let base = (self.skip + at) * WIDTH;
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros() as usize;
                (left != 0).then(|| {
                    left &= left - 1;
                    base + bit
                })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn sample(seed: usize) -> BTreeSet<usize> {
        (0..300)
            .filter(|number| (number * 7 + seed * 13).is_multiple_of(2 + seed % 5) && number / 64 != seed % 4)
            .collect()
    }

    fn bits(numbers: &BTreeSet<usize>) -> Bits {
        Bits::of_sorted(&numbers.iter().copied().collect::<Vec<_>>())
    }

    #[test]
    fn operations_are_those_of_sets_and_results_are_in_normal_form() {
        for (a, b) in (0..12).flat_map(|a| (0..12).map(move |b| (a, b))) {
            let (one, two) = (sample(a), sample(b));
            let (left, right) = (bits(&one), bits(&two));
            assert_eq!(left.union(&right), bits(&(&one | &two)));
            assert_eq!(left.intersection(&right), bits(&(&one & &two)));
            assert_eq!(left.difference(&right), bits(&(&one - &two)));
            assert_eq!(left.overlaps(&right), !one.is_disjoint(&two));
            assert_eq!(left.iter().collect::<BTreeSet<_>>(), one);
            assert_eq!(left.count(), one.len());
            assert!((0..400).all(|number| left.has(number) == one.contains(&number)));
        }
    }

    #[test]
    fn ranges_are_exact_at_both_ends() {
        for (first, end) in [(0, 0), (0, 1), (63, 64), (63, 65), (64, 128), (5, 300), (128, 129)] {
            assert_eq!(Bits::range(first, end), bits(&(first..end).collect()), "{first}..{end}");
        }
    }
}
