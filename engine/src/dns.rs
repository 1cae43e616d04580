//! Names → answers, as the DNS specification of Kubernetes (1.1.0) has them.
//!
//! The search path of a pod makes the short forms work: `NAME` in the pod's own namespace, `NAME.NS` and `NAME.NS.svc`
//! anywhere. Says nothing of what is behind a name.

/// The four names by which pods of its namespace find a Service; the last is the full one.
///
/// ```
/// let names = engine::dns::service_names("web", "shop", "cluster.local");
/// assert_eq!(names, ["web", "web.shop", "web.shop.svc", "web.shop.svc.cluster.local"]);
/// ```
pub fn service_names(service: &str, namespace: &str, domain: &str) -> [String; 4] {
    [
        service.to_owned(),
        format!("{service}.{namespace}"),
        format!("{service}.{namespace}.svc"),
        format!("{service}.{namespace}.svc.{}", domain.trim_matches('.')),
    ]
}

/// The full names of the pods of a StatefulSet behind its governing Service: `SET-ORDINAL.SERVICE.NS.svc.DOMAIN`. Ordinals
/// count from `spec.ordinals.start` on.
///
/// ```
/// let names: Vec<_> = engine::dns::pod_names(("db", 5..7), "db", "shop", "cluster.local").collect();
/// assert_eq!(names, ["db-5.db.shop.svc.cluster.local", "db-6.db.shop.svc.cluster.local"]);
/// ```
pub fn pod_names<'a>(
    (set, ordinals): (&'a str, std::ops::Range<u32>),
    service: &'a str,
    namespace: &'a str,
    domain: &'a str,
) -> impl Iterator<Item = String> + 'a {
    let [.., full] = service_names(service, namespace, domain);
    ordinals.map(move |ordinal| format!("{set}-{ordinal}.{full}"))
}

/// The Service (namespace and name) that a name inside the cluster leads to: `NAME.NS.svc`, with or without the domain,
/// labels of single pods in front or not. `None` for a name that is none of these.
///
/// ```
/// use engine::dns::service_of;
/// assert_eq!(service_of("web.shop.svc.cluster.local.", "cluster.local"), Some(("shop", "web")));
/// assert_eq!(service_of("db-0.db.shop.svc", "cluster.local"), Some(("shop", "db")));
/// assert_eq!(service_of("example.org", "cluster.local"), None);
/// ```
pub fn service_of<'a>(name: &'a str, domain: &str) -> Option<(&'a str, &'a str)> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let relative = name.strip_suffix(domain.trim_matches('.')).and_then(|name| name.strip_suffix('.')).unwrap_or(name);
    let mut labels = relative.strip_suffix(".svc")?.rsplit('.');
    let (namespace, service) = (labels.next()?, labels.next()?);
    (!namespace.is_empty() && !service.is_empty()).then_some((namespace, service))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_of_the_cluster_is_a_setting() {
        let [.., full] = service_names("web", "shop", ".corp.example.");
        assert_eq!(full, "web.shop.svc.corp.example");
        assert_eq!(service_of(&full, "corp.example"), Some(("shop", "web")));
        assert_eq!(service_of(&full, "cluster.local"), None);
    }

    #[test]
    fn a_name_without_a_namespace_is_no_name_inside_the_cluster() {
        for name in ["web", "web.svc", "svc", ".svc", "", ".", "..svc", "web.shop", "svc.cluster.local"] {
            assert_eq!(service_of(name, "cluster.local"), None, "{name}");
        }
    }

    #[test]
    fn a_set_without_replicas_has_no_pod_names() {
        assert_eq!(pod_names(("db", 0..0), "db", "shop", "cluster.local").count(), 0);
    }
}
