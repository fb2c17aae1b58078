// The row of buttons above the network: what they do, they do to the selected layer.

import { make, setText } from "../workbench/dom.js";

const TOOLS = [
  ["undo", "↶", "Undo", "Take back the last change (Ctrl+Z).", ({ canUndo }) => canUndo],
  ["redo", "↷", "Redo", "Make the change again that was taken back (Ctrl+Shift+Z).", ({ canRedo }) => canRedo],
  ["add", "＋", "Add", "Insert a layer after the selected one, or at the end (A).", () => true],
  ["duplicate", "⧉", "Copy", "Put a copy of the selected layer behind it (D).", ({ selected }) => selected],
  ["delete", "✕", "Remove", "Remove the selected layer and all it holds (Delete).", ({ selected }) => selected],
  ["residual", "⤼", "Residual", "Put the selected layer beside a shortcut (R).", ({ selected }) => selected],
  ["repeat", "⟳", "Repeat", "Repeat the selected layer several times, each time with weights of its own (T).", ({ selected }) => selected],
  ["parallel", "∥", "Parallel", "Put the selected layer into a branch beside others (P).", ({ selected }) => selected],
  ["unwrap", "⊟", "Unwrap", "Put what the selected block holds in its place (U).", ({ block }) => block],
  ["fold", "▾", "Fold all", "Fold or unfold every block (F).", ({ blocks }) => blocks],
  ["clear", "⌫", "Empty", "Begin with an empty network. Undo brings the old one back.", ({ layers }) => layers],
];

const KEYS = [
  ["↑ ↓", "select the layer before or after"], ["Alt + ↑ ↓", "move the selected layer"], ["← →", "fold or unfold a block"],
  ["A or Enter", "add a layer after it"], ["Delete", "remove it"], ["D", "copy it"], ["R, T, P", "wrap it in Residual, Repeat, Parallel"],
  ["U", "unwrap a block"], ["F", "fold or unfold all"], ["Ctrl + Z", "undo"], ["Ctrl + Shift + Z", "redo"], ["Esc", "let go"],
];

export class Toolbar {
  constructor(builder) {
    this.buttons = TOOLS.map(([name, icon, label, help]) => make("button", { type: "button", class: "tool", "data-tool": name, "data-help": help, "aria-label": label,
      onclick: (event) => { event.stopPropagation(); builder.act(name); } }, make("span", { class: "icon", "aria-hidden": "true", text: icon }), make("span", { text: label })));
    this.keys = make("dl", { class: "keys", hidden: true }, ...KEYS.flatMap(([key, words]) => [make("dt", { text: key }), make("dd", { text: words })]));
    const help = make("button", { type: "button", class: "tool", text: "?", "aria-label": "Keys", "data-help": "Everything can be done with keys: show them.",
      onclick: (event) => { event.stopPropagation(); this.keys.hidden = !this.keys.hidden; } });
    this.element = make("div", { class: "tools", role: "toolbar", "aria-label": "Change the network" }, ...this.buttons, help, this.keys);
  }

  update(facts) {
    TOOLS.forEach(([name, , , , enabled], i) => {
      this.buttons[i].disabled = !enabled(facts);
      if (name === "fold") setText(this.buttons[i].lastChild, facts.folded ? "Unfold all" : "Fold all");
    });
  }
}
