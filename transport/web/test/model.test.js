import assert from "node:assert/strict";
import test from "node:test";

import { Model } from "../static/model.js";
import { clock, hex, millis } from "../static/panel.js";
import { at, edge, grid } from "./grid.js";

const NO_NODE = 0xffffffff;
const ME = 255n;

function model() {
  const world = grid(["000", "111"]);
  const m = new Model(world, 1_000_000);
  m.apply({ case: "welcome", value: { player: ME } }, 0);
  return { m, world, tell: (kind, value, now = 0) => m.apply({ case: kind, value }, now) };
}

test("weights follow the deltas; a snapshot puts its area back first", () => {
  const { m, world, tell } = model();
  const e = edge(world, [0, 0], [1, 0]), f = edge(world, [1, 0], [0, 0]), g = edge(world, [0, 1], [1, 1]);
  const deltas = (first, edges, weights) => tell("deltas", { area: 0, first, edges, weights });
  tell("deltas", { area: 0, snapshot: true, edges: [e], weights: [510], through: 7n, more: false });
  assert.deepEqual([m.weights[e], m.deltas], [510, 0]);
  assert.equal(m.heat(at(world, 0, 0)), 0.25);

  deltas(8n, [f, e], [612, 408]);
  assert.deepEqual([m.weights[e], m.weights[f], m.deltas, m.gaps], [408, 612, 2, 0]);
  deltas(8n, [f, e], [999, 999]);
  assert.deepEqual([m.weights[f], m.deltas], [612, 2], "known already");
  deltas(9n, [e, f], [999, 816]);
  assert.deepEqual([m.weights[e], m.weights[f], m.deltas], [408, 816, 3], "only the new part");

  tell("deltas", { area: 1, first: 3n, edges: [g], weights: [510] });
  tell("deltas", { area: 0, snapshot: true, edges: [e], weights: [714], through: 20n, more: true });
  assert.deepEqual([m.weights[e], m.weights[f], m.weights[g]], [714, 408, 510], "another area keeps its own");
  tell("deltas", { area: 0, snapshot: true, edges: [f], weights: [510], through: 20n, more: false });
  assert.deepEqual([m.weights[e], m.weights[f]], [714, 510], "the second part adds to the first");
});

test("a gap is counted and told, and the weights are taken", () => {
  const { m, world, tell } = model();
  const e = edge(world, [0, 0], [1, 0]);
  let told = 0;
  m.onGap = () => told++;
  tell("deltas", { area: 0, first: 1n, edges: [e], weights: [510] });
  tell("deltas", { area: 0, first: 3n, edges: [e], weights: [612] });
  assert.deepEqual([m.weights[e], m.gaps, told], [612, 1, 1]);
  tell("deltas", { area: 0, first: 4n, edges: [e], weights: [510] });
  assert.equal(m.gaps, 1);
});

test("positions: the newest counts, whatever the order of arrival", () => {
  const { m, tell } = model();
  const positions = (round, tick, players, nodes, snapshot = false) => tell("positions", { area: 0, round, tick, players, nodes, snapshot });
  positions(1, 10, [1n, 2n], [0, 1], true);
  positions(1, 20, [1n], [2]);
  positions(1, 15, [1n], [1]);
  assert.equal(m.players.get(1n).node, 2);
  positions(1, 30, [2n], [NO_NODE]);
  positions(1, 25, [2n], [1]);
  assert.equal(m.online, 1, "who left stays away when an older place comes late");
  positions(2, 1, [1n], [0]);
  assert.equal(m.players.get(1n).node, 0, "a new round's tick 1 is newer");
  positions(2, 5, [3n], [1], true);
  positions(2, 5, [4n], [2]);
  assert.deepEqual([...m.players.keys()], [3n, 4n], "a snapshot forgets who is not in it");
  positions(2, 6, [5n], [600]);
  assert.equal(m.online, 2, "a node that is not of this world");
});

test("treasures open, are claimed, and go with their round", () => {
  const { m, tell } = model();
  tell("treasures", { area: 0, round: 1, opened: [4, 5], nodes: [0, 1], claimed: [], snapshot: true });
  tell("treasures", { area: 1, round: 1, opened: [9], nodes: [3], claimed: [], snapshot: true });
  tell("treasures", { area: 0, round: 1, opened: [6], nodes: [2], claimed: [4] });
  assert.deepEqual([...m.treasures.keys()].sort(), [5, 6, 9]);
  assert.equal(m.bursts.length, 1);
  tell("treasures", { area: 0, round: 2, opened: [4], nodes: [2], claimed: [] });
  assert.deepEqual([...m.treasures.keys()].sort(), [4, 9], "area 0 is in the next round");
  tell("treasures", { area: 0, round: 1, opened: [7], nodes: [2], claimed: [4] });
  assert.deepEqual([...m.treasures.keys()].sort(), [4, 9], "an older round says nothing any more");
});

test("a grant counts once and only for its player", () => {
  const { m, tell } = model();
  tell("grant", { treasure: 4, round: 1, player: ME });
  tell("grant", { treasure: 4, round: 1, player: ME });
  tell("grant", { treasure: 5, round: 1, player: 1n });
  assert.equal(m.grants, 1);
  tell("grant", { treasure: 4, round: 2, player: ME });
  assert.equal(m.grants, 2);
});

test("round events count once; a new session tells them again without telling them twice", () => {
  const { m, tell } = model();
  const event = (ordinal, kind, value, round = 1) => tell("roundEvent", { id: { partition: 0, round, seq: 3n, ordinal }, body: { case: kind, value } }, 50);
  event(1, "started", { ticks: 9000, startedUnixMs: 1_000_000n });
  event(2, "granted", { treasure: 4, player: 1n, name: "Ada", score: 10 });
  event(2, "granted", { treasure: 4, player: 1n, name: "Ada", score: 10 });
  event(3, "leaderboard", { standings: [{ player: 1n, name: "Ada", score: 10 }] });
  assert.deepEqual([m.round.ticks, m.feed.length, m.found, m.standings.length], [9000, 1, 1, 1]);
  m.follow();
  event(2, "granted", { treasure: 4, player: 1n, name: "Ada", score: 10 });
  assert.deepEqual([m.feed.length, m.found], [1, 1]);
  event(1, "started", { ticks: 300, startedUnixMs: 1_300_000n }, 2);
  event(9, "granted", { treasure: 8, player: 1n, name: "Ada", score: 10 }, 1);
  assert.deepEqual([m.round.round, m.standings.length, m.feed.length], [2, 0, 1], "an older round says nothing any more");
});

test("how far a journal is behind the hunt's clock", () => {
  const { m, tell } = model();
  const state = (tick, now) => tell("state", { area: 0, round: 1, tick, hash: 1n, index: 2n }, now);
  state(30, 1000);
  assert.equal(m.states[0].behind, null, "unknown before the round's start is told");
  tell("roundEvent", { id: { round: 1, seq: 1n, ordinal: 1 }, body: { case: "started", value: { ticks: 9000, startedUnixMs: 1_000_000n } } }, 1000);
  state(60, 2120);
  assert.equal(m.states[0].behind, 120);
  state(30, 2130);
  assert.equal(m.states[0].tick, 60, "an older state is not taken");
  assert.equal(m.behind(0.5), 120);
});

test("another hunt behind the same address starts over", () => {
  const { m, tell } = model();
  tell("positions", { area: 0, round: 9, tick: 500, players: [1n], nodes: [0], snapshot: true });
  m.follow();
  tell("positions", { area: 0, round: 1, tick: 2, players: [2n], nodes: [1], snapshot: true });
  assert.deepEqual([[...m.players.keys()], m.round.round], [[2n], 1]);
});

test("numbers for people", () => {
  assert.deepEqual([clock(300), clock(59.2), clock(-3)], ["5:00", "1:00", "0:00"]);
  assert.equal(hex(0xabn), "00000000000000ab");
  assert.deepEqual([millis(null), millis(1.25), millis(42.4), millis(1500)], ["–", "1.3", "42", "1.5 s"]);
});

test("a player that crosses a border is shown once, whichever area tells it first", () => {
  const { m, world, tell } = model();
  const there = at(world, 0, 1);
  const positions = (area, tick, players, nodes) => tell("positions", { area, round: 1, tick, players, nodes });
  const where = (id) => [m.players.get(id).node, m.players.get(id).area];
  positions(0, 10, [1n, 2n], [0, 0]);
  positions(0, 20, [1n], [NO_NODE]);
  positions(1, 18, [1n], [there]); // that area is a little behind
  assert.deepEqual(where(1n), [there, 1]);
  positions(1, 19, [2n], [there]);
  positions(0, 20, [2n], [NO_NODE]);
  assert.deepEqual(where(2n), [there, 1]);
  assert.equal(m.online, 2);

  tell("joined", { code: 0, area: 0, node: 0, round: 1, tick: 5 });
  tell("reply", { code: 0, node: there, round: 1, tick: 6 });
  positions(0, 9, [ME], [NO_NODE]);
  assert.deepEqual(where(ME), [there, 1], "a reply tells the area too");
});
