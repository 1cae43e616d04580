//! JSON pointers as Kubernetes writes field paths: `/spec/ports/0/nodePort` → `spec.ports[0].nodePort`.

/// The field path of a JSON pointer; empty for the whole object. Keys that hold a dot or a slash stand in brackets.
pub(super) fn of(pointer: &str) -> String {
    let mut path = String::with_capacity(pointer.len());
    for token in pointer.split('/').skip(1) {
        let key = token.replace("~1", "/").replace("~0", "~");
        let index = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit());
        if index || key.contains(['.', '/']) {
            path.push('[');
            path.push_str(&key);
            path.push(']');
        } else {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(&key);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    #[test]
    fn pointers_become_the_paths_that_kubernetes_prints() {
        for (pointer, path) in [
            ("", ""),
            ("/spec/type", "spec.type"),
            ("/spec/ports/0/nodePort", "spec.ports[0].nodePort"),
            ("/metadata/labels/app.kubernetes.io~1name", "metadata.labels[app.kubernetes.io/name]"),
            ("/spec/selector/a~0b", "spec.selector.a~b"),
        ] {
            assert_eq!(super::of(pointer), path);
        }
    }
}
