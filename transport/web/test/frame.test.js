import assert from "node:assert/strict";
import test from "node:test";

import { Deframer, MAX_CLIENT_MESSAGE, MAX_SERVER_MESSAGE, frame } from "../static/frame.js";

const bytes = (n, v = 7) => new Uint8Array(n).fill(v);

// announced is a message with its length before it, whatever its size: what a gateway sends.
function announced(message) {
  const head = [];
  let n = message.length;
  for (; n >= 128; n = Math.floor(n / 128)) head.push((n % 128) + 128);
  return Uint8Array.from([...head, n, ...message]);
}

test("frame writes the length as a varint", () => {
  for (const [size, head] of [[0, [0]], [1, [1]], [127, [127]], [128, [0x80, 1]], [300, [0xac, 2]], [MAX_CLIENT_MESSAGE, [0x80, 0x20]]]) {
    assert.deepEqual([...frame(bytes(size)).subarray(0, head.length)], head, `size ${size}`);
    assert.equal(frame(bytes(size)).length, head.length + size);
  }
  assert.throws(() => frame(bytes(MAX_CLIENT_MESSAGE + 1)), /above the 4096/);
});

test("the deframer finds the messages however the stream is cut", () => {
  const sizes = [0, 1, 127, 128, 300, 5000, MAX_SERVER_MESSAGE, 2];
  const stream = Uint8Array.from(sizes.flatMap((n, i) => [...announced(bytes(n, i))]));
  for (const piece of [1, 2, 3, 100, 4096, stream.length]) {
    const deframer = new Deframer();
    const got = [];
    for (let at = 0; at < stream.length; at += piece) {
      const reused = stream.slice(at, at + piece);
      for (const m of deframer.push(reused)) got.push([m.length, m[0]]);
      reused.fill(0xff); // a reader may hand out the same buffer again
    }
    assert.deepEqual(got, sizes.map((n, i) => [n, n ? i : undefined]), `pieces of ${piece}`);
    assert.equal(deframer.pending, 0);
  }
});

test("the deframer refuses what is not the protocol", () => {
  assert.throws(() => new Deframer().push(Uint8Array.from([0x81, 0x80, 0x04])), /65537 bytes/);
  assert.throws(() => new Deframer().push(bytes(5, 0xff)), /more than 32 bits/);
  assert.deepEqual(new Deframer().push(bytes(4, 0xff)), [], "an unfinished length waits");
});
