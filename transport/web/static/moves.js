// A player's moves and their sequence numbers. One move is under way at a time;
// until its answer comes it keeps its number, so that sending it again after a
// reconnect is harmless. Pure: the clock is given.

import { Code } from "./huntpb.js";

export const PACE_MS = 105; // the hunt takes 10 moves a second; a little slower is never too fast
const RETRY_MS = 120; // after "too fast" or "not now"
const SILENCE_MS = 2000; // without an answer, a move is sent again
const SAMPLES = 256; // round trips that the percentiles are over

export class Moves {
  joined = false;
  node = -1;
  lastSeq = 0; // the last applied
  durableSeq = 0; // the last that is in the journal for good
  applied = 0; // moves of this page
  rejected = new Map(); // by code
  hint = null;
  #pending = null; // {seq, edge, sentAt, retryAt}
  #nextAt = 0;
  #undurable = []; // {seq, round, tick, at} in order
  #roundTrips = [];
  #durableLag = []; // ms from an answer to its durability

  /** ready reports whether a new move may be sent. */
  ready(now) {
    return this.joined && this.#pending === null && now >= this.#nextAt;
  }

  get pending() {
    return this.#pending;
  }

  /** start makes the next move, or returns null if it is not the time for one. */
  start(edge, now) {
    if (!this.ready(now)) return null;
    this.#pending = { seq: this.lastSeq + 1, edge, sentAt: now, retryAt: now + SILENCE_MS };
    this.#nextAt = now + PACE_MS;
    return this.#pending;
  }

  /** due returns the move under way if it is to be sent again now. */
  due(now) {
    const p = this.#pending;
    if (!this.joined || p === null || now < p.retryAt) return null;
    p.retryAt = now + SILENCE_MS;
    p.sentAt = now;
    return p;
  }

  /** onJoined takes the state the hunt holds; a move that it has not seen is due again. */
  onJoined(m, now) {
    if (m.left || m.code !== Code.OK) {
      this.joined = false;
      this.#pending = null;
      this.hint = null;
      return;
    }
    this.joined = true;
    this.node = m.node;
    this.lastSeq = m.lastSeq;
    this.durableSeq = Math.min(this.durableSeq, m.lastSeq);
    this.hint = m.hint ?? null;
    this.#undurable = this.#undurable.filter((u) => u.seq <= m.lastSeq);
    const p = this.#pending;
    if (p !== null && p.seq === m.lastSeq + 1) p.retryAt = now;
    else this.#pending = null; // applied before the connection broke, or of a state that a failover took back
  }

  /** onReply takes an answer and returns the move's end {seq, code, node}, or null if it goes on or is not ours. */
  onReply(r, now) {
    const p = this.#pending;
    if (p === null || r.seq !== p.seq) return null;
    if (r.code === Code.TOO_FAST || r.code === Code.NOT_NOW) {
      p.retryAt = now + RETRY_MS;
      this.#reject(r.code);
      return null;
    }
    this.#pending = null;
    if (r.code === Code.OK) {
      this.applied++;
      keep(this.#roundTrips, now - p.sentAt);
      this.#undurable.push({ seq: r.seq, round: r.round, tick: r.tick, at: now });
    } else {
      this.#reject(r.code);
    }
    if (r.code !== Code.UNKNOWN_PLAYER) {
      this.lastSeq = r.lastSeq;
      this.node = r.node;
      if (r.hint) this.hint = r.hint;
    } else {
      this.joined = false;
    }
    return { seq: r.seq, code: r.code, node: r.node };
  }

  /** onDurable moves the durable sequence up; it never goes back. */
  onDurable(d, now) {
    if (d.lastSeq > this.durableSeq) this.durableSeq = d.lastSeq;
    while (this.#undurable.length > 0 && this.#undurable[0].seq <= this.durableSeq) {
      keep(this.#durableLag, now - this.#undurable.shift().at);
    }
  }

  roundTrip(q) {
    return percentile(this.#roundTrips, q);
  }

  durableLag(q) {
    return percentile(this.#durableLag, q);
  }

  #reject(code) {
    this.rejected.set(code, (this.rejected.get(code) ?? 0) + 1);
  }
}

function keep(samples, v) {
  samples.push(v);
  if (samples.length > SAMPLES) samples.shift();
}

/** percentile of unsorted samples by nearest rank; null without any. */
export function percentile(samples, q) {
  if (samples.length === 0) return null;
  const sorted = Float64Array.from(samples).sort();
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))];
}
