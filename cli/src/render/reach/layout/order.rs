//! Which boxes and lanes of a layer stand above which, and how high.

use super::layers::Layered;
use super::{GAP, Rect, SLOT};

const SWEEPS: usize = 12;

/// The items of each band and layer, from top to bottom, so that few lines cross: each goes to the mean of its neighbours.
pub(super) fn cells(layered: &Layered, bands: usize) -> Vec<Vec<Vec<usize>>> {
    let mut cells = vec![vec![Vec::new(); layered.count]; bands];
    for (number, item) in layered.items.iter().enumerate() {
        cells[item.band][item.layer].push(number);
    }
    let neighbours = neighbours(layered);
    let mut rank = vec![0.0; layered.items.len()];
    for sweep in 0..SWEEPS {
        renumber(&cells, &mut rank);
        let forwards = sweep % 2 == 0;
        for step in 0..layered.count {
            let layer = if forwards { step } else { layered.count - 1 - step };
            for band in &mut cells {
                let mean = |item: &usize| {
                    let [left, right] = &neighbours[*item];
                    mean(if forwards { left } else { right }, &rank).unwrap_or(rank[*item])
                };
                let mut sorted: Vec<(f64, usize)> = band[layer].iter().map(|item| (mean(item), *item)).collect();
                sorted.sort_by(|one, two| one.0.total_cmp(&two.0));
                band[layer] = sorted.into_iter().map(|(_, item)| item).collect();
            }
            renumber(&cells, &mut rank);
        }
    }
    cells
}

/// Numbers the items of each layer from top to bottom.
fn renumber(cells: &[Vec<Vec<usize>>], rank: &mut [f64]) {
    let layers = cells.first().map_or(0, Vec::len);
    for layer in 0..layers {
        let column = cells.iter().flat_map(|band| &band[layer]);
        column.enumerate().for_each(|(at, item)| rank[*item] = at as f64);
    }
}

/// Each item's neighbours to the left and to the right.
fn neighbours(layered: &Layered) -> Vec<[Vec<usize>; 2]> {
    let mut neighbours = vec![[Vec::new(), Vec::new()]; layered.items.len()];
    for chain in &layered.chains {
        for pair in chain.items.windows(2) {
            neighbours[pair[0]][1].push(pair[1]);
            neighbours[pair[1]][0].push(pair[0]);
        }
    }
    neighbours
}

fn mean(of: &[usize], values: &[f64]) -> Option<f64> {
    let sum: f64 = of.iter().map(|item| values[*item]).sum();
    (!of.is_empty()).then(|| sum / of.len() as f64)
}

/// The middle of each item: as straight as there is room for. `inside` is where a band may be filled.
pub(super) fn heights(layered: &Layered, cells: &[Vec<Vec<usize>>], inside: impl Fn(usize) -> (f64, f64)) -> Vec<f64> {
    let neighbours = neighbours(layered);
    let mut y = vec![0.0; layered.items.len()];
    for (band, layers) in cells.iter().enumerate() {
        let (top, bottom) = inside(band);
        for items in layers {
            let wanted: Vec<f64> = items.iter().map(|_| (top + bottom) / 2.0).collect();
            settle(layered, items, &wanted, (top, bottom), &mut y);
        }
    }
    for sweep in 0..SWEEPS {
        for step in 0..layered.count {
            let layer = if sweep % 2 == 0 { step } else { layered.count - 1 - step };
            for (band, layers) in cells.iter().enumerate() {
                let items = &layers[layer];
                let wanted: Vec<f64> =
                    items.iter().map(|item| mean(&neighbours[*item].concat(), &y).unwrap_or(y[*item])).collect();
                settle(layered, items, &wanted, inside(band), &mut y);
            }
        }
    }
    y
}

/// Puts items of one cell as near as can be to where they are wanted, in their order, apart, and inside.
fn settle(layered: &Layered, items: &[usize], wanted: &[f64], (top, bottom): (f64, f64), y: &mut [f64]) {
    let half = |item: usize| (layered.items[item].height + GAP) / 2.0;
    let mut down: Vec<f64> = Vec::new();
    let mut edge = top;
    for (item, wanted) in items.iter().zip(wanted) {
        let middle = (edge + half(*item)).max(*wanted);
        down.push(middle);
        edge = middle + half(*item);
    }
    // What was pushed out below comes back; and the same from below, so that neither end is preferred.
    let pushed_back = from_below(items, &down, bottom, &half);
    let up = from_below(items, wanted, bottom, &half);
    let mut edge = top;
    for (at, item) in items.iter().enumerate() {
        let lifted = up[at].max(edge + half(*item));
        edge = lifted + half(*item);
        y[*item] = (pushed_back[at] + lifted) / 2.0;
    }
}

fn from_below(items: &[usize], wanted: &[f64], bottom: f64, half: &impl Fn(usize) -> f64) -> Vec<f64> {
    let mut found = vec![0.0; items.len()];
    let mut edge = bottom;
    for at in (0..items.len()).rev() {
        let middle = wanted[at].min(edge - half(items[at]));
        found[at] = middle;
        edge = middle - half(items[at]);
    }
    found
}

/// How high each chain leaves its left box and meets its right one.
pub(super) fn slots(layered: &Layered, y: &[f64], boxes: &[Rect]) -> Vec<(f64, f64)> {
    let mut slots = vec![(0.0, 0.0); layered.chains.len()];
    for (number, rect) in boxes.iter().enumerate() {
        let [mut outs, mut ins]: [Vec<(f64, usize)>; 2] = Default::default();
        for (at, chain) in layered.chains.iter().enumerate() {
            if chain.items.first() == Some(&number) {
                outs.push((y[chain.items[1]], at));
            }
            if chain.items.last() == Some(&number) {
                ins.push((y[chain.items[chain.items.len() - 2]], at));
            }
        }
        for (side, is_out) in [(&mut outs, true), (&mut ins, false)] {
            side.sort_by(|one, two| one.0.total_cmp(&two.0));
            let middle = rect.y + rect.height / 2.0;
            let first = middle - (side.len() as f64 - 1.0) * SLOT / 2.0;
            for (place, (_, chain)) in side.iter().enumerate() {
                let height = first + place as f64 * SLOT;
                let slot = &mut slots[*chain];
                if is_out { slot.0 = height } else { slot.1 = height }
            }
        }
    }
    slots
}
