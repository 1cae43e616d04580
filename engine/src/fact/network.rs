//! What facts ask of the network: that of a few workloads, or that of all where all have been asked for.

use std::sync::Arc;

use super::Absent;
use super::answer::complete;
use crate::cluster::{Cluster, Item, NETWORK};
use crate::reach::{End, Few, Reach, StandIn};

/// A network in which some workloads are known to be.
#[derive(Debug)]
pub(super) enum Network {
    /// That of the whole cluster, which others ask, too.
    Whole(Arc<Reach>),
    /// That of these workloads alone.
    Few(Box<Reach>),
}

impl Network {
    /// The network with these workloads in it. Of files, each of which is asked about in turn, that of all is made once; of a request,
    /// which changes what it is asked of, only theirs. Of a workload both say the same.
    pub(super) fn among(cluster: &Cluster, items: &[&Item]) -> Network {
        if let Some(whole) = cluster.undisturbed(Reach::of)
            && items.iter().all(|item| whole.end_of(&cluster.reference(item)).is_some())
        {
            return Network::Whole(whole);
        }
        let mut few = Few::default();
        items.iter().for_each(|item| few.add(cluster, item));
        Network::Few(Box::new(Reach::among(cluster, &few)))
    }

    /// The network of these workloads and of pods that are taken to be there.
    pub(super) fn with(cluster: &Cluster, items: &[&Item], stand_in: &StandIn) -> Network {
        let mut few = Few::default();
        items.iter().for_each(|item| few.add(cluster, item));
        Network::Few(Box::new(Reach::among(cluster, &few.with(stand_in))))
    }

    pub(super) fn reach(&self) -> &Reach {
        match self {
            Network::Whole(reach) => reach,
            Network::Few(reach) => reach,
        }
    }

    /// A workload of it as an end of connections.
    pub(super) fn end(&self, cluster: &Cluster, item: &Item) -> Result<End, Absent> {
        let object = cluster.reference(item);
        let end = self.reach().end_of(&object);
        end.ok_or_else(|| Absent::failed(format!("{} is not in the network", object.display())))
    }
}

/// Goes on only if a host that watches sees everyone who counts. What files leave open, the network itself knows.
pub(super) fn seen(cluster: &Cluster) -> Result<(), Absent> {
    if !cluster.watches() {
        return Ok(());
    }
    NETWORK.iter().map(|(group, kind)| cluster.presence(group, kind, "")).max().map_or(Ok(()), complete)
}
