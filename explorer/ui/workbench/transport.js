// The bar on top: play, step, speed; and under it in one line where the run stands.

import { make, makeIcon, setAttribute, setHidden, setText } from "./dom.js";
import { familiesOf, familyTitle, isLoss, isShare, metricWords, partOf, secondFamilies } from "./metrics.js";
import { fixed, grouped, lossText, percent, readable } from "./numbers.js";

const SPEEDS = [[1, "1 step/s"], [10, "10 steps/s"], [30, "30 steps/s"], [100, "100 steps/s"], [1000, "1,000 steps/s"], [0, "as fast as it goes"]];
const STATUS_EVERY = 100; // ms
const SPOKEN_EVERY = 5000; // ms between two announcements while it runs
const HOPE = 1500; // ms for which a click counts before the run has answered

const HELP = {
  play: "Train, or stop for a while. Key: Space.",
  step: "Take one training step: one batch, one update of all weights. Key: S.",
  epoch: "Train until every training example has been used once more. Key: E.",
  reset: "Go back to step 0 with the same first weights. Key: R.",
  seed: "Start again from other random first weights and another order of the examples.",
  speed: "How many training steps a second while it plays. Slow it down to watch single steps.",
  numbers: "Show the numbers behind the pictures as a table.",
};

function transportButton(text, icon, help, onclick) {
  return make("button", { type: "button", class: "control", "aria-label": text, "data-help": help, onclick }, makeIcon(icon), make("span", { text }));
}

export class Transport {
  constructor(bench) {
    this.bench = bench;
    this.makeControls();
    this.link = make("span", { class: "link", hidden: true });
    this.element = make("div", { class: "transport", role: "toolbar", "aria-label": "Training controls" }, ...this.controls(), this.link);
    this.status = make("div", { class: "status", role: "status", "aria-live": "polite" });
    this.reason = make("div", { class: "reason", hidden: true });
    this.words = make("span", {});
    this.resume = make("button", { type: "button", class: "control", text: "Resume", "data-help": "Go on from the last checkpoint.",
      onclick: () => this.bench.send({ command: "resume" }) });
    this.reason.append(this.words, this.resume);
    this.fields = new Map();
    [this.spoken, this.shown] = [0, 0];
  }

  makeControls() {
    const { bench } = this;
    this.play = transportButton("Play", "play", HELP.play, () => this.toggle());
    this.play.classList.add("primary");
    this.step = transportButton("Step", "step", HELP.step, () => this.single("step"));
    this.epoch = transportButton("Epoch", "epoch", HELP.epoch, () => this.single("epoch"));
    this.reset = transportButton("Reset", "reset", HELP.reset, () => this.single("reset"));
    this.seed = transportButton("New seed", "dice", HELP.seed, () => bench.edit({ action: "new_seed" }));
    this.speed = make("select", { "aria-label": "Speed", "aria-description": HELP.speed, class: "pace", onchange: () => this.setSpeed(Number(this.speed.value)) });
    this.speed.append(...SPEEDS.map(([value, text]) => make("option", { value, text })));
    this.numbers = make("button", { type: "button", class: "control plain", "aria-pressed": "false", text: "Numbers", "data-help": HELP.numbers,
      onclick: () => setAttribute(this.numbers, "aria-pressed", bench.toggleNumbers()) });
  }

  controls() {
    const speed = make("label", { class: "speed", "data-help": HELP.speed }, make("span", { text: "Speed" }), this.speed);
    return [this.play, this.step, this.epoch, this.reset, this.seed, speed, this.numbers];
  }

  get running() {
    if (this.hope && performance.now() < this.hope.until) return this.hope.running;
    return ["running", "starting"].includes(this.bench.frame?.head.state);
  }

  toggle() {
    const running = this.running;
    const interrupted = this.bench.frame?.head.state === "interrupted";
    this.bench.send({ command: running ? "pause" : interrupted ? "resume" : "play" });
    this.hope = { running: !running, until: performance.now() + HOPE };
    this.showPlay();
  }

  single(command) {
    this.bench.send({ command });
  }

  setSpeed(value) {
    this.speedSet = performance.now();
    this.bench.send({ command: "speed", value });
  }

  /** Space, S, E and R; true when the key meant something. */
  pressed(key) {
    const action = { " ": () => this.toggle(), s: () => this.single("step"), e: () => this.single("epoch"), r: () => this.single("reset") }[key.toLowerCase()];
    if (!action || this.bench.options.readonly) return false;
    action();
    return true;
  }

  showPlay() {
    const { running } = this;
    const text = running ? "Pause" : "Play";
    if (this.play.getAttribute("aria-label") === text) return;
    this.play.setAttribute("aria-label", text);
    this.play.replaceChildren(makeIcon(running ? "pause" : "play"), make("span", { text }));
  }

  showLink(state) {
    const words = { waiting: "reconnecting …", gone: "this run is not there any more" }[state] ?? "";
    setText(this.link, words);
    setHidden(this.link, !words);
  }

  update({ head }) {
    const running = ["running", "starting"].includes(head.state);
    if (this.hope && this.hope.running === running) this.hope = null;
    this.showPlay();
    this.showReason(head);
    for (const control of [this.play, this.step, this.epoch, this.reset, this.seed, this.speed]) control.disabled = this.bench.options.readonly === true;
    if (!(performance.now() - this.speedSet < HOPE)) this.showSpeed(head.speed ?? 0);
    const now = performance.now();
    const changed = head.state !== this.state;
    if (!changed && now - this.shown < STATUS_EVERY) return this.later(head);
    clearTimeout(this.timer);
    this.state = head.state;
    this.showStatus(head, now, changed);
  }

  /** The last frame before a pause must not be left out. */
  later(head) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.showStatus(head, performance.now(), false), STATUS_EVERY);
  }

  showSpeed(value) {
    if (Number(this.speed.value) === value) return;
    if (![...this.speed.options].some((option) => Number(option.value) === value)) {
      this.speed.append(make("option", { value, text: `${grouped(value)} steps/s` }));
    }
    this.speed.value = String(value);
  }

  showReason(head) {
    const words = head.reason || { interrupted: "The run was interrupted.", failed: "The run failed." }[head.state] || "";
    setText(this.words, words);
    setHidden(this.resume, head.state !== "interrupted" || this.bench.options.readonly === true);
    setHidden(this.reason, !words || head.state === "running");
    setAttribute(this.reason, "data-state", head.state);
  }

  showStatus(head, now, changed) {
    this.shown = now;
    const fields = statusOf(head);
    const names = fields.map(([name]) => name).join();
    if (names !== this.named) this.clear();
    this.named = names;
    for (const [name, label, text] of fields) this.field(name, label, text);
    const speak = changed || head.state !== "running" || now - this.spoken > SPOKEN_EVERY;
    setAttribute(this.status, "aria-busy", String(!speak)); // busy: a screen reader waits instead of reading ten numbers a second
    if (speak) this.spoken = now;
  }

  field(name, label, text) {
    if (!this.fields.has(name)) {
      const value = make("b", {});
      const words = label ? [make("span", { class: "label", text: label }), " "] : [];
      const node = make("span", { class: `stat ${name}` }, ...words, value);
      this.status.append(node, " ");
      this.fields.set(name, { value, node });
    }
    const { value, node } = this.fields.get(name);
    setText(value, text ?? "");
    setHidden(node, text === null);
  }

  clear() {
    this.fields.clear();
    this.status.replaceChildren();
  }
}

/** [name, label, text] of everything in the status line; text null: nothing to say. */
function statusOf(head) {
  const names = Object.keys(head.metrics ?? {});
  const said = ["loss", secondFamilies(names)[0]?.[0]]; // the others are in the numbers: a line is for reading at a glance
  const metrics = familiesOf(names).filter(([family]) => said.includes(family)).flatMap(([family, names]) => names.map((name, i) => {
    const value = head.metrics[name];
    const part = partOf(name);
    return [name, [i === 0 && part ? familyTitle(family) : "", part || metricWords(name)].filter(Boolean).join(" "), isShare(name) ? percent(value) : isLoss(name) ? lossText(value) : readable(value, 4)];
  }));
  const rate = head.state === "running" && head.steps_per_second > 0 ? grouped(head.steps_per_second) : null;
  return [
    ["step", "step", String(head.step)],
    ["epoch", "epoch", fixed(head.epoch, 1)],
    ...metrics,
    ["rate", "", rate && `${rate} steps/s`],
    ["engine", "", `${head.engine} on ${deviceName(head.device)}`],
  ];
}

const deviceName = (device) => ({ cpu: "CPU", cuda: "GPU", mps: "Apple GPU" })[String(device).split(":")[0]] ?? device;
