//! The cluster that the questions are about.

/// Namespaces, Services of every type, and pods on a node, without which no endpoint is listed. What kubelet would say of the pods is said by [`STATUSES`].
pub(crate) const MANIFESTS: &str = r#"
{apiVersion: v1, kind: Node, metadata: {name: one}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: other}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: web}, spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}, {name: metrics, port: 9100, protocol: UDP}]}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: dual}, spec: {ipFamilyPolicy: PreferDualStack, selector: {app: web}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: six}, spec: {ipFamilies: [IPv6], selector: {app: web}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: node}, spec: {type: NodePort, selector: {app: web}, ports: [{name: http, port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: balanced}, spec: {type: LoadBalancer, selector: {app: nobody}, ports: [{name: http, port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: db}, spec: {clusterIP: None, selector: {app: db}, ports: [{name: sql, port: 5432, targetPort: sql}]}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: read}, spec: {selector: {app: db}, ports: [{name: sql, port: 5432}]}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: lazy}, spec: {clusterIP: None, selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}, {name: none, port: 81, targetPort: nothing}]}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: eager}, spec: {clusterIP: None, publishNotReadyAddresses: true, selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}]}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: headless-dual}, spec: {clusterIP: None, ipFamilyPolicy: RequireDualStack, selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}]}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: empty}, spec: {clusterIP: None, selector: {app: nobody}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: bare}, spec: {clusterIP: None, selector: {app: web}}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: hand}, spec: {clusterIP: None, ports: [{name: sql, port: 5432}]}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {namespace: shop, name: hand-1, labels: {kubernetes.io/service-name: hand, endpointslice.kubernetes.io/managed-by: hand}}, addressType: IPv4, ports: [{name: sql, port: 15432}], endpoints: [{addresses: [192.0.2.1]}, {addresses: [192.0.2.2], conditions: {ready: false}}, {addresses: [192.0.2.3], hostname: third}]}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: alias}, spec: {type: ExternalName, externalName: web.shop.svc.cluster.local}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: twice}, spec: {type: ExternalName, externalName: alias.shop.svc.cluster.local}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: far}, spec: {type: ExternalName, externalName: db.example.com}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: round}, spec: {type: ExternalName, externalName: trip.shop.svc.cluster.local}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: trip}, spec: {type: ExternalName, externalName: round.shop.svc.cluster.local}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: itself}, spec: {type: ExternalName, externalName: itself.shop.svc.cluster.local}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: lost}, spec: {type: ExternalName, externalName: nothing.shop.svc.cluster.local}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: number}, spec: {type: ExternalName, externalName: 192.0.2.1}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: other, name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: other, name: shop}, spec: {selector: {app: web}, ports: [{port: 80}]}}
---
{apiVersion: apps/v1, kind: StatefulSet, metadata: {namespace: shop, name: db}, spec: {serviceName: db, replicas: 2, podManagementPolicy: Parallel, selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, spec: {nodeName: one, containers: [{name: c, image: db, ports: [{name: sql, containerPort: 15432}]}]}}}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: up, labels: {app: web}}, spec: {hostname: first, subdomain: lazy, nodeName: one, containers: [{name: c, image: web, ports: [{name: http, containerPort: 8080}]}]}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: other, labels: {app: web}}, spec: {nodeName: one, containers: [{name: c, image: web, ports: [{name: http, containerPort: 9090}]}]}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: down, labels: {app: web}}, spec: {nodeName: one, containers: [{name: c, image: web, ports: [{name: http, containerPort: 8080}]}]}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: done, labels: {app: web}}, spec: {nodeName: one, containers: [{name: c, image: web, ports: [{name: http, containerPort: 8080}]}]}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: waiting, labels: {app: web}}, spec: {nodeName: one, containers: [{name: c, image: web}]}}
---
{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: quick}, spec: {dnsConfig: {options: [{name: ndots, value: "1"}]}, nodeName: one, containers: [{name: c, image: web}]}}
"#;

/// Pod, phase, whether it is ready, the last number of its addresses.
pub(crate) const STATUSES: &[(&str, &str, bool, u8)] = &[
    ("up", "Running", true, 1),
    ("other", "Running", true, 2),
    ("down", "Running", false, 3),
    ("done", "Succeeded", false, 4),
    ("db-0", "Running", true, 10),
    ("db-1", "Running", false, 11),
];

/// Names and the types that are asked of each; `*` stands for A, AAAA, SRV and CNAME.
pub(crate) const QUESTIONS: &[(&str, &str)] = &[
    ("web", "*"),
    ("web.shop", "*"),
    ("web.shop.svc", "*"),
    ("web.shop.svc.cluster.local", "*"),
    ("web.shop.svc.cluster.local.", "*"),
    ("web.other", "*"),
    ("shop", "A"),
    ("shop.other", "A"),
    ("WEB.Shop", "A"),
    ("dual", "*"),
    ("six", "*"),
    ("node", "*"),
    ("balanced", "*"),
    ("db", "*"),
    ("db.shop", "A"),
    ("db-0.db", "*"),
    ("db-0.db.shop.svc", "A"),
    ("db-1.db", "A"),
    ("db-2.db", "A"),
    ("db-0.read", "A"),
    ("10-244-0-10.read", "A"),
    ("10-244-0-10.db", "A"),
    ("10-244-0-11.read", "A"),
    ("read", "*"),
    ("lazy", "*"),
    ("first.lazy", "*"),
    ("up.lazy", "A"),
    ("10-244-0-1.lazy", "A"),
    ("10-244-0-2.lazy", "*"),
    ("first.eager", "A"),
    ("eager", "*"),
    ("headless-dual", "*"),
    ("fd00-10-244--2.headless-dual", "*"),
    ("empty", "*"),
    ("bare", "*"),
    ("hand", "*"),
    ("third.hand", "*"),
    ("192-0-2-1.hand", "A"),
    ("192-0-2-3.hand", "A"),
    ("alias", "*"),
    ("twice", "*"),
    ("far", "CNAME"),
    ("far", "SRV"),
    ("round", "*"),
    ("itself", "A"),
    ("lost", "*"),
    ("number", "*"),
    ("sub.alias", "A"),
    ("_http._tcp.web", "*"),
    ("_metrics._udp.web", "SRV"),
    ("_metrics._tcp.web", "SRV"),
    ("_http._tcp.lazy", "*"),
    ("_none._tcp.lazy", "SRV"),
    ("_sql._tcp.db", "SRV"),
    ("_sql._tcp.hand", "SRV"),
    ("_sql._tcp.alias", "SRV"),
    ("_http._tcp.headless-dual", "SRV"),
    ("_tcp.web", "SRV"),
    ("nothing", "*"),
    ("nothing.shop.svc.cluster.local.", "*"),
    ("web.nowhere", "A"),
    ("web.nowhere.svc.cluster.local.", "*"),
    ("a.b.c.d.shop.svc.cluster.local.", "A"),
    ("shop.svc.cluster.local.", "*"),
    ("nowhere.svc.cluster.local.", "A"),
    ("svc.cluster.local.", "A"),
    ("pod.cluster.local.", "A"),
    ("cluster.local.", "A"),
    ("web.shop.sve.cluster.local.", "A"),
    ("10-244-0-1.shop.pod", "*"),
    ("10-244-0-1.shop.pod.cluster.local.", "*"),
    ("fd00-10-244--1.shop.pod.cluster.local.", "*"),
    ("web.shop.pod.cluster.local.", "A"),
    ("10-244-0-1.nowhere.pod.cluster.local.", "A"),
    ("shop.pod.cluster.local.", "A"),
    ("example.com", "A"),
    ("kubernetes.default", "*"),
    ("10.244.0.1", "PTR"),
    ("10.244.0.2", "PTR"),
    ("10.244.0.3", "PTR"),
    ("10.244.0.10", "PTR"),
    ("192.0.2.1", "PTR"),
    ("192.0.2.3", "PTR"),
    ("10.96.0.1", "PTR"),
    ("fd00:10:244::2", "PTR"),
    ("1.0.244.10.in-addr.arpa", "A"),
    ("web", "PTR"),
];
