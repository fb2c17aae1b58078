// The time machine: a slider over the recorded steps of the run. Whatever step is chosen, every picture of the workbench shows it.

import { make, makeIcon, setAttribute, setHidden, setText } from "./dom.js";
import { decodeFrame } from "./frame.js";
import { metricWords } from "./metrics.js";
import { grouped } from "./numbers.js";

const LIST_EVERY = 2000; // ms between two looks at what has been recorded, while somebody looks back
const TELL_AFTER = 300; // ms that the slider rests before the page is told
const TELL_EVERY = 500; // ms at least between two figures of the page that follow a film; twice as long as the page took, where that is more
const DRAWN_PAGE = '[data-testid="stApp"]'; // it says in data-test-script-state whether the page is being drawn
const LIST_RARELY = 6000; // ms otherwise
const FILM_LENGTH = 12000; // ms that a whole film takes at most
const FILM_PICTURE = 60; // ms that each picture of a film stays at least
const FILM_BOUNDS = [16, 64, 256, 1024]; // megabytes that a film may take
const MEGABYTE = 2 ** 20;

const TIME_HELP = {
  slider: "Every recorded step of this run, dense at the beginning. Move it and all pictures show that step; the run itself is not touched. Arrow keys go step by step.",
  film: "Play the recorded steps from here, or from the beginning, like a film.",
  before: "Go to the mark before: a change of a setting, the best test loss, or a step set back.",
  after: "Go to the next mark.",
  now: "Stop looking back: show the run as it is now.",
  branch: "Start a new run here: it has the same past, and goes on from this step with whatever you change. This run stays as it is; its curve stays in view.",
  bound: "Room on the disk for the recorded steps of this run. When it is used up, steps are left out where they lie closest.",
};

function timeTool(text, icon, help, onclick) {
  return make("button", { type: "button", class: "small icon", "aria-label": text, "data-help": help, onclick }, makeIcon(icon));
}

export class TimeLine {
  constructor(bench) {
    this.bench = bench;
    [this.steps, this.broken, this.at, this.listed, this.mayTell] = [[], new Set(), null, 0, 0];
    this.film = timeTool("Play the film", "film", TIME_HELP.film, () => this.toggleFilm());
    this.back = timeTool("Mark before", "before", TIME_HELP.before, () => this.jump(-1));
    this.next = timeTool("Next mark", "after", TIME_HELP.after, () => this.jump(1));
    this.slider = make("input", { type: "range", min: 0, max: 0, value: 0, step: 1, class: "time", "aria-label": "Recorded step", "data-help": TIME_HELP.slider,
      oninput: () => this.moved(), onpointerdown: () => this.list(), onfocus: () => this.list() });
    this.ticks = make("div", { class: "ticks" });
    this.words = make("span", { class: "moment", "aria-live": "polite" });
    this.now = make("button", { type: "button", class: "small", text: "Now", "data-help": TIME_HELP.now, onclick: () => this.leave() });
    this.branch = make("button", { type: "button", class: "small", text: "Branch from here", "data-help": TIME_HELP.branch, onclick: () => this.branchOff() });
    this.bound = make("select", { class: "bound", "aria-label": "Room for recorded steps", "data-help": TIME_HELP.bound,
      onchange: () => bench.send({ command: "record", megabytes: Number(this.bound.value) }) });
    this.bound.append(...FILM_BOUNDS.map((value) => make("option", { value, text: value < 1000 ? `${value} MB` : "1 GB" })));
    const track = make("div", { class: "track" }, this.slider, this.ticks);
    this.problem = make("div", { class: "film-problem", hidden: true });
    const line = make("div", { class: "timeline", role: "group", "aria-label": "Time machine" }, this.film, this.back, track, this.next, this.words, this.now, this.branch, this.bound);
    this.element = make("div", { class: "time-machine", hidden: true }, line, this.problem);
  }

  /** Whether the pictures show a step that was, and not the run as it is. */
  get past() {
    return this.at !== null;
  }

  /** Another run is watched. */
  reset() {
    [this.steps, this.at, this.listed, this.wanted, this.shown] = [[], null, 0, null, null];
    this.broken.clear();
    this.stopFilm();
    clearTimeout(this.due);
    this.due = null;
    setHidden(this.element, true);
  }

  /** The live run has a new picture: perhaps there is more to look back on. */
  update({ head }) {
    const film = this.reel ? { count: this.steps.length } : head.film ?? { count: 0 };
    setHidden(this.element, (this.bench.strip && !this.bench.options.moments) || (film.count < 2 && !film.problem));
    setText(this.problem, film.problem ?? "");
    setHidden(this.problem, !film.problem);
    this.showBound(film);
    if (film.count !== this.count) this.listSoon();
    this.count = film.count;
    this.show();
  }

  showBound(film) {
    if (!film.allowed || this.bound === document.activeElement) return;
    const megabytes = Math.round(film.allowed / MEGABYTE);
    if (!FILM_BOUNDS.includes(megabytes) && !this.bound.querySelector(`[value="${megabytes}"]`)) this.bound.append(make("option", { value: megabytes, text: `${megabytes} MB` }));
    if (this.bound.value !== String(megabytes)) this.bound.value = String(megabytes);
    setAttribute(this.bound, "data-help", `${TIME_HELP.bound} Now: ${grouped(film.count)} steps, ${(film.bytes / MEGABYTE).toFixed(1)} MB.`);
    this.bound.disabled = this.bench.options.readonly === true;
  }

  /** Play a film that needs no server: `reel` answers to the same paths, and to "now" with the newest picture. */
  async replay(reel) {
    this.reel = reel;
    const now = decodeFrame(await (await reel("now")).arrayBuffer());
    await this.list();
    this.bench.frame = now;
    this.update(now);
    this.go(this.steps.length - 1);
  }

  ask(path) {
    return this.reel ? this.reel(path) : fetch(new URL(path, document.baseURI));
  }

  /** Ask which steps are recorded, not too often; the last ones of a run that then rests are not left out. */
  listSoon() {
    if (this.due) return;
    const wait = this.listed + (this.past ? LIST_EVERY : LIST_RARELY) - performance.now();
    this.due = setTimeout(() => {
      this.due = null;
      this.list();
    }, this.listed ? Math.max(wait, 0) : 0);
  }

  /** Ask which steps are recorded. */
  async list() {
    if (this.listing) return;
    [this.listing, this.listed] = [true, performance.now()];
    const { run } = this.bench;
    try {
      const answer = await this.ask(`nx/runs/${encodeURIComponent(run)}/film`);
      if (answer.ok && run === this.bench.run) this.take((await answer.json()).steps);
    } catch { /* the line is down: asked again with the next picture */ }
    this.listing = false;
  }

  take(steps) {
    const step = this.past ? this.steps[this.at] : null;
    this.steps = steps;
    if (step !== null) this.at = Math.max(0, closestPlace(steps, step));
    this.slider.max = String(Math.max(steps.length - 1, 0));
    this.marked = null;
    this.show();
  }

  show() {
    const { past, steps } = this;
    this.slider.value = String(past ? this.at : Math.max(steps.length - 1, 0));
    const step = past ? steps[this.at] : this.bench.frame?.head.step;
    setText(this.words, this.failure ?? (past ? `step ${grouped(step ?? 0)}${this.reel ? "" : ", looking back"}` : "now"));
    setAttribute(this.slider, "aria-valuetext", past ? `step ${step}` : "now");
    for (const button of [this.now, this.branch]) button.disabled = !past || (button === this.branch && this.bench.options.readonly === true);
    this.element.classList.toggle("past", past);
    this.showMarks();
  }

  // -- marks

  /** [{step, text}] worth going to, by step. */
  marks() {
    const { frame } = this.bench;
    if (!frame) return [];
    const marks = (frame.head.marks ?? []).map(({ step, text }) => ({ step, text }));
    const best = bestStep(frame);
    if (best) marks.push(best);
    return marks.sort((one, other) => one.step - other.step);
  }

  showMarks() {
    const marks = [...this.marks(), ...[...this.broken].map((step) => ({ step, text: "this snapshot is damaged", broken: true }))];
    const key = `${this.steps.length}|${this.steps.at(-1)}|${marks.map(({ step, text }) => `${step}${text}`).join()}`;
    if (key === this.marked || this.steps.length < 2) return;
    this.marked = key;
    this.ticks.replaceChildren(...marks.map(({ step, text, broken }) => make("button", {
      type: "button", class: broken ? "tick broken" : "tick", tabindex: "-1", "aria-label": `step ${step}: ${text}`, "data-help": `step ${grouped(step)}: ${text}`,
      style: `left: ${(100 * closestPlace(this.steps, step)) / (this.steps.length - 1)}%`, onclick: () => this.go(closestPlace(this.steps, step)),
    })));
  }

  jump(direction) {
    const here = this.past ? this.at : this.steps.length;
    const places = this.marks().map(({ step }) => closestPlace(this.steps, step));
    const found = direction < 0 ? places.filter((at) => at < here).at(-1) : places.find((at) => at > here);
    if (found !== undefined) this.go(found);
    else this.go(direction < 0 ? 0 : this.steps.length - 1);
  }

  // -- looking

  moved() {
    this.stopFilm();
    this.go(Number(this.slider.value));
  }

  /** Show the recorded step number `at`. */
  go(at) {
    if (!this.steps.length) return;
    if (!this.past) this.bench.held = this.bench.frame;
    this.at = Math.min(Math.max(at, 0), this.steps.length - 1);
    this.asked = performance.now();
    this.show();
    this.fetch();
    this.tell(this.steps[this.at]);
  }

  /** Let the page know which step is looked at: once the slider rests; now and then while a film plays, where its figures can follow. */
  tell(step) {
    clearTimeout(this.telling);
    const { moments, follow } = this.bench.options;
    if (!moments) return;
    if (!follow || !this.playing) {
      this.telling = setTimeout(() => this.say(step), TELL_AFTER);
      return;
    }
    this.watchPage();
    if (performance.now() >= this.mayTell) this.say(step);
  }

  say(step) {
    this.mayTell = Infinity; // until the page was drawn
    this.told = performance.now();
    this.bench.trigger?.("moment", { step, at: Date.now() });
  }

  /** When the page may be told again: after a pause as long as it took to be drawn, so that a slow server has time for others. */
  watchPage() {
    const drawn = [undefined, "notRunning"].includes(document.querySelector(DRAWN_PAGE)?.dataset.testScriptState);
    if (this.mayTell !== Infinity || !drawn) return;
    const spent = performance.now() - this.told;
    if (spent >= FILM_PICTURE) this.mayTell = this.told + Math.max(TELL_EVERY, 2 * spent); // before that it may not have begun
  }

  /** What is selected has changed: the same step with another unit or example. */
  refresh() {
    this.shown = null;
    this.fetch();
  }

  path() {
    const { selected, example, run } = this.bench;
    const view = new URLSearchParams({ example: String(example ?? 0) });
    if (selected) [["column", selected.column], ["unit", selected.unit]].forEach(([name, value]) => view.set(name, String(value)));
    return `nx/runs/${encodeURIComponent(run)}/film/${this.steps[this.at]}?${view}`;
  }

  /** One question at a time; when it is answered, the newest wish is the next. */
  async fetch() {
    if (this.fetching || !this.past) return;
    const [path, asked] = [this.path(), this.asked];
    if (path === this.shown) return;
    this.fetching = true;
    try {
      const answer = await this.ask(path);
      if (answer.ok) this.arrived(await answer.arrayBuffer(), asked);
      else this.failed((await answer.json()).text, Number(path.match(/film\/(\d+)/)[1]), answer.status);
    } catch {
      this.failed("the explorer does not answer");
    }
    [this.fetching, this.shown] = [false, path];
    if (this.past && this.path() !== path) this.fetch();
  }

  arrived(bytes, asked) {
    if (!this.past) return;
    this.failure = null;
    this.bench.showPast(decodeFrame(bytes), asked);
    this.show();
  }

  failed(words, step, status) {
    if (status === 410) this.broken.add(step);
    this.failure = words;
    this.show();
  }

  /** The run as it is now. */
  leave() {
    if (!this.past) return;
    this.stopFilm();
    [this.at, this.failure, this.shown] = [null, null, null];
    this.bench.showNow();
    this.show();
    this.tell(-1);
  }

  branchOff() {
    const step = this.steps[this.at];
    if (step !== undefined) this.bench.edit({ action: "branch", step });
  }

  // -- the film

  async toggleFilm() {
    if (this.playing) return this.stopFilm();
    await this.list();
    if (this.steps.length < 2) return;
    const stride = Math.max(1, Math.ceil((this.steps.length * FILM_PICTURE) / FILM_LENGTH));
    if (!this.past || this.at >= this.steps.length - 1) this.go(0);
    this.showFilm(true);
    this.playing = setInterval(() => this.advance(stride), FILM_PICTURE);
  }

  advance(stride) {
    if (this.fetching) return;
    if (this.at >= this.steps.length - 1) return this.stopFilm();
    this.go(this.at + stride);
  }

  stopFilm() {
    const played = this.playing;
    clearInterval(this.playing);
    this.playing = null;
    this.showFilm(false);
    if (played && this.past) this.tell(this.steps[this.at]);
  }

  showFilm(on) {
    this.film.replaceChildren(makeIcon(on ? "pause" : "film"));
    setAttribute(this.film, "aria-label", on ? "Stop the film" : "Play the film");
  }

  dispose() {
    clearInterval(this.playing);
    clearTimeout(this.telling);
    clearTimeout(this.due);
  }
}

/** Place of the recorded step closest to `step`. */
function closestPlace(steps, step) {
  let at = 0;
  for (let i = 1; i < steps.length; i += 1) if (Math.abs(steps[i] - step) < Math.abs(steps[at] - step)) at = i;
  return at;
}

/** Where the loss on data that are not trained on was smallest. */
function bestStep({ arrays }) {
  const name = ["validation_loss", "test_loss"].find((one) => arrays[`history/${one}`]);
  const steps = arrays["history/step"]?.data;
  if (!name || !steps?.length) return null;
  let at = -1;
  const values = arrays[`history/${name}`].data;
  for (let i = 0; i < steps.length; i += 1) if (Number.isFinite(values[i]) && (at < 0 || values[i] < values[at])) at = i;
  return at < 0 ? null : { step: steps[at], text: `best ${metricWords(name)}` };
}
