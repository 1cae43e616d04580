//! Builds the component and its ahead-of-time code, once for all profiles and worktrees that share a target folder.
//!
//! The guest is built by the cargo that runs this, in a scrubbed environment, under the profile `component`, into
//! `<target>/component/build`. The results are named by hashes of what goes into them:
//! `<target>/component/<hash>/hedgerow.wasm` and `hedgerow.cwasm`. `HEDGEROW_COMPONENT` names a ready component instead.

use std::env;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest as _, Sha256};

#[path = "src/config.rs"]
mod config;

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "component";
const MODULE: &str = "hedgerow_wasm_guest.wasm";

/// What goes into the guest, relative to the workspace.
const INPUTS: [&str; 7] = [
    "engine/src",
    "engine/Cargo.toml",
    "wasm-guest/src",
    "wasm-guest/wit",
    "wasm-guest/Cargo.toml",
    "Cargo.toml",
    "Cargo.lock",
];

/// Set by cargo and clippy for the outer build; the inner one must not see them, or each profile would have its own.
const SCRUBBED: [&str; 9] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "CLIPPY_ARGS",
    "CLIPPY_CONF_DIR",
    "RUSTC",
    "RUSTDOC",
    "TARGET",
];
const SCRUBBED_PREFIXES: [&str; 5] =
    ["CARGO_TARGET_", "CARGO_BUILD_", "CARGO_PROFILE_", "CARGO_FEATURE_", "CARGO_CFG_"];

fn main() -> Result<()> {
    println!("cargo::rerun-if-env-changed=HEDGEROW_COMPONENT");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/config.rs");
    let workspace = workspace()?;
    for input in INPUTS {
        println!("cargo::rerun-if-changed={}", workspace.join(input).display());
    }
    let folder = target_folder()?.join("component");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    // Other builds that share the target folder wait here, and then find everything made.
    let lock = File::create(folder.join(".lock")).context("cannot create a lock file")?;
    lock.lock().context("cannot lock the component's folder")?;

    let component = match env::var_os("HEDGEROW_COMPONENT") {
        Some(path) => {
            println!("cargo::rerun-if-changed={}", Path::new(&path).display());
            PathBuf::from(path)
        }
        None => component(&workspace, &folder)?,
    };
    let bytes = read(&component)?;
    let code = code(&bytes, &folder)?;
    emit("HEDGEROW_WASM", component.as_os_str())?;
    emit("HEDGEROW_WASM_SHA256", hex(&bytes).as_ref())?;
    emit("HEDGEROW_CWASM", code.as_os_str())?;
    emit("HEDGEROW_CWASM_SHA256", hex(&read(&code)?).as_ref())
}

/// The component for the sources as they are, built unless it is there.
fn component(workspace: &Path, folder: &Path) -> Result<PathBuf> {
    let mut hash = Sha256::new();
    for input in INPUTS {
        feed(&mut hash, workspace, Path::new(input))?;
    }
    let version = Command::new(cargo()).arg("--version").output().context("cannot run cargo")?;
    hash.update(version.stdout);
    let folder_of_key = folder.join(short(&hash.finalize()));
    let path = folder_of_key.join("hedgerow.wasm");
    if !path.is_file() {
        let module = build(workspace, &folder.join("build"))?;
        let component = wit_component::ComponentEncoder::default()
            .module(&module)
            .and_then(|encoder| encoder.validate(true).encode())
            .map_err(|error| anyhow::anyhow!("the guest cannot be made a component: {error:#}"))?;
        write(&path, &component)?;
    }
    Ok(path)
}

/// Runs cargo for the guest and yields the module.
fn build(workspace: &Path, target: &Path) -> Result<Vec<u8>> {
    let mut command = Command::new(cargo());
    command.current_dir(workspace).args(["build", "--package", "hedgerow-wasm-guest", "--lib", "--locked"]);
    command.args(["--target", TARGET, "--profile", PROFILE, "--target-dir"]).arg(target);
    for (name, _) in env::vars_os() {
        let scrub = name.to_str().is_some_and(|name| {
            SCRUBBED.contains(&name) || SCRUBBED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        });
        if scrub {
            command.env_remove(name);
        }
    }
    let output = command.output().context("cannot run cargo for the guest")?;
    let errors = String::from_utf8_lossy(&output.stderr);
    let hint = if errors.contains("target may not be installed") || errors.contains("can't find crate for `core`") {
        "\nthe target is missing: run `rustup target add wasm32-unknown-unknown`"
    } else {
        ""
    };
    ensure!(output.status.success(), "the guest cannot be built:\n{errors}{hint}");
    read(&target.join(TARGET).join(PROFILE).join(MODULE))
}

/// The ahead-of-time code of a component, compiled unless it is there.
fn code(component: &[u8], folder: &Path) -> Result<PathBuf> {
    let target = env::var("TARGET").context("cargo sets TARGET")?;
    // Whoever raises wasmtime changes the lock file of the workspace, and with it the version that is named here.
    let config = [
        include_bytes!("src/config.rs").as_slice(),
        wasmtime_version(&read(&workspace()?.join("Cargo.lock"))?).as_slice(),
    ]
    .concat();
    let mut hash = Sha256::new();
    for part in [component, config.as_slice(), target.as_bytes()] {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    let path = folder.join(short(&hash.finalize())).join("hedgerow.cwasm");
    if !path.is_file() {
        // The triple is named so that the code runs on every machine of it, not only on one like this.
        let mut config = config::config();
        config.target(&target).map_err(|error| anyhow::anyhow!("`{target}` cannot run the component: {error:#}"))?;
        let code = wasmtime::Engine::new(&config)
            .and_then(|engine| engine.precompile_component(component))
            .map_err(|error| anyhow::anyhow!("the component cannot be compiled ahead of time: {error:#}"))?;
        write(&path, &code)?;
    }
    Ok(path)
}

/// The lines about wasmtime in the lock file.
fn wasmtime_version(lock: &[u8]) -> Vec<u8> {
    let lock = String::from_utf8_lossy(lock);
    let mut packages = lock.split("\n[[package]]\n");
    packages.find(|package| package.starts_with("name = \"wasmtime\"\n")).unwrap_or_default().as_bytes().to_vec()
}

fn workspace() -> Result<PathBuf> {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").context("cargo sets CARGO_MANIFEST_DIR")?;
    Ok(Path::new(&manifest).parent().context("the crate has no parent folder")?.to_owned())
}

/// `<target>` of `<target>/<profile>/build/<package>/out`; the folder with cargo's tag, if there is one further up.
fn target_folder() -> Result<PathBuf> {
    let out = PathBuf::from(env::var_os("OUT_DIR").context("cargo sets OUT_DIR")?);
    let tagged = out.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    Ok(tagged.or_else(|| out.ancestors().nth(4)).context("OUT_DIR has no target folder above it")?.to_owned())
}

fn cargo() -> std::ffi::OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Hashes a file, or all files of a folder in order of their names, with their paths.
fn feed(hash: &mut Sha256, workspace: &Path, relative: &Path) -> Result<()> {
    let path = workspace.join(relative);
    if path.is_dir() {
        let mut names = Vec::new();
        for entry in fs::read_dir(&path).with_context(|| format!("cannot list `{}`", path.display()))? {
            names.push(entry?.file_name());
        }
        names.sort();
        return names.iter().try_for_each(|name| feed(hash, workspace, &relative.join(name)));
    }
    let bytes = read(&path)?;
    hash.update(format!("{} {}\n", relative.display(), bytes.len()));
    hash.update(bytes);
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))
}

/// Writes to a temporary name and renames, so that what has the final name is whole.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().context("a file has a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, bytes).with_context(|| format!("cannot write `{}`", unfinished.display()))?;
    fs::rename(&unfinished, path).with_context(|| format!("cannot rename to `{}`", path.display()))
}

fn emit(name: &str, value: &OsStr) -> Result<()> {
    let value = value.to_str().with_context(|| format!("{name} is no UTF-8"))?;
    println!("cargo::rustc-env={name}={value}");
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    digits(&Sha256::digest(bytes))
}

fn short(digest: &[u8]) -> String {
    digits(digest.get(..8).unwrap_or(digest))
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot go wrong.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
