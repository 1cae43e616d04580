//! Waiting for a condition, with a deadline. The only place that sleeps.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// How long a condition rests between two looks at it.
const PAUSE: Duration = Duration::from_millis(20);

/// Does something so many times, each at its time, `pause` after the last was due; what takes longer is not waited for twice.
///
/// # Errors
/// The first error of `act`, at once.
pub fn paced(pause: Duration, times: usize, mut act: impl FnMut(usize) -> Result<()>) -> Result<()> {
    let start = Instant::now();
    for (number, due) in (0..times).zip((0..).map(|number| pause * number)) {
        thread::sleep(due.saturating_sub(start.elapsed()));
        act(number)?;
    }
    Ok(())
}

/// Looks again and again until `check` has an answer.
///
/// ```
/// # use std::time::Duration;
/// let mut looks = 0;
/// let answer = hedgerow_tests::wait::wait_until("a third look", Duration::from_secs(5), || {
///     looks += 1;
///     Ok((looks == 3).then_some("there it is"))
/// })?;
/// assert_eq!(answer, "there it is");
/// # anyhow::Ok(())
/// ```
///
/// # Errors
/// What `check` returns as an error, at once; or, after `limit`, that `what` did not come about.
pub fn wait_until<T>(what: &str, limit: Duration, mut check: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(answer) = check().with_context(|| format!("while waiting for {what}"))? {
            return Ok(answer);
        }
        if start.elapsed() > limit {
            bail!("{what} did not come about in {} s", limit.as_secs());
        }
        thread::sleep(PAUSE);
    }
}
