//! `hedgerow policy new`: a pack to begin with, whose test passes.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::args::Chatter;
use crate::exit::Exit;
use crate::input::name_of;
use crate::{output, terminal};

/// What `policy new` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Name of the pack: lower case, digits and `-`
    name: String,
    /// What its policy is about
    #[arg(long, value_enum, default_value = "objects")]
    about: About,
    /// Where to make its folder
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

/// What a policy is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum About {
    /// Objects, as they are created and updated
    Objects,
    /// Connections between workloads
    Connections,
}

const MANIFEST: (&str, &str) = ("pack.toml", include_str!("new/pack.toml"));
const MANIFEST_OF_CONNECTIONS: (&str, &str) = ("pack.toml", include_str!("new/connections.toml"));

/// The files of a new pack. `NAME` and `CODE` are filled in.
const OBJECTS: &[(&str, &str)] = &[
    MANIFEST,
    ("owner-label.cedar", include_str!("new/owner-label.cedar")),
    ("owner-label.md", include_str!("new/owner-label.md")),
    ("owner-label.test.yaml", include_str!("new/owner-label.test.yaml")),
];

/// The same, with a policy on connections.
const CONNECTIONS: &[(&str, &str)] = &[
    MANIFEST_OF_CONNECTIONS,
    ("dev-apart.cedar", include_str!("new/apart.cedar")),
    ("dev-apart.md", include_str!("new/apart.md")),
    ("dev-apart.test.yaml", include_str!("new/apart.test.yaml")),
];

/// Makes the folder. What is already there is never overwritten.
pub(super) fn run(args: &Args, chatter: &Chatter) -> anyhow::Result<Exit> {
    accept(&args.name)?;
    let folder = args.dir.join(&args.name);
    anyhow::ensure!(!folder.exists(), "`{}` is already there; nothing was written", name_of(&folder));
    std::fs::create_dir_all(&folder).with_context(|| format!("`{}` cannot be made", name_of(&folder)))?;
    let files = match args.about {
        About::Objects => OBJECTS,
        About::Connections => CONNECTIONS,
    };
    for (file, template) in files {
        output::write_file(&folder.join(file), &filled(template, &args.name))?;
    }
    if !chatter.quiet {
        terminal::say(&told(&folder));
    }
    Ok(Exit::Clean)
}

fn accept(name: &str) -> anyhow::Result<()> {
    let starts = name.starts_with(|first: char| first.is_ascii_lowercase());
    let holds = name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-');
    anyhow::ensure!(
        starts && holds && !name.ends_with('-'),
        "`{name}` cannot name a pack: use lower case letters, digits and `-`, and begin with a letter"
    );
    Ok(())
}

fn filled(template: &str, name: &str) -> String {
    let code: String = name.chars().filter(char::is_ascii_alphanumeric).take(4).collect();
    template.replace("PACK_NAME", name).replace("PACK_CODE", &code.to_ascii_uppercase())
}

fn told(folder: &Path) -> String {
    let name = name_of(folder);
    format!(
        "made {name} with one policy, its page and its test; go on with\n  \
         hedgerow test {name}\n  hedgerow policy validate {name}\n  hedgerow check --policies {name} FILE"
    )
}
