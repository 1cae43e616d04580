//! Any bytes as the body of an AdmissionReview and of a SubjectAccessReview, judged by the whole library.
#![no_main]

use std::sync::LazyLock;

use engine::{Cluster, Format, LoadOptions, Policies, ReviewOptions, Source};
use libfuzzer_sys::fuzz_target;

static POLICIES: LazyLock<Policies> = LazyLock::new(|| {
    let source = |(path, bytes): &(&str, &[u8])| Source {
        name: (*path).to_owned(),
        format: Format::Auto,
        bytes: bytes.to_vec(),
    };
    let files = policies::sources().iter().filter(|(path, _)| path.ends_with(".cedar") || path.ends_with("pack.toml"));
    match Policies::load(&files.map(source).collect::<Vec<_>>(), &LoadOptions::default()) {
        Ok((policies, _)) => policies,
        Err(problems) => panic!("{problems:#?}"),
    }
});

fuzz_target!(|bytes: &[u8]| {
    let mut cluster = Cluster::watched();
    let digest = cluster.digest();
    if let Ok(review) = engine::review(&POLICIES, &mut cluster, bytes, &ReviewOptions::default()) {
        let denies = |outcome: engine::Outcome| outcome == engine::Outcome::Deny;
        let denied = review.findings.iter().any(|finding| denies(finding.outcome))
            || review.unknowns.iter().any(|unknown| denies(unknown.outcome));
        assert_eq!(review.admitted, !denied);
        let again = engine::review(&POLICIES, &mut cluster, bytes, &ReviewOptions::default());
        assert_eq!(again.as_ref(), Ok(&review));
    }
    assert_eq!(cluster.digest(), digest);
    let _ = engine::authorize(&POLICIES, bytes);
});
