// The row of buttons above the network: what they do, they do to the selected layer.

import { make } from "../workbench/dom.js";
import { element } from "./glyph.js";

// name, path of its icon (20 x 20, drawn as lines), label, help, when it can be pressed; "" as label: the icon says it
const TOOLS = [
  ["undo", "M7 4 3.5 7.5 7 11M4 7.5h8a4.5 4.5 0 0 1 0 9H8", "", "Undo: take back the last change (Ctrl+Z).", ({ canUndo }) => canUndo],
  ["redo", "M13 4l3.5 3.5L13 11M16 7.5H8a4.5 4.5 0 0 0 0 9h4", "", "Redo: make the change again that was taken back (Ctrl+Shift+Z).", ({ canRedo }) => canRedo],
  ["add", "M10 4v12M4 10h12", "Add", "Insert a layer after the selected one, or at the end (A).", () => true],
  ["duplicate", "M7 7h9v9H7zM4 13V4h9", "Copy", "Put a copy of the selected layer behind it (D).", ({ selected }) => selected],
  ["delete", "M5 5l10 10M15 5 5 15", "Remove", "Remove the selected layer and all it holds (Delete).", ({ selected }) => selected],
  ["residual", "M6 3v14M6 5h4a4 4 0 0 1 4 4v2a4 4 0 0 1-4 4H6", "Residual", "Put the selected layer beside a shortcut (R).", ({ selected }) => selected],
  ["repeat", "M4 9V8a3 3 0 0 1 3-3h8l-2.5-2.5M16 11v1a3 3 0 0 1-3 3H5l2.5 2.5", "Repeat", "Repeat the selected layer several times, each time with weights of its own (T).", ({ selected }) => selected],
  ["parallel", "M10 2v3M10 15v3M10 5H5v10h5M10 5h5v10h-5", "Parallel", "Put the selected layer into a branch beside others (P).", ({ selected }) => selected],
  ["unwrap", "M4 4h12v12H4zM7 10h6", "", "Unwrap: put what the selected block holds in its place (U).", ({ block }) => block],
  ["fold", "M5 3l5 4 5-4M5 17l5-4 5 4M3 10h14", "", "Fold or unfold every block (F).", ({ blocks }) => blocks],
  ["clear", "M4 6h12M8 6V4h4v2M6 6l.7 10h6.6L14 6", "", "Begin with an empty network. Undo brings the old one back.", ({ layers }) => layers],
];

const KEYS = [
  ["↑ ↓", "select the layer before or after"], ["Alt + ↑ ↓", "move the selected layer"], ["← →", "fold or unfold a block"],
  ["A or Enter", "add a layer after it"], ["Delete", "remove it"], ["D", "copy it"], ["R, T, P", "wrap it in Residual, Repeat, Parallel"],
  ["U", "unwrap a block"], ["F", "fold or unfold all"], ["Ctrl + Z", "undo"], ["Ctrl + Shift + Z", "redo"], ["Esc", "let go"],
];

export class Toolbar {
  constructor(builder) {
    this.buttons = TOOLS.map(([name, path, label, help]) => make("button", { type: "button", class: "tool", "data-tool": name, "data-help": help,
      "aria-label": label || help.split(/[:.(]/)[0].trim(), onclick: (event) => { event.stopPropagation(); builder.act(name); } },
    icon(path), label ? make("span", { text: label }) : null));
    this.keys = make("dl", { class: "keys", hidden: true }, ...KEYS.flatMap(([key, words]) => [make("dt", { text: key }), make("dd", { text: words })]));
    this.help = make("button", { type: "button", class: "tool", text: "?", "aria-label": "Keys", "data-help": "Everything can be done with keys: show them.",
      onclick: (event) => { event.stopPropagation(); this.showKeys(!this.keysShown); }, "aria-expanded": "false" });
    this.element = make("div", { class: "tools", role: "toolbar", "aria-label": "Change the network" }, ...this.buttons, this.help, this.keys);
  }

  get keysShown() {
    return !this.keys.hidden;
  }

  showKeys(shown) {
    this.keys.hidden = !shown;
    this.help.setAttribute("aria-expanded", String(shown));
  }

  /** Returns whether the button that has the focus can no longer be pressed. */
  update(facts) {
    const focused = this.element.getRootNode().activeElement;
    TOOLS.forEach(([, , , , enabled], i) => { this.buttons[i].disabled = !enabled(facts); });
    return this.buttons.some((button) => button === focused && button.disabled);
  }
}

function icon(path) {
  const svg = element("svg", { viewBox: "0 0 20 20", class: "icon", "aria-hidden": "true" });
  svg.append(element("path", { d: path }));
  return svg;
}
