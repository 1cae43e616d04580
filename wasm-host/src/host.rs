//! Keeps the component answering: active instances, one that stands by, and what the cluster is made of.
//!
//! Requests are judged by an active instance; those that cost much, by the one that stands by, so that the others need not
//! wait for them. Changes of the cluster go to the instances between requests. An instance that fails is replaced by the one
//! that stands by; a thread then builds the next from the objects' bytes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::api::{
    AccessAnswer, CheckOptions, Digests, Finding, KindInfo, Parameter, PolicyInfo, Report, Review, Source, TestOptions,
    TestReport,
};
use crate::delta::Delta;
use crate::failure::{Failure, StartError};
use crate::instance::{Described, Instance};
use crate::keeper;
use crate::shared::Shared;
use crate::stats::{Stats, add};

/// Steps of a request that the active instance takes on itself: some milliseconds, above most objects.
const CHEAP: u64 = 1_000;

/// Packs and their parameters, as they are handed to the component.
#[derive(Clone, Debug, Default)]
pub struct Packs {
    /// The files of packs, and the operator's configuration.
    pub sources: Vec<Source>,
    /// Values of parameters.
    pub parameters: Vec<Parameter>,
}

/// What an instance may take, and how many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Bytes of linear memory of one instance.
    pub memory: usize,
    /// Time for one request, from when an instance begins with it.
    pub deadline: Duration,
    /// Instances that judge at the same time; each holds the whole cluster.
    pub instances: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options { memory: 512 << 20, deadline: Duration::from_secs(1), instances: 1 }
    }
}

/// Answers requests. Share it between threads by reference.
#[derive(Debug)]
pub struct Host {
    shared: Arc<Shared>,
}

impl Host {
    /// Loads the packs into the embedded component; nothing is known of any kind until [`Host::apply`] says so.
    ///
    /// # Errors
    /// Problems of the packs, or why the component could not load them.
    pub fn start(packs: Packs, options: Options) -> Result<Host, StartError> {
        let shared = Arc::new(Shared::start(packs, options)?);
        keeper::start(shared.clone()).map_err(|error| StartError::Embedded(format!("no thread: {error}")))?;
        Ok(Host { shared })
    }

    /// Judges one AdmissionReview (JSON) in the cluster as it is.
    ///
    /// # Errors
    /// [`Failure`]: what follows from it is the caller's to say. The host goes on.
    pub fn admit(&self, body: &[u8]) -> Result<Review, Failure> {
        match self.admit_soon(body)? {
            Some(review) => Ok(review),
            None => self.admit_apart(body),
        }
    }

    /// As [`Host::admit`], if the request costs as little as most do. None if it costs more: then [`Host::admit_apart`]
    /// answers. A caller with a queue keeps costly requests out of the way of the others by asking in two steps.
    ///
    /// # Errors
    /// As [`Host::admit`].
    pub fn admit_soon(&self, body: &[u8]) -> Result<Option<Review>, Failure> {
        add(&self.shared.counters.admits, 1);
        let call = |instance: &mut Instance, deadline| instance.admit_within(body, CHEAP, deadline);
        self.shared.counted(|shared| shared.soon(body, call))
    }

    /// Whether [`Host::admit_soon`] would find an instance at once. Who must not wait asks before; as nobody holds an instance
    /// back for more than a millisecond between requests, a wrong answer does little harm.
    pub fn is_free(&self) -> bool {
        self.shared.seats.iter().any(|seat| seat.try_lock().is_some_and(|seat| seat.0.is_some()))
    }

    /// As [`Host::admit`], whatever the request costs, on the instance that stands by.
    ///
    /// # Errors
    /// As [`Host::admit`].
    pub fn admit_apart(&self, body: &[u8]) -> Result<Review, Failure> {
        self.shared.counted(|shared| shared.apart(body, |instance, deadline| instance.admit(body, deadline)))
    }

    /// Answers one SubjectAccessReview (JSON).
    ///
    /// # Errors
    /// As [`Host::admit`].
    pub fn authorize(&self, body: &[u8]) -> Result<AccessAnswer, Failure> {
        match self.authorize_soon(body)? {
            Some(answer) => Ok(answer),
            None => self.authorize_apart(body),
        }
    }

    /// As [`Host::authorize`], or none, as [`Host::admit_soon`].
    ///
    /// # Errors
    /// As [`Host::admit`].
    pub fn authorize_soon(&self, body: &[u8]) -> Result<Option<AccessAnswer>, Failure> {
        add(&self.shared.counters.authorizations, 1);
        let call = |instance: &mut Instance, deadline| instance.authorize(body, deadline).map(Some);
        self.shared.counted(|shared| shared.soon(body, call))
    }

    /// As [`Host::authorize`], on the instance that stands by.
    ///
    /// # Errors
    /// As [`Host::admit`].
    pub fn authorize_apart(&self, body: &[u8]) -> Result<AccessAnswer, Failure> {
        self.shared.counted(|shared| shared.apart(body, |instance, deadline| instance.authorize(body, deadline)))
    }

    /// Takes changes in and hands them to the instances between requests, for at most a millisecond at once. Returns when
    /// they are in force, with what could not be read of the objects.
    pub fn apply(&self, deltas: Vec<Delta>) -> Vec<Finding> {
        {
            let mut objects = self.shared.objects.lock();
            deltas.into_iter().for_each(|delta| objects.take(delta));
        }
        self.shared.spread()
    }

    /// Puts other packs in force: loads them beside those in force, with the same cluster, and then takes over.
    ///
    /// # Errors
    /// As [`Host::start`]; what was in force stays so.
    pub fn reload(&self, packs: Packs) -> Result<(), StartError> {
        self.shared.reload(packs)
    }

    /// The policies, by id.
    pub fn describe(&self) -> Vec<PolicyInfo> {
        self.described().policies.clone()
    }

    /// What loading the packs had to say.
    pub fn warnings(&self) -> Vec<Finding> {
        self.described().warnings.clone()
    }

    /// The kinds that the facts of the policies need watched.
    pub fn watches(&self) -> Vec<KindInfo> {
        self.described().watches.clone()
    }

    /// The kinds that the policies can decide at admission.
    pub fn decides(&self) -> Vec<KindInfo> {
        self.described().decides.clone()
    }

    /// Judges a set of files, in an instance of its own. `deadline` is for the whole of it.
    ///
    /// # Errors
    /// [`StartError::NoAnswer`] if the component did not answer.
    pub fn check(&self, sources: &[Source], options: &CheckOptions, deadline: Duration) -> Result<Report, StartError> {
        let report = self.shared.fresh()?.check(sources, options, deadline);
        report.map_err(StartError::no_answer("judge the files"))
    }

    /// Runs policy tests, in an instance of its own. `deadline` is for the whole of it.
    ///
    /// # Errors
    /// [`StartError::NoAnswer`] if the component did not answer.
    pub fn test(
        &self,
        sources: &[Source],
        options: &TestOptions,
        deadline: Duration,
    ) -> Result<TestReport, StartError> {
        let report = self.shared.fresh()?.test(sources, options, deadline);
        report.map_err(StartError::no_answer("run the tests"))
    }

    /// The digests of what is in force; empty while no instance can be asked.
    pub fn digests(&self) -> Digests {
        let nothing = Digests { policies: String::new(), cluster: String::new() };
        let Ok(mut seat) = self.shared.seat(Instant::now() + self.shared.options.deadline) else { return nothing };
        seat.0.as_mut().and_then(|seated| seated.instance.digests().ok()).unwrap_or(nothing)
    }

    /// Counts, and the state of the host now. Waits for requests that are being judged.
    pub fn stats(&self) -> Stats {
        let shared = &self.shared;
        let mut stats = shared.counters.read();
        stats.age = Duration::MAX;
        for seat in &shared.seats {
            if let Some(seated) = &seat.lock().0 {
                stats.instance_memory += seated.instance.memory();
                stats.age = stats.age.min(seated.since.elapsed());
            }
        }
        let spare = shared.spare.lock();
        stats.standby = spare.seated.is_some();
        stats.instance_memory += spare.seated.as_ref().map_or(0, |seated| seated.instance.memory());
        (stats.objects, stats.object_bytes) = shared.objects.lock().size();
        stats
    }

    fn described(&self) -> Arc<Described> {
        self.shared.loaded.lock().described.clone()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.shared.spare.lock().closing = true;
        self.shared.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Format, KindState, ObjectRef};

    fn packs() -> Packs {
        let manifest = "name = \"none\"\nversion = \"0.1.0\"\ndescription = \"no policies\"\n";
        let source = Source { name: "none/pack.toml".into(), format: Format::Toml, bytes: manifest.into() };
        Packs { sources: vec![source], parameters: Vec::new() }
    }

    fn relist(count: usize) -> Delta {
        let object = |number: usize| {
            let name = format!("ns-{number}");
            let bytes = format!(r#"{{"apiVersion":"v1","kind":"Namespace","metadata":{{"name":"{name}"}}}}"#);
            let key = ObjectRef {
                group: String::new(),
                version: "v1".into(),
                kind: "Namespace".into(),
                namespace: String::new(),
                name,
            };
            (key, bytes.into_bytes())
        };
        Delta::Relist {
            group: String::new(),
            kind: "Namespace".into(),
            state: KindState::Synced("1".into()),
            objects: (0..count).map(object).collect(),
        }
    }

    #[test]
    fn the_instance_that_stands_by_takes_over_with_the_cluster() {
        let host = Host::start(packs(), Options { deadline: Duration::from_secs(60), ..Options::default() }).unwrap();
        host.apply(vec![relist(300)]);
        let before = host.digests();
        assert!(!before.cluster.is_empty());
        for swaps in 1..=3 {
            for seat in &host.shared.seats {
                host.shared.vacate(&mut seat.lock());
            }
            // Waits for the keeper, if it is still at work.
            assert_eq!(host.digests(), before);
            assert_eq!(host.stats().swaps, swaps);
        }
        assert_eq!(host.stats().digest_mismatches, 0);
    }

    #[test]
    fn other_packs_are_put_in_force_with_the_same_cluster() {
        let options = Options { deadline: Duration::from_secs(60), instances: 2, ..Options::default() };
        let host = Host::start(packs(), options).unwrap();
        host.apply(vec![relist(20)]);
        let before = host.digests();
        host.reload(packs()).unwrap();
        assert_eq!(host.digests(), before);
        assert!(host.reload(Packs::default()).is_err());
        assert_eq!((host.digests(), host.stats().objects), (before, 20));
    }
}
