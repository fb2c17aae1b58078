// The other future: the curve of the run that this one branched off from.

const CURVE_EVERY = 4000; // ms between two looks at a run that may still train

export class Forerunner {
  constructor(bench) {
    this.bench = bench;
    this.branch = null;
    this.curve = null;
  }

  /** branch: {of, step}, or nothing where the run began by itself. */
  follow(branch) {
    if (branch?.of === this.branch?.of) return;
    clearTimeout(this.timer);
    [this.branch, this.curve] = [branch ?? null, null];
    if (branch) this.ask();
  }

  async ask() {
    const { branch } = this;
    try {
      const answer = await fetch(new URL(`nx/runs/${encodeURIComponent(branch.of)}/curve`, document.baseURI));
      if (answer.ok && branch === this.branch) this.take(await answer.json());
    } catch { /* the line is down: asked again */ }
    if (branch === this.branch) this.timer = setTimeout(() => this.ask(), CURVE_EVERY);
  }

  take(curve) {
    const changed = curve.step.length !== this.curve?.step.length || curve.step.at(-1) !== this.curve?.step.at(-1);
    this.curve = curve;
    if (changed) this.bench.redraw();
  }

  /** Something that differs when there is something new to draw. */
  get key() {
    return this.curve ? `${this.branch.of}${this.curve.step.length}${this.curve.step.at(-1)}` : "";
  }

  /** {step, values} of one metric from the branching point on; null where it was not measured. */
  future(name) {
    const values = this.curve?.[name];
    if (!values) return null;
    const from = this.curve.step.findIndex((step) => step >= this.branch.step);
    return from < 0 ? null : { steps: this.curve.step.slice(from), values: values.slice(from) };
  }
}
