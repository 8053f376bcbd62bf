import assert from "node:assert/strict";
import test from "node:test";

import { Heap, Paths } from "../static/path.js";
import { Terrain } from "../static/terrain.js";
import { World } from "../static/world.js";
import { at, edge, encode, grid } from "./grid.js";

const BLOCKED = 0xffffffff;

test("parse reads what the server encodes", () => {
  const world = grid(["00#", "0#1", "111"]);
  assert.deepEqual([world.nodes, world.partitions, world.columns, world.rows, world.unit], [7, 2, 3, 3, 1]);
  assert.deepEqual([...world.partitionOf], [0, 0, 0, 1, 1, 1, 1]);
  assert.equal(world.tail[edge(world, [0, 0], [1, 0])], at(world, 0, 0));
  assert.equal(world.cells[1 * 3 + 1], -1, "rock");
  assert.equal(world.cells[2 * 3 + 0], at(world, 0, 2));
});

test("parse says what is wrong", () => {
  const good = encode(["00", "00"]);
  const spoiled = (at, v) => {
    const b = good.slice(0);
    new DataView(b).setUint32(at, v, true);
    return b;
  };
  for (const [name, buffer, message] of [
    ["empty", new ArrayBuffer(0), /cut off/],
    ["foreign", spoiled(0, 0x04034b50), /not a map/],
    ["cut off", good.slice(0, good.byteLength - 4), /its header says/],
    ["longer", spoiled(4, 5), /its header says/],
    ["last edge", spoiled(16 + 4 * (4 + 4 + 4), 99), /do not fit/],
  ]) assert.throws(() => World.parse(buffer), message, name);
});

test("a world far from the origin, with negative places, has its own raster", () => {
  const small = grid(["00", "00"]);
  const { first, head, base, partitionFirst } = small;
  const world = new World({ x: small.x.map((x) => 100 * x - 70), y: small.y.map((y) => 100 * y - 900), first, head, base, partitionFirst });
  assert.deepEqual([world.unit, world.columns, world.rows], [100, 2, 2]);
  assert.equal(world.nodeAt(1.5, 0.5), at(small, 1, 0));
});

test("nodeAt takes the nearest within reach", () => {
  const world = grid(["0#0", "###", "0##"]);
  assert.equal(world.nodeAt(1.3, 0.5), at(world, 0, 0));
  assert.equal(world.nodeAt(1.7, 0.5), at(world, 2, 0));
  assert.equal(world.nodeAt(2.5, 2.5, 1), -1);
  assert.equal(world.nodeAt(-50, -50), -1);
});

test("edgeToward picks the open edge of the best direction", () => {
  const world = grid(["000", "0001", "00#"]);
  const middle = [1, 1];
  const pick = (dx, dy, weights) => {
    const e = world.edgeToward(at(world, ...middle), dx, dy, weights);
    return e < 0 ? null : [world.x[world.head[e]], world.y[world.head[e]]];
  };
  for (const [name, dx, dy, want] of [
    ["up", 0, -1, [1, 0]], ["left", -1, 0, [0, 1]], ["up right", 1, -1, [2, 0]],
    ["no direction", 0, 0, null], ["a missing diagonal: along the wall", 1, 1, [2, 1]],
  ]) assert.deepEqual(pick(dx, dy), want, name);

  const closed = world.base.slice();
  closed[edge(world, [1, 1], [1, 0])] = BLOCKED;
  assert.deepEqual(pick(0, -1, closed), [0, 0], "a closed edge is not taken");
  assert.equal(world.head[world.edgeToward(at(world, 2, 1), 1, 0)], at(world, 3, 1), "a border is open");
});

test("portals are told apart and taken on purpose only", () => {
  const world = grid(["00000"], [["0,0", "4,0"]]);
  const portal = edge(world, [0, 0], [4, 0]);
  assert.deepEqual(world.portals, [portal]);
  assert.equal(world.portalOf(at(world, 0, 0)), portal);
  assert.equal(world.portalOf(at(world, 1, 0)), -1);
  assert.equal(world.head[world.edgeToward(at(world, 0, 0), 1, 0)], at(world, 1, 0));
});

// cheapest is Bellman and Ford's answer: slow, and hard to get wrong.
function cheapest(world, from, weights) {
  const cost = new Array(world.nodes).fill(Infinity);
  cost[from] = 0;
  for (let round = 0; round < world.nodes; round++) {
    for (let e = 0; e < world.edges; e++) {
      if (world.open(e, weights)) cost[world.head[e]] = Math.min(cost[world.head[e]], cost[world.tail[e]] + weights[e]);
    }
  }
  return cost;
}

test("paths are shortest paths on the weights of the moment", () => {
  const world = grid(["0000000", "0##0##0", "0000#00", "0#00000", "0000#01"], [["0,0", "6,3"]]);
  const paths = new Paths(world);
  let state = 12345;
  const random = (n) => (state = (state * 1103515245 + 12345) % 2 ** 31) % n;
  for (let round = 0; round < 12; round++) {
    const weights = world.base.map((b) => (random(9) === 0 ? BLOCKED : b + random(5) * 102));
    const from = random(world.nodes);
    const cost = cheapest(world, from, weights);
    for (let to = 0; to < world.nodes; to++) {
      const way = paths.find(from, to, weights);
      if (way === null) {
        assert.equal(cost[to], Infinity);
        continue;
      }
      let v = from, sum = 0;
      for (const e of way) {
        assert.equal(world.tail[e], v);
        v = world.head[e];
        sum += weights[e];
      }
      assert.equal(v, to);
      assert.equal(sum, cost[to], `round ${round}: ${from} to ${to}`);
    }
  }
});

test("the heap gives the least key first", () => {
  const heap = new Heap();
  const keys = Array.from({ length: 500 }, (_, i) => (i * 7919) % 1009);
  for (const k of keys) heap.push(k, -k);
  const got = [];
  while (heap.size > 0) {
    const [k, v] = heap.pop();
    assert.equal(v, -k);
    got.push(k);
  }
  assert.deepEqual(got, keys.sort((a, b) => a - b));
});

test("the terrain paints floor lighter than rock, and every pixel", () => {
  const world = grid(["####", "#00#", "#00#", "####"].map((r) => r.replaceAll("#", "#")));
  const terrain = new Terrain(world);
  const scale = 4, width = terrain.columns * scale, height = terrain.rows * scale;
  const pixels = new Uint8ClampedArray(4 * width * height);
  terrain.paint(pixels, width, height, 0, 0, scale);
  const light = (c, r) => {
    const i = 4 * (Math.floor((r + terrain.margin) * scale) * width + Math.floor((c + terrain.margin) * scale));
    return pixels[i] + pixels[i + 1] + pixels[i + 2];
  };
  assert.ok(light(1, 1) > light(-6, -6) + 30);
  assert.ok(pixels.filter((_, i) => i % 4 === 3).every((a) => a === 255));
});
