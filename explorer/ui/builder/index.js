// The editor: the diagram of a network that is put together by clicking, dragging and keys. It holds no truth of its own:
// every change goes to Python and comes back as a new drawing.

import { make, setText } from "../workbench/dom.js";
import { readTheme, themeKey } from "../workbench/palette.js";
import { Tooltip } from "../workbench/tooltip.js";
import { amount, bytes } from "./amounts.js";
import { Catalogue } from "./catalogue.js";
import { Drag } from "./drag.js";
import { Flow } from "./flow.js";
import { Toolbar } from "./toolbar.js";

const DENSE = 16; // layers above which the cards are drawn lower
const THEME_EVERY = 500; // ms
const HEADINGS = [
  ["output", "Output", "Shape of one example after this layer."],
  ["receptive", "Sees", "How much of the network's input one number of this layer depends on."],
  ["parameters", "Parameters", "Numbers that training learns. The bar is this layer's share."],
  ["macs", "MACs", "Multiplications with their additions for one example, forward; one MAC is two FLOPs. Only matrix products and convolutions are counted."],
  ["memory", "Memory", "What the layer keeps of a whole batch until the backward pass, its output included (float32)."],
];
const TOTALS_HELP = "Activations: all numbers that the layers put out for one example. Training step: weights, their gradients, two more numbers "
  + "for each weight (Adam needs them; no optimiser needs more), and what every layer keeps of the batch until the backward pass (Memory).";

class Builder {
  constructor(parent) {
    this.folded = new Set();
    this.networks = [];
    this.drag = new Drag(this);
    this.flow = new Flow(this);
    this.toolbar = new Toolbar(this);
    this.catalogue = new Catalogue(this);
    this.body = make("div", { class: "scroll" });
    this.note = make("div", { class: "note", role: "status" });
    this.totals = make("footer", { class: "totals" });
    this.headings = make("div", { class: "headings" }, make("span", {}), make("span", { text: "Layer" }),
      ...HEADINGS.map(([name, text, help]) => make("span", { class: name, text, "data-help": help })));
    this.root = make("div", { class: "bd", tabindex: "-1", "data-testid": "builder", "data-drawn": "0" },
      this.toolbar.element, this.headings, this.body, this.totals, this.note, this.catalogue.element);
    parent.append(this.root);
    this.tooltip = new Tooltip(this.root);
    this.root.addEventListener("keydown", (event) => this.pressed(event));
    this.root.addEventListener("click", () => { this.catalogue.close(); this.toolbar.showKeys(false); });
    this.onResize = () => this.resize();
    window.addEventListener("resize", this.onResize);
    this.timer = setInterval(() => this.lookAtTheme(), THEME_EVERY);
  }

  /** A new drawing from Python. */
  configure(data, setTriggerValue) {
    this.trigger = setTriggerValue;
    this.networks = data.networks ?? [];
    this.entries = data.entries ?? [];
    this.room = data.room ?? 0;
    this.selected = data.selected ?? "";
    this.history = { canUndo: data.can_undo, canRedo: data.can_redo };
    setText(this.note, data.note ?? "");
    for (const block of this.around(this.selected)) this.folded.delete(block.id);
    this.draw();
    this.root.dataset.version = data.version ?? "";
    this.root.dataset.answered = String(performance.now() - (this.asked ?? performance.now()));
    this.root.dataset.drawn = String(Number(this.root.dataset.drawn) + 1);
  }

  draw() {
    const { hasKeys } = this;
    const top = this.body.scrollTop;
    const several = this.networks.length > 1;
    this.body.replaceChildren(...this.networks.flatMap((sketch) => [several ? make("h4", { class: "role", text: sketch.role }) : null, this.flow.draw(sketch)].filter(Boolean)));
    this.body.scrollTop = top;
    const nodes = this.visible();
    this.root.classList.toggle("dense", nodes.length > DENSE);
    this.mark(hasKeys);
    this.writeTotals();
    this.resize();
  }

  /** All cards of layers from top to bottom. */
  visible() {
    return [...this.body.querySelectorAll(".card.layer")];
  }

  /** Whether keys go to the network: the focus is on it, not on a tool or in the search. */
  get hasKeys() {
    const focused = this.root.getRootNode().activeElement;
    return focused === this.root || this.body.contains(focused);
  }

  /** The blocks a layer lies in, outermost first. */
  around(id) {
    return this.all().filter((node) => node.id !== id && this.all(node.bodies.flat()).some((inner) => inner.id === id));
  }

  all(nodes = this.networks.flatMap((sketch) => sketch.nodes)) {
    return nodes.flatMap((node) => [node, ...this.all(node.bodies.flat())]);
  }

  cardOf(id) {
    return this.visible().find((card) => card.dataset.id === id);
  }

  mark(focus) {
    const cards = this.visible();
    for (const card of cards) {
      const chosen = card.dataset.id === this.selected;
      card.classList.toggle("selected", chosen);
      card.setAttribute("aria-selected", String(chosen));
      card.tabIndex = chosen || (!this.selected && card === cards[0]) ? 0 : -1;
    }
    const card = this.cardOf(this.selected);
    if (card && this.shown !== this.selected) reveal(this.body, card);
    this.shown = this.selected;
    this.revealClash();
    if (focus) this.refocus();
    const node = this.all().find((one) => one.id === this.selected);
    const blocks = this.all().filter((one) => one.bodies.length);
    const lost = this.toolbar.update({ ...this.history, selected: Boolean(node), block: Boolean(node?.bodies.length), blocks: blocks.length > 0,
      layers: this.all().length > 0 });
    if (lost) this.refocus();
  }

  /** A clash that was not there a moment ago is brought into view. */
  revealClash() {
    const note = this.body.querySelector(".clash");
    const words = note?.textContent ?? "";
    if (note && words !== this.clash) reveal(this.body, note);
    this.clash = words;
  }

  writeTotals() {
    const parts = this.networks.map((sketch) => {
      const name = this.networks.length > 1 ? `${sketch.role}: ` : "";
      if (!sketch.cost) return make("span", { text: `${name}not yet a network that can be trained` });
      const { parameters, macs, activations, training, batch } = sketch.cost;
      const words = `${name}${amount(parameters)} parameters · ${amount(macs)} MACs = ${amount(2 * macs)} FLOPs forward per example · `
        + `${bytes(activations)} of activations per example · ${bytes(training)} for a training step of ${batch}`;
      return make("span", { text: words, "data-help": TOTALS_HELP });
    });
    this.totals.replaceChildren(...parts);
  }

  select(id, focus = false) {
    this.catalogue.close();
    this.toolbar.showKeys(false);
    if (id === this.selected) return focus && this.cardOf(id)?.focus({ preventScroll: true });
    this.selected = id;
    this.mark(focus);
    this.trigger?.("select", { id, at: Date.now() });
  }

  fold(id) {
    if (this.folded.has(id)) this.folded.delete(id);
    else this.folded.add(id);
    this.refold();
  }

  foldAll() {
    const blocks = this.all().filter((node) => node.bodies.length).map((node) => node.id);
    const every = blocks.every((id) => this.folded.has(id));
    this.folded = new Set(every ? [] : blocks);
    this.refold();
  }

  /** Draw with other blocks folded; a selection that lies in one of them goes to the block. */
  refold() {
    const { hasKeys } = this;
    this.draw();
    const block = this.around(this.selected).find((node) => this.folded.has(node.id));
    if (block) this.select(block.id, hasKeys);
  }

  edit(change) {
    this.asked = performance.now();
    this.trigger?.("edit", { role: this.roleOf(change.id) ?? this.networks[0]?.role, ...change, at: Date.now() });
  }

  roleOf(id) {
    return id && this.networks.find((sketch) => this.all(sketch.nodes).some((node) => node.id === id))?.role;
  }

  /** What a button or a key does to the selected layer. */
  act(name) {
    const id = this.selected;
    const acts = {
      undo: () => this.edit({ action: "undo" }), redo: () => this.edit({ action: "redo" }), clear: () => this.edit({ action: "clear" }),
      add: () => this.catalogue.open(this.spotAfter(id)), fold: () => this.foldAll(),
      duplicate: () => id && this.edit({ action: "duplicate", id }), delete: () => id && this.edit({ action: "delete", id }),
      unwrap: () => id && this.edit({ action: "unwrap", id }),
    };
    if (acts[name]) acts[name]();
    else if (id) this.edit({ action: "wrap", id, kind: name });
  }

  /** The place behind a layer; behind the last one where none is selected, but before a closing Output layer. */
  spotAfter(id) {
    const spots = this.networks.flatMap((sketch) => spotsOf(sketch.nodes, { role: sketch.role, block: "", body: 0 }));
    const found = spots.find((spot) => spot.id === id);
    if (found) return { role: found.role, block: found.block, body: found.body, index: found.index + 1 };
    const [sketch] = this.networks;
    return { role: sketch.role, block: "", body: 0, index: sketch.nodes.length - (sketch.nodes.at(-1)?.kind === "output" ? 1 : 0) };
  }

  describe({ block, body, index }) {
    const home = this.all().find((node) => node.id === block);
    const row = home ? home.bodies[body] : this.networks[0]?.nodes ?? [];
    const before = row[index - 1];
    const inside = home ? ` in ${home.title}${home.bodies.length > 1 ? `, branch ${body + 1}` : ""}` : "";
    return before ? `after ${before.title}${inside}` : `first${inside || " layer of the network"}`;
  }

  pressed(event) {
    const typing = ["TEXTAREA", "SELECT", "INPUT"].includes(event.target.tagName);
    if (typing) return event.stopPropagation();
    const chord = event.ctrlKey || event.metaKey;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (chord && (key === "z" || key === "y")) this.act(key === "y" || event.shiftKey ? "redo" : "undo");
    else if (chord) return;
    else if (!this.keyDone(key, event.altKey, event.target)) return event.stopPropagation(); // R and C are short cuts of Streamlit itself
    event.preventDefault();
    event.stopPropagation();
  }

  keyDone(key, alt, target) {
    if (target.tagName === "BUTTON" && ["Enter", " "].includes(key)) return false;
    const letters = { a: "add", Enter: "add", d: "duplicate", Delete: "delete", Backspace: "delete", r: "residual", t: "repeat", p: "parallel", u: "unwrap", f: "fold" };
    if (letters[key]) this.act(letters[key]);
    else if (key === "ArrowUp" || key === "ArrowDown") alt ? this.carry(key) : this.step(key === "ArrowDown" ? 1 : -1);
    else if (key === "ArrowLeft" || key === "ArrowRight") this.foldSelected(key === "ArrowLeft");
    else if (key === "Escape") this.escape();
    else return false;
    return true;
  }

  /** Closes what is open; else lets go of the layer. */
  escape() {
    if (this.toolbar.keysShown) this.toolbar.showKeys(false);
    else if (this.catalogue.isOpen) this.catalogue.close();
    else this.select("");
  }

  step(by) {
    const cards = this.visible();
    const now = cards.findIndex((card) => card.dataset.id === this.selected);
    const next = cards[now < 0 ? (by > 0 ? 0 : cards.length - 1) : now + by];
    if (next) this.select(next.dataset.id, true);
  }

  foldSelected(fold) {
    const node = this.all().find((one) => one.id === this.selected);
    if (node?.bodies.length && this.folded.has(node.id) !== fold) this.fold(node.id);
  }

  /** Move the selected layer to the next place up or down, into and out of blocks on the way. */
  carry(key) {
    const slots = [...this.body.querySelectorAll(".slot")].filter((slot) => !this.cardOf(this.selected)?.closest(".block")?.contains(slot) || !this.isBlock());
    const card = this.cardOf(this.selected);
    if (!card) return;
    const down = key === "ArrowDown";
    const home = this.isBlock() ? card.closest(".block") : card.closest(".stack") ?? card;
    const beyond = slots.filter((slot) => {
      const place = home.compareDocumentPosition(slot);
      return slot !== home.previousElementSibling && slot !== home.nextElementSibling && (place & (down ? Node.DOCUMENT_POSITION_FOLLOWING : Node.DOCUMENT_POSITION_PRECEDING));
    });
    const slot = down ? beyond[0] : beyond.at(-1);
    if (!slot) return;
    const [block, body, index] = slot.dataset.spot.split("/");
    this.edit({ action: "move", id: this.selected, block, body: Number(body), index: Number(index) });
  }

  isBlock() {
    return Boolean(this.all().find((node) => node.id === this.selected)?.bodies.length) && !this.folded.has(this.selected);
  }

  refocus() {
    (this.cardOf(this.selected) ?? this.root).focus({ preventScroll: true });
  }

  picture(kind) {
    return new URL(`nx/layers/${encodeURIComponent(kind)}.svg?theme=${this.root.classList.contains("dark") ? "dark" : "light"}`, document.baseURI).href;
  }

  /** The network scrolls in a window of its own, so that the form beside it stays in view. */
  resize() {
    this.body.style.maxHeight = `${Math.max(280, window.innerHeight - this.room)}px`;
  }

  lookAtTheme() {
    const key = themeKey(this.root);
    if (key === this.themeKey) return;
    this.themeKey = key;
    const theme = readTheme(this.root, "");
    this.root.classList.toggle("dark", theme.dark);
    this.root.style.colorScheme = theme.dark ? "dark" : "light";
  }

  dispose() {
    clearInterval(this.timer);
    window.removeEventListener("resize", this.onResize);
    this.root.remove();
  }
}

/** Scroll so that a card is seen whole, and no further. */
function reveal(box, card) {
  const [outer, inner] = [box.getBoundingClientRect(), card.getBoundingClientRect()];
  if (inner.top < outer.top) box.scrollTop -= outer.top - inner.top + 24;
  else if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom + 24;
}

function spotsOf(nodes, spot) {
  return nodes.flatMap((node, index) => [{ ...spot, index, id: node.id }, ...node.bodies.flatMap((body, number) => spotsOf(body, { ...spot, block: node.id, body: number }))]);
}

const builders = new WeakMap();

export default function mountBuilder({ data, parentElement, setTriggerValue }) {
  if (!builders.has(parentElement)) builders.set(parentElement, new Builder(parentElement));
  const builder = builders.get(parentElement);
  builder.mounts = (builder.mounts ?? 0) + 1;
  builder.configure(data ?? {}, setTriggerValue);
  const mount = builder.mounts;
  // Called before a fresh call as well as at the end: only when no call follows has the component really gone.
  return () => setTimeout(() => {
    if (builder.mounts !== mount) return;
    builders.delete(parentElement);
    builder.dispose();
  }, 0);
}
