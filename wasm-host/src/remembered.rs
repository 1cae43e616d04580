//! Requests that had no answer, so that the same one does not stop another instance.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

/// Requests kept in mind; the oldest is forgotten first.
const CAPACITY: usize = 256;

/// Times that a request is refused unasked before it is tried again, or how long: a busy machine may have been to blame.
const REFUSALS: u32 = 100;
const REFUSED_FOR: Duration = Duration::from_secs(30);

/// Values that differ each time the same request is sent: the API server makes them up before it asks.
const MADE_UP: [&[u8]; 3] = [b"\"uid\":\"", b"\"creationTimestamp\":\"", b"\"time\":\""];

/// The requests that had no answer, by a hash that leaves out what the API server makes up.
#[derive(Debug, Default)]
pub(crate) struct Remembered(VecDeque<Entry>);

#[derive(Debug)]
struct Entry {
    hash: Hash,
    refusals: u32,
    since: Instant,
}

/// Stands for a body, whatever the API server made up in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hash([u8; 32]);

/// What is known of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// Nothing against it.
    Nothing,
    /// It had no answer before, and is not asked now.
    Refused,
    /// It had no answer before, long ago: to be asked where it does no harm.
    Doubtful,
}

impl Remembered {
    /// True if there is nothing to look up.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Looks a request up, and counts if it is refused.
    pub(crate) fn look_up(&mut self, hash: Hash) -> Known {
        let Some(entry) = self.0.iter_mut().find(|entry| entry.hash == hash) else { return Known::Nothing };
        if entry.refusals == REFUSALS || entry.since.elapsed() > REFUSED_FOR {
            entry.refusals = 0;
            entry.since = Instant::now();
            return Known::Doubtful;
        }
        entry.refusals += 1;
        Known::Refused
    }

    /// Keeps a request in mind.
    pub(crate) fn remember(&mut self, hash: Hash) {
        self.forget(hash);
        self.0.truncate(CAPACITY - 1);
        self.0.push_front(Entry { hash, refusals: 0, since: Instant::now() });
    }

    /// Forgets a request that had an answer after all.
    pub(crate) fn forget(&mut self, hash: Hash) {
        self.0.retain(|entry| entry.hash != hash);
    }

    /// Forgets all: other policies may answer.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Hash {
    /// Cost: linear in the body.
    pub(crate) fn of(body: &[u8]) -> Hash {
        let mut hash = Sha256::new();
        let mut rest = body;
        while let Some((before, after)) = next_made_up(rest) {
            hash.update(before);
            let end = after.iter().position(|byte| *byte == b'"').unwrap_or(after.len());
            rest = after.get(end..).unwrap_or_default();
        }
        hash.update(rest);
        Hash(hash.finalize().into())
    }
}

/// The bytes up to and with the next key of [`MADE_UP`], and those after it.
fn next_made_up(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut from = 0;
    loop {
        let at = from + bytes.get(from..)?.iter().position(|byte| *byte == b'"')?;
        let here = bytes.get(at..)?;
        if let Some(key) = MADE_UP.iter().find(|key| here.starts_with(key)) {
            return bytes.split_at_checked(at + key.len());
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_api_server_makes_up_is_left_out() {
        let first = br#"{"request":{"uid":"a-1","object":{"metadata":{"uid":"b","name":"x"}}}}"#;
        let again = br#"{"request":{"uid":"c-22","object":{"metadata":{"uid":"","name":"x"}}}}"#;
        let other = br#"{"request":{"uid":"a-1","object":{"metadata":{"uid":"b","name":"y"}}}}"#;
        assert_eq!(Hash::of(first), Hash::of(again));
        assert_ne!(Hash::of(first), Hash::of(other));
    }

    #[test]
    fn a_broken_end_is_hashed_too() {
        assert_ne!(Hash::of(b"{\"uid\":\""), Hash::of(b"{\"uid\""));
        assert_eq!(Hash::of(b"{\"uid\":\"1"), Hash::of(b"{\"uid\":\"2"));
    }

    #[test]
    fn a_request_is_tried_again_after_a_number_of_refusals() {
        let mut remembered = Remembered::default();
        assert_eq!(remembered.look_up(Hash::of(b"a")), Known::Nothing);
        remembered.remember(Hash::of(b"a"));
        assert!((0..REFUSALS).all(|_| remembered.look_up(Hash::of(b"a")) == Known::Refused));
        assert_eq!(remembered.look_up(Hash::of(b"a")), Known::Doubtful);
        assert_eq!(remembered.look_up(Hash::of(b"a")), Known::Refused);
        assert_eq!(remembered.look_up(Hash::of(b"b")), Known::Nothing);
    }

    #[test]
    fn memory_is_bounded() {
        let mut remembered = Remembered::default();
        for number in 0..CAPACITY + 10 {
            remembered.remember(Hash::of(number.to_string().as_bytes()));
        }
        assert_eq!(remembered.0.len(), CAPACITY);
        assert_eq!(remembered.look_up(Hash::of(b"0")), Known::Nothing);
    }
}
