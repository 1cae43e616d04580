//! How fast text becomes objects: `cargo bench -p hedgerow-engine --bench input`. Prints, asserts nothing.
//!
//! With Go at hand, the same texts are read by what `kubectl` reads with (`tests/kubectl-reader`).

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use engine::object::{Origin, decode_admission_review, lower, lower_one};
use engine::text::{Limits, read, read_json};
use engine::{Format, Source};

#[expect(clippy::disallowed_types, reason = "a bench reads the clock; the engine does not")]
type Clock = std::time::Instant;

fn main() -> ExitCode {
    println!("{:<34} {:>9} {:>12} {:>9}", "what", "bytes", "ns each", "MB/s");
    let mut compared = Vec::new();
    for (name, size) in [("1.5 kB", 1_500), ("5 kB", 5_000), ("50 kB", 50_000)] {
        let body = review(size);
        let own = measure(&format!("read_json, review of {name}"), body.len(), || {
            black_box(read_json(body.as_bytes(), &Limits::default()).ok());
        });
        compared.push((format!("JSON, review of {name}"), body.clone().into_bytes(), own));
        measure(&format!("… and decode, lower, {name}"), body.len(), || {
            let value = read_json(body.as_bytes(), &Limits::default()).ok();
            let request = value.and_then(|value| decode_admission_review(value).ok());
            let object = request.and_then(|request| request.object);
            black_box(object.and_then(|value| lower_one(value, &Origin::without_text("shop"), &mut Vec::new())));
        });
    }
    let service = read_json(SERVICE.as_bytes(), &Limits::default());
    measure("lower, a small Service (and clone)", SERVICE.len(), || {
        let value = service.clone().ok();
        black_box(value.and_then(|value| lower_one(value, &Origin::without_text("shop"), &mut Vec::new())));
    });
    measure("clone of that Service", SERVICE.len(), || {
        black_box(service.clone().ok());
    });
    // Few enough to be read in one go on a busy machine.
    let few = manifests(10);
    let own = measure("read, 10 YAML manifests", few.bytes.len(), || {
        black_box(read(&few, &Limits::default(), &mut Vec::new()));
    });
    compared.push(("YAML, 10 manifests".to_owned(), few.bytes, own));
    let manifests = manifests(1_000);
    measure("read, 1,000 YAML manifests", manifests.bytes.len(), || {
        black_box(read(&manifests, &Limits::default(), &mut Vec::new()));
    });
    measure("… and lower", manifests.bytes.len(), || {
        let origin = Origin::of_source(&manifests, 0, "default");
        let mut findings = Vec::new();
        for document in read(&manifests, &Limits::default(), &mut findings) {
            black_box(lower(document, &origin, &mut findings));
        }
    });
    compare(&compared);
    ExitCode::SUCCESS
}

/// Has `kubectl`'s reader read the texts, and prints how many times as long it takes.
#[expect(clippy::disallowed_methods, reason = "the other reader gets files; the engine gets none")]
fn compare(texts: &[(String, Vec<u8>, u128)]) {
    let folder = std::env::temp_dir().join(format!("hedgerow-input-{}", std::process::id()));
    let file = |(at, (_, bytes, _)): (usize, &(String, Vec<u8>, u128))| {
        let path = folder.join(at.to_string());
        std::fs::write(&path, bytes).map(|()| path)
    };
    let files: std::io::Result<Vec<PathBuf>> =
        std::fs::create_dir_all(&folder).and_then(|()| texts.iter().enumerate().map(file).collect());
    let reader = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/kubectl-reader");
    let output = files.and_then(|files| Command::new("go").args(["run", "."]).args(files).current_dir(reader).output());
    // It is only clutter if it stays.
    let _ = std::fs::remove_dir_all(&folder);
    let printed = match output {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).into_owned(),
        Ok(output) => return println!("kubectl is not measured: {}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => return println!("kubectl is not measured: {error}"),
    };
    println!("\n{:<34} {:>9} {:>12} {:>9}", "kubectl's reader", "bytes", "ns each", "times");
    for ((name, bytes, own), line) in texts.iter().zip(printed.lines()) {
        let times = line.parse::<f64>().map_or(f64::NAN, |kubectl| kubectl / *own as f64);
        println!("{name:<34} {:>9} {line:>12} {times:>9.1}", bytes.len());
    }
}

/// Runs `work` for a while, prints and yields the nanoseconds of its fastest run, which a busy machine disturbs least.
#[expect(clippy::disallowed_methods, reason = "a bench reads the clock; the engine does not")]
fn measure(name: &str, bytes: usize, mut work: impl FnMut()) -> u128 {
    let start = Clock::now();
    let mut best = Duration::MAX;
    while start.elapsed() < Duration::from_millis(700) {
        let run = Clock::now();
        work();
        best = best.min(run.elapsed());
    }
    let nanoseconds = best.as_nanos().max(1);
    println!("{name:<34} {bytes:>9} {nanoseconds:>12} {:>9.1}", bytes as f64 * 1e3 / nanoseconds as f64);
    nanoseconds
}

const SERVICE: &str = r#"{"kind":"Service","apiVersion":"v1","metadata":{"name":"web","namespace":"shop","uid":"5f1d8a5e-3f6b-4f57-9b2a-0c2f2c4a5d11","creationTimestamp":"2026-01-01T00:00:00Z","labels":{"app":"web","tier":"front"}},"spec":{"ports":[{"name":"http","protocol":"TCP","port":80,"targetPort":8080},{"name":"metrics","protocol":"TCP","port":9090,"targetPort":"metrics"},{"name":"admin","protocol":"TCP","port":8081,"targetPort":8081}],"selector":{"app":"web"},"type":"ClusterIP","sessionAffinity":"None","internalTrafficPolicy":"Cluster","ipFamilies":["IPv4"],"ipFamilyPolicy":"SingleStack"}}"#;

/// An AdmissionReview of about `size` bytes: what is missing is `managedFields` and annotations, half each.
fn review(size: usize) -> String {
    let head = r#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"705ab4f5-6393-11e8-b7cc-42010a800002","kind":{"group":"","version":"v1","kind":"Service"},"resource":{"group":"","version":"v1","resource":"services"},"requestKind":{"group":"","version":"v1","kind":"Service"},"requestResource":{"group":"","version":"v1","resource":"services"},"name":"web","namespace":"shop","operation":"CREATE","userInfo":{"username":"kim","groups":["dev","system:authenticated"]},"object":"#;
    let tail = r#","oldObject":null,"dryRun":false,"options":{"kind":"CreateOptions","apiVersion":"meta.k8s.io/v1"}}}"#;
    let missing = size.saturating_sub(head.len() + SERVICE.len() + tail.len());
    let field =
        |index: usize| format!(r#"{{"manager":"m{index}","fieldsV1":{{"f:spec":{{"f:ports":{{".":{{}}}}}}}}}}"#);
    let fields: Vec<String> = (0..missing / 2 / field(10).len()).map(field).collect();
    let annotation = |index: usize| format!(r#""example.com/note-{index}":"a text of some length, \"quoted\"""#);
    let annotations: Vec<String> = (0..missing / 2 / annotation(10).len()).map(annotation).collect();
    let metadata = format!(r#"{{"managedFields":[{}],"annotations":{{{}}},"#, fields.join(","), annotations.join(","));
    format!("{head}{}{tail}", SERVICE.replacen(r#"{"name":"web""#, &format!(r#"{metadata}"name":"web""#), 1))
}

fn manifests(count: usize) -> Source {
    let policy = |index: usize| {
        format!(
            "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: allow-{index}
  namespace: shop
  labels:
    app.kubernetes.io/name: app-{index}
    app.kubernetes.io/managed-by: Helm
spec:
  podSelector:
    matchLabels:
      app: app-{index} # the workload
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: \"shop\"
          podSelector:
            matchLabels: {{ app: client-{index} }}
        - ipBlock:
            cidr: 10.{}.0.0/16
      ports:
        - protocol: TCP
          port: 8080
  egress:
    - to:
        - podSelector: {{}}
      ports:
        - port: 53
          protocol: UDP
",
            index % 256
        )
    };
    let documents: Vec<String> = (0..count).map(policy).collect();
    let bytes = documents.join("---\n").into_bytes();
    Source { name: "all.yaml".to_owned(), format: Format::Auto, bytes }
}
