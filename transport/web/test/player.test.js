import assert from "node:assert/strict";
import test from "node:test";

import { Code, ErrorCode } from "../static/huntpb.js";
import { Model } from "../static/model.js";
import { Player } from "../static/player.js";
import { at, edge, grid } from "./grid.js";

const NONE = 0xffffffff;
const ME = 255n;

// set is a player in a strip of five nodes, and what it sent.
function set(rows = ["00000"], portals) {
  const world = grid(rows, portals);
  const model = new Model(world);
  model.apply({ case: "welcome", value: { player: ME } }, 0);
  const sent = [], asked = [];
  const player = new Player(world, model, (kind, value) => (kind === "ask" ? asked.push(value) : sent.push([kind, value])));
  const join = (x, more = {}) => {
    player.join("Ada").catch(() => {});
    player.take({ case: "joined", value: { code: Code.OK, node: at(world, x, 0), lastSeq: 0, score: 0, ...more } }, 0);
    sent.length = 0;
  };
  const answer = (seq, x, now, more = {}) =>
    player.take({ case: "reply", value: { seq, code: Code.OK, lastSeq: seq, node: at(world, x, 0), round: 1, tick: 1, ...more } }, now);
  const hint = (from, to, treasure = 65535) => ({ edge: edge(world, [from, 0], [to, 0]), node: at(world, to, 0), distance: 408, treasure });
  return { world, model, player, sent, asked, join, answer, hint };
}

test("a held key walks at the pace until it is let go", () => {
  const { world, player, sent, join, answer } = set();
  join(0);
  player.steer(1, 0);
  player.pump(0);
  player.pump(5);
  assert.deepEqual(sent, [["move", { seq: 1, edge: edge(world, [0, 0], [1, 0]) }]]);
  answer(1, 1, 6);
  player.pump(200);
  assert.equal(sent[1][1].edge, edge(world, [1, 0], [2, 0]));
  player.steer(0, 0);
  answer(2, 2, 210);
  player.pump(1000);
  assert.equal(sent.length, 2);
});

test("a click walks there step by step; a refusal ends the walk", () => {
  const { world, player, sent, join, answer } = set();
  let refused = "";
  player.onRefused = (text) => (refused = text);
  join(0);
  player.walkTo(at(world, 3, 0));
  for (let x = 1; x <= 2; x++) {
    player.pump(x * 200);
    answer(x, x, x * 200 + 1);
  }
  assert.deepEqual([sent.length, player.walk], [2, [at(world, 3, 0)]]);
  player.pump(600);
  answer(3, 2, 601, { code: Code.BLOCKED, lastSeq: 2 });
  assert.deepEqual(player.walk, []);
  assert.match(refused, /closed/);
});

test("following the hint takes its edge, and joins again for a hint when there is none", () => {
  const { world, player, sent, join, answer, hint } = set();
  join(2, { hint: hint(2, 3) });
  player.setAuto(true);
  player.pump(10);
  assert.equal(sent[0][1].edge, edge(world, [2, 0], [3, 0]));
  sent.length = 0;
  answer(1, 3, 200, { hint: { edge: NONE, node: NONE, distance: NONE, treasure: 65535 } });
  player.pump(400);
  assert.equal(sent.length, 0, "it waits a little");
  player.pump(600);
  player.pump(700);
  assert.deepEqual(sent, [["join", { name: "Ada", goal: 0 }]], "then asks, once");
  player.take({ case: "joined", value: { code: Code.NOT_NOW } }, 710);
  assert.equal(player.joined, true, "an area that cannot answer puts nobody out");
  player.steer(1, 0);
  assert.equal(player.auto, false, "a key takes over");
});

test("who stands at the goal does not ask for hints", () => {
  const { player, sent, join } = set();
  join(4, { hint: { edge: NONE, node: NONE, distance: 0, goal: 1, treasure: 65535 } });
  for (let now = 10; now < 5000; now += 100) player.pump(now);
  assert.deepEqual(sent, []);
});

test("a goal is told by joining again, and kept by whoever joins anew", () => {
  const { player, sent, join } = set();
  player.seek(2);
  assert.deepEqual(sent, [], "not in the hunt yet");
  join(0);
  player.seek(1);
  assert.deepEqual(sent, [["join", { name: "Ada", goal: 1 }]]);
  player.take({ case: "welcome", value: {} }, 500);
  assert.deepEqual(sent[1], ["join", { name: "Ada", goal: 1 }]);
});

test("the way to the goal is asked for at the hint's cut and walked off", () => {
  const { world, player, asked, join, answer, hint } = set();
  join(1, { round: 1, hint: { ...hint(1, 2), cutTick: 30 } });
  player.pump(0);
  assert.deepEqual(asked, [{ id: 1, goal: 0, node: at(world, 1, 0) }]);
  const edges = [1, 2, 3].map((x) => edge(world, [x, 0], [x + 1, 0]));
  player.take({ case: "way", value: { id: 1, code: Code.OK, round: 1, cutTick: 30, distance: 1224, edges, next: at(world, 4, 0) } }, 5);
  assert.deepEqual(player.way.nodes.map((v) => world.x[v]), [1, 2, 3, 4]);
  player.steer(1, 0);
  player.pump(10);
  answer(1, 2, 2000, { hint: { ...hint(2, 3), cutTick: 30 } });
  assert.deepEqual(player.way.nodes.map((v) => world.x[v]), [2, 3, 4]);
  player.take({ case: "joined", value: { left: true, code: Code.OK } }, 2100);
  assert.deepEqual(player.way.nodes, []);
});

test("a portal is taken on demand, over a border too, unless it is closed", () => {
  for (const rows of ["00000", "00011"]) {
    const { world, model, player, sent, join } = set([rows], [["0,0", "4,0"]]);
    join(0);
    const portal = edge(world, [0, 0], [4, 0]);
    player.leap();
    assert.equal(sent[0][1].edge, portal);
    model.weights[portal] = NONE;
    assert.equal(world.portalOf(at(world, 0, 0), model.weights), -1);
  }
});

test("a walk and a held key lead over a border", () => {
  const { world, player, sent, join, answer } = set(["00011"]);
  join(1);
  player.walkTo(at(world, 4, 0));
  assert.deepEqual(player.walk.map((v) => world.x[v]), [2, 3, 4]);
  player.pump(0);
  answer(1, 2, 1);
  player.steer(1, 0);
  player.pump(200);
  assert.equal(sent[1][1].edge, edge(world, [2, 0], [3, 0]));
  answer(2, 3, 201);
  player.pump(400);
  assert.equal(sent[2][1].edge, edge(world, [3, 0], [4, 0]));
});

test("a new session joins again and sends the move under way again", () => {
  const { world, player, sent, join } = set();
  join(0);
  player.steer(1, 0);
  player.pump(0);
  player.steer(0, 0);
  sent.length = 0;
  player.take({ case: "welcome", value: {} }, 500);
  assert.deepEqual(sent, [["join", { name: "Ada", goal: 0 }]]);
  player.take({ case: "joined", value: { code: Code.OK, node: at(world, 0, 0), lastSeq: 0, score: 0 } }, 501);
  player.pump(502);
  assert.deepEqual(sent[1], ["move", { seq: 1, edge: edge(world, [0, 0], [1, 0]) }]);
});

test("who left does not join again by itself; who was forgotten does", () => {
  const { player, sent, join, answer } = set();
  join(0);
  player.steer(1, 0);
  player.pump(0);
  answer(1, 0, 1, { code: Code.UNKNOWN_PLAYER, lastSeq: 0 });
  player.pump(700);
  assert.equal(sent.at(-1)[0], "join", "expired");
  player.take({ case: "error", value: { code: ErrorCode.NOT_JOINED } }, 800);
  player.pump(2000);
  assert.equal(sent.filter(([kind]) => kind === "join").length, 2);
  player.leave();
  player.take({ case: "joined", value: { left: true, code: Code.OK } }, 2100);
  sent.length = 0;
  player.take({ case: "welcome", value: {} }, 2200);
  player.pump(9000);
  assert.deepEqual(sent, []);
});

test("join and step end with the hunt's answer", async () => {
  const { world, player, join, sent } = set();
  await assert.rejects(player.step(), /join before/);
  const refused = player.join("Ada");
  player.take({ case: "joined", value: { code: Code.TABLE_FULL } }, 0);
  await assert.rejects(refused, /full/);
  join(1);
  const step = player.step(edge(world, [1, 0], [2, 0]));
  await new Promise((done) => setImmediate(done));
  assert.equal(sent[0][1].edge, edge(world, [1, 0], [2, 0]));
  player.take({ case: "reply", value: { seq: 1, code: Code.BORDER, lastSeq: 0, node: at(world, 1, 0), round: 1, tick: 1 } }, 5);
  assert.deepEqual(await step, { seq: 1, code: Code.BORDER, node: at(world, 1, 0) });
});
