// Several labels, each a question of its own: how probable each is, on which side of one half that lies, and what is true.

import { make, setHidden, setText } from "./dom.js";
import { Question } from "./question.js";

const LEAST = 230; // px of width that the bars need with what stands behind them

const yes = (holds) => (holds ? "yes" : "no");

export class LabelsAnswer {
  constructor(bench) {
    this.bench = bench;
    this.question = new Question();
    this.bars = make("div", { class: "bars yes-or-no", role: "list", "aria-label": "Probability of each label" });
    this.note = make("div", { class: "caption", text: "The bar is how probable each label is held by itself; from the line at 50 % on, the answer is yes. Behind it ✓ or ✗, and the truth." });
    this.element = this.question.element;
    this.rows = [];
  }

  resize(width, height, { flat, input }) {
    const rows = this.bench.frame.head.example?.names?.length ?? 0;
    this.question.resize(width, height, { flat, input }, { rows, verdict: make("span", {}), answers: [this.bars, this.note], least: LEAST });
    setHidden(this.note, flat);
  }

  needs(width, example) {
    return this.question.needs(width, example, example.names.length);
  }

  scoreOf({ truth, predicted }) {
    return `${truth.filter((holds, i) => holds === predicted[i]).length} of ${truth.length} labels right`;
  }

  update(frame, theme, example, sheet) {
    if (this.rows.length !== example.names.length) this.build(example.names.length);
    example.names.forEach((name, i) => this.fill(this.rows[i], name, example.probabilities[i], example.predicted[i], example.truth[i]));
    this.question.update(frame, theme, example, sheet);
  }

  build(count) {
    this.rows = Array.from({ length: count }, () => {
      const [name, fill, number, truth] = [make("span", { class: "name" }), make("i", {}), make("span", { class: "number" }), make("span", { class: "truth" })];
      return { name, fill, number, truth, row: make("div", { class: "bar-row", role: "listitem" }, name, make("span", { class: "track" }, fill), number, truth) };
    });
    this.bars.replaceChildren(...this.rows.map(({ row }) => row));
  }

  fill(parts, name, probability, answered, holds) {
    setText(parts.name, name);
    setText(parts.number, probability === null ? "–" : `${(probability * 100).toFixed(0)} %`);
    setText(parts.truth, `${answered === holds ? "✓" : "✗ true:"} ${yes(holds)}`);
    parts.fill.style.transform = `scaleX(${(probability ?? 0).toFixed(3)})`;
    parts.row.classList.toggle("best", answered);
    parts.row.classList.toggle("wrong", answered !== holds);
  }

  describe({ index, input, names, predicted, truth }) {
    const those = (holds) => names.filter((_, i) => holds[i]).join(", ") || "none";
    this.question.describe(input, `Example ${index + 1}. True: ${those(truth)}. The network says: ${those(predicted)}.`);
  }
}
