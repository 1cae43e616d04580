//! Options and report of `check`.

use engine::cluster::World;
use engine::review as from;

use super::list;
use crate::bindings::exports::hedgerow::policy::engine as wit;

/// What the engine takes; the settings are those of the loaded packs.
pub(crate) fn options(options: wit::CheckOptions, policies: &engine::Policies) -> engine::CheckOptions {
    let wit::CheckOptions { world, operation, user, groups, namespace } = options;
    let world = world.into();
    engine::CheckOptions { world, operation, user, groups, namespace, settings: policies.settings().clone() }
}

impl From<wit::WorldKind> for World {
    fn from(world: wit::WorldKind) -> Self {
        match world {
            wit::WorldKind::Auto => World::Auto,
            wit::WorldKind::Closed => World::Closed,
            wit::WorldKind::Open => World::Open,
        }
    }
}

impl From<from::Skipped> for wit::Skipped {
    fn from(from::Skipped { source, reason, place }: from::Skipped) -> Self {
        wit::Skipped { source, reason, place: place.map(Into::into) }
    }
}

impl From<from::Examined> for wit::Examined {
    fn from(from::Examined { object, source }: from::Examined) -> Self {
        wit::Examined { object: object.into(), source }
    }
}

impl From<(String, u32)> for wit::Count {
    fn from((kind, number): (String, u32)) -> Self {
        wit::Count { kind, number }
    }
}

impl From<from::Report> for wit::Report {
    fn from(report: from::Report) -> Self {
        let from::Report {
            decision,
            findings,
            unknowns,
            objects,
            examined,
            skipped,
            policies_asked,
            closed,
            open,
            unusable,
            digests,
        } = report;
        wit::Report {
            decision: decision.into(),
            findings: list(findings),
            unknowns: list(unknowns),
            objects: list(objects),
            examined: list(examined),
            skipped: list(skipped),
            policies_asked,
            closed,
            open,
            unusable,
            digests: digests.into(),
        }
    }
}
