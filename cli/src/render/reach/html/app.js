// Ends are numbered: groups of alike workloads first, then addresses outside.
const data = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id), canvas = at("canvas"), panel = at("panel");
const names = [...new Set(data.groups.map((group) => group.namespace))];
const open = new Map(), hidden = new Set();
let selection = null, found = new Set(), view = null, scene = null, drawn = null;
const LETTER = 7.2, LETTERS = 34, MOST = 20000, DENSE = 70;

function level(value) { for (const name of names) open.set(name, value); }
at("level").value = data.workloads.length > 40 ? "namespaces" : data.groups.length < data.workloads.length ? "classes" : "workloads";
level(at("level").value);

const cut = (text) => text.length > LETTERS ? text.slice(0, LETTERS - 1) + "…" : text;
const nameOf = (end) => end >= data.groups.length ? data.far[end - data.groups.length]
  : data.groups[end].members.map((member) => data.workloads[member].name).join(", ");
function element(tag, attributes = {}, ...children) {
  const svg = ["svg", "g", "path", "rect", "text", "title", "marker", "defs"].includes(tag);
  const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) key.startsWith("on") ? made.addEventListener(key.slice(2), value) : made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// Nodes that are visible: a closed namespace, a group, or a workload of it; addresses once for each role.
function nodesOf(end, role) {
  if (end >= data.groups.length) return [{ key: `far ${role} ${end}`, label: nameOf(end), far: true, ends: [end] }];
  const group = data.groups[end], namespace = group.namespace;
  if (hidden.has(namespace)) return [];
  const state = open.get(namespace);
  if (state === "namespaces") return [{ key: `namespace ${namespace}`, label: namespace, namespace, closed: true }];
  if (state === "classes" || group.members.length === 1) {
    const one = data.workloads[group.members[0]].short;
    const label = group.members.length > 1 ? `${one} and ${group.members.length - 1} alike` : one;
    return [{ key: `group ${end}`, label, namespace, band: namespace, ends: [end], members: group.members }];
  }
  return group.members.map((member) => ({ key: `workload ${member}`, label: data.workloads[member].short, namespace, band: namespace, ends: [end], members: [member] }));
}

// What of ports passes, or, of a difference, what becomes of them: ports, look, word.
const statesOf = (edge) => edge.moves || [[edge.allow, "passes", ""], [edge.plugin, "doubtful", "implementation-defined: "], [edge.unknown, "doubtful", "unknown: "]];

function visible() {
  const nodes = new Map(), arrows = new Map(), doubts = at("doubts").checked;
  const know = (node) => { if (!nodes.has(node.key)) nodes.set(node.key, { ...node, self: [], selfLabels: new Set() }); return nodes.get(node.key); };
  if (!at("only").checked || !selection) data.groups.forEach((_, end) => nodesOf(end, "to").forEach(know));
  data.edges.forEach((edge, number) => {
    if (!doubts && statesOf(edge).every(([ports, look]) => !ports || look === "doubtful")) return;
    for (const from of nodesOf(edge.from, "from")) for (const to of nodesOf(edge.to, "to")) {
      if (at("only").checked && selection && from.key !== selection && to.key !== selection) continue;
      const [source, destination] = [know(from), know(to)];
      for (const [ports, look, word] of statesOf(edge)) {
        if (!ports || (look === "doubtful" && !doubts)) continue;
        if (source === destination) { source.self.push(number); source.selfLabels.add(word + ports); continue; }
        const key = `${from.key}|${to.key}|${look}`;
        if (!arrows.has(key)) arrows.set(key, { key, from: from.key, to: to.key, look, labels: new Set(), edges: new Set() });
        arrows.get(key).labels.add(word + ports);
        arrows.get(key).edges.add(number);
      }
    }
  });
  return { nodes: [...nodes.values()], arrows: [...arrows.values()] };
}

function draw() {
  scene = visible();
  canvas.replaceChildren();
  drawn = null;
  if (scene.arrows.length > MOST) {
    canvas.append(element("p", { class: "hint", style: "top: 10px" }, `${scene.arrows.length} arrows are too many to show. Show namespaces, leave some out on the left, or search for a workload and show only what is around it.`));
    return explain();
  }
  if (at("look").value === "table" || (at("look").value === "auto" && scene.arrows.length > DENSE)) return table();
  const bands = [undefined, ...names].filter((name) => scene.nodes.some((node) => node.band === name));
  const index = new Map(scene.nodes.map((node, at) => [node.key, at]));
  const many = new Map();
  for (const arrow of scene.arrows) for (const key of [arrow.from, arrow.to]) many.set(key, (many.get(key) || 0) + 1);
  const boxes = scene.nodes.map((node) => {
    const self = [...node.selfLabels], shown = self.length > 2 ? [`${self.length} sets of ports`] : self;
    node.lines = shown.map((line) => cut("↻ " + line));
    const width = Math.max(...[(node.closed ? "+ " : "") + node.label, ...node.lines].map((line) => Math.min(line.length, LETTERS) * LETTER)) + 28;
    return { band: bands.indexOf(node.band), width, height: 36 + 16 * node.lines.length, slot: many.get(node.key) > 80 ? 6 : 18 };
  });
  for (const arrow of scene.arrows) {
    arrow.label = arrow.labels.size === 1 ? [...arrow.labels][0] : `${arrow.labels.size} sets of ports`;
    arrow.silent = boxes[index.get(arrow.from)].slot < 18 || boxes[index.get(arrow.to)].slot < 18;
  }
  const placed = place(boxes, scene.arrows.map((arrow) => [index.get(arrow.from), index.get(arrow.to), arrow.silent ? 8 : Math.min(arrow.label.length, LETTERS) * LETTER]));
  const svg = element("svg", { role: "group" }, heads());
  bands.forEach((name, number) => { if (name !== undefined && placed.bands[number]) svg.append(bandOf(name, placed.bands[number])); });
  scene.arrows.forEach((arrow, number) => svg.append(arrowOf(arrow, placed.routes[number])));
  scene.nodes.forEach((node, number) => svg.append(nodeOf(node, placed.rects[number])));
  put(svg, placed.width, placed.height);
}

function put(svg, width, height) {
  canvas.append(svg);
  drawn = { svg, width, height };
  if (!view) fit(); else show();
  mark();
  explain();
}

// Sources from top to bottom, destinations from left to right: legible where arrows are too many.
function table() {
  const CELL = 22, sort = (one, two) => (one.far ? 1 : 0) - (two.far ? 1 : 0) || full(one).localeCompare(full(two));
  const full = (node) => node.band ? `${node.namespace}/${node.label}` : node.label;
  const has = (side) => (node) => scene.arrows.some((arrow) => arrow[side] === node.key) || node.self.length;
  const rows = scene.nodes.filter(has("from")).sort(sort), columns = scene.nodes.filter(has("to")).sort(sort);
  const left = Math.max(90, ...rows.map((node) => cut(full(node)).length * LETTER)) + 28;
  const top = Math.max(60, ...columns.map((node) => cut(full(node)).length * LETTER)) * 0.8 + 40;
  const svg = element("svg", { role: "group" }, element("text", { class: "title", x: 12, y: top - 10 }, "from ↓  to →"));
  const head = (node, attributes) => {
    const text = element("text", { class: "head-of name", ...attributes }, cut((node.closed ? "+ " : "") + full(node)));
    const group = element("g", { "data-key": node.key }, element("title", {}, full(node)), text);
    return pressable(group, `${full(node)}${node.closed ? ", a closed namespace" : ""}`, () => { if (node.closed && selection === node.key) openNamespace(node.namespace); else choose(node.key); });
  };
  rows.forEach((node, number) => svg.append(element("rect", { class: number % 2 ? "stripe" : "ground", x: 8, y: top + number * CELL, width: left + columns.length * CELL - 8, height: CELL }),
    head(node, { x: left - 8, y: top + (number + 0.5) * CELL, style: "text-anchor: end" })));
  columns.forEach((node, number) => { const x = left + (number + 0.5) * CELL; svg.append(head(node, { x, y: top - 8, transform: `rotate(-55 ${x} ${top - 8})`, style: "text-anchor: start" })); });
  const places = [rows, columns].map((nodes) => new Map(nodes.map((node, number) => [node.key, number])));
  const cell = (row, column, look, key, title) => {
    const inset = look === "doubtful" ? 6 : 3;
    const group = element("g", { class: "arrow", "data-key": key }, element("title", {}, title),
      element("rect", { class: `cell ${look}`, rx: 3, x: left + column * CELL + inset, y: top + row * CELL + inset, width: CELL - 2 * inset, height: CELL - 2 * inset }));
    group.addEventListener("click", (event) => { event.stopPropagation(); choose(key); });
    svg.append(group);
  };
  for (const arrow of scene.arrows) cell(places[0].get(arrow.from), places[1].get(arrow.to), arrow.look, arrow.key, `${arrow.from.replace(/^\S+ /, "")} → ${arrow.to.replace(/^\S+ /, "")}: ${[...arrow.labels].slice(0, 6).join("; ")}`);
  for (const node of rows) if (node.self.length) cell(places[0].get(node.key), places[1].get(node.key), "passes", node.key, `${full(node)} → itself: ${[...node.selfLabels].slice(0, 6).join("; ")}`);
  put(svg, left + columns.length * CELL + top * 0.7, top + rows.length * CELL + 16);
}

function heads() {
  return element("defs", {}, ...["passes", "doubtful", "opened", "cut"].map((look) => element("marker",
    { id: look, class: `head ${look}`, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto-start-reverse" },
    element("path", { d: "M0 1L10 5L0 9z" }))));
}

function pressable(group, label, act) {
  const go = (event) => { event.preventDefault(); event.stopPropagation(); act(); };
  group.setAttribute("tabindex", 0); group.setAttribute("role", "button"); group.setAttribute("aria-label", label);
  group.addEventListener("click", go);
  group.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") go(event); });
  return group;
}

function bandOf(name, rect) {
  const group = element("g", { "data-key": `band ${name}` }, element("title", {}, `Close ${name}`), element("rect", { class: "band", "pointer-events": "all", rx: 8, ...rect }),
    element("text", { class: "title", x: rect.x + 10, y: rect.y + 15 }, `− ${cut(name)}`));
  return pressable(group, `namespace ${name}, open: close it`, () => { open.set(name, "namespaces"); choose(`namespace ${name}`); });
}

function nodeOf(node, rect) {
  const middle = rect.x + rect.width / 2, y = rect.y + rect.height / 2 - 8 * node.lines.length;
  const label = node.closed ? `+ ${node.label}` : node.label;
  const group = element("g", { "data-key": node.key }, element("title", {}, node.members ? node.members.map((member) => data.workloads[member].name).join("\n") : node.label),
    element("rect", { class: `node${node.far ? " far" : ""}`, rx: 6, ...rect }), element("text", { class: "name", x: middle, y }, cut(label)),
    ...node.lines.map((line, number) => element("text", { class: "self passes", x: middle, y: y + 16 * (number + 1) }, line)));
  const act = () => { if (node.closed && selection === node.key) openNamespace(node.namespace); else choose(node.key); };
  group.addEventListener("dblclick", () => { if (node.closed) openNamespace(node.namespace); });
  return pressable(group, node.closed ? `namespace ${node.label}, closed` : node.label, act);
}

function openNamespace(name) {
  const groups = data.groups.filter((group) => group.namespace === name);
  open.set(name, groups.some((group) => group.members.length > 1) ? "classes" : "workloads");
  selection = null; view = null; draw();
}

function arrowOf(arrow, route) {
  let path = "";
  route.points.forEach(([x, y], number) => {
    const before = route.points[number - 1];
    if (!before) path += `M${x} ${y}`;
    else if (number % 2) path += `L${x} ${y}`;
    else { const bend = (before[0] + x) / 2; path += `C${bend} ${before[1]} ${bend} ${y} ${x} ${y}`; }
  });
  const end = route.backwards ? "marker-start" : "marker-end", [x, y] = route.label;
  const group = element("g", { class: "arrow", "data-key": arrow.key }, element("title", {}, `${arrow.from.replace(/^\S+ /, "")} → ${arrow.to.replace(/^\S+ /, "")}: ${arrow.label}`),
    element("path", { class: `line ${arrow.look}`, d: path, [end]: `url(#${arrow.look})` }), element("path", { class: "hit", d: path }));
  if (!arrow.silent) group.append(element("rect", { class: "ground", x: x - 2, y: y - 7, width: Math.min(arrow.label.length, LETTERS) * 6.1 + 4, height: 14 }),
    element("text", { class: `label ${arrow.look}`, x, y }, cut(arrow.label)));
  group.addEventListener("click", (event) => { event.stopPropagation(); choose(arrow.key); });
  return group;
}

function choose(key) {
  const redraw = at("only").checked || key !== selection && (key || "").startsWith("namespace ") && !scene.nodes.some((node) => node.key === key);
  selection = key;
  if (redraw) { view = null; draw(); } else { mark(); explain(); }
  const chosen = canvas.querySelector(".chosen[tabindex]");
  if (chosen && document.activeElement !== at("search")) chosen.focus({ preventScroll: true });
}

function mark() {
  if (!drawn) return;
  const near = new Set();
  if (selection) for (const arrow of scene.arrows)
    if ([arrow.key, arrow.from, arrow.to].includes(selection)) [arrow.key, arrow.from, arrow.to].forEach((key) => near.add(key));
  if (selection) near.add(selection);
  for (const group of drawn.svg.querySelectorAll("[data-key]")) {
    const key = group.dataset.key, node = scene.nodes.find((one) => one.key === key);
    group.classList.toggle("chosen", key === selection);
    group.classList.toggle("faint", near.size > 0 && !near.has(key) && !key.startsWith("band "));
    group.classList.toggle("found", !!node && (node.members || []).concat(node.closed ? data.groups.filter((group) => group.namespace === node.namespace).flatMap((group) => group.members) : []).some((member) => found.has(member)));
  }
}

// The panel.
function explain() {
  panel.replaceChildren();
  const arrow = scene.arrows.find((one) => one.key === selection), node = scene.nodes.find((one) => one.key === selection);
  if (arrow) return arrow.edges.size === 1 ? edge([...arrow.edges][0]) : list(`${arrow.edges.size} connections`, [["", [...arrow.edges]]]);
  if (node) {
    const mine = (number, side) => nodesOf(data.edges[number][side], side).some((one) => one.key === node.key);
    const all = data.edges.map((_, number) => number);
    const title = node.members && node.members.length > 1 ? `${node.members.length} alike workloads of ${node.namespace}` : node.closed ? `namespace ${node.label}` : node.namespace ? `${node.namespace}/${node.label}` : node.label;
    const hint = node.members && node.members.length > 1 ? node.members.map((member) => data.workloads[member].name).join(", ") : "";
    list(title, [["reaches", all.filter((number) => mine(number, "from"))], ["is reached by", all.filter((number) => mine(number, "to"))]], hint);
    if (node.closed) panel.prepend(element("button", { type: "button", onclick: () => openNamespace(node.namespace) }, `Open ${node.label}`));
    return;
  }
  panel.append(element("h2", {}, "Choose a node or an arrow"), element("p", {}, "An arrow tells the rules that decide at both ends. Closed namespaces open when they are pressed twice."), ...data.notes.map((note) => element("p", { class: "at" }, note)));
}

function list(title, parts, hint) {
  panel.append(element("h2", {}, title));
  if (hint) panel.append(element("p", { class: "at" }, hint));
  for (const [heading, numbers] of parts) {
    if (heading) panel.append(element("h3", {}, `${heading}${numbers.length ? "" : " nothing"}`));
    const shown = numbers.slice(0, 200), place = element("div", { class: "list" });
    for (const number of shown) place.append(element("button", { type: "button", onclick: () => { edge(number, true); } }, summary(number)));
    panel.append(place);
    if (numbers.length > shown.length) panel.append(element("p", {}, `and ${numbers.length - shown.length} more`));
  }
}

function summary(number) {
  const one = data.edges[number];
  return `${cut(nameOf(one.from))} → ${cut(nameOf(one.to))}  ${statesOf(one).filter(([ports]) => ports).map(([ports, , word]) => word + ports).join("; ")}`;
}

function edge(number, back) {
  const one = data.edges[number];
  panel.replaceChildren();
  if (back) { const button = element("button", { type: "button", onclick: explain }, "Back"); panel.append(button); button.focus(); }
  panel.append(element("h2", {}, `${nameOf(one.from)} → ${nameOf(one.to)}`));
  const told = one.moves ? one.moves.map(([ports, look, word]) => [ports, word, look]) : [[one.allow, "allow", "allow"], [one.plugin, "implementation-defined", "doubt"], [one.unknown, "unknown", "doubt"]];
  for (const [ports, word, look] of told)
    if (ports) panel.append(element("p", {}, element("span", { class: `state ${look}` }, word), ` ${ports}`));
  for (const reason of one.because) panel.append(element("p", { class: "at" }, `because ${reason}`));
  if (one.moves) return;
  for (const [title, side] of [["Egress of the source", one.egress], ["Ingress of the destination", one.ingress]]) {
    panel.append(element("h3", {}, title));
    if (typeof side === "string") { panel.append(element("p", {}, side)); continue; }
    for (const rule of side.map((rule) => data.rules[rule])) {
      panel.append(element("p", {}, rule.name), element("p", { class: "at" }, rule.at));
      if (rule.text) panel.append(element("pre", { tabindex: 0 }, rule.text));
    }
  }
}

// Zoom and move.
function show() {
  const { width, height } = canvas.getBoundingClientRect();
  drawn.svg.setAttribute("viewBox", `${view.x} ${view.y} ${width / view.scale} ${height / view.scale}`);
}
function fit() {
  const { width, height } = canvas.getBoundingClientRect();
  const scale = Math.min(1.4, Math.max(0.05, Math.min(width / (drawn.width + 20), height / (drawn.height + 20))));
  view = { scale, x: (drawn.width - width / scale) / 2, y: (drawn.height - height / scale) / 2 };
  show();
}
function zoom(factor, x, y) {
  if (!drawn || !view) return;
  const box = canvas.getBoundingClientRect(), [cx, cy] = [x ?? box.width / 2, y ?? box.height / 2];
  const scale = Math.min(4, Math.max(0.03, view.scale * factor));
  view = { scale, x: view.x + cx / view.scale - cx / scale, y: view.y + cy / view.scale - cy / scale };
  show();
}
canvas.addEventListener("wheel", (event) => { event.preventDefault(); const box = canvas.getBoundingClientRect(); zoom(Math.exp(-event.deltaY / 400), event.clientX - box.left, event.clientY - box.top); }, { passive: false });
let drag = null;
canvas.addEventListener("pointerdown", (event) => { drag = { x: event.clientX, y: event.clientY }; });
addEventListener("pointermove", (event) => { if (!drag || !view || !drawn) return; view.x -= (event.clientX - drag.x) / view.scale; view.y -= (event.clientY - drag.y) / view.scale; drag = { x: event.clientX, y: event.clientY }; show(); });
addEventListener("pointerup", () => { drag = null; });
canvas.addEventListener("click", () => choose(null));
canvas.addEventListener("keydown", (event) => {
  const step = view && 60 / view.scale, moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  if (event.key === "+" || event.key === "=") zoom(1.25); else if (event.key === "-") zoom(0.8); else if (event.key === "0") fit();
  else if (event.key === "Escape") choose(null);
  else if (moves[event.key] && view) { view.x += moves[event.key][0] * step; view.y += moves[event.key][1] * step; show(); } else return;
  event.preventDefault();
});
addEventListener("resize", () => { if (view && drawn) show(); });

// The controls.
at("in").onclick = () => zoom(1.25); at("out").onclick = () => zoom(0.8); at("fit").onclick = () => drawn && fit();
at("level").onchange = () => { level(at("level").value); selection = null; view = null; draw(); };
at("doubts").onchange = draw; at("look").onchange = () => { view = null; draw(); }; at("only").onchange = () => { view = null; draw(); };
function boxes() {
  at("namespaces").replaceChildren(...names.map((name) => {
    const box = element("input", { type: "checkbox", onchange: () => { box.checked ? hidden.delete(name) : hidden.add(name); view = null; draw(); } });
    box.checked = !hidden.has(name);
    return element("label", {}, box, ` ${name}`);
  }));
}
at("all").onclick = () => { hidden.clear(); boxes(); view = null; draw(); };
at("none").onclick = () => { names.forEach((name) => hidden.add(name)); boxes(); view = null; draw(); };
function reveal(member) {
  const end = data.groups.findIndex((group) => group.members.includes(member)), namespace = data.groups[end].namespace;
  hidden.delete(namespace); boxes();
  if (open.get(namespace) === "namespaces") open.set(namespace, "workloads");
  const [node] = nodesOf(end, "to").filter((one) => one.members.includes(member));
  selection = node.key; view = null; draw();
}
at("search").oninput = () => {
  const text = at("search").value.trim().toLowerCase();
  found = new Set(text ? data.workloads.map((_, member) => member).filter((member) => data.workloads[member].name.toLowerCase().includes(text)) : []);
  at("found").replaceChildren(...[...found].slice(0, 20).map((member) => element("li", { class: "list" }, element("button", { type: "button", onclick: () => reveal(member) }, data.workloads[member].name))));
  if (text && !found.size) at("found").append(element("li", {}, "none"));
  mark();
};
at("search").onkeydown = (event) => { if (event.key === "Enter" && found.size) reveal([...found][0]); };
boxes();
draw();
document.documentElement.dataset.ready = "yes";
