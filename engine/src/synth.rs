//! The smallest change of the input that turns an answer.
//!
//! What is tried: a peer, port, rule or label more or less in what is there, and a new NetworkPolicy. Each is applied to a
//! copy of the text, which is read and analysed anew; of those that turn the answer the one is taken that changes fewest
//! other connections, of these the one whose policies select fewest workloads, and then the one that changes fewest lines. A side that has to be turned as well is turned after
//! the other, on top of it.

mod open;
mod parts;
mod shut;
mod splice;
mod weigh;

use crate::cluster::{Cluster, Direction, World};
use crate::finding::{Edit, ObjectRef};
use crate::reach::{Change, End, Explanation, PolicyEvidence, PortAsk, Reach, ReachSettings, SideEvidence, Verdict};
use crate::text::Source;

use open::Candidate;
use parts::Pods;
use weigh::Tried;

/// Most changes that are tried at once.
const MOST: usize = 32;

/// What answers are made of.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The files.
    pub sources: &'a [Source],
    /// How far they can be trusted to be all there is.
    pub world: World,
    /// The namespace of objects that name none.
    pub namespace: &'a str,
    /// What the analysis takes as given.
    pub settings: &'a ReachSettings,
}

/// A change that turns an answer.
#[derive(Clone, Debug)]
pub struct Turn {
    /// What it does, as orders.
    pub titles: Vec<String>,
    /// The edits, by source and then by place; none overlaps another. A place in a source that is not in the input makes that file.
    pub edits: Vec<Edit>,
    /// The answer that it makes.
    pub verdict: Verdict,
    /// What it opens and cuts besides what was asked about, in the order of [`crate::reach::Diff`].
    pub others: Vec<Change>,
}

/// One side of the question that is to be turned.
struct Side<'a> {
    cluster: &'a Cluster,
    reach: &'a Reach,
    direction: Direction,
    evidence: &'a SideEvidence,
    subject: &'a End,
    other: &'a End,
    port: Option<PortAsk>,
}

impl Side<'_> {
    /// The NetworkPolicies that isolate it for sure.
    fn network_policies(&self) -> impl Iterator<Item = &PolicyEvidence> {
        self.evidence.policies.iter().filter(|found| found.policy.kind == "NetworkPolicy")
    }

    fn name(&self, end: &End) -> String {
        self.reach.name(end)
    }

    /// A name for a new NetworkPolicy that no other has.
    fn new_name(&self, pods: &Pods, word: &str) -> String {
        let toward = match self.direction {
            Direction::Ingress => "from",
            Direction::Egress => "to",
        };
        let whole = format!("{}-{word}-{toward}-{}", pods.object.name, open::word_of(self, self.other));
        let base = open::object_name(&whole);
        let taken = |name: &str| {
            self.cluster.contains(&ObjectRef {
                group: "networking.k8s.io".to_owned(),
                version: "v1".to_owned(),
                kind: "NetworkPolicy".to_owned(),
                namespace: pods.object.namespace.clone(),
                name: name.to_owned(),
            })
        };
        let numbered = (2..).map(|number| format!("{base}-{number}"));
        std::iter::once(base.clone()).chain(numbered).take(100).find(|name| !taken(name)).unwrap_or(base)
    }
}

/// The smallest change that turns *allow* into *deny*, or *deny* into *allow*, of all that was asked about; `None` if the
/// answer is neither, or no change that is tried turns it.
///
/// `cluster` and `reach` are made of `input`. Cost: reading and analysing the input for each change that is tried: a few for
/// each rule, at most 32 for each side.
pub fn turn(
    input: &Input<'_>,
    cluster: &Cluster,
    reach: &Reach,
    (source, destination, port): (&End, &End, Option<PortAsk>),
) -> Option<Turn> {
    let explanation = reach.explain(cluster, source, destination, port);
    let wanted = match explanation.answer.verdict {
        Verdict::Allow => Verdict::Deny,
        Verdict::Deny => Verdict::Allow,
        Verdict::ImplementationDefined | Verdict::Unknown => return None,
    };
    let attempt = Attempt { input, cluster, reach, source, destination, port };
    let tried = match wanted {
        Verdict::Deny => attempt.shut(&explanation),
        _ => attempt.open(&explanation),
    }?;
    let Tried { titles, edits, others, .. } = tried;
    Some(Turn { titles, edits, verdict: wanted, others })
}

/// What is to be turned.
struct Attempt<'a> {
    input: &'a Input<'a>,
    cluster: &'a Cluster,
    reach: &'a Reach,
    source: &'a End,
    destination: &'a End,
    port: Option<PortAsk>,
}

impl Attempt<'_> {
    fn side<'a>(&'a self, evidence: &'a SideEvidence) -> Side<'a> {
        let (subject, other) = match evidence.direction {
            Direction::Egress => (self.source, self.destination),
            Direction::Ingress => (self.destination, self.source),
        };
        let Attempt { cluster, reach, port, .. } = *self;
        Side { cluster, reach, direction: evidence.direction, evidence, subject, other, port }
    }

    /// One side is enough.
    fn shut(&self, explanation: &Explanation) -> Option<Tried> {
        let sides = [&explanation.egress, &explanation.ingress].into_iter().flatten();
        let candidates: Vec<Candidate> = sides.flat_map(|side| shut::candidates(&self.side(side))).collect();
        self.best(&[], candidates, |tried| tried.verdicts.iter().all(|verdict| *verdict == Verdict::Deny))
    }

    /// Every side that lets nothing pass has to be turned: the first by what it lets pass itself, the last by the answer.
    fn open(&self, explanation: &Explanation) -> Option<Tried> {
        let denied = |side: &&SideEvidence| side.passage.verdict(self.port) == Verdict::Deny;
        let sides: Vec<_> = [&explanation.egress, &explanation.ingress].into_iter().flatten().filter(denied).collect();
        let (last, before) = sides.split_last()?;
        let mut done = Vec::new();
        for side in before {
            let turned = |tried: &Tried| tried.side(side.direction) == Some(Verdict::Allow);
            done = self.best(&done, open::candidates(&self.side(side)), turned)?.steps;
        }
        let turned = |tried: &Tried| tried.verdicts.iter().all(|verdict| *verdict == Verdict::Allow);
        self.best(&done, open::candidates(&self.side(last)), turned)
    }

    /// Of the candidates on top of what is done, the smallest that does it.
    fn best(&self, done: &[Candidate], candidates: Vec<Candidate>, turned: impl Fn(&Tried) -> bool) -> Option<Tried> {
        let tried = candidates.into_iter().take(MOST).filter_map(|candidate| {
            let steps: Vec<Candidate> = done.iter().cloned().chain([candidate]).collect();
            self.tried(steps)
        });
        tried.filter(|tried| turned(tried)).min_by_key(|tried| (tried.others.len(), tried.breadth, tried.lines))
    }
}
