// Ways on the map: A* on the weights that the page knows. Pure.

const STRAIGHT = 408, DIAGONAL = 577; // weights of a grid's steps; congestion only adds, a game event may set less

/** Paths searches one world again and again with the same labels. */
export class Paths {
  #world;
  #cost;
  #via; // the edge that reached a node
  #stamp; // the search that labelled a node
  #search = 0;

  constructor(world) {
    this.#world = world;
    this.#cost = new Float64Array(world.nodes);
    this.#via = new Uint32Array(world.nodes);
    this.#stamp = new Uint32Array(world.nodes);
    this.#scale = estimateScale(world);
  }
  #scale; // never more than the base cost per octile step: the way is a shortest one unless an edge was set below its base

  /** find returns the edges from one node to another, [] if they are one, null if there is no way. */
  find(from, to, weights) {
    const world = this.#world;
    if (from === to) return [];
    const search = ++this.#search;
    const heap = new Heap();
    this.#cost[from] = 0;
    this.#stamp[from] = search;
    heap.push(this.#estimate(from, to), from);
    while (heap.size > 0) {
      const [key, v] = heap.pop();
      if (v === to) return this.#trace(from, to);
      const cost = this.#cost[v];
      if (key > cost + this.#estimate(v, to) + 1e-6) continue; // an older, dearer label
      for (let e = world.first[v]; e < world.first[v + 1]; e++) {
        if (!world.open(e, weights)) continue;
        const w = world.head[e], next = cost + weights[e];
        if (this.#stamp[w] === search && next >= this.#cost[w]) continue;
        this.#stamp[w] = search;
        this.#cost[w] = next;
        this.#via[w] = e;
        heap.push(next + this.#estimate(w, to), w);
      }
    }
    return null;
  }

  #estimate(v, to) {
    const dx = Math.abs(this.#world.x[v] - this.#world.x[to]), dy = Math.abs(this.#world.y[v] - this.#world.y[to]);
    return this.#scale * (STRAIGHT * Math.max(dx, dy) + (DIAGONAL - STRAIGHT) * Math.min(dx, dy));
  }

  #trace(from, to) {
    const edges = [];
    for (let v = to; v !== from; v = this.#world.tail[this.#via[v]]) edges.push(this.#via[v]);
    return edges.reverse();
  }
}

// The least base weight per octile length over all edges; a portal may make it small.
function estimateScale(world) {
  let scale = Infinity;
  for (let e = 0; e < world.edges; e++) {
    const v = world.tail[e], w = world.head[e];
    const dx = Math.abs(world.x[w] - world.x[v]), dy = Math.abs(world.y[w] - world.y[v]);
    const length = STRAIGHT * Math.max(dx, dy) + (DIAGONAL - STRAIGHT) * Math.min(dx, dy);
    if (length > 0) scale = Math.min(scale, world.base[e] / length);
  }
  return scale === Infinity ? 0 : scale;
}

/** Heap is a binary heap of (key, value) pairs, least key first. */
export class Heap {
  #keys = [];
  #values = [];

  get size() {
    return this.#keys.length;
  }

  push(key, value) {
    const keys = this.#keys, values = this.#values;
    let i = keys.length;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (keys[parent] <= key) break;
      keys[i] = keys[parent];
      values[i] = values[parent];
      i = parent;
    }
    keys[i] = key;
    values[i] = value;
  }

  pop() {
    const keys = this.#keys, values = this.#values;
    const top = [keys[0], values[0]];
    const key = keys.pop(), value = values.pop();
    const n = keys.length;
    if (n === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= n) break;
      if (child + 1 < n && keys[child + 1] < keys[child]) child++;
      if (keys[child] >= key) break;
      keys[i] = keys[child];
      values[i] = values[child];
      i = child;
    }
    keys[i] = key;
    values[i] = value;
    return top;
  }
}
