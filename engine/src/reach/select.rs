//! Which classes, or namespaces, a selector picks.

use std::collections::BTreeMap;

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
#[derive(Debug, Default)]
pub(super) struct LabelIndex {
    all: Bits,
    /// Whose labels are not known.
    doubtful: Bits,
    /// The one label that is known even of those.
    sure_key: Option<Name>,
    by_label: BTreeMap<(Name, Name), Bits>,
    by_key: BTreeMap<Name, Bits>,
}

impl LabelIndex {
    /// Of what has these labels, in order of its number; with true, its labels are not known.
    pub(super) fn of<'a>(
        labelled: impl Iterator<Item = (&'a [(Name, Name)], bool)>,
        sure_key: Option<Name>,
    ) -> LabelIndex {
        let mut by_label: BTreeMap<(Name, Name), Vec<usize>> = BTreeMap::new();
        let (mut doubtful, mut count) = (Vec::new(), 0);
        for (number, (labels, doubt)) in labelled.enumerate() {
            labels.iter().for_each(|label| by_label.entry(*label).or_default().push(number));
            doubtful.extend(doubt.then_some(number));
            count = number + 1;
        }
        let by_label: BTreeMap<_, _> =
            by_label.into_iter().map(|(label, numbers)| (label, Bits::of_sorted(&numbers))).collect();
        let mut by_key: BTreeMap<Name, Bits> = BTreeMap::new();
        for ((key, _), bits) in &by_label {
            let of_key = by_key.entry(*key).or_default();
            *of_key = of_key.union(bits);
        }
        LabelIndex { all: Bits::range(0, count), doubtful: Bits::of_sorted(&doubtful), sure_key, by_label, by_key }
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
        let has_key = || key.and_then(|key| self.by_key.get(&key)).cloned().unwrap_or_default();
        let listed = || {
            let values = key.into_iter().flat_map(|key| {
                requirement.values.iter().filter_map(move |value| self.by_label.get(&(key, names.find(value)?)))
            });
            values.fold(Bits::NONE, |all, bits| all.union(bits))
        };
        let yes = match requirement.operator {
            Operator::In => listed(),
            Operator::NotIn => self.all.difference(&listed()),
            Operator::Exists => has_key(),
            Operator::DoesNotExist => self.all.difference(&has_key()),
        };
        if self.doubtful.is_empty() || (key.is_some() && key == self.sure_key) {
            return Chosen::sure(yes);
        }
        Chosen { maybe: yes.union(&self.doubtful), yes: yes.difference(&self.doubtful) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(operator: Operator, key: &str, values: &[&str], yes: &[usize], maybe: &[usize]) {
        let mut names = Names::default();
        let [app, web, db, sure] = ["app", "web", "db", "sure"].map(|text| names.number(text));
        let labels: [&[(Name, Name)]; 4] = [&[], &[(app, web)], &[(app, db), (sure, web)], &[(sure, web)]];
        let index = LabelIndex::of(labels.into_iter().zip([false, false, false, true]), Some(sure));
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        let selector = Selector::new(vec![Requirement { key: key.into(), operator, values }]);
        let chosen = index.chosen_by(&selector, &names);
        assert_eq!(
            (chosen.yes.iter().collect::<Vec<_>>(), chosen.maybe.iter().collect::<Vec<_>>()),
            (yes.to_vec(), maybe.to_vec())
        );
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
