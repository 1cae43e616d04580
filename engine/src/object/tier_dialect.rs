//! How the three kinds of cluster-wide policy are read.

use super::tier_policy::{Action, Tier, TierPeer, TierPods, TierPolicy, TierPort, TierRule};
use super::{Notes, Path, label_selector, network_policy, port};
use crate::net::{Cidr, Ports, Protocol, Selector};
use crate::text::Value;

/// In what the kinds differ.
pub(super) struct Dialect {
    /// The words of `action`, in the order Accept, Deny, Pass.
    pub(super) actions: &'static [&'static str],
    /// Most rules of a direction, and most peers, protocols or ports of a rule.
    pub(super) most: usize,
    /// The name of the list of ports.
    pub(super) ports: &'static str,
    /// Reads one element of it.
    pub(super) port: fn(&Value, &Path<'_>, &mut Notes<'_>) -> TierPort,
    /// Whether a pod peer may leave out `namespaceSelector`.
    pub(super) namespace_selector_optional: bool,
    /// Fields of a peer of an ingress rule, and of an egress rule.
    pub(super) peers: [&'static [&'static str]; 2],
}

/// Most CIDRs or names of a peer. Source: `ClusterNetworkPolicyEgressPeer.networks`, `…domainNames`.
const MOST_ADDRESSES: usize = 25;

/// The highest priority. Source: `ClusterNetworkPolicySpec.priority`.
const LAST_PRIORITY: u16 = 1000;

impl Dialect {
    /// The policy with these rules in its `spec`; `tier` and `priority` are as the kind has them.
    pub(super) fn lower(
        &self,
        object: &Value,
        tier: Option<Tier>,
        priority: Option<u16>,
        notes: &mut Notes<'_>,
    ) -> TierPolicy {
        let spec = object.get("spec").unwrap_or(&Value::NULL);
        let path = Path::ROOT.key("spec");
        TierPolicy {
            tier,
            priority,
            subject: spec.get("subject").and_then(|value| self.subject(value, &path.key("subject"), notes)),
            ingress: self.rules(spec, ["ingress", "from"], &path, notes),
            egress: self.rules(spec, ["egress", "to"], &path, notes),
        }
    }

    fn subject(&self, value: &Value, path: &Path<'_>, notes: &mut Notes<'_>) -> Option<TierPods> {
        match one_of(value, &["namespaces", "pods"], path, notes) {
            OneOf::Field(field, value) => self.pods(field, value),
            OneOf::None | OneOf::Unreadable => None,
        }
    }

    /// What `namespaces` or `pods` says.
    fn pods(&self, field: &str, value: &Value) -> Option<TierPods> {
        if field == "namespaces" {
            return Some(TierPods { namespaces: label_selector::lower(value)?, pods: None });
        }
        let namespaces = match value.get("namespaceSelector") {
            None if self.namespace_selector_optional => Selector::default(),
            None => return None,
            Some(value) => label_selector::lower(value)?,
        };
        Some(TierPods { namespaces, pods: Some(label_selector::lower(value.get("podSelector")?)?) })
    }

    fn rules(
        &self,
        spec: &Value,
        [direction, peers]: [&str; 2],
        path: &Path<'_>,
        notes: &mut Notes<'_>,
    ) -> Vec<TierRule> {
        let Some(value) = spec.get(direction) else { return Vec::new() };
        let path = path.key(direction);
        let Some(list) = value.as_list() else { return vec![TierRule::unreadable()] };
        let kept = list.iter().take(self.most).enumerate();
        let mut rules: Vec<_> = kept.map(|(index, rule)| self.rule(rule, peers, &path.index(index), notes)).collect();
        if list.len() > self.most {
            notes.refused(&path, value, &format!("and the API takes at most {} rules", self.most), None);
            rules.push(TierRule::unreadable());
        }
        rules
    }

    fn rule(&self, rule: &Value, peers: &str, path: &Path<'_>, notes: &mut Notes<'_>) -> TierRule {
        if rule.as_map().is_none() {
            return TierRule::unreadable();
        }
        let found = TierRule {
            name: rule.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
            action: self.action(rule, path, notes),
            peers: self.elements(rule, peers, path, notes, TierPeer::Unreadable, |value, path, notes| {
                self.peer(value, peers == "to", path, notes)
            }),
            ports: self.elements(rule, self.ports, path, notes, TierPort::Unreadable, self.port),
        };
        self.tell_names_outside(rule, &found, path, notes);
        TierRule { peers: if found.peers.is_empty() { vec![TierPeer::Unreadable] } else { found.peers }, ..found }
    }

    fn action(&self, rule: &Value, path: &Path<'_>, notes: &mut Notes<'_>) -> Action {
        let Some(value) = rule.get("action") else { return Action::Unreadable };
        let path = path.key("action");
        if value.as_str() == Some("") {
            notes.refused(&path, value, "and the API wants an action", None);
        }
        notes.expect_word(&path, value, self.actions);
        let place = self.actions.iter().position(|word| value.as_str() == Some(word));
        match place {
            Some(0) => Action::Accept,
            Some(1) => Action::Deny,
            Some(_) => Action::Pass,
            None => Action::Unreadable,
        }
    }

    /// The elements of a list that, if it is there, has at least one element and at most so many.
    fn elements<T: Clone>(
        &self,
        rule: &Value,
        key: &str,
        path: &Path<'_>,
        notes: &mut Notes<'_>,
        unreadable: T,
        element: impl Fn(&Value, &Path<'_>, &mut Notes<'_>) -> T,
    ) -> Vec<T> {
        let Some(value) = rule.get(key) else { return Vec::new() };
        let path = path.key(key);
        let Some(list) = value.as_list() else { return vec![unreadable] };
        let kept = list.iter().take(self.most).enumerate();
        let mut elements: Vec<T> = kept.map(|(index, value)| element(value, &path.index(index), notes)).collect();
        if list.is_empty() || list.len() > self.most {
            notes.refused(&path, value, &format!("and the API wants 1 to {} of them", self.most), None);
            elements.push(unreadable);
        }
        elements
    }

    fn peer(&self, value: &Value, egress: bool, path: &Path<'_>, notes: &mut Notes<'_>) -> TierPeer {
        let [ingress_fields, egress_fields] = self.peers;
        let fields = if egress { egress_fields } else { ingress_fields };
        let found = match one_of(value, fields, path, notes) {
            OneOf::None => return TierPeer::NotKnown,
            OneOf::Unreadable => None,
            OneOf::Field("networks", value) => networks(value, &path.key("networks"), notes).map(TierPeer::Networks),
            OneOf::Field("nodes", value) => label_selector::lower(value).map(TierPeer::Nodes),
            OneOf::Field("domainNames", value) => {
                names(value, &path.key("domainNames"), notes).map(TierPeer::DomainNames)
            }
            OneOf::Field(field, value) => self.pods(field, value).map(TierPeer::Pods),
        };
        found.unwrap_or(TierPeer::Unreadable)
    }

    /// "Networks/nodes/domainNames peer cannot be set with namedPorts since there are no namedPorts for
    /// networks/nodes/domainNames": a rule of the API.
    fn tell_names_outside(&self, rule: &Value, found: &TierRule, path: &Path<'_>, notes: &mut Notes<'_>) {
        let is_no_pod =
            |peer: &TierPeer| matches!(peer, TierPeer::Networks(_) | TierPeer::Nodes(_) | TierPeer::DomainNames(_));
        let Some(list) = rule.get(self.ports).and_then(Value::as_list) else { return };
        if !found.peers.iter().any(is_no_pod) {
            return;
        }
        let path = path.key(self.ports);
        for (index, (port, value)) in found.ports.iter().zip(list).enumerate() {
            if matches!(port, TierPort::Named(_)) {
                let why =
                    "and the API refuses port names beside `networks`, `nodes` and `domainNames`, which have none";
                notes.refused(&path.index(index), value, why, Some("write the port's number".to_owned()));
            }
        }
    }
}

/// Of a value that has exactly one of some fields.
enum OneOf<'a, 'v> {
    Field(&'a str, &'v Value),
    /// None that is known. Told.
    None,
    /// No map, or several. Told.
    Unreadable,
}

fn one_of<'a, 'v>(value: &'v Value, fields: &[&'a str], path: &Path<'_>, notes: &mut Notes<'_>) -> OneOf<'a, 'v> {
    if value.as_map().is_none() && !value.is_null() {
        return OneOf::Unreadable;
    }
    let mut given = fields.iter().filter_map(|field| Some((*field, value.get(field)?)));
    let known = || match fields {
        [one] => format!("and the API wants `{one}` in it"),
        _ => format!(
            "and the API wants exactly one of {} in it",
            fields.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", ")
        ),
    };
    match (given.next(), given.next()) {
        (Some((field, value)), None) => OneOf::Field(field, value),
        (None, _) => {
            notes.refused(path, value, &known(), None);
            OneOf::None
        }
        (Some(_), Some(_)) => {
            let help = Some("keep one of them".to_owned());
            notes.refused(path, value, &known(), help);
            OneOf::Unreadable
        }
    }
}

fn networks(value: &Value, path: &Path<'_>, notes: &mut Notes<'_>) -> Option<Vec<Cidr>> {
    let list = counted(value, path, notes)?;
    let mut networks = Vec::with_capacity(list.len());
    for (index, value) in list.iter().enumerate() {
        networks.push(network_policy::range(value, &path.index(index), notes)?);
    }
    Some(networks)
}

fn names(value: &Value, path: &Path<'_>, notes: &mut Notes<'_>) -> Option<Vec<String>> {
    let list = counted(value, path, notes)?;
    list.iter().map(|name| name.as_str().map(str::to_owned)).collect()
}

fn counted<'v>(value: &'v Value, path: &Path<'_>, notes: &mut Notes<'_>) -> Option<&'v [Value]> {
    let list = value.as_list()?;
    if list.is_empty() || list.len() > MOST_ADDRESSES {
        notes.refused(path, value, &format!("and the API wants 1 to {MOST_ADDRESSES} of them"), None);
    }
    Some(list)
}

/// `spec.priority`.
pub(super) fn priority(object: &Value, notes: &mut Notes<'_>) -> Option<u16> {
    let value = object.at(&["spec", "priority"])?;
    let number = value.as_int()?;
    let priority = u16::try_from(number).ok().filter(|priority| *priority <= LAST_PRIORITY);
    if priority.is_none() {
        let path = Path::ROOT.key("spec");
        let why = format!("and priorities are 0 to {LAST_PRIORITY}");
        notes.refused_unreadable(&path.key("priority"), value, &why, None);
    }
    priority
}

/// The ports from `start` to `end` of a map, which has to be more than one.
pub(super) fn range(value: &Value, protocol: Protocol, path: &Path<'_>, notes: &mut Notes<'_>) -> TierPort {
    let [first, last] = ["start", "end"].map(|key| port::required(value, key, path, notes));
    let (Some(first), Some(last)) = (first, last) else { return TierPort::Unreadable };
    if last <= first {
        if let Some(value) = value.get("end") {
            notes.refused(
                &path.key("end"),
                value,
                &format!("and the API wants it above `start`, which is {first}"),
                None,
            );
        }
        return TierPort::Unreadable;
    }
    TierPort::Numbers(Ports::range(protocol, first, last))
}

/// The port in the field `key` of a map.
pub(super) fn number(value: &Value, key: &str, protocol: Protocol, path: &Path<'_>, notes: &mut Notes<'_>) -> TierPort {
    match port::required(value, key, path, notes) {
        Some(number) => TierPort::Numbers(Ports::range(protocol, number, number)),
        None => TierPort::Unreadable,
    }
}

/// What a map says that has exactly one of some fields; nothing, told, if it has none or several.
pub(super) fn only_field<'a, 'v>(
    value: &'v Value,
    fields: &[&'a str],
    path: &Path<'_>,
    notes: &mut Notes<'_>,
) -> Option<(&'a str, &'v Value)> {
    match one_of(value, fields, path, notes) {
        OneOf::Field(field, value) => Some((field, value)),
        OneOf::None | OneOf::Unreadable => None,
    }
}
