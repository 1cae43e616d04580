//! A layered drawing: boxes from left to right along their arrows, in bands one above the other.
//!
//! Arrows that would close a circle run backwards. An arrow over several layers has a lane in each between, so that no line
//! runs through a box. Each end of a line has a place of its own at its box, far enough from the next for a label: labels
//! never overlap. The page of `-o html` has the same algorithm in `html/layout.js`.

mod layers;
mod order;

use layers::Layered;

/// What is drawn.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) boxes: Vec<Size>,
    /// From box to box by number, with the width of the label; none from a box to itself.
    pub(super) arrows: Vec<(usize, usize, f64)>,
}

/// A box before it has a place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    /// Bands are stacked in their order.
    pub(super) band: usize,
    pub(super) width: f64,
    /// At least; it grows with its arrows.
    pub(super) height: f64,
}

/// A rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// The way of an arrow.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Route {
    /// From left to right: the ends of straight pieces, in pairs, with curves between.
    pub(super) points: Vec<(f64, f64)>,
    /// Whether it runs from right to left.
    pub(super) backwards: bool,
    /// Where its label starts, halfway up.
    pub(super) label: (f64, f64),
}

/// The drawing.
#[derive(Debug, Default)]
pub(super) struct Placed {
    pub(super) boxes: Vec<Rect>,
    /// Around the boxes of each band.
    pub(super) bands: Vec<Rect>,
    pub(super) routes: Vec<Route>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Between ends of lines at one side of a box.
pub(super) const SLOT: f64 = 18.0;
/// Room for an arrow's head before a label.
const HEAD: f64 = 12.0;
/// Room in which lines bend.
const BEND: f64 = 64.0;
const GAP: f64 = 16.0;
/// Room around the boxes of a band; above it, its title too.
const PADDING: f64 = 16.0;
const TITLE: f64 = 24.0;
const LANE: f64 = 10.0;

/// A box or a lane in a layer.
#[derive(Clone, Copy, Debug)]
struct Item {
    band: usize,
    layer: usize,
    height: f64,
}

/// Where each band begins, and how high it is.
struct Bands(Vec<(f64, f64)>);

impl Graph {
    /// Places everything. Cost: about the square of the arrows that meet at a box.
    pub(super) fn placed(&self) -> Placed {
        let mut layered = Layered::of(self);
        self.grow(&mut layered);
        let bands = self.boxes.iter().map(|size| size.band + 1).max().unwrap_or(0);
        let cells = order::cells(&layered, bands);
        let stacked = Bands::of(&layered, &cells);
        let y = order::heights(&layered, &cells, |band| stacked.inside(band));
        let columns = self.columns(&layered);
        let mut placed = Placed { boxes: self.rects(&layered, &y, &columns), ..Placed::default() };
        placed.routes = self.routes(&layered, &y, &columns, &placed.boxes);
        placed.bands = (0..bands).map(|band| self.around(band, &stacked, &placed.boxes)).collect();
        placed.width = columns.last().map_or(0.0, |(x, width)| x + width) + PADDING;
        placed.height = stacked.0.last().map_or(0.0, |(y, height)| y + height);
        placed
    }

    /// Boxes are as high as their lines need.
    fn grow(&self, layered: &mut Layered) {
        let mut ends = vec![(0usize, 0usize); self.boxes.len()];
        for chain in &layered.chains {
            if let (Some(first), Some(last)) = (chain.items.first(), chain.items.last()) {
                ends[*first].1 += 1;
                ends[*last].0 += 1;
            }
        }
        for ((item, size), (left, right)) in layered.items.iter_mut().zip(&self.boxes).zip(ends) {
            item.height = size.height.max(left.max(right) as f64 * SLOT + 8.0);
        }
    }

    /// Where each layer begins, and how wide its boxes are.
    fn columns(&self, layered: &Layered) -> Vec<(f64, f64)> {
        let mut widths = vec![(0.0f64, 0.0f64); layered.count];
        for (item, size) in layered.items.iter().zip(&self.boxes) {
            let (width, _) = &mut widths[item.layer];
            *width = width.max(size.width);
        }
        for (chain, (.., label)) in layered.chains.iter().zip(&self.arrows) {
            if let Some(first) = chain.items.first() {
                let (_, labels) = &mut widths[layered.items[*first].layer];
                *labels = labels.max(*label);
            }
        }
        let mut x = PADDING;
        let mut columns = Vec::new();
        for (width, labels) in widths {
            columns.push((x, width));
            x += width + labels + 2.0 * HEAD + BEND;
        }
        columns
    }

    fn rects(&self, layered: &Layered, y: &[f64], columns: &[(f64, f64)]) -> Vec<Rect> {
        let rect = |((item, size), y): ((&Item, &Size), &f64)| {
            let (x, width) = columns[item.layer];
            Rect { x: x + (width - size.width) / 2.0, y: y - item.height / 2.0, width: size.width, height: item.height }
        };
        layered.items.iter().zip(&self.boxes).zip(y).map(rect).collect()
    }

    fn routes(&self, layered: &Layered, y: &[f64], columns: &[(f64, f64)], boxes: &[Rect]) -> Vec<Route> {
        let slots = order::slots(layered, y, boxes);
        let mut routes = Vec::new();
        for ((chain, slot), (.., label)) in layered.chains.iter().zip(slots).zip(&self.arrows) {
            let [first, last] = [chain.items[0], chain.items[chain.items.len() - 1]];
            let (left, right) = (boxes[first], boxes[last]);
            let start = left.x + left.width;
            let column = columns[layered.items[first].layer];
            let mut points = vec![(start, slot.0), (column.0 + column.1 + label + 2.0 * HEAD, slot.0)];
            for item in &chain.items[1..chain.items.len() - 1] {
                let (x, width) = columns[layered.items[*item].layer];
                points.extend([(x, y[*item]), (x + width, y[*item])]);
            }
            points.extend([(right.x - HEAD, slot.1), (right.x, slot.1)]);
            routes.push(Route { points, backwards: chain.backwards, label: (start + HEAD, slot.0) });
        }
        routes
    }

    fn around(&self, band: usize, stacked: &Bands, boxes: &[Rect]) -> Rect {
        let inside = self.boxes.iter().zip(boxes).filter(|(size, _)| size.band == band).map(|(_, rect)| rect);
        let (mut from, mut to) = (f64::MAX, f64::MIN);
        for rect in inside {
            from = from.min(rect.x);
            to = to.max(rect.x + rect.width);
        }
        let (y, height) = stacked.0[band];
        let rect = Rect { x: from - PADDING / 2.0, y, width: to - from + PADDING, height: height - GAP };
        if from > to { Rect::default() } else { rect }
    }
}

impl Bands {
    fn of(layered: &Layered, cells: &[Vec<Vec<usize>>]) -> Bands {
        let mut from = 0.0;
        let mut bands = Vec::new();
        for layers in cells {
            let high = |items: &Vec<usize>| items.iter().map(|item| layered.items[*item].height + GAP).sum::<f64>();
            let height = layers.iter().map(high).fold(0.0, f64::max) + PADDING + TITLE + GAP;
            bands.push((from, height));
            from += height;
        }
        Bands(bands)
    }

    /// The part where boxes are.
    fn inside(&self, band: usize) -> (f64, f64) {
        let (y, height) = self.0[band];
        (y + TITLE, y + height - PADDING - GAP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::reach::testing::Random;

    fn overlap(one: &Rect, other: &Rect) -> bool {
        let apart = one.x + one.width <= other.x || other.x + other.width <= one.x;
        let above = one.y + one.height <= other.y || other.y + other.height <= one.y;
        !apart && !above
    }

    /// Any graph: circles, stars, long arrows.
    fn graph(random: &mut Random) -> Graph {
        let boxes = 2 + random.below(14);
        let size =
            |random: &mut Random| Size { band: random.below(4), width: 80.0 + random.below(90) as f64, height: 36.0 };
        let boxes: Vec<Size> = (0..boxes).map(|_| size(random)).collect();
        let arrow =
            |random: &mut Random| (random.below(boxes.len()), random.below(boxes.len()), random.below(90) as f64);
        let arrows: Vec<_> = (0..random.below(30)).map(|_| arrow(random)).filter(|(from, to, _)| from != to).collect();
        Graph { boxes, arrows }
    }

    #[test]
    fn nothing_overlaps() {
        for seed in 1..400 {
            let graph = graph(&mut Random(seed));
            let placed = graph.placed();
            let labels: Vec<Rect> = placed
                .routes
                .iter()
                .zip(&graph.arrows)
                .map(|(route, (.., width))| Rect {
                    x: route.label.0,
                    y: route.label.1 - SLOT / 2.0 + 0.1,
                    width: *width,
                    height: SLOT - 0.2,
                })
                .collect();
            let all: Vec<&Rect> = placed.boxes.iter().chain(&labels).collect();
            for (at, one) in all.iter().enumerate() {
                assert!(one.x >= 0.0 && one.y >= 0.0 && one.x + one.width <= placed.width, "{seed}: {one:?}");
                let other = all.iter().skip(at + 1).find(|other| overlap(one, other));
                assert!(other.is_none(), "{seed}: {one:?} {other:?}");
            }
            for (rect, size) in placed.boxes.iter().zip(&graph.boxes) {
                let band = placed.bands[size.band];
                assert!(rect.y >= band.y && rect.y + rect.height <= band.y + band.height, "{seed}: {rect:?} {band:?}");
            }
        }
    }

    #[test]
    fn no_straight_piece_runs_through_a_box() {
        for seed in 1..400 {
            let placed = graph(&mut Random(seed)).placed();
            for route in &placed.routes {
                for piece in route.points.chunks_exact(2) {
                    let [(x, y), (to, _)] = [piece[0], piece[1]];
                    let line = Rect { x: x + 0.01, y, width: to - x - 0.02, height: 0.0 };
                    assert!(to >= x && !placed.boxes.iter().any(|rect| overlap(rect, &line)), "{seed}: {piece:?}");
                }
            }
        }
    }

    #[test]
    fn arrows_run_to_the_right_unless_they_close_a_circle() {
        let size = Size { band: 0, width: 10.0, height: 10.0 };
        let graph = Graph { boxes: vec![size; 3], arrows: vec![(0, 1, 0.0), (1, 2, 0.0), (2, 0, 0.0), (0, 2, 0.0)] };
        let backwards: Vec<bool> = graph.placed().routes.iter().map(|route| route.backwards).collect();
        assert_eq!(backwards, [false, false, true, false]);
    }
}
