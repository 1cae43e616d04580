//! Answers that need not be settled: what the network plugin decides, and what is not known.
//!
//! Every test of the specification ("does this peer match?", "does this side let it pass?") has an [`Answer`] in each
//! *world*, a world being one way in which all that the input leaves open may be. [`Worlds`] has the answers of all of
//! them. Things that are not known are taken one by one: each may be this or that, whatever the others are.

use std::collections::BTreeSet;

/// The answer to a yes-or-no question in one world. The order is that of "how far yes".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// No, whichever the plugin.
    No,
    /// The specification leaves it to the network plugin.
    Plugin,
    /// Yes, whichever the plugin.
    Yes,
}

impl From<bool> for Answer {
    fn from(yes: bool) -> Answer {
        if yes { Answer::Yes } else { Answer::No }
    }
}

/// The answers that a question has in all worlds. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worlds(BTreeSet<Answer>);

impl From<bool> for Worlds {
    fn from(yes: bool) -> Worlds {
        Worlds::only(yes.into())
    }
}

impl Worlds {
    /// The same answer in every world.
    pub fn only(answer: Answer) -> Worlds {
        Worlds([answer].into())
    }

    /// Yes in some worlds, no in others.
    pub fn unknown() -> Worlds {
        Worlds([Answer::No, Answer::Yes].into())
    }

    fn zip(&self, other: &Worlds, combine: impl Fn(Answer, Answer) -> Answer) -> Worlds {
        Worlds(self.0.iter().flat_map(|left| other.0.iter().map(|right| combine(*left, *right))).collect())
    }

    /// Both questions at once.
    pub fn and(&self, other: &Worlds) -> Worlds {
        self.zip(other, Answer::min)
    }

    /// At least one of the two questions.
    pub fn or(&self, other: &Worlds) -> Worlds {
        self.zip(other, Answer::max)
    }

    /// The plugin takes one reading or the other: where both give the same, nothing is left to it.
    pub fn either_reading(&self, other: &Worlds) -> Worlds {
        self.zip(other, |left, right| if left == right { left } else { Answer::Plugin })
    }

    /// `then` where this is yes, `otherwise` where it is no, and either where the plugin decides.
    pub fn choose(&self, then: &Worlds, otherwise: &Worlds) -> Worlds {
        let mut all = BTreeSet::new();
        for answer in &self.0 {
            all.extend(match answer {
                Answer::Yes => then.0.clone(),
                Answer::No => otherwise.0.clone(),
                Answer::Plugin => then.either_reading(otherwise).0,
            });
        }
        Worlds(all)
    }

    /// All questions at once; yes if there is none.
    pub fn all(questions: impl Iterator<Item = Worlds>) -> Worlds {
        questions.fold(true.into(), |all, one| all.and(&one))
    }

    /// At least one of the questions; no if there is none.
    pub fn any(questions: impl Iterator<Item = Worlds>) -> Worlds {
        questions.fold(false.into(), |any, one| any.or(&one))
    }

    /// The one answer, or nothing if worlds differ.
    pub fn settled(&self) -> Option<Answer> {
        self.0.first().copied().filter(|_| self.0.len() == 1)
    }
}

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It passes.
    Allow,
    /// It does not.
    Deny,
    /// The specification leaves it to the network plugin.
    ImplementationDefined,
    /// It hangs on what is not known.
    Unknown,
}

impl Verdict {
    /// `allow`, `deny`, `implementation-defined` or `unknown`.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Allow => "allow",
            Verdict::Deny => "deny",
            Verdict::ImplementationDefined => "implementation-defined",
            Verdict::Unknown => "unknown",
        }
    }
}

impl From<&Worlds> for Verdict {
    fn from(passes: &Worlds) -> Verdict {
        match passes.settled() {
            Some(Answer::Yes) => Verdict::Allow,
            Some(Answer::No) => Verdict::Deny,
            Some(Answer::Plugin) => Verdict::ImplementationDefined,
            None => Verdict::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Verdict, Worlds};

    #[test]
    fn what_is_settled_wins_over_what_is_not() {
        let (yes, no, open) = (Worlds::from(true), Worlds::from(false), Worlds::unknown());
        assert_eq!((yes.or(&open), no.and(&open)), (yes.clone(), no.clone()));
        assert_eq!(Verdict::from(&yes.and(&open)), Verdict::Unknown);
        let plugin = Worlds::only(Answer::Plugin);
        assert_eq!((yes.or(&plugin), no.and(&plugin)), (yes.clone(), no.clone()));
        assert_eq!(Verdict::from(&yes.and(&plugin)), Verdict::ImplementationDefined);
        assert_eq!(Verdict::from(&open.or(&plugin)), Verdict::Unknown);
    }

    #[test]
    fn a_choice_between_equal_outcomes_is_settled() {
        let (yes, no) = (Worlds::from(true), Worlds::from(false));
        assert_eq!(Worlds::unknown().choose(&yes, &yes), yes);
        assert_eq!(Worlds::only(Answer::Plugin).choose(&no, &no), no);
        assert_eq!(Worlds::only(Answer::Plugin).choose(&no, &yes), Worlds::only(Answer::Plugin));
    }
}
