import assert from "node:assert/strict";
import test from "node:test";

import { Code } from "../static/huntpb.js";
import { Way } from "../static/way.js";
import { at, edge, grid } from "./grid.js";

const NONE = 0xffffffff;

// set is a strip of two partitions, a way on it, and what was asked.
function set() {
  const world = grid(["000111"]);
  const asked = [];
  const way = new Way(world, (kind, m) => kind === "ask" && asked.push(m));
  const node = (x) => at(world, x, 0);
  const piece = (id, from, to, more = {}) => {
    const edges = [];
    for (let x = from; x < to; x++) edges.push(edge(world, [x, 0], [x + 1, 0]));
    return { id, code: Code.OK, round: 1, cutTick: 30, distance: 1, next: node(to), area: to > 2 ? 1 : 0, more: false, edges, ...more };
  };
  const shown = () => way.nodes.map((v) => world.x[v]);
  return { way, asked, node, piece, shown };
}

test("pieces go on in the area they lead to and are shown when whole", () => {
  const { way, asked, node, piece, shown } = set();
  way.pump(0, node(0), 1, "1/30");
  way.take(piece(1, 0, 3, { more: true }), 1);
  assert.deepEqual([asked[1], shown()], [{ id: 2, goal: 1, node: node(3), area: 1 }, []]);
  way.take(piece(7, 3, 4), 2);
  assert.deepEqual(shown(), [], "an answer to another ask");
  way.take(piece(2, 3, 5), 3);
  assert.deepEqual(shown(), [0, 1, 2, 3, 4, 5]);
});

test("pieces of two cuts are no way: it begins anew", () => {
  const { way, asked, node, piece, shown } = set();
  way.pump(0, node(0), 1, "1/30");
  way.take(piece(1, 0, 3, { more: true }), 1);
  way.take(piece(2, 3, 5, { cutTick: 60 }), 2);
  way.pump(999, node(0), 1, "1/30");
  assert.deepEqual([asked.length, shown()], [2, []]);
  way.pump(1000, node(0), 1, "1/30");
  assert.deepEqual(asked[2], { id: 3, goal: 1, node: node(0) });
});

test("a new cut, another goal and a step off the way ask again, once a second", () => {
  for (const [name, next] of [["cut", [0, 1, "1/60"]], ["goal", [0, 2, "1/30"]], ["off it", [4, 1, "1/30"]]]) {
    const { way, asked, node, piece } = set();
    const [x, goal, cut] = next;
    way.pump(0, node(0), 1, "1/30");
    way.take(piece(1, 0, 3), 1);
    way.pump(5000, node(1), 1, "1/30");
    assert.equal(asked.length, 1, `${name}: on the way`);
    way.pump(5001, node(x), goal, cut);
    assert.equal(asked.length, 2, name);
    way.take(piece(2, x, 5), 5002);
    way.pump(5003, node(x), goal, "1/90");
    assert.equal(asked.length, 2, `${name}: at its pace`);
  }
});

test("a way to a goal that is not wanted any more is not shown", () => {
  const { way, asked, node, piece, shown } = set();
  way.pump(0, node(0), 1, "1/30");
  way.pump(1, node(0), 2, "1/30");
  way.take(piece(1, 0, 3), 2);
  assert.deepEqual(shown(), []);
  way.pump(1000, node(0), 2, "1/30");
  assert.equal(asked[1].goal, 2);
});

test("no way, not now, silence", () => {
  const { way, asked, node, piece, shown } = set();
  way.pump(0, node(0), 1, "1/30");
  way.take(piece(1, 0, 0, { code: Code.NOT_NOW, distance: NONE }), 1);
  way.pump(1000, node(0), 1, "1/30");
  assert.equal(asked.length, 2, "not now: again");
  way.take(piece(2, 0, 0, { distance: NONE }), 1001);
  way.pump(3000, node(0), 1, "1/30");
  assert.deepEqual([asked.length, shown()], [2, []], "no way: not at once");
  way.pump(3001, node(0), 1, "1/30");
  assert.equal(asked.length, 3, "no way: again after a while, for a player that stands hears of no cut");
  way.pump(4500, node(0), 1, "1/90");
  assert.equal(asked.length, 3, "one ask at a time");
  way.pump(5001, node(0), 1, "1/30");
  assert.equal(asked.length, 4, "a silent one is over, although nothing changed");
  way.take(piece(4, 0, 3), 5002);
  assert.deepEqual(shown(), [0, 1, 2, 3]);
});
