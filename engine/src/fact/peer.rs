//! One peer of a NetworkPolicy's rule.

use super::about::template_place;
use super::answer::{complete, exists, only_if, texts};
use super::{About, Absent, Answer, Evidence, FactValue};
use crate::cluster::{Item, Knowledge, WORKLOADS};
use crate::net::{METADATA_ADDRESSES, Requirement, Selector};
use crate::object::{IpBlock, Peer};

fn unreadable(about: &About<'_>) -> Absent {
    Absent::failed(format!("a peer of `{}` could not be read", about.object.id.display()))
}

fn block<'a>(about: &About<'a>) -> Result<&'a IpBlock, Absent> {
    match about.peer()? {
        Peer::Block(block) => Ok(block),
        Peer::Pods { .. } => Err(Absent::NotApplicable),
        Peer::Unreadable => Err(unreadable(about)),
    }
}

/// Namespaces that may hold what the peer picks, and how far they are known.
pub(super) struct Selected<'a> {
    pub(super) items: Vec<&'a Item>,
    pub(super) knowledge: Knowledge,
}

/// What the peer picks; not applicable to a block.
pub(super) fn selected(about: About<'_>) -> Result<Selected<'_>, Absent> {
    let (pods, namespaces) = match about.peer()? {
        Peer::Pods { pods, namespaces } => (pods.clone().unwrap_or_default(), namespaces),
        Peer::Block(_) => return Err(Absent::NotApplicable),
        Peer::Unreadable => return Err(unreadable(&about)),
    };
    let cluster = about.cluster;
    let Some(selector) = namespaces else {
        let items = cluster.workloads_selected_by(about.namespace(), &pods).collect();
        return Ok(Selected { items, knowledge: about.knowledge(WORKLOADS) });
    };
    let found = cluster.namespaces_selected_by(selector);
    let mut knowledge = others(about, selector);
    for name in &found.certain {
        knowledge = knowledge.max(cluster.knowledge_of_all(WORKLOADS, name));
        if cluster.namespace_object(name).is_some() {
            knowledge = knowledge.max(cluster.namespace_knowledge(name));
        }
    }
    for name in &found.unsure {
        knowledge = knowledge.max(cluster.absent_namespace(name));
    }
    let items = found.certain.iter().flat_map(|name| cluster.workloads_selected_by(name, &pods)).collect();
    Ok(Selected { items, knowledge })
}

/// Whether the selector may pick namespaces that are not here. One that lists names can only pick those.
fn others(about: About<'_>, selector: &Selector) -> Knowledge {
    let cluster = about.cluster;
    let by_name = |requirement: &&Requirement| {
        requirement.key == "kubernetes.io/metadata.name" && requirement.operator == crate::net::Operator::In
    };
    match selector.requirements.iter().find(by_name) {
        Some(names) if !cluster.watches() => {
            let holds = |name: &&String| selector.requirements.iter().filter(by_name).all(|r| r.holds(Some(name)));
            let named = names.values.iter().filter(holds);
            named.map(|name| cluster.knowledge_of_all(WORKLOADS, name)).max().unwrap_or(Knowledge::Complete)
        }
        _ => cluster.knowledge("", "Namespace", ""),
    }
}

pub(super) fn selected_workloads(about: About<'_>) -> Answer {
    let Selected { items, knowledge } = selected(about)?;
    complete(knowledge)?;
    texts(items.into_iter().map(|item| about.cluster.workload_name(item)))
}

pub(super) fn selects_nothing(about: About<'_>) -> Answer {
    let Selected { items, knowledge } = selected(about)?;
    exists(!items.is_empty(), knowledge).map(|found| (!found).into())
}

pub(super) fn places(about: About<'_>) -> Vec<Evidence> {
    let items = selected(about).map(|selected| selected.items).unwrap_or_default().into_iter();
    let message = "the peer picks these pods";
    items.map(|item| template_place(about.cluster, item, "/metadata/labels", message)).collect()
}

pub(super) fn prefix_length(about: About<'_>) -> Answer {
    Ok(FactValue::Long(block(&about)?.cidr.prefix.into()))
}

pub(super) fn host_bits(about: About<'_>) -> Answer {
    let cidr = block(&about)?.cidr;
    Ok((cidr.masked() != cidr).into())
}

pub(super) fn covers_everything(about: About<'_>) -> Answer {
    Ok((block(&about)?.cidr.prefix == 0).into())
}

pub(super) fn covers_metadata_address(about: About<'_>) -> Answer {
    let IpBlock { cidr, except } = block(&about)?;
    let covered = |address| cidr.has(address) && !except.iter().any(|except| except.has(address));
    Ok(METADATA_ADDRESSES.into_iter().any(covered).into())
}

pub(super) fn except_outside_cidr(about: About<'_>) -> Answer {
    let IpBlock { cidr, except } = block(&about)?;
    only_if(!except.is_empty())?;
    let proper = |except: &crate::net::Cidr| cidr.contains(except) && except.prefix > cidr.prefix;
    Ok((!except.iter().all(proper)).into())
}
