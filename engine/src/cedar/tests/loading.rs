//! What is wrong with packs is told with its place.

use super::{head, source};
use crate::cedar::{LoadOptions, Policies, PolicyInfo, pack_digests};
use crate::finding::{Finding, Outcome, Severity};
use crate::text::Source;

const PACK: &str = "name = \"p\"\nversion = \"1.0.0\"\n";

fn policy(id: &str) -> String {
    head(id, "m") + "forbid (principal, action, resource is core::v1::Service);\n"
}

fn show(finding: &Finding) -> String {
    let place = finding.place.as_ref().map(|place| format!("{}:{}:{} ", place.source, place.line, place.column));
    let help = finding.help.as_ref().map(|help| format!("; {help}"));
    format!("{}{} {}{}", place.unwrap_or_default(), finding.code, finding.message, help.unwrap_or_default())
}

fn load(files: &[(&str, &str)], parameters: &[(&str, &str)]) -> Result<Vec<PolicyInfo>, Vec<String>> {
    let sources: Vec<Source> = files.iter().map(|(name, text)| source(name, text)).collect();
    let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    match Policies::load(&sources, &LoadOptions { parameters, ..LoadOptions::default() }) {
        Ok((policies, _)) => Ok(policies.infos().to_vec()),
        Err(found) => Err(found.iter().map(show).collect()),
    }
}

#[track_caller]
fn refused(files: &[(&str, &str)], parameters: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(load(files, parameters).unwrap_err(), expected);
}

#[test]
fn a_manifest_is_read_to_the_letter() {
    refused(
        &[("p/pack.toml", "name = \"p\"\nvarsion = \"1\"")],
        &[],
        &[
            "p/pack.toml:1:1 HR020 the manifest has no `version`",
            "p/pack.toml:2:1 HR020 `varsion` is no key of pack.toml; did you mean `version`?",
        ],
    );
    refused(
        &[("p/pack.toml", "name = ")],
        &[],
        &["p/pack.toml:1:8 HR020 the manifest is not TOML: string values must be quoted, expected literal string"],
    );
    let manifest =
        format!("{PACK}[params.a]\ntype = \"Lang\"\ndefault = 1\n[params.b]\ntype = \"Long\"\ndefault = \"x\"\n");
    refused(
        &[("p/pack.toml", &manifest)],
        &[],
        &[
            "p/pack.toml:4:8 HR020 `Lang` is no type of a parameter; did you mean `Long`?",
            "p/pack.toml:8:11 HR024 the default of parameter `b` is no Long",
        ],
    );
}

#[test]
fn parameters_are_typed_and_named() {
    let manifest = format!("{PACK}[params.ranges]\ntype = \"Set<ipaddr>\"\ndefault = []\n");
    let files = [("p/pack.toml", manifest.as_str())];
    assert!(load(&files, &[("p.ranges", "10.0.0.0/8, fd00::/8")]).is_ok());
    refused(&files, &[("p.ranges", "ten")], &["HR024 \"ten\" is no Set<ipaddr> for parameter `p.ranges`"]);
    refused(&files, &[("p.range", "::1")], &["HR024 pack `p` has no parameter `range`; did you mean `ranges`?"]);
    refused(&files, &[("q.ranges", "::1")], &["HR024 there is no pack `q` for parameter `ranges`; did you mean `p`?"]);
    refused(
        &files,
        &[("cluster_domains", "x")],
        &["HR024 `cluster_domains` is no setting; did you mean `cluster_domain`?"],
    );
}

#[test]
fn ids_and_codes_stand_once() {
    let twice = policy("a") + &policy("a").replace("\"A\"", "\"B\"");
    refused(
        &[("p/pack.toml", PACK), ("p/a.cedar", &twice)],
        &[],
        &["p/a.cedar:3:1 HR022 `a` is the @id of two policies, here and at p/a.cedar:1"],
    );
}

#[test]
fn annotations_are_known_and_complete() {
    let text = "@id(\"a\") @code(\"A\") @title(\"t\") @severty(\"error\") @message(\"m\")\nforbid (principal, action, resource is core::v1::Service);";
    refused(
        &[("p/pack.toml", PACK), ("p/a.cedar", text)],
        &[],
        &[
            "p/a.cedar:1:1 HR022 policy `a` has no `@severity`",
            "p/a.cedar:1:33 HR022 `@severty` is no annotation of a policy; did you mean `severity`?",
        ],
    );
}

#[test]
fn a_policy_that_does_not_validate_has_its_place() {
    let text = head("a", "m")
        + "forbid (principal, action, resource is core::v1::Service)\nwhen { resource.spec.externalName == \"x\" };";
    let found = load(&[("p/pack.toml", PACK), ("p/a.cedar", &text)], &[]).unwrap_err();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("p/a.cedar:3:8 HR021 "), "{found:#?}");
    let found = load(&[("p/pack.toml", PACK), ("p/a.cedar", "forbid (principal, action, resource")], &[]).unwrap_err();
    assert!(found[0].contains("HR021 unexpected end of input"), "{found:#?}");
}

#[test]
fn what_is_too_deep_is_refused() {
    let deep = format!(
        "{}forbid (principal, action, resource is core::v1::Service) when {{ {}true{} }};",
        head("a", "m"),
        "(".repeat(5000),
        ")".repeat(5000)
    );
    let found = load(&[("p/pack.toml", PACK), ("p/a.cedar", &deep)], &[]).unwrap_err();
    assert!(found[0].contains("HR021 the policy is too large"), "{found:#?}");
    let long = format!(
        "{}forbid (principal, action, resource is core::v1::Service) when {{ {} true }};",
        head("a", "m"),
        "!".repeat(5000)
    );
    assert!(load(&[("p/pack.toml", PACK), ("p/a.cedar", &long)], &[]).is_err());
}

#[test]
fn the_operator_has_the_last_word() {
    let manifest = format!("{PACK}[enforcement.\"a\"]\nseverity = \"warning\"\n");
    let one = |more: &[(&str, &str)]| {
        let text = policy("a");
        let files = [&[("p/pack.toml", manifest.as_str()), ("p/a.cedar", text.as_str())], more].concat();
        load(&files, &[])
    };
    let infos = one(&[]).unwrap();
    assert_eq!((infos[0].severity, infos[0].outcome), (Severity::Warning, Outcome::Warn));
    let infos = one(&[("hedgerow.toml", "[enforcement.\"a\"]\nadmission = \"deny\"\non_unknown = \"audit\"")]).unwrap();
    assert_eq!((infos[0].outcome, infos[0].on_unknown), (Outcome::Deny, Outcome::Audit));
    assert!(one(&[("hedgerow.toml", "[enforcement.\"a\"]\nenabled = false")]).unwrap().is_empty());
    assert_eq!(
        one(&[("hedgerow.toml", "[enforcement.\"b\"]\nenabled = false")]).unwrap_err(),
        ["hedgerow.toml:1:14 HR020 there is no policy `b`; did you mean `a`?",]
    );
}

#[test]
fn what_settles_warns_unless_the_operator_asks_for_more() {
    let text = format!("@settles {}", policy("a"));
    let infos = load(&[("p/pack.toml", PACK), ("p/a.cedar", &text)], &[]).unwrap();
    assert_eq!((infos[0].severity, infos[0].outcome, infos[0].settles), (Severity::Error, Outcome::Warn, true));
}

#[test]
fn a_cedar_file_belongs_to_the_nearest_pack_above() {
    let text = policy("a");
    let infos = load(&[("p/pack.toml", PACK), ("p/x/y/a.cedar", &text)], &[]).unwrap();
    assert_eq!(infos[0].pack, "p");
    refused(
        &[("p/pack.toml", PACK), ("q/a.cedar", &text)],
        &[],
        &["HR020 `q/a.cedar` belongs to no pack; put a `pack.toml` with `name` and `version` into its folder"],
    );
}

fn digest(files: &[(&str, &str)]) -> String {
    let sources: Vec<Source> = files.iter().map(|(name, text)| source(name, text)).collect();
    Policies::load(&sources, &LoadOptions::default()).unwrap().0.digest().to_owned()
}

#[test]
fn a_digest_is_of_what_packs_hold_and_not_of_where_they_stand() {
    let (one, two) = (policy("a"), policy("b"));
    let other = "name = \"q\"\nversion = \"1.0.0\"\n";
    let here = digest(&[("p/pack.toml", PACK), ("p/x/a.cedar", &one), ("q/pack.toml", other), ("q/b.cedar", &two)]);
    let there = [("/opt/q/b.cedar", two.as_str()), ("/opt/q/pack.toml", other), ("/tmp/1/pack.toml", PACK)];
    assert_eq!(digest(&[&there[..], &[("/tmp/1/x/a.cedar", one.as_str())]].concat()), here);
    let alone = digest(&[("p/pack.toml", PACK), ("p/a.cedar", &one)]);
    assert_eq!(digest(&[("pack.toml", PACK), ("a.cedar", &one)]), alone);
    let operator = "[settings]\ncluster_domain = \"a.b\"\n";
    let settled = digest(&[("p/pack.toml", PACK), ("p/a.cedar", &one), ("/etc/hedgerow.toml", operator)]);
    assert_eq!(settled, digest(&[("p/pack.toml", PACK), ("p/a.cedar", &one), ("hedgerow.toml", operator)]));
    for changed in [
        digest(&[("p/pack.toml", PACK), ("p/b.cedar", &one)]),
        digest(&[("p/pack.toml", PACK), ("p/a.cedar", &two)]),
        settled,
        digest(&[("p/pack.toml", PACK), ("q/pack.toml", other), ("q/x/a.cedar", &one), ("p/b.cedar", &two)]),
    ] {
        assert!(changed != here && changed != alone);
    }
}

#[test]
fn a_schema_has_the_parameters_of_the_packs_named() {
    let with = |name: &str, ty: &str, default: &str| {
        format!(
            "name = \"{name}\"\nversion = \"1\"\n[params.ports]\ntype = \"{ty}\"\ndefault = {default}\ndescription = \"which\"\n"
        )
    };
    let (one, other) = (with("p", "Long", "1"), with("q", "String", "\"a\""));
    let sources = |packs: &[&str]| -> Vec<Source> {
        let numbered = packs.iter().zip(0..);
        numbered.map(|(text, at)| source(&format!("{at}/pack.toml"), text)).collect()
    };
    let schema = crate::cedar::schema_of(&sources(&[&one, PACK])).unwrap();
    assert!(
        schema.cedar.contains("\"ports\": __cedar::Long") || schema.cedar.contains("ports: __cedar::Long"),
        "{}",
        schema.cedar
    );
    let json: serde_json::Value = serde_json::from_str(&schema.json).unwrap();
    assert_eq!(json["hedgerow"]["commonTypes"]["Params"]["attributes"]["ports"]["type"], "Long");
    let problems = crate::cedar::schema_of(&sources(&[&one, &other])).unwrap_err();
    assert_eq!(
        problems.iter().map(show).collect::<Vec<_>>(),
        ["HR024 parameter `ports` is Long in pack `p` and String in pack `q`, so no schema fits both; name one pack"]
    );
}

#[test]
fn packs_share_a_schema_and_keep_their_own_parameters() {
    let manifest = |name: &str, params: &str| format!("name = \"{name}\"\nversion = \"1.0.0\"\n{params}");
    let long = "[params.most]\ntype = \"Long\"\ndefault = 1\n";
    let text = "[params.most]\ntype = \"String\"\ndefault = \"x\"\n";
    let asks = |id: &str, condition: &str| {
        let policy = head(id, "m");
        policy + &format!("forbid (principal, action, resource is core::v1::Service) when {{ {condition} }};\n")
    };
    let p = asks("p/a", "context.params.most > 1");
    let load_both = |q_params: &str, q: &str| {
        let (one, two) = (manifest("p", long), manifest("q", q_params));
        load(&[("p/pack.toml", &one), ("p/a.cedar", &p), ("q/pack.toml", &two), ("q/a.cedar", q)], &[])
            .map(|all| all.len())
    };
    assert_eq!(load_both(long, &asks("q/a", "context.params.most > 2")), Ok(2));
    assert_eq!(load_both(text, &asks("q/a", "context.params.most == \"y\"")), Ok(2));
    for (params, condition) in [
        ("", "context.params.most > 2"),
        ("", "context.params has most && context.params.most > 2"),
        (text, "context.params.most > 2"),
        (long, "context.params.most == \"y\""),
    ] {
        let refused = load_both(params, &asks("q/a", condition)).unwrap_err();
        assert!(refused.iter().all(|problem| problem.starts_with("q/a.cedar:")), "{condition}: {refused:?}");
    }
}

#[test]
fn files_of_a_pack_are_parsed_together_and_placed_apart() {
    let good = policy("p/a");
    let bad = policy("p/b").replace("Service)", "Servise)");
    let line = bad.lines().count();
    let refused = load(&[("p/pack.toml", PACK), ("p/a.cedar", &good), ("p/b.cedar", &bad)], &[]).unwrap_err();
    let expected = format!("p/b.cedar:{line}:40 HR021 unrecognized entity type `core::v1::Servise`");
    assert!(refused.iter().any(|problem| problem.starts_with(&expected)), "{refused:?}");
    assert!(refused.iter().all(|problem| problem.starts_with("p/b.cedar:")), "{refused:?}");
    // One policy over two files is none.
    let (head, tail) = good.split_at(good.find("forbid").unwrap_or_default());
    let refused = load(&[("p/pack.toml", PACK), ("p/a.cedar", head), ("p/b.cedar", tail)], &[]).unwrap_err();
    assert!(refused.iter().any(|problem| problem.starts_with("p/a.cedar:")), "{refused:?}");
    assert!(refused.iter().any(|problem| problem.starts_with("p/b.cedar:")), "{refused:?}");
}

#[test]
fn only_the_very_bytes_that_are_known_to_be_valid_are_not_validated() {
    // It would not pass: a Service has no such attribute.
    let wrong = policy("p/a").replace(");\n", ") when { resource.nothing };\n");
    let files = |text: &str| [source("p/pack.toml", PACK), source("p/a.cedar", text)];
    let digest = pack_digests(&files(&wrong)).remove("p").unwrap();
    let validated: &'static [&'static str] = vec![&*digest.leak()].leak();
    let load = |files: &[Source]| Policies::load(files, &LoadOptions { validated, ..LoadOptions::default() });
    assert!(load(&files(&wrong)).is_ok());
    assert!(load(&files(&format!("{wrong} "))).is_err());
    let beside =
        [&files(&wrong)[..], &[source("q/pack.toml", &PACK.replace("\"p\"", "\"q\"")), source("q/b.cedar", &wrong)]];
    assert!(load(&beside.concat()).is_err());
}
