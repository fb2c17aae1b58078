// The network: layers as columns, a picture in every unit, lines for weights. Canvas for what changes, buttons for what is pressed.

import { fitCanvas, make, makePanel, setAttribute } from "./dom.js";
import { drawEdges, edgeGroups, nearestEdge } from "./edges.js";
import { columnHeader, insertButton } from "./header.js";
import { tellIdle } from "./idle.js";
import { arrange, TIGHT } from "./layout.js";
import { columnTitles, ownNames, unitName } from "./names.js";
import { fixed, grouped } from "./numbers.js";
import { tokenText } from "./positions.js";
import { ScrollButtons } from "./scrolling.js";
import { biasAt, Tiles } from "./tiles.js";

const NAME_ROOM = [92, 150]; // px, the widest name beside the first and the last column, on a small and a large screen
const NARROW = 104; // px between columns below which headers are set smaller
const CHARACTER = 6.9; // px, about what one letter of a name takes

const PICTURES = { // what is to be seen in a tile, where that does not go without saying
  steps: "a row for each example, time from left to right; the notch: the chosen one",
  strip: "one number for each example, from left to right",
};

/** A text that differs when the diagram has to be laid out anew. */
function structureOf(head) {
  const column = (c) => [c.role, c.id, c.title, c.units, c.shown, c.activation?.kind, c.picture, c.editable, c.lane, c.stage,
    c.badges?.map((badge) => badge.text), c.names, c.tokens];
  return JSON.stringify([head.columns.map(column), head.edges.map((e) => [e.from, e.to, e.kind]), head.classes]);
}

function namesBeside(head, index) {
  const column = head.columns[index];
  if (column.picture === "token") return column.tokens.some((token) => token.length > 2) ? column.tokens.map(tokenText) : []; // single letters fit into the tiles
  if (column.kind === "input") return column.picture === "map" ? [] : ownNames(column);
  return column.kind === "output" ? ownNames(column) : [];
}

const headerWidth = (spacing) => Math.min(spacing - (spacing < TIGHT ? 3 : 10), 132);

const labelRoom = (names, most) => (names.length ? Math.min(most, Math.max(...names.map((name) => String(name).length)) * CHARACTER + 12) : 6);

export class Diagram {
  constructor(bench) {
    this.bench = bench;
    this.canvas = make("canvas", { role: "img", "aria-label": "Network diagram" });
    this.overlay = make("div", { class: "overlay" });
    this.stage = make("div", { class: "stage" }, this.canvas, this.overlay);
    this.scroller = make("div", { class: "scroller" }, this.stage);
    this.note = make("span", { class: "note" });
    const { section, header } = makePanel("Network", "network", this.note);
    this.header = header;
    this.element = section;
    this.scrolling = new ScrollButtons(this.scroller, () => this.layout?.columns.map(({ x }) => x) ?? []);
    section.append(this.scroller, ...this.scrolling.elements);
    this.tiles = new Tiles();
    this.hovered = null;
    this.listen();
  }

  listen() {
    this.stage.addEventListener("pointermove", (event) => this.moved(event));
    this.stage.addEventListener("pointerleave", () => this.hover(null));
    this.stage.addEventListener("click", (event) => this.clicked(event), true);
    this.overlay.addEventListener("keydown", (event) => this.walk(event));
    this.overlay.addEventListener("focusin", (event) => this.focused(event));
    this.scroller.addEventListener("scroll", () => this.bench.redraw(), { passive: true });
  }

  /** Lay out for a width and a height to stay within where possible. */
  resize(width, room) {
    if (this.width === width && this.room === room) return;
    [this.width, this.room] = [width, room];
    this.structure = null;
  }

  update(frame, theme) {
    this.frame = frame;
    this.theme = theme;
    this.prepare();
    this.tellIdle();
    this.draw();
  }

  build(structure) {
    const { head } = this.frame;
    this.structure = structure;
    this.titles = columnTitles(head.columns);
    const crowded = this.width / head.columns.length < TIGHT; // then columns need the room more than names do
    this.nameRoom = Math.min(Math.max(NAME_ROOM[0] * (crowded ? 0.75 : 1), this.width * (crowded ? 0.14 : 0.22)), NAME_ROOM[1]);
    const ends = head.columns.map((column, i) => (column.kind === "input" ? i : -1)).filter((i) => i >= 0);
    const left = Math.max(6, ...ends.map((i) => labelRoom(namesBeside(head, i), this.nameRoom)));
    const right = Math.max(6, ...head.columns.map((column, i) => (column.kind === "output" ? labelRoom(namesBeside(head, i), this.nameRoom) : 6)));
    this.layout = arrange(head.columns, head.edges, { width: this.width - 2, room: this.room, left, right, idle: this.idleRoom });
    this.groups = edgeGroups(head, this.layout);
    this.context = fitCanvas(this.canvas, this.layout.width, this.layout.height + 6);
    this.stage.style.width = `${this.layout.width}px`;
    this.stage.style.height = `${this.layout.height + 6}px`;
    this.fillOverlay(head);
    this.scrolling.update();
    if (this.bench.selected) this.reveal(this.bench.selected.column);
    const parameters = head.columns.reduce((total, column) => total + (column.parameters || 0), 0);
    this.note.textContent = parameters ? `${grouped(parameters)} parameters` : "";
  }

  /** Headers, tile buttons and names; the control that had the focus gets it back. */
  fillOverlay(head) {
    const active = this.overlay.getRootNode().activeElement;
    const key = this.overlay.contains(active) ? active.dataset.key : null;
    const nodes = [];
    this.told = null;
    this.idleNotes = head.columns.map(() => make("div", { class: "idle" }));
    if (this.layout.titled) for (const row of this.layout.rows) nodes.push(at(make("div", { class: "role", text: row.role }), 10, row.y));
    this.layout.columns.forEach((place, i) => nodes.push(...this.columnNodes(head, place, i)));
    this.overlay.replaceChildren(...nodes);
    const roving = this.overlay.querySelector(".tile");
    if (roving) roving.tabIndex = 0;
    if (key) [...this.overlay.querySelectorAll("[data-key]")].find((node) => node.dataset.key === key)?.focus({ preventScroll: true });
  }

  columnNodes(head, place, i) {
    const column = head.columns[i];
    const [narrow, tight] = [this.layout.spacing < NARROW, this.layout.spacing < TIGHT];
    const width = headerWidth(this.layout.spacing);
    const header = columnHeader(this.bench, column, i, this.titles[i], width, this.idleNotes[i]);
    header.classList.toggle("narrow", narrow);
    header.classList.toggle("tight", tight);
    header.classList.toggle("lane", place.shared);
    const nodes = [at(header, place.x - width / 2, place.top)];
    const last = !head.columns.slice(i + 1).some((other) => other.role === column.role);
    if (this.bench.editable && !last && column.insertable !== false) {
      const row = tight ? place.head - 6 : 2;
      nodes.push(at(insertButton(this.bench, i, this.titles[i]), place.x + this.layout.spacing / 2 - 10, place.top + row));
    }
    place.tiles.forEach((tile, unit) => nodes.push(this.tileNode(head, place, tile, i, unit)));
    nodes.push(...this.sideNames(head, place, i));
    if (column.units > column.shown) {
      nodes.push(at(make("div", { class: "more", text: `+ ${grouped(column.units - column.shown)} more` }), place.x - 50, place.moreY));
    }
    return nodes;
  }

  tileNode(head, place, tile, column, unit) {
    const name = unitName(head, this.titles, column, unit);
    const label = `${this.titles[column]}, unit ${unit + 1} of ${head.columns[column].units}${name.includes("unit") ? "" : `: ${name}`}`;
    const node = at(make("button", { type: "button", class: "tile", tabindex: "-1", "aria-label": label, "data-key": `tile ${column} ${unit}` }), tile.x, tile.y);
    node.style.width = node.style.height = `${place.tile}px`;
    node.dataset.column = column;
    node.dataset.unit = unit;
    return node;
  }

  sideNames(head, place, i) {
    const column = head.columns[i];
    const names = namesBeside(head, i);
    const input = column.kind === "input";
    if (!names.length || !(input || column.kind === "output")) return [];
    return place.tiles.map((tile, unit) => {
      const node = make("div", { class: `side ${input ? "input" : "output"}`, text: names[unit] ?? "", "data-help": names[unit] });
      node.style.width = `${this.nameRoom - 8}px`;
      const x = input ? place.x - place.tile / 2 - this.nameRoom : place.x + place.tile / 2 + 8;
      return at(node, x, tile.y + place.tile / 2 - 9);
    });
  }

  /** Build the controls anew at the next frame, from what the run says. */
  refresh() {
    this.structure = null;
    this.bench.redraw();
  }

  /** The height the whole panel wants for this frame, in px. */
  heightFor(frame) {
    this.frame = frame;
    this.prepare();
    return this.layout.height + 58;
  }

  prepare() {
    const structure = structureOf(this.frame.head) + this.bench.editable;
    const same = structure === this.structure;
    const idleRoom = this.frame.head.columns.some((column) => column.idle) || (same && this.idleRoom); // once there it stays: a calm picture
    if (same && idleRoom === this.idleRoom) return;
    this.idleRoom = idleRoom;
    this.build(structure);
  }

  /** Say which units are dead or saturated, in the headers and to those who cannot see the signs. */
  tellIdle() {
    const { columns } = this.frame.head;
    const told = JSON.stringify(columns.map(({ idle }) => idle));
    if (told === this.told) return;
    this.told = told;
    columns.forEach((column, i) => tellIdle(this.idleNotes[i], column, headerWidth(this.layout.spacing)));
    for (const tile of this.overlay.querySelectorAll(".tile")) {
      setAttribute(tile, "aria-description", columns[tile.dataset.column].idle?.units[tile.dataset.unit] ?? "");
    }
  }

  draw() {
    const { context, layout, frame, theme } = this;
    const { scrollLeft, clientWidth } = this.scroller;
    const inView = (from, to) => to > scrollLeft - layout.spacing && from < scrollLeft + clientWidth + layout.spacing;
    context.clearRect(0, 0, layout.width, layout.height + 6);
    drawEdges(context, this.groups, frame.arrays, theme, this.hovered, inView);
    this.tiles.draw(context, frame, layout, theme, this.bench.selected, inView);
    this.scrolling.update();
  }

  /** Scroll so far that a column is in view. */
  reveal(column) {
    const place = this.layout?.columns[column];
    if (place) this.scrolling.reveal(place.x, this.layout.spacing);
  }

  /** Between two frames only the pointer moves: draw once per screen refresh at most. */
  hover(chosen) {
    if (JSON.stringify(chosen) === JSON.stringify(this.hovered)) return;
    this.hovered = chosen;
    if (!chosen) this.bench.tooltip.hide();
    this.bench.redraw();
  }

  point(event) {
    const box = this.stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  moved(event) {
    if (!this.layout || this.bench.editor.open) return;
    const [x, y] = this.point(event);
    const bias = biasAt(this.layout, this.frame.arrays, x, y);
    const tile = bias ? null : event.target.closest?.(".tile");
    const edge = bias || tile || event.target !== this.overlay ? null : nearestEdge(this.groups, this.frame.arrays, x, y);
    this.touched = { bias, edge };
    this.stage.style.cursor = (bias || edge?.exact) && this.bench.editable ? "pointer" : "";
    if (bias) this.hover({ column: bias.column, unit: bias.unit });
    else if (tile) this.hover({ column: Number(tile.dataset.column), unit: Number(tile.dataset.unit) });
    else this.hover(edge ? { edge: edge.edge, unit: edge.unit, source: edge.source } : null);
    const text = this.describeTouched(bias, edge, tile);
    if (text) this.bench.tooltip.show(text, event.clientX, event.clientY);
    else if (this.bench.tooltip.owner === "figure") this.bench.tooltip.hide();
  }

  name(column, unit) {
    return unitName(this.frame.head, this.titles, column, unit);
  }

  fullName(column, unit) {
    const name = this.name(column, unit);
    return name === "output" || name.startsWith(this.titles[column]) ? name : `${this.titles[column]}: ${name}`;
  }

  weightName(edge) {
    return `w(${this.name(edge.from, edge.source)} → ${this.name(edge.to, edge.unit)})`;
  }

  describeTouched(bias, edge, tile) {
    const hint = this.bench.editable ? ["click to change it"] : [];
    if (bias) return [`bias of ${this.name(bias.column, bias.unit)} = ${fixed(bias.value, 3)}`, ...hint];
    if (edge?.exact) return [`${this.weightName(edge)} = ${fixed(edge.value, 3)}`, ...hint];
    if (edge) return [`${this.weightName(edge)}: mean size ${fixed(edge.value, 3)}`, "many weights stand behind this line"];
    if (tile) return this.tileText(Number(tile.dataset.column), Number(tile.dataset.unit));
    return null;
  }

  tileText(column, unit) {
    const { picture, tokens, idle } = this.frame.head.columns[column];
    if (picture === "token") return [`token ${unit + 1} of the chosen example: ‘${tokens[unit]}’`];
    return [this.fullName(column, unit), PICTURES[picture], idle?.units[unit]].filter(Boolean);
  }

  clicked(event) {
    const tile = event.target.closest?.(".tile");
    const { bias, edge } = event.detail === 0 ? {} : this.touched ?? {};
    if (bias) {
      event.stopPropagation();
      this.editWeight({ to: bias.column, unit: bias.unit, source: -1 }, `bias of ${this.name(bias.column, bias.unit)}`, bias.value, event);
    } else if (tile) this.bench.select(Number(tile.dataset.column), Number(tile.dataset.unit));
    else if (edge?.exact && event.target === this.overlay) this.editWeight(edge, this.weightName(edge), edge.value, event);
  }

  editWeight({ to, unit, source }, label, value, event) {
    if (!this.bench.editable) return;
    this.bench.tooltip.hide();
    this.bench.editor.ask(label, value, event.clientX, event.clientY, (number) =>
      this.bench.send({ command: "weight", column: to, unit, source, value: number }));
  }

  focused(event) {
    if (!event.target.classList.contains("tile")) return;
    for (const node of this.overlay.querySelectorAll('.tile[tabindex="0"]')) node.tabIndex = -1;
    event.target.tabIndex = 0;
  }

  /** Arrow keys walk over the tiles: up and down in a column, left and right between columns. */
  walk(event) {
    const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (!step || !event.target.classList.contains("tile")) return;
    event.preventDefault();
    const column = Number(event.target.dataset.column) + step[0];
    const count = this.layout.columns[column]?.tiles.length ?? 0;
    const unit = Math.min(Math.max(Number(event.target.dataset.unit) + step[1], 0), count - 1);
    this.overlay.querySelector(`.tile[data-column="${column}"][data-unit="${unit}"]`)?.focus();
  }

  describe() {
    const { head } = this.frame;
    const columns = head.columns.map((column, i) => `${this.titles[i]} (${column.units})`);
    setAttribute(this.canvas, "aria-label", `Network diagram: ${columns.join(", ")}. Step ${head.step}.`);
  }
}

function at(node, x, y) {
  node.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  return node;
}
