//! `embed-rust COMPONENT ADMISSION_REVIEW PACK_FILE…`: judges one request with wasmtime alone.

use std::{env, error::Error, fs};

use wasmtime::component::{Component, Linker, bindgen};
use wasmtime::{Config, Engine, Store};

bindgen!({ path: "../../wasm-guest/wit", world: "hedgerow" });

use exports::hedgerow::policy::engine::KindState;
use exports::hedgerow::policy::types::{Format, Source};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [component, request, pack @ ..] = arguments.as_slice() else {
        return Err("usage: embed-rust COMPONENT ADMISSION_REVIEW PACK_FILE…".into());
    };
    let source = |name: &String| Ok(Source { name: name.clone(), format: Format::Auto, bytes: fs::read(name)? });
    let sources = pack.iter().map(source).collect::<Result<Vec<_>, std::io::Error>>()?;

    let mut config = Config::new();
    config.epoch_interruption(true); // A deadline: call `engine.increment_epoch()` from a thread, once a millisecond.
    let engine = Engine::new(&config)?;
    let component = Component::from_file(&engine, component)?;
    let mut store = Store::new(&engine, ());
    store.set_epoch_deadline(1_000);
    // The linker stays empty: the component imports nothing.
    let hedgerow = Hedgerow::instantiate(&mut store, &component, &Linker::new(&engine))?;
    let engine = hedgerow.hedgerow_policy_engine();

    let policies = match engine.policies().call_load(&mut store, &sources, &[])? {
        Ok(policies) => policies,
        Err(problems) => return Err(format!("the policies cannot be used: {problems:#?}").into()),
    };
    let cluster = engine.cluster().call_constructor(&mut store)?;
    // This host watches no cluster. A policy that hangs on other objects is then not asked, and the review says so.
    for kind in engine.policies().call_watches(&mut store, policies)? {
        let state = KindState::NotAsked("this host watches no cluster".into());
        engine.cluster().call_set_kind(&mut store, cluster, &kind.group, &kind.kind, &state)?;
    }
    let review = engine.call_admit(&mut store, policies, cluster, &fs::read(request)?)??;
    println!("{}: {:?}, admitted: {}", review.subject, review.decision, review.admitted);
    for finding in review.findings {
        println!("{} {}: {}", finding.code, finding.field, finding.message);
    }
    for unknown in review.unknowns {
        println!("{} {}: unknown: {}", unknown.code, unknown.field, unknown.causes[0].message);
    }
    Ok(())
}
