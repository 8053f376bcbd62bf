// Wires the page: map, session, player, view, panel, input.

import { automation } from "./automation.js";
import { Client } from "./client.js";
import { listenKeys, listenPointer, zoom } from "./input.js";
import { Model } from "./model.js";
import { Panel } from "./panel.js";
import { Player } from "./player.js";
import { View } from "./view.js";
import { World } from "./world.js";

const PUMP_MS = 20;
const PANEL_MS = 250;
const RESUBSCRIBE_MS = 2000;
const ERRORS = 20; // kept for the automation surface

const el = (id) => document.getElementById(id);
const errors = [];

function say(text) {
  if (errors.at(-1) !== text) errors.push(text);
  if (errors.length > ERRORS) errors.shift();
  el("alert-text").textContent = text;
  el("alert").hidden = false;
}

function status(state, text) {
  el("status").dataset.state = state;
  el("status").textContent = text;
  if (state === "connected") el("alert").hidden = true;
  if (state === "closed" || state === "replaced") say(text);
}

async function loadWorld() {
  const answer = await fetch("api/world");
  if (!answer.ok) throw new Error(`the server answered ${answer.status} to /api/world`);
  return World.parse(await answer.arrayBuffer());
}

/** start builds everything around a world. */
function start(world) {
  const model = new Model(world, performance.timeOrigin);
  let player = null;
  const client = new Client({
    error: say,
    status,
    message: (body, now) => {
      if (body.case === "welcome") {
        model.follow();
        client.send("subscribe", { all: true });
        welcomed(client, body.value, model, player);
      }
      model.apply(body, now);
      player.take(body, now);
    },
  });
  player = new Player(world, model, (kind, value) => client.send(kind, value));
  const view = new View(el("map"), world, model);
  const panel = new Panel(model, player);
  wireGaps(model, client);
  wireControls(player, view, panel);
  el("legend-portal").hidden = el("key-portal").hidden = world.portals.length === 0;
  listenKeys(player, view);
  listenPointer(el("map"), player, view);
  animate(view, model, player, panel);
  return { client, model, player, view, panel };
}

let worldHash = null;

function welcomed({ session }, { world }, model, player) {
  const hash = world.join();
  if (worldHash !== null && worldHash !== hash) location.reload(); // another world plays behind the same address
  worldHash = hash;
  el("hunt-name").textContent = session.hunt;
  el("join").disabled = false;
  if (el("name").value === "") el("name").value = session.name;
  model.goals = session.goals ?? [];
  if (player.goal > model.goals.length) player.goal = 0; // another hunt plays behind the same address
  const names = ["Nearest treasure", ...model.goals.map((g) => g.name)];
  el("goal").replaceChildren(...names.map((name, i) => new Option(name, i, false, i === player.goal)));
  el("goal-row").hidden = el("legend-goal").hidden = model.goals.length === 0;
}

// A gap is closed by subscribing again, which brings a snapshot; not more often than makes sense.
function wireGaps(model, client) {
  let timer = null;
  model.onGap = () => {
    timer ??= setTimeout(() => {
      timer = null;
      client.send("subscribe", { all: true });
    }, RESUBSCRIBE_MS);
  };
}

function wireControls(player, view, panel) {
  el("join-form").addEventListener("submit", (event) => {
    event.preventDefault();
    player.join(el("name").value.trim() || "visitor");
    el("map").focus();
  });
  let shown = false; // the camera goes to the player once, when it has joined
  player.onChange = () => {
    el("map").classList.toggle("playing", player.joined);
    if (player.joined && !shown) view.follow();
    shown = player.joined;
    panel.update(performance.now());
  };
  let timer;
  player.onRefused = (text) => {
    say(text);
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (el("alert-text").textContent === text) el("alert").hidden = true;
    }, 4000);
  };
  el("auto").addEventListener("click", () => player.setAuto(!player.auto));
  el("goal").addEventListener("change", () => {
    player.seek(Number(el("goal").value));
    el("map").focus();
  });
  el("leave").addEventListener("click", () => player.leave());
  el("zoom-in").addEventListener("click", () => zoom(view, 1.35));
  el("zoom-out").addEventListener("click", () => zoom(view, 1 / 1.35));
  el("zoom-fit").addEventListener("click", () => view.camera.fit());
  el("alert-close").addEventListener("click", () => (el("alert").hidden = true));
  new ResizeObserver(() => view.resize()).observe(el("stage"));
}

function animate(view, model, player, panel) {
  const frame = () => {
    view.me = player.joined ? model.me : null;
    view.way = player.joined ? player.way.nodes : [];
    view.goal = player.joined ? player.goal : 0;
    view.walk = player.joined ? player.walk : [];
    view.hint = player.joined ? player.moves.hint : null;
    view.frame(performance.now());
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  setInterval(() => player.pump(performance.now()), PUMP_MS);
  setInterval(() => panel.update(performance.now()), PANEL_MS);
}

async function main() {
  try {
    const parts = start(await loadWorld());
    window.hunt = automation({ ...parts, errors });
    await parts.client.run();
  } catch (error) {
    status("closed", `The page could not start: ${error.message}. Reload it; if that does not help, look at what hunt dev prints.`);
  }
}

main();
