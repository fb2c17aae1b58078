// Data that are no points: one example, what the network says of it, and others to choose from.

import { BoxAnswer } from "./answer_box.js";
import { ForecastAnswer } from "./answer_forecast.js";
import { LabelAnswer } from "./answer_label.js";
import { LabelsAnswer } from "./answer_labels.js";
import { LanguageAnswer } from "./answer_language.js";
import { ReconstructionAnswer } from "./answer_reconstruction.js";
import { ScoreAnswer } from "./answer_score.js";
import { TagsAnswer } from "./answer_tags.js";
import { make, makePanel, setHidden, setText } from "./dom.js";
import { checksum } from "./frame.js";
import { clamp } from "./numbers.js";
import { inkTable } from "./palette.js";
import { Sheet } from "./sheet.js";
import { SoundButton } from "./sound.js";
import { Thumbs, THUMBS } from "./thumbs.js";

const HEAD = 50; // px of the panel that are not for its content
const SCORE = 22; // px of the line that says how good the answer is
const FLAT = 1.15; // a strip that is this much wider than high puts question and answer side by side

export class ExampleView {
  constructor(bench) {
    this.bench = bench;
    const button = (text, label, by) => make("button", { type: "button", class: "round", "aria-label": label, "data-help": label, text, onclick: () => this.go(by) });
    this.sound = new SoundButton();
    const { section, heading } = makePanel("Example", "output example", this.sound.element, button("‹", "Previous example", -1), button("›", "Next example", 1));
    [this.element, this.heading] = [section, heading];
    this.score = make("div", { class: "score" });
    this.body = make("div", { class: "example-body" });
    this.thumbs = new Thumbs((index) => this.choose(index), (by) => this.go(by));
    section.append(this.score, this.body, this.thumbs.element);
    const label = new LabelAnswer(bench);
    this.answers = { class: label, value: label, tags: new TagsAnswer(), language: new LanguageAnswer(), forecast: new ForecastAnswer(bench),
      reconstruction: new ReconstructionAnswer(), box: new BoxAnswer(), labels: new LabelsAnswer(bench), score: new ScoreAnswer() };
    this.nothing = make("div", { class: "caption", text: "This task has no answer to a single example." });
    this.sheet = new Sheet();
  }

  resize(width, height) {
    [this.width, this.height, this.sized] = [width - 26, height, ""];
  }

  /** The height it can make use of, px: pictures are as high as they are wide, tables and texts take all there is. */
  needs(width, { head }) {
    const height = this.answers[head.example?.kind]?.needs?.(width - 26, head.example);
    return height ? height + HEAD + SCORE + (head.example.input === "image" ? THUMBS : 0) : undefined;
  }

  update(frame, theme) {
    this.frame = frame;
    const { example } = frame.head;
    const images = frame.arrays["examples/images"];
    this.view = example ? this.answers[example.kind] : null;
    setText(this.heading, example ? `Example ${example.index + 1} of ${example.count}` : "Example");
    setHidden(this.thumbs.element, !images);
    this.sound.update(frame);
    if (images) this.paintImages(images, example?.index ?? 0, theme);
    const content = this.view?.element ?? this.nothing;
    if (this.body.firstChild !== content) this.body.replaceChildren(content);
    const score = this.view?.scoreOf?.(example) ?? "";
    setText(this.score, score);
    setHidden(this.score, !score);
    this.score.dataset.help = score;
    if (!this.view) return;
    this.fit(example, (images ? THUMBS : 0) + (score ? SCORE : 0));
    this.view.update(frame, theme, example, this.sheet);
  }

  /** Sizes again, where the room or the kind of example has changed. */
  fit(example, taken) {
    const room = Math.max(90, this.height - HEAD - taken);
    const key = [this.width, room, example.kind, example.input].join();
    if (key === this.sized) return;
    this.sized = key;
    const flat = this.bench.strip && this.width > this.height * FLAT;
    this.body.classList.toggle("flat", flat);
    this.body.style.setProperty("--zoom", flat ? 1 : clamp(Math.min(this.width / 300, room / 340), 1, 1.5).toFixed(2)); // letters to be read from afar
    this.view.resize(this.width, room, { flat, input: example.input });
  }

  paintImages(images, chosen, theme) {
    const [count, height, width] = images.shape;
    const key = `${checksum(images)}${theme.dark}${theme.page}`;
    if (key !== this.painted) this.sheet.paint(images.data, width, height * count, inkTable(theme));
    this.painted = key;
    this.thumbs.draw(this.sheet, images.shape, Math.min(chosen, count - 1), this.width, theme);
  }

  choose(index) {
    this.bench.send({ command: "example", index });
  }

  go(by) {
    const { index = 0, count = 0 } = this.frame?.head.example ?? {};
    if (index + by >= 0 && index + by < count) this.choose(index + by);
  }

  describe() {
    const { example } = this.frame.head;
    if (example) this.view?.describe?.(example);
  }
}
