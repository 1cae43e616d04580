//! `hedgerow policy`.

use crate::folder::{Folder, with_pack};
use crate::run::{golden, hedgerow, hedgerow_with};

#[test]
fn policies_are_listed_as_text_and_json() {
    let folder = with_pack("list", &[]);
    let ran = hedgerow(folder.path(), &["policy", "list", "--policies", "pack"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("OWN001  error    own/node-port  NodePort in production"), "{}", ran.out);
    let ran = hedgerow(folder.path(), &["policy", "list", "--policies", "pack", "-o", "json"]);
    let list: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(list["policies"][0]["code"], "OWN001");
    assert_eq!(list["policies"][0]["types"][0], "core::v1::Service");
    assert_eq!(list["policies"][0]["facts"][0], "environment");
}

#[test]
fn the_library_is_valid() {
    let folder = Folder::new("library", &[]);
    let ran = hedgerow(folder.path(), &["policy", "validate"]);
    assert!(ran.code == 0 && ran.out.starts_with("valid: "), "{ran:?}");
}

#[test]
fn problems_of_packs_are_underlined() {
    let folder = with_pack("problems", &[]);
    let cedar = folder.read("pack/node-port.cedar").replace("spec.type ==", "spec.tpye ==");
    folder.write("pack/node-port.cedar", cedar.as_bytes());
    let ran = hedgerow(folder.path(), &["policy", "validate", "pack"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    golden("validate.txt", &ran.out);
}

#[test]
fn a_new_pack_is_valid_formatted_and_tested() {
    let folder = Folder::new("new", &[]);
    let ran = hedgerow(folder.path(), &["policy", "new", "shop-rules"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for arguments in [
        &["policy", "validate", "shop-rules"][..],
        &["policy", "fmt", "--check", "shop-rules"],
        &["test", "shop-rules", "--engine", "native", "--coverage-fail-under", "100"],
        &["policy", "show", "shop-rules/owner-label", "--policies", "shop-rules"],
    ] {
        let ran = hedgerow(folder.path(), arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
    }
    let again = hedgerow(folder.path(), &["policy", "new", "shop-rules"]);
    assert!(again.code == 2 && again.err.contains("`shop-rules` is already there; nothing was written"), "{again:?}");
    let named = hedgerow(folder.path(), &["policy", "new", "../Shop"]);
    assert!(named.code == 2 && named.err.contains("cannot name a pack"), "{named:?}");
}

#[test]
fn formatting_is_checked_before_it_is_done() {
    let folder = with_pack("fmt", &[]);
    folder.write(
        "pack/node-port.cedar",
        folder.read("pack/node-port.cedar").replace("\n  principal", " principal").as_bytes(),
    );
    let check = hedgerow(folder.path(), &["policy", "fmt", "--check", "pack"]);
    assert!(check.code == 1 && check.err.contains("would format pack/node-port.cedar"), "{check:?}");
    assert_eq!(hedgerow(folder.path(), &["policy", "fmt", "pack"]).code, 0);
    assert_eq!(hedgerow(folder.path(), &["policy", "fmt", "--check", "pack"]).code, 0);
    let ran = hedgerow_with(folder.path(), &["policy", "fmt", "-"], "permit(principal,action,resource);", &[]);
    assert_eq!(ran.out, "permit (principal, action, resource);\n");
    let ran = hedgerow_with(folder.path(), &["policy", "fmt", "-"], "permit(", &[]);
    assert!(ran.code == 2 && ran.err.contains("cannot be formatted"), "{ran:?}");
}

#[test]
fn the_schema_is_printed_in_both_syntaxes() {
    let folder = Folder::new("schema", &[]);
    let cedar = hedgerow(folder.path(), &["policy", "schema"]);
    assert!(cedar.code == 0 && cedar.out.contains("namespace core::v1"), "{}", cedar.err);
    let json = hedgerow(folder.path(), &["policy", "schema", "--format", "json"]);
    let schema: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert!(schema["core::v1"]["entityTypes"]["Service"].is_object());
}

#[test]
fn the_schema_of_a_pack_has_its_parameters() {
    let folder = with_pack("schema-of", &[]);
    let cedar = hedgerow(folder.path(), &["policy", "schema", "pack"]);
    assert!(cedar.code == 0 && cedar.out.contains("production"), "{}", cedar.err);
    let json = hedgerow(folder.path(), &["policy", "schema", "pack", "--format", "json"]);
    let schema: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(schema["hedgerow"]["commonTypes"]["Params"]["attributes"]["production"]["type"], "Set");
    let ran = hedgerow(folder.path(), &["policy", "schema", "."]);
    assert_eq!(ran.out, cedar.out);
    folder.write("pack/pack.toml", b"name = \"own\"\nversion = 1\n");
    let ran = hedgerow(folder.path(), &["policy", "schema", "pack"]);
    assert!(ran.code == 2 && ran.out.is_empty() && ran.err.contains("pack/pack.toml:2:"), "{ran:?}");
    let ran = hedgerow(folder.path(), &["policy", "schema", "nowhere"]);
    assert!(ran.code == 2 && ran.err.contains("`nowhere`"), "{ran:?}");
}

#[test]
fn the_library_is_formatted() {
    let library = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies");
    let ran = hedgerow(&library, &["policy", "fmt", "--check", "."]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}

#[test]
fn a_file_whose_comments_would_be_lost_stays_as_it_is() {
    let folder = with_pack("fmt-comments", &[]);
    let text = folder.read("pack/node-port.cedar");
    let text = text.replace("\"update\"],", "\"update\", // one\n     // two\n     ],");
    assert!(text.contains("// one"));
    folder.write("pack/node-port.cedar", text.as_bytes());
    for arguments in [&["policy", "fmt", "pack"][..], &["policy", "fmt", "--check", "pack"]] {
        let ran = hedgerow(folder.path(), arguments);
        assert!(ran.code == 2 && ran.err.contains("would lose the comment"), "{ran:?}");
        assert_eq!(folder.read("pack/node-port.cedar"), text);
    }
}
