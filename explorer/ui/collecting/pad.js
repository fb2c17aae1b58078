// A pad: draw with pointer, finger or keys, and add what was drawn to a class.

import { fitCanvas, make, setText } from "../workbench/dom.js";
import { inkImage, trace } from "../workbench/ink.js";
import { mounting } from "./mounting.js";
import { Outbox } from "./outbox.js";

const WIDEST = 360; // px
const BESIDE = 400; // px of width above which the tools stand beside the pad
const LINE = 0.085; // of the pad, a medium brush
const STEP = 0.04; // of the pad, one press of an arrow key
const BRUSHES = [["Thin", 0.6], ["Medium", 1], ["Thick", 1.6]];
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const KEYS = "With the keys: arrows move the pen (with Shift by less), Space sets it down and lifts it, Enter adds the drawing, "
  + "Backspace takes the last line back, Delete clears the pad.";

class SketchPad {
  constructor() {
    this.strokes = [];
    this.brush = 1;
    this.pen = [0.5, 0.5];
    this.outbox = new Outbox();
    this.fine = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    this.makeParts();
    this.listen();
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.root);
  }

  makeParts() {
    this.canvas = make("canvas", { class: "sheet", tabindex: "0", role: "img", "aria-label": "Drawing pad", "aria-description": KEYS });
    this.seen = make("canvas", { class: "seen", width: "28", height: "28", role: "img", "aria-label": "The drawing as the network will get it" });
    const help = "Every drawing is moved to the middle and made equally large, so where and how large you draw does not matter.";
    this.brushes = BRUSHES.map(([name, size]) => make("button", { type: "button", text: name, "data-help": `${name} lines.`, onclick: () => this.choose(size) }));
    this.back = make("button", { type: "button", text: "Last line back", "data-help": "Take the last line back (Backspace).", onclick: () => this.takeBack() });
    this.empty = make("button", { type: "button", text: "Clear", "data-help": "Empty the pad (Delete).", onclick: () => this.clear() });
    this.addName = make("span", {});
    this.add = make("button", { type: "button", class: "main", "data-help": "Add the drawing to the class, and empty the pad (Enter).", onclick: () => this.put() }, this.addName);
    this.status = make("span", { class: "status", role: "status" });
    const tools = make("div", { class: "tools" },
      make("span", { class: "label", text: "Brush" }), make("div", { class: "choice", role: "group", "aria-label": "Brush" }, ...this.brushes),
      make("div", { class: "row" }, this.back, this.empty),
      make("div", { class: "row" }, this.seen, make("span", { class: "label", text: "as the network gets it", "data-help": help })),
      make("span", { class: "hint", text: "Keys", "data-help": KEYS, tabindex: "0" }));
    this.root = make("div", { class: "cl", "data-testid": "pad" }, make("div", { class: "pair" }, make("div", { class: "left" }, this.canvas, make("div", { class: "row" }, this.add, this.status)), tools));
    this.choose(1);
  }

  listen() {
    this.canvas.addEventListener("pointerdown", (event) => this.start(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) this.canvas.addEventListener(name, () => { this.current = null; });
    this.canvas.addEventListener("keydown", (event) => this.pressed(event));
    for (const name of ["focus", "blur"]) this.canvas.addEventListener(name, () => this.draw());
  }

  configure(data, trigger) {
    this.data = data;
    this.outbox.configure(data.heard, trigger);
    setText(this.addName, `Add to “${data.name}”`);
    this.draw();
  }

  themed(theme) {
    this.theme = theme;
    this.draw();
  }

  choose(size) {
    this.brush = size;
    this.brushes.forEach((button, i) => button.setAttribute("aria-pressed", String(BRUSHES[i][1] === size)));
    this.draw();
  }

  draw() {
    if (!this.theme || !this.data) return;
    const { theme } = this;
    const width = this.root.clientWidth;
    const side = Math.max(160, width > BESIDE ? Math.min(WIDEST, width - 200) : Math.min(240, width - 2));
    const context = fitCanvas(this.canvas, side, side);
    context.fillStyle = theme.page;
    context.fillRect(0, 0, side, side);
    if (!this.strokes.length) this.invite(context, side);
    context.strokeStyle = theme.ink;
    trace(context, this.strokes, side * LINE * this.brush, ([x, y]) => [x * side, y * side]);
    if (this.byKeys && this.canvas.matches(":focus")) this.drawPen(context, side);
    for (const button of [this.add, this.back, this.empty]) button.disabled = !this.strokes.length;
    this.drawSeen();
  }

  invite(context, side) {
    context.fillStyle = this.theme.soft;
    context.font = `15px ${this.theme.font}`;
    context.textAlign = "center";
    context.fillText("draw here", side / 2, side / 2 + 5);
  }

  drawPen(context, side) {
    const [x, y] = this.pen.map((part) => part * side);
    context.lineWidth = 2;
    context.strokeStyle = this.theme.accent;
    context.beginPath();
    context.arc(x, y, this.isDown ? 5 : 9, 0, 2 * Math.PI);
    context.stroke();
  }

  drawSeen() {
    const { side } = this.data;
    const image = inkImage(this.fine, this.strokes, [side, side], this.brush);
    const pixels = new ImageData(side, side);
    image.forEach((value, i) => pixels.data.set([value * 255, value * 255, value * 255, 255], 4 * i));
    [this.seen.width, this.seen.height] = [side, side];
    this.seen.getContext("2d").putImageData(pixels, 0, 0);
  }

  start(event) {
    if (event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.byKeys = this.isDown = false;
    this.begin();
    this.move(event);
  }

  begin() {
    this.current = [];
    this.strokes.push(this.current);
  }

  move(event) {
    if (!this.current || this.byKeys) return;
    const box = this.canvas.getBoundingClientRect();
    const parts = event.getCoalescedEvents?.() ?? [];
    for (const part of parts.length ? parts : [event]) this.current.push([(part.clientX - box.left) / box.width, (part.clientY - box.top) / box.height]);
    this.draw();
  }

  pressed(event) {
    const key = event.key === "z" && (event.ctrlKey || event.metaKey) ? "Backspace" : event.key;
    const acts = { " ": () => this.setDown(), Enter: () => this.put(), Backspace: () => this.takeBack(), Delete: () => this.clear() };
    if (ARROWS[key]) this.carry(ARROWS[key], event.shiftKey ? STEP / 4 : STEP);
    else if (acts[key]) acts[key]();
    else return;
    event.preventDefault();
  }

  carry([x, y], step) {
    this.byKeys = true;
    this.pen = [this.pen[0] + x * step, this.pen[1] + y * step].map((part) => Math.min(Math.max(part, 0.02), 0.98));
    if (this.isDown) this.current.push(this.pen);
    this.draw();
  }

  setDown() {
    this.byKeys = true;
    this.isDown = !this.isDown;
    if (this.isDown) {
      this.begin();
      this.current.push(this.pen);
    }
    this.draw();
  }

  takeBack() {
    this.strokes.pop();
    this.lift();
  }

  clear() {
    this.strokes = [];
    this.lift();
  }

  lift() {
    this.isDown = false;
    this.current = null;
    this.draw();
  }

  put() {
    if (!this.strokes.length) return setText(this.status, "Draw something first.");
    this.outbox.put(this.seen.toDataURL("image/png").split(",")[1], this.data.into);
    setText(this.status, `Added to “${this.data.name}”.`);
    this.clear();
    this.canvas.focus();
  }

  dispose() {
    this.observer.disconnect();
    this.outbox.dispose();
  }
}

export default mounting(SketchPad);
