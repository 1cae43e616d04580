//! Reports → bytes. One file an output format; the same report gives the same bytes.

pub(crate) mod closing;
pub(crate) mod coverage;
pub(crate) mod finding;
pub(crate) mod github;
pub(crate) mod json;
pub(crate) mod junit;
pub(crate) mod reach;
pub(crate) mod sarif;
pub(crate) mod tap;
pub(crate) mod test_run;
pub(crate) mod text;
mod undecided;
pub(crate) mod way;

#[cfg(test)]
mod sample;

use engine::review::Report;

use crate::exit::Exit;
use crate::sources::Sources;

/// What a format renders.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    /// What was found.
    pub(crate) report: &'a Report,
    /// The texts at hand.
    pub(crate) sources: &'a Sources,
    /// How the run ends.
    pub(crate) exit: Exit,
}

/// How text for people looks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    /// With terminal colours and links.
    pub(crate) colours: bool,
    /// Name what is otherwise only counted.
    pub(crate) verbose: bool,
    /// Only findings.
    pub(crate) quiet: bool,
}

impl Style {
    /// Without colours, neither more nor less than usual.
    pub(crate) const PLAIN: Style = Style { colours: false, verbose: false, quiet: false };
}
