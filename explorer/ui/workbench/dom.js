// Making elements. Text only ever goes in through textContent: names of classes and layers come from users.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  play: "M5 3.5v13l11-6.5z",
  pause: "M5 3.5h3.6v13H5zM11.4 3.5H15v13h-3.6z",
  step: "M4 4.2v11.6l7.5-5.8zM13 4h2.6v12H13z",
  epoch: "M3 4.2v11.6l6.5-5.8zM9.5 4.2v11.6l6.5-5.8zM16 4h1.8v12H16z",
  reset: "M10 3.2a6.8 6.8 0 1 1-6.6 8.4l1.9-.5A4.8 4.8 0 1 0 6.7 6.6L9 9H3V3l2.3 2.3A6.8 6.8 0 0 1 10 3.2z",
  film: "M3 4h14v12H3zM4.6 5.6v1.8h1.8V5.6zm0 3.4v2h1.8V9zm0 3.6v1.8h1.8v-1.8zm9-7v1.8h1.8V5.6zm0 3.4v2h1.8V9zm0 3.6v1.8h1.8v-1.8zM8.4 7.2v5.6l4-2.8z",
  before: "M5 4h2v12H5zM16 4.2v11.6L8 10z",
  after: "M13 4h2v12h-2zM4 4.2v11.6l8-5.8z",
  dice: "M4.5 3h11A1.5 1.5 0 0 1 17 4.5v11a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 15.5v-11A1.5 1.5 0 0 1 4.5 3zm2.2 2.4a1.4 1.4 0 1 0 0 2.8 "
    + "1.4 1.4 0 0 0 0-2.8zM10 8.6a1.4 1.4 0 1 0 0 2.8 1.4 1.4 0 0 0 0-2.8zm3.3 3.3a1.4 1.4 0 1 0 0 2.8 1.4 1.4 0 0 0 0-2.8z",
};

/** An element. `text` sets the text, `on...` listens, everything else is an attribute (null and false: left out). */
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
    if (name === "data-help") node.setAttribute("aria-description", value); // what the pointer is told, a screen reader is told too
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

export function makeIcon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  path.setAttribute("fill-rule", "evenodd");
  svg.append(path);
  return svg;
}

/** Write text only where it differs: an unchanged node costs the browser nothing. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

export function setHidden(node, hidden) {
  if (node.hidden !== hidden) node.hidden = hidden;
}

/** A canvas of width x height CSS pixels with the screen's own resolution; returns its context in CSS pixels. */
export function fitCanvas(canvas, width, height) {
  const scale = Math.min(window.devicePixelRatio || 1, 2);
  const pixels = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) {
    [canvas.width, canvas.height] = pixels;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  return context;
}

/** A labelled check box. */
export function makeCheck(label, help, onchange) {
  const box = make("input", { type: "checkbox", onchange: () => onchange(box.checked) });
  return [make("label", { class: "check", "data-help": help }, box, make("span", { text: label })), box];
}

/** A titled box; `tools` stand at the right of the title. */
export function makePanel(title, name, ...tools) {
  const heading = make("h3", { text: title });
  const header = make("header", {}, heading, ...tools);
  const section = make("section", { class: `panel ${name}` }, header);
  return { section, heading, header };
}
