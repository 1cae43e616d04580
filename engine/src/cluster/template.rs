//! Pod templates, kept once for all pods that share one.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::symbols::{Label, Sym, Symbols};
use crate::object::PodTemplate;

/// What facts read of a pod template.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Template {
    /// Sorted.
    pub(crate) labels: Box<[Label]>,
    /// In the order written.
    pub(crate) ports: Box<[DeclaredPort]>,
    pub(crate) host_network: bool,
    pub(crate) readiness_probe: bool,
    pub(crate) service_account: Sym,
}

/// A port that a container declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DeclaredPort {
    /// Empty text if it has none.
    pub(crate) name: Sym,
    pub(crate) number: u16,
    pub(crate) protocol: Sym,
    /// JSON pointer inside the object.
    pub(crate) field: Sym,
}

impl Template {
    /// The value of a label.
    pub(super) fn label(&self, key: Sym) -> Option<Sym> {
        let at = self.labels.binary_search_by_key(&key, |label| label.key).ok()?;
        self.labels.get(at).map(|label| label.value)
    }

    fn retain(from: &PodTemplate, symbols: &mut Symbols) -> Template {
        let ports = from.ports.iter().map(|port| DeclaredPort {
            name: symbols.retain(&port.name),
            number: port.number,
            protocol: symbols.retain(&port.protocol),
            field: symbols.retain(&port.field),
        });
        Template {
            ports: ports.collect(),
            labels: retain_labels(&from.labels, symbols),
            host_network: from.host_network,
            readiness_probe: from.readiness_probe,
            service_account: symbols.retain(&from.service_account),
        }
    }

    fn release(&self, symbols: &mut Symbols) {
        let Template { labels, ports, host_network: _, readiness_probe: _, service_account } = self;
        symbols.release(*service_account);
        release_labels(labels, symbols);
        for DeclaredPort { name, number: _, protocol, field } in ports {
            [name, protocol, field].into_iter().for_each(|sym| symbols.release(*sym));
        }
    }
}

/// Labels in normal form: sorted; of labels with one key the last stays.
pub(super) fn retain_labels(labels: &[(String, String)], symbols: &mut Symbols) -> Box<[Label]> {
    let mut by_key = std::collections::BTreeMap::new();
    by_key.extend(labels.iter().map(|(key, value)| (key, value)));
    let label = |(key, value): (&String, &String)| Label { key: symbols.retain(key), value: symbols.retain(value) };
    let mut labels: Vec<Label> = by_key.into_iter().map(label).collect();
    labels.sort();
    labels.into()
}

pub(super) fn release_labels(labels: &[Label], symbols: &mut Symbols) {
    for Label { key, value } in labels {
        symbols.release(*key);
        symbols.release(*value);
    }
}

/// Every template in use.
#[derive(Debug, Default)]
pub(super) struct Templates(BTreeSet<Arc<Template>>);

impl Templates {
    /// The one copy of a template.
    pub(super) fn retain(&mut self, from: &PodTemplate, symbols: &mut Symbols) -> Arc<Template> {
        let template = Template::retain(from, symbols);
        if let Some(known) = self.0.get(&template) {
            template.release(symbols);
            return Arc::clone(known);
        }
        let template = Arc::new(template);
        self.0.insert(Arc::clone(&template));
        template
    }

    /// Takes back one [`Templates::retain`].
    pub(super) fn release(&mut self, template: Arc<Template>, symbols: &mut Symbols) {
        // One holder is the set, one is `template`.
        if Arc::strong_count(&template) <= 2 && self.0.remove(&template) {
            template.release(symbols);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
