//! Standard output and standard error, without panics when a reader goes away.

use std::io::{ErrorKind, IsTerminal, Read, Write};

use anstream::AutoStream;
use clap::ColorChoice;

/// Writes to standard output. A reader that went away ends the output and is no error.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Writes a line of chatter to standard error.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Writes an error line to standard error.
pub(crate) fn complain(message: &str) {
    say(&format!("error: {message}"));
}

/// Whether text on standard output is coloured.
pub(crate) fn colours(choice: ColorChoice) -> bool {
    coloured(choice, &std::io::stdout())
}

/// Whether text on standard error is coloured.
pub(crate) fn colours_of_errors(choice: ColorChoice) -> bool {
    coloured(choice, &std::io::stderr())
}

fn coloured(choice: ColorChoice, stream: &impl anstream::stream::RawStream) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => !matches!(AutoStream::choice(stream), anstream::ColorChoice::Never),
    }
}

/// Standard input, up to `limit` bytes and one more, so that the engine sees that it is too long.
pub(crate) fn read_stdin(limit: usize) -> std::io::Result<Vec<u8>> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        say("reading standard input; end it with Ctrl-D");
    }
    let mut bytes = Vec::new();
    stdin.lock().take(limit as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
