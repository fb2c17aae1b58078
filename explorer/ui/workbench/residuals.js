// Regression: what is true against what is predicted, test part. On the diagonal the two are equal.

import { drawAxes, placeX, placeY } from "./axes.js";
import { fitCanvas, make, makePanel, setAttribute } from "./dom.js";
import { checksum } from "./frame.js";
import { niceTicks, readable } from "./numbers.js";

const REACH = 9; // px within which a point is read

export class ResidualView {
  constructor(bench) {
    this.bench = bench;
    this.canvas = make("canvas", { role: "img", "aria-label": "Predicted against true values" });
    const { section } = makePanel("Predicted and true", "chart", make("span", { class: "note", text: "test part" }));
    section.append(this.canvas);
    this.element = section;
    this.canvas.addEventListener("pointermove", (event) => this.hovered(event));
    this.canvas.addEventListener("pointerleave", () => bench.tooltip.hide());
  }

  resize(width, height) {
    this.width = width - 26;
    this.height = height - 46;
    this.drawn = null;
  }

  update(frame, theme) {
    this.frame = frame;
    const pairs = frame.arrays.residuals;
    const key = `${checksum(pairs)}${theme.dark}${theme.page}`;
    if (!pairs || key === this.drawn) return;
    this.drawn = key;
    const context = fitCanvas(this.canvas, this.width, this.height);
    context.clearRect(0, 0, this.width, this.height);
    this.box = { left: 46, top: 20, width: this.width - 46 - 34, height: this.height - 44 };
    this.axis = this.span(pairs.data);
    const ticks = (size) => niceTicks(this.axis.low, this.axis.high, Math.max(2, size));
    drawAxes(context, this.box, { ...this.axis, ticks: ticks(this.box.width / 60), label: "true", outside: true }, { ...this.axis, ticks: ticks(this.box.height / 25) }, theme);
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
    context.fillText("predicted", 4, 12);
    this.drawPoints(context, pairs.data, theme);
  }

  /** One axis for both, wide enough for the true values; a prediction far outside stands at the border. */
  span(pairs) {
    let [low, high] = [Infinity, -Infinity];
    for (let i = 1; i < pairs.length; i += 2) { low = Math.min(low, pairs[i]); high = Math.max(high, pairs[i]); }
    const margin = (high - low) * 0.1 || 1;
    return { low: low - margin, high: high + margin };
  }

  place(predicted, truth) {
    const inside = Math.min(Math.max(predicted, this.axis.low), this.axis.high);
    return [placeX(this.box, this.axis, truth), placeY(this.box, this.axis, inside)];
  }

  drawPoints(context, pairs, theme) {
    context.strokeStyle = theme.soft;
    context.setLineDash([4, 4]);
    context.lineWidth = 1.3;
    context.beginPath();
    context.moveTo(this.box.left, this.box.top + this.box.height);
    context.lineTo(this.box.left + this.box.width, this.box.top);
    context.stroke();
    context.setLineDash([]);
    context.fillStyle = theme.test;
    context.globalAlpha = 0.55;
    for (let i = 0; i < pairs.length; i += 2) {
      const [x, y] = this.place(pairs[i], pairs[i + 1]);
      context.fillRect(x - 1.8, y - 1.8, 3.6, 3.6);
    }
    context.globalAlpha = 1;
  }

  hovered(event) {
    const pairs = this.frame?.arrays.residuals?.data;
    if (!pairs || !this.box) return;
    const frame = this.canvas.getBoundingClientRect();
    let [best, least] = [-1, REACH];
    for (let i = 0; i < pairs.length; i += 2) {
      const [x, y] = this.place(pairs[i], pairs[i + 1]);
      const distance = Math.hypot(event.clientX - frame.left - x, event.clientY - frame.top - y);
      if (distance < least) [best, least] = [i, distance];
    }
    if (best < 0) return this.bench.tooltip.hide();
    const [predicted, truth] = [pairs[best], pairs[best + 1]];
    this.bench.tooltip.show([`predicted ${readable(predicted)}, true ${readable(truth)}`, `error ${readable(predicted - truth)}`], event.clientX, event.clientY);
  }

  describe() {
    const pairs = this.frame.arrays.residuals?.data;
    if (!pairs?.length) return;
    let total = 0;
    for (let i = 0; i < pairs.length; i += 2) total += Math.abs(pairs[i] - pairs[i + 1]);
    setAttribute(this.canvas, "aria-label", `Predicted against true values of ${pairs.length / 2} test examples: off by ${readable(total / (pairs.length / 2))} on average.`);
  }
}
