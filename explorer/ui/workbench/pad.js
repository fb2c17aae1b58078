// A pad to draw your own example on; the network says what it sees while you draw.

import { Bars } from "./bars.js";
import { fitCanvas, make, makePanel } from "./dom.js";
import { inkImage, trace } from "./ink.js";
import { inkTable } from "./palette.js";
import { Sheet } from "./sheet.js";

const PAUSE = 150; // ms between two questions to the network

export class DrawingPad {
  constructor(bench) {
    this.bench = bench;
    this.strokes = [];
    this.canvas = make("canvas", { class: "pad", role: "img", "aria-label": "Drawing pad: draw a digit with mouse, pen or finger" });
    this.seen = make("canvas", { role: "img", "aria-label": "Your drawing as the network gets it" });
    this.bars = new Bars("Prediction for your drawing");
    const clear = make("button", { type: "button", class: "small", text: "Clear", "data-help": "Empty the pad.", onclick: () => this.clear() });
    const { section } = makePanel("Draw one yourself", "padding", clear);
    const small = make("div", { class: "seen" }, this.seen, make("span", { text: "as the network gets it" }));
    this.element = section;
    this.left = make("div", {}, this.canvas, small);
    section.append(make("div", { class: "pair" }, this.left, this.bars.element));
    this.fine = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    this.sheet = new Sheet();
    this.listen();
  }

  listen() {
    this.canvas.addEventListener("pointerdown", (event) => this.start(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) this.canvas.addEventListener(name, () => this.finish());
  }

  resize(width, height) {
    this.side = Math.round(Math.min((width - 26) * 0.46, Math.max(100, height - 88), 260));
    this.left.style.width = `${this.side + 2}px`;
    this.element.style.setProperty("--bar-row", `${Math.max(15, Math.min(22, Math.floor((this.side + 34) / 10)))}px`);
  }

  update(frame, theme) {
    this.frame = frame;
    this.theme = theme;
    if (!this.values) this.bars.update(frame.head.classes ?? [], null);
    this.draw();
    if (frame.head.step !== this.step && this.strokes.length) this.ask();
    this.step = frame.head.step;
  }

  draw() {
    const { theme, side } = this;
    const context = fitCanvas(this.canvas, side, side);
    context.fillStyle = theme.page;
    context.fillRect(0, 0, side, side);
    if (!this.strokes.length) this.invite(context);
    context.strokeStyle = theme.ink;
    trace(context, this.strokes, side * 0.085, ([x, y]) => [x * side, y * side]);
    const image = this.image();
    const [height, width] = this.shape();
    this.sheet.paint(Uint8ClampedArray.from(image, (value) => value * 255), width, height, inkTable(theme));
    const small = fitCanvas(this.seen, 32, 32);
    small.imageSmoothingEnabled = false;
    small.drawImage(this.sheet.canvas, 0, 0, 32, 32);
  }

  invite(context) {
    context.fillStyle = this.theme.soft;
    context.font = `13px ${this.theme.font}`;
    context.textAlign = "center";
    context.fillText("draw here", this.side / 2, this.side / 2 + 4);
  }

  start(event) {
    if (event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.current = [];
    this.strokes.push(this.current);
    this.move(event);
  }

  move(event) {
    if (!this.current) return;
    const box = this.canvas.getBoundingClientRect();
    const parts = event.getCoalescedEvents?.() ?? [];
    for (const part of parts.length ? parts : [event]) this.current.push([(part.clientX - box.left) / box.width, (part.clientY - box.top) / box.height]);
    this.bench.redraw();
    this.ask();
  }

  finish() {
    this.current = null;
    this.ask();
  }

  clear() {
    this.strokes = [];
    this.values = null;
    this.bars.update(this.frame?.head.classes ?? [], null);
    this.bench.redraw();
  }

  /** Ask the network, at most every 150 ms; the last stroke is never left out. */
  ask() {
    if (this.waiting) return;
    this.waiting = true;
    setTimeout(() => {
      this.waiting = false;
      if (this.strokes.length) this.bench.send({ command: "predict", image: Array.from(this.image(), (value) => Number(value.toFixed(3))) });
    }, PAUSE);
  }

  answered(message) {
    if (!this.strokes.length || !message.probabilities) return;
    this.values = message.probabilities;
    this.bars.update(this.frame?.head.classes ?? [], this.values);
  }

  shape() {
    return this.frame?.arrays["examples/images"]?.shape.slice(1) ?? [8, 8];
  }

  /** The drawing as h x w numbers 0..1. */
  image() {
    return inkImage(this.fine, this.strokes, this.shape());
  }
}
