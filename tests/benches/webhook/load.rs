//! Requests over kept connections, timed, and what they cost the server.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use hedgerow_tests::control_plane::{Authority, Client};

const ROUNDS: usize = 40;
const REQUESTS: usize = 100;

/// A server that is asked.
pub(crate) struct Asked {
    name: &'static str,
    process: u32,
    url: String,
    path: &'static str,
    body: Vec<u8>,
    ca_pem: String,
}

impl Asked {
    pub(crate) fn new(name: &'static str, (process, url): (u32, &str), body: Vec<u8>, authority: &Authority) -> Asked {
        let path = "/validate?timeout=3s";
        Asked { name, process, url: url.to_owned(), path, body, ca_pem: authority.certificate_pem() }
    }

    /// As it is, at another path.
    pub(crate) fn at(self, path: &'static str) -> Asked {
        Asked { path, ..self }
    }

    fn client(&self) -> Result<Client> {
        Client::new(&self.url, &self.ca_pem, None)
    }

    /// [`REQUESTS`] requests, one after the other.
    fn ask(&self, client: &Client) -> Result<Vec<Duration>> {
        let one = |_| {
            let start = Instant::now();
            let answer = client.send("POST", self.path, "application/json", &self.body)?;
            let took = start.elapsed();
            ensure!(answer.body["response"]["allowed"] == true, "{}: {answer:?}", self.name);
            Ok(took)
        };
        (0..REQUESTS).map(one).collect()
    }
}

/// Asks all of them in turn over that many connections, and prints a line for each. The last to be named is no base: ratios
/// are to the server `trivial`.
pub(crate) fn measure(servers: &[Asked], connections: usize) -> Result<()> {
    let clients: Vec<Vec<Client>> =
        servers.iter().map(|server| (0..connections).map(|_| server.client()).collect()).collect::<Result<_>>()?;
    let mut times = vec![Vec::new(); servers.len()];
    let mut cpu = vec![0.0; servers.len()];
    for round in 0..=ROUNDS {
        for (at, server) in servers.iter().enumerate() {
            let before = cpu_seconds(server.process)?;
            let took = std::thread::scope(|scope| {
                let clients = clients.get(at).into_iter().flatten();
                let workers: Vec<_> = clients.map(|client| scope.spawn(|| server.ask(client))).collect();
                let joined =
                    workers.into_iter().map(|worker| worker.join().map_err(|_| anyhow::anyhow!("a client died"))?);
                joined.collect::<Result<Vec<_>>>()
            })?;
            // The first round opens the connections and warms what is to be warmed.
            if let (true, Some(times), Some(cpu)) = (round > 0, times.get_mut(at), cpu.get_mut(at)) {
                times.extend(took.into_iter().flatten());
                *cpu += cpu_seconds(server.process)? - before;
            }
        }
    }
    let quantile = |times: &[Duration], part: f64| {
        let at = ((times.len().saturating_sub(1)) as f64 * part) as usize;
        times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e6)
    };
    times.iter_mut().for_each(|times| times.sort());
    let base = servers.iter().zip(&times).find(|(server, _)| server.name == "trivial");
    let base = base.map_or(f64::NAN, |(_, times)| quantile(times, 0.5));
    for ((server, times), cpu) in servers.iter().zip(&times).zip(&cpu) {
        let p50 = quantile(times, 0.5);
        println!(
            "{:20} {connections:>3} {p50:>8.0} {:>8.0} {:>8.0} {:>10.2} {:>18.0}",
            server.name,
            quantile(times, 0.99),
            quantile(times, 0.0),
            p50 / base,
            times.len() as f64 / cpu
        );
    }
    Ok(())
}

/// User and system time of a process so far. Linux counts it in hundredths of a second for every reader of `/proc`.
fn cpu_seconds(process: u32) -> Result<f64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let fields = text.rsplit_once(')').context("no `stat`")?.1;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
    Ok(ticks.sum::<Result<u64, _>>()? as f64 / 100.0)
}

/// The resident set of a process, in millions of bytes.
pub(crate) fn resident_mb(process: u32) -> Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no `VmRSS`")?;
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes * 1024 / 1_000_000)
}
