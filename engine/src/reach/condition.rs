//! Conditions on pods that nobody has seen: what selectors have in common, and what one leaves of another.

use std::collections::{BTreeMap, BTreeSet};

use crate::cluster::NAME_LABEL;
use crate::net::{Operator, Requirement, Selector};

/// A condition on the labels of a pod's namespace and on its own. No requirement on either: any pod. INVARIANT: some labels
/// meet it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Condition {
    pub(super) namespace: Selector,
    pub(super) pod: Selector,
}

impl Condition {
    /// Both selectors; `None` if no labels meet them.
    pub(super) fn of(namespace: &Selector, pod: Option<&Selector>) -> Option<Condition> {
        Condition::default().and(&Condition { namespace: namespace.clone(), pod: pod.cloned().unwrap_or_default() })
    }

    /// Any pod.
    pub(super) fn is_any(&self) -> bool {
        self.namespace.selects_all() && self.pod.selects_all()
    }

    /// What meets both; `None` if nothing does.
    pub(super) fn and(&self, other: &Condition) -> Option<Condition> {
        let both = |one: &Selector, other: &Selector| {
            normal(one.requirements.iter().chain(&other.requirements).cloned().collect())
        };
        Some(Condition { namespace: both(&self.namespace, &other.namespace)?, pod: both(&self.pod, &other.pod)? })
    }

    /// What meets this and not the other: whatever meets one of these.
    pub(super) fn without(&self, other: &Condition) -> Vec<Condition> {
        let namespace = other
            .namespace
            .requirements
            .iter()
            .map(|one| Condition { namespace: Selector::new(vec![opposite(one)]), pod: Selector::default() });
        let pod = other
            .pod
            .requirements
            .iter()
            .map(|one| Condition { namespace: Selector::default(), pod: Selector::new(vec![opposite(one)]) });
        namespace.chain(pod).filter_map(|not| self.and(&not)).collect()
    }
}

fn opposite(of: &Requirement) -> Requirement {
    let operator = match of.operator {
        Operator::In => Operator::NotIn,
        Operator::NotIn => Operator::In,
        Operator::Exists => Operator::DoesNotExist,
        Operator::DoesNotExist => Operator::Exists,
    };
    Requirement { operator, ..of.clone() }
}

/// What requirements say of one key.
#[derive(Default)]
struct OfKey {
    /// One of these, if there is such a requirement.
    listed: Option<BTreeSet<String>>,
    not: BTreeSet<String>,
    there: bool,
    absent: bool,
}

/// The requirements, one or two for each key; `None` if no labels meet them.
fn normal(requirements: Vec<Requirement>) -> Option<Selector> {
    let mut keys: BTreeMap<String, OfKey> = BTreeMap::new();
    for Requirement { key, operator, values } in requirements {
        let of = keys.entry(key).or_default();
        let values: BTreeSet<String> = values.into_iter().collect();
        match operator {
            Operator::In => {
                of.listed = Some(match of.listed.take() {
                    Some(known) => known.intersection(&values).cloned().collect(),
                    None => values,
                });
            }
            Operator::NotIn => of.not.extend(values),
            Operator::Exists => of.there = true,
            Operator::DoesNotExist => of.absent = true,
        }
    }
    let mut all = Vec::new();
    for (key, OfKey { listed, not, there, absent }) in keys {
        // Every namespace has its name.
        let there = there || (key == NAME_LABEL && absent);
        let require = |operator, values: BTreeSet<String>| Requirement {
            key: key.clone(),
            operator,
            values: values.into_iter().collect(),
        };
        match (listed, absent) {
            (Some(_), true) => return None,
            (None, true) if there => return None,
            (None, true) => all.push(require(Operator::DoesNotExist, BTreeSet::new())),
            (Some(listed), false) => {
                let left: BTreeSet<String> = listed.difference(&not).cloned().collect();
                if left.is_empty() {
                    return None;
                }
                all.push(require(Operator::In, left));
            }
            (None, false) => {
                all.extend(there.then(|| require(Operator::Exists, BTreeSet::new())));
                all.extend((!not.is_empty()).then(|| require(Operator::NotIn, not)));
            }
        }
    }
    Some(Selector::new(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every selector of up to two requirements on two keys with two values, and every pair of labels.
    fn selectors() -> Vec<Selector> {
        let mut requirements = Vec::new();
        for key in ["a", "b"] {
            for (operator, values) in [
                (Operator::In, vec!["1"]),
                (Operator::In, vec!["1", "2"]),
                (Operator::NotIn, vec!["1"]),
                (Operator::Exists, vec![]),
                (Operator::DoesNotExist, vec![]),
            ] {
                let values = values.into_iter().map(str::to_owned).collect();
                requirements.push(Requirement { key: key.to_owned(), operator, values });
            }
        }
        let mut all = vec![Selector::default()];
        for one in &requirements {
            all.extend(requirements.iter().map(|other| Selector::new(vec![one.clone(), other.clone()])));
        }
        all
    }

    fn met(selector: &Selector, labels: [Option<&str>; 2]) -> bool {
        selector.matches(|key| if key == "a" { labels[0] } else { labels[1] })
    }

    #[test]
    fn what_is_left_and_what_is_common_are_those_of_each_pod_by_itself() {
        let values = [None, Some("1"), Some("2"), Some("3")];
        let all = selectors();
        for (at, one) in all.iter().enumerate() {
            for (place, other) in all.iter().enumerate().filter(|(place, _)| (at + place) % 5 == 0) {
                // One side of the condition is as good as the other.
                let condition = |selector: &Selector| match place % 2 {
                    0 => Condition::of(&Selector::default(), Some(selector)),
                    _ => Condition::of(selector, None),
                };
                let meets =
                    |condition: &Condition, labels| met(&condition.pod, labels) && met(&condition.namespace, labels);
                for labels in values.iter().flat_map(|one| values.iter().map(move |other| [*one, *other])) {
                    let [first, second] = [one, other].map(|selector| met(selector, labels));
                    let (Some(one), Some(other)) = (condition(one), condition(other)) else {
                        assert!(!first || !second);
                        continue;
                    };
                    assert_eq!(one.and(&other).is_some_and(|both| meets(&both, labels)), first && second);
                    let left = one.without(&other).iter().any(|left| meets(left, labels));
                    assert_eq!(left, first && !second, "{one:?} {other:?} {labels:?}");
                }
            }
        }
    }

    #[test]
    fn every_namespace_has_its_name() {
        let absent = Requirement { key: NAME_LABEL.to_owned(), operator: Operator::DoesNotExist, values: Vec::new() };
        assert_eq!(Condition::of(&Selector::new(vec![absent]), None), None);
        assert!(Condition::of(&Selector::default(), None).is_some_and(|any| any.is_any()));
    }
}
