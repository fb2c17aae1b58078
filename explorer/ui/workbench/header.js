// What stands above a column of the diagram: its name, its number of units, its activation, its badges.

import { make } from "./dom.js";
import { grouped } from "./numbers.js";

const NOUNS = { map: ["map", "maps"], plane: ["unit", "units"], strip: ["unit", "units"], curve: ["unit", "units"], steps: ["unit", "units"], none: ["value", "values"] };

function countText(column) {
  const image = /height (\d+) x width (\d+)/.exec(column.shape ?? "");
  if (column.kind === "input" && image) return `${image[1]} × ${image[2]} pixels`;
  if (column.picture === "token") return `${column.units} token${column.units === 1 ? "" : "s"}`;
  const time = /time (\d+) x features (\d+)/.exec(column.shape ?? "");
  if (column.kind === "input" && time) return `${time[1]} steps${time[2] === "1" ? "" : ` of ${time[2]}`}`;
  if (column.kind === "input") return `${column.units} input${column.units === 1 ? "" : "s"}`;
  return `${column.units} ${NOUNS[column.picture]?.[column.units === 1 ? 0 : 1] ?? "units"}`;
}

function factsOf(column) {
  const facts = [column.shape?.replaceAll(" x ", " × "), column.parameters ? `${grouped(column.parameters)} parameters` : "no parameters"];
  return facts.filter(Boolean).join(", ");
}

function stepper(bench, column, index, title) {
  const change = (by) => () => bench.edit({ action: "units", column: index, units: column.units + by });
  const button = (sign, label, by, disabled) =>
    make("button", { type: "button", class: "round", "aria-label": label, "data-help": label, "data-key": `${label}`, text: sign, disabled, onclick: change(by) });
  return make("div", { class: "stepper" },
    button("−", `Remove unit from ${title}`, -1, column.units <= 1),
    make("span", { class: "count", text: String(column.units), "data-help": factsOf(column) }),
    button("+", `Add unit to ${title}`, 1, false));
}

/** The list of activations; the present one is in it even when the page offers none. */
function activationSelect(bench, column, index, title) {
  const now = column.activation?.kind ?? "";
  const kinds = [...(bench.options.activations ?? [])];
  if (!kinds.some(([kind]) => kind === now)) kinds.unshift([now, column.activation?.title ?? "No activation"]);
  const select = make("select", {
    class: "activation", "aria-label": `Activation of ${title}`, "data-key": `activation ${index}`,
    "data-help": "Activation: the function every unit of this layer puts its sum through.",
    onchange: () => bench.edit({ action: "activation", column: index, kind: select.value }),
  });
  select.append(...kinds.map(([kind, text]) => make("option", { value: kind, text, selected: kind === now })));
  return select;
}

function removeButton(bench, index, title) {
  const label = `Remove ${title}`;
  return make("button", { type: "button", class: "remove", "aria-label": label, "data-help": label, "data-key": label, text: "×",
    onclick: () => bench.edit({ action: "remove_layer", column: index }) });
}

/** The header of one column as an element of `width` px; `last` is put below everything else. */
export function columnHeader(bench, column, index, title, width, last) {
  const editable = bench.editable;
  const removable = editable && (column.removable ?? !["input", "output"].includes(column.kind));
  const name = make("div", { class: "name" }, make("span", { text: title, "data-help": `${title}: ${factsOf(column)}` }),
    removable ? removeButton(bench, index, title) : null);
  const count = column.editable && editable ? stepper(bench, column, index, title)
    : make("div", { class: "count plain", text: countText(column), "data-help": factsOf(column) });
  const node = make("div", { class: "column" }, name, count);
  if (column.editable && editable) node.append(activationSelect(bench, column, index, title));
  else if (column.activation) node.append(make("div", { class: "activation plain", text: column.activation.title, "data-help": "Activation of this layer" }));
  for (const badge of column.badges ?? []) node.append(make("div", { class: "badge", text: badge.text, "data-help": badge.text }));
  node.append(last);
  node.style.width = `${width}px`;
  return node;
}

/** The round + between two columns. */
export function insertButton(bench, after, title) {
  const label = `Add hidden layer after ${title}`;
  return make("button", { type: "button", class: "round insert", "aria-label": label, "data-help": label, "data-key": label, text: "+",
    onclick: () => bench.edit({ action: "add_layer", after }) });
}
