//! Connections and answers → bytes. One file an output format.

pub(crate) mod answer_json;
pub(crate) mod answer_text;
pub(crate) mod closing;
mod collapse;
pub(crate) mod compat;
pub(crate) mod csv;
pub(crate) mod diff;
pub(crate) mod dot;
mod evidence;
mod exposure;
pub(crate) mod html;
pub(crate) mod json;
mod layout;
pub(crate) mod markdown;
pub(crate) mod mermaid;
mod offered;
mod parts;
mod picture;
mod rectangles;
pub(crate) mod svg;
mod table;
#[cfg(test)]
mod testing;
pub(crate) mod text;
mod tiers;
pub(crate) mod turn;
mod words;

use std::collections::BTreeSet;

use engine::reach::{Cause, Connection, End, Explanation, PortAsk, Reason};
use engine::review::Report;
use engine::synth::Turn;
use engine::way::{Entrance, Offered};

use crate::command::reach::Filter;
use crate::engines::{Net, Places};
use crate::exit::Exit;
use crate::sources::Sources;

/// What is known of the input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    /// What the network does.
    pub(crate) reach: &'a Net,
    /// What was read, and what was wrong with it.
    pub(crate) report: &'a Report,
    /// The texts at hand.
    pub(crate) sources: &'a Sources,
    /// Where fields stand in them.
    pub(crate) places: &'a Places<'a>,
}

/// What is offered to whom.
#[derive(Debug, Default)]
pub(crate) struct Offers {
    /// Services, with where they lead.
    pub(crate) services: Vec<Offered>,
    /// Ways in from outside, with where they lead.
    pub(crate) entrances: Vec<Entrance>,
}

/// Connections to list.
#[derive(Debug)]
pub(crate) struct Listed<'a> {
    /// Of what.
    pub(crate) known: Known<'a>,
    /// Which.
    pub(crate) filter: Filter,
    /// With what is not in the input.
    pub(crate) exposure: bool,
    /// Services, and ways in.
    pub(crate) offers: Offers,
    /// How the run ends.
    pub(crate) exit: Exit,
}

/// A question with its answer.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    /// Of what.
    pub(crate) known: Known<'a>,
    /// From where.
    pub(crate) source: End,
    /// To where.
    pub(crate) destination: End,
    /// On which port; any, if none.
    pub(crate) port: Option<PortAsk>,
    /// Its ends, if they are to come with what is not in the input.
    pub(crate) exposure: Option<Listed<'a>>,
    /// The answer, and what makes it.
    pub(crate) explanation: Explanation,
    /// Ways in from outside to the destination, if the source is outside.
    pub(crate) entrances: Vec<Entrance>,
    /// The smallest change that turns it.
    pub(crate) turn: Option<Turn>,
    /// How the run ends.
    pub(crate) exit: Exit,
}

/// Why something is not settled.
#[derive(Debug, Default)]
pub(crate) struct Why {
    /// Why the network plugin has a say.
    pub(crate) reasons: Vec<Reason>,
    /// What is not known.
    pub(crate) causes: Vec<Cause>,
}

impl Listed<'_> {
    /// The connections, in the engine's order.
    pub(crate) fn connections(&self) -> impl Iterator<Item = Connection> {
        self.known.reach.connections().filter_map(|connection| self.filter.apply(connection))
    }

    /// Why what is listed of a pair is left to the plugin or unknown.
    pub(crate) fn why(&self, source: &End, destination: &End) -> Why {
        let (mut reasons, mut causes) = (BTreeSet::new(), BTreeSet::new());
        for port in self.filter.asks() {
            let answer = self.known.reach.ask(source, destination, port);
            reasons.extend(answer.reasons);
            causes.extend(answer.causes);
        }
        Why { reasons: reasons.into_iter().collect(), causes: causes.into_iter().collect() }
    }
}
