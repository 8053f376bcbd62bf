import assert from "node:assert/strict";
import test from "node:test";

import { explain, fetchSession, pins } from "../static/client.js";
import { Code } from "../static/huntpb.js";
import { directionOf } from "../static/input.js";
import { Moves, PACE_MS, percentile } from "../static/moves.js";

function joined(lastSeq = 0, node = 5) {
  const moves = new Moves();
  moves.onJoined({ code: Code.OK, node, lastSeq }, 0);
  return moves;
}
const reply = (seq, code, more = {}) => ({ seq, code, lastSeq: seq, node: 9, round: 1, tick: 1, ...more });

test("moves are numbered one after the other, one under way at a time, at the pace", () => {
  const moves = joined(41);
  assert.equal(moves.start(7, 0).seq, 42);
  assert.equal(moves.start(8, 1000), null, "one is under way");
  assert.deepEqual(moves.onReply(reply(42, Code.OK), 1010), { seq: 42, code: Code.OK, node: 9 });
  assert.equal(moves.start(8, 1010).seq, 43);
  moves.onReply(reply(43, Code.OK), 1012);
  assert.equal(moves.start(8, 1010 + PACE_MS - 1), null, "too early");
  assert.equal(moves.start(8, 1010 + PACE_MS).seq, 44);
  assert.equal(moves.applied, 2);
});

test("nothing is sent before joining or after leaving", () => {
  const moves = new Moves();
  assert.equal(moves.start(1, 0), null);
  moves.onJoined({ code: Code.OK, node: 1, lastSeq: 0 }, 0);
  moves.start(1, 0);
  moves.onJoined({ left: true, code: Code.OK }, 1);
  assert.equal(moves.due(10_000), null);
  assert.equal(moves.start(1, 10_000), null);
});

test("too fast and not now: the same number again, later", () => {
  for (const code of [Code.TOO_FAST, Code.NOT_NOW]) {
    const moves = joined();
    moves.start(7, 0);
    assert.equal(moves.onReply(reply(1, code, { lastSeq: 0 }), 10), null);
    assert.equal(moves.due(20), null);
    const again = moves.due(500);
    assert.deepEqual([again.seq, again.edge], [1, 7]);
    assert.equal(moves.due(501), null, "once");
    assert.equal(moves.rejected.get(code), 1);
  }
});

test("silence: the move is sent again with its number", () => {
  const moves = joined();
  moves.start(7, 0);
  assert.equal(moves.due(1000), null);
  assert.equal(moves.due(2500).seq, 1);
});

test("a refused move ends and frees its number", () => {
  for (const code of [Code.NO_SUCH_EDGE, Code.BORDER, Code.BLOCKED]) {
    const moves = joined(3);
    moves.start(7, 0);
    assert.equal(moves.onReply(reply(4, code, { lastSeq: 3, node: 5 }), 1).code, code);
    assert.equal(moves.node, 5);
    assert.equal(moves.start(8, 1000).seq, 4);
  }
});

test("stale and skipped: the hunt's last number counts", () => {
  for (const [code, lastSeq] of [[Code.STALE, 9], [Code.SKIPPED, 1]]) {
    const moves = joined(3);
    moves.start(7, 0);
    moves.onReply(reply(4, code, { lastSeq }), 1);
    assert.equal(moves.start(7, 1000).seq, lastSeq + 1);
  }
});

test("an unknown player has to join again", () => {
  const moves = joined(3);
  moves.start(7, 0);
  moves.onReply(reply(4, Code.UNKNOWN_PLAYER, { lastSeq: 0, node: 0xffffffff }), 1);
  assert.equal(moves.joined, false);
});

test("after a reconnect the move under way is sent again, unless it was applied", () => {
  const lost = joined(3);
  lost.start(7, 0);
  lost.onJoined({ code: Code.OK, node: 5, lastSeq: 3 }, 100);
  assert.equal(lost.due(100).seq, 4);

  const applied = joined(3);
  applied.start(7, 0);
  applied.onJoined({ code: Code.OK, node: 9, lastSeq: 4 }, 100);
  assert.equal(applied.due(100_000), null);
  assert.deepEqual([applied.node, applied.start(8, 200).seq], [9, 5]);

  const takenBack = joined(3); // a failover undid speculative moves
  takenBack.start(7, 0);
  takenBack.onJoined({ code: Code.OK, node: 2, lastSeq: 1 }, 100);
  assert.deepEqual([takenBack.node, takenBack.pending, takenBack.start(8, 200).seq], [2, null, 2]);
});

test("an answer to another number changes nothing", () => {
  const moves = joined(3);
  moves.start(7, 0);
  assert.equal(moves.onReply(reply(3, Code.OK), 1), null);
  assert.equal(moves.pending.seq, 4);
});

test("durability rises only, and its lag is measured", () => {
  const moves = joined();
  for (let seq = 1; seq <= 3; seq++) {
    moves.start(7, seq * 200);
    moves.onReply(reply(seq, Code.OK), seq * 200 + 5);
  }
  moves.onDurable({ lastSeq: 2 }, 645);
  assert.equal(moves.durableSeq, 2);
  moves.onDurable({ lastSeq: 1 }, 700);
  assert.equal(moves.durableSeq, 2);
  assert.deepEqual([moves.durableLag(0.01), moves.durableLag(1)], [240, 440]);
  assert.equal(moves.roundTrip(0.5), 5);
});

test("percentile is by nearest rank", () => {
  assert.equal(percentile([], 0.5), null);
  assert.equal(percentile([3], 0.99), 3);
  const samples = Array.from({ length: 100 }, (_, i) => 100 - i);
  assert.deepEqual([percentile(samples, 0.5), percentile(samples, 0.99), percentile(samples, 1)], [50, 99, 100]);
});

test("a reconnect asks for the same player", async () => {
  const asked = [];
  const real = globalThis.fetch;
  globalThis.fetch = async (url) => (asked.push(url), { ok: true, json: async () => ({ player: "2a" }) });
  try {
    const first = await fetchSession();
    await fetchSession(first.player);
  } finally {
    globalThis.fetch = real;
  }
  assert.deepEqual(asked, ["api/session", "api/session?player=2a"]);
});

test("every certificate that the gateway may show is pinned", () => {
  assert.deepEqual(pins(["AQI=", "Aw=="]).map((p) => [p.algorithm, ...p.value]), [["sha-256", 1, 2], ["sha-256", 3]]);
});

test("a failed connection says what to check", () => {
  const text = explain(new Error("Opening handshake failed."), { gateway: "https://127.0.0.1:4433/hunt" });
  for (const word of ["127.0.0.1:4433", "handshake", "hash", "14 days", "P-256", "UDP"]) assert.match(text, new RegExp(word));
});

test("held keys make a direction", () => {
  for (const [held, dx, dy] of [
    [[], 0, 0], [["KeyW"], 0, -1], [["ArrowDown", "ArrowRight"], 1, 1], [["KeyA", "KeyD"], 0, 0],
    [["KeyQ"], -1, -1], [["KeyC", "ArrowRight"], 1, 1], [["KeyH"], 0, 0],
  ]) assert.deepEqual(directionOf(held), { dx, dy }, held.join("+"));
});
