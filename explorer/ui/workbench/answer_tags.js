// A tag for every token: the token, what the network calls it, and the truth where that is something else.

import { make, setAttribute, setText } from "./dom.js";
import { fixed } from "./numbers.js";
import { Positions, tokenText } from "./positions.js";

const wrong = (example, at) => example.truth[at] !== example.predicted[at];

export class TagsAnswer {
  constructor() {
    this.row = new Positions("tags", "Tokens with their tags: left and right arrow keys", () => this.tell());
    this.caption = make("div", { class: "caption", text: "Each token, and under it what the network says; where it is wrong, ✗ and the true answer. The bar: how sure it is." });
    this.detail = make("div", { class: "detail" });
    this.element = make("div", { class: "answer tags" }, this.row.element, this.detail, this.caption);
  }

  resize(width, height, { flat }) {
    this.row.element.style.maxHeight = `${Math.max(60, height - (flat ? 46 : 66))}px`;
  }

  needs(width, { tokens, truth, predicted }) {
    const letters = truth.map((tag, at) => Math.max((tokens?.[at] ?? "").length * 1.2, predicted[at].length, tag === predicted[at] ? 1 : tag.length + 2));
    const across = letters.reduce((sum, count) => sum + Math.max(30, count * 7.5 + 12) + 5, 0);
    return Math.ceil((across * 1.15) / width) * 70 + 110;
  }

  scoreOf(example) {
    return `${example.predicted_right} of ${example.truth.length} tokens right`;
  }

  update(frame, theme, example) {
    this.example = example;
    const places = this.row.places(example.truth.length, () => make("span", { class: "tagged" },
      make("span", { class: "token" }), make("span", { class: "said" }), make("i", { class: "sure" }), make("span", { class: "true" })));
    for (let at = 0; at < places.length; at += 1) this.fill(places[at], at);
    this.tell();
  }

  fill(place, at) {
    const { example } = this;
    const [token, said, sure, truth] = place.children;
    const off = wrong(example, at);
    setText(token, tokenText(example.tokens?.[at] ?? ""));
    setText(said, tokenText(example.predicted[at]));
    sure.style.transform = `scaleX(${(example.probabilities[at] ?? 0).toFixed(3)})`;
    setText(truth, off ? `✗ ${tokenText(example.truth[at])}` : "✓");
    place.classList.toggle("wrong", off);
  }

  tell() {
    const { example } = this;
    if (!example) return;
    const at = this.row.chosen;
    const token = example.tokens?.[at];
    const truth = wrong(example, at) ? `; true: ${tokenText(example.truth[at])}` : ", which is right";
    setText(this.detail, `${token === undefined ? "" : `${at + 1}: ‘${tokenText(token)}’ `}→ ${tokenText(example.predicted[at])}, probability ${fixed(example.probabilities[at], 2)}${truth}`);
  }

  describe(example) {
    setAttribute(this.row.element, "aria-label", `${example.predicted_right} of ${example.truth.length} tokens are tagged right; left and right arrow keys walk along them.`);
  }
}
