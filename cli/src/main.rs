//! The `hedgerow` command: checks manifests, runs policy tests, keeps policy packs.
//!
//! It hands bytes to the engine and renders what comes back; it never looks into an object. Start at [`args::Args`], then
//! `command/check.rs`.
#![forbid(unsafe_code)]

mod args;
mod command;
mod engines;
mod exit;
mod input;
mod library;
mod live;
mod network;
mod output;
mod pages;
mod render;
mod sources;
mod terminal;

use std::process::ExitCode;

fn main() -> ExitCode {
    match args::parse() {
        Ok(args) => match command::run(args) {
            Ok(exit) => exit.into(),
            Err(error) => {
                terminal::complain(&format!("{error:#}"));
                exit::Exit::Unusable.into()
            }
        },
        Err(exit) => exit,
    }
}
