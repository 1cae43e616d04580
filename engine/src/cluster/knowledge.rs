//! How far a cluster may be trusted to be all there is.
//!
//! Of files, the world decides. *Auto* takes a namespace as closed, all of its kinds, if the input holds a workload of it.
//! What hangs on all namespaces (who else asks for this node port?) is complete if every namespace that the input touches
//! is closed. Namespaces themselves are never complete in *auto*: no input holds `kube-system`, so a namespaceSelector that
//! picks nothing in it says nothing.
//!
//! What an open world holds is there all the same: a fact that asks whether something exists is known once it is found, and
//! unknown only while it is not.
//!
//! Of a watched cluster, the host says for each kind whether it has all of it; what it has not spoken of is not known.

use super::Cluster;
use super::symbols::Sym;

/// How far a cluster may be trusted to be all there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum World {
    /// A namespace is closed if the cluster holds a workload of it, else open.
    #[default]
    Auto,
    /// Nothing exists that is not in the cluster.
    Closed,
    /// Other objects may exist anywhere.
    Open,
}

/// What is known of all objects of one kind, told by the host that watches them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KindState {
    /// All objects of the kind are in the cluster, as of `resource_version`.
    Synced {
        /// The API server's resourceVersion of the last event.
        resource_version: String,
    },
    /// The server does not have the kind: there are none.
    NotServed,
    /// The host does not look at all (`--no-watch`): facts that need it are unknown, not asked.
    NotAsked {
        /// The reason, for people.
        reason: String,
    },
    /// Not all objects are known, and why (`forbidden: …`, `not synced yet`, `older than --max-staleness`).
    Unknown {
        /// The reason, for people.
        reason: String,
    },
}

/// How far one kind in one namespace is known. Ordered: the later says less.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Knowledge {
    /// All of it.
    Complete,
    /// The input does not hold it: an open world. What is there is there, and there may be more.
    NotGiven(String),
    /// The host could not get it, or an object could not be read. What is there may be gone or different.
    Failed(String),
}

/// Group and kind of everything that decides who reaches whom: Namespaces, everything that runs pods, and policies.
pub(crate) const NETWORK: &[(&str, &str)] = &[
    ("", "Namespace"),
    ("", "Pod"),
    ("", "ReplicationController"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("batch", "CronJob"),
    ("batch", "Job"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("policy.networking.k8s.io", "AdminNetworkPolicy"),
    ("policy.networking.k8s.io", "BaselineAdminNetworkPolicy"),
    ("policy.networking.k8s.io", "ClusterNetworkPolicy"),
];

/// How many of these are no policies; they stand first.
const ENDS: usize = 9;

/// Group and kind of what selectors of peers look at: Namespaces, and everything that runs pods.
pub(crate) const NAMESPACES_AND_WORKLOADS: &[(&str, &str)] = NETWORK.split_at(ENDS).0;

/// Group and kind of the policies that are modelled.
pub(crate) const NETWORK_POLICIES: &[(&str, &str)] = NETWORK.split_at(ENDS).1;

/// Group and kind of everything that runs pods.
pub(crate) const WORKLOADS: &[(&str, &str)] = match NAMESPACES_AND_WORKLOADS {
    [_namespace, workloads @ ..] => workloads,
    [] => &[],
};

/// Where the objects of a cluster come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Supply {
    Files(World),
    Watches,
}

impl Cluster {
    /// How far a kind is known in a namespace (empty: in all namespaces).
    pub fn knowledge(&self, group: &str, kind: &str, namespace: &str) -> Knowledge {
        self.presence(group, kind, namespace).max(self.unreadable_in(group, kind, namespace))
    }

    /// How far it is known which objects of a kind there are in a namespace, whether they can be read or not.
    pub(crate) fn presence(&self, group: &str, kind: &str, namespace: &str) -> Knowledge {
        match self.supply {
            Supply::Watches => self.watched_knowledge(group, kind),
            Supply::Files(World::Open) => Knowledge::NotGiven(open_world(kind, namespace)),
            Supply::Files(World::Auto) => self.auto_knowledge(kind, namespace),
            Supply::Files(World::Closed) => Knowledge::Complete,
        }
    }

    /// The least that is known of several kinds in a namespace.
    pub(crate) fn knowledge_of_all(&self, kinds: &[(&str, &str)], namespace: &str) -> Knowledge {
        let each = kinds.iter().map(|(group, kind)| self.knowledge(group, kind, namespace));
        each.max().unwrap_or(Knowledge::Complete)
    }

    /// How far the labels of a namespace whose object is in the cluster are known.
    pub(crate) fn namespace_knowledge(&self, namespace: &str) -> Knowledge {
        match (self.supply, self.namespace_object(namespace)) {
            (Supply::Watches, _) => self.watched_knowledge("", "Namespace"),
            (Supply::Files(_), Some(item)) if item.unreadable => {
                Knowledge::Failed(format!("`{}` could not be read whole", self.reference(item).display()))
            }
            (Supply::Files(_), _) => Knowledge::Complete,
        }
    }

    /// How far the labels of a namespace whose object is not in the cluster are known: never, beyond its name.
    pub(crate) fn absent_namespace(&self, namespace: &str) -> Knowledge {
        match self.supply {
            Supply::Files(_) => Knowledge::NotGiven(format!(
                "Namespace `{namespace}` is not in the input, so its labels are not known; add its manifest"
            )),
            Supply::Watches => match self.watched_knowledge("", "Namespace") {
                Knowledge::Complete => Knowledge::Failed(format!(
                    "Namespace `{namespace}` is not among those that are watched; it may be too new"
                )),
                less => less,
            },
        }
    }

    /// Namespaces taken as closed and as open, sorted.
    pub fn namespaces(&self) -> (Vec<String>, Vec<String>) {
        let mut names: Vec<_> = self.namespace_names().map(str::to_owned).collect();
        names.sort();
        names.into_iter().partition(|name| match self.supply {
            Supply::Files(World::Auto) => self.holds_workload_of(name),
            Supply::Files(World::Closed) | Supply::Watches => true,
            Supply::Files(World::Open) => false,
        })
    }

    fn watched_knowledge(&self, group: &str, kind: &str) -> Knowledge {
        match self.states.get(group, kind) {
            Some(KindState::Synced { .. } | KindState::NotServed) => Knowledge::Complete,
            Some(KindState::NotAsked { reason }) => {
                Knowledge::NotGiven(format!("`{kind}` objects are not known: {reason}"))
            }
            Some(KindState::Unknown { reason }) => {
                Knowledge::Failed(format!("`{kind}` objects are not known: {reason}"))
            }
            None => Knowledge::Failed(format!("`{kind}` objects are not known: the host does not watch them")),
        }
    }

    fn auto_knowledge(&self, kind: &str, namespace: &str) -> Knowledge {
        if !namespace.is_empty() {
            return if self.holds_workload_of(namespace) { Knowledge::Complete } else { no_workload(namespace) };
        }
        if kind == "Namespace" {
            return Knowledge::NotGiven(
                "there may be namespaces that the input does not hold; add them, or take the world as closed".into(),
            );
        }
        let open = self.namespace_names().filter(|name| !self.holds_workload_of(name)).min();
        match open {
            Some(name) => no_workload(name),
            None if self.is_empty() => Knowledge::NotGiven(open_world(kind, namespace)),
            None => Knowledge::Complete,
        }
    }

    /// Whether a namespace is there for sure: it holds an object, is one, or is one of those that every cluster has.
    pub(crate) fn has_namespace(&self, name: &str) -> bool {
        const ALWAYS: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];
        self.holds_namespace(name) || ALWAYS.contains(&name)
    }

    /// Whether a namespace holds an object or is one.
    pub(crate) fn holds_namespace(&self, name: &str) -> bool {
        let implied = self.keeper.symbols.find(name).is_some_and(|sym| self.implied.contains(&sym));
        implied || self.namespace_object(name).is_some()
    }

    /// Every namespace that holds an object or is one. No order.
    pub(super) fn namespace_names(&self) -> impl Iterator<Item = &str> {
        let objects = self.namespace_objects().map(|item| item.name());
        let implied = self.implied.iter().map(|sym: &Sym| self.text(*sym));
        objects.chain(implied)
    }
}

fn no_workload(namespace: &str) -> Knowledge {
    Knowledge::NotGiven(format!(
        "the input holds no workload of namespace `{namespace}`; add its manifests, or take the world as closed"
    ))
}

fn open_world(kind: &str, namespace: &str) -> String {
    let place = if namespace.is_empty() { "the cluster".to_owned() } else { format!("namespace `{namespace}`") };
    format!(
        "there may be `{kind}` objects in {place} that the input does not hold; add them, or take the world as closed"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::ObjectRef;
    use crate::text::{Format, Source};

    const SERVICE: (&str, &str) = ("", "Service");

    #[test]
    fn workloads_are_the_kinds_with_a_pod_template() {
        let mut kinds: Vec<_> = crate::object::KINDS
            .iter()
            .filter(|kind| kind.template.is_some())
            .map(|kind| (kind.group, kind.kind))
            .collect();
        kinds.sort_unstable();
        assert_eq!(kinds, WORKLOADS);
        assert_eq!(NAMESPACES_AND_WORKLOADS.len(), WORKLOADS.len() + 1);
    }

    fn apply(cluster: &mut Cluster, yaml: &str) {
        let source = Source { name: "given".into(), format: Format::Yaml, bytes: yaml.as_bytes().to_vec() };
        assert!(cluster.apply(&source).is_empty());
    }

    fn given(world: World) -> Cluster {
        let mut cluster = Cluster::of_files(world);
        let object = |kind: &str, namespace: &str| {
            format!("{{apiVersion: v1, kind: {kind}, metadata: {{name: x, namespace: {namespace}}}}}\n")
        };
        apply(&mut cluster, &[object("Pod", "full"), object("Service", "bare")].join("---\n"));
        cluster
    }

    #[test]
    fn auto_takes_a_namespace_with_a_workload_as_closed() {
        let cluster = given(World::Auto);
        assert_eq!(cluster.namespaces(), (vec!["full".to_owned()], vec!["bare".to_owned()]));
        assert_eq!(cluster.knowledge(SERVICE.0, SERVICE.1, "full"), Knowledge::Complete);
        for namespace in ["bare", "unheard-of"] {
            let Knowledge::NotGiven(message) = cluster.knowledge(SERVICE.0, SERVICE.1, namespace) else { panic!() };
            assert!(message.contains(&format!("no workload of namespace `{namespace}`")), "{message}");
        }
    }

    #[test]
    fn all_namespaces_are_known_if_each_that_the_input_touches_is_closed() {
        let mut cluster = given(World::Auto);
        assert!(
            matches!(cluster.knowledge("", "Service", ""), Knowledge::NotGiven(message) if message.contains("`bare`"))
        );
        apply(&mut cluster, "{apiVersion: v1, kind: Pod, metadata: {name: x, namespace: bare}}");
        assert_eq!(cluster.knowledge("", "Service", ""), Knowledge::Complete);
        assert!(matches!(cluster.knowledge("", "Namespace", ""), Knowledge::NotGiven(_)), "no input holds kube-system");
        assert!(matches!(Cluster::of_files(World::Auto).knowledge("", "Service", ""), Knowledge::NotGiven(_)));
    }

    #[test]
    fn closed_and_open_worlds_do_not_look_at_the_input() {
        let (closed, open) = (given(World::Closed), given(World::Open));
        for namespace in ["full", "bare", ""] {
            assert_eq!(closed.knowledge("", "Service", namespace), Knowledge::Complete);
            assert!(matches!(open.knowledge("", "Service", namespace), Knowledge::NotGiven(_)));
        }
        assert!(closed.namespaces().1.is_empty() && open.namespaces().0.is_empty());
    }

    #[test]
    fn of_watches_the_host_says_what_is_known() {
        let mut cluster = Cluster::watched();
        assert!(matches!(cluster.knowledge("", "Service", "a"), Knowledge::Failed(_)));
        let check = |cluster: &mut Cluster, state: KindState, expected: Knowledge| {
            cluster.set_kind("", "Service", state);
            assert_eq!(cluster.knowledge("", "Service", "a"), expected);
        };
        let message = "`Service` objects are not known: forbidden".to_owned();
        check(&mut cluster, KindState::Synced { resource_version: "1".into() }, Knowledge::Complete);
        check(&mut cluster, KindState::NotServed, Knowledge::Complete);
        check(&mut cluster, KindState::NotAsked { reason: "forbidden".into() }, Knowledge::NotGiven(message.clone()));
        check(&mut cluster, KindState::Unknown { reason: "forbidden".into() }, Knowledge::Failed(message));
    }

    #[test]
    fn a_watched_namespace_is_kept_whole_and_a_watched_pod_is_not() {
        let mut cluster = Cluster::watched();
        let namespace = "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {env: prod}}}";
        let pod = "{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop}}";
        apply(&mut cluster, &[namespace, pod].join("\n---\n"));
        let id = |kind: &str, namespace: &str, name: &str| ObjectRef {
            namespace: namespace.into(),
            kind: kind.into(),
            name: name.into(),
            group: String::new(),
            version: "v1".into(),
        };
        let shop = cluster.get(&id("Namespace", "", "shop")).unwrap();
        assert_eq!(shop.meta.labels, [("env".to_owned(), "prod".to_owned())]);
        assert!(shop.raw.is_none());
        let pod = id("Pod", "shop", "web");
        assert!(cluster.contains(&pod) && cluster.get(&pod).is_none());
    }
}
