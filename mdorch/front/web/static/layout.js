// A graph in layers, from left to right, after Sugiyama, Tagawa and Toda (1981): turn round the arrows that
// close a circle, give each node the layer behind all it needs, put points into arrows that cross layers, order
// each layer by where its neighbours are, and move what stands in order towards them.

export const NODE = { width: 196, height: 54 };
const GAP = { layer: 74, node: 14, point: 7, part: 44 };
const POINTS = 12_000; // more would take too long: then long arrows go straight
const WIDE = 6 * (NODE.width + GAP.layer); // the least width that parts are put beside one another in

// `arrows`: pairs of places in `0 … count - 1`. Gives places (of the left upper corner), ways of the arrows, size.
// What hangs together is laid out by itself; the parts are put into rows.
export function layout(count, arrows) {
  const pairs = arrows.filter(([a, b]) => a !== b);
  const parts = together(count, pairs).map(({ nodes, arrows: own }) => part(nodes, own));
  const size = packed(parts);
  const places = Array(count);
  for (const { nodes, spots, at: [x, y] } of parts) nodes.forEach((n, k) => { places[n] = { x: spots[k].x + x, y: spots[k].y + y }; });
  return { places, ways: parts.flatMap((one) => one.ways(...one.at)), ...size };
}

function together(count, pairs) {
  const top = Array.from({ length: count }, (_, n) => n);
  const find = (n) => {
    while (top[n] !== n) n = top[n] = top[top[n]];
    return n;
  };
  for (const [a, b] of pairs) top[Math.max(find(a), find(b))] = Math.min(find(a), find(b));
  const parts = new Map();
  const place = new Int32Array(count);
  for (let n = 0; n < count; n += 1) {
    const root = find(n);
    if (!parts.has(root)) parts.set(root, { nodes: [], arrows: [] });
    place[n] = parts.get(root).nodes.push(n) - 1;
  }
  for (const [a, b] of pairs) parts.get(find(a)).arrows.push([place[a], place[b]]);
  return [...parts.values()];
}

function part(nodes, pairs) {
  const count = nodes.length;
  const forward = acyclic(count, pairs);
  const graph = withPoints(count, forward, layers(count, forward));
  const rows = ordered(graph);
  const y = settled(graph, rows, count);
  return { nodes, ...placed({ nodes, pairs, forward, graph, y, count }) };
}

// Parts in rows, the larger ones first, those of one task each last; sets where each is.
function packed(parts) {
  const wide = Math.max(WIDE, ...parts.map((one) => one.width));
  let [x, y, high, width] = [0, 0, 0, 0];
  for (const one of parts.toSorted((a, b) => b.nodes.length - a.nodes.length || a.nodes[0] - b.nodes[0])) {
    if (x && x + one.width > wide) [x, y, high] = [0, y + high, 0];
    one.at = [x, y];
    width = Math.max(width, x + one.width);
    x += one.width + (one.nodes.length > 1 ? GAP.part : GAP.node);
    high = Math.max(high, one.height + (one.nodes.length > 1 ? GAP.part : GAP.node));
  }
  return { width, height: y + high };
}

function out(count, arrows) {
  const to = Array.from({ length: count }, () => []);
  arrows.forEach(([a, b]) => to[a].push(b));
  return to;
}

// The same arrows, those turned round that lead back to where a walk came from.
function acyclic(count, arrows) {
  const to = Array.from({ length: count }, () => []);
  arrows.forEach(([a, b], n) => to[a].push([b, n]));
  const state = new Uint8Array(count); // 1: on the walk, 2: left
  const back = new Set();
  for (let root = 0; root < count; root += 1) {
    if (state[root]) continue;
    const walk = [[root, 0]];
    state[root] = 1;
    while (walk.length) {
      const top = walk[walk.length - 1];
      const step = to[top[0]][top[1]++];
      if (!step) { state[top[0]] = 2; walk.pop(); }
      else if (state[step[0]] === 1) back.add(step[1]);
      else if (!state[step[0]]) { state[step[0]] = 1; walk.push([step[0], 0]); }
    }
  }
  return arrows.map(([a, b], n) => (back.has(n) ? [b, a] : [a, b]));
}

function layers(count, arrows) {
  const to = out(count, arrows);
  const left = new Int32Array(count);
  for (const [, b] of arrows) left[b] += 1;
  const order = [];
  for (let n = 0; n < count; n += 1) if (!left[n]) order.push(n);
  const layer = new Int32Array(count);
  const first = new Uint8Array(count);
  order.forEach((n) => { first[n] = 1; });
  for (let at = 0; at < order.length; at += 1) {
    for (const b of to[order[at]]) {
      layer[b] = Math.max(layer[b], layer[order[at]] + 1);
      left[b] -= 1;
      if (!left[b]) order.push(b);
    }
  }
  // What needs nothing stands right before the first that needs it.
  for (const n of order.toReversed()) if (first[n] && to[n].length) layer[n] = Math.min(...to[n].map((b) => layer[b])) - 1;
  return layer;
}

function withPoints(count, arrows, layer) {
  const total = arrows.reduce((sum, [a, b]) => sum + layer[b] - layer[a] - 1, 0);
  const graph = { layer: [...layer], before: Array.from({ length: count }, () => []), after: Array.from({ length: count }, () => []), chains: [] };
  const join = (a, b) => { graph.after[a].push(b); graph.before[b].push(a); };
  for (const [a, b] of arrows) {
    const chain = [a];
    for (let at = layer[a] + 1; total <= POINTS && at < layer[b]; at += 1) {
      graph.layer.push(at);
      graph.before.push([]);
      graph.after.push([]);
      chain.push(graph.layer.length - 1);
    }
    chain.push(b);
    for (let n = 1; n < chain.length; n += 1) join(chain[n - 1], chain[n]);
    graph.chains.push(chain);
  }
  return graph;
}

function ordered(graph) {
  const rows = [];
  graph.layer.forEach((at, n) => { (rows[at] ??= []).push(n); });
  for (let at = 0; at < rows.length; at += 1) rows[at] ??= [];
  const place = new Float64Array(graph.layer.length);
  const number = () => rows.forEach((row) => row.forEach((n, k) => { place[n] = k; }));
  const sort = (row, near) => {
    const weight = new Map(row.map((n, k) => [n, near[n].length ? near[n].reduce((sum, m) => sum + place[m], 0) / near[n].length : k]));
    row.sort((a, b) => weight.get(a) - weight.get(b));
    row.forEach((n, k) => { place[n] = k; });
  };
  number();
  const sweeps = graph.layer.length > 4000 ? 4 : 10;
  for (let turn = 0; turn < sweeps; turn += 1) {
    if (turn % 2) for (let at = rows.length - 2; at >= 0; at -= 1) sort(rows[at], graph.after);
    else for (let at = 1; at < rows.length; at += 1) sort(rows[at], graph.before);
  }
  return rows;
}

// Heights: each wants to be where its neighbours are, and stays in order and at its distance.
function settled(graph, rows, nodes) {
  const count = graph.before.length;
  const y = new Float64Array(count);
  const size = (n) => (n >= nodes ? GAP.point : NODE.height + GAP.node);
  for (const row of rows) {
    let at = 0;
    for (const n of row) { y[n] = at + size(n) / 2; at += size(n); }
    for (const n of row) y[n] -= at / 2;
  }
  const pull = (row, near) => {
    const want = row.map((n) => (near[n].length ? near[n].reduce((sum, m) => sum + y[m], 0) / near[n].length : y[n]));
    const low = [...want];
    const high = [...want];
    for (let k = 1; k < row.length; k += 1) low[k] = Math.max(low[k], low[k - 1] + (size(row[k - 1]) + size(row[k])) / 2);
    for (let k = row.length - 2; k >= 0; k -= 1) high[k] = Math.min(high[k], high[k + 1] - (size(row[k + 1]) + size(row[k])) / 2);
    row.forEach((n, k) => { y[n] = (low[k] + high[k]) / 2; });
  };
  const turns = count > 4000 ? 4 : 12;
  for (let turn = 0; turn < turns; turn += 1) {
    if (turn % 2) for (let at = rows.length - 2; at >= 0; at -= 1) pull(rows[at], graph.after);
    else for (let at = 1; at < rows.length; at += 1) pull(rows[at], graph.before);
  }
  return y;
}

function placed({ nodes, pairs, forward, graph, y, count }) {
  const top = y.reduce((least, one) => Math.min(least, one), Infinity);
  const x = (n) => graph.layer[n] * (NODE.width + GAP.layer);
  const middle = (n) => y[n] - top + NODE.height / 2;
  const ways = (dx, dy) => graph.chains.map((chain, n) => {
    const left = (m) => [x(m) + dx, middle(m) + dy];
    const right = (m) => [x(m) + NODE.width + dx, middle(m) + dy];
    let from = right(chain[0]);
    let way = `M${round(from)}`;
    for (const m of chain.slice(1)) {
      const to = left(m);
      const half = (to[0] - from[0]) / 2;
      way += `C${round([from[0] + half, from[1]])} ${round([to[0] - half, to[1]])} ${round(to)}`;
      from = to;
      if (m >= count) way += `L${round((from = right(m)))}`;
    }
    const ends = chain.map((m) => middle(m) + dy);
    return { way, turned: forward[n][0] !== pairs[n][0], from: nodes[pairs[n][0]], to: nodes[pairs[n][1]],
      box: [left(chain[0])[0], Math.min(...ends), from[0], Math.max(...ends)] };
  });
  return { spots: nodes.map((_, k) => ({ x: x(k), y: y[k] - top })), ways,
    width: graph.layer.reduce((most, _, n) => Math.max(most, x(n) + NODE.width), 0), height: y.reduce((most, one) => Math.max(most, one - top), 0) + NODE.height };
}

const round = ([a, b]) => `${Math.round(a)},${Math.round(b)}`;
