// The network from top to bottom: cards, the places between them, and blocks that hold rows of their own.

import { make } from "../workbench/dom.js";
import { endCard, layerCard } from "./card.js";
import { clashNote } from "./clash.js";

const MERGE = { add: "added number by number", concatenate: "put side by side" };
const OPENS = { attend: "memory: what these layers make of the input" };

export class Flow {
  constructor(builder) {
    this.builder = builder;
  }

  /** Everything of one network. */
  draw(sketch) {
    const { builder } = this;
    this.sketch = sketch;
    const totals = sumOf(sketch.nodes);
    this.facts = { builder, totals };
    const rows = this.row(sketch.nodes, { role: sketch.role, block: "", body: 0 }, false);
    const general = sketch.clash && !sketch.clash.layer ? [clashNote(sketch.clash, sketch.role, builder)] : [];
    return make("div", { class: "flow", role: "tree", "aria-label": `Layers of the network ${sketch.role}` },
      endCard("Input", sketch.input, sketch.feeds, ""), ...rows,
      endCard(sketch.task, sketch.wanted, sketch.clash ? "wanted from the network" : "what the task wants, and what the network gives", sketch.clash ? "open" : "met"), ...general);
  }

  /** Cards of one row with a place before, between and after them. */
  row(nodes, spot, compact) {
    const parts = [this.slot({ ...spot, index: 0 }, !nodes.length)];
    nodes.forEach((node, i) => parts.push(this.node(node, compact, spot.role), this.slot({ ...spot, index: i + 1 })));
    return parts;
  }

  slot(spot, alone) {
    const words = alone && !spot.block ? "Add the first layer" : alone ? "Add a layer here; empty, it passes its input on" : "Insert a layer here";
    const text = alone ? "+ Add a layer" : "+";
    const button = make("button", { type: "button", tabindex: alone ? "0" : "-1", text, "aria-label": words, "data-help": words, onclick: (event) => {
      event.stopPropagation();
      this.builder.catalogue.open(spot, event.currentTarget);
    } });
    const slot = make("div", { class: alone ? "slot alone" : "slot", role: "none", "data-spot": `${spot.block}/${spot.body}/${spot.index}` }, button);
    this.builder.drag.land(slot, spot);
    return slot;
  }

  node(node, compact, role) {
    const { clash } = this.sketch;
    const folded = this.builder.folded.has(node.id);
    const card = layerCard(node, { ...this.facts, folded }, compact);
    const note = clash?.layer === node.id ? clashNote(clash, role, this.builder) : null;
    if (note) card.classList.add("clashing");
    if (!node.bodies.length || folded) return note ? make("div", { class: "stack", role: "none" }, card, note) : card;
    return make("div", { class: "block", role: "none", "data-joins": node.joins || "row" }, card, note, this.inside(node, compact, role));
  }

  inside(node, compact, role) {
    const rows = node.bodies.map((body, number) => make("div", { class: "body", role: "group" },
      ...this.row(body, { role, block: node.id, body: number }, compact || node.bodies.length > 1)));
    if (node.bodies.length === 1 && node.joins !== "merge") return make("div", { class: "bodies", role: "none" }, OPENS[node.joins] ? make("div", { class: "foot", text: OPENS[node.joins] }) : null, ...rows, this.foot(node));
    return make("div", { class: "bodies", role: "none" }, make("div", { class: "branches", role: "none" }, ...rows.map((row, i) => this.branch(node, row, i, role))), this.foot(node));
  }

  branch(node, row, number, role) {
    const removable = node.kind === "parallel" && node.bodies.length > 2;
    const words = `Remove branch ${number + 1}`;
    const label = make("div", { class: "label" }, make("span", { text: `branch ${number + 1}` }),
      removable ? make("button", { type: "button", class: "fold", text: "×", "aria-label": words, "data-help": words,
        onclick: (event) => { event.stopPropagation(); this.builder.edit({ action: "unbranch", role, id: node.id, body: number }); } }) : null);
    return make("div", { class: "branch", role: "none" }, label, row);
  }

  /** How what a block holds comes together again. */
  foot(node) {
    if (node.joins === "skip") return make("div", { class: "foot" }, make("span", { class: "plus", text: "+" }), make("span", { text: "the block's input is added" }));
    if (node.joins === "attend") return make("div", { class: "foot" }, make("span", { class: "plus", text: "?" }), make("span", { text: "the block's input asks this memory" }));
    if (node.joins !== "merge") return node.copies > 1 ? make("div", { class: "foot" }, make("span", { text: `${node.copies} times, each with weights of its own` })) : null;
    const words = MERGE[node.merge];
    const more = node.kind === "parallel" ? make("button", { type: "button", class: "link", text: "+ branch", "data-help": "Add an empty branch: it passes the input on.",
      onclick: (event) => { event.stopPropagation(); this.builder.edit({ action: "branch", role: this.sketch.role, id: node.id }); } }) : null;
    return make("div", { class: "foot" }, make("span", { class: "plus", text: node.merge === "add" ? "+" : "∥" }), make("span", { text: words ? `branches are ${words}` : "" }), more);
  }
}

function sumOf(nodes) {
  const sum = (name) => nodes.reduce((total, node) => total + (node[name] ?? 0), 0);
  return { parameters: sum("parameters"), macs: sum("macs"), kept: sum("kept") };
}
