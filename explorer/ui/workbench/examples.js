// Images and tables: one example, what the network says of it, and a strip of others to choose from.

import { Bars } from "./bars.js";
import { fitCanvas, make, makePanel, setAttribute, setHidden, setText } from "./dom.js";
import { checksum } from "./frame.js";
import { plain } from "./numbers.js";
import { inkTable } from "./palette.js";
import { Sheet } from "./sheet.js";

const THUMB = 30; // px, side of a small picture

export class ExampleView {
  constructor(bench) {
    this.bench = bench;
    const step = (by) => () => this.go(by);
    const button = (text, label, by) => make("button", { type: "button", class: "round", "aria-label": label, "data-help": label, text, onclick: step(by) });
    const { section, heading } = makePanel("Example", "output example", button("‹", "Previous example", -1), button("›", "Next example", 1));
    this.heading = heading;
    this.element = section;
    this.canvas = make("canvas", { role: "img", "aria-label": "The chosen example" });
    this.verdict = make("div", { class: "verdict" });
    this.bars = new Bars("Prediction for this example");
    this.strip = make("canvas", { class: "strip", role: "img", tabindex: "0", "aria-label": "Examples to choose from: left and right arrow keys" });
    this.picture = make("div", { class: "picture" }, this.canvas, this.verdict);
    this.values = make("dl", { class: "values", tabindex: "0", "aria-label": "Values of this example" });
    this.pair = make("div", { class: "pair" }, this.picture, this.bars.element);
    section.append(this.pair, this.strip, this.values);
    this.sheet = new Sheet();
    this.strip.addEventListener("click", (event) => this.pick(event));
    this.strip.addEventListener("keydown", (event) => this.pressed(event));
  }

  resize(width, height) {
    this.width = width - 26;
    this.values.style.maxHeight = `${Math.max(120, height - 150)}px`;
    this.side = Math.round(Math.min(this.width * 0.46, Math.max(100, height - 114), 260));
    this.element.style.setProperty("--bar-row", `${Math.max(15, Math.min(22, Math.floor((this.side + 24) / 10)))}px`);
  }

  update(frame, theme) {
    this.frame = frame;
    const { example, classes } = frame.head;
    const images = frame.arrays["examples/images"];
    setHidden(this.strip, !images);
    setHidden(this.canvas, !images);
    setText(this.heading, example ? `Example ${example.index + 1}` : "Example");
    if (images) this.drawImages(frame, images, theme);
    if (!example) return;
    const right = String(example.label) === String(example.predicted);
    setText(this.verdict, right ? `true and predicted: ${example.label}` : `true: ${example.label}, predicted: ${example.predicted}`);
    this.verdict.classList.toggle("wrong", !right && frame.head.problem === "classification");
    const names = example.probabilities?.length ? classes ?? [] : [];
    setHidden(this.bars.element, !names.length);
    if (names.length) this.bars.update(names, example.probabilities, names.indexOf(String(example.label)));
    this.pair.classList.toggle("plain", !images);
    this.picture.style.maxWidth = images ? `${Math.max(this.side, 120)}px` : "";
    this.showValues(example.values ?? []);
  }

  /** The numbers of an example of a table. */
  showValues(values) {
    setHidden(this.values, !values.length);
    if (this.values.childElementCount !== values.length) {
      this.values.replaceChildren(...values.map(() => make("div", {}, make("dt", {}), make("dd", {}))));
    }
    values.forEach(([name, value], i) => {
      setText(this.values.children[i].firstChild, name.replaceAll("_", " "));
      setText(this.values.children[i].lastChild, plain(value));
    });
  }

  drawImages(frame, images, theme) {
    const [count, height, width] = images.shape;
    const key = `${checksum(images)}${theme.dark}${theme.page}`;
    if (key !== this.painted) this.sheet.paint(images.data, width, height * count, inkTable(theme));
    this.painted = key;
    const chosen = Math.min(frame.head.example?.index ?? 0, count - 1);
    const context = fitCanvas(this.canvas, this.side, this.side);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.sheet.canvas, 0, chosen * height, width, height, 0, 0, this.side, this.side);
    context.strokeStyle = theme.faint;
    context.strokeRect(0.5, 0.5, this.side - 1, this.side - 1);
    this.drawStrip(count, height, width, chosen, theme);
  }

  drawStrip(count, height, width, chosen, theme) {
    this.columns = Math.max(1, Math.floor((this.width + 4) / (THUMB + 4)));
    const shown = Math.min(count, this.columns);
    const context = fitCanvas(this.strip, this.width, THUMB + 4);
    context.clearRect(0, 0, this.width, THUMB + 4);
    context.imageSmoothingEnabled = false;
    this.order = spread(count, shown, chosen);
    for (let i = 0; i < shown; i += 1) {
      const [x, y] = [i * (THUMB + 4) + 2, 2];
      context.drawImage(this.sheet.canvas, 0, this.order[i] * height, width, height, x, y, THUMB, THUMB);
      context.lineWidth = this.order[i] === chosen ? 2.5 : 1;
      context.strokeStyle = this.order[i] === chosen ? theme.accent : theme.line;
      context.strokeRect(x - 0.5, y - 0.5, THUMB + 1, THUMB + 1);
    }
  }

  pick(event) {
    const box = this.strip.getBoundingClientRect();
    const index = this.order[Math.floor((event.clientX - box.left) / (THUMB + 4))];
    if (index !== undefined) this.bench.send({ command: "example", index });
  }

  pressed(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    this.go(by);
  }

  go(by) {
    const count = this.frame?.arrays["examples/images"]?.shape[0] ?? this.frame?.head.example?.count ?? Infinity;
    const index = (this.frame?.head.example?.index ?? 0) + by;
    if (index >= 0 && index < count) this.bench.send({ command: "example", index });
  }

  describe() {
    const { example } = this.frame.head;
    if (example) setAttribute(this.canvas, "aria-label", `Example ${example.index + 1}, a ${example.label}; the network says ${example.predicted}.`);
  }
}

/** `shown` of `count` examples, evenly spread (they come sorted by class), the chosen one in the place of its neighbour. */
function spread(count, shown, chosen) {
  const order = Array.from({ length: shown }, (_, i) => Math.floor((i * count) / shown));
  const place = order.findLastIndex((index) => index <= chosen);
  if (place >= 0) order[place] = chosen;
  return order;
}
