// Where the view looks: a point of the map (in cells) and a zoom (CSS pixels a cell). Pure.

const MAX_ZOOM = 48;
const FOLLOW_MS = 220; // how fast the camera follows, as a time constant
const MARGIN = 24; // CSS pixels around a fitted map

export class Camera {
  x = 0;
  y = 0;
  zoom = 1;
  width = 1; // of the canvas, CSS pixels
  height = 1;
  following = false;
  #columns;
  #rows;
  #fitted = true; // until the first gesture, the whole map is kept in sight

  constructor(columns, rows) {
    this.#columns = columns;
    this.#rows = rows;
  }

  resize(width, height) {
    this.width = Math.max(1, width);
    this.height = Math.max(1, height);
    if (this.#fitted) this.fit();
    else this.#clamp();
  }

  get #fitZoom() {
    return Math.min((this.width - 2 * MARGIN) / this.#columns, (this.height - 2 * MARGIN) / this.#rows, MAX_ZOOM);
  }

  fit() {
    this.zoom = Math.max(0.05, this.#fitZoom);
    this.x = this.#columns / 2;
    this.y = this.#rows / 2;
    this.following = false;
    this.#fitted = true;
  }

  pan(dx, dy) {
    this.x -= dx / this.zoom;
    this.y -= dy / this.zoom;
    this.following = false;
    this.#fitted = false;
    this.#clamp();
  }

  /** zoomAt keeps the map's point under (px, py) where it is. */
  zoomAt(px, py, factor) {
    const before = this.toMap(px, py);
    this.zoom = Math.min(MAX_ZOOM, Math.max(0.5 * this.#fitZoom, this.zoom * factor));
    const after = this.toMap(px, py);
    this.x += before.x - after.x;
    this.y += before.y - after.y;
    this.#fitted = false;
    this.#clamp();
  }

  /** follow begins to follow the point given to track, near enough to see where to go. */
  follow(zoom) {
    this.following = true;
    this.#fitted = false;
    if (this.zoom < zoom) this.zoom = zoom;
  }

  /** track moves a following camera toward a point. */
  track(x, y, elapsed) {
    if (!this.following) return;
    const part = 1 - Math.exp(-elapsed / FOLLOW_MS);
    this.x += (x - this.x) * part;
    this.y += (y - this.y) * part;
  }

  toMap(px, py) {
    return { x: this.x + (px - this.width / 2) / this.zoom, y: this.y + (py - this.height / 2) / this.zoom };
  }

  toScreen(x, y) {
    return { x: (x - this.x) * this.zoom + this.width / 2, y: (y - this.y) * this.zoom + this.height / 2 };
  }

  #clamp() {
    this.x = Math.min(this.#columns, Math.max(0, this.x));
    this.y = Math.min(this.#rows, Math.max(0, this.y));
  }
}
