// What the page knows of the hunt, from what the gateway sends. One owner: the
// client calls apply, the view and the panel read. Pure: the clock is given.

import { Fairness } from "./fair.js";
import { percentile } from "./moves.js";

const NO_NODE = 0xffffffff;
const AREA_SLACK = 15; // ticks: how far one area may be behind another in what it shows of a player that crossed
const RECENT = 400; // flashes that are still drawn
const FEED = 30; // grants that are still told

/** newer compares (round, tick) pairs. */
export function newer(a, b) {
  return a.round !== b.round ? a.round > b.round : a.tick > b.tick;
}

export class Model {
  me = null; // BigInt
  players = new Map(); // id -> {node, round, tick, area}
  treasures = new Map(); // id -> {node, area, round, openedAt}
  goals = []; // the hunt's named ones: {name, node}; they are numbered from 1
  names = new Map(); // id -> name, of those who were told
  standings = [];
  fair = new Fairness();
  feed = []; // newest first: {treasure, player, name, node, score, round, at}
  states = []; // by area: {round, tick, hash, index, behind}: behind the hunt's clock, ms, null if unknown
  round = { round: 0, tick: 0, at: 0, ticks: 0, startedMs: 0 };
  found = 0; // treasures claimed in the round, as far as told
  deltas = 0; // live ones
  gaps = 0; // holes in the areas' sequences, each answered by a new subscription
  grants = 0; // given to this player
  flashes = []; // edges that just changed: {edge, at, up}
  bursts = []; // treasures that were just claimed: {node, at, mine}
  onGap = () => {};
  #through = []; // by area: the last sequence seen, null before the first
  #snapshot = []; // by area: whether a snapshot is under way
  #areaRound = []; // by area: the round of its treasures
  #events = new Set(); // identities of the round's events
  #granted = new Set(); // round/treasure given to this player

  /** epoch is what turns the given clock into Unix milliseconds. */
  constructor(world, epoch = 0) {
    this.world = world;
    this.epoch = epoch;
    this.weights = world.base.slice();
    this.dirty = new Set(); // nodes whose heat changed since the view last looked
  }

  /** apply takes one ServerMessage's body. */
  apply(body, now) {
    const take = this[`_${body.case}`];
    if (take) take.call(this, body.value, now);
  }

  /** follow begins a new session, which tells everything anew; what was counted stays. */
  follow() {
    this.players.clear();
    this.treasures.clear();
    this.states = [];
    this.round = { round: 0, tick: 0, at: 0, ticks: 0, startedMs: 0 };
    this.found = 0;
    this.#through = [];
    this.#snapshot = [];
    this.#areaRound = [];
    this.#events.clear();
  }

  _welcome(m) {
    if (this.me !== m.player) this.#granted.clear(); // another hunt may be behind the same address
    this.me = m.player;
  }

  _joined(m, now) {
    if (m.left || m.code !== 0) return;
    this.#tick(m, now);
    this.#place(this.me, m.node, m, m.area);
  }

  _reply(m, now) {
    this.#tick(m, now);
    const mine = this.players.get(this.me);
    if (mine && m.node !== NO_NODE) this.#place(this.me, m.node, m, this.world.partitionOf[m.node]);
  }

  _durable(m, now) {
    this.#tick(m, now);
  }

  _positions(m, now) {
    this.#tick(m, now);
    if (m.snapshot) {
      for (const [id, p] of this.players) {
        if (p.area === m.area && newer(m, p)) this.players.delete(id);
      }
    }
    for (let i = 0; i < m.players.length; i++) this.#place(m.players[i], m.nodes[i], m, m.area);
  }

  // A datagram may overtake another: each player's newest place counts. One that left stays as a mark.
  #place(id, node, { round, tick }, area) {
    if (node !== NO_NODE && node >= this.world.nodes) return;
    const p = this.players.get(id);
    if (!p) {
      this.players.set(id, { node, round, tick, area });
      return;
    }
    // Who went to another area is not gone when the one it left says so, and areas' ticks differ a little.
    if (p.area !== area && node === NO_NODE) return;
    if (newer(p, { round, tick: p.area === area ? tick : tick + AREA_SLACK })) return;
    p.node = node;
    p.round = round;
    p.tick = tick;
    p.area = area;
  }

  /** online is how many players stand on the map. */
  get online() {
    let n = 0;
    for (const p of this.players.values()) if (p.node !== NO_NODE) n++;
    return n;
  }

  _treasures(m, now) {
    if (m.round < (this.#areaRound[m.area] ?? 0)) return;
    if (m.snapshot || m.round > (this.#areaRound[m.area] ?? 0)) {
      for (const [id, t] of this.treasures) if (t.area === m.area) this.treasures.delete(id);
    }
    this.#areaRound[m.area] = m.round;
    for (let i = 0; i < m.opened.length; i++) {
      if (m.nodes[i] >= this.world.nodes) continue;
      this.treasures.set(m.opened[i], { node: m.nodes[i], area: m.area, round: m.round, openedAt: m.snapshot ? 0 : now });
    }
    for (const id of m.claimed) this.#claim(id, null, now);
  }

  #claim(id, player, now) {
    const t = this.treasures.get(id);
    if (!t) return;
    this.treasures.delete(id);
    push(this.bursts, { node: t.node, at: now, mine: player === this.me });
  }

  _grant(m, now) {
    if (m.player !== this.me || this.#granted.has(`${m.round}/${m.treasure}`)) return;
    this.#granted.add(`${m.round}/${m.treasure}`);
    this.grants++;
    this.#claim(m.treasure, m.player, now);
  }

  _deltas(m, now) {
    if (m.snapshot) this.#weightsOf(m);
    else this.#changes(m, now);
  }

  // A snapshot holds what is not at its base; its first part puts the area back.
  #weightsOf(m) {
    if (!this.#snapshot[m.area]) {
      const { first, partitionFirst } = this.world;
      if (m.area >= this.world.partitions) return;
      for (let v = partitionFirst[m.area]; v < partitionFirst[m.area + 1]; v++) {
        for (let e = first[v]; e < first[v + 1]; e++) {
          if (this.weights[e] !== this.world.base[e]) this.#weigh(e, this.world.base[e]);
        }
      }
    }
    this.#snapshot[m.area] = m.more;
    for (let i = 0; i < m.edges.length; i++) this.#weigh(m.edges[i], m.weights[i]);
    if (!m.more) this.#through[m.area] = m.through;
  }

  #changes(m, now) {
    const seen = this.#through[m.area];
    const last = m.first + BigInt(m.edges.length) - 1n;
    if (seen !== undefined && last <= seen) return; // known already
    const skip = seen !== undefined && m.first <= seen ? Number(seen - m.first + 1n) : 0;
    for (let i = skip; i < m.edges.length; i++) {
      const edge = m.edges[i];
      if (edge >= this.world.edges) continue;
      push(this.flashes, { edge, at: now, up: m.weights[i] > this.weights[edge] });
      this.#weigh(edge, m.weights[i]);
    }
    this.deltas += m.edges.length - skip;
    this.#through[m.area] = last;
    if (seen !== undefined && m.first > seen + 1n) {
      this.gaps++;
      this.onGap(m.area);
    }
  }

  #weigh(edge, weight) {
    if (edge >= this.world.edges) return;
    this.weights[edge] = weight;
    this.dirty.add(this.world.tail[edge]);
  }

  /** heat is how far the dearest edge that leaves a node is above its base: 0 at base, 1 at twice the base. */
  heat(v) {
    const { first, base } = this.world;
    let most = 0;
    for (let e = first[v]; e < first[v + 1]; e++) {
      if (this.weights[e] === NO_NODE) return 4; // closed
      most = Math.max(most, this.weights[e] / base[e] - 1);
    }
    return most;
  }

  _state(m, now) {
    this.#tick(m, now);
    const s = this.states[m.area];
    if (s && !newer(m, s)) return;
    const { round, startedMs } = this.round;
    const due = startedMs + (m.tick * 1000) / 30;
    const behind = startedMs > 0 && m.round === round ? Math.max(0, now + this.epoch - due) : null;
    this.states[m.area] = { round: m.round, tick: m.tick, hash: m.hash, index: m.index, behind };
  }

  /** behind is a percentile over the areas of how far their journals are behind the clock, ms. */
  behind(q) {
    return percentile(this.states.filter((s) => s && s.behind !== null).map((s) => s.behind), q);
  }

  #tick({ round, tick }, now) {
    const r = this.round;
    if (round > r.round) {
      this.round = { round, tick, at: now, ticks: r.ticks, startedMs: 0 };
      this.#events.clear();
      this.found = 0;
    } else if (round === r.round && tick > r.tick) {
      r.tick = tick;
      r.at = now;
    }
  }

  _roundEvent(m, now) {
    const { id, body } = m;
    const round = body.value.round ?? id?.round ?? 0; // a late grant's record is of the next round
    if (body.case === "started") this.fair.started(body.value.round, body.value.commitment);
    if (body.case === "ended") this.fair.ended(body.value.round, body.value.seed);
    if (round < this.round.round) return;
    this.#tick({ round, tick: 0 }, now);
    const key = `${id?.partition ?? "-"}/${id?.seq}/${id?.ordinal}`;
    if (this.#events.has(key)) return; // the same one, after a takeover
    this.#events.add(key);
    const take = this[`_event_${body.case}`];
    if (take) take.call(this, body.value, now, round);
  }

  _event_started(m) {
    this.round.ticks = m.ticks;
    this.round.startedMs = Number(m.startedUnixMs);
    this.standings = [];
  }

  _event_granted(m, now, round) {
    if (m.name) this.names.set(m.player, m.name);
    this.found++;
    if (this.feed.some((f) => f.round === round && f.treasure === m.treasure)) return; // told again in a new session
    this.feed.unshift({ ...m, round, at: now });
    this.feed.length = Math.min(this.feed.length, FEED);
  }

  _event_leaderboard(m) {
    this.standings = m.standings;
    for (const s of m.standings) this.names.set(s.player, s.name);
  }

  _event_ended(m) {
    this.standings = m.standings;
    for (const s of m.standings) this.names.set(s.player, s.name);
  }
}

function push(list, item) {
  list.push(item);
  if (list.length > RECENT) list.splice(0, list.length - RECENT);
}
