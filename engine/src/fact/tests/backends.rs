//! Services and the workloads behind them.

use crate::fact::testing::{Ask, deployment, object, of, part, ports, workload};

const SERVICE: Ask = of("core::v1::Service");
const PORT: Ask = part("core::v1::ServicePort", &[0]);

fn web(ports: &str) -> String {
    object("Service", "web", &format!("spec: {{selector: {{app: web}}, ports: [{ports}]}}"))
}

fn plain() -> String {
    web("{port: 80}")
}

fn without_selector() -> String {
    object("Service", "web", "spec: {ports: [{port: 80}]}")
}

fn external() -> String {
    object("Service", "web", "spec: {type: ExternalName, externalName: a.example, selector: {app: web}}")
}

#[test]
fn a_service_selects_the_workloads_whose_pods_have_its_labels() {
    let (web, other) = (deployment("web", ""), deployment("other", ""));
    SERVICE.check("selectedWorkloads", &[&plain(), &web, &other], "shop/web");
    SERVICE.check("selectedWorkloadCount", &[&plain(), &web, &other], "1");
    SERVICE.check("selectsNothing", &[&plain(), &web, &other], "false");
    SERVICE.check("selectsNothing", &[&plain(), &other], "true");
    SERVICE.check("selectedWorkloads", &[&plain(), &other], "");
}

#[test]
fn workloads_that_share_a_name_are_told_apart_by_kind() {
    let given = [&*plain(), &deployment("web", ""), &workload("StatefulSet", "web", "")];
    SERVICE.check("selectedWorkloads", &given, "shop/web[Deployment] shop/web[StatefulSet]");
}

#[test]
fn a_service_without_selector_and_an_external_name_select_nothing_by_their_nature() {
    for fact in ["selectedWorkloads", "selectsNothing", "selectedWorkloadCount", "backendReplicas"] {
        SERVICE.check(fact, &[&without_selector(), &deployment("web", "")], "not applicable");
        SERVICE.check(fact, &[&external(), &deployment("web", "")], "not applicable");
    }
}

#[test]
fn without_a_workload_of_the_namespace_nobody_knows_what_a_service_selects() {
    let facts = ["selectedWorkloads", "selectsNothing", "selectedWorkloadCount", "backendReplicas"];
    let more = ["backedOnlyByDaemonSets", "backendsWithoutReadinessProbe", "hostNetworkBackends"];
    for fact in facts.into_iter().chain(more) {
        SERVICE.check(fact, &[&plain()], "unknown");
    }
    SERVICE.closed().check("selectsNothing", &[&plain()], "true");
}

#[test]
fn what_an_open_world_holds_is_there_all_the_same() {
    let given = [&*plain(), &deployment("web", "")];
    SERVICE.open().check("selectsNothing", &given, "false");
    SERVICE.open().check("selectedWorkloads", &given, "unknown");
}

#[test]
fn pods_of_a_workload_that_is_here_do_not_count_again() {
    let owned = "  labels: {app: web}\n  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: u, controller: true}]";
    let pod = object("Pod", "web-1", owned);
    SERVICE.check("selectedWorkloads", &[&plain(), &deployment("web", ""), &pod], "shop/web");
    SERVICE.check("selectedWorkloads", &[&plain(), &deployment("other", ""), &pod], "shop/web-1");
}

#[test]
fn a_pod_that_has_run_to_its_end_is_no_workload() {
    let pod = |phase: &str| object("Pod", "web-1", &format!("  labels: {{app: web}}\nstatus: {{phase: {phase}}}"));
    let other = deployment("other", "");
    SERVICE.check("selectsNothing", &[&plain(), &pod("Succeeded"), &other], "true");
    SERVICE.check("selectsNothing", &[&plain(), &pod("Failed"), &other], "true");
    SERVICE.check("selectsNothing", &[&plain(), &pod("Running"), &other], "false");
}

#[test]
fn replicas_of_all_backends_add_up() {
    let two = object("Deployment", "web", "spec: {replicas: 2, template: {metadata: {labels: {app: web}}, spec: {}}}");
    SERVICE.check("backendReplicas", &[&plain(), &two], "2");
    SERVICE.check("backendReplicas", &[&plain(), &two, &workload("StatefulSet", "web", "")], "3");
    SERVICE.check("backendReplicas", &[&plain(), &workload("DaemonSet", "web", "")], "1000");
    SERVICE.check("backendReplicas", &[&plain(), &workload("Job", "web", "")], "1");
}

#[test]
fn daemon_sets_alone_are_on_every_node() {
    let daemons = workload("DaemonSet", "web", "");
    SERVICE.check("backedOnlyByDaemonSets", &[&plain(), &daemons], "true");
    SERVICE.check("backedOnlyByDaemonSets", &[&plain(), &daemons, &deployment("web", "")], "false");
    SERVICE.check("backedOnlyByDaemonSets", &[&plain(), &deployment("other", "")], "not applicable");
}

#[test]
fn backends_that_take_traffic_before_they_are_ready() {
    let probed = "containers: [{name: c, ports: [{containerPort: 80}], readinessProbe: {httpGet: {port: 80}}}]";
    let fact = "backendsWithoutReadinessProbe";
    SERVICE.check(fact, &[&plain(), &deployment("web", &ports("{containerPort: 80}"))], "shop/web");
    SERVICE.check(fact, &[&plain(), &deployment("web", probed)], "");
    SERVICE.check(fact, &[&plain(), &deployment("web", "")], "");
    SERVICE.check(fact, &[&without_selector()], "not applicable");
}

#[test]
fn backends_on_the_host_network() {
    SERVICE.check("hostNetworkBackends", &[&plain(), &deployment("web", "hostNetwork: true")], "shop/web");
    SERVICE.check("hostNetworkBackends", &[&plain(), &deployment("web", "")], "");
    SERVICE.check("hostNetworkBackends", &[&external()], "not applicable");
}

#[test]
fn a_target_port_is_looked_up_by_name_or_number_and_protocol() {
    let web_pods = deployment("web", &ports("{name: http, containerPort: 8080}, {containerPort: 53, protocol: UDP}"));
    let check = |port: &str, declared: &str, mismatch: &str| {
        PORT.check("targetPortDeclared", &[&web(port), &web_pods], declared);
        PORT.check("protocolMismatch", &[&web(port), &web_pods], mismatch);
    };
    check("{port: 80, targetPort: http}", "true", "false");
    check("{port: 80, targetPort: 8080}", "true", "false");
    check("{port: 8080}", "true", "false");
    check("{port: 80}", "false", "false");
    check("{port: 80, targetPort: web}", "false", "false");
    check("{port: 53}", "false", "true");
    check("{port: 80, targetPort: http, protocol: UDP}", "false", "true");
}

#[test]
fn target_ports_of_a_service_that_selects_nothing_are_not_applicable() {
    for fact in ["targetPortDeclared", "declaredPortNames"] {
        PORT.check(fact, &[&plain(), &deployment("other", "")], "not applicable");
        PORT.check(fact, &[&without_selector()], "not applicable");
        PORT.check(fact, &[&plain()], "unknown");
    }
    PORT.check("protocolMismatch", &[&plain(), &deployment("other", "")], "false");
    PORT.check("protocolMismatch", &[&without_selector()], "false");
    PORT.check("protocolMismatch", &[&plain()], "unknown");
}

#[test]
fn a_target_port_that_is_not_found_in_an_open_world_may_be_elsewhere() {
    let given = |name: &str| [plain(), deployment("web", &ports(name))];
    let [service, without] = given("{containerPort: 81}");
    PORT.open().check("targetPortDeclared", &[&service, &without], "unknown");
    let [service, with] = given("{containerPort: 80}");
    PORT.open().check("targetPortDeclared", &[&service, &with], "true");
}

#[test]
fn names_that_backends_declare() {
    let pods = deployment("web", &ports("{name: http, containerPort: 80}, {containerPort: 81}"));
    PORT.check("declaredPortNames", &[&plain(), &pods], "http");
    PORT.check("declaredPortNames", &[&plain(), &deployment("web", "")], "");
}

#[test]
fn a_named_target_port_may_mean_several_numbers() {
    let named = web("{port: 80, targetPort: http}");
    let one = deployment("web", &ports("{name: http, containerPort: 80}"));
    let two = workload("StatefulSet", "web", &ports("{name: http, containerPort: 8080}"));
    PORT.check("targetPortNumbers", &[&named, &one], "1");
    PORT.check("targetPortNumbers", &[&named, &one, &two], "2");
    PORT.check("targetPortNumbers", &[&plain(), &one], "not applicable");
    PORT.check("targetPortNumbers", &[&named, &deployment("web", "")], "not applicable");
    PORT.check("targetPortNumbers", &[&named], "unknown");
}

#[test]
fn a_selector_that_cannot_be_read_is_no_answer() {
    let broken = object("Service", "web", "spec: {selector: [app], ports: [{port: 80}]}");
    SERVICE.check("selectsNothing", &[&broken, &deployment("web", "")], "failed");
}

#[test]
fn a_workload_that_cannot_be_read_leaves_its_namespace_unknown() {
    let broken =
        object("Deployment", "bad", "spec: {replicas: many, template: {metadata: {labels: {app: web}}, spec: {}}}");
    SERVICE.check("selectsNothing", &[&plain(), &deployment("other", ""), &broken], "failed");
}
