//! `cargo xtask component`: the component as a file, and what a host has to know of it.
//!
//! The build of `wasm-host` makes it; this copies it and reads its outermost sections. Start at [`run`].

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest as _, Sha256};
use wasmparser::{Parser, Payload};

/// Names that stand in the outermost import and export sections of a component.
#[derive(Debug, Default, PartialEq, Eq)]
struct Interface {
    imports: Vec<String>,
    exports: Vec<String>,
}

/// Writes the component to `out` and prints its size, digest, imports and exports.
///
/// # Errors
/// When it cannot be built or written, or when it imports anything.
pub(crate) fn run(out: &str) -> Result<()> {
    let bytes = fs::read(built()?).context("cannot read the component that was built")?;
    let interface = interface(&bytes)?;
    fs::write(out, &bytes).with_context(|| format!("cannot write `{out}`"))?;
    println!("{out}");
    println!(
        "size: {} bytes{}",
        bytes.len(),
        gzipped(&bytes).map_or_else(String::new, |size| format!(", {size} with gzip -9"))
    );
    println!("sha256: {}", Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    println!(
        "imports: {}",
        if interface.imports.is_empty() { "none".to_owned() } else { interface.imports.join(", ") }
    );
    println!("exports: {}", interface.exports.join(", "));
    ensure!(interface.imports.is_empty(), "the component imports something; it must be able to reach nothing");
    Ok(())
}

/// Builds the command line as the README's first command does, so that nothing is built twice, and asks cargo where the
/// build script of `wasm-host` left the component.
fn built() -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the folder `xtask` has no parent")?;
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).args(["build", "--release", "--message-format=json"]);
    let output = command.stderr(Stdio::inherit()).output().context("cannot run cargo")?;
    ensure!(output.status.success(), "`wasm-host` cannot be built");
    let messages = String::from_utf8(output.stdout).context("cargo wrote no text")?;
    let path = messages.lines().find_map(component_path);
    path.context("cargo named no component")
}

/// The value of `HEDGEROW_WASM` in a message of cargo about a build script.
fn component_path(message: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(message).ok()?;
    let variables = message.get("env")?.as_array()?;
    let value = |pair: &serde_json::Value| {
        (pair.get(0)? == "HEDGEROW_WASM").then(|| pair.get(1)?.as_str().map(PathBuf::from))?
    };
    variables.iter().find_map(value)
}

fn interface(component: &[u8]) -> Result<Interface> {
    let mut interface = Interface::default();
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(component) {
        match payload.context("the component cannot be parsed")? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    interface.imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    interface.exports.push(export?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(interface)
}

/// The compressed size, where there is a `gzip` to ask.
fn gzipped(bytes: &[u8]) -> Option<usize> {
    let mut gzip = Command::new("gzip").args(["-9", "-c"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    let mut input = gzip.stdin.take()?;
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&bytes).is_ok());
    let output = gzip.wait_with_output().ok()?;
    (writer.join().ok()? && output.status.success()).then_some(output.stdout.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_found_in_cargos_messages() {
        let message = r#"{"reason":"build-script-executed","env":[["A","b"],["HEDGEROW_WASM","/t/hedgerow.wasm"]]}"#;
        assert_eq!(component_path(message), Some(PathBuf::from("/t/hedgerow.wasm")));
        assert_eq!(component_path(r#"{"reason":"compiler-artifact"}"#), None);
        assert_eq!(component_path("no JSON"), None);
    }

    #[test]
    fn an_empty_component_has_no_interface() {
        assert_eq!(interface(b"\0asm\x0d\0\x01\0").unwrap(), Interface::default());
    }
}
