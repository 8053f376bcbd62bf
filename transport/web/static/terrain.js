// The caves as pixels: rounded walls, depth, a light from above, a tint for each
// partition. Painting is the costly part, so it is done once per piece of the map;
// a frame only copies. Pure: it fills byte arrays.

const MARGIN = 8; // cells of rock painted around the map
const REACH = 6; // cells over which walls darken the floor and light the rock
const VOID = [7, 9, 15];
const RIM = 0.55; // how bright a wall's edge is

/** hueOf spreads the partitions over calm hues, neighbours apart. */
export function hueOf(partition) {
  return 185 + ((partition * 68) % 110);
}

/** rgb of a hue (degrees), saturation and lightness in 0..1. */
export function rgb(hue, saturation, lightness) {
  const a = saturation * Math.min(lightness, 1 - lightness);
  const channel = (n) => {
    const k = (n + hue / 30) % 12;
    return 255 * (lightness - a * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  };
  return [channel(0), channel(8), channel(4)];
}

export class Terrain {
  margin = MARGIN;

  constructor(world) {
    this.columns = world.columns + 2 * MARGIN;
    this.rows = world.rows + 2 * MARGIN;
    const n = this.columns * this.rows;
    this.floor = new Float32Array(n);
    this.shade = new Float32Array(n); // brightness of the floor, carried on under the walls
    this.halo = new Float32Array(n); // light on the rock
    this.seam = new Float32Array(n); // where two partitions meet
    this.partition = new Uint16Array(n);
    this.#fill(world);
    this.palette = Array.from({ length: world.partitions }, (_, p) => {
      return { deep: rgb(hueOf(p), 0.34, 0.12), lit: rgb(hueOf(p), 0.25, 0.28), rim: rgb(hueOf(p), 0.4, 0.52) };
    });
  }

  #fill(world) {
    const { columns, floor, partition } = this;
    const depth = new Float32Array(floor.length).fill(Infinity);
    const distance = new Float32Array(floor.length).fill(Infinity);
    for (let r = 0; r < world.rows; r++) {
      for (let c = 0; c < world.columns; c++) {
        const v = world.cells[r * world.columns + c];
        if (v < 0) continue;
        const at = (r + MARGIN) * columns + c + MARGIN;
        floor[at] = 1;
        partition[at] = world.partitionOf[v];
      }
    }
    for (let at = 0; at < floor.length; at++) (floor[at] ? distance : depth)[at] = 0;
    this.#spread(depth);
    this.#spread(distance, partition);
    for (let at = 0; at < floor.length; at++) {
      const inside = Math.min(depth[at], REACH) / REACH;
      this.shade[at] = 0.3 + 0.55 * inside * (2 - inside) + 0.16 * (grain(at) - 0.5);
      this.halo[at] = floor[at] ? 1 : Math.exp(-distance[at] / 2.4) + 0.16 * grain(at);
    }
    this.#seams();
  }

  // Chamfer distances in two passes; owner, if given, follows the nearest cell.
  #spread(d, owner) {
    const { columns, rows } = this;
    const relax = (at, from, step) => {
      if (d[from] + step < d[at]) {
        d[at] = d[from] + step;
        if (owner) owner[at] = owner[from];
      }
    };
    const line = (r, from, to, step, back) => {
      for (let c = from; c !== to; c += step) {
        const at = r * columns + c, up = at + back * columns;
        if (c - step >= 0 && c - step < columns) {
          relax(at, at - step, 1);
          if (up >= 0 && up < d.length) relax(at, up - step, Math.SQRT2);
        }
        if (up < 0 || up >= d.length) continue;
        relax(at, up, 1);
        if (c + step >= 0 && c + step < columns) relax(at, up + step, Math.SQRT2);
      }
    };
    for (let r = 0; r < rows; r++) {
      line(r, 0, columns, 1, -1);
      line(r, columns - 1, -1, -1, -1);
    }
    for (let r = rows - 1; r >= 0; r--) {
      line(r, 0, columns, 1, 1);
      line(r, columns - 1, -1, -1, 1);
    }
  }

  #seams() {
    const { columns, floor, partition, seam } = this;
    for (let at = columns; at < floor.length - columns; at++) {
      if (!floor[at]) continue;
      for (const next of [at - 1, at + 1, at - columns, at + columns]) {
        if (floor[next] && partition[next] !== partition[at]) seam[at] = 1;
      }
    }
  }

  /**
   * paint fills width x height pixels (RGBA) with the piece of the map whose top
   * left corner is the cell (x, y), margin included, at scale pixels a cell.
   */
  paint(pixels, width, height, x, y, scale) {
    const soft = Math.min(0.5, 0.75 / scale);
    const slip = { x: 0.45, y: 0.8 }; // where the light comes from: a wall's shadow falls this far
    for (let py = 0; py < height; py++) {
      const row = y + (py + 0.5) / scale - 0.5;
      for (let px = 0; px < width; px++) {
        const column = x + (px + 0.5) / scale - 0.5;
        const f = this.#sample(this.floor, column, row);
        const out = 4 * (py * width + px);
        const cell = this.#nearest(column, row);
        const colors = this.palette[this.partition[cell]];
        const a = smooth((f - 0.5 + soft) / (2 * soft));
        let shade = 0, rim = 0, seam = 0, halo = 0;
        if (a > 0) {
          const lit = this.#sample(this.floor, column - slip.x, row - slip.y);
          shade = this.#sample(this.shade, column, row) * (0.5 + 0.5 * lit);
          const t = 1 - Math.min(1, 2 * Math.max(0, f - 0.5));
          rim = RIM * t * t * t * (0.45 + 0.55 * lit);
          seam = 0.28 * Math.max(0, 2 * this.#sample(this.seam, column, row) - 1);
        }
        if (a < 1) halo = 0.22 * this.#sample(this.halo, column, row);
        for (let k = 0; k < 3; k++) {
          let inside = colors.deep[k] + (colors.lit[k] - colors.deep[k]) * shade;
          inside += (colors.rim[k] - inside) * Math.max(rim, seam);
          const outside = VOID[k] + colors.lit[k] * halo * halo * 4;
          pixels[out + k] = outside + (inside - outside) * a;
        }
        pixels[out + 3] = 255;
      }
    }
  }

  #nearest(column, row) {
    const c = Math.min(this.columns - 1, Math.max(0, Math.round(column)));
    const r = Math.min(this.rows - 1, Math.max(0, Math.round(row)));
    return r * this.columns + c;
  }

  // Bilinear; beyond the edge the outermost cell goes on, which is rock.
  #sample(field, column, row) {
    const c = Math.min(this.columns - 1.001, Math.max(0, column)), r = Math.min(this.rows - 1.001, Math.max(0, row));
    const c0 = c | 0, r0 = r | 0, u = c - c0, v = r - r0;
    const at = r0 * this.columns + c0;
    const top = field[at] + (field[at + 1] - field[at]) * u;
    const low = field[at + this.columns] + (field[at + this.columns + 1] - field[at + this.columns]) * u;
    return top + (low - top) * v;
  }
}

function smooth(t) {
  const c = Math.min(1, Math.max(0, t));
  return c * c * (3 - 2 * c);
}

// A cell's own roughness, 0..1.
function grain(at) {
  let h = Math.imul(at ^ 0x9e3779b9, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

/** ember is the colour of a heat (0 at base, 1 at twice the base): [r, g, b, a]. */
export function ember(heat) {
  if (heat <= 0) return [0, 0, 0, 0];
  const t = 1 - Math.exp(-0.9 * heat);
  return [255, 150 - 105 * t, 60 + 10 * t, 255 * (0.2 + 0.6 * t)];
}
