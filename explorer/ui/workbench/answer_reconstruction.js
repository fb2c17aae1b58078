// What the network was given beside what it made of it.

import { fitCanvas, make, setAttribute, setText } from "./dom.js";
import { drawLines } from "./lines.js";
import { fixed, readable } from "./numbers.js";
import { inkTable } from "./palette.js";
import { Sheet } from "./sheet.js";

const SIDES = ["original", "reconstruction"];
const PAIR_ROW = 24; // px

export class ReconstructionAnswer {
  constructor() {
    this.forms = { 3: new ImagePair(), 2: new SeriesPair(), 1: new ValuesPair() };
    this.element = make("div", { class: "answer" });
  }

  resize(width, height) {
    for (const form of Object.values(this.forms)) form.resize(width, height);
  }

  needs(width, { input }) {
    return input === "image" ? width / 2 + 24 : null;
  }

  scoreOf({ error }) {
    return `off by ${readable(error)} per number on average`;
  }

  update({ arrays }, theme, example) {
    const pair = SIDES.map((name) => arrays[`example/${name}`]);
    this.form = this.forms[pair[0].shape.length];
    if (this.element.firstChild !== this.form.element) this.element.replaceChildren(this.form.element);
    this.form.update(pair, theme, example);
  }

  describe({ index, error }) {
    setAttribute(this.form?.element, "aria-label", `Example ${index + 1} and its reconstruction, off by ${readable(error)} per number on average.`);
  }
}

class ImagePair {
  constructor() {
    this.canvases = SIDES.map(() => make("canvas", {}));
    this.element = make("div", { class: "twins", role: "img" }, ...SIDES.map((name, i) => make("figure", {}, this.canvases[i], make("figcaption", { text: name }))));
    this.sheet = new Sheet();
  }

  resize(width, height) {
    this.side = Math.round(Math.max(70, Math.min((width - 14) / 2, height - 24, 260)));
  }

  update(pair, theme) {
    const brightest = Math.max(1e-6, ...pair[0].data);
    pair.forEach(({ data, shape: [, height, width] }, i) => {
      const bytes = Uint8ClampedArray.from(data.subarray(0, height * width), (value) => (value / brightest) * 255);
      this.sheet.paint(bytes, width, height, inkTable(theme));
      const context = fitCanvas(this.canvases[i], this.side, this.side);
      context.imageSmoothingEnabled = false;
      context.drawImage(this.sheet.canvas, 0, 0, this.side, this.side);
      context.strokeStyle = theme.faint;
      context.strokeRect(0.5, 0.5, this.side - 1, this.side - 1);
    });
  }
}

class SeriesPair {
  constructor() {
    this.canvas = make("canvas", {});
    this.key = make("div", { class: "legend" });
    this.element = make("div", { role: "img" }, this.canvas, this.key);
  }

  resize(width, height) {
    [this.width, this.height] = [width, Math.max(110, Math.min(height - 30, width * 0.8))];
  }

  update(pair, theme, { names }) {
    const colours = [theme.soft, theme.positive];
    const lines = pair.map(({ data, shape: [time, features] }, i) => ({
      name: SIDES[i], colour: colours[i], from: 0, dash: i ? [6, 3] : null, values: Array.from({ length: time }, (_, t) => data[t * features]),
    }));
    drawLines(fitCanvas(this.canvas, this.width, this.height), this.width, this.height, lines, { x: "step", y: names?.[0] ? `${names[0].replace(/ \(.*\)$/, "")}, as the network is fed it` : "" }, theme);
    this.key.replaceChildren(...lines.map(({ name, colour, dash }) => {
      const patch = make("i", { class: `patch stroke ${dash ? "dashed" : ""}` });
      patch.style.color = colour;
      return make("span", { class: "chip" }, patch, make("span", { text: name }));
    }));
  }
}

/** A line for every number: a ring where it is, a disc where it was put; one scale for all of them. */
class ValuesPair {
  constructor() {
    this.rows = make("div", { class: "pairs", tabindex: "0", role: "list" });
    this.element = make("div", {}, make("div", { class: "caption" }, make("i", { class: "spot ring" }), make("span", { text: "original " }),
      make("i", { class: "spot" }), make("span", { text: "reconstruction, as the network is fed" })), this.rows);
  }

  resize(width, height) {
    this.rows.style.maxHeight = `${Math.max(3, Math.floor((height - 40) / PAIR_ROW)) * PAIR_ROW}px`;
  }

  update([{ data: truth }, { data: made }], theme, { values }) {
    const all = [...truth, ...made].filter(Number.isFinite);
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const place = (value) => `${(4 + (92 * (value - low)) / (high - low || 1)).toFixed(1)}%`;
    if (this.rows.childElementCount !== truth.length) this.rows.replaceChildren(...Array.from(truth, pairRow));
    truth.forEach((value, i) => {
      const [name, track, numbers] = this.rows.children[i].children;
      setText(name, (values?.[i]?.[0] ?? `number ${i + 1}`).replaceAll("_", " "));
      [track.children[0].style.left, track.children[1].style.left] = [place(value), place(made[i])];
      setText(numbers, `${fixed(value, 2)} → ${fixed(made[i], 2)}`);
    });
  }
}

const pairRow = () => make("div", { role: "listitem" }, make("span", { class: "name" }),
  make("span", { class: "line" }, make("i", { class: "spot ring" }), make("i", { class: "spot" })), make("span", { class: "number" }));
