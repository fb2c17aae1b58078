// What came before, what came next, and what the network said would come.

import { fitCanvas, make, setAttribute, setText } from "./dom.js";
import { drawLines } from "./lines.js";
import { readable } from "./numbers.js";

export class ForecastAnswer {
  constructor(bench) {
    this.bench = bench;
    this.canvas = make("canvas", { role: "img", "aria-label": "Forecast" });
    this.key = make("div", { class: "legend" });
    this.element = make("div", { class: "answer" }, this.canvas, this.key);
    this.canvas.addEventListener("pointermove", (event) => this.hovered(event));
    this.canvas.addEventListener("pointerleave", () => bench.tooltip.hide());
  }

  resize(width, height) {
    [this.width, this.height] = [width, Math.max(110, Math.min(height - 30, width * 0.95))];
  }

  needs(width) {
    return width * 0.95;
  }

  scoreOf({ error, unit }) {
    return `off by ${readable(error)}${unit ? ` ${unit}` : ""} on average`;
  }

  update({ head, arrays }, theme, example) {
    this.lines = this.linesOf(arrays, theme);
    const unit = example.unit ? ` (${example.unit})` : "";
    const name = (example.names?.[0] ?? head.target ?? "").replaceAll("_", " ");
    const label = name.includes("(") ? name : `${name}${unit}`;
    this.drawn = drawLines(fitCanvas(this.canvas, this.width, this.height), this.width, this.height, this.lines, { x: "steps from now", y: label }, theme);
    this.explain(theme);
  }

  /** Past, truth and forecast; the last two begin at the last value that was seen. */
  linesOf(arrays, theme) {
    const { data, shape: [time, features] } = arrays["example/series"];
    const past = Array.from({ length: time }, (_, t) => data[t * features]);
    const on = (name) => [past[time - 1], ...arrays[`example/${name}`].data];
    return [
      { name: "seen", colour: theme.soft, from: 1 - time, values: past },
      { name: "true", colour: theme.test, from: 0, values: on("truth"), dots: "ring" },
      { name: "forecast", colour: theme.positive, from: 0, values: on("predicted"), dash: [6, 3], dots: "disc" },
    ];
  }

  explain(theme) {
    const key = `${theme.dark}${theme.page}`;
    if (key === this.explained) return;
    this.explained = key;
    this.key.replaceChildren(...this.lines.map(({ name, colour, dash }) => {
      const patch = make("i", { class: `patch stroke ${dash ? "dashed" : ""}` });
      patch.style.color = colour;
      return make("span", { class: "chip" }, patch, make("span", { text: name }));
    }));
  }

  hovered(event) {
    if (!this.drawn) return;
    const { box, axes } = this.drawn;
    const share = (event.clientX - this.canvas.getBoundingClientRect().left - box.left) / box.width;
    const at = Math.round(axes.x.low + share * (axes.x.high - axes.x.low));
    const told = this.lines.filter(({ from }, i) => (i ? at > 0 : true) && at >= from).map(({ name, from, values }) => [name, values[at - from]]);
    const known = told.filter(([, value]) => value !== undefined);
    if (share < 0 || share > 1 || !known.length) return this.bench.tooltip.hide();
    const when = at === 0 ? "now" : at > 0 ? `${at} steps ahead` : `${-at} steps ago`;
    this.bench.tooltip.show([when, ...known.map(([name, value]) => `${name} ${readable(value)}`)], event.clientX, event.clientY);
  }

  describe({ error, unit }) {
    const ahead = this.lines?.[1].values.length - 1;
    setAttribute(this.canvas, "aria-label", `Forecast of the next ${ahead} steps: off by ${readable(error)}${unit ? ` ${unit}` : ""} on average.`);
  }
}
