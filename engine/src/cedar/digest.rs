//! The digest of packs: over what they hold, never over where they stand.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::pack;
use crate::fact::Settings;
use crate::text::Source;

/// `sha256:…` over the files of each pack by their names inside it, the operator's configuration, the values of parameters
/// and the settings. The same packs in another folder, or in another order, have the same digest.
pub(super) fn of(loaded: &pack::Loaded) -> String {
    let mut sum = Sum::default();
    for pack in &loaded.hashes {
        sum.add(pack);
    }
    for pack in &loaded.packs {
        for parameter in &pack.parameters {
            sum.add(format!("{}.{}={}", pack.name, parameter.name, parameter.value.to_text()).as_bytes());
        }
    }
    let Settings { environment_labels, cluster_domain } = &loaded.settings;
    sum.add(format!("{environment_labels:?} {cluster_domain:?}").as_bytes());
    loaded.enable.iter().for_each(|name| sum.add(format!("enable {name}").as_bytes()));
    if loaded.announce {
        sum.add(b"announce");
    }
    text(&sum.0.finalize())
}

/// `sha256:…` of each pack by its folder: over the names and bytes of its `pack.toml` and policies.
pub fn pack_digests(sources: &[Source]) -> BTreeMap<String, String> {
    let packs = packs(sources).into_iter();
    packs.filter_map(|(folder, hash)| Some((folder?.to_owned(), text(&hash)))).collect()
}

/// A hash as text.
pub(super) fn text(hash: &[u8]) -> String {
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// A hash of each pack by its folder. What belongs to no pack, the operator's configuration, counts as one.
pub(super) fn packs(sources: &[Source]) -> BTreeMap<Option<&str>, Vec<u8>> {
    let folders: BTreeSet<&str> = pack::manifests(sources).map(|(folder, _)| folder).collect();
    let mut files: BTreeMap<Option<&str>, Vec<(&str, &Source)>> = BTreeMap::new();
    for source in sources.iter().filter(|source| pack::belongs(source)) {
        let of_pack = !pack::is_operator(source);
        let root = of_pack.then(|| pack::root_of(&source.name, |folder| folders.contains(folder))).flatten();
        let name = match root {
            Some(root) => source.name.strip_prefix(root).unwrap_or(&source.name).trim_start_matches('/'),
            None => "",
        };
        files.entry(root).or_default().push((name, source));
    }
    let hash = |mut files: Vec<(&str, &Source)>| {
        files.sort_by_key(|(name, _)| *name);
        let mut sum = Sum::default();
        for (name, source) in files {
            sum.add(name.as_bytes());
            sum.add(&source.bytes);
        }
        sum.0.finalize().to_vec()
    };
    files.into_iter().map(|(folder, files)| (folder, hash(files))).collect()
}

/// A hash over byte strings, each with its length in front.
#[derive(Default)]
struct Sum(Sha256);

impl Sum {
    fn add(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }
}
