// How unlike the normal one example is: its score among those of the test part, and what the network gave back of it.

import { drawAxes, placeX, setFont } from "./axes.js";
import { ReconstructionAnswer } from "./answer_reconstruction.js";
import { fitCanvas, make, setAttribute, setText } from "./dom.js";
import { clamp, grouped, logTicks, percent, readable } from "./numbers.js";

const SCALE = 118; // px of height
const LANES = ["normal", "anomalies"];
const LANE = 26; // px
const THRESHOLD = 18; // px above the lanes for its name

export class ScoreAnswer {
  constructor() {
    this.canvas = make("canvas", { role: "img", "aria-label": "Scores of the test part" });
    this.note = make("div", { class: "caption" });
    this.pair = new ReconstructionAnswer();
    this.element = make("div", { class: "answer scores" }, make("div", {}, this.canvas, this.note), this.pair.element);
  }

  resize(width, height, { flat, input }) {
    this.width = flat ? Math.floor(width * 0.5) : width;
    this.element.classList.toggle("beside", flat);
    this.pair.resize(flat ? width - this.width - 14 : width, flat ? height : height - SCALE - 44, { flat, input });
  }

  needs(width, { input }) {
    const pair = { image: width / 2 + 24, series: width * 0.8 + 30 }[input];
    return pair && pair + SCALE + 44;
  }

  scoreOf({ anomaly, called, score, threshold }) {
    if (score === null || threshold === null) return "the network no longer gives finite numbers";
    const side = called ? "above the threshold: called an anomaly" : "below the threshold: called normal";
    return `${anomaly === called ? "✓" : "✗"} ${side}`;
  }

  update(frame, theme, example) {
    this.spreads = LANES.map((lane) => frame.arrays[`example/${lane}`].data.filter((value) => value > 0 && Number.isFinite(value)));
    this.drawScale(fitCanvas(this.canvas, this.width, SCALE), example, theme);
    setText(this.note, this.words(example));
    this.pair.update(frame, theme, example);
  }

  words({ label, score, threshold, learned }) {
    return `True: ${label}. Score ${readable(score)}, threshold ${readable(threshold)}: mean squared errors of what comes back. Learnt from ${grouped(learned)} normal examples alone.`;
  }

  drawScale(context, { score, threshold, anomaly }, theme) {
    context.clearRect(0, 0, this.width, SCALE);
    const box = { left: 76, top: THRESHOLD, width: this.width - 84, height: 2 * LANE };
    const marks = [...this.spreads[0], ...this.spreads[1], score, threshold].filter((value) => value > 0 && Number.isFinite(value));
    if (!marks.length) return;
    const axis = { log: true, low: Math.min(...marks) / 1.25, high: Math.max(...marks) * 1.25, label: "" };
    axis.ticks = logTicks(axis.low, axis.high);
    drawAxes(context, box, axis, { low: 0, high: 1, ticks: [] }, theme);
    this.spreads.forEach((spread, lane) => this.drawLane(context, box, axis, spread, lane, theme));
    this.drawThreshold(context, box, axis, threshold, theme);
    this.drawChosen(context, box, axis, score, anomaly ? 1 : 0, theme);
    setFont(context, theme);
    context.fillStyle = theme.soft;
    context.textAlign = "right";
    context.textBaseline = "top";
    context.fillText("score of a test example", box.left + box.width, box.top + box.height + 22);
  }

  /** A stroke for every test example: many of them close together look like a band. */
  drawLane(context, box, axis, spread, lane, theme) {
    const middle = box.top + (lane + 0.5) * LANE;
    setFont(context, theme);
    context.fillStyle = theme.ink;
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.fillText(LANES[lane], box.left - 8, middle);
    context.fillStyle = [theme.positive, theme.negative][lane];
    context.globalAlpha = clamp(12 / Math.sqrt(spread.length + 1), 0.25, 0.8);
    for (const value of spread) context.fillRect(placeX(box, axis, value) - 1, middle - 8, 2, 16);
    context.globalAlpha = 1;
  }

  drawThreshold(context, box, axis, threshold, theme) {
    if (!(threshold > 0)) return;
    const x = placeX(box, axis, threshold);
    context.strokeStyle = context.fillStyle = theme.ink;
    context.lineWidth = 1.6;
    context.setLineDash([5, 3]);
    context.beginPath();
    context.moveTo(x, box.top - 3);
    context.lineTo(x, box.top + box.height);
    context.stroke();
    context.setLineDash([]);
    setFont(context, theme);
    const half = context.measureText("threshold").width / 2;
    context.textAlign = "center";
    context.textBaseline = "bottom";
    context.fillText("threshold", clamp(x, half, this.width - half), box.top - 4);
  }

  drawChosen(context, box, axis, score, lane, theme) {
    if (!(score > 0)) return;
    const [x, y] = [placeX(box, axis, score), box.top + (lane + 0.5) * LANE];
    context.beginPath();
    context.arc(x, y, 7, 0, 2 * Math.PI);
    context.fillStyle = theme.page;
    context.fill();
    context.lineWidth = 3;
    context.strokeStyle = theme.ink;
    context.stroke();
  }

  describe(example) {
    const normal = this.spreads?.[0] ?? [];
    const share = normal.filter((value) => value < example.score).length / (normal.length || 1);
    setAttribute(this.canvas, "aria-label", `Example ${example.index + 1}, ${this.scoreOf(example)}. ${this.words(example)} ${percent(share)} of the normal test examples score lower.`);
    this.pair.describe({ index: example.index, error: example.error });
  }
}
