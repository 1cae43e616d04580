//! What one policy is.

use engine::cedar::PolicyInfo;

use crate::bindings::exports::hedgerow::policy::engine as wit;

impl From<PolicyInfo> for wit::PolicyInfo {
    fn from(info: PolicyInfo) -> Self {
        let PolicyInfo {
            id,
            code,
            pack,
            title,
            severity,
            outcome,
            on_unknown,
            settles,
            ratchet,
            help,
            references,
            fix,
            operations,
            types,
            connections,
            facts,
            place,
        } = info;
        wit::PolicyInfo {
            facts: fact_names(&types, &facts),
            id,
            code,
            pack,
            title,
            severity: severity.into(),
            outcome: outcome.into(),
            on_unknown: on_unknown.into(),
            settles,
            ratchet,
            help,
            references,
            fix,
            operations: operations.into_iter().map(str::to_owned).collect(),
            types,
            connections: connections.into_iter().map(str::to_owned).collect(),
            place: Some(place.into()),
        }
    }
}

/// `TYPE.NAME` for each type that the policy can decide and that has the fact; a fact that it reads of another object
/// is listed under every type that has it.
fn fact_names(types: &[String], facts: &[&engine::fact::FactSpec]) -> Vec<String> {
    let mut names = Vec::new();
    for fact in facts {
        let own: Vec<&str> = fact.on.iter().copied().filter(|on| types.iter().any(|ty| ty == on)).collect();
        let on = if own.is_empty() { fact.on } else { &own };
        names.extend(on.iter().map(|on| format!("{on}.{}", fact.name)));
    }
    names.sort();
    names.dedup();
    names
}
