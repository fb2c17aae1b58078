// Everything that can be put in: searchable, grouped, with a picture of what it does to a tensor.

import { make } from "../workbench/dom.js";

export class Catalogue {
  constructor(builder) {
    this.builder = builder;
    this.search = make("input", { type: "search", placeholder: "Search layers: convolution, memory, noise …", "aria-label": "Search layers",
      oninput: () => this.fill(), onkeydown: (event) => this.pressed(event) });
    const close = make("button", { type: "button", class: "tool", text: "×", "aria-label": "Close the catalogue", onclick: () => this.close() });
    this.where = make("span", { class: "where" });
    this.list = make("div", { class: "entries", role: "listbox", "aria-label": "Layers and blocks" });
    this.element = make("div", { class: "catalogue", role: "dialog", "aria-label": "Add a layer", hidden: true, onclick: (event) => event.stopPropagation() },
      make("header", {}, this.search, close), this.where, this.list);
  }

  get isOpen() {
    return !this.element.hidden;
  }

  open(spot, origin) {
    this.spot = spot;
    this.origin = origin;
    this.element.hidden = false;
    this.where.textContent = this.builder.describe(spot);
    this.search.value = "";
    this.fill();
    this.search.focus();
  }

  close() {
    if (!this.isOpen) return;
    this.element.hidden = true;
    this.builder.refocus();
  }

  fill() {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const text = (entry) => `${entry.title} ${entry.kind.replaceAll("_", " ")} ${entry.group} ${entry.summary} ${entry.use}`.toLowerCase();
    const found = this.builder.entries.filter((entry) => words.every((word) => text(entry).includes(word)));
    const named = found.filter((entry) => words.length && words.every((word) => `${entry.title} ${entry.kind}`.toLowerCase().includes(word)));
    const groups = new Map([...(named.length ? [["by name", named]] : []), ...grouped(found.filter((entry) => !named.includes(entry)))]);
    this.list.replaceChildren(...[...groups].map(([group, entries]) => make("section", { "data-group": group },
      make("h4", { text: group }), ...entries.map((entry) => this.entry(entry)))));
    if (!found.length) this.list.replaceChildren(make("p", { text: "No layer has these words. Try fewer, or another word for it." }));
    this.first()?.setAttribute("aria-selected", "true");
  }

  entry(entry) {
    const image = make("img", { src: this.builder.picture(entry.kind), alt: "", loading: "lazy", width: "120", height: "55" });
    return make("button", { type: "button", class: "entry", role: "option", "data-kind": entry.kind, title: entry.use || null, onclick: () => this.choose(entry.kind),
      onkeydown: (event) => this.pressed(event) }, image, make("span", {}, make("b", { text: entry.title }), make("small", { text: entry.summary })));
  }

  first() {
    return this.list.querySelector(".entry");
  }

  choose(kind) {
    this.element.hidden = true;
    this.builder.edit({ action: "insert", kind, ...this.spot });
    this.builder.root.focus({ preventScroll: true });
  }

  pressed(event) {
    if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && event.target === this.search && this.first()) this.choose(this.first().dataset.kind);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") this.step(event.key === "ArrowDown" ? 1 : -1, event.target);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  step(by, from) {
    const entries = [...this.list.querySelectorAll(".entry")];
    const next = entries[entries.indexOf(from) + by];
    (next ?? this.search).focus();
  }
}

function grouped(entries) {
  const groups = new Map();
  for (const entry of entries) groups.set(entry.group, [...(groups.get(entry.group) ?? []), entry]);
  return groups;
}
