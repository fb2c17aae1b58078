// Metrics over the steps, part by part, with a hair line that reads the exact numbers.

import { drawAxes, placeX, placeY, setFont } from "./axes.js";
import { fitCanvas, make, makePanel, setAttribute, setHidden, setText } from "./dom.js";
import { checksum } from "./frame.js";
import { familyOf, isShare, metricWords, partOf, shortUnit } from "./metrics.js";
import { fixed, grouped, logTicks, niceTicks, percent, readable, tickText } from "./numbers.js";

const DASHES = { train: [6, 3], validation: [2, 3] }; // so that lines differ by more than their colour
const LINE_NAME = 40; // px at least at the right for the names of the lines


export class LineChart {
  /** `family`: which metrics of the history belong here. */
  constructor(bench, family, title, { logarithmic = false } = {}) {
    this.bench = bench;
    this.family = family;
    this.title = title;
    this.canvas = make("canvas", { role: "img", "aria-label": `${title} curve` });
    const tools = logarithmic ? [this.logButton()] : [];
    this.unit = make("span", { class: "note" });
    const { section, heading, header } = makePanel(title, "chart", this.unit, ...tools);
    this.heading = heading;
    this.choice = make("select", { class: "title-choice", hidden: true, "aria-label": "What this curve shows", onchange: () => this.choose() });
    header.prepend(this.choice);
    section.append(this.canvas);
    this.element = section;
    this.canvas.addEventListener("pointermove", (event) => this.hovered(event));
    this.canvas.addEventListener("pointerleave", () => this.leave());
  }

  logButton() {
    const button = make("button", { type: "button", class: "small", "aria-pressed": "false", "aria-label": "log axis", text: "log",
      "data-help": "Logarithmic axis: equal distances are equal factors, so small losses can be told apart.",
      onclick: () => {
        this.log = !this.log;
        button.setAttribute("aria-pressed", String(this.log));
        this.drawn = null;
        this.bench.redraw();
      } });
    return button;
  }

  resize(width, height) {
    this.width = width - 26;
    this.height = height - 46;
    this.drawn = null;
  }

  /** Offer these families, [[name, title], ...]; the one that was chosen stays while it is among them. */
  offer(families) {
    const key = families.join();
    if (key === this.offered) return;
    this.offered = key;
    this.choice.replaceChildren(...families.map(([family, title]) => make("option", { value: family, text: title })));
    if (families.some(([family]) => family === this.chosen)) this.choice.value = this.chosen;
    setHidden(this.choice, families.length < 2);
    setHidden(this.heading, families.length > 1);
    this.show();
  }

  /** Take what the list says. */
  show() {
    [this.family, this.title, this.drawn] = [this.choice.value, this.choice.selectedOptions[0].text, null];
    setText(this.heading, this.title);
  }

  choose() {
    this.chosen = this.choice.value;
    this.show();
    this.bench.redraw();
  }

  chooses(name) {
    return familyOf(name) === this.family;
  }

  update(frame, theme) {
    this.frame = frame;
    const key = `${frame.head.run}${checksum(frame.arrays["history/step"])}${frame.head.step}${theme.dark}${theme.page}${frame.head.marks?.length}${this.pointer}${frame.past}${this.bench.forerunner?.key}`;
    if (key === this.drawn) return;
    this.drawn = key;
    this.draw(frame, theme);
  }

  series(frame, theme) {
    const names = Object.keys(frame.arrays).filter((name) => name.startsWith("history/") && name !== "history/step").map((name) => name.slice(8)).filter((name) => this.chooses(name));
    const others = [theme.positive, theme.negative];
    return names.map((name, i) => {
      const part = partOf(name);
      const label = part || (names.length > 1 ? metricWords(name.replace(/_loss$/, "")) : "");
      return { name, label, values: frame.arrays[`history/${name}`].data, colour: part ? theme[part] : others[i % 2], dashes: DASHES[part] ?? [] };
    });
  }

  draw(frame, theme) {
    const context = fitCanvas(this.canvas, this.width, this.height);
    context.clearRect(0, 0, this.width, this.height);
    const steps = frame.arrays["history/step"]?.data ?? [];
    this.lines = this.series(frame, theme);
    this.steps = steps;
    this.shares = this.lines.some((line) => isShare(line.name));
    this.nameUnit(frame.head);
    setFont(context, theme, 12, 600);
    this.room = Math.min(this.width * 0.3, Math.max(LINE_NAME, ...this.lines.map((line) => context.measureText(line.label).width + 10)));
    this.box = { left: 46, top: 8, width: this.width - 46 - this.room, height: this.height - 32 };
    this.axes = this.span(steps);
    drawAxes(context, this.box, this.axes.x, this.axes.y, theme);
    this.drawMarks(context, frame.head.marks ?? [], theme);
    if (!steps.length) return this.drawEmpty(context, theme);
    for (const line of this.lines) this.drawOther(context, line);
    for (const line of this.lines) this.drawLine(context, line);
    this.drawLabels(context, theme);
    if (frame.past) this.drawMoment(context, frame.head.step, theme);
    if (this.pointer !== null && this.pointer !== undefined) this.drawHair(context, theme);
  }

  nameUnit(head) {
    const words = head.units?.[this.lines[0]?.name] ?? "";
    setText(this.unit, this.lines.some((line) => line.name.includes("accuracy")) ? "share right" : shortUnit(words));
    if (words) this.unit.dataset.help = words;
  }

  span(steps) {
    const others = this.lines.map((line) => this.bench.forerunner?.future(line.name)).filter(Boolean);
    const last = Math.max(steps.length ? steps[steps.length - 1] : 0, ...others.map((other) => other.steps.at(-1)));
    const x = { low: steps.length > 1 ? steps[0] : 0, high: Math.max(last, steps.length > 1 ? steps[0] + 1 : 10), label: "steps", outside: true };
    x.ticks = niceTicks(x.low, x.high, Math.max(2, this.box.width / 70))
      .filter((tick) => Number.isInteger(tick.value)).map(({ value }) => ({ value, text: tickText(value, 1) }));
    let [low, high] = [Infinity, -Infinity];
    for (const line of this.lines) {
      for (const value of line.values) if (Number.isFinite(value) && (!this.log || value > 0)) { low = Math.min(low, value); high = Math.max(high, value); }
    }
    for (const { values } of others) for (const value of values) if (value !== null && (!this.log || value > 0)) { low = Math.min(low, value); high = Math.max(high, value); }
    return { x, y: this.shares ? this.shareAxis(low) : this.valueAxis(low, high) };
  }

  shareAxis(low) {
    const floor = Number.isFinite(low) ? Math.min(0.9, Math.max(0, Math.floor(low * 10 - 0.5) / 10)) : 0;
    const ticks = niceTicks(floor, 1, Math.max(2, this.box.height / 27)).map(({ value }) => ({ value, text: `${Math.round(value * 100)} %` }));
    return { low: floor, high: 1.0001, ticks };
  }

  valueAxis(low, high) {
    if (!Number.isFinite(low)) [low, high] = [0, 1];
    if (this.log && low > 0) {
      const axis = { log: true, low: low / 1.15, high: Math.max(high * 1.15, low * 2) };
      return { ...axis, ticks: logTicks(axis.low, axis.high) };
    }
    const axis = { low: Math.min(0, low), high: high > 0 ? high * 1.06 : 1 };
    return { ...axis, ticks: niceTicks(axis.low, axis.high, Math.max(2, this.box.height / 27)) };
  }

  drawLine(context, line) {
    context.beginPath();
    context.strokeStyle = line.colour;
    context.lineWidth = 2.1;
    context.lineJoin = "round";
    context.setLineDash(line.dashes);
    let joined = false;
    for (let i = 0; i < this.steps.length; i += 1) {
      const value = line.values[i];
      if (!Number.isFinite(value) || (this.axes.y.log && value <= 0)) continue;
      const [x, y] = [placeX(this.box, this.axes.x, this.steps[i]), placeY(this.box, this.axes.y, value)];
      if (joined) context.lineTo(x, y);
      else context.moveTo(x, y);
      joined = true;
      line.last = [x, y];
    }
    context.stroke();
    context.setLineDash([]);
    if (line.last) this.dot(context, ...line.last, 3, line.colour);
  }

  /** What became of the run that this one branched off from: the same colour, faint. */
  drawOther(context, line) {
    const other = this.bench.forerunner?.future(line.name);
    if (!other) return;
    context.beginPath();
    context.globalAlpha = 0.4;
    context.strokeStyle = line.colour;
    context.lineWidth = 1.6;
    other.steps.forEach((step, i) => {
      const value = other.values[i];
      if (value === null || (this.axes.y.log && value <= 0)) return;
      context.lineTo(placeX(this.box, this.axes.x, step), placeY(this.box, this.axes.y, value));
    });
    context.stroke();
    context.globalAlpha = 1;
  }

  dot(context, x, y, radius, colour) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
  }

  /** The name of each line at its end; names that would touch are moved apart. */
  drawLabels(context, theme) {
    setFont(context, theme, 12, 600);
    context.textAlign = "left";
    context.textBaseline = "middle";
    const ends = this.lines.filter((line) => line.last).sort((a, b) => a.last[1] - b.last[1]);
    ends.forEach((line, i) => { line.labelY = i ? Math.max(line.last[1], ends[i - 1].labelY + 14) : Math.max(line.last[1], this.box.top + 5); });
    const over = (ends.at(-1)?.labelY ?? 0) - (this.box.top + this.box.height - 4);
    for (const line of ends) {
      context.fillStyle = line.colour;
      context.fillText(line.label, this.box.left + this.box.width + 6, line.labelY - Math.max(0, over), this.room - 4);
    }
  }

  drawMarks(context, marks, theme) {
    context.strokeStyle = theme.accent;
    context.lineWidth = 1.4;
    context.setLineDash([3, 3]);
    for (const mark of marks) {
      if (mark.step < this.axes.x.low || mark.step > this.axes.x.high) continue;
      const x = Math.round(placeX(this.box, this.axes.x, mark.step)) + 0.5;
      context.beginPath();
      context.moveTo(x, this.box.top);
      context.lineTo(x, this.box.top + this.box.height);
      context.stroke();
    }
    context.setLineDash([]);
  }

  /** The step that is looked at: a line with a handle. */
  drawMoment(context, step, theme) {
    const x = Math.round(placeX(this.box, this.axes.x, step)) + 0.5;
    context.strokeStyle = theme.ink;
    context.lineWidth = 1.6;
    context.beginPath();
    context.moveTo(x, this.box.top);
    context.lineTo(x, this.box.top + this.box.height);
    context.stroke();
    this.dot(context, x, this.box.top, 4, theme.ink);
  }

  drawEmpty(context, theme) {
    setFont(context, theme, 13);
    context.fillStyle = theme.soft;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText("Press Play to start the curve", this.box.left + this.box.width / 2, this.box.top + this.box.height / 2, this.box.width - 8);
  }

  hovered(event) {
    if (!this.steps?.length) return;
    const frame = this.canvas.getBoundingClientRect();
    const share = (event.clientX - frame.left - this.box.left) / this.box.width;
    if (share < -0.02 || share > 1.02) return this.leave();
    const wanted = this.axes.x.low + share * (this.axes.x.high - this.axes.x.low);
    let at = 0;
    for (let i = 1; i < this.steps.length; i += 1) if (Math.abs(this.steps[i] - wanted) < Math.abs(this.steps[at] - wanted)) at = i;
    this.pointer = this.steps[at];
    this.bench.tooltip.show([`step ${this.steps[at]}`, ...this.valuesAt(at), ...this.marksNear(wanted)], event.clientX, event.clientY);
    this.bench.redraw();
  }

  valuesAt(at) {
    return this.lines.filter((line) => Number.isFinite(line.values[at])).map((line) =>
      `${line.label} ${isShare(line.name) ? percent(line.values[at]) : fixed(line.values[at], 4)}`);
  }

  marksNear(step) {
    const reach = ((this.axes.x.high - this.axes.x.low) / this.box.width) * 7;
    return (this.frame.head.marks ?? []).filter((mark) => Math.abs(mark.step - step) <= reach).map((mark) => `step ${mark.step}: ${mark.text}`);
  }

  drawHair(context, theme) {
    const at = this.steps.indexOf(this.pointer);
    if (at < 0) return;
    const x = Math.round(placeX(this.box, this.axes.x, this.pointer)) + 0.5;
    context.strokeStyle = theme.soft;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x, this.box.top);
    context.lineTo(x, this.box.top + this.box.height);
    context.stroke();
    for (const line of this.lines) {
      const value = line.values[at];
      if (!Number.isFinite(value) || (this.axes.y.log && value <= 0)) continue;
      this.dot(context, x, placeY(this.box, this.axes.y, value), 4, line.colour);
    }
  }

  leave() {
    this.pointer = null;
    this.bench.tooltip.hide();
    this.bench.redraw();
  }

  /** The newest dashed line in words, for those who cannot point at it. */
  lastMark() {
    const mark = this.frame.head.marks?.at(-1);
    return mark ? ` Last change, at step ${grouped(mark.step)}: ${mark.text}.` : "";
  }

  describe() {
    const { head } = this.frame;
    const now = Object.entries(head.metrics).filter(([name]) => this.chooses(name)).map(([name, value]) =>
      `${metricWords(name)} ${isShare(name) ? percent(value) : readable(value)}`);
    setAttribute(this.canvas, "aria-label", `${this.title} over the steps: ${now.join(", ") || "nothing measured yet"} at step ${grouped(head.step)}.${this.lastMark()}`);
  }
}
