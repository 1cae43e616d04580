//! Questions to a name server, as RFC 1035 writes them.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

/// How long an answer is waited for before the question is put again, and how often it is put.
const PATIENCE: (Duration, u32) = (Duration::from_secs(2), 15);

/// What a server answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    /// 0 no error, 2 server failure, 3 no such name, 5 refused.
    pub(crate) code: u8,
    /// `OWNER TYPE DATA` of each answer.
    pub(crate) records: BTreeSet<String>,
}

/// Asks a server for the records of a name, over UDP.
pub(crate) fn ask(server: SocketAddr, name: &str, kind: &str) -> Result<Reply> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.set_read_timeout(Some(PATIENCE.0))?;
    let question = question(name, number_of(kind)?);
    let mut reply = [0; 4096];
    let mut put = || {
        socket.send_to(&question, server)?;
        socket.recv_from(&mut reply)
    };
    let mut answered = put();
    for _ in 1..PATIENCE.1 {
        if answered.is_ok() {
            break;
        }
        answered = put();
    }
    let (length, _) = answered.with_context(|| format!("no answer to `{name}` {kind}"))?;
    read(reply.get(..length).context("longer than the buffer")?)
}

fn number_of(kind: &str) -> Result<u16> {
    Ok(match kind {
        "A" => 1,
        "CNAME" => 5,
        "PTR" => 12,
        "AAAA" => 28,
        "SRV" => 33,
        other => bail!("`{other}` is no type that is asked"),
    })
}

fn question(name: &str, kind: u16) -> Vec<u8> {
    // Number 1, recursion desired, one question, and an OPT record that allows for 4,096 bytes.
    let mut bytes = vec![0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1];
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).unwrap_or(u8::MAX));
        bytes.extend(label.bytes());
    }
    bytes.push(0);
    bytes.extend(kind.to_be_bytes());
    bytes.extend([0, 1]);
    bytes.extend([0, 0, 41, 16, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

/// Reads at a place and goes on behind it.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> Result<u8> {
        let byte = *self.bytes.get(self.at).context("the reply ends early")?;
        self.at += 1;
        Ok(byte)
    }

    fn number(&mut self) -> Result<u16> {
        Ok(u16::from_be_bytes([self.byte()?, self.byte()?]))
    }

    fn name(&mut self) -> Result<String> {
        let mut labels = Vec::new();
        loop {
            match self.byte()? {
                0 => return Ok(labels.join(".").to_ascii_lowercase()),
                length @ 1..=63 => {
                    let label: Result<Vec<u8>> = (0..length).map(|_| self.byte()).collect();
                    labels.push(String::from_utf8(label?)?);
                }
                pointer => {
                    ensure!(pointer >= 0xc0, "a label of {pointer} bytes");
                    let at = usize::from(u16::from_be_bytes([pointer & 0x3f, self.byte()?]));
                    ensure!(at < self.at, "a pointer that leads on");
                    labels.push(Reader { bytes: self.bytes, at }.name()?);
                    return Ok(labels.join(".").to_ascii_lowercase());
                }
            }
        }
    }
}

fn read(bytes: &[u8]) -> Result<Reply> {
    let mut reader = Reader { bytes, at: 2 };
    let flags = reader.number()?;
    ensure!(flags & 0x0200 == 0, "the reply is cut off");
    let (questions, answers) = (reader.number()?, reader.number()?);
    reader.at += 4;
    for _ in 0..questions {
        reader.name()?;
        reader.at += 4;
    }
    let mut records = BTreeSet::new();
    for _ in 0..answers {
        records.insert(record(&mut reader)?);
    }
    Ok(Reply { code: u8::try_from(flags & 15)?, records })
}

fn record(reader: &mut Reader<'_>) -> Result<String> {
    let owner = reader.name()?;
    let kind = reader.number()?;
    reader.at += 6;
    let end = usize::from(reader.number()?) + reader.at;
    let octets = |reader: &mut Reader<'_>, count: usize| (0..count).map(|_| reader.byte()).collect::<Result<Vec<u8>>>();
    let (kind, data) = match kind {
        1 => ("A", IpAddr::from(<[u8; 4]>::try_from(octets(reader, 4)?.as_slice())?).to_string()),
        28 => ("AAAA", Ipv6Addr::from(<[u8; 16]>::try_from(octets(reader, 16)?.as_slice())?).to_string()),
        5 => ("CNAME", reader.name()?),
        12 => ("PTR", reader.name()?),
        33 => {
            reader.at += 4;
            let port = reader.number()?;
            ("SRV", format!("{}:{port}", reader.name()?))
        }
        other => bail!("a record of type {other}"),
    };
    ensure!(reader.at == end, "a record of {owner} is longer or shorter than it says");
    Ok(format!("{owner} {kind} {data}"))
}
