//! Any bytes as a pack: the part before the first NUL is its manifest, the rest a policy file; and as a policy test.
#![no_main]

use engine::{Format, LoadOptions, Policies, Source, TestOptions};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (manifest, policy) = match bytes.iter().position(|byte| *byte == 0) {
        Some(at) => (bytes.get(..at).unwrap_or_default(), bytes.get(at + 1..).unwrap_or_default()),
        None => (&b"name = \"p\"\nversion = \"0.1.0\"\ndescription = \"d\"\n"[..], bytes),
    };
    let source = |name: &str, format, bytes: &[u8]| Source { name: name.to_owned(), format, bytes: bytes.to_vec() };
    let sources = [source("p/pack.toml", Format::Toml, manifest), source("p/a.cedar", Format::Cedar, policy)];
    if let Ok((policies, _)) = Policies::load(&sources, &LoadOptions::default()) {
        let test = [source("p/a.test.yaml", Format::Yaml, policy)];
        let _ = engine::run_tests(&policies, &test, &TestOptions { filter: None, coverage: true });
    }
});
