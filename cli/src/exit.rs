//! The one table of exit codes, the same for every verb. Documented in `docs/reference/exit-codes.md`.

use std::process::ExitCode;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: clean, allowed, the same; and every verb that only lists.
    Clean,
    /// 1: findings at or above `--fail-on`, denied, different, a test that does not pass.
    Findings,
    /// 2: a usage error, input or policies that cannot be used, nothing examined.
    Unusable,
    /// 3: unknown, or left to the network plugin.
    Unknown,
}

impl Exit {
    /// The number that the shell sees.
    pub(crate) fn number(self) -> u8 {
        match self {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Unusable => 2,
            Exit::Unknown => 3,
        }
    }

    /// What holds when both happened: 2 before 1 before 3 before 0.
    #[must_use]
    pub(crate) fn and(self, other: Exit) -> Exit {
        if self.rank() >= other.rank() { self } else { other }
    }

    fn rank(self) -> u8 {
        match self {
            Exit::Clean => 0,
            Exit::Unknown => 1,
            Exit::Findings => 2,
            Exit::Unusable => 3,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.number())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn two_comes_before_one_before_three_before_zero() {
        let order = [Exit::Unusable, Exit::Findings, Exit::Unknown, Exit::Clean];
        for (at, first) in order.into_iter().enumerate() {
            for second in order.into_iter().skip(at) {
                assert_eq!(first.and(second), first);
                assert_eq!(second.and(first), first);
            }
        }
        assert_eq!(order.map(Exit::number), [2, 1, 3, 0]);
    }
}
