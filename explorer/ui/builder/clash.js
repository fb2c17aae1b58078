// What does not fit, at the layer where it happens, with changes that mend it.

import { make } from "../workbench/dom.js";

export function clashNote(clash, role, builder) {
  const sides = clash.expected && clash.given
    ? make("dl", {}, make("dt", { text: "expected" }), make("dd", { text: clash.expected }), make("dt", { text: "given" }), make("dd", { text: clash.given })) : null;
  const fixes = clash.fixes.map((fix, number) => make("button", {
    type: "button", class: "fix", text: fix.title, "data-fix": fix.kind, "data-help": "Make this change. It was tried and works; undo takes it back.",
    onclick: (event) => { event.stopPropagation(); builder.edit({ action: "fix", role, number, title: fix.title }); },
  }));
  return make("div", { class: "clash", role: "alert" }, make("p", { text: clash.sentence }), sides,
    fixes.length ? make("div", { class: "fixes" }, ...fixes) : null);
}
