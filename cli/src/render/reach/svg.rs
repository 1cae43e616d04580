//! A drawing that any browser shows: namespaces as boxes, what is in them in layers, arrows with ports; light and dark.

mod matrix;

use std::collections::BTreeMap;

use super::Listed;
use super::layout::{Graph, Placed, Rect, Route, Size};
use super::picture::{Arrow, Look, Node, Picture, picture};

/// Above so many nodes or arrows, each namespace is one node.
const NODES: usize = 60;
const ARROWS: usize = 150;
/// A letter of 12 pixels, on the safe side.
const LETTER: f64 = 7.2;
/// A letter of a label, as it mostly is.
const SMALL: f64 = 6.1;
/// Letters of a label before it is cut; the whole of it is shown when pointed at.
const LETTERS: usize = 34;
/// More arrows than this make a table.
const DENSE: usize = 70;

const STYLE: &str = include_str!("svg/style.css");

/// The list as a drawing.
pub(crate) fn render(listed: &Listed<'_>) -> String {
    drawing(&picture(listed), "Who reaches whom")
}

/// A picture as a drawing; as a table, if it has too many arrows.
pub(super) fn drawing(picture: &Picture, title: &str) -> String {
    let whole = picture.nodes.len() <= NODES && picture.arrows.len() <= ARROWS;
    let smaller = if whole { None } else { Some(picture.of_namespaces()) };
    let shown = smaller.as_ref().unwrap_or(picture);
    let mut notes = vec![legend(shown)];
    notes.extend(smaller.as_ref().map(|_| {
        let (nodes, arrows) = (picture.nodes.len(), picture.arrows.len());
        format!("Each namespace is one: {nodes} nodes and {arrows} arrows are too many to draw. --focus draws fewer.")
    }));
    let (body, width, height) = if shown.arrows.len() > DENSE {
        matrix::table(shown)
    } else {
        let scene = Scene::of(shown);
        let placed = scene.graph().placed();
        (scene.svg(&placed), placed.width, placed.height)
    };
    let longest = notes.iter().map(|line| line.chars().count() as f64 * LETTER).fold(0.0, f64::max);
    let width = width.max(longest + 32.0).max(320.0).ceil();
    let foot: String =
        notes.iter().enumerate().map(|(at, note)| foot(note, height + 24.0 + 18.0 * at as f64)).collect();
    let height = (height + 18.0 * notes.len() as f64 + 24.0).ceil();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-labelledby=\"title\">\n\
         <title id=\"title\">{}</title>\n<style>\n{STYLE}</style>\n{}<rect class=\"ground\" width=\"{width}\" height=\"{height}\"/>\n{body}{foot}</svg>\n",
        escaped(title),
        heads()
    )
}

fn foot(note: &str, y: f64) -> String {
    format!("<text class=\"note\" x=\"16\" y=\"{y:.1}\">{}</text>\n", escaped(note))
}

/// What the looks of the arrows mean.
fn legend(picture: &Picture) -> String {
    let mut looks: Vec<Look> = picture.arrows.iter().map(|arrow| arrow.look).collect();
    looks.sort();
    looks.dedup();
    let words = looks.iter().map(|look| match look {
        Look::Passes => "Solid: passes, on these ports of the destination.",
        Look::Doubtful => "Dashed: left to the network plugin, or unknown.",
        Look::Opened => "Green: opened.",
        Look::Cut => "Red: cut.",
        Look::Changed => "Violet: on other ports.",
    });
    let legend = words.collect::<Vec<_>>().join("  ");
    if legend.is_empty() { "Nothing to draw.".to_owned() } else { legend }
}

/// What is drawn: boxes, and arrows between them.
struct Scene<'a> {
    boxes: Vec<Box<'a>>,
    arrows: Vec<(usize, usize, &'a Arrow)>,
    /// The title of each band; none around what is in no namespace.
    bands: Vec<Option<&'a str>>,
}

struct Box<'a> {
    node: &'a Node,
    band: usize,
    /// What passes between it and itself.
    itself: Vec<&'a Arrow>,
}

impl<'a> Scene<'a> {
    fn of(picture: &'a Picture) -> Scene<'a> {
        let groups = picture.by_namespace();
        let mut bands: Vec<Option<&str>> = groups.iter().map(|(namespace, _)| *namespace).collect();
        bands.sort();
        let mut scene = Scene { boxes: Vec::new(), arrows: Vec::new(), bands };
        let mut known: BTreeMap<(usize, bool), usize> = BTreeMap::new();
        for arrow in &picture.arrows {
            let from = scene.place(&picture.nodes, arrow.from, true, &mut known);
            if arrow.from == arrow.to && !picture.nodes[arrow.from].far {
                scene.boxes[from].itself.push(arrow);
                continue;
            }
            let to = scene.place(&picture.nodes, arrow.to, false, &mut known);
            scene.arrows.push((from, to, arrow));
        }
        scene
    }

    /// What is beyond the namespaces stands on the left as a source, and on the right as a destination.
    fn place(
        &mut self,
        nodes: &'a [Node],
        number: usize,
        is_source: bool,
        known: &mut BTreeMap<(usize, bool), usize>,
    ) -> usize {
        let node = &nodes[number];
        let band = self.bands.iter().position(|band| *band == node.namespace.as_deref()).unwrap_or(0);
        *known.entry((number, is_source && node.far)).or_insert_with(|| {
            self.boxes.push(Box { node, band, itself: Vec::new() });
            self.boxes.len() - 1
        })
    }

    fn graph(&self) -> Graph {
        let size = |one: &Box<'_>| {
            let lines = one.itself.iter().map(|arrow| itself(arrow)).chain([one.node.label.clone()]);
            let width = lines.map(|line| width(&line)).fold(0.0, f64::max) + 28.0;
            Size { band: one.band, width, height: 36.0 + 16.0 * one.itself.len() as f64 }
        };
        let arrow = |(from, to, arrow): &(usize, usize, &Arrow)| (*from, *to, width(&arrow.label));
        Graph { boxes: self.boxes.iter().map(size).collect(), arrows: self.arrows.iter().map(arrow).collect() }
    }

    fn svg(&self, placed: &Placed) -> String {
        let mut svg = String::new();
        for (band, rect) in self.bands.iter().zip(&placed.bands) {
            svg.push_str(&band.map(|name| boxed(name, rect)).unwrap_or_default());
        }
        for ((from, to, arrow), route) in self.arrows.iter().zip(&placed.routes) {
            let ends = [from, to].map(|number| self.boxes[*number].node.full_name());
            svg.push_str(&line(arrow, route, &format!("{} → {}: {}", ends[0], ends[1], arrow.label)));
        }
        for (one, rect) in self.boxes.iter().zip(&placed.boxes) {
            svg.push_str(&one.svg(rect));
        }
        for (route, (.., arrow)) in placed.routes.iter().zip(&self.arrows) {
            let (x, y) = route.label;
            let class = class(arrow.look);
            svg.push_str(&format!(
                "<rect class=\"ground\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"14\"/><text class=\"label {class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>\n",
                x - 2.0,
                y - 7.0,
                width_of(&arrow.label, SMALL) + 4.0,
                cut(&arrow.label)
            ));
        }
        svg
    }
}

impl Box<'_> {
    fn svg(&self, rect: &Rect) -> String {
        let Rect { x, y, width, height } = rect;
        let class = if self.node.far { "node far" } else { "node" };
        let middle = (x + width / 2.0, y + height / 2.0 - 8.0 * self.itself.len() as f64);
        let mut svg = format!(
            "<g><title>{}</title><rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"6\"/>\
             <text class=\"name\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            escaped(&self.node.full_name()),
            middle.0,
            middle.1,
            cut(&self.node.label)
        );
        for (at, arrow) in self.itself.iter().enumerate() {
            let y = middle.1 + 16.0 * (at + 1) as f64;
            let class = self::class(arrow.look);
            svg.push_str(&format!(
                "<text class=\"self {class}\" x=\"{:.1}\" y=\"{y:.1}\">{}</text>",
                middle.0,
                cut(&itself(arrow))
            ));
        }
        svg + "</g>\n"
    }
}

fn itself(arrow: &Arrow) -> String {
    format!("↻ {}", arrow.label)
}

fn boxed(name: &str, Rect { x, y, width, height }: &Rect) -> String {
    format!(
        "<g><title>namespace {}</title><rect class=\"band\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"8\"/>\
         <text class=\"title\" x=\"{:.1}\" y=\"{:.1}\">{}</text></g>\n",
        escaped(name),
        x + 10.0,
        y + 15.0,
        cut(name)
    )
}

fn line(arrow: &Arrow, route: &Route, title: &str) -> String {
    let mut path = String::new();
    let mut at = None;
    for (number, (x, y)) in route.points.iter().enumerate() {
        match at {
            None => path.push_str(&format!("M{x:.1} {y:.1}")),
            Some(_) if number % 2 == 1 => path.push_str(&format!("L{x:.1} {y:.1}")),
            Some((before, height)) => {
                let bend = (before + x) / 2.0;
                path.push_str(&format!("C{bend:.1} {height:.1} {bend:.1} {y:.1} {x:.1} {y:.1}"));
            }
        }
        at = Some((*x, *y));
    }
    let class = class(arrow.look);
    let end = if route.backwards { "start" } else { "end" };
    format!(
        "<path class=\"line {class}\" d=\"{path}\" marker-{end}=\"url(#{class})\"><title>{}</title></path>\n",
        escaped(title)
    )
}

/// An arrow's head in each look.
fn heads() -> String {
    let looks = [Look::Passes, Look::Doubtful, Look::Opened, Look::Cut, Look::Changed].map(class);
    let head = |class: &str| {
        format!(
            "<marker id=\"{class}\" class=\"head {class}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"8\" markerHeight=\"8\" \
             markerUnits=\"userSpaceOnUse\" orient=\"auto-start-reverse\"><path d=\"M0 1L10 5L0 9z\"/></marker>\n"
        )
    };
    format!("<defs>\n{}</defs>\n", looks.map(head).concat())
}

fn class(look: Look) -> &'static str {
    match look {
        Look::Passes => "passes",
        Look::Doubtful => "doubtful",
        Look::Opened => "opened",
        Look::Cut => "cut",
        Look::Changed => "changed",
    }
}

fn width(text: &str) -> f64 {
    width_of(text, LETTER)
}

fn width_of(text: &str, letter: f64) -> f64 {
    text.chars().count().min(LETTERS) as f64 * letter
}

fn cut(text: &str) -> String {
    let short: String = text.chars().take(LETTERS - 1).collect();
    escaped(&if text.chars().count() > LETTERS { short + "…" } else { text.to_owned() })
}

/// Safe in text and in attributes; control characters, which XML does not have, are left out.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for letter in text.chars().filter(|letter| !letter.is_control()) {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(nodes: usize, arrows: &[(usize, usize)]) -> Picture {
        let node = |number: usize| Node {
            namespace: Some(format!("n{}", number % 7)),
            far: false,
            label: format!("w<{number}>"),
        };
        let arrow =
            |(from, to): &(usize, usize)| Arrow { from: *from, to: *to, label: "TCP 80".into(), look: Look::Passes };
        Picture { nodes: (0..nodes).map(node).collect(), arrows: arrows.iter().map(arrow).collect() }
    }

    #[test]
    fn names_are_no_markup() {
        let svg = drawing(&picture(3, &[(0, 1), (1, 1), (2, 0)]), "a & b");
        assert!(svg.contains(">w&lt;1&gt;</text>") && svg.contains("<title id=\"title\">a &amp; b</title>"), "{svg}");
        assert!(svg.contains(">↻ TCP 80</text>") && !svg.contains("w<"), "{svg}");
    }

    #[test]
    fn what_is_too_much_is_drawn_by_namespace_and_says_so() {
        let arrows: Vec<(usize, usize)> = (0..99).map(|number| (number, number + 1)).collect();
        let svg = drawing(&picture(100, &arrows), "large");
        assert!(svg.contains("100 nodes and 99 arrows are too many to draw") && svg.contains(">n3/*</text>"), "{svg}");
        assert_eq!(svg.matches("<rect class=\"node").count(), 7, "{svg}");
    }

    #[test]
    fn nothing_is_drawn_as_nothing() {
        assert!(drawing(&Picture::default(), "empty").contains("Nothing to draw."));
    }
}
