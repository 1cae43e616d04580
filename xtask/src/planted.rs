//! `cargo xtask planted`: the oracle finds bugs that are planted in the engine.
//!
//! Each patch of `tests/oracle/planted` is applied to a copy of the last commit, and the comparison is run there. A bug that
//! it does not find within [`CASES`] cases is a hole in the oracle.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Within so many cases a bug has to be found.
const CASES: &str = "10000";
const PATCHES: &str = "tests/oracle/planted";

/// A working tree of the last commit, gone when it is dropped.
struct Copy {
    path: PathBuf,
}

impl Copy {
    fn check_out() -> Result<Copy> {
        let copy = Copy { path: std::env::temp_dir().join(format!("hedgerow-planted-{}", std::process::id())) };
        git(Path::new("."), &["worktree", "add", "--detach", &copy.path.to_string_lossy(), "HEAD"])?;
        Ok(copy)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        drop(git(Path::new("."), &["worktree", "remove", "--force", &self.path.to_string_lossy()]));
    }
}

fn git(folder: &Path, arguments: &[&str]) -> Result<()> {
    let status = Command::new("git").arg("-C").arg(folder).args(arguments).status().context("cannot run `git`")?;
    ensure!(status.success(), "`git {}` ended with {status}", arguments.join(" "));
    Ok(())
}

/// Runs the comparison in a folder; what it printed, and whether the two sides agreed.
fn compare(folder: &Path) -> Result<(String, bool)> {
    let mut command = Command::new("cargo");
    command.current_dir(folder).args(["run", "-q", "-p", "hedgerow-oracle", "--bin", "hedgerow-compare", "--"]);
    command.args(["--cases", CASES, "--seed", "1", "--all-tiers"]);
    // A target folder of its own: cargo takes the engines of both trees for the same, and would link the one with the bug.
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    command.env("CARGO_TARGET_DIR", std::path::absolute(target)?.join("planted"));
    let output = command.output().context("cannot run `cargo`")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(!text.is_empty(), "the comparison does not run: {}", String::from_utf8_lossy(&output.stderr));
    Ok((text, output.status.success()))
}

/// Plants every bug in turn.
pub(crate) fn run() -> Result<()> {
    let copy = Copy::check_out()?;
    let (text, agrees) = compare(&copy.path)?;
    ensure!(agrees, "the two sides disagree without any bug planted:\n{text}");
    let mut patches: Vec<PathBuf> =
        std::fs::read_dir(PATCHES)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    patches.sort();
    for patch in patches {
        let patch = std::fs::canonicalize(patch)?;
        let name = patch.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        git(&copy.path, &["apply", &patch.to_string_lossy()])?;
        let (text, agrees) = compare(&copy.path)?;
        ensure!(!agrees, "{name} is not found within {CASES} cases");
        let found = text.lines().next().unwrap_or_default().trim_start_matches("# ");
        println!("{name}: found {found}");
        git(&copy.path, &["checkout", "--", "."])?;
    }
    Ok(())
}
