//! Which layer each box is in, and the lanes of arrows over several layers.

use super::{Graph, Item, LANE};

/// Boxes and lanes in layers. Every chain runs from a layer to the next.
pub(super) struct Layered {
    /// The boxes, then lanes.
    pub(super) items: Vec<Item>,
    /// One for each arrow.
    pub(super) chains: Vec<Chain>,
    /// How many layers there are.
    pub(super) count: usize,
}

/// The way of an arrow from left to right: a box, lanes, a box.
pub(super) struct Chain {
    pub(super) items: Vec<usize>,
    pub(super) backwards: bool,
}

impl Layered {
    pub(super) fn of(graph: &Graph) -> Layered {
        let order = order(graph);
        let mut rank = vec![0; graph.boxes.len()];
        order.iter().enumerate().for_each(|(at, number)| rank[*number] = at);
        let forward: Vec<(usize, usize, bool)> = graph
            .arrows
            .iter()
            .map(|(from, to, _)| if rank[*from] < rank[*to] { (*from, *to, false) } else { (*to, *from, true) })
            .collect();
        let layer = layers(&order, &forward);
        let item = |(size, layer): (&super::Size, &usize)| Item { band: size.band, layer: *layer, height: size.height };
        let mut items: Vec<Item> = graph.boxes.iter().zip(&layer).map(item).collect();
        let mut chains = Vec::new();
        for (left, right, backwards) in forward {
            let mut chain = vec![left];
            for layer in layer[left] + 1..layer[right] {
                chain.push(items.len());
                items.push(Item { band: graph.boxes[right].band, layer, height: LANE });
            }
            chain.push(right);
            chains.push(Chain { items: chain, backwards });
        }
        let count = layer.iter().map(|layer| layer + 1).max().unwrap_or(0);
        Layered { items, chains, count }
    }
}

/// Boxes so that as good as all arrows run forwards: what nothing leads to first, what leads nowhere last, and of a circle
/// the box that leads to most beyond what leads to it.
fn order(graph: &Graph) -> Vec<usize> {
    let mut left: Vec<bool> = vec![true; graph.boxes.len()];
    let [mut first, mut last] = [Vec::new(), Vec::new()];
    for _ in 0..graph.boxes.len() {
        let mut degrees = vec![(0isize, 0isize); graph.boxes.len()];
        for (from, to, _) in graph.arrows.iter().filter(|(from, to, _)| left[*from] && left[*to]) {
            degrees[*from].1 += 1;
            degrees[*to].0 += 1;
        }
        let remaining = || degrees.iter().enumerate().filter(|(number, _)| left[*number]);
        let source = remaining().find(|(_, (into, _))| *into == 0);
        let sink = remaining().find(|(_, (_, out))| *out == 0);
        let most = remaining().max_by_key(|(number, (into, out))| (out - into, std::cmp::Reverse(*number)));
        let Some((number, _)) = source.or(sink).or(most) else { break };
        let is_sink = source.is_none() && sink.is_some();
        if is_sink {
            last.push(number)
        } else {
            first.push(number)
        }
        left[number] = false;
    }
    first.extend(last.into_iter().rev());
    first
}

/// As far left as what leads there lets; what nothing leads to is next to where it leads.
fn layers(order: &[usize], forward: &[(usize, usize, bool)]) -> Vec<usize> {
    let mut layer = vec![0usize; order.len()];
    for number in order {
        let before = forward.iter().filter(|(_, right, _)| right == number).map(|(left, ..)| layer[*left] + 1);
        layer[*number] = before.max().unwrap_or(0);
    }
    for number in order {
        let is_source = !forward.iter().any(|(_, right, _)| right == number);
        let nearest = forward.iter().filter(|(left, ..)| left == number).map(|(_, right, _)| layer[*right]).min();
        if let (true, Some(nearest)) = (is_source, nearest) {
            layer[*number] = nearest.saturating_sub(1);
        }
    }
    layer
}
