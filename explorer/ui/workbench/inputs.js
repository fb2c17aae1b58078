// What the network is given, by its form: a picture, the numbers of a table, tokens, or a series.

import { fitCanvas, make, setText } from "./dom.js";
import { drawLines } from "./lines.js";
import { plain } from "./numbers.js";
import { classColors, cssColor } from "./palette.js";
import { tokenText } from "./positions.js";

const VALUE_ROW = 24; // px
const KEY = 24; // px of height that the names of several lines take

export class ImageInput {
  constructor() {
    this.element = make("canvas", { role: "img", "aria-label": "The chosen example" });
  }

  resize(width, height) {
    this.side = Math.round(Math.min(width, height));
  }

  update({ arrays }, theme, { index }, sheet) {
    const [count, height, width] = arrays["examples/images"].shape;
    const context = fitCanvas(this.element, this.side, this.side);
    context.imageSmoothingEnabled = false;
    context.drawImage(sheet.canvas, 0, Math.min(index, count - 1) * height, width, height, 0, 0, this.side, this.side);
    context.strokeStyle = theme.faint;
    context.strokeRect(0.5, 0.5, this.side - 1, this.side - 1);
  }
}

/** The numbers of one row of a table. */
export class ValuesInput {
  constructor() {
    this.element = make("dl", { class: "values", tabindex: "0", "aria-label": "Values of this example" });
  }

  /** Whole rows only: half a line at the end would look like a mistake. */
  resize(width, height) {
    this.element.style.maxHeight = `${Math.max(3, Math.floor(height / VALUE_ROW)) * VALUE_ROW}px`;
  }

  update(frame, theme, { values }) {
    if (this.element.childElementCount !== values.length) {
      this.element.replaceChildren(...values.map(() => make("div", {}, make("dt", {}), make("dd", {}))));
    }
    values.forEach(([name, value], i) => {
      setText(this.element.children[i].firstChild, name.replaceAll("_", " "));
      setText(this.element.children[i].lastChild, plain(value));
    });
  }
}

export class TokensInput {
  constructor() {
    this.element = make("div", { class: "tokens", tabindex: "0", role: "img" });
  }

  resize(width, height) {
    this.element.style.maxHeight = `${Math.max(30, height)}px`;
  }

  update(frame, theme, { tokens }) {
    if (this.element.childElementCount !== tokens.length) this.element.replaceChildren(...tokens.map(() => make("span", { class: "token" })));
    tokens.forEach((token, i) => setText(this.element.children[i], tokenText(token)));
    this.element.setAttribute("aria-label", `Tokens of this example: ${tokens.join(" ")}`);
  }
}

export class SeriesInput {
  constructor() {
    this.picture = make("canvas", { role: "img", "aria-label": "The chosen series" });
    this.key = make("div", { class: "legend" });
    this.element = make("div", {}, this.picture, this.key);
  }

  resize(width, height) {
    [this.width, this.height] = [width, Math.max(90, Math.min(height - KEY, width * 0.7))];
  }

  update({ arrays }, theme, { names }) {
    const { data, shape: [time, features] } = arrays["example/series"];
    const colours = features === 1 ? [theme.positive] : classColors(theme, Math.max(features, 3)).map((colour) => cssColor(colour));
    const lines = Array.from({ length: features }, (_, k) => ({
      name: names?.[k] ?? "", colour: colours[k % colours.length], from: 0, values: Array.from({ length: time }, (_, t) => data[t * features + k]),
    }));
    drawLines(fitCanvas(this.picture, this.width, this.height), this.width, this.height, lines, { x: "step", y: features === 1 ? names?.[0] ?? "" : "" }, theme);
    this.explain(features === 1 ? [] : lines, theme);
  }

  /** Which line is which, where there are several. */
  explain(lines, theme) {
    const key = `${lines.map(({ name }) => name)}${theme.dark}${theme.page}`;
    if (key === this.explained) return;
    this.explained = key;
    this.key.replaceChildren(...lines.map(({ name, colour }) => {
      const patch = make("i", { class: "patch stroke" });
      patch.style.color = colour;
      return make("span", { class: "chip" }, patch, make("span", { text: name.replaceAll("_", " ") }));
    }));
  }
}
