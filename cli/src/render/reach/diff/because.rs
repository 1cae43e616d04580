//! Why a connection is not the same, in words and with places.

use engine::cluster::Direction;
use engine::finding::{ObjectRef, Place};
use engine::reach::{Change, ChangeReason, Deciding, EndsChange, Verdict, Which};

use super::Compared;
use crate::command::diff::moves;
use crate::render::reach::{Known, Why, evidence, parts};

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Because {
    /// For people, in one line, without the place.
    pub(super) message: String,
    /// True for what opens, false for what cuts; none for what is not settled.
    pub(super) opens: Option<bool>,
    /// At which end.
    pub(super) direction: Option<Direction>,
    /// In which network the rule or policy is.
    pub(super) which: Option<Which>,
    /// The NetworkPolicy, or the cluster-wide one.
    pub(super) policy: Option<ObjectRef>,
    /// The rule in it, or where it is named.
    pub(super) field: Option<String>,
    /// Where that stands.
    pub(super) place: Option<Place>,
}

impl Because {
    fn of(message: String) -> Because {
        Because { message, opens: None, direction: None, which: None, policy: None, field: None, place: None }
    }

    /// With the place, if it has one: `… (net.yaml:12)`.
    pub(super) fn text(&self) -> String {
        let place = self.place.as_ref().map(|place| format!(" ({}:{})", place.source, place.line)).unwrap_or_default();
        format!("{}{place}", self.message)
    }
}

/// Asks changes for their reasons, as many as there is patience for.
pub(super) struct Asker<'a> {
    compared: &'a Compared<'a>,
    left: usize,
}

/// How many changes are asked for their reasons.
const ASKED: usize = 5_000;

impl<'a> Asker<'a> {
    pub(super) fn of(compared: &'a Compared<'a>) -> Asker<'a> {
        Asker { compared, left: ASKED }
    }

    /// The reasons, what appears or goes first.
    pub(super) fn because(&mut self, change: &Change) -> Vec<Because> {
        let ends = match change.ends {
            EndsChange::Stay => None,
            EndsChange::Appeared => Some(Because::of("a workload appeared".to_owned())),
            EndsChange::Gone => return vec![Because::of("a workload is gone".to_owned())],
        };
        let Some(left) = self.left.checked_sub(1) else {
            return vec![Because::of(format!("of reasons that are not worked out: {ASKED} changes are"))];
        };
        self.left = left;
        let reasons = self.compared.old.reach.reasons(self.compared.new.reach, change);
        let mut because: Vec<Because> = ends.into_iter().collect();
        because.extend(reasons.iter().filter(|reason| !is_said(reason, &reasons)).map(|reason| self.one(reason)));
        because.extend(self.in_doubt(change).into_iter().map(Because::of));
        because
    }

    fn one(&self, reason: &ChangeReason) -> Because {
        let ChangeReason { opens, direction, which, deciding } = reason;
        let known = match which {
            Which::Old => &self.compared.old,
            Which::New => &self.compared.new,
        };
        let (way, end) = match direction {
            Direction::Ingress => ("ingress", "destination"),
            Direction::Egress => ("egress", "source"),
        };
        let (message, policy, field) = match (deciding, which) {
            (Deciding::Rule { policy, field }, Which::New) => {
                (format!("{way}: rule {field} of {} lets it pass", policy.display()), Some(policy), field.as_str())
            }
            (Deciding::Rule { policy, field }, Which::Old) => {
                (format!("{way}: rule {field} of {} let it pass", policy.display()), Some(policy), field.as_str())
            }
            (Deciding::Isolates { policy }, Which::New) => {
                (format!("{way}: {} isolates the {end} now", policy.display()), Some(policy), evidence::NAME)
            }
            (Deciding::Isolates { policy }, Which::Old) => {
                let message = format!("{way}: {} isolated the {end}, and nothing does now", policy.display());
                (message, Some(policy), evidence::NAME)
            }
            (Deciding::Denies { policy, field }, Which::New) => {
                (format!("{way}: rule {field} of {} denies it now", policy.display()), Some(policy), field.as_str())
            }
            (Deciding::Denies { policy, field }, Which::Old) => {
                (format!("{way}: rule {field} of {} denied it", policy.display()), Some(policy), field.as_str())
            }
            (Deciding::Passes { policy, field }, Which::New) => {
                (format!("{way}: rule {field} of {} passes it on", policy.display()), Some(policy), field.as_str())
            }
            (Deciding::Passes { policy, field }, Which::Old) => {
                (format!("{way}: rule {field} of {} passed it on", policy.display()), Some(policy), field.as_str())
            }
            (Deciding::NothingIsolates, Which::New) => (format!("{way}: nothing isolates the {end}"), None, ""),
            (Deciding::NothingIsolates, Which::Old) => (format!("{way}: nothing isolated the {end}"), None, ""),
        };
        Because {
            message,
            opens: Some(*opens),
            direction: Some(*direction),
            which: Some(*which),
            place: policy.and_then(|policy| known.places.value(policy, field)),
            field: policy.map(|_| field.to_owned()),
            policy: policy.cloned(),
        }
    }

    /// Why ports are, or were, unknown or left to the plugin.
    fn in_doubt(&self, change: &Change) -> Vec<String> {
        let moves = moves(change);
        let open = |state: Verdict| matches!(state, Verdict::Unknown | Verdict::ImplementationDefined);
        let mut doubts = Vec::new();
        for (known, tense, states) in [
            (&self.compared.old, "before", moves.iter().map(|it| it.from).collect::<Vec<_>>()),
            (&self.compared.new, "now", moves.iter().map(|it| it.to).collect()),
        ] {
            if states.into_iter().any(open)
                && let Some(why) = why(known, change)
            {
                doubts.extend(why.into_iter().map(|reason| format!("{tense}: {reason}")));
            }
        }
        doubts
    }
}

fn why(known: &Known<'_>, change: &Change) -> Option<Vec<String>> {
    let (source, destination) = known.reach.ends(change)?;
    let answer = known.reach.ask(&source, &destination, None);
    Some(parts::because(&Why { reasons: answer.reasons, causes: answer.causes }, Verdict::Unknown))
}

/// That nothing isolates an end goes without saying where the policy that isolates it in the other network is named.
fn is_said(reason: &ChangeReason, all: &[ChangeReason]) -> bool {
    reason.deciding == Deciding::NothingIsolates
        && all.iter().any(|other| {
            (other.opens, other.direction) == (reason.opens, reason.direction)
                && matches!(other.deciding, Deciding::Isolates { .. } | Deciding::Denies { .. })
        })
}
