// The side panel and the texts over the map. It reads the model and the player
// four times a second; nothing else writes these elements.

import { hueOf } from "./terrain.js";

const TICKS_PER_SECOND = 30;
const HISTORY = 60; // seconds of weight changes in the curve
const TOLD = 4; // treasures told over the map
const TELL_MS = 9000;
const LATE_SECONDS = 15;
const NO_DISTANCE = 0xffffffff;
const STRAIGHT = 408; // weight of a grid's straight step

/** clock is m:ss of a number of seconds. */
export function clock(seconds) {
  const s = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
}

/** hex is a BigInt as 16 hexadecimal digits. */
export function hex(v) {
  return v.toString(16).padStart(16, "0");
}

/** millis is a duration for people, or a dash for none. */
export function millis(v) {
  if (v === null) return "–";
  return v < 10 ? v.toFixed(1) : v < 1000 ? String(Math.round(v)) : `${(v / 1000).toFixed(1)} s`;
}

export class Panel {
  #el = (id) => document.getElementById(id);
  #model;
  #player;
  #history = [];
  #deltasBefore = 0;
  #second = 0;
  #fed = ""; // what the feed shows, so that it is not built anew for nothing

  constructor(model, player) {
    this.#model = model;
    this.#player = player;
  }

  update(now) {
    this.#round(now);
    this.#you();
    this.#leaderboard();
    this.#live(now);
    this.#partitions();
    this.#feed(now);
  }

  #text(id, text) {
    const element = this.#el(id);
    if (element.textContent !== String(text)) element.textContent = text;
  }

  #round(now) {
    const { round, treasures, found } = this.#model;
    const tick = round.tick + ((now - round.at) * TICKS_PER_SECOND) / 1000;
    this.#text("round-name", round.round ? `Round ${round.round}` : "Round");
    if (round.ticks > 0) {
      const left = Math.max(0, round.ticks - tick) / TICKS_PER_SECOND;
      this.#text("clock", clock(left));
      this.#el("clock").classList.toggle("late", left < LATE_SECONDS);
      this.#el("round-bar").style.transform = `scaleX(${Math.min(1, tick / round.ticks).toFixed(4)})`;
    } else if (round.round > 0) {
      this.#text("clock", clock(tick / TICKS_PER_SECOND));
    }
    this.#text("open", treasures.size);
    this.#text("found", found);
    const fair = this.#model.fair.last;
    this.#el("fair").hidden = !fair;
    if (fair) this.#text("fair", fairText(fair));
  }

  #you() {
    const { moves, score, name, joined, auto } = this.#player;
    this.#el("join-form").hidden = joined;
    this.#el("playing").hidden = !joined;
    this.#el("keys-play").hidden = !joined;
    this.#el("keys-watch").hidden = joined;
    if (!joined) return;
    this.#text("you-name", name);
    this.#text("score", score);
    this.#text("points", score === 1 ? "point" : "points");
    this.#text("moves", moves.lastSeq);
    this.#text("durable", moves.durableSeq);
    this.#text("grants", this.#model.grants);
    this.#el("auto").setAttribute("aria-pressed", String(auto));
    this.#text("hint", hintText(moves.hint, this.#model.goals));
  }

  #leaderboard() {
    const { standings, me } = this.#model;
    const list = this.#el("leaderboard");
    const key = standings.map((s) => `${s.player} ${s.score} ${s.name}`).join("\n");
    if (list.dataset.key === key) return;
    list.dataset.key = key;
    list.replaceChildren(...standings.map((s) => {
      const row = document.createElement("li");
      row.classList.toggle("me", s.player === me);
      row.append(element("span", s.name || hex(s.player).slice(0, 8)), element("b", s.score));
      return row;
    }));
    if (standings.length === 0) list.append(element("li", "Nobody has found a treasure yet.", "empty"));
  }

  #live(now) {
    const { model, moves } = { model: this.#model, moves: this.#player.moves };
    this.#text("players", model.online);
    this.#text("latency", pair(moves.roundTrip(0.5), moves.roundTrip(0.99)));
    this.#text("lag", pair(moves.durableLag(0.5) ?? model.behind(0.5), moves.durableLag(0.99) ?? model.behind(0.99)));
    const gaps = this.#el("gaps");
    gaps.hidden = model.gaps === 0;
    if (model.gaps > 0) this.#text("gaps", `${model.gaps} gap${model.gaps > 1 ? "s" : ""} in the weight changes, each closed by a new subscription`);
    if (now - this.#second < 1000) return;
    const rate = Math.round(((model.deltas - this.#deltasBefore) * 1000) / Math.min(5000, now - this.#second));
    this.#second = now;
    this.#deltasBefore = model.deltas;
    this.#history.push(rate);
    if (this.#history.length > HISTORY) this.#history.shift();
    this.#text("delta-rate", rate);
    this.#curve();
  }

  #curve() {
    const canvas = this.#el("spark"), g = canvas.getContext("2d");
    const { width, height } = canvas;
    g.clearRect(0, 0, width, height);
    const most = Math.max(10, ...this.#history);
    const x = (i) => (width * (i + HISTORY - this.#history.length)) / (HISTORY - 1);
    const y = (v) => height - 3 - ((height - 8) * v) / most;
    g.beginPath();
    this.#history.forEach((v, i) => g.lineTo(x(i), y(v)));
    g.strokeStyle = "#ff7a52";
    g.lineWidth = 3;
    g.lineJoin = "round";
    g.stroke();
    g.lineTo(width, height);
    g.lineTo(x(0), height);
    const fade = g.createLinearGradient(0, 0, 0, height);
    fade.addColorStop(0, "rgba(255,122,82,0.32)");
    fade.addColorStop(1, "rgba(255,122,82,0)");
    g.fillStyle = fade;
    g.fill();
  }

  #partitions() {
    const body = this.#el("partitions");
    this.#model.states.forEach((s, area) => {
      let row = body.querySelector(`[data-area="${area}"]`);
      if (!row) {
        row = document.createElement("tr");
        row.dataset.area = area;
        const swatch = document.createElement("i");
        swatch.style.background = `hsl(${hueOf(area)} 45% 55%)`;
        const first = element("td", "");
        first.append(swatch, String(area));
        row.append(first, element("td", ""), element("td", "", "hash"), element("td", ""));
        const next = [...body.children].find((other) => Number(other.dataset.area) > area);
        body.insertBefore(row, next ?? null);
      }
      row.children[1].textContent = s.tick;
      row.children[2].textContent = hex(s.hash);
      row.children[3].textContent = s.behind === null ? "–" : `${millis(s.behind)}${s.behind < 1000 ? " ms" : ""}`;
    });
  }

  #feed(now) {
    const told = this.#model.feed.filter((f) => now - f.at < TELL_MS).slice(0, TOLD).reverse();
    const key = told.map((f) => `${f.round}/${f.treasure}`).join(" ");
    if (key === this.#fed) return;
    const before = new Set(this.#fed.split(" "));
    this.#fed = key;
    this.#el("feed").replaceChildren(...told.map((f) => {
      const row = element("li", "", f.player === this.#model.me ? "mine" : "");
      row.append(element("i", "◆"), element("b", f.name || hex(f.player).slice(0, 8)), ` found treasure ${f.treasure}`);
      if (before.has(`${f.round}/${f.treasure}`)) row.style.animation = "none";
      return row;
    }));
  }
}

function fairText({ round, kept }) {
  return kept
    ? `Round ${round} was played as its start had committed to.`
    : `Round ${round} was not played as its start had committed to: its treasures may have been moved.`;
}

function hintText(hint, goals) {
  const goal = goals[(hint?.goal ?? 0) - 1]?.name;
  if (hint === null || hint.distance === NO_DISTANCE) return goal ? `No way to ${goal} is known right now.` : "No treasure that you can reach is open right now.";
  if (hint.distance === 0) return goal ? `You are at ${goal}.` : "You stand on a treasure.";
  const steps = Math.max(1, Math.round(hint.distance / STRAIGHT));
  return `${goal ?? "Nearest treasure"}: about ${steps} step${steps > 1 ? "s" : ""} away${hint.claimed ? ", but just taken" : ""}.`;
}

function pair(p50, p99) {
  return p50 === null ? "–" : `${millis(p50)} / ${millis(p99)}${p99 < 1000 ? " ms" : ""}`;
}

function element(tag, text, className = "") {
  const e = document.createElement(tag);
  e.textContent = text;
  if (className) e.className = className;
  return e;
}
