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
  const sent = [];
  const player = new Player(world, model, (kind, value) => sent.push([kind, value]));
  const join = (x, more = {}) => {
    player.join("Ada").catch(() => {});
    player.take({ case: "joined", value: { code: Code.OK, node: at(world, x, 0), lastSeq: 0, score: 0, ...more } }, 0);
    sent.length = 0;
  };
  const answer = (seq, x, now, more = {}) =>
    player.take({ case: "reply", value: { seq, code: Code.OK, lastSeq: seq, node: at(world, x, 0), round: 1, tick: 1, ...more } }, now);
  const hint = (from, to, treasure = 65535) => ({ edge: edge(world, [from, 0], [to, 0]), node: at(world, to, 0), distance: 408, treasure });
  return { world, model, player, sent, join, answer, hint };
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

test("following the hint takes its edge, and wanders when there is none", () => {
  const { world, player, sent, join, answer, hint } = set();
  join(2, { hint: hint(2, 3) });
  player.setAuto(true);
  player.pump(10);
  assert.equal(sent[0][1].edge, edge(world, [2, 0], [3, 0]));
  answer(1, 3, 200, { hint: { edge: NONE, node: NONE, distance: NONE, treasure: 65535 } });
  player.pump(400);
  assert.equal(sent.length, 1, "it waits for the next cut");
  player.pump(1100);
  assert.equal(sent.length, 2, "then a step brings the next hint");
  assert.equal(world.tail[sent[1][1].edge], at(world, 3, 0));
  player.steer(1, 0);
  assert.equal(player.auto, false, "a key takes over");
});

test("the way to the hint's treasure is kept up", () => {
  const { world, model, player, join, answer, hint } = set();
  model.apply({ case: "treasures", value: { area: 0, round: 1, opened: [7], nodes: [at(world, 4, 0)], claimed: [], snapshot: true } }, 0);
  join(1, { hint: hint(1, 2, 7) });
  assert.deepEqual(player.way.map((v) => world.x[v]), [2, 3, 4]);
  player.steer(1, 0);
  player.pump(0);
  answer(1, 2, 1, { hint: hint(2, 3, 7) });
  assert.deepEqual(player.way.map((v) => world.x[v]), [3, 4]);
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
  assert.deepEqual(sent, [["join", { name: "Ada" }]]);
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
