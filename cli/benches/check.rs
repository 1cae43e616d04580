//! How long `hedgerow check` takes, as a whole process: `cargo bench -p hedgerow-cli --bench check`.
//!
//! One file of the example, and 1,000 manifests in a folder: as many Deployments, Services, NetworkPolicies and ConfigMaps.
//! Prints minimum, median and maximum of each; asserts nothing about time.
#![expect(clippy::unwrap_used, reason = "what cannot run has nothing better to do than to say so")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 40;
const MANIFESTS: usize = 1_000;

fn main() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/log-system/20-redis.yaml");
    time("one file", &example);
    let folder = std::env::temp_dir().join(format!("hedgerow-check-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    (0..MANIFESTS).for_each(|at| fs::write(folder.join(format!("{at:04}.yaml")), manifest(at)).unwrap());
    time("1,000 manifests", &folder);
    fs::remove_dir_all(&folder).unwrap();
}

fn time(name: &str, input: &Path) {
    let mut times: Vec<Duration> = (0..RUNS).map(|_| run(input)).collect();
    times.sort();
    let at = |part: usize| times[(times.len() - 1) * part / 2].as_secs_f64() * 1e3;
    println!("{name:16} min {:6.1} ms, median {:6.1} ms, max {:6.1} ms", at(0), at(1), at(2));
}

fn run(input: &Path) -> Duration {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hedgerow"));
    command.arg("check").arg(input).stdout(Stdio::null());
    let start = Instant::now();
    let code = command.status().unwrap().code();
    let took = start.elapsed();
    assert!(matches!(code, Some(0 | 1)), "{code:?}");
    took
}

fn manifest(at: usize) -> String {
    let (app, namespace) = (at / 4, format!("team-{}", at / 4 % 20));
    let metadata = format!("metadata: {{name: app-{app}, namespace: {namespace}}}");
    match at % 4 {
        0 => format!(
            "apiVersion: apps/v1
kind: Deployment
{metadata}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: app-{app}}}}}
  template:
    metadata: {{labels: {{app: app-{app}}}}}
    spec:
      containers:
        - name: main
          image: example.com/app:1
          ports: [{{name: http, containerPort: 8080}}]
          readinessProbe: {{httpGet: {{path: /, port: http}}}}
"
        ),
        1 => format!(
            "apiVersion: v1
kind: Service
{metadata}
spec:
  selector: {{app: app-{app}}}
  ports: [{{name: http, port: 80, targetPort: http}}]
"
        ),
        2 => format!(
            "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
{metadata}
spec:
  podSelector: {{matchLabels: {{app: app-{app}}}}}
  policyTypes: [Ingress]
  ingress:
    - from: [{{podSelector: {{matchLabels: {{app: app-{}}}}}}}]
      ports: [{{port: http, protocol: TCP}}]
",
            app + 1
        ),
        _ => format!("apiVersion: v1\nkind: ConfigMap\n{metadata}\ndata: {{a: b}}\n"),
    }
}
