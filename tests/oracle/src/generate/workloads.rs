//! Workloads: Pods, and what makes pods by a template.

use serde_json::{Map, Value, json};

use super::selectors::POD_LABELS;
use super::{Generator, fields};

/// Names that ports have, here and in policies.
pub(super) const PORT_NAMES: [&str; 4] = ["http", "dns", "metrics", "nobody"];

/// Numbers that ports have, here and in policies; they are close enough to meet.
pub(super) const PORTS: [u16; 8] = [1, 53, 80, 81, 443, 8080, 65534, 65535];

impl Generator {
    pub(super) fn workload(&mut self, number: usize) {
        let namespace = self.random.pick(&self.namespaces.clone());
        let name = format!("w{number}");
        let labels = self.labels_from(&POD_LABELS);
        let spec = self.pod_spec();
        let metadata = json!({ "namespace": namespace, "name": name });
        let (version, kind) = self.random.pick(&[
            ("v1", "Pod"),
            ("v1", "Pod"),
            ("v1", "Pod"),
            ("v1", "Pod"),
            ("v1", "Pod"),
            ("apps/v1", "Deployment"),
            ("apps/v1", "StatefulSet"),
            ("apps/v1", "DaemonSet"),
            ("apps/v1", "ReplicaSet"),
            ("batch/v1", "Job"),
            ("batch/v1", "CronJob"),
        ]);
        let mut object = fields(json!({ "apiVersion": version, "kind": kind, "metadata": metadata }));
        if kind == "Pod" {
            self.note("bare pod");
            object["metadata"]["labels"] = labels;
            object.insert("spec".into(), spec);
            self.phase(&mut object);
        } else {
            self.note("workload with a template");
            let template = json!({ "metadata": { "labels": labels }, "spec": spec });
            // The selector is not looked at: pods are made by the template.
            let spec = json!({ "selector": { "matchLabels": labels }, "template": template });
            let spec = if kind == "CronJob" { json!({ "jobTemplate": { "spec": spec } }) } else { spec };
            object.insert("spec".into(), spec);
        }
        self.documents.push(Value::Object(object));
    }

    fn phase(&mut self, pod: &mut Map<String, Value>) {
        if self.edge(8, "pod that has ended") {
            pod.insert("status".into(), json!({ "phase": self.random.pick(&["Succeeded", "Failed"]) }));
        } else if self.random.chance(30) {
            pod.insert("status".into(), json!({ "phase": self.random.pick(&["Running", "Pending", "Unknown"]) }));
        }
    }

    fn pod_spec(&mut self) -> Value {
        let mut spec = Map::new();
        if self.edge(14, "pod on the node's network") {
            spec.insert("hostNetwork".into(), json!(true));
        } else if self.random.chance(10) {
            spec.insert("hostNetwork".into(), json!(false));
        }
        let containers = self.list(1, 2, |generator| generator.container("c"));
        spec.insert("containers".into(), containers);
        if self.edge(15, "sidecar") {
            let mut sidecar = self.container("s");
            sidecar["restartPolicy"] = json!("Always");
            spec.insert("initContainers".into(), json!([sidecar]));
        } else if self.edge(6, "init container that ends") {
            let container = self.container("i");
            spec.insert("initContainers".into(), json!([container]));
        }
        Value::Object(spec)
    }

    fn container(&mut self, name: &str) -> Value {
        let mut container = fields(json!({ "name": name, "image": "none" }));
        if !self.edge(20, "container without ports") {
            let ports = self.container_ports();
            container.insert("ports".into(), ports);
        }
        Value::Object(container)
    }

    /// Names are unique within the container, as the API server demands; across containers they may repeat.
    fn container_ports(&mut self) -> Value {
        let count = self.random.between(1, 3);
        let names = self.random.some(&PORT_NAMES[..3], count);
        let mut ports = Vec::new();
        for name in names {
            let mut port = fields(json!({ "containerPort": self.random.pick(&PORTS) }));
            if !self.edge(20, "container port without a name") {
                port.insert("name".into(), json!(name));
            }
            match self.random.below(8) {
                0..4 => self.note("container port without a protocol"),
                4..6 => drop(port.insert("protocol".into(), json!("TCP"))),
                6 => drop(port.insert("protocol".into(), json!("UDP"))),
                _ => drop(port.insert("protocol".into(), json!("SCTP"))),
            }
            ports.push(Value::Object(port));
        }
        Value::Array(ports)
    }
}
