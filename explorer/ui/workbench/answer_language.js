// A window of text: how probable the network held every token before it saw it, and how it would go on.

import { Bars } from "./bars.js";
import { make, setAttribute, setText } from "./dom.js";
import { percent, readable } from "./numbers.js";
import { cssColor } from "./palette.js";
import { Positions, tokenText } from "./positions.js";

const PALEST = 0.06;
const STRONGEST = 0.62; // share of the palette's blue behind a token that was held certain

export class LanguageAnswer {
  constructor() {
    this.row = new Positions("text", "Text: left and right arrow keys", () => this.tell());
    this.key = make("span", { class: "shade" });
    const scale = make("span", { class: "scale-key" }, "0", this.key, "1");
    this.caption = make("div", { class: "caption" }, scale, make("span", { text: "how probable it was held" }), make("span", { text: "underlined: another was more probable" }));
    this.detail = make("div", { class: "detail" });
    this.bars = new Bars("Most probable next tokens");
    this.goesOn = make("div", { class: "continuation" });
    const told = make("div", { class: "told" }, this.detail, this.bars.element);
    const more = make("div", { class: "more-text" }, make("div", { class: "caption", text: "it would go on with:" }), this.goesOn);
    this.element = make("div", { class: "answer language" }, make("div", { class: "window" }, this.row.element, this.caption), told, more);
    this.row.chosen = Infinity; // the last place, until one is pointed at
  }

  resize(width, height, { flat }) {
    this.row.element.style.maxHeight = `${Math.max(60, flat ? (height - 64) * 0.55 : height - 250)}px`;
    this.goesOn.style.maxHeight = `${flat ? Math.max(40, (height - 64) * 0.45) : 84}px`;
  }

  needs(width, { truth }) {
    return Math.ceil((truth.length * 9.3) / width) * 23 + 260;
  }

  scoreOf({ perplexity }) {
    return `perplexity ${readable(perplexity)}: unsure as among so many`;
  }

  update(frame, theme, example) {
    this.example = example;
    this.key.style.background = `linear-gradient(to right, ${this.shade(theme, 0)}, ${this.shade(theme, 1)})`;
    const words = example.truth.some((token) => token.length > 1);
    this.row.element.classList.toggle("words", words);
    const places = this.row.places(example.truth.length, () => make("span", {}));
    example.truth.forEach((token, at) => {
      setText(places[at], token === "\n" ? "⏎\n" : token);
      places[at].style.background = this.shade(theme, example.probabilities[at] ?? 0);
      places[at].classList.toggle("wrong", example.top?.[at]?.[0]?.[0] !== token);
    });
    setText(this.goesOn, example.continuation ?? "");
    this.tell();
  }

  shade(theme, probability) {
    const share = PALEST + (STRONGEST - PALEST) * probability;
    return cssColor(theme.background.map((value, i) => value + (theme.stops[7][i] - value) * share));
  }

  /** What was expected at the chosen place. */
  tell() {
    const { example } = this;
    if (!example) return;
    const at = Math.min(this.row.chosen, example.truth.length - 1);
    const before = [...(example.tokens ?? [])].slice(Math.max(0, at - 5), at + 1).map(tokenText).join("");
    setText(this.detail, `after ‘…${before}’ came ‘${tokenText(example.truth[at])}’, held ${percent(example.probabilities[at])} probable`);
    const top = example.top?.[at] ?? [];
    this.bars.update(top.map(([token]) => tokenText(token)), top.map(([, p]) => p), top.findIndex(([token]) => token === example.truth[at]));
  }

  describe(example) {
    setAttribute(this.row.element, "aria-label",
      `Window of text, perplexity ${readable(example.perplexity)}: as unsure as among so many equally probable tokens. Left and right arrow keys walk along it.`);
  }
}
