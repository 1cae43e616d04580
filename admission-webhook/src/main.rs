//! `hedgerow-webhook`: a validating admission webhook and an authorization webhook.
//!
//! It fetches bytes, hands them to the Hedgerow component and delivers what the component says; nothing is decided here.
//! Read `serve.rs` for how the parts are put together, `http.rs` for the routes, `response.rs` for the answers.
#![forbid(unsafe_code)]

mod app;
mod args;
mod certificate;
mod cluster;
mod configuration;
mod failure;
mod gate;
mod health;
mod http;
mod kinds;
mod listener;
mod metrics;
mod packs;
mod reload;
mod response;
mod serve;
mod text;
mod tls;
mod watch;

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser as _;

use crate::args::{Cli, Command};

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    match cli.command {
        Some(Command::Config(args)) => {
            print!("{}", configuration::print(&args)?);
            Ok(())
        }
        Some(Command::Certificate(args)) => certificate::write(&certificate::issue(&args.names, args.days)?, &args.out),
        None => {
            log();
            // Cheap reviews are made on these threads, one on each instance at most; one more always moves bytes.
            let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
            let workers = cores.max(cli.serve.instances as usize + 1);
            let mut runtime = tokio::runtime::Builder::new_multi_thread();
            let runtime = runtime.worker_threads(workers).enable_all().build().context("cannot start")?;
            runtime.block_on(serve::run(cli.serve))
        }
    }
}

/// JSON to standard error; `HEDGEROW_LOG` sets what of it, such as `debug`.
fn log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("HEDGEROW_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(filter).with_writer(std::io::stderr).init();
}
