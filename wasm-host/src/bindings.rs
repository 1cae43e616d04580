//! What wasmtime generates from the contract, and its records under one name.

#[expect(missing_docs, reason = "the contract documents its records; not each of their fields")]
mod generated {
    wasmtime::component::bindgen!({
        path: "../wasm-guest/wit",
        world: "hedgerow",
        additional_derives: [PartialEq, Eq],
    });
}

pub(crate) use generated::HedgerowPre;
pub(crate) use generated::exports::hedgerow::policy::engine::Guest;
pub(crate) use generated::exports::hedgerow::policy::network::Guest as NetworkGuest;

/// The records of the contract (`wasm-guest/wit/world.wit`, which documents each of them).
pub mod api {
    pub use super::generated::exports::hedgerow::policy::engine::{
        Access, AccessAnswer, CheckOptions, Condition, Count, Examined, KindInfo, KindState, Parameter, PolicyCoverage,
        PolicyInfo, Report, Review, Skipped, TestCase, TestOptions, TestReport, WorldKind,
    };
    pub use super::generated::exports::hedgerow::policy::evidence::{
        Action, Answer, Block, Choice, Connection, Direction, Doubt, ElementEvidence, End, Explanation, Exposed,
        Holding, Labelled, Mismatch, NamedPort, Operator, Passage, PolicyEvidence, PolicyField, Port, PortRange,
        Protocol, Reason, Requirement, RuleEvidence, SideEvidence, Tier, TierPolicyEvidence, TierRuleEvidence, Unseen,
        Verdict, Why,
    };
    pub use super::generated::exports::hedgerow::policy::names::{
        Backend, Backends, Behind, Data, DnsPolicy, DnsRecord, DnsSettings, Domain, EndpointPort, Family, FoundRecords,
        Hostname, Knowledge, OnePod, Ordinals, PodAddresses, PodsOf, Query, QueryOutcome, RecordType, Resolution,
        ResolvConf, Server, Servers, ServiceAddress, ServicePort, Supplier, Target, TargetPort, TargetsOfPods,
    };
    pub use super::generated::exports::hedgerow::policy::network::{
        Change, ChangeReason, Deciding, Diff, DiffEnd, EndsChange, Given, NoAnswer, NoSuchEnd,
        Settings as NetworkSettings, Turn, Which, Workload,
    };
    pub use super::generated::exports::hedgerow::policy::types::{
        Cause, CauseKind, Decision, Digests, Edit, Finding, Fix, Format, ObjectRef, Outcome, Place, PolicyRef, Related,
        Severity, Source, Unknown,
    };
    pub use super::generated::exports::hedgerow::policy::ways::{
        Branch, Citation, Entrance, Lead, Listens, Offered, OfferedPort, PathKind, PodsPort, PortWay, Reached,
        Receiver, ServiceAnswer, Stage, Step, Trace, WayBackend,
    };
}
