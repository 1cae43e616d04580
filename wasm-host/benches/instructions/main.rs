//! How many instructions the hot path takes, natively: a regression shows however busy the machine is.
//!
//! `cargo bench -p hedgerow-wasm-host --bench instructions` runs itself under Callgrind, once for each case, and prints
//! what [`measured`] took. Asserts nothing; compare two commits by it.
#![expect(clippy::unwrap_used, reason = "what cannot run has nothing better to do than to say so")]

#[path = "../admit/scene.rs"]
mod scene;

use std::hint::black_box;
use std::process::Command;

use engine::{LoadOptions, Policies, ReviewOptions};
use scene::{PODS, SERVICES, body, fill_native, native, sources};

/// Size of the body, parts, and whether it is denied.
const REVIEWS: [(usize, usize, bool); 6] = [
    (1_500, 1, false),
    (1_500, 3, false),
    (1_500, 3, true),
    (5_000, 20, false),
    (50_000, 3, false),
    (50_000, 20, true),
];
const LOAD: &str = "load";
const LOAD_KNOWN: &str = "load-known";

fn main() {
    let case = std::env::args().skip(1).find(|argument| argument != "--bench");
    match case.as_deref() {
        Some(load @ (LOAD | LOAD_KNOWN)) => {
            let own = sources().into_iter().map(|source| engine::Source {
                name: source.name,
                format: engine::Format::Auto,
                bytes: source.bytes,
            });
            let own: Vec<engine::Source> = own.collect();
            let validated = if load == LOAD { &[] } else { policies::VALIDATED };
            let options = LoadOptions { validated, ..LoadOptions::default() };
            measured(|| drop(black_box(Policies::load(&own, &options))));
        }
        Some(number) => review(number.parse().unwrap()),
        None => all(),
    }
}

fn review(case: usize) {
    let (size, parts, deny) = REVIEWS[case];
    let (policies, mut cluster) = native();
    fill_native(&mut cluster);
    let body = body(size, parts, deny);
    let options = ReviewOptions::default();
    // What is made once is made before.
    drop(engine::review(&policies, &mut cluster, &body, &options).unwrap());
    measured(|| drop(black_box(engine::review(&policies, &mut cluster, black_box(&body), &options))));
}

/// The frame that Callgrind counts in.
#[inline(never)]
fn measured(mut work: impl FnMut()) {
    work();
    black_box(());
}

fn all() {
    println!("{SERVICES} Services and {PODS} pods; instructions of the native engine");
    let loads = [(LOAD, "the library loaded"), (LOAD_KNOWN, "known to be valid")];
    let loads = loads.map(|(case, name)| (case.to_owned(), name.to_owned()));
    let reviews = REVIEWS.iter().enumerate().map(|(at, (size, parts, deny))| {
        (at.to_string(), format!("{size} B, {parts} parts, {}", if *deny { "deny" } else { "allow" }))
    });
    for (case, name) in loads.into_iter().chain(reviews) {
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no"]);
        command.arg("--toggle-collect=*instructions::measured*").arg(std::env::current_exe().unwrap()).arg(&case);
        let Ok(output) = command.output() else {
            println!("not measured: valgrind is not installed");
            return;
        };
        let text = String::from_utf8_lossy(&output.stderr);
        let count =
            text.lines().find_map(|line| line.split_once("Collected :")).map(|(_, count)| count.trim().to_owned());
        println!("{name:28} {:>12}", count.unwrap_or_else(|| format!("none: {text}")));
    }
}
