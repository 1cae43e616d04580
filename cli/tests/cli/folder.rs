//! A folder of files for one test.

use std::path::{Path, PathBuf};

/// Files in a folder of their own, taken away at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// The folder of a test, with these files.
    pub(crate) fn new(test: &str, files: &[(&str, &str)]) -> Folder {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let folder = Folder(folder);
        files.iter().for_each(|(name, text)| folder.write(name, text.as_bytes()));
        folder
    }

    /// Adds a file.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// What a file holds.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap()
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A Service that a pack of its own finds nothing wrong with.
pub(crate) const GOOD: &str = "\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, labels: {owner: shop}}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
";

/// A NodePort Service in production, and its Namespace.
pub(crate) const NODE_PORT: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {environment: prod}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  type: NodePort
  selector: {app: web}
  ports: [{name: http, port: 80}]
";

/// A pack with one policy: no NodePort where the environment is production.
pub(crate) const PACK: &[(&str, &str)] = &[
    (
        "pack/pack.toml",
        "name = \"own\"\nversion = \"1.0.0\"\ndescription = \"one policy\"\n\n[params.production]\ntype = \"Set<String>\"\n\
         default = [\"prod\"]\ndescription = \"environments\"\n",
    ),
    (
        "pack/node-port.cedar",
        r#"@id("own/node-port")
@code("OWN001")
@title("NodePort in production")
@severity("error")
@message("Service `{resource.metadata.name}` opens a port on every node")
@help("use ClusterIP")
@references("https://example.com/node-port")
@fix("spec.type = ClusterIP")
forbid (
  principal,
  action in
    [k8s::admission::Action::"create", k8s::admission::Action::"update"],
  resource is core::v1::Service
)
when
{
  resource.spec.type == "NodePort" &&
  resource.facts has environment &&
  context.params.production.contains(resource.facts.environment)
};
"#,
    ),
];

/// A folder with [`PACK`] and these files.
pub(crate) fn with_pack(test: &str, files: &[(&str, &str)]) -> Folder {
    let folder = Folder::new(test, PACK);
    files.iter().for_each(|(name, text)| folder.write(name, text.as_bytes()));
    folder
}
