// One example, one answer: a class with the probabilities of all, or a number on its scale.

import { Bars } from "./bars.js";
import { make, setHidden, setText } from "./dom.js";
import { clamp, plain } from "./numbers.js";
import { Question } from "./question.js";

const SCALE_ROWS = 3; // as high as so many bars

export class LabelAnswer {
  constructor(bench) {
    this.bench = bench;
    this.question = new Question();
    this.verdict = make("div", { class: "verdict" });
    this.bars = new Bars("Prediction for this example");
    this.scale = new ValueScale();
    this.element = this.question.element;
  }

  resize(width, height, { flat, input }) {
    const { probabilities, scale } = this.bench.frame.head.example ?? {};
    const rows = probabilities?.length || (scale ? SCALE_ROWS : 0);
    this.question.resize(width, height, { flat, input }, { rows, verdict: this.verdict, answers: [this.bars.element, this.scale.element] });
  }

  needs(width, example) {
    return this.question.needs(width, example, example.probabilities.length || SCALE_ROWS);
  }

  update(frame, theme, example, sheet) {
    const classes = example.kind === "class";
    const right = String(example.label) === String(example.predicted);
    setText(this.verdict, classes ? classWords(example, right) : numberWords(example));
    this.verdict.classList.toggle("wrong", !right && classes);
    const names = example.probabilities?.length ? frame.head.classes ?? [] : [];
    setHidden(this.bars.element, !names.length);
    if (names.length) this.bars.update(names, example.probabilities, names.indexOf(String(example.label)));
    this.scale.update(example);
    this.question.update(frame, theme, example, sheet);
  }

  describe(example) {
    const told = example.kind === "class" ? `a ${example.label}; the network says ${example.predicted}` : numberWords(example);
    this.question.describe(example.input, `Example ${example.index + 1}, ${told}.`);
  }
}

const classWords = ({ label, predicted }, right) => (right ? `✓ true and predicted: ${label}` : `✗ true: ${label}, predicted: ${predicted}`);

const numberWords = ({ label, predicted, unit }) => `true: ${label}, predicted: ${predicted}${unit ? ` ${unit}` : ""}`;

/** Where the true number lies and where the predicted one, between the lowest and the highest of the training part. */
class ValueScale {
  constructor() {
    this.truth = make("i", { class: "spot ring" });
    this.said = make("i", { class: "spot" });
    this.ends = [make("span", {}), make("span", { class: "unit" }), make("span", {})];
    this.element = make("div", { class: "value-scale", role: "img" }, make("span", { class: "line" }, this.truth, this.said), make("div", { class: "ends" }, ...this.ends),
      make("div", { class: "caption" }, make("i", { class: "spot ring" }), make("span", { text: "true " }), make("i", { class: "spot" }), make("span", { text: "predicted" })));
  }

  update({ scale, unit, label, predicted }) {
    setHidden(this.element, !scale);
    if (!scale) return;
    const [low, high] = scale;
    const place = (text) => `${(100 * clamp((Number(text) - low) / (high - low), 0, 1)).toFixed(1)}%`;
    [[this.truth, label], [this.said, predicted]].forEach(([spot, text]) => {
      setHidden(spot, !Number.isFinite(Number(text)));
      spot.style.left = place(text);
    });
    [plain(low), unit ?? "", plain(high)].forEach((text, i) => setText(this.ends[i], text));
    this.element.setAttribute("aria-label", `On a scale from ${plain(low)} to ${plain(high)} ${unit ?? ""}: true ${label}, predicted ${predicted}`);
  }
}
