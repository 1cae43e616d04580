//! Any bytes, read as YAML and as JSON and judged as a file.
#![no_main]

use std::sync::LazyLock;

use engine::cluster::World;
use engine::{CheckOptions, Format, LoadOptions, Policies, Source};
use libfuzzer_sys::fuzz_target;

/// A pack without policies: what is looked for is in reading.
static POLICIES: LazyLock<Policies> = LazyLock::new(|| {
    let bytes = b"name = \"none\"\nversion = \"1.0.0\"\n".to_vec();
    let pack = Source { name: "none/pack.toml".to_owned(), format: Format::Toml, bytes };
    match Policies::load(&[pack], &LoadOptions::default()) {
        Ok((policies, _)) => policies,
        Err(problems) => panic!("{problems:#?}"),
    }
});

fuzz_target!(|bytes: &[u8]| {
    for format in [Format::Auto, Format::Yaml, Format::Json] {
        let source = Source { name: "input".to_owned(), format, bytes: bytes.to_vec() };
        let options = CheckOptions {
            world: World::Auto,
            operation: "create".to_owned(),
            user: None,
            groups: Vec::new(),
            namespace: None,
            settings: POLICIES.settings().clone(),
        };
        let report = engine::check(&POLICIES, &[source], &options);
        for place in report.findings.iter().filter_map(|finding| finding.place.as_ref()) {
            assert!(place.span.start <= place.span.end && place.span.end as usize <= bytes.len(), "{place:?}");
            assert!(place.line >= 1 && place.column >= 1, "{place:?}");
        }
    }
});
