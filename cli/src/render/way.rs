//! Names that resolve and ways of connections → bytes. One file an output format.

mod parts;
pub(crate) mod resolve_json;
pub(crate) mod resolve_text;
pub(crate) mod service_json;
pub(crate) mod service_text;
pub(crate) mod trace_json;
pub(crate) mod trace_text;
mod words;

use engine::dns::{RecordType, Resolution};
use engine::finding::ObjectRef;
use engine::reach::{End, PortAsk};
use engine::review::Report;
use engine::synth::Turn;
use engine::way::{ServiceAnswer, Trace, Url};

use crate::engines::{Net, Places};
use crate::exit::Exit;
use crate::render::reach::Known;

/// What is known of the input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heard<'a> {
    /// What was read, and what was wrong with it.
    pub(crate) report: &'a Report,
    /// Where fields stand in the texts.
    pub(crate) places: &'a Places<'a>,
    /// What the network does.
    pub(crate) reach: &'a Net,
}

/// A name and what a pod gets for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resolved<'a> {
    /// Of what.
    pub(crate) heard: Heard<'a>,
    /// The pod, as asked for.
    pub(crate) pod: &'a str,
    /// What makes it.
    pub(crate) workload: &'a ObjectRef,
    /// The name.
    pub(crate) name: &'a str,
    /// What is asked of it.
    pub(crate) kind: RecordType,
    /// The answer.
    pub(crate) found: &'a Resolution,
    /// Names of Services that are like it, if it does not resolve.
    pub(crate) near: &'a [String],
    /// How the run ends.
    pub(crate) exit: Exit,
}

/// A question about a Service and its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Served<'a> {
    /// Of what.
    pub(crate) heard: Heard<'a>,
    /// Where it comes from.
    pub(crate) source: &'a End,
    /// The Service, as asked for.
    pub(crate) destination: &'a str,
    /// The port, if one is asked about.
    pub(crate) port: Option<PortAsk>,
    /// The answer.
    pub(crate) found: &'a ServiceAnswer,
    /// How the run ends.
    pub(crate) exit: Exit,
}

/// A connection and its way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walked<'a> {
    /// Of what.
    pub(crate) heard: Heard<'a>,
    /// The pod, as asked for; `outside`.
    pub(crate) pod: &'a str,
    /// What makes it; `None` from outside.
    pub(crate) workload: Option<&'a ObjectRef>,
    /// Where it goes.
    pub(crate) url: &'a Url,
    /// The way.
    pub(crate) found: &'a Trace,
    /// What patches are made of.
    pub(crate) known: Known<'a>,
    /// The smallest change that lets it pass where a rule breaks it.
    pub(crate) turn: Option<&'a Turn>,
    /// How the run ends.
    pub(crate) exit: Exit,
}
