// Small pictures that are drawn thousands of times a frame: made once.

function sprite(size, draw) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const g = canvas.getContext("2d");
  g.translate(size / 2, size / 2);
  draw(g, size / 2);
  return canvas;
}

function glow(g, r, color, core) {
  const light = g.createRadialGradient(0, 0, 0, 0, 0, r);
  light.addColorStop(0, color(0.85));
  light.addColorStop(core, color(0.35));
  light.addColorStop(1, color(0));
  g.fillStyle = light;
  g.fillRect(-r, -r, 2 * r, 2 * r);
}

const rgba = (r, g, b) => (a) => `rgba(${r},${g},${b},${a})`;

/** player is a soft light with a bright core. */
export const player = (r, g, b) => sprite(64, (c, half) => {
  glow(c, half, rgba(r, g, b), 0.3);
  c.fillStyle = `rgb(${r + (255 - r) * 0.55},${g + (255 - g) * 0.55},${b + (255 - b) * 0.55})`;
  c.beginPath();
  c.arc(0, 0, half * 0.3, 0, 2 * Math.PI);
  c.fill();
});

/** treasure is a cut stone in its own light. */
export const treasure = () => sprite(96, (c, half) => {
  glow(c, half, rgba(255, 196, 84), 0.28);
  const r = half * 0.36;
  const facet = (color, ...points) => {
    c.fillStyle = color;
    c.beginPath();
    for (const [x, y] of points) c.lineTo(x * r, y * r);
    c.fill();
  };
  facet("#fff3c9", [0, -1.15], [0.85, 0], [0, 0]);
  facet("#ffd874", [0, -1.15], [-0.85, 0], [0, 0]);
  facet("#e8a531", [0, 1.15], [-0.85, 0], [0, 0]);
  facet("#ffc24d", [0, 1.15], [0.85, 0], [0, 0]);
});

/** spark is the light of a weight that just changed. */
export const spark = (r, g, b) => sprite(48, (c, half) => glow(c, half, rgba(r, g, b), 0.4));
