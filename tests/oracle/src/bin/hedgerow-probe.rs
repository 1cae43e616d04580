//! Runs inside a network namespace of the packets test; see `hedgerow_oracle::packets::agent`.

use anyhow::{Context, Result};

fn main() -> Result<()> {
    let name = std::env::args().nth(1).context("usage: hedgerow-probe NAME")?;
    hedgerow_oracle::packets::agent::run(&name)
}
