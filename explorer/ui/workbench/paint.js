// Painting points into the plane with mouse, pen or finger.

import { make, setHidden } from "./dom.js";
import { classColors, cssColor } from "./palette.js";
import { upperClass } from "./names.js";

const APART = 9; // px between two points of one stroke
const SHOWN_ALONE = 4000; // ms for which painted points are drawn before the run sends them back
const JITTER = 7; // px, so that a stroke is a cloud and not a chain

export class Painter {
  /** view: {canvas, planeAt(event) -> [x, y] or null, box}. */
  constructor(bench, view) {
    this.bench = bench;
    this.view = view;
    this.chosen = 0;
    this.points = [];
    this.stroke = null;
    this.toggle = make("button", { type: "button", class: "small", "aria-pressed": "false", text: "Paint points",
      "data-help": "Paint your own points: choose a class, then draw in the square. They join the training data when you let go.",
      onclick: () => this.setActive(!this.active) });
    this.classes = make("div", { class: "classes", role: "radiogroup", "aria-label": "Class to paint" });
    this.erase = make("button", { type: "button", class: "small", text: "Erase painted", "data-help": "Take all painted points away again.",
      onclick: () => this.eraseAll() });
    this.tools = make("div", { class: "paint", hidden: true }, this.classes, this.erase);
    this.listen(view.canvas);
  }

  listen(canvas) {
    canvas.addEventListener("pointerdown", (event) => this.start(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => this.finish());
  }

  setActive(active) {
    this.active = active;
    this.toggle.setAttribute("aria-pressed", String(active));
    this.view.canvas.classList.toggle("painting", active);
    setHidden(this.tools, !active);
    this.bench.resized();
  }

  update(head, theme) {
    const possible = this.bench.editable && this.bench.options.paint !== false && head.problem === "classification" && head.classes?.length >= 2;
    setHidden(this.toggle, !possible);
    if (!possible && this.active) this.setActive(false);
    const key = `${head.classes}${theme.dark}${theme.page}`;
    if (possible && key !== this.key) this.fillClasses(head, theme, key);
    if (head.run !== this.run) this.points = []; // the new run holds them as data
    this.run = head.run;
  }

  fillClasses(head, theme, key) {
    this.key = key;
    this.chosen = Math.min(this.chosen, head.classes.length - 1);
    const colours = classColors(theme, head.classes.length, upperClass(head));
    this.classes.replaceChildren(...head.classes.map((name, i) => {
      const radio = make("input", { type: "radio", name: "class", checked: i === this.chosen, onchange: () => (this.chosen = i) });
      const patch = make("i", { class: "patch" });
      patch.style.background = cssColor(colours[i]);
      return make("label", { class: "chip" }, radio, patch, make("span", { text: name }));
    }));
  }

  start(event) {
    if (!this.active || event.button !== 0) return;
    this.view.canvas.setPointerCapture(event.pointerId);
    this.stroke = [];
    this.last = null;
    this.bench.tooltip.hide();
    this.move(event);
  }

  move(event) {
    if (!this.stroke) return;
    for (const part of event.getCoalescedEvents?.().length ? event.getCoalescedEvents() : [event]) this.drop(part);
    this.bench.redraw();
  }

  drop(event) {
    const here = [event.clientX, event.clientY];
    if (this.last && Math.hypot(here[0] - this.last[0], here[1] - this.last[1]) < APART) return;
    const spread = this.last ? JITTER : 0;
    this.last = here;
    const point = this.view.planeAt({ clientX: here[0] + (Math.random() - 0.5) * 2 * spread, clientY: here[1] + (Math.random() - 0.5) * 2 * spread });
    if (!point) return;
    const whole = [Number(point[0].toFixed(4)), Number(point[1].toFixed(4)), this.chosen];
    this.stroke.push(whole);
    this.points = [...this.points, whole];
  }

  finish() {
    const { stroke } = this;
    this.stroke = null;
    if (!stroke?.length) return;
    this.bench.edit({ action: "paint", points: stroke });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.forget(), SHOWN_ALONE);
  }

  /** By now the points come with the data; if they were refused they must not look as if they had been taken. */
  forget() {
    if (this.stroke) return;
    this.points = [];
    this.bench.redraw();
  }

  eraseAll() {
    this.points = [];
    this.bench.edit({ action: "erase_paint" });
    this.bench.redraw();
  }
}
