// One layer as a card: the tensor it puts out, its name and settings, and what it costs.

import { make } from "../workbench/dom.js";
import { amount, bytes, named, shapeCell, sizes } from "./amounts.js";
import { glyph } from "./glyph.js";

/** `facts`: { totals, builder, folded }. A compact card (in a branch) has two lines and no columns. */
export function layerCard(node, facts, compact) {
  const { builder, totals } = facts;
  const card = make("div", {
    class: "card layer", role: "treeitem", tabindex: "-1", draggable: "true", "data-id": node.id, "data-group": node.group, "data-kind": node.kind,
    "aria-label": sentence(node), "aria-expanded": node.bodies.length ? String(!facts.folded) : null,
  });
  card.append(glyph(node.output), nameCell(node, facts), ...(compact ? [compactCell(node)] : columns(node, totals)));
  card.classList.toggle("unreached", !node.input);
  builder.drag.lift(card, node.id);
  card.addEventListener("click", (event) => { event.stopPropagation(); builder.select(node.id, true); });
  return card;
}

function nameCell(node, { builder, folded }) {
  const title = make("span", { class: "title" }, make("b", { text: node.title, title: node.title }), node.copies > 1 ? make("em", { text: `× ${node.copies}` }) : null);
  if (node.bodies.length) title.prepend(foldButton(node, builder, folded));
  const held = folded ? `${count(node)} inside. ` : "";
  return make("span", { class: "name" }, title, make("small", { text: held + node.settings, title: node.settings || null }));
}

function foldButton(node, builder, folded) {
  const words = folded ? `Unfold ${node.title}` : `Fold ${node.title}`;
  return make("button", { type: "button", class: "fold", tabindex: "-1", text: folded ? "▸" : "▾", "aria-label": words, "data-help": words,
    onclick: (event) => { event.stopPropagation(); builder.fold(node.id); } });
}

const count = (node) => {
  const inside = node.bodies.flat().length;
  return `${inside} layer${inside === 1 ? "" : "s"}`;
};

function columns(node, totals) {
  return [
    shapeCell(node.output),
    make("span", { class: "receptive", text: node.receptive || "" }),
    costCell("parameters", amount(node.parameters), node.parameters, totals.parameters),
    costCell("macs", amount(node.macs), node.macs, totals.macs),
    costCell("memory", bytes(node.kept), node.kept, totals.kept),
  ];
}

function costCell(name, text, value, total) {
  const share = total > 0 && value ? value / total : 0;
  const bar = make("i", {});
  bar.style.width = `${Math.max(share * 100, share > 0 ? 2 : 0).toFixed(1)}%`;
  const title = share > 0 ? `${(share * 100).toPrecision(2)} % of the network` : null;
  return make("span", { class: `cost ${name}`, title }, make("span", { text }), make("span", { class: "meter" }, bar));
}

const compactCell = (node) => make("small", { class: "facts", title: named(node.output),
  text: node.output ? `${sizes(node.output)} · ${amount(node.parameters)} parameters` : "–" });

/** A layer in one sentence, for those who listen to the page. */
function sentence(node) {
  const size = node.output ? `puts out ${named(node.output)}` : "its output is not known";
  const cost = node.parameters === null ? "" : `, ${amount(node.parameters)} parameters`;
  return `${node.title}${node.settings ? ` (${node.settings})` : ""}: ${size}${cost}`;
}

/** The ends of the network: what comes in and what the task wants. */
export function endCard(title, shape, words, state) {
  return make("div", { class: `card end ${state}` }, glyph(shape), make("span", { class: "name" }, make("span", { class: "title" }, make("b", { text: title })),
    make("small", { text: words })), shapeCell(shape));
}
