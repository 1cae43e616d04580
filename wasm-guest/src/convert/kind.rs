//! Kinds, and what a host knows of them.

use engine::KindState;

use crate::bindings::exports::hedgerow::policy::engine as wit;

impl From<wit::KindState> for KindState {
    fn from(state: wit::KindState) -> Self {
        match state {
            wit::KindState::Synced(resource_version) => KindState::Synced { resource_version },
            wit::KindState::NotServed => KindState::NotServed,
            wit::KindState::NotAsked(reason) => KindState::NotAsked { reason },
            wit::KindState::Unknown(reason) => KindState::Unknown { reason },
        }
    }
}

impl From<engine::KindNeed> for wit::KindInfo {
    fn from(engine::KindNeed { kind, operations, fields }: engine::KindNeed) -> Self {
        let engine::object::Kind { group, versions, kind, plural, scope, entity: _, fields: _, template: _, doc: _ } =
            *kind;
        wit::KindInfo {
            group: group.to_owned(),
            versions: versions.iter().map(|version| (*version).to_owned()).collect(),
            kind: kind.to_owned(),
            plural: plural.to_owned(),
            namespaced: matches!(scope, engine::object::Scope::Namespaced),
            operations: operations.into_iter().map(str::to_owned).collect(),
            fields,
        }
    }
}
