//! A program that runs beside the test and never outlives it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// How much of the log goes into an error.
const TAIL_LINES: usize = 15;

/// A running program. Dropping it kills it and waits for its end, so that its ports are free again.
pub(super) struct Process {
    name: String,
    log: PathBuf,
    child: Child,
    /// Kills the program should the test end without dropping it: by a signal, by an abort.
    guard: Child,
}

impl Process {
    /// Starts `program` with both of its outputs going to `log`.
    pub(super) fn start(program: &Path, arguments: &[String], log: &Path) -> Result<Self> {
        let name = program.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let output = File::create(log).with_context(|| format!("cannot create `{}`", log.display()))?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("cannot start `{}`", program.display()))?;
        match guard(child.id()) {
            Ok(guard) => Ok(Self { name, log: log.to_owned(), child, guard }),
            Err(error) => {
                end(&mut child);
                Err(error)
            }
        }
    }

    /// Says why the program ended, if it has.
    pub(super) fn check_running(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("`{}` ended with {status}; the end of its log:\n{}", self.name, self.log_tail());
        }
        Ok(())
    }

    /// What was started, such as `etcd`.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Sends a signal, such as `STOP`.
    pub(super) fn signal(&self, signal: &str) -> Result<()> {
        let sent = Command::new("kill").arg(format!("-{signal}")).arg(self.child.id().to_string()).status();
        if sent.context("cannot start `kill`")?.success() {
            return Ok(());
        }
        bail!("`{}` cannot be sent the signal {signal}", self.name)
    }

    /// The last lines of the log.
    pub(super) fn log_tail(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines.get(lines.len().saturating_sub(TAIL_LINES)..).unwrap_or_default().join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The guard goes before the child is waited for: until then no other process can get the child's number.
        let _ = self.child.kill();
        end(&mut self.guard);
        let _ = self.child.wait();
    }
}

/// A shell that holds the reading end of a pipe. The system closes the other end when the test is gone, however it
/// went, and the shell goes on to kill the program.
fn guard(program: u32) -> Result<Child> {
    Command::new("sh")
        .args(["-c", "read -r line; kill -9 \"$1\"", "guard", &program.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("cannot start `sh`")
}

/// Both calls go wrong only for a process that has ended already, which is what is wanted.
fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::wait::wait_until;

    fn shell(script: &str) -> (tempfile::TempDir, Process) {
        let folder = tempfile::tempdir().unwrap();
        let arguments = ["-c".to_owned(), script.to_owned()];
        let process = Process::start(Path::new("/bin/sh"), &arguments, &folder.path().join("log")).unwrap();
        (folder, process)
    }

    #[test]
    fn early_end_is_told_with_the_log() {
        let (_folder, mut process) = shell("echo out of cheese; exit 3");
        let error = wait_until("its end", Duration::from_secs(20), || Ok(process.check_running().err())).unwrap();
        let text = error.to_string();
        assert!(text.contains("`sh` ended with") && text.contains("out of cheese"), "{text}");
    }

    #[test]
    fn closing_the_pipe_kills_the_program() {
        let (_folder, mut process) = shell("sleep 600");
        drop(process.guard.stdin.take());
        wait_until("its end", Duration::from_secs(20), || Ok(process.check_running().err())).unwrap();
    }

    #[test]
    fn dropping_ends_the_program() {
        let (_folder, process) = shell("sleep 600");
        let number = process.child.id();
        drop(process);
        let status = Command::new("kill").args(["-0", &number.to_string()]).stderr(Stdio::null()).status().unwrap();
        assert!(!status.success());
    }
}
