//! What a client is told to connect to.

use std::net::IpAddr;

use crate::net::{Protocol, parse_address};
use crate::reach::PortAsk;

/// Ports of schemes that have one. Source: IANA's registry of service names, and the defaults of the programs themselves.
const SCHEMES: &[(&str, Protocol, Option<u16>)] = &[
    ("amqp", Protocol::Tcp, Some(5672)),
    ("amqps", Protocol::Tcp, Some(5671)),
    ("dns", Protocol::Udp, Some(53)),
    ("ftp", Protocol::Tcp, Some(21)),
    ("grpc", Protocol::Tcp, None),
    ("http", Protocol::Tcp, Some(80)),
    ("https", Protocol::Tcp, Some(443)),
    ("ldap", Protocol::Tcp, Some(389)),
    ("ldaps", Protocol::Tcp, Some(636)),
    ("mongodb", Protocol::Tcp, Some(27017)),
    ("mqtt", Protocol::Tcp, Some(1883)),
    ("mysql", Protocol::Tcp, Some(3306)),
    ("nats", Protocol::Tcp, Some(4222)),
    ("postgres", Protocol::Tcp, Some(5432)),
    ("postgresql", Protocol::Tcp, Some(5432)),
    ("redis", Protocol::Tcp, Some(6379)),
    ("rediss", Protocol::Tcp, Some(6379)),
    ("sctp", Protocol::Sctp, None),
    ("smtp", Protocol::Tcp, Some(25)),
    ("ssh", Protocol::Tcp, Some(22)),
    ("tcp", Protocol::Tcp, None),
    ("udp", Protocol::Udp, None),
    ("ws", Protocol::Tcp, Some(80)),
    ("wss", Protocol::Tcp, Some(443)),
];

/// A host and a port, as a URL or by themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// The scheme, in small letters, if there is one.
    pub scheme: Option<String>,
    /// The host.
    pub host: Host,
    /// The port and its protocol.
    pub port: PortAsk,
    /// The path, which a way in from outside hangs on; empty if there is none. Never printed with the URL.
    pub path: String,
}

/// The host of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A name, as written.
    Name(String),
    /// An address.
    Address(IpAddr),
}

impl Url {
    /// Reads `SCHEME://HOST[:PORT]…` or `HOST:PORT[/PROTOCOL]`. Users and queries are left out, and so are never printed.
    ///
    /// # Errors
    /// What is missing, for people.
    ///
    /// ```
    /// use engine::way::Url;
    /// let url = Url::parse("postgres://logs:secret@timescaledb-0.timescaledb-headless/logs?sslmode=require").unwrap();
    /// assert_eq!(url.to_string(), "postgres://timescaledb-0.timescaledb-headless:5432");
    /// assert_eq!(Url::parse("kube-dns.kube-system:53/udp").unwrap().port.to_string(), "53/UDP");
    /// assert!(Url::parse("redis").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Url, String> {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
            None => (None, text),
        };
        let known = scheme.as_deref().map(|scheme| SCHEMES.iter().find(|(name, ..)| *name == scheme));
        let (protocol, default) = match known {
            Some(Some((_, protocol, port))) => (Some(*protocol), *port),
            Some(None) | None => (None, None),
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let written = path.strip_prefix('/').map(str::to_ascii_uppercase).filter(|_| scheme.is_none());
        let protocol = match (written.as_deref().filter(|word| !word.is_empty()), protocol) {
            (Some(word), _) => {
                Protocol::parse(word).ok_or_else(|| format!("`{word}` is no protocol; there are TCP, UDP and SCTP"))?
            }
            (None, known) => known.unwrap_or(Protocol::Tcp),
        };
        let (host, port) = host_and_port(authority)?;
        let port = match (port, default) {
            (Some(port), _) => port,
            (None, Some(port)) => port,
            (None, None) => {
                return Err(format!(
                    "`{text}` has no port: write `HOST:PORT`, or a URL such as `http://web` or `tcp://web:80`"
                ));
            }
        };
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let path = if scheme.is_some() { path.to_owned() } else { String::new() };
        Ok(Url { scheme, host, port: PortAsk { protocol, port }, path })
    }
}

fn host_and_port(authority: &str) -> Result<(Host, Option<u16>), String> {
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let port = match port.filter(|port| !port.is_empty()) {
        Some(port) => Some(
            port.parse()
                .ok()
                .filter(|port| *port > 0)
                .ok_or_else(|| format!("`{port}` is no port: it is a number from 1 to 65535"))?,
        ),
        None => None,
    };
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    match parse_address(host) {
        Some(address) => Ok((Host::Address(address), port)),
        None if !host.is_empty() && host.chars().all(is_name) => Ok((Host::Name(host.to_owned()), port)),
        None => Err(format!("`{host}` is no host: it is a name, an IPv4 address, or an IPv6 address in brackets")),
    }
}

impl std::fmt::Display for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::Address(IpAddr::V4(address)) => write!(f, "{address}"),
            Host::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

impl std::fmt::Display for Url {
    /// `http://web:80`; `web:53/UDP` without a scheme.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Url { scheme, host, port, path: _ } = self;
        match scheme {
            Some(scheme) => write!(f, "{scheme}://{host}:{}", port.port),
            None => write!(f, "{host}:{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_and_hosts_with_ports_are_read() {
        for (text, expected) in [
            ("http://web", "http://web:80"),
            ("HTTPS://web:8443/a?b#c", "https://web:8443"),
            ("tcp://redis:6379", "tcp://redis:6379"),
            ("udp://[fd00::1]:53", "udp://[fd00::1]:53"),
            ("web:80", "web:80/TCP"),
            ("10.96.0.10:53/udp", "10.96.0.10:53/UDP"),
            ("bolt://graph:7687", "bolt://graph:7687"),
            ("http://user:p%40ss@web.shop./x", "http://web.shop.:80"),
        ] {
            assert_eq!(Url::parse(text).map(|url| url.to_string()), Ok(expected.to_owned()), "{text}");
        }
        assert_eq!(Url::parse("dns://kube-dns.kube-system").unwrap().port.protocol, Protocol::Udp);
    }

    #[test]
    fn what_is_missing_is_told() {
        for (text, says) in [
            ("web", "has no port"),
            ("tcp://web", "has no port"),
            ("http://:80", "is no host"),
            ("http://we b", "is no host"),
            ("web:0", "is no port"),
            ("web:http", "is no port"),
            ("web:80/icmp", "is no protocol"),
        ] {
            assert!(Url::parse(text).unwrap_err().contains(says), "{text}");
        }
    }

    #[test]
    fn schemes_are_sorted() {
        assert!(SCHEMES.is_sorted_by_key(|(name, ..)| *name));
    }
}
