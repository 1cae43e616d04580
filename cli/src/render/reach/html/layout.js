"use strict";
// The same algorithm as layout.rs: layers from left to right, bands from top to bottom, a lane for each long arrow.
const SLOT = 18, HEAD = 12, BEND = 64, GAP = 16, PADDING = 16, TITLE = 24, LANE = 10, SWEEPS = 12;

function place(boxes, arrows) {
  const count = boxes.length, rank = [];
  orderOf(count, arrows).forEach((box, at, all) => { rank[box] = at; rank.all = all; });
  const forward = arrows.map(([from, to]) => rank[from] < rank[to] ? [from, to, false] : [to, from, true]);
  const layer = layersOf(rank.all || [], forward, count);
  const items = boxes.map((box, at) => ({ band: box.band, layer: layer[at], height: box.height }));
  const chains = forward.map(([left, right, backwards]) => {
    const chain = [left];
    for (let at = layer[left] + 1; at < layer[right]; at++) {
      chain.push(items.length);
      items.push({ band: boxes[right].band, layer: at, height: LANE });
    }
    chain.push(right);
    return { items: chain, backwards };
  });
  const ends = boxes.map(() => ({ outs: [], ins: [] }));
  chains.forEach((chain, at) => { ends[chain.items[0]].outs.push(at); ends[chain.items.at(-1)].ins.push(at); });
  boxes.forEach((box, at) => {
    items[at].height = Math.max(box.height, Math.max(ends[at].outs.length, ends[at].ins.length) * (box.slot || SLOT) + 8);
  });
  const layers = Math.max(0, ...layer.map((at) => at + 1)), bands = Math.max(0, ...boxes.map((box) => box.band + 1));
  const near = items.map(() => [[], []]);
  for (const { items: chain } of chains)
    for (let at = 1; at < chain.length; at++) { near[chain[at - 1]][1].push(chain[at]); near[chain[at]][0].push(chain[at - 1]); }
  const cells = cellsOf(items, near, bands, layers);
  const stacked = []; let top = 0;
  for (const band of cells) {
    const high = Math.max(0, ...band.map((cell) => cell.reduce((sum, item) => sum + items[item].height + GAP, 0)));
    stacked.push({ y: top, height: high + PADDING + TITLE + GAP });
    top += high + PADDING + TITLE + GAP;
  }
  const y = heightsOf(items, near, cells, layers, (band) => [stacked[band].y + TITLE, stacked[band].y + stacked[band].height - PADDING - GAP]);
  const columns = columnsOf(boxes, arrows, items, chains, layers);
  const rects = boxes.map((box, at) => {
    const column = columns[items[at].layer];
    return { x: column.x + (column.width - box.width) / 2, y: y[at] - items[at].height / 2, width: box.width, height: items[at].height };
  });
  const slots = slotsOf(boxes, chains, ends, y, rects);
  const routes = chains.map((chain, at) => {
    const first = chain.items[0], right = rects[chain.items.at(-1)], start = rects[first].x + rects[first].width;
    const column = columns[items[first].layer];
    const points = [[start, slots[at][0]], [column.x + column.width + arrows[at][2] + 2 * HEAD, slots[at][0]]];
    for (const item of chain.items.slice(1, -1)) {
      const lane = columns[items[item].layer];
      points.push([lane.x, y[item]], [lane.x + lane.width, y[item]]);
    }
    points.push([right.x - HEAD, slots[at][1]], [right.x, slots[at][1]]);
    return { points, backwards: chain.backwards, label: [start + HEAD, slots[at][0]] };
  });
  const around = stacked.map((band, number) => {
    const inside = rects.filter((_, at) => boxes[at].band === number);
    if (!inside.length) return null;
    const from = Math.min(...inside.map((rect) => rect.x)), to = Math.max(...inside.map((rect) => rect.x + rect.width));
    return { x: from - PADDING / 2, y: band.y, width: to - from + PADDING, height: band.height - GAP };
  });
  const last = columns.at(-1) || { x: 0, width: 0 };
  return { rects, routes, bands: around, width: last.x + last.width + PADDING, height: top };
}

function orderOf(count, arrows) {
  const left = new Set(Array.from({ length: count }, (_, at) => at)), into = Array(count).fill(0), out = Array(count).fill(0);
  const outs = Array.from({ length: count }, () => []), ins = Array.from({ length: count }, () => []);
  for (const [from, to] of arrows) { out[from]++; into[to]++; outs[from].push(to); ins[to].push(from); }
  const first = [], last = [];
  while (left.size) {
    let source = -1, sink = -1, most = -1;
    for (const box of left) {
      if (into[box] === 0) { source = box; break; }
      if (out[box] === 0 && sink < 0) sink = box;
      if (most < 0 || out[box] - into[box] > out[most] - into[most]) most = box;
    }
    const box = source >= 0 ? source : sink >= 0 ? sink : most;
    (source < 0 && sink >= 0 ? last : first).push(box);
    left.delete(box);
    for (const to of outs[box]) into[to]--;
    for (const from of ins[box]) out[from]--;
  }
  return first.concat(last.reverse());
}

function layersOf(order, forward, count) {
  const layer = Array(count).fill(0), outs = Array.from({ length: count }, () => []), ins = Array(count).fill(0);
  for (const [left, right] of forward) { outs[left].push(right); ins[right]++; }
  for (const box of order) for (const to of outs[box]) layer[to] = Math.max(layer[to], layer[box] + 1);
  for (const box of order)
    if (!ins[box] && outs[box].length) layer[box] = Math.max(0, Math.min(...outs[box].map((to) => layer[to])) - 1);
  return layer;
}

function cellsOf(items, near, bands, layers) {
  const cells = Array.from({ length: bands }, () => Array.from({ length: layers }, () => []));
  items.forEach((item, at) => cells[item.band][item.layer].push(at));
  const rank = Array(items.length).fill(0);
  const renumber = (layer) => { let at = 0; for (const band of cells) for (const item of band[layer]) rank[item] = at++; };
  for (let layer = 0; layer < layers; layer++) renumber(layer);
  for (let sweep = 0; sweep < SWEEPS; sweep++)
    for (let step = 0; step < layers; step++) {
      const layer = sweep % 2 ? layers - 1 - step : step, side = sweep % 2;
      for (const band of cells) {
        const wanted = new Map(band[layer].map((item) => [item, mean(near[item][side], rank, rank[item])]));
        band[layer].sort((one, two) => wanted.get(one) - wanted.get(two));
      }
      renumber(layer);
    }
  return cells;
}

function heightsOf(items, near, cells, layers, inside) {
  const y = Array(items.length).fill(0);
  cells.forEach((band, number) => {
    const [top, bottom] = inside(number);
    for (const cell of band) settle(items, cell, cell.map(() => (top + bottom) / 2), inside(number), y);
  });
  for (let sweep = 0; sweep < SWEEPS; sweep++)
    for (let step = 0; step < layers; step++)
      cells.forEach((band, number) => {
        const cell = band[sweep % 2 ? layers - 1 - step : step];
        settle(items, cell, cell.map((item) => mean(near[item][0].concat(near[item][1]), y, y[item])), inside(number), y);
      });
  return y;
}

function settle(items, cell, wanted, [top, bottom], y) {
  const half = (item) => (items[item].height + GAP) / 2, down = [];
  let edge = top;
  cell.forEach((item, at) => { down[at] = Math.max(edge + half(item), wanted[at]); edge = down[at] + half(item); });
  const fromBelow = (middles) => {
    const found = []; let limit = bottom;
    for (let at = cell.length - 1; at >= 0; at--) { found[at] = Math.min(middles[at], limit - half(cell[at])); limit = found[at] - half(cell[at]); }
    return found;
  };
  const back = fromBelow(down), up = fromBelow(wanted);
  edge = top;
  cell.forEach((item, at) => { const lifted = Math.max(up[at], edge + half(item)); edge = lifted + half(item); y[item] = (back[at] + lifted) / 2; });
}

function columnsOf(boxes, arrows, items, chains, layers) {
  const widths = Array.from({ length: layers }, () => ({ width: 0, labels: 0 }));
  boxes.forEach((box, at) => { const column = widths[items[at].layer]; column.width = Math.max(column.width, box.width); });
  chains.forEach((chain, at) => { const column = widths[items[chain.items[0]].layer]; column.labels = Math.max(column.labels, arrows[at][2]); });
  let x = PADDING;
  return widths.map(({ width, labels }) => { const column = { x, width }; x += width + labels + 2 * HEAD + BEND; return column; });
}

function slotsOf(boxes, chains, ends, y, rects) {
  const slots = chains.map(() => [0, 0]);
  ends.forEach(({ outs, ins }, box) => {
    const rect = rects[box], middle = rect.y + rect.height / 2, slot = boxes[box].slot || SLOT;
    for (const [side, at, neighbour] of [[outs, 0, 1], [ins, 1, -2]]) {
      side.sort((one, two) => y[chains[one].items.at(neighbour)] - y[chains[two].items.at(neighbour)]);
      side.forEach((chain, number) => { slots[chain][at] = middle + (number - (side.length - 1) / 2) * slot; });
    }
  });
  return slots;
}

function mean(of, values, otherwise) {
  return of.length ? of.reduce((sum, item) => sum + values[item], 0) / of.length : otherwise;
}
