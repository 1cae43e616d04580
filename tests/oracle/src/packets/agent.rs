//! What runs inside each network namespace: it answers whoever arrives with its own name, and connects where it is told.

use std::io::{BufRead, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

/// The port where servers listen; every namespace redirects every port to it.
pub const SERVER_PORT: u16 = 7;

/// What is refused is told at once; this long waits only who is told nothing, on a machine that is busy.
const PATIENCE: Duration = Duration::from_millis(700);

/// Who was told nothing asks again, so often: neither an answer nor a refusal is ever lost on purpose.
const TRIES: usize = 5;

/// One connection to be tried.
#[derive(Clone, Debug)]
pub struct Probe {
    /// UDP if true, else TCP.
    pub udp: bool,
    /// The address it comes from.
    pub source: IpAddr,
    /// Where it goes.
    pub destination: SocketAddr,
    /// The name of who should answer there.
    pub expects: String,
}

impl Probe {
    /// The line by which an agent is told.
    pub fn to_line(&self) -> String {
        let Probe { udp, source, destination, expects } = self;
        format!("{} {source} {destination} {expects}\n", if *udp { "udp" } else { "tcp" })
    }

    fn parse(line: &str) -> Option<Probe> {
        let mut words = line.split_whitespace();
        Some(Probe {
            udp: words.next()? == "udp",
            source: words.next()?.parse().ok()?,
            destination: words.next()?.parse().ok()?,
            expects: words.next()?.to_owned(),
        })
    }

    /// Whether it arrives: `1`, is refused: `0`, arrives at somebody else: `?`, or nothing comes of it: `-`.
    fn outcome(&self) -> char {
        for _ in 0..TRIES {
            let answer = if self.udp { self.ask_udp() } else { self.ask_tcp() };
            match answer {
                Ok(name) if name == self.expects => return '1',
                Ok(_) => return '?',
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => return '0',
                Err(_) => {}
            }
        }
        '-'
    }

    fn socket(&self, kind: Type, protocol: Protocol) -> std::io::Result<Socket> {
        let socket = Socket::new(Domain::for_address(self.destination), kind, Some(protocol))?;
        socket.bind(&SockAddr::from(SocketAddr::new(self.source, 0)))?;
        socket.set_read_timeout(Some(PATIENCE))?;
        Ok(socket)
    }

    fn ask_tcp(&self) -> std::io::Result<String> {
        let socket = self.socket(Type::STREAM, Protocol::TCP)?;
        // No TIME_WAIT: thousands of connections go by.
        socket.set_linger(Some(Duration::ZERO))?;
        socket.connect_timeout(&SockAddr::from(self.destination), PATIENCE)?;
        let mut name = String::new();
        TcpStream::from(socket).read_to_string(&mut name)?;
        Ok(name)
    }

    fn ask_udp(&self) -> std::io::Result<String> {
        let socket = self.socket(Type::DGRAM, Protocol::UDP)?;
        socket.connect(&SockAddr::from(self.destination))?;
        let socket = UdpSocket::from(socket);
        socket.send(b"?")?;
        let mut name = [0; 64];
        let length = socket.recv(&mut name)?;
        Ok(String::from_utf8_lossy(&name[..length]).into_owned())
    }
}

fn serve_tcp(listener: &TcpListener, name: &str) {
    for mut stream in listener.incoming().flatten() {
        // Whoever hung up has lost nothing.
        drop(stream.write_all(name.as_bytes()));
    }
}

fn serve_udp(socket: &UdpSocket, name: &str) {
    let mut buffer = [0; 64];
    loop {
        if let Ok((_, from)) = socket.recv_from(&mut buffer) {
            drop(socket.send_to(name.as_bytes(), from));
        }
    }
}

/// Serves, says `ready`, and tries what standard input tells, a line for each connection; an empty line asks for the
/// outcomes so far, in one line of their characters. Ends with standard input.
///
/// # Errors
/// The port cannot be had, or a line is not understood.
pub fn run(name: &str) -> Result<()> {
    let here = format!("[::]:{SERVER_PORT}");
    let listener = TcpListener::bind(&here).context("no TCP port to serve")?;
    let socket = UdpSocket::bind(&here).context("no UDP port to serve")?;
    let (for_tcp, for_udp) = (name.to_owned(), name.to_owned());
    thread::spawn(move || serve_tcp(&listener, &for_tcp));
    thread::spawn(move || serve_udp(&socket, &for_udp));
    let mut out = std::io::stdout().lock();
    writeln!(out, "ready")?;
    let mut outcomes = String::new();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if line.is_empty() {
            writeln!(out, "{outcomes}")?;
            out.flush()?;
            outcomes.clear();
        } else {
            let probe = Probe::parse(&line).with_context(|| format!("this is no probe: {line}"))?;
            outcomes.push(probe.outcome());
        }
    }
    Ok(())
}
