//! The built component as others see it: what it imports and exports, and how big it is.
#![expect(clippy::unwrap_used, reason = "a component that cannot be read has to fail")]

use std::fs;

use wasm_host::{COMPONENT_PATH, COMPONENT_SHA256, Component};
use wasmparser::{Parser, Payload};

/// What the component may have. Raise it on purpose only.
const BUDGET: usize = 9_000_000;

fn component() -> Vec<u8> {
    fs::read(COMPONENT_PATH).unwrap()
}

/// Names of imports and exports of the outermost component, and of its core modules' imports.
fn names() -> (Vec<String>, Vec<String>, Vec<String>) {
    let bytes = component();
    let (mut imports, mut exports, mut core_imports) = (Vec::new(), Vec::new(), Vec::new());
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(&bytes) {
        match payload.unwrap() {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 0 => {
                imports.extend(section.into_iter().map(|import| import.unwrap().name.name.to_owned()));
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                exports.extend(section.into_iter().map(|export| export.unwrap().name.name.to_owned()));
            }
            Payload::ImportSection(section) => {
                core_imports.extend(section.into_imports().map(|import| import.unwrap().module.to_owned()));
            }
            _ => {}
        }
    }
    (imports, exports, core_imports)
}

#[test]
fn the_component_imports_nothing() {
    let (imports, exports, core_imports) = names();
    assert_eq!(imports, [""; 0]);
    let interfaces = ["types", "engine", "evidence", "names", "ways", "network"];
    assert_eq!(exports, interfaces.map(|name| format!("hedgerow:policy/{name}@0.1.0")));
    // The modules within may import what belongs to the component's own exports, and the two small modules by which the
    // encoder ties them together; all of it is supplied inside the component.
    let own = |module: &&String| {
        matches!(module.as_str(), "" | "actual" | "shim") || module.starts_with("[export]hedgerow:policy/")
    };
    let foreign: Vec<&String> = core_imports.iter().filter(|module| !own(module)).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}

#[test]
fn the_component_is_within_its_budget() {
    let size = component().len();
    assert!(size <= BUDGET, "{size} bytes are more than {BUDGET}");
}

#[test]
fn the_digest_is_that_of_the_component() {
    use sha2::Digest as _;
    let digest: String = sha2::Sha256::digest(component()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, COMPONENT_SHA256);
    assert!(format!("{:?}", Component::embedded().unwrap()).contains(COMPONENT_SHA256));
}
