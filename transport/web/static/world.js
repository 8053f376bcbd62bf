// The map: nodes with places, directed edges with base weights, partitions.
// Pure: no browser globals.

const MAGIC = 0x31564748; // "HGV1", little endian
const HEADER = 16; // magic, nodes, edges, partitions
const NO_EDGE = 0xffffffff;
const STRAIGHT_ENOUGH = 0.7; // cosine: a diagonal will do for a straight key, the opposite way never

export class World {
  /** parse reads the answer of /api/world; it throws an Error that says what is wrong. */
  static parse(buffer) {
    if (buffer.byteLength < HEADER) throw new Error(`the map is cut off: ${buffer.byteLength} bytes`);
    const [magic, nodes, edges, partitions] = new Uint32Array(buffer, 0, 4);
    if (magic !== MAGIC) throw new Error("what the server sent is not a map (HGV1)");
    const want = HEADER + 4 * (3 * nodes + 1 + 2 * edges + partitions + 1);
    if (buffer.byteLength !== want) throw new Error(`the map has ${buffer.byteLength} bytes, its header says ${want}`);
    let at = HEADER;
    const take = (type, n) => {
      const part = new type(buffer, at, n);
      at += 4 * n;
      return part;
    };
    return new World({
      x: take(Int32Array, nodes),
      y: take(Int32Array, nodes),
      first: take(Uint32Array, nodes + 1),
      head: take(Uint32Array, edges),
      base: take(Uint32Array, edges),
      partitionFirst: take(Uint32Array, partitions + 1),
    });
  }

  constructor({ x, y, first, head, base, partitionFirst }) {
    Object.assign(this, { x, y, first, head, base, partitionFirst });
    this.nodes = x.length;
    this.edges = head.length;
    this.partitions = partitionFirst.length - 1;
    if (this.nodes === 0 || first[this.nodes] !== this.edges || partitionFirst[this.partitions] !== this.nodes) {
      throw new Error("the map's parts do not fit each other");
    }
    this.partitionOf = new Uint16Array(this.nodes);
    for (let p = 0; p < this.partitions; p++) this.partitionOf.fill(p, partitionFirst[p], partitionFirst[p + 1]);
    this.tail = new Uint32Array(this.edges);
    for (let v = 0; v < this.nodes; v++) this.tail.fill(v, first[v], first[v + 1]);
    this.#measure();
  }

  // The raster puts every node into a cell as wide as the shortest edge, so that
  // a grid map is its own raster. Too wide a world gets coarser cells.
  #measure() {
    const { x, y } = this;
    let minX = Infinity, minY = Infinity, maxX = -Infinity, maxY = -Infinity;
    for (let v = 0; v < this.nodes; v++) {
      if (x[v] < minX) minX = x[v];
      if (x[v] > maxX) maxX = x[v];
      if (y[v] < minY) minY = y[v];
      if (y[v] > maxY) maxY = y[v];
    }
    let unit = Infinity;
    for (let e = 0; e < this.edges; e++) {
      const length = this.#reach(e);
      if (length > 0 && length < unit) unit = length;
    }
    if (unit === Infinity) unit = 1;
    const MAX_CELLS = 1 << 22; // 4 B a field and cell: 16 MiB a field
    unit = Math.max(unit, Math.sqrt(((maxX - minX + 1) * (maxY - minY + 1)) / MAX_CELLS));
    this.unit = unit;
    this.originX = minX;
    this.originY = minY;
    this.columns = Math.floor((maxX - minX) / unit) + 1;
    this.rows = Math.floor((maxY - minY) / unit) + 1;
    this.cells = new Int32Array(this.columns * this.rows).fill(-1); // the cell's node, -1: rock
    for (let v = 0; v < this.nodes; v++) this.cells[this.cellOf(v)] = v;
    this.portals = []; // edges that leap over cells
    for (let e = 0; e < this.edges; e++) if (this.isPortal(e)) this.portals.push(e);
  }

  /** isPortal reports whether an edge leads farther than to a neighbouring cell. */
  isPortal(e) {
    return this.#reach(e) > 1.5 * this.unit;
  }

  /** portalOf is an open portal of v, or -1. */
  portalOf(v, weights = this.base) {
    for (let e = this.first[v]; e < this.first[v + 1]; e++) if (this.isPortal(e) && this.open(e, weights)) return e;
    return -1;
  }

  #reach(e) {
    const v = this.tail[e], w = this.head[e];
    return Math.max(Math.abs(this.x[w] - this.x[v]), Math.abs(this.y[w] - this.y[v]));
  }

  /** column and row of a node, in cells: the middle of a cell is at +0.5. */
  column(v) {
    return (this.x[v] - this.originX) / this.unit;
  }

  row(v) {
    return (this.y[v] - this.originY) / this.unit;
  }

  cellOf(v) {
    return Math.floor(this.row(v)) * this.columns + Math.floor(this.column(v));
  }

  /** open reports whether an edge may be walked, be it over a partition's border. */
  open(e, weights = this.base) {
    return weights[e] !== NO_EDGE;
  }

  /** nodeAt is the node nearest to a point (in cells), at most reach cells away, or -1. */
  nodeAt(column, row, reach = 2) {
    let best = -1, bestSquare = reach * reach;
    for (let r = Math.max(0, Math.floor(row - reach)); r <= Math.min(this.rows - 1, Math.floor(row + reach)); r++) {
      for (let c = Math.max(0, Math.floor(column - reach)); c <= Math.min(this.columns - 1, Math.floor(column + reach)); c++) {
        const v = this.cells[r * this.columns + c];
        if (v < 0) continue;
        const dx = this.column(v) + 0.5 - column, dy = this.row(v) + 0.5 - row;
        const square = dx * dx + dy * dy;
        if (square <= bestSquare) [best, bestSquare] = [v, square];
      }
    }
    return best;
  }

  /** edgeToward is the open edge of v, portals apart, that leads most in the direction (dx, dy), or -1. */
  edgeToward(v, dx, dy, weights = this.base) {
    const size = Math.hypot(dx, dy);
    if (size === 0) return -1;
    let best = -1, bestCosine = STRAIGHT_ENOUGH;
    for (let e = this.first[v]; e < this.first[v + 1]; e++) {
      if (!this.open(e, weights) || this.isPortal(e)) continue;
      const ex = this.x[this.head[e]] - this.x[v], ey = this.y[this.head[e]] - this.y[v];
      const length = Math.hypot(ex, ey);
      if (length === 0) continue;
      const cosine = (ex * dx + ey * dy) / (length * size);
      if (cosine > bestCosine + 1e-9) [best, bestCosine] = [e, cosine];
    }
    return best;
  }

  /** edgeBetween is the open edge from v to w, or -1. */
  edgeBetween(v, w, weights = this.base) {
    for (let e = this.first[v]; e < this.first[v + 1]; e++) {
      if (this.head[e] === w && this.open(e, weights)) return e;
    }
    return -1;
  }
}
