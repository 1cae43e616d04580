//! What computes a fact answers this.

use std::collections::BTreeSet;

use super::{Cause, FactValue};
use crate::cluster::Knowledge;

/// Most texts that a fact may have: a selector may pick every workload of a cluster.
const MOST_TEXTS: usize = 10_000;

/// The value, or why there is none.
pub(crate) type Answer = Result<FactValue, Absent>;

/// Why a fact has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    NotApplicable,
    Unknown(Cause),
}

impl Absent {
    pub(super) fn failed(message: String) -> Absent {
        Absent::Unknown(Cause::failed(message))
    }

    pub(super) fn not_asked(message: String) -> Absent {
        Absent::Unknown(Cause::not_asked(message))
    }
}

impl From<bool> for FactValue {
    fn from(value: bool) -> FactValue {
        FactValue::Bool(value)
    }
}

impl From<usize> for FactValue {
    fn from(value: usize) -> FactValue {
        FactValue::Long(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<&str> for FactValue {
    fn from(value: &str) -> FactValue {
        FactValue::Text(value.to_owned())
    }
}

/// The texts as a value; too many are unknown, so that the cost of a fact has a bound.
pub(super) fn texts(texts: impl IntoIterator<Item = String>) -> Answer {
    let texts: BTreeSet<String> = texts.into_iter().take(MOST_TEXTS + 1).collect();
    if texts.len() > MOST_TEXTS {
        return Err(Absent::failed(format!("too large: more than {MOST_TEXTS} results")));
    }
    Ok(FactValue::Texts(texts))
}

/// Goes on only if everything is known.
pub(super) fn complete(knowledge: Knowledge) -> Result<(), Absent> {
    match knowledge {
        Knowledge::Complete => Ok(()),
        Knowledge::NotGiven(message) => Err(Absent::not_asked(message)),
        Knowledge::Failed(message) => Err(Absent::failed(message)),
    }
}

/// Whether there is one. What the input holds is there even if it may not hold everything; what a host saw may be gone.
pub(super) fn exists(found: bool, knowledge: Knowledge) -> Result<bool, Absent> {
    match knowledge {
        Knowledge::NotGiven(_) if found => Ok(true),
        other => complete(other).map(|()| found),
    }
}

/// `NotApplicable` where there is nothing to speak of.
pub(super) fn applicable<T>(value: Option<T>) -> Result<T, Absent> {
    value.ok_or(Absent::NotApplicable)
}

/// `NotApplicable` unless it holds.
pub(super) fn only_if(holds: bool) -> Result<(), Absent> {
    if holds { Ok(()) } else { Err(Absent::NotApplicable) }
}
