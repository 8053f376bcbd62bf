// Our own player: joins, decides the next step (keys, then a clicked place, then
// the hint) and sends it. It owns Moves; the client brings it the answers.

import { Code, ErrorCode } from "./huntpb.js";
import { Moves } from "./moves.js";
import { Paths } from "./path.js";
import { Way } from "./way.js";

const NO_NODE = 0xffffffff;
const REFUSED_MS = 400; // pause after a step that the hunt refused
const REJOIN_MS = 600;
const HINT_MS = 300; // without a hint; joining again brings the next one
const BAD_MOVE = "That step cannot be taken";
const WHY = {
  [Code.NO_SUCH_EDGE]: `${BAD_MOVE} from here.`, [Code.BORDER]: `${BAD_MOVE}: it leads out of the hunt.`,
  [Code.BLOCKED]: `${BAD_MOVE}: the passage is closed.`, [Code.TABLE_FULL]: "The partition is full. Try again when somebody has left.",
  [Code.NO_SUCH_GOAL]: "The hunt has no such goal.",
  [Code.UNKNOWN_PLAYER]: "The hunt does not know this player (any more).",
};

export class Player {
  moves = new Moves();
  name = "";
  goal = 0; // what it wants to be led to: 0 the nearest treasure, from 1 the hunt's named goals
  score = 0;
  auto = false;
  keys = { dx: 0, dy: 0 }; // the direction that is held
  walk = []; // nodes still to go to a clicked place
  way; // to the goal, as the hunt tells it
  onChange = () => {}; // joined or left, auto on or off
  onRefused = () => {}; // (text)
  #wanted = false; // to be in the hunt
  #send;
  #world;
  #model;
  #paths;
  #waiting = null; // who waits for the move under way: {resolve}
  #joining = null; // who waits for the join: {promise, resolve, reject}
  #pausedUntil = 0;
  #rejoinAt = Infinity;
  #answeredAt = 0; // when the hunt last said where we stand
  #cut = ""; // of the hint
  #admitted = false; // in this session

  constructor(world, model, send) {
    this.#world = world;
    this.#model = model;
    this.#send = send;
    this.#paths = new Paths(world);
    this.way = new Way(world, send);
  }

  get joined() {
    return this.moves.joined;
  }

  /** join enters the hunt; the promise ends with its answer. */
  join(name) {
    this.name = name;
    this.#wanted = true;
    this.#enter();
    if (this.#joining === null) {
      this.#joining = {};
      this.#joining.promise = new Promise((resolve, reject) => Object.assign(this.#joining, { resolve, reject }));
      this.#joining.promise.catch(() => {}); // also told through onRefused
    }
    return this.#joining.promise;
  }

  #enter() {
    this.#send("join", { name: this.name, goal: this.goal });
  }

  /** seek chooses the goal; joining again tells it to the hunt. */
  seek(goal) {
    this.goal = goal;
    if (this.joined) this.#enter();
  }

  leave() {
    this.#admitted = false;
    this.#wanted = false;
    this.setAuto(false);
    this.#send("leave", {});
  }

  setAuto(on) {
    this.auto = on;
    if (on) this.walk = [];
    this.onChange();
  }

  /** steer sets the direction that is held; it takes over from the hint and from a walk. */
  steer(dx, dy) {
    this.keys = { dx, dy };
    if (dx === 0 && dy === 0) return;
    this.walk = [];
    if (this.auto) this.setAuto(false);
  }

  /** leap takes the portal under the player's feet. */
  leap() {
    if (this.joined) this.#start(this.#world.portalOf(this.moves.node, this.#model.weights), performance.now());
  }

  /** walkTo goes to a node by a shortest way on the weights that are known. */
  walkTo(node) {
    if (!this.joined) return;
    const edges = this.#paths.find(this.moves.node, node, this.#model.weights);
    if (edges === null) {
      this.onRefused("There is no way to that place from here.");
      return;
    }
    if (this.auto) this.setAuto(false);
    this.walk = edges.map((e) => this.#world.head[e]);
  }

  /** step makes one move, along the given edge, the hint, or any open edge, and resolves to {seq, code, node}. */
  async step(edge) {
    if (!this.joined) throw new Error("join before you move");
    while (!this.moves.ready(performance.now())) {
      await new Promise((done) => setTimeout(done, 10));
      if (!this.joined) throw new Error("left the hunt");
    }
    const hinted = this.#hinted();
    const chosen = edge ?? (hinted < 0 ? this.#randomEdge() : hinted);
    if (chosen < 0) throw new Error("no open edge leaves this node");
    return new Promise((resolve) => {
      this.#start(chosen, performance.now());
      this.#waiting = resolve;
    });
  }

  #randomEdge() {
    const { first } = this.#world, v = this.moves.node;
    const open = [];
    for (let e = first[v]; e < first[v + 1]; e++) if (this.#world.open(e, this.#model.weights)) open.push(e);
    return open.length > 0 ? open[Math.floor(Math.random() * open.length)] : -1;
  }

  #hinted() {
    const hint = this.moves.hint;
    return hint && hint.edge !== NO_NODE && this.#world.tail[hint.edge] === this.moves.node ? hint.edge : -1;
  }

  /** pump sends what is due; it is called some 50 times a second. */
  pump(now) {
    if (now >= this.#rejoinAt) {
      this.#rejoinAt = Infinity;
      this.#enter();
    }
    const again = this.moves.due(now);
    if (again) this.#send("move", { seq: again.seq, edge: again.edge });
    if (this.joined) this.way.pump(now, this.moves.node, this.goal, this.#cut);
    if (now < this.#pausedUntil || !this.moves.ready(now)) return;
    this.#start(this.#next(), now);
    if (this.moves.ready(now) && this.#lost() && now - this.#answeredAt > HINT_MS) {
      this.#answeredAt = now;
      this.#enter();
    }
  }

  // Just over a border, in a round's first ticks or at a goal that nobody wanted before there is no hint yet.
  #lost() {
    const { hint } = this.moves;
    return hint !== null && (hint.claimed || (hint.edge === NO_NODE && hint.distance !== 0));
  }

  #next() {
    const { dx, dy } = this.keys;
    const v = this.moves.node;
    if (dx !== 0 || dy !== 0) return this.#world.edgeToward(v, dx, dy, this.#model.weights);
    if (this.walk.length > 0) {
      const edge = this.#world.edgeBetween(v, this.walk[0], this.#model.weights);
      if (edge < 0) this.walk = [];
      return edge;
    }
    return this.auto ? this.#hinted() : -1;
  }

  #start(edge, now) {
    const move = edge < 0 ? null : this.moves.start(edge, now);
    if (move) this.#send("move", { seq: move.seq, edge: move.edge });
  }

  /** take hands every message of the gateway to the player. */
  take(body, now) {
    const m = body.value;
    switch (body.case) {
      case "welcome":
        this.way.forget();
        this.#admitted = false;
        if (this.#wanted) this.#enter(); // resume
        return;
      case "joined":
        this.#joined(m, now);
        return;
      case "reply":
        this.#replied(m, now);
        return;
      case "durable":
        this.moves.onDurable(m, now);
        return;
      case "way":
        this.way.take(m, now);
        return;
      case "score":
        this.score = m.score;
        return;
      case "error":
        if (m.code === ErrorCode.NOT_JOINED && this.#wanted) this.#rejoinAt = now + REJOIN_MS;
    }
  }

  #joined(m, now) {
    if (m.code === Code.NOT_NOW && this.#admitted) return; // it was only to hear a hint
    this.moves.onJoined(m, now);
    this.#answeredAt = now;
    if (m.left) {
      this.walk = [];
      this.way.forget();
      this.#finish({ seq: 0, code: Code.UNKNOWN_PLAYER, node: -1 });
    } else if (m.code === Code.OK) {
      this.#admitted = true;
      this.#hintedAt(m);
      this.#joining?.resolve(m);
      this.#joining = null;
      if (this.moves.pending === null) this.#finish({ seq: m.lastSeq, code: Code.OK, node: m.node });
    } else if (m.code === Code.NOT_NOW) {
      this.#rejoinAt = now + REJOIN_MS;
    } else {
      this.#wanted = false;
      this.onRefused(WHY[m.code] ?? `The hunt refused: ${Code[m.code]}.`);
      this.#joining?.reject(new Error(WHY[m.code] ?? Code[m.code]));
      this.#joining = null;
    }
    this.onChange();
  }

  #replied(m, now) {
    const end = this.moves.onReply(m, now);
    if (end === null) return;
    this.#answeredAt = now;
    if (end.code === Code.OK) {
      if (this.walk[0] === end.node) this.walk.shift();
    } else {
      this.walk = [];
      this.#pausedUntil = now + REFUSED_MS;
      if (end.code === Code.UNKNOWN_PLAYER && this.#wanted) this.#rejoinAt = now;
      else if (WHY[end.code]) this.onRefused(WHY[end.code]);
    }
    this.#hintedAt(m);
    this.#finish(end);
    this.pump(now);
  }

  #finish(end) {
    this.#waiting?.(end);
    this.#waiting = null;
  }

  #hintedAt({ round, hint }) {
    if (hint) this.#cut = `${round}/${hint.cutTick}`;
  }
}
