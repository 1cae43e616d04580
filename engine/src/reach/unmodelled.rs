//! Policy kinds that are seen and not modelled.

use crate::cluster::{Cluster, Direction, KindState};
use crate::finding::ObjectRef;

/// What an object of a kind can do to connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Deny what would pass.
    Cuts,
    /// Deny what would pass, and let pass what would be denied.
    Changes,
}

/// A kind.
struct Kind {
    group: &'static str,
    kind: &'static str,
    effect: Effect,
    /// Of the pods that it concerns; `None` for both.
    direction: Option<Direction>,
    scope: Scope,
}

enum Scope {
    /// Concerns the pods of its namespace.
    Namespace,
    /// The same, but everywhere if it is in this namespace.
    Root(&'static str),
    /// Concerns every pod.
    Everywhere,
}

const fn kind(group: &'static str, kind: &'static str, effect: Effect, scope: Scope) -> Kind {
    Kind { group, kind, effect, direction: None, scope }
}

/// What network plugins and meshes enforce beside the policies that are modelled. Sources: the API of each group. Of the
/// cluster-wide policies, versions that are not read are among them.
const KINDS: &[Kind] = &[
    kind("policy.networking.k8s.io", "AdminNetworkPolicy", Effect::Changes, Scope::Everywhere),
    kind("policy.networking.k8s.io", "BaselineAdminNetworkPolicy", Effect::Changes, Scope::Everywhere),
    kind("policy.networking.k8s.io", "ClusterNetworkPolicy", Effect::Changes, Scope::Everywhere),
    kind("cilium.io", "CiliumNetworkPolicy", Effect::Changes, Scope::Namespace),
    kind("cilium.io", "CiliumClusterwideNetworkPolicy", Effect::Changes, Scope::Everywhere),
    kind("projectcalico.org", "NetworkPolicy", Effect::Changes, Scope::Namespace),
    kind("projectcalico.org", "GlobalNetworkPolicy", Effect::Changes, Scope::Everywhere),
    kind("crd.projectcalico.org", "NetworkPolicy", Effect::Changes, Scope::Namespace),
    kind("crd.projectcalico.org", "GlobalNetworkPolicy", Effect::Changes, Scope::Everywhere),
    kind("crd.antrea.io", "NetworkPolicy", Effect::Changes, Scope::Namespace),
    kind("crd.antrea.io", "ClusterNetworkPolicy", Effect::Changes, Scope::Everywhere),
    kind("networking.gke.io", "FQDNNetworkPolicy", Effect::Changes, Scope::Namespace),
    Kind {
        direction: Some(Direction::Egress),
        ..kind("k8s.ovn.org", "EgressFirewall", Effect::Cuts, Scope::Namespace)
    },
    kind("vpcresources.k8s.aws", "SecurityGroupPolicy", Effect::Cuts, Scope::Namespace),
    Kind {
        direction: Some(Direction::Ingress),
        ..kind("security.istio.io", "AuthorizationPolicy", Effect::Cuts, Scope::Root("istio-system"))
    },
    Kind {
        direction: Some(Direction::Ingress),
        ..kind("security.istio.io", "PeerAuthentication", Effect::Cuts, Scope::Root("istio-system"))
    },
    Kind {
        direction: Some(Direction::Egress),
        ..kind("networking.istio.io", "Sidecar", Effect::Cuts, Scope::Root("istio-system"))
    },
    Kind { direction: Some(Direction::Ingress), ..kind("policy.linkerd.io", "Server", Effect::Cuts, Scope::Namespace) },
    Kind {
        direction: Some(Direction::Ingress),
        ..kind("policy.linkerd.io", "AuthorizationPolicy", Effect::Cuts, Scope::Namespace)
    },
    kind("kuma.io", "MeshTrafficPermission", Effect::Cuts, Scope::Everywhere),
    kind("consul.hashicorp.com", "ServiceIntentions", Effect::Cuts, Scope::Everywhere),
];

/// Group and kind of each.
pub(crate) const UNMODELLED: [(&str, &str); KINDS.len()] = {
    let mut named = [("", ""); KINDS.len()];
    let (mut rest, mut names): (&[Kind], &mut [(&str, &str)]) = (KINDS, &mut named);
    while let ([Kind { group, kind, .. }, left @ ..], [name, more @ ..]) = (rest, names) {
        *name = (*group, *kind);
        (rest, names) = (left, more);
    }
    named
};

/// An object of such a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stranger {
    pub(super) object: ObjectRef,
    pub(super) effect: Effect,
    pub(super) direction: Option<Direction>,
    /// Concerns the pods of all namespaces, not only of its own.
    pub(super) everywhere: bool,
}

/// What may be there of a kind that could not be listed.
fn unlisted(group: &str, kind: &str, effect: Effect, direction: Option<Direction>) -> Stranger {
    let object = ObjectRef {
        namespace: String::new(),
        kind: kind.to_owned(),
        name: "*".to_owned(),
        group: group.to_owned(),
        version: String::new(),
    };
    Stranger { object, effect, direction, everywhere: true }
}

/// Every object of such a kind that concerns pods of these namespaces, sorted. Cost: a look-up for each kind and namespace.
pub(super) fn strangers(cluster: &Cluster, namespaces: &[&str]) -> Vec<Stranger> {
    let mut found = Vec::new();
    for Kind { group, kind, effect, direction, scope } in KINDS {
        if let Some(KindState::Unknown { .. }) = cluster.kind_state(group, kind) {
            found.push(unlisted(group, kind, *effect, *direction));
        }
        let root = match scope {
            Scope::Root(root) if !namespaces.contains(root) => Some(*root),
            _ => None,
        };
        for namespace in namespaces.iter().copied().chain(root).chain([""]) {
            let everywhere = match scope {
                Scope::Namespace => false,
                Scope::Root(root) => *root == namespace,
                Scope::Everywhere => true,
            };
            let objects = cluster.objects_of((group, kind), namespace).filter(|item| !item.is_tier_policy());
            found.extend(objects.map(|item| Stranger {
                object: cluster.reference(item),
                effect: *effect,
                direction: *direction,
                everywhere,
            }));
        }
    }
    found.sort_by(|one, two| one.object.cmp(&two.object));
    found
}

impl Stranger {
    /// Whether it concerns traffic of its pods that way.
    pub(super) fn concerns(&self, direction: Direction) -> bool {
        self.direction.is_none_or(|only| only == direction)
    }
}
