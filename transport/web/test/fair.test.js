import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";

import { Fairness } from "../static/fair.js";

const seed = (n) => new Uint8Array(32).fill(n);
const commitment = (n) => new Uint8Array(createHash("sha256").update(seed(n)).digest());

test("a round's seed is held against what its start committed to", async () => {
  const fair = new Fairness();
  await fair.ended(1, seed(1));
  assert.equal(fair.last, null, "of a round that was not seen to start nothing is said");

  fair.started(2, commitment(2));
  await fair.ended(2, seed(2));
  assert.deepEqual(fair.last, { round: 2, kept: true });

  fair.started(3, commitment(3));
  await fair.ended(3, seed(4));
  assert.deepEqual(fair.last, { round: 3, kept: false });

  for (let round = 4; round < 20; round++) fair.started(round, commitment(round));
  await fair.ended(4, seed(4));
  assert.deepEqual(fair.last, { round: 3, kept: false }, "long ago");
});
