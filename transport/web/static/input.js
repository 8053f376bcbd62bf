// Keyboard and pointer: what is held becomes a direction, a click a place to walk
// to, a drag and the wheel a look around.

const DIRECTIONS = {
  ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0],
  KeyW: [0, -1], KeyS: [0, 1], KeyA: [-1, 0], KeyD: [1, 0],
  KeyQ: [-1, -1], KeyE: [1, -1], KeyZ: [-1, 1], KeyC: [1, 1],
};
const CLICK_SLACK = 5; // pixels a pointer may move and still click
const ZOOM_STEP = 1.35;

/** directionOf sums the directions of the held keys (KeyboardEvent.code), each axis at most 1. */
export function directionOf(held) {
  let dx = 0, dy = 0;
  for (const code of held) {
    const d = DIRECTIONS[code];
    if (d) [dx, dy] = [dx + d[0], dy + d[1]];
  }
  return { dx: Math.sign(dx), dy: Math.sign(dy) };
}

/** listenKeys steers the player and the view until the page ends. */
export function listenKeys(player, view) {
  const held = new Set();
  const steer = () => {
    const { dx, dy } = directionOf(held);
    player.steer(dx, dy);
  };
  const commands = {
    KeyH: () => player.joined && player.setAuto(!player.auto),
    Space: () => player.leap(),
    KeyF: () => player.joined && view.follow(),
    Equal: () => zoom(view, ZOOM_STEP), NumpadAdd: () => zoom(view, ZOOM_STEP),
    Minus: () => zoom(view, 1 / ZOOM_STEP), NumpadSubtract: () => zoom(view, 1 / ZOOM_STEP),
    Digit0: () => view.camera.fit(), Home: () => view.camera.fit(),
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isOwn(event)) return;
    if (event.code in DIRECTIONS) {
      held.add(event.code);
      steer();
    } else if (event.code in commands) {
      if (!event.repeat) commands[event.code]();
    } else {
      return;
    }
    event.preventDefault();
  });
  addEventListener("keyup", (event) => {
    if (held.delete(event.code)) steer();
  });
  addEventListener("blur", () => {
    held.clear();
    steer();
  });
}

// What is typed, and the keys that press a focused button, are theirs.
function isOwn({ target, code }) {
  return target instanceof HTMLInputElement || target instanceof HTMLSelectElement || (target instanceof HTMLButtonElement && (code === "Space" || code === "Enter"));
}

/** zoom looks nearer or farther, around the middle. */
export function zoom(view, factor) {
  view.camera.zoomAt(view.camera.width / 2, view.camera.height / 2, factor);
}

/** listenPointer pans, zooms, and walks to a clicked place. */
export function listenPointer(canvas, player, view) {
  let from = null; // where the pointer went down
  let dragging = false;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    from = { x: event.offsetX, y: event.offsetY };
    dragging = false;
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (from === null) return;
    const dx = event.offsetX - from.x, dy = event.offsetY - from.y;
    if (!dragging && Math.hypot(dx, dy) < CLICK_SLACK) return;
    dragging = true;
    canvas.classList.add("dragging");
    view.camera.pan(dx, dy);
    from = { x: event.offsetX, y: event.offsetY };
  });
  const end = () => {
    from = null;
    canvas.classList.remove("dragging");
  };
  canvas.addEventListener("pointercancel", end);
  canvas.addEventListener("pointerup", (event) => {
    if (from !== null && !dragging) {
      const node = view.nodeAt(event.offsetX, event.offsetY);
      if (node >= 0) player.walkTo(node);
    }
    end();
  });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    view.camera.zoomAt(event.offsetX, event.offsetY, Math.exp(-event.deltaY * 0.0015));
  }, { passive: false });
}
