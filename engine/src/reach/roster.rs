//! Who is there: workloads in their order, and the class of each.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::WorkloadEnd;
use super::model::Namespace;

/// Every workload.
#[derive(Debug, Default)]
pub(super) struct Roster {
    /// Sorted by namespace, then by name.
    pub(super) workloads: Arc<Vec<WorkloadEnd>>,
    /// Where those of each namespace stand, by its number.
    places: Arc<Vec<Range<usize>>>,
    /// The class of each.
    pub(super) class_of: Vec<usize>,
    /// Workloads by class, sorted.
    members: Vec<usize>,
    /// Where the members of each class begin; one more at the end.
    starts: Vec<usize>,
}

impl Roster {
    /// The workloads of a namespace, sorted by name.
    pub(super) fn of_namespace(&self, namespace: usize) -> &[WorkloadEnd] {
        let place = self.place(namespace);
        self.workloads.get(place).unwrap_or_default()
    }

    /// Where they stand.
    pub(super) fn place(&self, namespace: usize) -> Range<usize> {
        self.places.get(namespace).cloned().unwrap_or_default()
    }

    /// The workloads of a class, sorted.
    pub(super) fn members_of(&self, class: usize) -> &[usize] {
        let place = self.starts.get(class).zip(self.starts.get(class + 1)).map(|(start, end)| *start..*end);
        place.and_then(|place| self.members.get(place)).unwrap_or_default()
    }

    /// The roster of these namespaces, in their order. `fresh` has the workloads of namespaces where they are others than here.
    /// Cost: linear in the workloads, and small.
    pub(super) fn after(
        &self,
        (namespaces, order): (&[Arc<Namespace>], &[usize]),
        mut fresh: BTreeMap<usize, Vec<WorkloadEnd>>,
        classes: usize,
    ) -> Roster {
        let (mut workloads, mut places) = (Arc::clone(&self.workloads), Arc::clone(&self.places));
        if !fresh.is_empty() {
            let mut all = Vec::with_capacity(workloads.len());
            let mut all_places = vec![0..0; namespaces.len()];
            for number in order {
                let start = all.len();
                match fresh.remove(number) {
                    Some(ends) => all.extend(ends),
                    None => all.extend_from_slice(self.of_namespace(*number)),
                }
                all_places.get_mut(*number).into_iter().for_each(|place| *place = start..all.len());
            }
            (workloads, places) = (Arc::new(all), Arc::new(all_places));
        }
        let mut class_of = Vec::with_capacity(workloads.len());
        for namespace in order.iter().filter_map(|number| namespaces.get(*number)) {
            class_of.extend_from_slice(&namespace.seats);
        }
        let (members, starts) = by_class(&class_of, classes);
        Roster { workloads, places, class_of, members, starts }
    }
}

/// The places of equal numbers, and where those of each number begin.
fn by_class(class_of: &[usize], classes: usize) -> (Vec<usize>, Vec<usize>) {
    let mut starts = vec![0; classes + 1];
    for class in class_of {
        starts.get_mut(class + 1).into_iter().for_each(|count| *count += 1);
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    let mut next = starts.clone();
    let mut members = vec![0; class_of.len()];
    for (workload, class) in class_of.iter().enumerate() {
        let Some(place) = next.get_mut(*class) else { continue };
        members.get_mut(*place).into_iter().for_each(|member| *member = workload);
        *place += 1;
    }
    (members, starts)
}
