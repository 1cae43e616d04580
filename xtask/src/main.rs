//! `cargo xtask VERB`: every task of the project, one verb a file.

mod component;
mod planted;

use std::env;
use std::process::ExitCode;

use xtask::e2e;

/// One line a verb, as `cargo xtask` prints them.
const USAGE: &str = "usage: cargo xtask VERB

  component [--out FILE]    write the component (hedgerow.wasm) and print its size, digest, imports and exports
  e2e                       build etcd, CoreDNS, kube-apiserver, kube-controller-manager and kubectl, once, and print their folder
  planted                   plant each bug of tests/oracle/planted in the engine; the oracle has to find it";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["component"] => component::run("hedgerow.wasm"),
        ["component", "--out", out] => component::run(out),
        ["e2e"] => e2e::run(),
        ["planted"] => planted::run(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
