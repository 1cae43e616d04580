//! The indexed set of objects: the files given, or what a webhook watches.
//!
//! Labels are interned, selectors, ports and Services indexed: whatever a fact asks is a look-up here. It takes deltas and
//! never rebuilds. It keeps of an object what facts read, and the object itself only if it is of a file, came with its text
//! or is a Namespace. Start at [`Cluster`].

pub(crate) mod default_deny;
mod digest;
mod item;
mod items;
mod keep;
mod kind_states;
mod knowledge;
mod link;
mod lookup;
mod memory;
mod namespace_index;
mod policy_rules;
mod postings;
#[cfg(test)]
mod properties;
mod prune;
mod select;
mod symbols;
mod template;
mod tier_rules;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};

pub(crate) use item::{
    Item, NetworkPolicyBody, OfferedPort, OfferedTarget, ServiceBody, ServiceEntry, TemplateDoubts, WorkloadBody,
};
pub(crate) use keep::NAME_LABEL;
pub(crate) use keep::selects_by_labels;
pub use knowledge::{KindState, Knowledge, World};
pub(crate) use knowledge::{NAMESPACES_AND_WORKLOADS, NETWORK, NETWORK_POLICIES, WORKLOADS};
pub use lookup::Direction;
pub(crate) use policy_rules::{PolicyDoubts, PolicyRules};
pub use prune::prune_fields;
pub use select::NamespaceState;
pub(crate) use symbols::{Label, Sym};
pub(crate) use template::DeclaredPort;
pub(crate) use tier_rules::{TierPolicyBody, TierRules};

use crate::finding::{Finding, ObjectRef};
use crate::object::{Body, Lowered, Object, Origin, lower};
use crate::text::{Limits, Source, read};
use digest::Lanes;
use item::{HostPath, KindName};
use items::Items;
use keep::Keeper;
use kind_states::KindStates;
use knowledge::Supply;
use memory::Memory;
use namespace_index::NamespaceIndex;
pub(crate) use postings::ItemId;
use postings::{ItemSet, Postings};

/// Every object that is known, indexed by what facts ask for.
#[derive(Debug)]
pub struct Cluster {
    supply: Supply,
    states: KindStates,
    keeper: Keeper,
    items: Items,
    /// By name; the empty name holds cluster-scoped objects. INVARIANT: none is empty.
    namespaces: BTreeMap<Sym, NamespaceIndex>,
    /// Namespaces that hold objects and have no Namespace object here.
    implied: BTreeSet<Sym>,
    namespaces_by_label: Postings<Label>,
    /// Services by node port and protocol.
    node_ports: Postings<(u16, Sym)>,
    ingresses: Postings<HostPath>,
    /// Objects that could not be read whole.
    unreadable: ItemSet,
    lanes: Lanes,
    /// The digest, if it was asked for since the last change.
    digest: OnceLock<String>,
    memory: Memory,
    /// Objects that are laid over the cluster, or taken out, by calls that are not reverted yet.
    laid: Vec<ObjectRef>,
    /// How many objects without a name had to be told apart.
    unnamed: usize,
}

/// What [`Cluster::overlay`] changed, to be handed to [`Cluster::revert`].
#[derive(Debug)]
#[must_use = "the object stays in the cluster until it is reverted"]
pub struct Undo {
    laid: Option<ItemId>,
    replaced: Option<Item>,
    /// What is there now is not what was there before.
    differs: bool,
}

impl Default for Cluster {
    fn default() -> Self {
        Cluster::of_files(World::Auto)
    }
}

impl Cluster {
    /// An empty cluster of a set of files, trusted as `world` says.
    pub fn of_files(world: World) -> Cluster {
        Cluster::supplied_by(Supply::Files(world))
    }

    /// An empty cluster that a host fills from watches: nothing of a kind is known until [`Cluster::set_kind`] says so.
    pub fn watched() -> Cluster {
        Cluster::supplied_by(Supply::Watches)
    }

    fn supplied_by(supply: Supply) -> Cluster {
        Cluster {
            supply,
            states: KindStates::default(),
            keeper: Keeper::default(),
            items: Items::default(),
            namespaces: BTreeMap::new(),
            implied: BTreeSet::new(),
            namespaces_by_label: Postings::default(),
            node_ports: Postings::default(),
            ingresses: Postings::default(),
            unreadable: ItemSet::default(),
            lanes: Lanes::default(),
            digest: OnceLock::new(),
            memory: Memory::default(),
            laid: Vec::new(),
            unnamed: 1,
        }
    }

    /// Adds or replaces the objects of a source, dropping their text; what cannot be read is told and the rest applied.
    pub fn apply(&mut self, source: &Source) -> Vec<Finding> {
        let mut findings = Vec::new();
        let origin = Origin::of_source(source, 0, "default");
        for document in read(source, &Limits::default(), &mut findings) {
            if let Lowered::Objects(objects) = lower(document, &origin, &mut findings) {
                for mut object in objects {
                    object.raw = None;
                    self.insert(object);
                }
            }
        }
        findings
    }

    /// Adds or replaces one object; true if it replaced one. Objects that have no name yet (`generateName`) never replace
    /// each other. Cost: logarithmic in the objects of the namespace.
    pub fn insert(&mut self, mut object: Object) -> bool {
        if !object.id.is_named() && self.contains(&object.id) {
            self.unnamed += 1;
            object.id = object.id.numbered(self.unnamed);
        }
        let before = self.lanes;
        let id = object.id.clone();
        let replaced = self.take_out(&id);
        let item = self.keep(object);
        self.lanes.add(Lanes::of(&item, &self.keeper));
        if self.lanes != before {
            self.note(&id);
        }
        self.link(item);
        replaced
    }

    /// Objects of files are kept whole, for questions that ask more of them than facts do; of what a host watches, those
    /// with their text and Namespaces, which policies read wherever they are.
    fn keep(&mut self, object: Object) -> Item {
        let item = self.keeper.keep(&object);
        let files = matches!(self.supply, Supply::Files(_));
        let whole = files || object.raw.is_some() || matches!(object.body, Body::Namespace(_));
        Item { whole: whole.then(|| Arc::new(object)), ..item }
    }

    /// Removes one object; true if it was there.
    pub fn remove(&mut self, id: &ObjectRef) -> bool {
        let removed = self.take_out(id);
        if removed {
            self.note(id);
        }
        removed
    }

    /// Notes that what was worked out is of the cluster before an object changed.
    fn note(&mut self, object: &ObjectRef) {
        self.digest.take();
        self.memory.note(object);
    }

    fn take_out(&mut self, id: &ObjectRef) -> bool {
        let Some(item) = self.find(id).and_then(|id| self.unlink(id)) else { return false };
        self.lanes.subtract(Lanes::of(&item, &self.keeper));
        self.keeper.release(item);
        true
    }

    /// Lays an object over the cluster until [`Cluster::revert`]. The digest stays that of the cluster beneath.
    pub fn overlay(&mut self, object: &Object) -> Undo {
        let replaced = self.find(&object.id).and_then(|id| self.unlink(id));
        let whole = matches!(object.body, Body::Namespace(_)).then(|| Arc::new(object.clone()));
        let item = Item { whole, ..self.keeper.keep(object) };
        let lanes = |item: &Item| Lanes::of(item, &self.keeper);
        let same = replaced.as_ref().is_some_and(|replaced| lanes(replaced) == lanes(&item));
        self.lay((!same).then(|| object.id.clone()));
        Undo { laid: Some(self.link(item)), replaced, differs: !same }
    }

    /// Takes an object out until [`Cluster::revert`]. The digest stays that of the cluster beneath.
    pub fn lift(&mut self, id: &ObjectRef) -> Undo {
        let replaced = self.find(id).and_then(|id| self.unlink(id));
        self.lay(replaced.is_some().then(|| id.clone()));
        Undo { laid: None, differs: replaced.is_some(), replaced }
    }

    fn lay(&mut self, object: Option<ObjectRef>) {
        self.memory.lay();
        self.laid.extend(object);
    }

    /// Takes back what [`Cluster::overlay`] or [`Cluster::lift`] did.
    pub fn revert(&mut self, undo: Undo) {
        if let Some(item) = undo.laid.and_then(|laid| self.unlink(laid)) {
            self.keeper.release(item);
        }
        if let Some(item) = undo.replaced {
            self.link(item);
        }
        if undo.differs {
            self.laid.pop();
        }
        self.memory.lay();
    }

    /// What something makes of the cluster as it is now, with what is laid over it. `make` gets what it made of the cluster at
    /// another time, if it did and that is still known, and the objects that are not the same now; nothing else has changed.
    pub(crate) fn kept_up<T: Send + Sync + 'static>(
        &self,
        make: impl FnOnce(&Cluster, Option<(&T, &[ObjectRef])>) -> T,
    ) -> Arc<T> {
        self.memory.get(&self.laid, |known| make(self, known))
    }

    /// What something makes of a cluster of files, made once for as long as it stays the same; `None` if a host fills it, or something
    /// is laid over it.
    pub(crate) fn undisturbed<T: Send + Sync + 'static>(&self, make: impl FnOnce(&Cluster) -> T) -> Option<Arc<T>> {
        let lies_open = self.laid.is_empty() && !self.watches();
        lies_open.then(|| self.memory.get(&[], |_: Option<(&T, &[ObjectRef])>| make(self)))
    }

    /// What the host knows of a kind.
    pub fn set_kind(&mut self, group: &str, kind: &str, state: KindState) {
        if self.states.set(group, kind, state) {
            self.digest.take();
            self.memory.forget();
        }
    }

    /// What the host said of a kind, if anything.
    pub(crate) fn kind_state(&self, group: &str, kind: &str) -> Option<&KindState> {
        self.states.get(group, kind)
    }

    /// True if a host fills the cluster from watches.
    pub fn watches(&self) -> bool {
        self.supply == Supply::Watches
    }

    /// The object of that group, kind, namespace and name, whatever its version, if it is of a file, was inserted with its
    /// text or is a Namespace. Of others, a cluster keeps only what facts read.
    pub fn get(&self, id: &ObjectRef) -> Option<&Object> {
        self.items.get(self.find(id)?)?.whole.as_deref()
    }

    /// Whether there is an object of that group, kind, namespace and name.
    pub fn contains(&self, id: &ObjectRef) -> bool {
        self.find(id).is_some()
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// `sha256:…` over what facts read of every object, over the world and over the states of kinds without their
    /// resourceVersion; independent of the order of arrival. Cost: linear in the number of kinds, once for each change.
    pub fn digest(&self) -> String {
        self.digest.get_or_init(|| self.digested()).clone()
    }

    fn digested(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.lanes.to_bytes());
        hash.update(format!("{:?}", self.supply));
        for (group, kind, state) in self.states.iter() {
            let state = match state {
                KindState::Synced { resource_version: _ } => "synced",
                KindState::NotServed => "not served",
                KindState::NotAsked { reason } | KindState::Unknown { reason } => reason,
            };
            hash.update(format!("{group:?} {kind:?} {state:?}\n"));
        }
        hash.finalize().iter().fold("sha256:".to_owned(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    fn find(&self, id: &ObjectRef) -> Option<ItemId> {
        let symbols = &self.keeper.symbols;
        let kind = KindName { group: symbols.find(&id.group)?, kind: symbols.find(&id.kind)? };
        self.index_of(&id.namespace)?.get(kind, &id.name)
    }
}
