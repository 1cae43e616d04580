//! The warnings of an answer; kubectl prints them whether the request passed or not.

use wasm_host::api::{Outcome, Review};

use super::line;

/// Characters of one warning; the API server cuts there.
const MAX_ONE: usize = 256;
/// Characters of all warnings; beyond it the API server drops.
const MAX_ALL: usize = 4096;

/// Connections that are told to be opened or cut.
const MOST_ANNOUNCED: usize = 10;

/// One line each, within the API server's limits; what had to be left out is counted in the last.
pub(super) fn of(review: &Review) -> Vec<String> {
    let findings = review.findings.iter().filter(|finding| finding.outcome == Outcome::Warn).map(line::of_finding);
    let unknowns = review.unknowns.iter().filter(|unknown| unknown.outcome == Outcome::Warn).map(line::of_unknown);
    let announced = announced(&review.announced);
    fit(findings.chain(unknowns).chain(announced).map(|warning| line::cut(warning, MAX_ONE)).collect())
}

/// What is opened and cut: the first lines, then how many there are besides.
fn announced(lines: &[String]) -> impl Iterator<Item = String> {
    let more = lines.len().saturating_sub(MOST_ANNOUNCED);
    let rest = (more > 0).then(|| format!("and {more} more connections"));
    lines.iter().take(MOST_ANNOUNCED).map(|line| line::single(line)).chain(rest)
}

fn fit(mut warnings: Vec<String>) -> Vec<String> {
    let all = warnings.len();
    let (mut length, mut fitting) = (0, 0);
    let room = MAX_ALL - left_out(usize::MAX).chars().count();
    for warning in &warnings {
        length += warning.chars().count();
        fitting += usize::from(length <= room);
    }
    if length <= MAX_ALL {
        return warnings;
    }
    warnings.truncate(fitting);
    warnings.push(left_out(all - fitting));
    warnings
}

fn left_out(number: usize) -> String {
    let warnings = if number == 1 { "warning is" } else { "warnings are" };
    format!("{number} more {warnings} in the audit annotation `findings`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_warnings_together_keep_the_limit_and_count_the_rest() {
        let fitted = fit(vec!["ä".repeat(250); 40]);
        assert!(fitted.iter().map(|warning| warning.chars().count()).sum::<usize>() <= MAX_ALL);
        assert_eq!(fitted.last().unwrap(), "24 more warnings are in the audit annotation `findings`");
        assert_eq!(fitted.len(), 17);
    }

    #[test]
    fn one_warning_left_out_is_one() {
        let fitted = fit([vec!["a".repeat(250); 16], vec!["b".repeat(40), "c".repeat(60)]].concat());
        assert_eq!(fitted.last().unwrap(), "2 more warnings are in the audit annotation `findings`");
        let fitted = fit([vec!["a".repeat(250); 15], vec!["b".repeat(200), "c".repeat(200)]].concat());
        assert_eq!(fitted.last().unwrap(), "1 more warning is in the audit annotation `findings`");
    }

    #[test]
    fn of_many_connections_the_first_ten_are_told_and_the_rest_counted() {
        let lines = |number: usize| (0..number).map(|at| format!("opens a/a → b/{at} on TCP 80")).collect::<Vec<_>>();
        assert_eq!(announced(&lines(10)).collect::<Vec<_>>(), lines(10));
        let told: Vec<String> = announced(&lines(13)).collect();
        assert_eq!((told.len(), told[10].as_str()), (11, "and 3 more connections"));
    }

    #[test]
    fn what_fits_is_left_alone() {
        assert_eq!(fit(vec!["a".into(), "b".into()]), ["a", "b"]);
    }
}
