//! The closing lines: what was examined, what was assumed, what is not modelled.

use std::collections::BTreeMap;

use super::Known;
use crate::render::{Style, closing};

/// All closing lines.
pub(crate) fn lines(known: &Known<'_>, style: Style) -> String {
    let Known { reach, report, .. } = known;
    let workloads = closing::plural(reach.workloads().len(), "workload");
    let mut lines = vec![format!("{}: {workloads}", closing::objects(report))];
    lines.extend(closing::world(report));
    lines.extend(not_modelled(known));
    lines.extend(closing::skipped(report, style));
    if super::parts::unusable(known) {
        lines.push("incomplete: part of the input could not be read".to_owned());
    }
    lines.join("\n") + "\n"
}

fn not_modelled(known: &Known<'_>) -> Option<String> {
    let mut kinds: BTreeMap<String, u32> = BTreeMap::new();
    for object in known.reach.unmodelled() {
        *kinds.entry(format!("{}.{}", object.kind, object.group)).or_default() += 1;
    }
    let kinds: Vec<String> = kinds.into_iter().map(|(kind, number)| format!("{number} {kind}")).collect();
    let named = kinds.join(", ");
    (!kinds.is_empty()).then(|| format!("not modelled, so that what they could change is unknown: {named}"))
}
