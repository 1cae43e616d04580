//! The main job, end to end: a real API server refuses what the policies forbid.
//!
//! One control plane and one webhook with the default library serve all checks that do not disturb it; checks that need
//! other settings start their own webhook, those that need another API server share the annex. Each check has namespaces of
//! its own.

#[path = "admission/annex.rs"]
mod annex;
#[path = "admission/connections.rs"]
mod connections;
#[path = "admission/failure.rs"]
mod failure;
#[path = "admission/lifecycle.rs"]
mod lifecycle;
#[path = "admission/requests.rs"]
mod requests;
#[path = "admission/scene.rs"]
mod scene;
#[path = "admission/subresources.rs"]
mod subresources;
#[path = "admission/surroundings.rs"]
mod surroundings;

use std::sync::{Arc, Mutex};

use anyhow::Result;
use hedgerow_tests::control_plane::available;
use libtest_mimic::{Arguments, Failed, Trial};

use scene::Scene;

/// A test: its name as a fact, and what it does with the scene that all share.
type Check = (&'static str, fn(&mut Scene) -> Result<()>);

const CHECKS: &[Check] = &[
    ("a_node_port_in_production_is_refused_as_the_golden_text_says", requests::node_port_is_refused),
    ("what_complies_is_admitted", requests::compliant_is_admitted),
    ("cluster_ip_to_node_port_is_refused_by_every_way_of_changing", requests::changes_are_refused),
    ("a_dry_run_is_judged_the_same", requests::dry_run),
    ("the_only_default_deny_is_deleted_by_guards_alone", requests::default_deny_is_guarded),
    ("a_namespace_with_its_only_default_deny_can_be_deleted", requests::namespace_deletion_completes),
    ("the_example_is_admitted_in_file_order_and_in_helms_order", requests::example_is_admitted),
    ("a_selector_that_picks_nothing_warns_until_the_deployment_exists", requests::selects_nothing_warns),
    ("the_third_load_balancer_is_refused_until_one_is_deleted", requests::load_balancer_budget),
    ("an_older_violation_can_be_cleaned_up_and_not_made_worse", requests::ratchet),
    ("labels_do_not_pass_by_a_subresource", subresources::labels_do_not_pass_by_a_subresource),
    ("a_status_alone_causes_no_call", subresources::a_status_alone_causes_no_call),
    ("fifty_pods_rolled_out_cause_no_call", requests::rollout_causes_no_call),
    ("nothing_opens_a_connection_that_may_not_be", connections::nothing_opens_what_may_not_be),
    ("settling_findings_refuse_where_the_operator_says_so", lifecycle::operator_denies_settling),
    ("a_kind_that_may_not_be_read_is_named_and_blocks_nothing", surroundings::forbidden_kind),
    ("access_reviews_are_answered", surroundings::access_reviews),
    ("a_certificate_is_rotated_under_load", lifecycle::certificate_rotates),
    ("policies_change_under_load_and_a_broken_pack_changes_nothing", lifecycle::policies_change),
    ("failure_policy_and_policies_change_under_load", lifecycle::failure_policy_changes),
    ("deadline_and_memory_cap_end_in_the_failure_answer", failure::deadline_and_memory),
    ("more_requests_than_the_queue_takes_get_the_failure_answer", failure::overload),
    ("good_requests_are_answered_beside_hostile_ones", failure::hostile_requests),
    ("a_kind_that_appears_later_is_found_and_its_objects_count", annex::kind_appears_later),
    ("facts_older_than_max_staleness_are_unknown", annex::older_facts_are_unknown),
    ("the_api_server_asks_for_authorization", annex::api_server_asks_for_authorization),
    ("a_webhook_killed_amid_requests_never_admits_what_it_should_refuse", failure::killed_amid_requests),
    ("a_killed_webhook_fails_closed", failure::killed_webhook),
];

fn main() -> Result<()> {
    let arguments = Arguments::from_args();
    let missing = available().err();
    if let Some(reason) = &missing {
        eprintln!("ignored, for want of real components: {reason}");
    }
    let scene = match &missing {
        None if !arguments.list => Some(Arc::new(Mutex::new(Scene::open()?))),
        _ => None,
    };
    let trials = CHECKS.iter().map(|(name, check)| {
        let scene = scene.clone();
        let run = move || match scene {
            None => Ok(()),
            Some(scene) => {
                let mut scene = scene.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                check(&mut scene).map_err(|error| Failed::from(format!("{error:#}")))
            }
        };
        Trial::test(*name, run).with_ignored_flag(missing.is_some())
    });
    let arguments = Arguments { test_threads: Some(1), ..arguments };
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    drop(scene);
    conclusion.exit();
}
