//! Free ports on loopback.

use std::net::{Ipv4Addr, TcpListener};
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Context as _, Result};

/// Below the range from which the kernel picks ports for outgoing connections, so that none is taken in the moment
/// between the look and the start of a server.
const FIRST: u16 = 20_000;
const COUNT: u16 = 10_000;

static OFFSET: AtomicU16 = AtomicU16::new(0);

/// A port on 127.0.0.1 that nobody listens on; none is given twice in a process before all have been.
///
/// # Errors
/// When all 10,000 are taken.
pub fn free_port() -> Result<u16> {
    // Test binaries that run side by side look in different places.
    let start = u16::try_from(process::id() % 97).unwrap_or(0) * 100;
    (0..COUNT)
        .map(|_| FIRST + (start + OFFSET.fetch_add(1, Ordering::Relaxed) % COUNT) % COUNT)
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .context("no port from 20000 to 29999 is free on 127.0.0.1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_differ_and_can_be_bound() {
        let (first, second) = (free_port().unwrap(), free_port().unwrap());
        assert_ne!(first, second);
        TcpListener::bind((Ipv4Addr::LOCALHOST, first)).unwrap();
    }
}
