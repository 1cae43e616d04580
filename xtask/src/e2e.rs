//! `cargo xtask e2e`: the real Kubernetes that end-to-end tests run against.
//!
//! Builds etcd, CoreDNS, kube-apiserver, kube-controller-manager and kubectl from the Go modules in `tests/e2e`, once, into a
//! cache folder named by a hash of what goes into them; or takes those that `KUBEBUILDER_ASSETS` names. Downloads
//! nothing but Go modules, at the versions that `go.sum` fixes. Read [`folder`] first.

use std::env;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use sha2::{Digest as _, Sha256};

/// One program of the control plane, and where its source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Binary {
    /// The file's name, as Kubernetes' own tools call it.
    name: &'static str,
    /// The folder below `tests/e2e` whose `go.mod` fixes the versions.
    module: &'static str,
    /// The Go package that holds its `main`.
    package: &'static str,
}

/// All that the tests start, the quickest to build first.
const BINARIES: [Binary; 5] = [
    Binary { name: "etcd", module: "etcd", package: "go.etcd.io/etcd/server/v3" },
    Binary { name: "coredns", module: "coredns", package: "." },
    Binary { name: "kube-apiserver", module: "", package: "k8s.io/kubernetes/cmd/kube-apiserver" },
    Binary { name: "kube-controller-manager", module: "", package: "k8s.io/kubernetes/cmd/kube-controller-manager" },
    Binary { name: "kubectl", module: "", package: "k8s.io/kubernetes/cmd/kubectl" },
];

/// The files that fix every version and what is built, relative to `tests/e2e`.
const LOCKS: [&str; 7] =
    ["go.mod", "go.sum", "etcd/go.mod", "etcd/go.sum", "coredns/go.mod", "coredns/go.sum", "coredns/main.go"];

/// Flags of every build. The two cores of a small machine are kept busy, and never by two links at a time: each
/// needs nearly 3 GB.
const BUILD_FLAGS: [&str; 6] = ["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-p", "2"];

/// Where the binaries are, or would be once built.
enum Place {
    /// In a folder that `KUBEBUILDER_ASSETS` names, as other Kubernetes projects have it too.
    Given(PathBuf),
    /// In the cache folder for the versions in `tests/e2e`.
    Cache(PathBuf),
}

/// Builds what is missing and prints the folder of the binaries as the last line of standard output.
///
/// # Errors
/// When `KUBEBUILDER_ASSETS` names a folder that lacks a binary, when Go is missing, or when a build does not succeed.
pub fn run() -> Result<()> {
    if let Place::Cache(folder) = place()? {
        build_missing(&source()?, &folder)?;
    }
    println!("{}", folder()?.display());
    Ok(())
}

/// The folder that holds all binaries: `KUBEBUILDER_ASSETS`, or else the cache folder. Builds nothing.
///
/// # Errors
/// When a binary is missing, with what to do about it; when a `go.mod` or `go.sum` cannot be read; when no place for a
/// cache is known because `HOME` is not set.
pub fn folder() -> Result<PathBuf> {
    let (folder, help) = match place()? {
        Place::Given(folder) => (folder, "add them to the folder in KUBEBUILDER_ASSETS, or unset that variable"),
        Place::Cache(folder) => (folder, "run `cargo xtask e2e` to build them"),
    };
    let missing = missing_in(&folder);
    ensure!(missing.is_empty(), "`{}` lacks {}; {help}", folder.display(), missing.join(", "));
    Ok(folder)
}

fn place() -> Result<Place> {
    match folder_in("KUBEBUILDER_ASSETS") {
        Some(folder) => Ok(Place::Given(folder)),
        None => Ok(Place::Cache(cache()?.join(key(&source()?)?))),
    }
}

fn missing_in(folder: &Path) -> Vec<&'static str> {
    BINARIES.iter().map(|binary| binary.name).filter(|name| !folder.join(name).is_file()).collect()
}

fn cache() -> Result<PathBuf> {
    if let Some(folder) = folder_in("HEDGEROW_E2E_CACHE") {
        return Ok(folder);
    }
    if let Some(folder) = folder_in("XDG_CACHE_HOME") {
        return Ok(folder.join("hedgerow/e2e"));
    }
    let home = folder_in("HOME").context("no place for the binaries: set HEDGEROW_E2E_CACHE or HOME")?;
    Ok(home.join(".cache/hedgerow/e2e"))
}

fn folder_in(variable: &str) -> Option<PathBuf> {
    // Absolute, since `go` runs in another folder.
    env::var_os(variable).and_then(|value| std::path::absolute(value).ok())
}

/// `tests/e2e` of the checkout that this was built from.
fn source() -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the folder `xtask` has no parent")?;
    Ok(root.join("tests/e2e"))
}

/// Names the cache folder: the first 16 hexadecimal digits of a hash of all versions and of the build's flags.
fn key(source: &Path) -> Result<String> {
    let mut hash = Sha256::new();
    for name in LOCKS {
        let text = read(&source.join(name))?;
        // The length keeps text from moving between two files unnoticed.
        hash.update(format!("{name} {}\n", text.len()));
        hash.update(text);
    }
    for binary in BINARIES {
        hash.update(go_arguments(&binary, source)?.join("\n"));
    }
    Ok(hash.finalize().iter().take(8).fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot go wrong.
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}

/// What `go` is called with, except for where it puts the result.
fn go_arguments(binary: &Binary, source: &Path) -> Result<Vec<String>> {
    let mut arguments: Vec<String> = BUILD_FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
    let mut link = "-s -w".to_owned();
    if binary.module.is_empty() {
        link.push_str(&version_flags(&read(&source.join("go.mod"))?)?);
    }
    arguments.push(format!("-ldflags={link}"));
    arguments.push(binary.package.to_owned());
    Ok(arguments)
}

/// Kubernetes knows its version only from the linker; without it the API server says `v0.0.0-master`.
fn version_flags(go_mod: &str) -> Result<String> {
    let version = go_mod
        .lines()
        .find_map(|line| line.trim().trim_start_matches("require ").strip_prefix("k8s.io/kubernetes v"))
        .and_then(|version| version.split_whitespace().next())
        .context("go.mod requires no `k8s.io/kubernetes`")?;
    let mut numbers = version.split('.');
    let (Some(major), Some(minor)) = (numbers.next(), numbers.next()) else {
        bail!("version `{version}` of `k8s.io/kubernetes` has no minor number");
    };
    let package = "k8s.io/component-base/version";
    Ok(format!(" -X {package}.gitVersion=v{version} -X {package}.gitMajor={major} -X {package}.gitMinor={minor}"))
}

fn build_missing(source: &Path, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    // A second run waits for the first and then finds everything built.
    let lock_path = folder.join(".lock");
    let lock = File::create(&lock_path).with_context(|| format!("cannot create `{}`", lock_path.display()))?;
    lock.lock().with_context(|| format!("cannot lock `{}`", lock_path.display()))?;
    let missing = missing_in(folder);
    for binary in BINARIES.iter().filter(|binary| missing.contains(&binary.name)) {
        build(binary, source, folder)?;
    }
    Ok(())
}

/// Builds to a temporary name and renames, so that what has the final name is whole.
fn build(binary: &Binary, source: &Path, folder: &Path) -> Result<()> {
    let start = Instant::now();
    eprintln!("building {} (the first time takes minutes)", binary.name);
    let unfinished = folder.join(format!(".{}.unfinished", binary.name));
    let mut arguments = go_arguments(binary, source)?;
    arguments.insert(1, "-o".to_owned());
    let mut command = Command::new("go");
    command.args(arguments.iter().take(2)).arg(&unfinished).args(arguments.iter().skip(2));
    command.current_dir(source.join(binary.module));
    // Only what is hashed decides what is built.
    command.env("CGO_ENABLED", "0").env("GOFLAGS", "").env("GOWORK", "off").env_remove("GOOS").env_remove("GOARCH");
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let status = command.status().context("cannot run `go`; end-to-end tests need Go 1.26 or newer")?;
    ensure!(status.success(), "`go build {}` ended with {status}", binary.package);
    let path = folder.join(binary.name);
    fs::rename(&unfinished, &path).with_context(|| format!("cannot rename to `{}`", path.display()))?;
    eprintln!("built {} in {} s", binary.name, start.elapsed().as_secs());
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_comes_from_go_mod() {
        let go_mod = "module m\n\nrequire k8s.io/kubernetes v1.37.2\n";
        let flags = version_flags(go_mod).unwrap();
        assert!(flags.contains("gitVersion=v1.37.2") && flags.contains("gitMajor=1 "), "{flags}");
        assert!(flags.ends_with("gitMinor=37"), "{flags}");
        assert_eq!(flags, version_flags("require (\n\tk8s.io/kubernetes v1.37.2 // indirect\n)\n").unwrap());
    }

    #[test]
    fn key_is_sixteen_digits_and_changes_with_a_version() {
        let source = source().unwrap();
        let copy = env::temp_dir().join(format!("hedgerow-e2e-key-{}", std::process::id()));
        ["etcd", "coredns"].iter().for_each(|module| fs::create_dir_all(copy.join(module)).unwrap());
        for name in LOCKS {
            fs::copy(source.join(name), copy.join(name)).unwrap();
        }
        let before = key(&copy).unwrap();
        let go_mod = read(&copy.join("etcd/go.mod")).unwrap().replace("server/v3 v3", "server/v3 v4");
        fs::write(copy.join("etcd/go.mod"), go_mod).unwrap();
        let after = key(&copy).unwrap();
        fs::remove_dir_all(&copy).unwrap();
        assert_eq!(before, key(&source).unwrap());
        assert_eq!(before.len(), 16);
        assert_ne!(before, after);
    }

    #[test]
    fn missing_binaries_are_named_in_order() {
        assert_eq!(missing_in("/nonexistent".as_ref()), BINARIES.map(|binary| binary.name));
    }

    #[test]
    fn staging_modules_follow_kubernetes() {
        let go_mod = read(&source().unwrap().join("go.mod")).unwrap();
        let flags = version_flags(&go_mod).unwrap();
        let expected = flags.split("gitVersion=v1.").nth(1).unwrap().split(' ').next().unwrap();
        let replaced: Vec<&str> =
            go_mod.lines().filter_map(|line| line.split(" => ").nth(1)?.split(" v0.").nth(1)).collect();
        assert!(replaced.len() > 30 && replaced.iter().all(|version| *version == expected), "{replaced:?}");
    }
}
