//! What makes a load balancer internal, whom it admits, and how many there are.

use super::answer::only_if;
use super::{About, Answer, FactValue};
use crate::net::Cidr;

/// Annotations of the clouds' own controllers that keep a load balancer inside, with the value that does (empty: any).
const INTERNAL_ANNOTATIONS: &[(&str, &str)] = &[
    ("cloud.google.com/load-balancer-type", "internal"),
    ("load-balancer.hetzner.cloud/disable-public-network", "true"),
    ("networking.gke.io/load-balancer-type", "internal"),
    ("oci-network-load-balancer.oraclecloud.com/internal", "true"),
    ("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", "intranet"),
    ("service.beta.kubernetes.io/aws-load-balancer-internal", "true"),
    ("service.beta.kubernetes.io/aws-load-balancer-internal", "0.0.0.0/0"),
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"),
    ("service.beta.kubernetes.io/azure-load-balancer-internal", "true"),
    ("service.beta.kubernetes.io/do-loadbalancer-network", "internal"),
    ("service.beta.kubernetes.io/oci-load-balancer-internal", "true"),
    ("service.beta.kubernetes.io/openstack-internal-load-balancer", "true"),
    ("service.beta.kubernetes.io/scw-loadbalancer-private", "true"),
    ("service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", "private"),
    ("service.kubernetes.io/qcloud-loadbalancer-internal-subnetid", ""),
];
const INTERNAL_CLASSES: &[&str] = &["networking.gke.io/l4-regional-internal"];
/// The AWS Load Balancer Controller makes load balancers internal unless `aws-load-balancer-scheme` says otherwise.
const INTERNAL_UNLESS_SAID: (&str, &str) =
    ("service.k8s.aws/nlb", "service.beta.kubernetes.io/aws-load-balancer-scheme");

pub(super) fn internal(about: About<'_>) -> Answer {
    about.readable("/spec/type")?;
    let service = about.service()?;
    only_if(service.kind == "LoadBalancer")?;
    about.readable("/metadata/annotations")?;
    about.readable("/spec/loadBalancerClass")?;
    let annotations = &about.object.meta.annotations;
    let annotated = annotations.iter().any(|(key, value)| {
        let makes = |(known, wanted): &(&str, &str)| {
            known == key && if wanted.is_empty() { !value.is_empty() } else { value.eq_ignore_ascii_case(wanted) }
        };
        INTERNAL_ANNOTATIONS.iter().any(makes)
    });
    let class = service.load_balancer_class.as_deref().unwrap_or_default();
    let (default_class, scheme) = INTERNAL_UNLESS_SAID;
    let by_default = class == default_class && !annotations.iter().any(|(key, _)| key == scheme);
    Ok((annotated || by_default || INTERNAL_CLASSES.contains(&class)).into())
}

pub(super) fn widest_source_range(about: About<'_>) -> Answer {
    about.service()?;
    about.readable("/spec/loadBalancerSourceRanges")?;
    let raw = about.object.raw.as_deref();
    let ranges = raw.and_then(|raw| raw.at(&["spec", "loadBalancerSourceRanges"])?.as_list()).unwrap_or_default();
    let prefix = |range: &crate::text::Value| Some(Cidr::parse_or_address(range.as_str()?.trim())?.prefix);
    super::answer::applicable(ranges.iter().filter_map(prefix).min()).map(|prefix| FactValue::Long(prefix.into()))
}

pub(super) fn in_namespace(about: About<'_>) -> Answer {
    about.readable("/spec/type")?;
    only_if(about.service()?.kind == "LoadBalancer")?;
    about.complete(&[("", "Service")])?;
    Ok(about.cluster.load_balancers(about.namespace()).into())
}
