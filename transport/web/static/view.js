// The map on the canvas. A frame copies painted caves and draws what lives on them.

import { Camera } from "./camera.js";
import * as sprites from "./sprites.js";
import { Terrain, ember } from "./terrain.js";

const NO_NODE = 0xffffffff;
const OVERVIEW_PIXELS = 5e6; // of the whole map, painted once
const TILE_CELLS = 32, TILE_SCALE = 16; // pieces for a near look: 512 x 512 pixels
const MAX_TILES = 72; // 1 MiB each
const TRAIL_PIXELS = 2e6;
const TRAIL_MS = 66, FADE_STEPS = 4; // between dots of a trail; dots between two fadings
const GLIDE_MS = 55; // time constant with which a player glides to its node
const LEAP = 8; // cells beyond which it jumps instead
const FLASH_MS = 900, BURST_MS = 1100;
const FOLLOW_ZOOM = 14;
const CROWD = 600; // players above which they are drawn smaller on a far look
const MEDALS = ["#ffd36b", "#cfd8e6", "#e0a273"];

export class View {
  me = null; // the player that is ours, once it has joined
  way = []; // nodes of the way the hint leads, the player's own first
  goal = 0; // the number of the named goal that ours goes to
  walk = []; // nodes of the way to a clicked place
  hint = null;
  #tiles = new Map(); // key -> canvas, oldest first
  #drawn = new Map(); // id -> {x, y}: where a player was drawn last
  #last = 0;
  #trailAt = 0;
  #trailStep = 0;
  #calm = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? false;

  constructor(canvas, world, model) {
    this.canvas = canvas;
    this.world = world;
    this.model = model;
    this.g = canvas.getContext("2d", { alpha: false });
    this.camera = new Camera(world.columns, world.rows);
    this.terrain = new Terrain(world);
    this.sprite = {
      other: sprites.player(112, 178, 255), me: sprites.player(92, 255, 196), treasure: sprites.treasure(),
      up: sprites.spark(255, 120, 70), down: sprites.spark(90, 190, 255),
    };
    this.#paintOverview();
    this.heat = surface(world.columns, world.rows);
    this.trailScale = Math.min(4, Math.max(0.25, Math.sqrt(TRAIL_PIXELS / (world.columns * world.rows))));
    this.trail = surface(world.columns * this.trailScale, world.rows * this.trailScale);
    for (let v = 0; v < world.nodes; v++) if (model.heat(v) > 0) model.dirty.add(v);
    this.resize();
  }

  #paintOverview() {
    const { columns, rows } = this.terrain;
    this.scale = Math.max(0.25, Math.min(12, Math.sqrt(OVERVIEW_PIXELS / (columns * rows))));
    this.overview = this.#painted(0, 0, Math.ceil(columns * this.scale), Math.ceil(rows * this.scale), this.scale);
  }

  #painted(x, y, width, height, scale) {
    const g = surface(width, height);
    const image = g.createImageData(width, height);
    this.terrain.paint(image.data, width, height, x, y, scale);
    g.putImageData(image, 0, 0);
    return g.canvas;
  }

  resize() {
    const box = this.canvas.getBoundingClientRect();
    this.ratio = Math.min(2, globalThis.devicePixelRatio || 1);
    this.canvas.width = Math.max(1, Math.round(box.width * this.ratio));
    this.canvas.height = Math.max(1, Math.round(box.height * this.ratio));
    this.camera.resize(box.width, box.height);
  }

  /** follow keeps our own player in the middle. */
  follow() {
    this.camera.follow(FOLLOW_ZOOM);
  }

  /** nodeAt is the node under a point of the canvas (CSS pixels), or -1. */
  nodeAt(px, py) {
    const { x, y } = this.camera.toMap(px, py);
    return this.world.nodeAt(x, y, Math.max(1.5, 14 / this.camera.zoom));
  }

  frame(now) {
    const elapsed = Math.min(100, now - this.#last);
    this.#last = now;
    this.#glide(elapsed);
    const mine = this.#drawn.get(this.me);
    if (mine) this.camera.track(mine.x, mine.y, elapsed);
    const { g, camera } = this;
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    g.fillStyle = "#07090f";
    g.fillRect(0, 0, camera.width, camera.height);
    this.#drawCaves();
    this.#drawHeat();
    this.#drawTrails(now);
    g.globalCompositeOperation = "lighter";
    this.#drawFlashes(now);
    this.#drawPortals();
    g.globalCompositeOperation = "source-over";
    this.#drawWays(now);
    this.#drawTreasures(now);
    this.#drawGoals();
    this.#drawPlayers(now);
    this.#drawBursts(now);
  }

  // Maps a surface in cells (top left at (x, y)) to the screen.
  #blit(image, x, y, columns, rows) {
    const at = this.camera.toScreen(x, y);
    this.g.drawImage(image, at.x, at.y, columns * this.camera.zoom, rows * this.camera.zoom);
  }

  #drawCaves() {
    const { g, camera, terrain, scale } = this;
    const m = terrain.margin;
    const tiles = camera.zoom * this.ratio < 1.4 * scale ? null : this.#tilesInSight();
    if (tiles === null || tiles.includes(null)) {
      g.imageSmoothingQuality = tiles === null ? "high" : "low";
      this.#blit(this.overview, -m, -m, this.overview.width / scale, this.overview.height / scale);
      g.imageSmoothingQuality = "low";
    }
    const size = TILE_CELLS + 0.5 / camera.zoom; // a trace wider, so that no seam shows
    for (const tile of tiles ?? []) {
      if (tile !== null) this.#blit(tile.image, tile.x * TILE_CELLS - m, tile.y * TILE_CELLS - m, size, size);
    }
  }

  // The tiles under the canvas; null stands for one that is not painted yet.
  #tilesInSight() {
    const { camera, terrain } = this;
    const m = terrain.margin;
    const from = camera.toMap(0, 0), to = camera.toMap(camera.width, camera.height);
    const last = (size, edge) => Math.min(Math.ceil(size / TILE_CELLS) - 1, Math.floor((edge + m) / TILE_CELLS));
    let budget = 2; // tiles painted this frame
    const tiles = [];
    for (let y = Math.max(0, Math.floor((from.y + m) / TILE_CELLS)); y <= last(terrain.rows, to.y); y++) {
      for (let x = Math.max(0, Math.floor((from.x + m) / TILE_CELLS)); x <= last(terrain.columns, to.x); x++) {
        const image = this.#tile(x, y, () => budget-- > 0);
        tiles.push(image && { x, y, image });
      }
    }
    return tiles;
  }

  #tile(tx, ty, may) {
    const key = ty * 65536 + tx;
    let tile = this.#tiles.get(key);
    if (!tile && !may()) return null;
    tile ??= this.#painted(tx * TILE_CELLS, ty * TILE_CELLS, TILE_CELLS * TILE_SCALE, TILE_CELLS * TILE_SCALE, TILE_SCALE);
    this.#tiles.delete(key); // to the young end
    this.#tiles.set(key, tile);
    if (this.#tiles.size > MAX_TILES) this.#tiles.delete(this.#tiles.keys().next().value);
    return tile;
  }

  // Only cells whose heat changed are written again.
  #drawHeat() {
    const { world, model, heat } = this;
    for (const v of model.dirty) {
      const cell = world.cellOf(v);
      const [r, g, b, a] = ember(model.heat(v));
      const x = cell % world.columns, y = Math.floor(cell / world.columns);
      heat.clearRect(x, y, 1, 1);
      if (a === 0) continue;
      heat.fillStyle = `rgba(${r | 0},${g | 0},${b | 0},${(a / 255).toFixed(3)})`;
      heat.fillRect(x, y, 1, 1);
    }
    model.dirty.clear();
    this.#blit(heat.canvas, 0, 0, world.columns, world.rows);
  }

  #drawTrails(now) {
    const { trail, trailScale, world } = this;
    if (now - this.#trailAt > TRAIL_MS) {
      this.#trailAt = now;
      if (++this.#trailStep % FADE_STEPS === 0) {
        trail.globalCompositeOperation = "destination-out";
        trail.fillStyle = "rgba(0,0,0,0.25)"; // a smaller share would never get the last traces away, for rounding
        trail.fillRect(0, 0, trail.canvas.width, trail.canvas.height);
        trail.globalCompositeOperation = "source-over";
      }
      const size = Math.max(0.7, 0.3 * trailScale);
      for (const [id, p] of this.#drawn) {
        trail.fillStyle = id === this.me ? "rgba(92,255,196,0.6)" : "rgba(112,178,255,0.38)";
        trail.beginPath();
        trail.arc(p.x * trailScale, p.y * trailScale, size, 0, 2 * Math.PI);
        trail.fill();
      }
    }
    this.#blit(trail.canvas, 0, 0, world.columns, world.rows);
  }

  // Expires what is over; draws the rest with draw(item, age 0..1, screen point).
  #aging(list, lasting, now, nodeOf, draw) {
    let over = 0;
    while (over < list.length && now - list[over].at > lasting) over++;
    list.splice(0, over);
    for (const item of list) {
      const v = nodeOf(item);
      const at = this.#screen(v);
      if (this.#visible(at, 60)) draw(item, (now - item.at) / lasting, at);
    }
  }

  #drawFlashes(now) {
    const { g, world, sprite } = this;
    const size = Math.max(9, Math.min(46, 2.6 * this.camera.zoom));
    this.#aging(this.model.flashes, FLASH_MS, now, (f) => world.tail[f.edge], (f, age, at) => {
      g.globalAlpha = 0.45 * (1 - age) ** 2;
      const s = size * (0.7 + 0.5 * age);
      g.drawImage(f.up ? sprite.up : sprite.down, at.x - s / 2, at.y - s / 2, s, s);
    });
    g.globalAlpha = 1;
  }

  // A portal's mouths are rings; a closed one has none.
  #drawPortals() {
    const { g, world } = this;
    const radius = Math.max(2.5, 0.42 * this.camera.zoom);
    for (const e of world.portals) {
      const a = this.#screen(world.tail[e]), b = this.#screen(world.head[e]);
      if (!this.#visible(a, 20) && !this.#visible(b, 20)) continue;
      const open = world.open(e, this.model.weights);
      if (open) ring(g, a, radius, "rgba(190,150,255,0.8)", 1.5);
      if (world.tail[e] > world.head[e]) continue; // one line for both directions
      g.strokeStyle = open ? "rgba(170,140,255,0.3)" : "rgba(150,160,190,0.14)";
      g.lineWidth = 1;
      g.beginPath();
      g.moveTo(a.x, a.y);
      g.quadraticCurveTo((a.x + b.x) / 2 + (b.y - a.y) * 0.12, (a.y + b.y) / 2 - (b.x - a.x) * 0.12, b.x, b.y);
      g.stroke();
    }
  }

  #drawWays(now) {
    const mine = this.#drawn.get(this.me);
    if (!mine) return;
    this.#line(mine, this.walk, "rgba(235,242,255,0.75)", [2, 6], 0);
    this.#line(mine, this.way, "rgba(92,255,196,0.6)", [5, 7], this.#calm ? 0 : -now / 40);
    if (this.hint === null || this.hint.node >= this.world.nodes) return;
    const at = this.camera.toScreen(mine.x, mine.y), to = this.#screen(this.hint.node);
    const turn = Math.atan2(to.y - at.y, to.x - at.x);
    const { g } = this;
    const r = Math.max(13, Math.min(24, this.camera.zoom));
    g.save();
    g.translate(at.x, at.y);
    g.rotate(turn);
    g.fillStyle = "#5cffc4";
    g.beginPath();
    g.moveTo(r + 9, 0);
    g.lineTo(r, -6);
    g.lineTo(r + 2.5, 0);
    g.lineTo(r, 6);
    g.fill();
    g.restore();
  }

  #line(from, nodes, color, dash, offset) {
    if (nodes.length === 0) return;
    const { g } = this;
    g.strokeStyle = color;
    g.lineWidth = 2;
    g.lineJoin = g.lineCap = "round";
    g.setLineDash(dash);
    g.lineDashOffset = offset;
    g.beginPath();
    const start = this.camera.toScreen(from.x, from.y);
    g.moveTo(start.x, start.y);
    for (const v of nodes) {
      const at = this.#screen(v);
      g.lineTo(at.x, at.y);
    }
    g.stroke();
    g.setLineDash([]);
  }

  #drawTreasures(now) {
    const { g, sprite, camera } = this;
    const size = Math.max(17, Math.min(58, 3.2 * camera.zoom));
    for (const [id, t] of this.model.treasures) {
      const at = this.#screen(t.node);
      if (!this.#visible(at, size)) continue;
      const age = Math.min(1, (now - t.openedAt) / 700);
      const beat = this.#calm ? 1 : 1 + 0.1 * Math.sin(now / 420 + id * 1.7);
      const s = size * beat * (1.8 - 0.8 * age);
      g.globalAlpha = 0.35 + 0.65 * age;
      g.drawImage(sprite.treasure, at.x - s / 2, at.y - s / 2, s, s);
    }
    g.globalAlpha = 1;
  }

  #drawGoals() {
    const { g, camera, world } = this;
    const r = Math.max(6, Math.min(14, 0.7 * camera.zoom));
    this.model.goals.forEach(({ name, node }, i) => {
      const at = this.#screen(node);
      if (node >= world.nodes || !this.#visible(at, 80)) return;
      const chosen = this.goal === i + 1;
      g.fillStyle = chosen ? "rgba(255,143,208,0.55)" : "rgba(255,143,208,0.15)";
      g.strokeStyle = "#ff8fd0";
      g.lineWidth = 2;
      g.beginPath();
      for (const [dx, dy] of [[0, -r], [r, 0], [0, r], [-r, 0]]) g.lineTo(at.x + dx, at.y + dy);
      g.closePath();
      g.fill();
      g.stroke();
      this.#name({ x: at.x, y: at.y - r - 5 }, name, "#ff8fd0");
    });
  }

  #glide(elapsed) {
    const part = 1 - Math.exp(-elapsed / GLIDE_MS);
    for (const [id, p] of this.model.players) {
      if (p.node === NO_NODE) {
        this.#drawn.delete(id);
        continue;
      }
      const x = this.world.column(p.node) + 0.5, y = this.world.row(p.node) + 0.5;
      const d = this.#drawn.get(id);
      if (!d || Math.abs(x - d.x) > LEAP || Math.abs(y - d.y) > LEAP) this.#drawn.set(id, { x, y });
      else {
        d.x += (x - d.x) * part;
        d.y += (y - d.y) * part;
      }
    }
    for (const id of this.#drawn.keys()) if (!this.model.players.has(id)) this.#drawn.delete(id);
  }

  #drawPlayers(now) {
    const { g, camera, sprite, model } = this;
    const size = Math.max(this.#drawn.size > CROWD ? 8 : 13, Math.min(34, 1.9 * camera.zoom));
    for (const [id, p] of this.#drawn) {
      if (id === this.me) continue;
      const at = camera.toScreen(p.x, p.y);
      if (this.#visible(at, size)) g.drawImage(sprite.other, at.x - size / 2, at.y - size / 2, size, size);
    }
    model.standings.slice(0, MEDALS.length).forEach((s, i) => {
      const p = this.#drawn.get(s.player);
      if (p && s.player !== this.me) this.#label(camera.toScreen(p.x, p.y), s.name, MEDALS[i], size);
    });
    const mine = this.#drawn.get(this.me);
    if (!mine) return;
    const at = camera.toScreen(mine.x, mine.y), s = 1.5 * size;
    g.drawImage(sprite.me, at.x - s / 2, at.y - s / 2, s, s);
    const beat = this.#calm ? 0.3 : (now / 1400) % 1;
    ring(g, at, 0.45 * s + 12 * beat, `rgba(92,255,196,${(0.8 * (1 - beat)).toFixed(3)})`, 1.5);
  }

  #label(at, name, color, size) {
    if (!this.#visible(at, 80)) return;
    const { g } = this;
    ring(g, at, 0.36 * size, color, 1.5);
    this.#name({ x: at.x, y: at.y - 0.36 * size - 5 }, name, color);
  }

  #name(at, name, color) {
    const { g } = this;
    g.font = "600 11px system-ui, sans-serif";
    g.textAlign = "center";
    g.lineWidth = 3;
    g.strokeStyle = "rgba(7,9,15,0.85)";
    g.strokeText(name, at.x, at.y);
    g.fillStyle = color;
    g.fillText(name, at.x, at.y);
  }

  #drawBursts(now) {
    const { g } = this;
    this.#aging(this.model.bursts, BURST_MS, now, (b) => b.node, (b, age, at) => {
      const color = b.mine ? "92,255,196" : "255,206,100";
      const reach = b.mine ? 60 : 30;
      ring(g, at, 5 + reach * (1 - (1 - age) ** 3), `rgba(${color},${(1 - age).toFixed(3)})`, 2.5 * (1 - age) + 0.5);
    });
  }

  #screen(v) {
    return this.camera.toScreen(this.world.column(v) + 0.5, this.world.row(v) + 0.5);
  }

  #visible(at, slack) {
    return at.x > -slack && at.y > -slack && at.x < this.camera.width + slack && at.y < this.camera.height + slack;
  }
}

function ring(g, at, radius, color, width) {
  g.strokeStyle = color;
  g.lineWidth = width;
  g.beginPath();
  g.arc(at.x, at.y, radius, 0, 2 * Math.PI);
  g.stroke();
}

function surface(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.ceil(width));
  canvas.height = Math.max(1, Math.ceil(height));
  return canvas.getContext("2d");
}
