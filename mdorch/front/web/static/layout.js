// A graph in layers, from left to right, after Sugiyama, Tagawa and Toda (1981): turn round the arrows that
// close a circle, give each node the layer behind all it needs, put points into arrows that cross layers, order
// each layer by where its neighbours are, and move what stands in order towards them.

export const NODE = { width: 196, height: 54 };
const GAP = { layer: 74, node: 14, point: 7 };
const POINTS = 12_000; // more would take too long: then long arrows go straight
const PER_ROW = 6; // of the nodes that nothing points to and that point nowhere

// `arrows`: pairs of places in `0 … count - 1`. Gives places (of the left upper corner), ways of the arrows, size.
export function layout(count, arrows) {
  const linked = new Uint8Array(count);
  const pairs = arrows.filter(([a, b]) => a !== b);
  for (const [a, b] of pairs) linked[a] = linked[b] = 1;
  const forward = acyclic(count, pairs);
  const layer = layers(count, forward);
  const graph = withPoints(count, forward, layer);
  const rows = ordered(graph, linked, count);
  const y = settled(graph, rows);
  return placed({ count, pairs, forward, graph, rows, y, linked });
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

function ordered(graph, linked, count) {
  const rows = [];
  graph.layer.forEach((at, n) => { if (n >= count || linked[n]) (rows[at] ??= []).push(n); });
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
function settled(graph, rows) {
  const count = graph.before.length;
  const y = new Float64Array(count);
  const isPoint = (n) => graph.before[n].length === 1 && graph.after[n].length === 1 && n >= rows.nodes;
  rows.nodes = Math.min(...graph.chains.flatMap((chain) => chain.slice(1, -1)), count);
  const size = (n) => (isPoint(n) ? GAP.point : NODE.height + GAP.node);
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

function placed({ count, pairs, forward, graph, rows, y, linked }) {
  const top = rows.flat().reduce((least, n) => Math.min(least, y[n]), Infinity);
  const x = (n) => graph.layer[n] * (NODE.width + GAP.layer);
  const places = Array.from({ length: count }, (_, n) => ({ x: x(n), y: y[n] - top }));
  const bottom = rows.flat().reduce((most, n) => Math.max(most, y[n] - top + NODE.height), 0);
  const alone = [...linked.keys()].filter((n) => !linked[n]);
  const wide = Math.max(PER_ROW, Math.min(rows.length, 12));
  alone.forEach((n, k) => {
    places[n] = { x: (k % wide) * (NODE.width + GAP.node), y: (bottom ? bottom + 40 : 0) + Math.floor(k / wide) * (NODE.height + GAP.node) };
  });
  const middle = (n) => y[n] - top + NODE.height / 2;
  const ways = graph.chains.map((chain, n) => {
    const [a, ...rest] = chain;
    let from = [x(a) + NODE.width, middle(a)];
    let way = `M${round(from)}`;
    for (const m of rest) {
      const to = [x(m), middle(m)];
      const half = (to[0] - from[0]) / 2;
      way += `C${round([from[0] + half, from[1]])} ${round([to[0] - half, to[1]])} ${round(to)}`;
      from = m < count ? to : [to[0] + NODE.width, to[1]];
      if (m >= count) way += `L${round(from)}`;
    }
    const ends = [middle(a), ...rest.map(middle)];
    return { way, turned: forward[n][0] !== pairs[n][0], from: pairs[n][0], to: pairs[n][1],
      box: [x(a), Math.min(...ends), from[0], Math.max(...ends)] };
  });
  return { places, ways, width: places.reduce((most, p) => Math.max(most, p.x + NODE.width), 0), height: places.reduce((most, p) => Math.max(most, p.y + NODE.height), 0) };
}

const round = ([a, b]) => `${Math.round(a)},${Math.round(b)}`;
