// The workbench: a running network drawn live. Streamlit calls the default export on mount and whenever the data changes.

import { LineChart } from "./curves.js";
import { ConfusionView } from "./confusion.js";
import { Diagram } from "./diagram.js";
import { make, setAttribute, setHidden, setText } from "./dom.js";
import { NumberEditor } from "./editor.js";
import { ExampleView } from "./examples.js";
import { FitView } from "./fit.js";
import { Forerunner } from "./forerunner.js";
import { checksum, decodeFrame } from "./frame.js";
import { Inspector } from "./inspector.js";
import { secondFamilies } from "./metrics.js";
import { DrawingPad } from "./pad.js";
import { readTheme, themeKey } from "./palette.js";
import { ResidualView } from "./residuals.js";
import { sizesFor, spareBelow, STRIP } from "./sizes.js";
import { LiveSocket } from "./socket.js";
import { SurfaceView } from "./surface.js";
import { NumbersTable } from "./table.js";
import { TimeLine } from "./timeline.js";
import { Tooltip } from "./tooltip.js";
import { Transport } from "./transport.js";

const SMALL = 760; // px of width below which labels are shortened
const THEME_EVERY = 400; // ms between two looks at the page's colours
const REFUSED_AFTER = 3000; // ms after which a change that is not seen has not happened
const HOLD_EVERY = 400; // ms between two looks at live pictures while somebody looks back
const COMES_BACK = ["play", "resume", "pause", "step", "epoch", "reset"]; // commands whose outcome is to be seen
const KEPT_FROM_NOW = ["run", "state", "reason", "speed", "watchers", "marks", "film", "live", "inherited"]; // what a step that was does not know
const DESCRIBE_EVERY = 1000; // ms between two new sentences for screen readers

class Workbench {
  constructor(parent) {
    this.options = {};
    this.selected = null;
    this.painted = 0;
    this.spent = 0;
    this.makeParts();
    parent.append(this.root);
    this.socket = new LiveSocket({ onFrame: (bytes) => this.arrived(bytes), onMessage: (message) => this.told(message), onLink: (state) => this.linked(state) });
    this.observer = new ResizeObserver(([entry]) => this.resized(entry.contentRect.width));
    this.observer.observe(this.root);
    this.onResize = () => this.resized();
    window.addEventListener("resize", this.onResize);
    document.fonts?.addEventListener("loadingdone", this.onResize); // canvases drawn before the page's font was there
    this.timer = setInterval(() => this.lookAtTheme(), THEME_EVERY);
  }

  makeParts() {
    this.root = make("div", { class: "wb", tabindex: "-1", "data-testid": "workbench", "data-painted": "0", "data-state": "waiting" });
    this.transport = new Transport(this);
    this.timeline = new TimeLine(this);
    this.forerunner = new Forerunner(this);
    this.diagram = new Diagram(this);
    this.inspector = new Inspector(this);
    this.outputs = { 2: new SurfaceView(this), 1: new FitView(this), 0: new ExampleView(this) };
    this.pad = new DrawingPad(this);
    this.loss = new LineChart(this, "loss", "Loss", { logarithmic: true });
    this.second = new LineChart(this, "accuracy", "Accuracy");
    this.confusion = new ConfusionView(this);
    this.residuals = new ResidualView(this);
    this.table = new NumbersTable(this);
    this.side = make("div", { class: "sidebar" });
    this.main = make("div", { class: "main" }, this.diagram.element, this.side);
    this.below = make("div", { class: "below" });
    this.waiting = make("div", { class: "waiting", text: "Waiting for the first picture of the run …" });
    const { element, status, reason } = this.transport;
    this.root.append(element, status, this.timeline.element, reason, this.waiting, this.main, this.below, this.table.element);
    for (const part of [this.main, this.below]) part.hidden = true;
    this.shown = [];
    this.tooltip = new Tooltip(this.root);
    this.editor = new NumberEditor(this.root);
    this.root.addEventListener("keydown", (event) => this.pressed(event));
    this.root.addEventListener("pointerdown", (event) => this.touched(event));
  }

  /** Whether all there is room for is one row: no diagram, no unit, no pad. */
  get strip() {
    return this.options.view === "strip" || this.bar;
  }

  /** Whether there is not even room for that: the controls and the slider of time alone. */
  get bar() {
    return this.options.view === "bar";
  }

  get editable() {
    return this.options.readonly !== true && this.options.edit !== false && !this.timeline.past; // what was cannot be changed, only branched off
  }

  /** New data from Python: which run, which parts, what may be changed. */
  configure(data, setTriggerValue) {
    this.options = { ...(data.page ?? {}), activations: data.activations ?? [], readonly: data.readonly === true };
    this.trigger = setTriggerValue;
    this.root.classList.toggle("strip-view", this.strip);
    if (data.palette !== this.palette) this.theme = null;
    this.palette = data.palette;
    this.forerunner.follow(this.options.branch);
    if (this.options.reel && !this.timeline.reel) this.timeline.replay(this.options.reel);
    if (data.run && data.run !== this.run) this.watch(data.run, data.socket ?? `nx/runs/${encodeURIComponent(data.run)}/live`);
    this.redraw();
  }

  watch(run, path) {
    this.run = run;
    this.wentMissing = false;
    [this.held, this.example] = [null, 0];
    this.timeline.reset();
    setAttribute(this.root, "data-run", run);
    this.socket.watch(path);
    if (this.selected) this.sendFocus();
  }

  /** To the run. What it is to do is done now, so the pictures come back to now; what is selected is selected in the past too. */
  send(command) {
    this.socket.send(command);
    if (command.command === "example") this.example = command.index;
    if (!this.timeline.past) return;
    if (["focus", "example"].includes(command.command)) this.timeline.refresh();
    else if (COMES_BACK.includes(command.command)) this.timeline.leave();
  }

  /** Ask Python for a change of the experiment. What it refuses leaves the diagram as it was: the controls are set back. */
  edit(change) {
    if (this.options.readonly) return;
    this.trigger?.("edit", { ...change, run: this.run, at: Date.now() });
    clearTimeout(this.refreshing);
    this.refreshing = setTimeout(() => this.diagram.refresh(), REFUSED_AFTER);
  }

  arrived(bytes) {
    if (this.timeline.past) return this.hold(bytes);
    this.newest = bytes;
    this.arrivedAt = performance.now();
    this.redraw();
  }

  /** A live picture that comes while somebody looks back: its curves go on, the rest waits. */
  hold(bytes) {
    if (performance.now() - (this.heldAt ?? 0) < HOLD_EVERY) return;
    this.heldAt = performance.now();
    this.held = decodeFrame(bytes);
    this.timeline.update(this.held);
    if (this.frame?.past) this.showPast(this.frame);
  }

  /** Draw a step that was: its own numbers, with the curves and the state of the run as it is now. `asked`: when it was asked for. */
  showPast({ head, arrays }, asked) {
    const { head: now, arrays: curves } = this.held ?? this.frame;
    const history = Object.fromEntries(Object.entries(curves).filter(([name]) => name.startsWith("history/")));
    const kept = Object.fromEntries(KEPT_FROM_NOW.map((name) => [name, now[name]]));
    this.frame = { head: { ...head, ...kept, steps_per_second: 0 }, arrays: { ...arrays, ...history }, past: true };
    this.askedAt = asked ?? null; // null: the curves alone went on
    this.redraw();
  }

  /** Draw the run as it is. */
  showNow() {
    if (this.held) this.frame = this.held;
    this.held = null;
    this.redraw();
  }

  told(message) {
    if (message.type === "prediction") this.pad.answered(message);
    else if (message.type === "gone") this.linked("gone");
    else if (message.type === "error") this.complain(message.text);
    else if (message.type === "state" && this.frame) this.changed(message);
  }

  /** The run's state has changed without a new picture: a killed worker sends none. */
  changed({ state, reason }) {
    Object.assign(this.frame.head, { state, reason });
    setAttribute(this.root, "data-state", state);
    this.redraw();
  }

  complain(text) {
    setText(this.transport.words, text);
    setHidden(this.transport.reason, false);
    setAttribute(this.transport.reason, "data-state", "failed");
    this.complaint = performance.now();
  }

  linked(state) {
    this.transport.showLink(state);
    setAttribute(this.root, "data-link", state);
    if (state !== "gone" || this.wentMissing) return;
    this.wentMissing = true;
    this.trigger?.("gone", { run: this.run, at: Date.now() });
  }

  /** Draw at the next screen refresh, once, whatever happened until then. */
  redraw() {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.paint();
    });
  }

  paint() {
    const start = performance.now();
    const bytes = this.newest;
    this.newest = null;
    if (bytes) this.frame = decodeFrame(bytes);
    if (!this.frame || !this.width) return;
    if (!this.theme) this.takeTheme();
    this.arrange();
    this.draw();
    if (bytes || this.frame.past || this.root.getAttribute("data-past")) this.note(start);
  }

  takeTheme() {
    this.theme = readTheme(this.root, this.palette);
    this.root.style.colorScheme = this.theme.dark ? "dark" : "light";
    this.root.classList.toggle("dark", this.theme.dark);
  }

  draw() {
    const { frame, theme } = this;
    if (!(performance.now() - this.complaint < 4000)) this.complaint = 0;
    const keep = this.complaint ? [this.transport.words.textContent] : null;
    this.transport.update(frame);
    if (!frame.past) this.timeline.update(frame);
    if (keep) this.showComplaint(keep[0]);
    if (!this.strip) this.diagram.update(frame, theme);
    for (const view of this.shown) this.attempt(view);
    this.table.update(frame);
    if (performance.now() - (this.described ?? -Infinity) > DESCRIBE_EVERY) this.describe();
  }

  /** One figure that cannot be drawn must not stop the others. */
  attempt(view) {
    try {
      view.update(this.frame, this.theme);
    } catch (error) {
      if (view.fault !== error.message) console.error(error);
      view.fault = error.message;
    }
  }

  showComplaint(text) {
    setText(this.transport.words, text);
    setHidden(this.transport.reason, false);
  }

  describe() {
    this.described = performance.now();
    if (!this.strip) this.diagram.describe();
    for (const view of this.shown) view.describe?.();
  }

  /** Which parts this run has, and how large they are; does nothing while neither changes. */
  arrange() {
    const { head, arrays } = this.frame;
    const images = Boolean(arrays["examples/images"]);
    const drawable = images && head.columns[0].units === 1 && (head.answers ?? "classes") === "classes"; // one can draw in grey, and it shows probabilities
    const pad = Boolean(this.options.pad && drawable && !this.strip);
    const families = secondFamilies(Object.keys(head.metrics));
    const tall = head.columns.map((column) => column.shown).join("-"); // a network that grows taller gives its neighbours more room
    const key = [this.width, window.innerHeight, tall, head.coordinates, head.problem, head.classes?.length, images, pad, families, Boolean(this.selected),
      this.outputs[2].painter.active, this.editable, this.options.view, Boolean(arrays.confusion), Boolean(arrays.residuals), head.example?.kind].join();
    if (key === this.arranged) return;
    this.arranged = key;
    this.waiting.hidden = true;
    this.main.hidden = this.strip;
    this.below.hidden = this.bar;
    if (this.bar) return void (this.shown = []);
    const output = this.outputs[head.coordinates] ?? this.outputs[0];
    const last = arrays.confusion ? this.confusion : arrays.residuals ? this.residuals : null;
    if (families.length) this.second.offer(families);
    const curves = [this.loss, families.length ? this.second : null];
    if (this.strip) return this.arrangeStrip([...curves, output].filter(Boolean));
    const side = this.selected ? [this.inspector] : [output, ...(pad ? [this.pad] : [])];
    this.measure(side, [...curves, last].filter(Boolean), { classes: arrays.confusion ? head.classes.length : 2, examples: !head.coordinates });
  }

  /** Everything in one row of a fixed height. */
  arrangeStrip(views) {
    this.shown = views;
    place(this.below, views);
    const gap = this.width < 800 ? 8 : 12;
    const share = this.width < SMALL ? 2 : 1.5; // the example needs its width more than a curve does
    const unit = (this.width - (views.length - 1) * gap) / (views.length - 1 + share);
    const widths = views.map((_, i) => Math.floor(unit * (i === views.length - 1 ? share : 1)));
    this.root.style.setProperty("--gap", `${gap}px`);
    this.below.style.gridTemplateColumns = widths.map((width) => `${width}px`).join(" ");
    this.below.style.height = `${STRIP}px`;
    views.forEach((view, i) => view.resize(widths[i], STRIP));
  }

  /** side: the views beside the diagram; sheets: those below, the last of which moves up where the diagram leaves room for it. */
  measure(side, sheets, facts) {
    const sizes = sizesFor(this.width, window.innerHeight, facts);
    this.root.style.setProperty("--gap", `${sizes.gap}px`);
    this.main.style.gridTemplateColumns = `${sizes.network}px ${sizes.side}px`;
    this.main.style.minHeight = `${sizes.main}px`;
    this.diagram.resize(sizes.network - 26, sizes.main - 58);
    const main = Math.max(sizes.main, Math.min(this.diagram.heightFor(this.frame), sizes.main * 1.6));
    const spare = side.length === 1 && sheets.length === 3 ? spareBelow(main, side[0].needs?.(sizes.side, this.frame) ?? main, sizes.gap) : 0;
    const [up, below] = spare ? [sheets.slice(-1), sheets.slice(0, -1)] : [[], sheets];
    this.shown = [...side, ...up, ...below];
    place(this.side, [...side, ...up]);
    place(this.below, below);
    this.giveSizes(side, main - (spare ? spare + sizes.gap : 0), sizes);
    for (const view of up) view.resize(sizes.side, spare);
    this.below.style.height = "";
    this.below.style.gridTemplateColumns = `repeat(${below.length}, minmax(0, 1fr))`;
    const each = Math.floor((this.width - (below.length - 1) * sizes.gap) / below.length);
    for (const view of below) view.resize(each, sizes.below);
  }

  giveSizes(side, height, sizes) {
    const half = (height - sizes.gap) / 2;
    if (side.length === 1) return side[0].resize(sizes.side, height);
    side[0].resize(sizes.side, half + 16);
    side[1].resize(sizes.side, half - 16);
  }

  resized(width = this.width) {
    this.width = Math.floor(width);
    this.root.classList.toggle("small-screen", this.width < SMALL);
    this.arranged = null;
    this.redraw();
  }

  /** Facts for tests and for the curious, on the root element. */
  note(start) {
    const { head, arrays } = this.frame;
    const now = performance.now();
    this.painted += 1;
    this.spent = this.spent * 0.9 + (now - start) * 0.1;
    this.gap = (this.gap ?? now - (this.last ?? now)) * 0.9 + (now - (this.last ?? now)) * 0.1;
    this.last = now;
    const facts = {
      painted: this.painted, state: head.state, step: head.step, engine: head.engine, frame: head.run,
      "learning-rate": head.settings?.learning_rate, columns: head.columns.map((column) => column.units).join("-"),
      fps: this.gap > 0 ? (1000 / this.gap).toFixed(1) : "0", latency: (now - this.arrivedAt).toFixed(1), "frame-ms": this.spent.toFixed(2),
      past: this.frame.past ? head.step : "", "look-ms": this.lookedFor(now),
      picture: checksum(arrays.surface ?? arrays["pictures/1"] ?? arrays["pictures/0"]),
    };
    for (const [name, value] of Object.entries(facts)) this.root.setAttribute(`data-${name}`, value);
  }

  /** Milliseconds from the slider to the picture of the step, for the newest step that was asked for. */
  lookedFor(now) {
    if (!this.frame.past) return "";
    if (this.askedAt !== null) [this.looked, this.askedAt] = [(now - this.askedAt).toFixed(1), null];
    return this.looked;
  }

  select(column, unit) {
    if (this.timeline.reel) return; // a film shows what was filmed
    const same = this.selected?.column === column && this.selected?.unit === unit;
    if (same) return this.deselect();
    this.selected = { column, unit };
    this.diagram.reveal(column);
    this.sendFocus();
    this.redraw();
  }

  sendFocus() {
    this.send({ command: "focus", ...this.selected });
  }

  deselect() {
    if (!this.selected) return;
    this.selected = null;
    this.send({ command: "focus" });
    this.redraw();
  }

  toggleNumbers() {
    return this.table.toggle();
  }

  pressed(event) {
    const { tagName, type } = event.target;
    const typing = ["TEXTAREA", "SELECT"].includes(tagName) || (tagName === "INPUT" && !["checkbox", "radio"].includes(type));
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.stopPropagation(); // R and C are short cuts of Streamlit itself
    if (event.key === "Escape") return this.escape();
    const native = [" ", "Enter"].includes(event.key) && ["BUTTON", "INPUT"].includes(tagName);
    if (!native && !event.repeat && this.transport.pressed(event.key)) event.preventDefault();
  }

  escape() {
    this.tooltip.hide();
    if (this.selected) this.deselect();
    else if (this.outputs[2].painter.active) this.outputs[2].painter.setActive(false);
  }

  /** A click on a picture gives the component the focus, so that its keys work. */
  touched(event) {
    if (!event.target.closest("button, input, select, label, a, [tabindex='0']")) this.root.focus({ preventScroll: true });
  }

  lookAtTheme() {
    const key = themeKey(this.root);
    if (key === this.themeKey) return;
    this.themeKey = key;
    this.theme = null;
    this.redraw();
  }

  dispose() {
    clearInterval(this.timer);
    clearTimeout(this.refreshing);
    this.socket.dispose();
    this.timeline.dispose();
    this.forerunner.follow(null);
    this.observer.disconnect();
    window.removeEventListener("resize", this.onResize);
    document.fonts?.removeEventListener("loadingdone", this.onResize);
    this.root.remove();
  }
}

/** Let `parent` hold these views and no others; those that stay are not touched. */
function place(parent, views) {
  const wanted = views.map((view) => view.element);
  if (wanted.length !== parent.childElementCount || wanted.some((node, i) => parent.children[i] !== node)) parent.replaceChildren(...wanted);
}

const benches = new WeakMap();

export default function mountWorkbench({ data, parentElement, setTriggerValue }) {
  if (!benches.has(parentElement)) benches.set(parentElement, new Workbench(parentElement));
  const bench = benches.get(parentElement);
  bench.mounts = (bench.mounts ?? 0) + 1;
  bench.configure(data ?? {}, setTriggerValue);
  const mount = bench.mounts;
  // Called before a fresh call as well as at the end: only when no call follows has the component really gone.
  return () => setTimeout(() => {
    if (bench.mounts !== mount) return;
    benches.delete(parentElement);
    bench.dispose();
  }, 0);
}
