//! How tests of reachability are written.

use super::{Reach, ReachSettings};
use crate::cluster::{Cluster, World};
use crate::text::{Format, Source};

/// The cluster of a text.
pub(super) fn cluster(text: &str) -> Cluster {
    let mut cluster = Cluster::of_files(World::Auto);
    cluster.apply(&Source { name: "given".into(), format: Format::Yaml, bytes: text.as_bytes().to_vec() });
    cluster
}

/// The network of a text.
pub(super) fn reach(text: &str) -> Reach {
    Reach::with(&cluster(text), &ReachSettings::default())
}
