// A pad to draw your own example on; the network says what it sees while you draw.

import { Bars } from "./bars.js";
import { fitCanvas, make, makePanel } from "./dom.js";
import { inkTable } from "./palette.js";
import { Sheet } from "./sheet.js";

const PAUSE = 150; // ms between two questions to the network
const FINE = 4; // the drawing is first set 4 times finer than the network's image, then averaged: that is how the 8x8 digits were made

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

  /** The drawing as h x w numbers 0..1: sized to the image's height, centred by its ink, averaged from a finer grid. */
  image() {
    const [height, width] = this.shape();
    const [rows, columns] = [height * FINE, width * FINE];
    const { canvas } = this.fine;
    if (canvas.width !== columns || canvas.height !== rows) [canvas.width, canvas.height] = [columns, rows];
    this.fine.fillStyle = "#000";
    this.fine.fillRect(0, 0, columns, rows);
    this.fine.strokeStyle = "#fff";
    if (this.strokes.length) trace(this.fine, this.strokes, rows * (height > 10 ? 0.085 : 0.13), fitting(this.strokes, rows, columns, height));
    return averaged(this.fine.getImageData(0, 0, columns, rows).data, height, width);
  }
}

function trace(context, strokes, thick, place) {
  context.lineWidth = thick;
  context.lineCap = context.lineJoin = "round";
  for (const stroke of strokes) {
    context.beginPath();
    stroke.forEach((point, i) => (i ? context.lineTo(...place(point)) : context.moveTo(...place(point))));
    if (stroke.length === 1) context.lineTo(...place([stroke[0][0] + 0.001, stroke[0][1]]));
    context.stroke();
  }
}

/** The map from pad to image that makes the drawing as high as a digit of the data and puts its ink in the middle. */
function fitting(strokes, rows, columns, height) {
  const points = strokes.flat();
  const [xs, ys] = [points.map((p) => p[0]), points.map((p) => p[1])];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  const share = height > 10 ? 0.64 : 0.84;
  const span = Math.max(bottom - top, (Math.max(...xs) - Math.min(...xs)) * 1.05, 0.12);
  const [centreX, centreY] = [inkCentre(strokes), (top + bottom) / 2];
  const scale = (rows * share) / span;
  return ([x, y]) => [columns / 2 + (x - centreX) * scale, rows / 2 + (y - centreY) * scale];
}

/** Where the ink lies from left to right on average: by length of line, not by number of points. */
function inkCentre(strokes) {
  let [weight, total] = [0, 0];
  for (const stroke of strokes) {
    for (let i = 1; i < stroke.length; i += 1) {
      const length = Math.hypot(stroke[i][0] - stroke[i - 1][0], stroke[i][1] - stroke[i - 1][1]);
      total += length * (stroke[i][0] + stroke[i - 1][0]) / 2;
      weight += length;
    }
  }
  return weight ? total / weight : strokes[0][0][0];
}

function averaged(pixels, height, width) {
  const image = new Float32Array(height * width);
  for (let i = 0; i < image.length; i += 1) {
    const [row, column] = [Math.floor(i / width) * FINE, (i % width) * FINE];
    let sum = 0;
    for (let k = 0; k < FINE * FINE; k += 1) sum += pixels[4 * ((row + Math.floor(k / FINE)) * width * FINE + column + (k % FINE))];
    image[i] = sum / (FINE * FINE * 255);
  }
  return image;
}
