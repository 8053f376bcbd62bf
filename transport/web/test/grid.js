// Worlds for the tests, drawn as text: a digit is a node of that partition.

import { World } from "../static/world.js";

const STEPS = [[0, -1], [-1, 0], [1, 0], [0, 1], [-1, -1], [1, -1], [-1, 1], [1, 1]];

/** encode makes the answer of /api/world of rows of text; portals are pairs of "x,y". */
export function encode(rows, portals = []) {
  const nodes = [];
  rows.forEach((row, y) => [...row].forEach((c, x) => c !== "#" && nodes.push({ x, y, p: Number(c) })));
  nodes.sort((a, b) => a.p - b.p);
  const id = new Map(nodes.map((n, i) => [`${n.x},${n.y}`, i]));
  const first = [0], head = [], base = [];
  for (const { x, y } of nodes) {
    for (const [dx, dy] of STEPS) {
      const to = id.get(`${x + dx},${y + dy}`);
      const corners = dx === 0 || dy === 0 || (id.has(`${x + dx},${y}`) && id.has(`${x},${y + dy}`));
      if (to === undefined || !corners) continue;
      head.push(to);
      base.push(dx !== 0 && dy !== 0 ? 577 : 408);
    }
    for (const [a, b] of portals) {
      if (a !== `${x},${y}`) continue;
      head.push(id.get(b));
      base.push(816);
    }
    first.push(head.length);
  }
  const partitions = Math.max(...nodes.map((n) => n.p)) + 1;
  const starts = Array.from({ length: partitions + 1 }, (_, p) => nodes.filter((n) => n.p < p).length);
  const words = [nodes.length, head.length, partitions, ...nodes.map((n) => n.x), ...nodes.map((n) => n.y), ...first, ...head, ...base, ...starts];
  const buffer = new ArrayBuffer(4 + 4 * words.length);
  new Uint8Array(buffer).set(new TextEncoder().encode("HGV1"));
  words.forEach((w, i) => new DataView(buffer).setUint32(4 + 4 * i, w >>> 0, true));
  return buffer;
}

export const grid = (rows, portals) => World.parse(encode(rows, portals));

/** at is the node at a place. */
export function at(world, x, y) {
  for (let v = 0; v < world.nodes; v++) if (world.x[v] === x && world.y[v] === y) return v;
  throw new Error(`no node at ${x},${y}`);
}

/** edge is the edge between two places. */
export function edge(world, [ax, ay], [bx, by]) {
  const v = at(world, ax, ay), w = at(world, bx, by);
  for (let e = world.first[v]; e < world.first[v + 1]; e++) if (world.head[e] === w) return e;
  throw new Error("no such edge");
}
