//! The change that turns an answer: as text, as a patch, as JSON.

use engine::finding::Edit;
use engine::net::Ports;
use engine::reach::{Change, DiffEnd};
use engine::synth::Turn;
use serde_json::{Value, json};
use similar::TextDiff;

use super::json::ports;
use super::{Asked, Known, table, words};
use crate::render::json::list;

/// Most other connections that are named.
const MOST: usize = 10;

/// What would turn the answer, the patch, and what else that does.
pub(crate) fn text(known: &Known<'_>, turn: &Turn) -> String {
    let Turn { titles, verdict, others, .. } = turn;
    let mut text = format!("\nto turn it into {}: {}\n", verdict.as_str(), titles.join(", and "));
    if others.is_empty() {
        text.push_str("no other connection changes\n");
    } else {
        text.push_str("besides, it\n");
        let rows: Vec<[String; 3]> = others.iter().take(MOST).map(|change| row(known, change)).collect();
        text.push_str(
            &table::aligned(&rows, ["  ", "  "])
                .lines()
                .map(|line| format!("  {}\n", line.trim_end()))
                .collect::<String>(),
        );
        if let Some(more) = others.len().checked_sub(MOST).filter(|more| *more > 0) {
            text.push_str(&format!("  and changes {more} more\n"));
        }
    }
    format!("{text}\n{}", patch(known, turn))
}

/// `opens`, the ends, the ports.
fn row(known: &Known<'_>, change: &Change) -> [String; 3] {
    let ends = format!("{} → {}", name(known, &change.source), name(known, &change.destination));
    let (opened, cut) = (change.opened(), change.cut());
    let (may_open, shut) = (change.may_open(), change.shut());
    let state = |word: &str, of: &Ports| [word.to_owned(), ends.clone(), words::of_ports(of)];
    match [&opened, &cut, &may_open, &shut].map(Ports::is_empty) {
        [false, ..] => state("opens", &opened),
        [_, false, ..] => state("cuts", &cut),
        [_, _, false, _] => state("may open", &may_open),
        [_, _, _, false] => state("may cut", &shut),
        _ => state("changes what is not settled of", &Ports::NONE),
    }
}

fn name(known: &Known<'_>, end: &DiffEnd) -> String {
    match end {
        DiffEnd::Addresses(set) if set.is_all() => "outside".to_owned(),
        DiffEnd::Addresses(set) => set.to_string(),
        DiffEnd::Workload(object) => {
            let known = known.reach.workloads().iter().find(|workload| workload.object == *object);
            known.map_or_else(|| format!("{}/{}", object.namespace, object.name), |workload| workload.name.clone())
        }
    }
}

/// The edits as a patch for `patch -p1` and `git apply`.
pub(super) fn patch(known: &Known<'_>, turn: &Turn) -> String {
    let mut files: Vec<&str> = turn.edits.iter().map(|edit| edit.place.source.as_str()).collect();
    files.dedup();
    files.into_iter().map(|file| file_patch(known, file, &turn.edits)).collect()
}

fn file_patch(known: &Known<'_>, file: &str, edits: &[Edit]) -> String {
    let of_file = edits.iter().filter(|edit| edit.place.source == file);
    let path = file.trim_start_matches("./").trim_start_matches('/');
    let [old, before, new] = match known.sources.text(file) {
        Some(old) => [old.to_owned(), format!("a/{path}"), edited(old, of_file)],
        None => [String::new(), "/dev/null".to_owned(), of_file.map(|edit| edit.text.as_str()).collect()],
    };
    TextDiff::from_lines(&old, &new).unified_diff().context_radius(3).header(&before, &format!("b/{path}")).to_string()
}

/// The text with the edits of its file, which are sorted and do not overlap.
fn edited<'a>(text: &str, edits: impl Iterator<Item = &'a Edit>) -> String {
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for Edit { place, text: new } in edits {
        out.push_str(text.get(at..place.span.start as usize).unwrap_or_default());
        out.push_str(new);
        at = place.span.end as usize;
    }
    out + text.get(at..).unwrap_or_default()
}

/// The change as JSON.
pub(crate) fn json(known: &Known<'_>, turn: &Turn) -> Value {
    let Turn { titles, edits: _, verdict, others } = turn;
    let other = |change: &Change| {
        json!({
            "source": name(known, &change.source),
            "destination": name(known, &change.destination),
            "opened": ports(&change.opened()),
            "cut": ports(&change.cut()),
            "mayOpen": ports(&change.may_open()),
            "mayCut": ports(&change.shut()),
        })
    };
    json!({
        "titles": titles,
        "verdict": verdict.as_str(),
        "patch": patch(known, turn),
        "others": list(others, other),
    })
}

/// The patch alone.
///
/// # Errors
/// There is none.
pub(crate) fn render(asked: &Asked<'_>) -> anyhow::Result<String> {
    match &asked.turn {
        Some(turn) => Ok(patch(&asked.known, turn)),
        None => anyhow::bail!(
            "there is no patch: the answer is `{}`, and no change of a peer, port, rule or label, and no new NetworkPolicy, turns it",
            asked.explanation.answer.verdict.as_str()
        ),
    }
}
