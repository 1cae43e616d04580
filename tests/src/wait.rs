//! Waiting for a condition, with a deadline. The only place that sleeps.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// How long a condition rests between two looks at it.
const PAUSE: Duration = Duration::from_millis(20);

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
