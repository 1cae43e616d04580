//! A question whose destination is a Service.

use engine::way::NoSuchService;

use super::words::Question;
use super::{Args, Format, filter, of_verdict};
use crate::args::Chatter;
use crate::exit::Exit;
use crate::network::Network;
use crate::output;
use crate::render::reach::Known;
use crate::render::way::{Heard, Served, service_json, service_text};

/// Answers it.
pub(super) fn run(
    args: &Args,
    chatter: &Chatter,
    (network, known): (&Network, &Known<'_>),
    (question, name): (&Question, &str),
) -> anyhow::Result<Exit> {
    let source = filter::end(known.reach, &question.source)?;
    let (namespace, name) = name
        .split_once('/')
        .ok_or_else(|| anyhow::anyhow!("a Service is written `svc/NAMESPACE/NAME`, not `{}`", question.destination))?;
    let found = known.reach.to_service(&source, (namespace, name), question.port);
    known.reach.sound()?;
    let found = found.map_err(|NoSuchService { candidates }| {
        let near: Vec<String> = candidates.iter().map(|name| format!("`{name}`")).collect();
        let near = if near.is_empty() { String::new() } else { format!("; the nearest are {}", near.join(", ")) };
        anyhow::anyhow!("there is no Service `{namespace}/{name}` in the input{near}")
    })?;
    let exit = network.exit().and(of_verdict(found.verdict));
    let heard = Heard { report: known.report, places: known.places, reach: known.reach };
    let destination = &question.destination;
    let served = Served { heard, source: &source, destination, port: question.port, found: &found, exit };
    output::write(&args.output, chatter, |format, style| match format {
        Format::Text => Ok(service_text::render(&served, style)),
        Format::Json => Ok(service_json::render(&served)),
        _ => anyhow::bail!("a question is answered as text or json; the other formats list connections"),
    })?;
    Ok(exit)
}
