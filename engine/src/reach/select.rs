//! Which classes, or namespaces, a selector picks.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::bits::Bits;
use super::names::{Name, Names};
use crate::net::{Operator, Requirement, Selector};

/// What a selector picks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Chosen {
    /// Picked for sure.
    pub(super) yes: Bits,
    /// Picked for sure, or not known.
    pub(super) maybe: Bits,
}

impl Chosen {
    pub(super) fn sure(yes: Bits) -> Chosen {
        Chosen { maybe: yes.clone(), yes }
    }

    pub(super) fn intersection(&self, other: &Chosen) -> Chosen {
        Chosen { yes: self.yes.intersection(&other.yes), maybe: self.maybe.intersection(&other.maybe) }
    }
}

/// Labels → what has them.
#[derive(Clone, Debug, Default)]
pub(super) struct LabelIndex {
    /// Everything there is.
    all: Bits,
    base: Arc<Postings>,
    /// Of these `own` says what they have, if they are there at all, and no longer `base`.
    moved: Bits,
    own: Postings,
    /// The one label that is known even of those whose labels are not known.
    sure_key: Option<Name>,
}

#[derive(Clone, Debug, Default)]
struct Postings {
    all: Bits,
    /// Whose labels are not known.
    doubtful: Bits,
    by_label: BTreeMap<(Name, Name), Bits>,
    by_key: BTreeMap<Name, Bits>,
}

/// What is looked up by its labels.
pub(super) struct Labelled<'a> {
    pub(super) number: usize,
    pub(super) labels: &'a [(Name, Name)],
    /// Its labels are not known.
    pub(super) doubtful: bool,
}

/// So many may have moved before everything is entered anew.
const MOST_MOVED: usize = 64;

impl LabelIndex {
    /// Of what has these labels, in order of its number.
    pub(super) fn of<'a>(labelled: impl Iterator<Item = Labelled<'a>>, sure_key: Option<Name>) -> LabelIndex {
        let base = Postings::of(labelled);
        LabelIndex {
            all: base.all.clone(),
            base: Arc::new(base),
            moved: Bits::NONE,
            own: Postings::default(),
            sure_key,
        }
    }

    /// The same after some came, went, or got other labels. `labelled` tells of any number what it is, unless it is gone.
    pub(super) fn after<'a>(&self, changed: &Bits, labelled: impl Fn(usize) -> Option<Labelled<'a>>) -> LabelIndex {
        if changed.is_empty() {
            return self.clone();
        }
        let moved = self.moved.union(changed);
        if moved.count() > MOST_MOVED {
            let all = self.all.union(changed);
            return LabelIndex::of(all.iter().filter_map(labelled), self.sure_key);
        }
        let own = Postings::of(moved.iter().filter_map(labelled));
        let all = self.all.difference(changed).union(&own.all);
        LabelIndex { all, base: Arc::clone(&self.base), moved, own, sure_key: self.sure_key }
    }

    /// Everything there is.
    pub(super) fn all(&self) -> &Bits {
        &self.all
    }

    /// What the selector picks. Cost: its values, and the numbers that have them.
    pub(super) fn chosen_by(&self, selector: &Selector, names: &Names) -> Chosen {
        let mut each = selector.requirements.iter().map(|requirement| self.meeting(requirement, names));
        let Some(first) = each.next() else { return Chosen::sure(self.all.clone()) };
        each.fold(first, |chosen, meeting| chosen.intersection(&meeting))
    }

    fn meeting(&self, requirement: &Requirement, names: &Names) -> Chosen {
        let key = names.find(&requirement.key);
        let values: Vec<Name> = requirement.values.iter().filter_map(|value| names.find(value)).collect();
        let base = self.base.meeting(requirement.operator, key, &values);
        let (yes, doubtful) = if self.moved.is_empty() {
            (base, self.base.doubtful.clone())
        } else {
            let own = self.own.meeting(requirement.operator, key, &values);
            let doubtful = self.base.doubtful.difference(&self.moved).union(&self.own.doubtful);
            (base.difference(&self.moved).union(&own), doubtful)
        };
        if doubtful.is_empty() || (key.is_some() && key == self.sure_key) {
            return Chosen::sure(yes);
        }
        Chosen { maybe: yes.union(&doubtful), yes: yes.difference(&doubtful) }
    }
}

impl Postings {
    fn of<'a>(labelled: impl Iterator<Item = Labelled<'a>>) -> Postings {
        let mut by_label: BTreeMap<(Name, Name), Vec<usize>> = BTreeMap::new();
        let (mut doubtful, mut all) = (Vec::new(), Vec::new());
        for one in labelled {
            one.labels.iter().for_each(|label| by_label.entry(*label).or_default().push(one.number));
            doubtful.extend(one.doubtful.then_some(one.number));
            all.push(one.number);
        }
        let by_label: BTreeMap<_, _> =
            by_label.into_iter().map(|(label, numbers)| (label, Bits::of_sorted(&numbers))).collect();
        let mut by_key: BTreeMap<Name, Bits> = BTreeMap::new();
        for ((key, _), bits) in &by_label {
            let of_key = by_key.entry(*key).or_default();
            *of_key = of_key.union(bits);
        }
        Postings { all: Bits::of_sorted(&all), doubtful: Bits::of_sorted(&doubtful), by_label, by_key }
    }

    fn meeting(&self, operator: Operator, key: Option<Name>, values: &[Name]) -> Bits {
        let has_key = || key.and_then(|key| self.by_key.get(&key)).cloned().unwrap_or_default();
        let listed = || {
            let each = key.into_iter().flat_map(|key| values.iter().map(move |value| (key, *value)));
            each.filter_map(|label| self.by_label.get(&label)).fold(Bits::NONE, |all, bits| all.union(bits))
        };
        match operator {
            Operator::In => listed(),
            Operator::NotIn => self.all.difference(&listed()),
            Operator::Exists => has_key(),
            Operator::DoesNotExist => self.all.difference(&has_key()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(operator: Operator, key: &str, values: &[&str], yes: &[usize], maybe: &[usize]) {
        let mut names = Names::default();
        let [app, web, db, sure] = ["app", "web", "db", "sure"].map(|text| names.number(text));
        let labels: [&[(Name, Name)]; 5] =
            [&[], &[(app, web)], &[(app, db), (sure, web)], &[(sure, web)], &[(app, web)]];
        let labelled = |number: usize, labels| Labelled { number, labels, doubtful: number == 3 };
        let index = LabelIndex::of((0..4).map(|number| labelled(number, labels[number])), Some(sure));
        // The same out of another by moves: one came, one went, two changed.
        let others = LabelIndex::of((0..5).filter(|at| *at != 3).map(|at| labelled(at, labels[4])), Some(sure));
        let moved = others.after(&Bits::of([0, 2, 3, 4]), |at| (at < 4).then(|| labelled(at, labels[at])));
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        let selector = Selector::new(vec![Requirement { key: key.into(), operator, values }]);
        for index in [index, moved] {
            let chosen = index.chosen_by(&selector, &names);
            assert_eq!(
                (chosen.yes.iter().collect::<Vec<_>>(), chosen.maybe.iter().collect::<Vec<_>>()),
                (yes.to_vec(), maybe.to_vec())
            );
        }
    }

    #[test]
    fn each_operator_picks_what_has_and_doubts_what_is_not_known() {
        check(Operator::In, "app", &["web", "x"], &[1], &[1, 3]);
        check(Operator::NotIn, "app", &["web"], &[0, 2], &[0, 2, 3]);
        check(Operator::Exists, "app", &[], &[1, 2], &[1, 2, 3]);
        check(Operator::DoesNotExist, "app", &[], &[0], &[0, 3]);
        check(Operator::DoesNotExist, "never-heard-of", &[], &[0, 1, 2], &[0, 1, 2, 3]);
        check(Operator::In, "never-heard-of", &["x"], &[], &[3]);
    }

    #[test]
    fn one_label_may_be_sure_where_the_others_are_not() {
        check(Operator::In, "sure", &["web"], &[2, 3], &[2, 3]);
        check(Operator::NotIn, "sure", &["web"], &[0, 1], &[0, 1]);
    }
}
