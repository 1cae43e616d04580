//! Names → ends.

use std::sync::Arc;

use super::{End, NoSuchEnd, Reach, WorkloadEnd, WorkloadId};
use crate::finding::ObjectRef;
use crate::net::{AddressSet, Cidr};

/// Most candidates that are named.
const MOST: usize = 3;

/// How many letters a name may differ from the nearest one.
const NEAR: usize = 2;

impl Reach {
    /// What a name says: `NAMESPACE/NAME`, `NAMESPACE/NAME[Kind]`, `NAMESPACE/POD`, an address, a CIDR, or `outside`
    /// (every address). A pod's name is known by the way in which Kubernetes makes it of its workload's.
    ///
    /// # Errors
    ///
    /// [`NoSuchEnd`] with the nearest names, or with the several that it could be.
    pub fn resolve_name(&self, text: &str) -> Result<End, NoSuchEnd> {
        if text == "outside" {
            return Ok(End::outside());
        }
        if let Some(cidr) = Cidr::parse_or_address(text) {
            return Ok(End::Addresses(Arc::new(AddressSet::of(cidr))));
        }
        let no_such = |ambiguous, candidates| NoSuchEnd { asked: text.to_owned(), ambiguous, candidates };
        let named = self.numbered(|workload| is_named(workload, text));
        let found = if named.is_empty() { self.numbered(|workload| makes_pod(workload, text)) } else { named };
        match found.as_slice() {
            [(id, _)] => Ok(End::Workload(*id)),
            [] => Err(no_such(false, self.nearest(text))),
            several => Err(no_such(true, several.iter().map(|(_, workload)| workload.name.clone()).collect())),
        }
    }

    /// The end that this object's pods are: the workload, or the owner of pods whose owner is not in the cluster. Cost: logarithmic.
    pub fn end_of(&self, object: &ObjectRef) -> Option<End> {
        let same = |end: &ObjectRef| {
            (&end.kind, &end.group, &end.namespace, &end.name)
                == (&object.kind, &object.group, &object.namespace, &object.name)
        };
        let plain = format!("{}/{}", object.namespace, object.name);
        let of_kind = format!("{plain}[{}]", object.kind);
        // Workloads are sorted by namespace, then by name, and no two have the same name.
        let place = |workload: &WorkloadEnd, name: &str| {
            (workload.object.namespace.as_str(), workload.name.as_str()).cmp(&(object.namespace.as_str(), name))
        };
        let at = |name: &String| self.workloads().binary_search_by(|workload| place(workload, name)).ok();
        let is_it = |at: &usize| self.workloads().get(*at).is_some_and(|workload| same(&workload.object));
        let found = [plain, of_kind].iter().filter_map(at).find(is_it);
        found.and_then(|at| u32::try_from(at).ok()).map(|at| End::Workload(WorkloadId(at)))
    }

    fn numbered(&self, wanted: impl Fn(&WorkloadEnd) -> bool) -> Vec<(WorkloadId, &WorkloadEnd)> {
        let all = (0..).map(WorkloadId).zip(self.workloads());
        all.filter(|(_, workload)| wanted(workload)).collect()
    }

    fn nearest(&self, text: &str) -> Vec<String> {
        let name = text.split_once('/').map_or(text, |(_, name)| name);
        let rank = |workload: &WorkloadEnd| match workload.object.name == name {
            true => 0,
            false => 1 + distance(text, &format!("{}/{}", workload.object.namespace, workload.object.name)),
        };
        let ranked = self.workloads().iter().map(|workload| (rank(workload), &workload.name));
        let mut near: Vec<_> = ranked.filter(|(rank, _)| *rank <= 1 + NEAR).collect();
        near.sort();
        near.into_iter().take(MOST).map(|(_, name)| name.clone()).collect()
    }
}

/// `NAMESPACE/NAME` or `NAMESPACE/NAME[Kind]`.
fn is_named(workload: &WorkloadEnd, text: &str) -> bool {
    let object = &workload.object;
    let (name, kind) = match text.strip_suffix(']').and_then(|text| text.split_once('[')) {
        Some((name, kind)) => (name, Some(kind)),
        None => (text, None),
    };
    name.split_once('/') == Some((&object.namespace, &object.name)) && kind.is_none_or(|kind| kind == object.kind)
}

/// Whether the workload's pods have names like this: `NAME-0` of a StatefulSet, `NAME-HASH-SUFFIX` of a Deployment or
/// CronJob, `NAME-SUFFIX` of the others. Source: `k8s.io/apiserver/pkg/storage/names`.
fn makes_pod(workload: &WorkloadEnd, text: &str) -> bool {
    let object = &workload.object;
    let rest = text.strip_prefix(&*object.namespace).and_then(|rest| rest.strip_prefix('/'));
    let Some(rest) = rest.and_then(|rest| rest.strip_prefix(&*object.name)?.strip_prefix('-')) else { return false };
    let suffix =
        |text: &str| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match &*object.kind {
        "Pod" => false,
        "StatefulSet" => {
            let ordinal = rest.parse::<u32>().ok().filter(|ordinal| ordinal.to_string() == rest);
            ordinal.is_some_and(|ordinal| workload.replicas.is_none_or(|replicas| ordinal < replicas))
        }
        "Deployment" | "CronJob" => rest.split_once('-').is_some_and(|(hash, rest)| word(hash) && suffix(rest)),
        _ => suffix(rest),
    }
}

/// How many letters have to be put in, taken out or changed to make one text of the other.
pub(crate) fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.chars().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        let mut before = at + 1;
        next.push(before);
        for ((diagonal, above), theirs) in row.iter().zip(row.iter().skip(1)).zip(&other) {
            before = (above + 1).min(before + 1).min(diagonal + usize::from(letter != *theirs));
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::testing::reach;
    use super::*;

    const SHOP: &str = "
{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: shop, name: web}}
---
{apiVersion: apps/v1, kind: StatefulSet, metadata: {namespace: shop, name: web}, spec: {replicas: 2}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: db}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: other, name: db}}
";

    fn check(text: &str, expected: &str) {
        let reach = reach(SHOP);
        let found = match reach.resolve_name(text) {
            Ok(end) => reach.name(&end),
            Err(NoSuchEnd { ambiguous: true, candidates, .. }) => format!("several: {}", candidates.join(" ")),
            Err(NoSuchEnd { candidates, .. }) => format!("none: {}", candidates.join(" ")),
        };
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_name_is_a_workload_an_address_set_or_outside() {
        check("shop/db", "shop/db");
        check("shop/web[Deployment]", "shop/web[Deployment]");
        check("shop/db[Pod]", "shop/db");
        check("10.1.2.3", "10.1.2.3/32");
        check("fd00::/8", "fd00::/8");
        check("outside", "outside");
        check("0.0.0.0/0", "0.0.0.0/0");
    }

    #[test]
    fn pods_are_known_by_their_names() {
        check("shop/web-1", "shop/web[StatefulSet]");
        check("shop/web-2", "none: shop/web[Deployment] shop/web[StatefulSet]");
        check("shop/web-5d4f8c7b9-x2x4z", "shop/web[Deployment]");
    }

    #[test]
    fn what_is_no_name_gets_the_nearest() {
        check("shop/web", "several: shop/web[Deployment] shop/web[StatefulSet]");
        check("shop/dd", "none: shop/db");
        check("prod/db", "none: other/db shop/db");
        check("nothing/like-it", "none: ");
    }

    #[test]
    fn every_workload_is_found_by_its_object() {
        let text = "
{apiVersion: v1, kind: Pod, metadata: {namespace: shop-a, name: web}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: shop.b, name: web}}
---
";
        let reach = reach(&format!("{text}{}", SHOP.trim_start()));
        assert_eq!(reach.workloads().len(), 6);
        for (id, workload) in reach.workload_ids().zip(reach.workloads()) {
            assert_eq!(reach.end_of(&workload.object), Some(End::Workload(id)), "{}", workload.name);
        }
    }

    #[test]
    fn distance_counts_letters() {
        for (one, other, letters) in [("", "", 0), ("", "abc", 3), ("abc", "abd", 1), ("kitten", "sitting", 3)] {
            assert_eq!((distance(one, other), distance(other, one)), (letters, letters));
        }
    }
}
