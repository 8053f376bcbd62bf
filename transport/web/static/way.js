// The whole way to the player's goal, the one that its hints lead along: asked of
// the hunt piece by piece, partition by partition. Pure: the clock is given.

import { Code } from "./huntpb.js";

const PACE_MS = 1000; // between two ways
const SILENCE_MS = 2000; // without a piece, or where there was no way, it is asked for anew
const NO_DISTANCE = 0xffffffff;
const MOST_NODES = 1 << 16; // of a way: longer ones are not drawn

export class Way {
  nodes = []; // the player's own first; empty: none is known
  #world;
  #send;
  #goal = 0;
  #asked = ""; // the goal and the cut that the last way was asked for
  #from = -1; // where it began
  #next = 0; // when another one may be asked for
  #id = 0; // of the last ask
  #waiting = false; // for its answer
  #silent = 0; // when to wait no longer
  #parts = []; // nodes of the pieces so far
  #cut = ""; // theirs

  constructor(world, send) {
    this.#world = world;
    this.#send = send;
  }

  /** pump asks for a new way if the goal or the hints' cut changed, the player left the way, or there was none. */
  pump(now, node, goal, cut) {
    if (goal !== this.#goal) this.nodes = [];
    this.#goal = goal;
    if (this.nodes[0] !== node) this.nodes.splice(0, Math.max(0, this.nodes.indexOf(node)));
    if (now < this.#next || (this.#waiting && now < this.#silent)) return;
    if (this.#waiting) this.#asked = ""; // nobody answered
    const wanted = `${goal} ${cut}`;
    if (wanted === this.#asked && (node === this.#from || node === this.nodes[0])) return;
    this.#asked = wanted;
    this.#from = node;
    this.#next = now + PACE_MS;
    this.#parts = [node];
    this.#cut = "";
    this.#ask(now, { node });
  }

  #ask(now, from) {
    this.#waiting = true;
    this.#silent = now + SILENCE_MS;
    this.#send("ask", { id: ++this.#id, goal: this.#goal, ...from });
  }

  /** take is the next piece. Pieces of two cuts are no way: it begins anew. */
  take(m, now) {
    if (!this.#waiting || m.id !== this.#id) return;
    this.#waiting = false;
    const cut = `${m.round}/${m.cutTick}`;
    if (m.code === Code.NOT_NOW || (this.#cut !== "" && cut !== this.#cut) || !this.#asked.startsWith(`${this.#goal} `)) {
      this.#asked = "";
      return;
    }
    this.#cut = cut;
    if (m.code !== Code.OK || m.distance === NO_DISTANCE || this.#parts.length > MOST_NODES) {
      this.nodes = [];
      this.#asked = ""; // hints, and so cuts, do not come to a player that stands
      this.#next = now + SILENCE_MS;
      return;
    }
    for (const e of m.edges) this.#parts.push(this.#world.head[e]);
    if (m.more) this.#ask(now, { node: m.next, area: m.area });
    else this.nodes = this.#parts;
  }

  /** forget is for a new session, or after leaving. */
  forget() {
    this.nodes = [];
    this.#asked = "";
    this.#waiting = false;
  }
}
