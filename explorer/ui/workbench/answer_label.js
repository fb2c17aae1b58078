// One example, one answer: a class with the probabilities of all, or a number.

import { Bars } from "./bars.js";
import { make, setAttribute, setHidden, setText } from "./dom.js";
import { ImageInput, SeriesInput, TokensInput, ValuesInput } from "./inputs.js";
import { clamp } from "./numbers.js";

const VERDICT = 26; // px

export class LabelAnswer {
  constructor(bench) {
    this.bench = bench;
    this.inputs = { image: new ImageInput(), values: new ValuesInput(), tokens: new TokensInput(), series: new SeriesInput() };
    this.verdict = make("div", { class: "verdict" });
    this.bars = new Bars("Prediction for this example");
    this.seen = make("div", { class: "seen-input" });
    this.told = make("div", { class: "told" });
    this.element = make("div", { class: "pair" }, this.seen, this.told);
  }

  /** Where input and answer stand: a picture beside the bars, in a flat panel everything side by side, else one above the other. */
  resize(width, height, { flat, input }) {
    const classes = this.bench.frame.head.example?.probabilities?.length ?? 0;
    const picture = input === "image";
    this.element.className = picture ? "pair image" : flat ? "pair beside" : `pair stacked of-${input}`;
    const rows = Math.max(classes, 1);
    const barRoom = picture || flat ? height - (picture ? 0 : VERDICT) : height * 0.45;
    const row = clamp(Math.floor(barRoom / rows), 15, 22);
    this.element.style.setProperty("--bar-row", `${row}px`);
    const side = Math.min(width * 0.46, Math.max(84, height - VERDICT - 14), 260);
    const rest = flat ? height : height - VERDICT - 14 - (classes ? rows * (row + 1) : 0);
    const seen = this.inputs[input] ?? this.inputs.values;
    seen.resize(picture ? side : flat ? (width - 14) * 0.55 : width, picture ? side : rest);
    this.seen.style.width = picture ? `${Math.max(side, 120)}px` : "";
    this.seen.replaceChildren(seen.element, ...(picture ? [this.verdict] : []));
    this.told.replaceChildren(...(picture ? [] : [this.verdict]), this.bars.element);
  }

  needs(width, { input, tokens, probabilities }) {
    const bars = VERDICT + 14 + probabilities.length * 23;
    return { image: width * 0.46 + 40, tokens: bars + Math.ceil((tokens?.length ?? 0) / (width / 32)) * 33, series: bars + width * 0.7 }[input];
  }

  update(frame, theme, example, sheet) {
    const right = String(example.label) === String(example.predicted);
    const { label, predicted } = example;
    const classes = example.kind === "class";
    setText(this.verdict, classes && right ? `✓ true and predicted: ${label}` : `${classes ? "✗ " : ""}true: ${label}, predicted: ${predicted}`);
    this.verdict.classList.toggle("wrong", !right && classes);
    const names = example.probabilities?.length ? frame.head.classes ?? [] : [];
    setHidden(this.bars.element, !names.length);
    if (names.length) this.bars.update(names, example.probabilities, names.indexOf(String(label)));
    (this.inputs[example.input] ?? this.inputs.values).update(frame, theme, example, sheet);
  }

  describe({ index, label, predicted, input }) {
    if (["image", "series"].includes(input)) setAttribute(this.inputs[input].element, "aria-label", `Example ${index + 1}, a ${label}; the network says ${predicted}.`);
  }
}
