//! Network namespaces: one for each pod, one for everything outside the cluster, and a router between them that filters.
//!
//! They are set up once; from cluster to cluster only the router's rules change. Outside, every address is local, so that
//! any of them can connect and be connected to. Everywhere, every port leads to the one where the agent serves.

use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use super::agent::{Probe, SERVER_PORT};

/// The number of pods that there are namespaces for.
pub const PODS: usize = 8;

/// The name of the agent outside.
pub const OUTSIDE: &str = "outside";

/// The name of a pod's agent.
pub fn pod_name(pod: usize) -> String {
    format!("pod{pod}")
}

/// The addresses of a pod, of both families.
pub fn pod_addresses(pod: usize) -> [IpAddr; 2] {
    let number = 16 + pod as u16;
    [Ipv4Addr::new(10, 244, 0, number as u8).into(), Ipv6Addr::new(0xfd00, 0x10, 0, 0, 0, 0, 0, number).into()]
}

/// Whether packets to and from an address outside can be had: unicast beyond the link, and no pod's.
pub fn is_usable_outside(address: IpAddr) -> bool {
    let unicast = match address {
        IpAddr::V4(v4) => !matches!(v4.octets(), [0 | 127 | 224..=255, ..] | [169, 254, ..]),
        IpAddr::V6(v6) => matches!(v6.segments()[0], 0x2000..=0x3fff | 0xfc00..=0xfdff),
    };
    unicast && !(0..PODS).any(|pod| pod_addresses(pod).contains(&address))
}

/// Why this machine cannot run the test, if it cannot.
pub fn missing() -> Option<String> {
    for (program, arguments) in [("ip", "netns list"), ("nft", "list ruleset")] {
        let run = Command::new(program).args(arguments.split(' ')).output();
        match run {
            Ok(run) if run.status.success() => {}
            Ok(_) => return Some(format!("`{program} {arguments}` is refused; run as root")),
            Err(_) => return Some(format!("there is no `{program}`; install nftables and iproute2")),
        }
    }
    None
}

/// The namespaces, and an agent in each. They go when this is dropped.
#[derive(Debug)]
pub struct Network {
    /// What the names of its namespaces begin with.
    prefix: String,
    agents: Vec<Agent>,
}

#[derive(Debug)]
struct Agent {
    name: String,
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

fn run(command: &mut Command, input: &str) -> Result<()> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    child.stdin.take().context("no standard input")?.write_all(input.as_bytes())?;
    let done = child.wait_with_output()?;
    ensure!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    Ok(())
}

impl Network {
    /// Sets everything up; `agent` is the program of [`super::agent`].
    ///
    /// # Errors
    /// Something is refused: not root, no nftables.
    pub fn set_up(agent: &Path) -> Result<Network> {
        let mut network = Network { prefix: format!("hedgerow-{}", std::process::id()), agents: Vec::new() };
        network.add_namespace("router")?;
        network.sysctl("router", "net/ipv4/ip_forward", "1")?;
        network.sysctl("router", "net/ipv6/conf/all/forwarding", "1")?;
        // A refusal for each refused packet: of no type of ICMP, and of all but 1 (unreachable) of ICMPv6, is the rate limited.
        network.sysctl("router", "net/ipv4/icmp_ratemask", "0")?;
        network.sysctl("router", "net/ipv6/icmp/ratemask", "0,2-127")?;
        for pod in 0..PODS {
            network.add_pod(pod)?;
        }
        network.add_outside()?;
        for name in (0..PODS).map(pod_name).chain([OUTSIDE.to_owned()]) {
            network.start_agent(agent, &name)?;
        }
        Ok(network)
    }

    fn namespace(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix)
    }

    fn add_namespace(&self, name: &str) -> Result<()> {
        run(Command::new("ip").args(["netns", "add", &self.namespace(name)]), "")?;
        self.ip(name, "link set lo up\n")
    }

    /// Runs lines of `ip` inside a namespace.
    fn ip(&self, name: &str, lines: &str) -> Result<()> {
        run(Command::new("ip").args(["-n", &self.namespace(name), "-batch", "-"]), lines)
    }

    fn nft(&self, name: &str, rules: &str) -> Result<()> {
        let mut command = Command::new("ip");
        run(command.args(["netns", "exec", &self.namespace(name), "nft", "-f", "-"]), rules)
    }

    fn sysctl(&self, name: &str, key: &str, value: &str) -> Result<()> {
        let mut command = Command::new("ip");
        let write = format!("echo {value} > /proc/sys/{key}");
        run(command.args(["netns", "exec", &self.namespace(name), "sh", "-c", &write]), "")
    }

    /// A namespace, and a wire from its `eth0` to an interface of the router of the same name as the namespace.
    fn add_wired(&self, name: &str) -> Result<()> {
        self.add_namespace(name)?;
        let inside = self.namespace(name);
        let wire = format!(
            "link add name {name} type veth peer name eth0 netns {inside}\n\
             link set {name} addrgenmode none\n\
             addr add 169.254.1.1/32 dev {name}\n\
             addr add fe80::1/64 dev {name} nodad\n\
             link set {name} up\n"
        );
        self.ip("router", &wire)?;
        self.ip(name, "link set eth0 addrgenmode none\nlink set eth0 up\n")?;
        let redirect = format!(
            "table inet serve {{\n chain arrive {{\n  type nat hook prerouting priority dstnat\n  \
             iifname \"eth0\" meta l4proto {{ tcp, udp }} redirect to :{SERVER_PORT}\n }}\n}}\n"
        );
        self.nft(name, &redirect)
    }

    fn add_pod(&self, pod: usize) -> Result<()> {
        let name = pod_name(pod);
        self.add_wired(&name)?;
        let [v4, v6] = pod_addresses(pod);
        let inside = format!(
            "addr add {v4}/32 dev eth0\naddr add {v6}/128 dev eth0 nodad\n\
             route add 169.254.1.1 dev eth0 scope link\nroute add default via 169.254.1.1\n\
             route add default via fe80::1 dev eth0\n"
        );
        self.ip(&name, &inside)?;
        self.ip("router", &format!("route add {v4} dev {name}\nroute add {v6} dev {name}\n"))
    }

    fn add_outside(&self) -> Result<()> {
        self.add_wired(OUTSIDE)?;
        self.sysctl(OUTSIDE, "net/ipv4/ip_nonlocal_bind", "1")?;
        self.sysctl(OUTSIDE, "net/ipv6/ip_nonlocal_bind", "1")?;
        let mut inside = String::from(
            "addr add 169.254.1.2/32 dev eth0\naddr add fe80::2/64 dev eth0 nodad\n\
             route add 169.254.1.1 dev eth0 scope link table local\n\
             route add local 0.0.0.0/0 dev lo table local\nroute add local ::/0 dev lo table local\n",
        );
        for [v4, v6] in (0..PODS).map(pod_addresses) {
            inside.push_str(&format!(
                "route add {v4} via 169.254.1.1 dev eth0 table local\nroute add {v6} via fe80::1 dev eth0 table local\n"
            ));
        }
        self.ip(OUTSIDE, &inside)?;
        self.ip(
            "router",
            &format!(
                "route add default via 169.254.1.2 dev {OUTSIDE} onlink\nroute add default via fe80::2 dev {OUTSIDE}\n"
            ),
        )
    }

    fn start_agent(&mut self, agent: &Path, name: &str) -> Result<()> {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.namespace(name)]).arg(agent).arg(name);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = process.stdin.take();
        let output = BufReader::new(process.stdout.take().context("no standard output")?);
        let mut agent = Agent { name: name.to_owned(), process, input, output };
        let ready = agent.line();
        self.agents.push(agent);
        ensure!(ready? == "ready", "the agent of {name} does not start");
        Ok(())
    }

    /// Lets the router filter by these rules, and forget the ones before.
    ///
    /// # Errors
    /// The rules are not understood.
    pub fn filter(&self, rules: &str) -> Result<()> {
        self.nft("router", &format!("flush ruleset\n{rules}")).with_context(|| format!("of these rules:\n{rules}"))
    }

    /// Tries connections, each from the namespace named beside it, all namespaces at once. True for each that arrives.
    ///
    /// # Errors
    /// An agent is gone, somebody answered whom nobody asked, or nobody answered at all.
    pub fn probe(&mut self, probes: &[(String, Probe)]) -> Result<Vec<bool>> {
        let mut outcomes = vec![false; probes.len()];
        for agent in &mut self.agents {
            let lines: String =
                probes.iter().filter(|(from, _)| *from == agent.name).map(|(_, one)| one.to_line()).collect();
            agent.tell(&format!("{lines}\n"))?;
        }
        for agent in &mut self.agents {
            let characters = agent.line()?;
            let places = (0..probes.len()).filter(|place| probes[*place].0 == agent.name);
            for (place, character) in places.zip(characters.chars()) {
                match character {
                    '1' => outcomes[place] = true,
                    '0' => {}
                    '-' => bail!("neither an answer nor a refusal comes to {:?}", probes[place]),
                    _ => bail!("somebody else answers {:?}", probes[place]),
                }
            }
        }
        Ok(outcomes)
    }
}

impl Agent {
    fn tell(&mut self, lines: &str) -> Result<()> {
        let input = self.input.as_mut().context("the agent is gone")?;
        input.write_all(lines.as_bytes())?;
        Ok(input.flush()?)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        ensure!(self.output.read_line(&mut line)? > 0, "the agent of {} is gone", self.name);
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for agent in &mut self.agents {
            // It ends with its input.
            agent.input = None;
            drop(agent.process.wait());
        }
        let names = (0..PODS).map(pod_name).chain([OUTSIDE.to_owned(), "router".to_owned()]);
        for name in names {
            drop(Command::new("ip").args(["netns", "del", &self.namespace(&name)]).stderr(Stdio::null()).status());
        }
    }
}
