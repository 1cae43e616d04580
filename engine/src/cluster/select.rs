//! Who selects whom.

use super::Cluster;
use super::item::{Anchor, Item, KindName, NetworkPolicyBody};
use super::keep::NAME_LABEL;
use super::knowledge::Knowledge;
use super::namespace_index::NamespaceIndex;
use super::postings::ItemId;
use super::symbols::{Label, Sym};
use super::template::Template;
use crate::net::{Operator, Requirement, Selector};

/// What is known of a namespace itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamespaceState {
    /// Its object is not in the cluster.
    Absent,
    /// It is there.
    Active,
    /// It is being deleted.
    Terminating,
}

/// The namespaces that a selector picks.
#[derive(Debug, Default)]
pub(crate) struct SelectedNamespaces<'a> {
    /// Picked for sure.
    pub(crate) certain: Vec<&'a str>,
    /// Hold objects, and it is not known whether their labels fit.
    pub(crate) unsure: Vec<&'a str>,
}

impl Cluster {
    pub(crate) fn text(&self, sym: Sym) -> &str {
        self.keeper.symbols.text(sym)
    }

    pub(super) fn index_of(&self, namespace: &str) -> Option<&NamespaceIndex> {
        self.namespaces.get(&self.keeper.symbols.find(namespace)?)
    }

    /// The objects of these ids, as long as the cluster has not changed since it gave them.
    pub(crate) fn resolve<'a, 'i>(&'a self, ids: &'i [ItemId]) -> impl Iterator<Item = &'a Item> + use<'a, 'i> {
        ids.iter().filter_map(|id| self.items.get(*id))
    }

    /// An object of a namespace (empty: cluster-scoped) by kind and name.
    pub(crate) fn item(&self, (group, kind): (&str, &str), namespace: &str, name: &str) -> Option<&Item> {
        let symbols = &self.keeper.symbols;
        let kind = KindName { group: symbols.find(group)?, kind: symbols.find(kind)? };
        self.items.get(self.index_of(namespace)?.get(kind, name)?)
    }

    /// The Namespace object.
    pub(crate) fn namespace_object(&self, name: &str) -> Option<&Item> {
        self.item(("", "Namespace"), "", name)
    }

    /// What is known of a namespace itself. Cost: a look-up.
    pub fn namespace_state(&self, name: &str) -> NamespaceState {
        match self.namespace_object(name).map(|item| &item.body) {
            Some(super::item::ItemBody::Namespace(body)) if body.terminating => NamespaceState::Terminating,
            Some(_) => NamespaceState::Active,
            None => NamespaceState::Absent,
        }
    }

    /// The labels of a namespace, sorted by key, with `kubernetes.io/metadata.name`; `None` if its object is not here.
    pub fn namespace_labels(&self, name: &str) -> Option<Vec<(&str, &str)>> {
        let super::item::ItemBody::Namespace(body) = &self.namespace_object(name)?.body else { return None };
        let mut labels: Vec<_> =
            body.labels.iter().map(|label| (self.text(label.key), self.text(label.value))).collect();
        labels.sort_unstable();
        Some(labels)
    }

    /// Every Namespace object, in no order.
    pub(super) fn namespace_objects(&self) -> impl Iterator<Item = &Item> {
        let key = self.keeper.symbols.find(NAME_LABEL);
        let sets = key.into_iter().flat_map(|key| self.namespaces_by_label.range(labels_with(key)));
        sets.flat_map(|ids| self.resolve(ids))
    }

    /// Whether the namespace holds a workload in force.
    pub(super) fn holds_workload_of(&self, namespace: &str) -> bool {
        self.workloads(namespace).next().is_some()
    }

    /// The workloads in force of a namespace, in no order.
    pub(crate) fn workloads(&self, namespace: &str) -> impl Iterator<Item = &Item> {
        let index = self.index_of(namespace);
        index.into_iter().flat_map(|index| self.resolve(index.workloads.as_slice()))
    }

    /// The workloads in force of a namespace that a selector picks, in no order. Cost: the objects that share its rarest
    /// positive requirement.
    pub(crate) fn workloads_selected_by<'a>(
        &'a self,
        namespace: &str,
        selector: &Selector,
    ) -> impl Iterator<Item = &'a Item> + 'a {
        self.ids_of_workloads_selected_by(namespace, selector).filter_map(|id| self.items.get(id))
    }

    /// As [`Cluster::workloads_selected_by`], by their ids.
    pub(crate) fn ids_of_workloads_selected_by<'a>(
        &'a self,
        namespace: &str,
        selector: &Selector,
    ) -> impl Iterator<Item = ItemId> + 'a {
        let wanted = self.wanted(selector);
        let candidates = self.index_of(namespace).map(|index| candidates(index, &wanted)).unwrap_or_default();
        candidates.into_iter().flatten().copied().filter(move |id| {
            let body = self.items.get(*id).and_then(Item::workload);
            body.is_some_and(|body| wanted.iter().all(|wanted| wanted.holds(&body.template)))
        })
    }

    fn wanted(&self, selector: &Selector) -> Vec<Wanted> {
        let symbols = &self.keeper.symbols;
        let wanted = |requirement: &Requirement| Wanted {
            operator: requirement.operator,
            key: symbols.find(&requirement.key),
            values: requirement.values.iter().filter_map(|value| symbols.find(value)).collect(),
        };
        selector.requirements.iter().map(wanted).collect()
    }

    /// The Services of a namespace whose selector picks pods with these labels, in no order.
    pub(crate) fn services_selecting<'a>(&'a self, namespace: &str, labels: &[(String, String)]) -> Vec<&'a Item> {
        let Some(index) = self.index_of(namespace) else { return Vec::new() };
        let labels = self.known_labels(labels);
        let picks = |item: &&Item| {
            item.service().is_some_and(|body| body.selector.iter().all(|wanted| labels.contains(wanted)))
        };
        labels.iter().flat_map(|label| self.resolve(index.services_by_label.get(label))).filter(picks).collect()
    }

    /// The NetworkPolicies of a namespace whose `podSelector` picks pods with these labels, in no order.
    pub(crate) fn policies_selecting<'a>(&'a self, namespace: &str, labels: &[(String, String)]) -> Vec<&'a Item> {
        let Some(index) = self.index_of(namespace) else { return Vec::new() };
        let known = self.known_labels(labels);
        let anchors = known.iter().flat_map(|label| [Anchor::Label(*label), Anchor::Key(label.key)]);
        let candidates =
            std::iter::once(Anchor::Anything).chain(anchors).flat_map(|anchor| index.policies.get(&anchor));
        let value = |key: &str| labels.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str());
        let picks = |item: &&Item| item.network_policy().is_some_and(|body| body.selector.matches(value));
        candidates.filter_map(|id| self.items.get(*id)).filter(picks).collect()
    }

    /// The NetworkPolicies of its namespace that select the pods of a workload, or may; in no order, perhaps with repeats. Cost: those
    /// that share a label with them, or ask for none.
    pub(crate) fn policies_about(&self, workload: &Item) -> Vec<(&Item, &NetworkPolicyBody)> {
        let namespace = self.namespace_of(workload);
        let (Some(index), Some(body)) = (self.index_of(namespace), workload.workload()) else { return Vec::new() };
        if body.doubts.labels {
            return self.network_policies(namespace).collect();
        }
        let template = &body.template;
        let anchors = template.labels.iter().flat_map(|label| [Anchor::Label(*label), Anchor::Key(label.key)]);
        let candidates =
            std::iter::once(Anchor::Anything).chain(anchors).flat_map(|anchor| index.policies.get(&anchor));
        let value = |key: &str| template.label(self.keeper.symbols.find(key)?).map(|value| self.text(value));
        let policy = |id: &ItemId| self.items.get(*id).and_then(|item| Some((item, item.network_policy()?)));
        candidates.filter_map(policy).filter(|(_, body)| body.doubts.selector || body.selector.matches(value)).collect()
    }

    /// The NetworkPolicies of a namespace whose `podSelector` can pick whatever this one picks, in no order. Cost: those that share a
    /// label with it, or ask for none.
    pub(crate) fn policies_covering(&self, namespace: &str, selector: &Selector) -> Vec<&Item> {
        let Some(index) = self.index_of(namespace) else { return Vec::new() };
        let symbols = &self.keeper.symbols;
        let positive = selector.requirements.iter().filter(|it| matches!(it.operator, Operator::In | Operator::Exists));
        let anchors = positive.flat_map(|requirement| {
            let key = symbols.find(&requirement.key);
            // What covers it lists all of its values, and so the first one.
            let value = requirement.values.first().and_then(|value| symbols.find(value));
            let label = key.zip(value).map(|(key, value)| Anchor::Label(Label { key, value }));
            label.into_iter().chain(key.map(Anchor::Key))
        });
        let found = std::iter::once(Anchor::Anything).chain(anchors).flat_map(|anchor| index.policies.get(&anchor));
        found.filter_map(|id| self.items.get(*id)).collect()
    }

    fn known_labels(&self, labels: &[(String, String)]) -> Vec<Label> {
        let symbols = &self.keeper.symbols;
        let known =
            |(key, value): &(String, String)| Some(Label { key: symbols.find(key)?, value: symbols.find(value)? });
        labels.iter().filter_map(known).collect()
    }

    /// The namespaces that a selector picks, among those that are here. Cost: the namespaces that share its rarest listed
    /// label, and those without a Namespace object.
    pub(crate) fn namespaces_selected_by(&self, selector: &Selector) -> SelectedNamespaces<'_> {
        let mut selected = SelectedNamespaces::default();
        for item in self.candidate_namespaces(selector) {
            let labels = self.namespace_labels(item.name()).unwrap_or_default();
            if selector.matches(|key| labels.iter().find(|(known, _)| *known == key).map(|(_, value)| *value)) {
                selected.certain.push(item.name());
            }
        }
        for name in self.implied.iter().map(|sym| self.text(*sym)) {
            let (by_name, others): (Vec<_>, Vec<_>) =
                selector.requirements.iter().partition(|requirement| requirement.key == NAME_LABEL);
            match by_name.iter().all(|requirement| requirement.holds(Some(name))) {
                true if others.is_empty() => selected.certain.push(name),
                true => selected.unsure.push(name),
                false => {}
            }
        }
        selected
    }

    fn candidate_namespaces(&self, selector: &Selector) -> Vec<&Item> {
        let wanted = self.wanted(selector);
        let listed = wanted.iter().filter(|wanted| wanted.operator == Operator::In).map(|wanted| {
            let labels = wanted.labels();
            labels.flat_map(|label| self.namespaces_by_label.get(&label)).collect::<Vec<_>>()
        });
        match listed.min_by_key(Vec::len) {
            Some(ids) => ids.into_iter().filter_map(|id| self.items.get(*id)).collect(),
            None => self.namespace_objects().collect(),
        }
    }

    /// Objects that could not be read make what hangs on their kind unknown.
    pub(super) fn unreadable_in(&self, group: &str, kind: &str, namespace: &str) -> Knowledge {
        if self.unreadable.as_slice().is_empty() {
            return Knowledge::Complete;
        }
        let ids = match namespace {
            "" => self.unreadable.as_slice(),
            _ => self.index_of(namespace).map(|index| index.unreadable.as_slice()).unwrap_or_default(),
        };
        let of_kind = |item: &&Item| self.text(item.kind.kind) == kind && self.text(item.kind.group) == group;
        match self.resolve(ids).filter(of_kind).map(|item| self.reference(item)).min() {
            Some(id) => Knowledge::Failed(format!("`{}` could not be read whole", id.display())),
            None => Knowledge::Complete,
        }
    }

    pub(crate) fn namespace_of(&self, item: &Item) -> &str {
        self.text(item.namespace)
    }

    /// Its group, version, kind, namespace and name.
    pub(crate) fn reference(&self, item: &Item) -> crate::finding::ObjectRef {
        crate::finding::ObjectRef {
            namespace: self.namespace_of(item).to_owned(),
            kind: self.text(item.kind.kind).to_owned(),
            name: item.name().to_owned(),
            group: self.text(item.kind.group).to_owned(),
            version: self.text(item.version).to_owned(),
        }
    }

    /// How lists print a workload: `NAMESPACE/NAME`, or `NAMESPACE/NAME[Kind]` where two kinds share the name.
    pub(crate) fn workload_name(&self, item: &Item) -> String {
        let shared = self.namespaces.get(&item.namespace).is_some_and(|index| {
            let in_force = |id: &ItemId| index.workloads.contains(*id);
            let others = index.objects.iter().filter(|(kind, _)| kind.kind != item.kind.kind);
            others.into_iter().any(|(_, names)| names.get(item.name()).is_some_and(in_force))
        });
        let kind = if shared { format!("[{}]", self.text(item.kind.kind)) } else { String::new() };
        format!("{}/{}{kind}", self.namespace_of(item), item.name())
    }

    /// Whether it is the object of that group, kind, namespace and name.
    pub(crate) fn is_named(&self, item: &Item, id: &crate::finding::ObjectRef) -> bool {
        item.name() == id.name
            && self.namespace_of(item) == id.namespace
            && (self.text(item.kind.group), self.text(item.kind.kind)) == (&*id.group, &*id.kind)
    }
}

/// A requirement in symbols; what no object has is left out.
struct Wanted {
    operator: Operator,
    key: Option<Sym>,
    values: Vec<Sym>,
}

impl Wanted {
    fn holds(&self, template: &Template) -> bool {
        let value = self.key.and_then(|key| template.label(key));
        let listed = |value: Sym| self.values.contains(&value);
        match self.operator {
            Operator::In => value.is_some_and(listed),
            Operator::NotIn => !value.is_some_and(listed),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }

    fn labels(&self) -> impl Iterator<Item = Label> {
        self.key.into_iter().flat_map(|key| self.values.iter().map(move |value| Label { key, value: *value }))
    }
}

fn labels_with(key: Sym) -> std::ops::RangeInclusive<Label> {
    Label { key, value: Sym::FIRST }..=Label { key, value: Sym::LAST }
}

/// Sets of workloads, one of which holds whatever meets the requirements: those of the rarest positive one.
fn candidates<'a>(index: &'a NamespaceIndex, wanted: &[Wanted]) -> Vec<&'a [ItemId]> {
    let sets = wanted.iter().filter_map(|wanted| match wanted.operator {
        Operator::In => Some(wanted.labels().map(|label| index.workloads_by_label.get(&label)).collect::<Vec<_>>()),
        Operator::Exists => {
            Some(wanted.key.map_or_else(Vec::new, |key| index.workloads_by_label.range(labels_with(key)).collect()))
        }
        Operator::NotIn | Operator::DoesNotExist => None,
    });
    sets.min_by_key(|sets| sets.iter().map(|set| set.len()).sum::<usize>())
        .unwrap_or_else(|| vec![index.workloads.as_slice()])
}
