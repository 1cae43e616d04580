//! Names that are like one that does not resolve.

use crate::cluster::Cluster;
use crate::reach::distance;

/// Most names that are told.
const MOST: usize = 3;
/// How many letters a name may differ.
const NEAR: usize = 2;

/// Names of Services, as a pod of a namespace can write them, that are like a name; the nearest first. Cost: linear in
/// the Services of the cluster.
pub fn nearest_services(cluster: &Cluster, namespace: &str, name: &str) -> Vec<String> {
    let asked: Vec<&str> = name.split('.').collect();
    let first = asked.first().copied().unwrap_or_default();
    let mut near = Vec::new();
    for other in cluster.every_namespace() {
        for item in cluster.objects_of(("", "Service"), other) {
            let short = if other == namespace { item.name().to_owned() } else { format!("{}.{other}", item.name()) };
            let rank = distance(name, &short).min(distance(name, &format!("{}.{other}", item.name())));
            let rank = if first == item.name() { 0 } else { rank };
            if rank <= NEAR {
                near.push((rank, short));
            }
        }
    }
    near.sort();
    near.into_iter().take(MOST).map(|(_, name)| name).collect()
}
