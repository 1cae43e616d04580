//! Who speaks to the API server: tokens and kubeconfig files.

use std::path::PathBuf;

use serde_json::json;

/// A user of the cluster, known by a token. What it may do is up to the RBAC objects that a test creates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The name, such as `alice` or `system:serviceaccount:hedgerow:webhook`.
    pub name: String,
    /// The groups; the API server adds `system:authenticated`.
    pub groups: Vec<String>,
}

impl User {
    /// ```
    /// let user = hedgerow_tests::control_plane::User::new("alice", &["developers"]);
    /// assert_eq!(user.groups, ["developers"]);
    /// ```
    #[must_use]
    pub fn new(name: &str, groups: &[&str]) -> Self {
        Self { name: name.to_owned(), groups: groups.iter().map(|group| (*group).to_owned()).collect() }
    }
}

/// A user with what it proves itself by.
pub(super) struct Login {
    pub(super) user: User,
    pub(super) token: String,
    pub(super) kubeconfig: PathBuf,
}

impl Login {
    /// A line of the API server's `--token-auth-file`: token, user, uid, groups.
    pub(super) fn csv_line(&self) -> String {
        let name = quoted(&self.user.name);
        format!("{},{name},{name},{}\n", self.token, quoted(&self.user.groups.join(",")))
    }
}

fn quoted(field: &str) -> String {
    format!("\"{}\"", field.replace('"', "\"\""))
}

/// A kubeconfig file. It is JSON, which is YAML too and needs no thought about quoting.
pub(super) fn kubeconfig(server: &str, ca_file: &str, token: Option<&str>) -> String {
    let user = token.map_or_else(|| json!({}), |token| json!({ "token": token }));
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{ "name": "test", "cluster": { "server": server, "certificate-authority": ca_file } }],
        "users": [{ "name": "test", "user": user }],
        "contexts": [{ "name": "test", "context": { "cluster": "test", "user": "test" } }],
        "current-context": "test",
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_share_one_quoted_field() {
        let user = User::new("say \"hi\"", &["a", "b"]);
        let login = Login { user, token: "t".to_owned(), kubeconfig: PathBuf::new() };
        assert_eq!(login.csv_line(), "t,\"say \"\"hi\"\"\",\"say \"\"hi\"\"\",\"a,b\"\n");
    }
}
