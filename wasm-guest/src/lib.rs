//! The engine as a WebAssembly component: the contract in `wit/world.wit`, answered by calls into the engine.
//!
//! Nothing is decided here: records come in, one call into the engine is made, records go out. Imports nothing.
//! Start at [`Component`]; what a record is made from stands in `convert`.

mod convert;
mod network;

// What wit-bindgen generates from the contract; only the exports need unsafe code, and they exist for wasm alone.
#[cfg_attr(
    target_arch = "wasm32",
    expect(unsafe_code, reason = "exports that wit-bindgen generates from the contract")
)]
mod bindings {
    wit_bindgen::generate!({ path: "wit", world: "hedgerow" });

    // Natively there is no one to export to, and an ELF linker reads `@0.1.0` in a name as a symbol's version.
    #[cfg(target_arch = "wasm32")]
    export!(Component);

    #[cfg(target_arch = "wasm32")]
    use crate::Component;
}

/// Half of a review's allocations are short texts and small maps; this one serves them in fewer instructions than the
/// default of the target.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

use std::cell::RefCell;

use bindings::exports::hedgerow::policy::engine as wit;
use bindings::exports::hedgerow::policy::types::{Finding, ObjectRef, Source};
use convert::list;
pub use network::Network;

/// Implements the world: each function is one call into the engine.
#[derive(Debug)]
pub struct Component;

/// The resource `policies`: loaded packs and what loading had to say.
#[derive(Debug)]
pub struct Policies {
    loaded: engine::Policies,
    warnings: Vec<engine::Finding>,
}

/// The resource `cluster`. The cell is never borrowed across a call: the component has one thread and no imports.
#[derive(Debug)]
pub struct Cluster(RefCell<engine::Cluster>);

impl wit::Guest for Component {
    type Policies = Policies;
    type Cluster = Cluster;

    fn admit(
        policies: wit::PoliciesBorrow<'_>,
        cluster: wit::ClusterBorrow<'_>,
        body: Vec<u8>,
    ) -> Result<wit::Review, String> {
        let policies: &Policies = policies.get();
        let cluster: &Cluster = cluster.get();
        let options = engine::ReviewOptions::default();
        engine::review(&policies.loaded, &mut cluster.0.borrow_mut(), &body, &options).map(Into::into)
    }

    fn admit_within(
        policies: wit::PoliciesBorrow<'_>,
        cluster: wit::ClusterBorrow<'_>,
        body: Vec<u8>,
        steps: u64,
    ) -> Result<Option<wit::Review>, String> {
        let policies: &Policies = policies.get();
        let cluster: &Cluster = cluster.get();
        let options = engine::ReviewOptions { budget: steps };
        let review = engine::review(&policies.loaded, &mut cluster.0.borrow_mut(), &body, &options)?;
        Ok((!review.is_exhausted()).then(|| review.into()))
    }

    fn authorize(policies: wit::PoliciesBorrow<'_>, body: Vec<u8>) -> Result<wit::AccessAnswer, String> {
        engine::authorize(&policies.get::<Policies>().loaded, &body).map(Into::into)
    }

    fn check(policies: wit::PoliciesBorrow<'_>, sources: Vec<Source>, options: wit::CheckOptions) -> wit::Report {
        let policies = &policies.get::<Policies>().loaded;
        engine::check(policies, &list(sources), &convert::check_options(options, policies)).into()
    }

    fn test(policies: wit::PoliciesBorrow<'_>, sources: Vec<Source>, options: wit::TestOptions) -> wit::TestReport {
        engine::run_tests(&policies.get::<Policies>().loaded, &list(sources), &options.into()).into()
    }
}

impl wit::GuestPolicies for Policies {
    fn load(sources: Vec<Source>, parameters: Vec<wit::Parameter>) -> Result<wit::Policies, Vec<Finding>> {
        let options = engine::LoadOptions {
            parameters: parameters.into_iter().map(|wit::Parameter { name, value }| (name, value)).collect(),
            validated: &[],
        };
        match engine::Policies::load(&list(sources), &options) {
            Ok((loaded, warnings)) => Ok(wit::Policies::new(Policies { loaded, warnings })),
            Err(problems) => Err(list(problems)),
        }
    }

    fn digest(&self) -> String {
        self.loaded.digest().to_owned()
    }

    fn warnings(&self) -> Vec<Finding> {
        list(self.warnings.clone())
    }

    fn describe(&self) -> Vec<wit::PolicyInfo> {
        list(self.loaded.infos().to_vec())
    }

    fn watches(&self) -> Vec<wit::KindInfo> {
        list(engine::watches(&self.loaded))
    }

    fn decides(&self) -> Vec<wit::KindInfo> {
        list(engine::decides(&self.loaded))
    }
}

impl wit::GuestCluster for Cluster {
    fn new() -> Self {
        Cluster(RefCell::new(engine::Cluster::watched()))
    }

    fn apply(&self, objects: Vec<Source>) -> Vec<Finding> {
        let mut cluster = self.0.borrow_mut();
        objects.into_iter().flat_map(|source| list::<_, Finding>(cluster.apply(&source.into()))).collect()
    }

    fn remove(&self, objects: Vec<ObjectRef>) {
        let mut cluster = self.0.borrow_mut();
        for object in objects {
            cluster.remove(&object.into());
        }
    }

    fn set_kind(&self, group: String, kind: String, state: wit::KindState) {
        self.0.borrow_mut().set_kind(&group, &kind, state.into());
    }

    fn digest(&self) -> String {
        self.0.borrow().digest()
    }

    fn size(&self) -> u32 {
        u32::try_from(self.0.borrow().len()).unwrap_or(u32::MAX)
    }
}
