// The examples of one class: small pictures, sounds to play, or lines of text, each with a button that removes it.

import { make } from "../workbench/dom.js";
import { mounting } from "./mounting.js";

class Gallery {
  constructor() {
    this.list = make("ul", {});
    this.root = make("div", { class: "cl gallery", "data-testid": "gallery" }, this.list);
  }

  configure({ items = [], noun, name }, trigger) {
    this.trigger = trigger;
    const numbers = items.map((item) => item.number).join();
    if (numbers === this.numbers && name === this.name) return;
    const lost = this.root.getRootNode().activeElement?.dataset?.place;
    [this.numbers, this.name] = [numbers, name];
    this.list.replaceChildren(...items.map((item, i) => this.tile(item, i, `${noun} ${item.place} of ${name}`)));
    if (lost !== undefined) [...this.list.querySelectorAll(".remove")].at(Math.min(Number(lost), items.length - 1))?.focus();
  }

  tile(item, i, words) {
    const remove = make("button", { type: "button", class: "remove", text: "×", "aria-label": `Remove ${words}`, "data-help": `Remove ${words}.`, "data-place": String(i),
      onclick: () => this.trigger("remove", { number: item.number, at: Date.now() }) });
    return make("li", { class: item.text === undefined ? "" : "line" },
      item.picture ? make("img", { src: item.picture, alt: words, draggable: "false" }) : null,
      item.sound ? this.player(item, words) : null,
      item.text === undefined ? null : make("span", { text: item.text }),
      remove);
  }

  /** A button with the sound drawn on it; pressed, it plays. */
  player({ sound, wave = [] }, words) {
    const bars = wave.map((height) => {
      const bar = make("i", {});
      bar.style.height = `${Math.max(6, Math.sqrt(height) * 100)}%`;
      return bar;
    });
    return make("button", { type: "button", class: "sound", "aria-label": `Play ${words}`, "data-help": "Play it.", onclick: () => this.play(sound) }, ...bars);
  }

  play(sound) {
    this.audio?.pause();
    this.audio = new Audio(sound);
    this.audio.addEventListener("play", () => { this.root.dataset.played = String(Number(this.root.dataset.played ?? 0) + 1); });
    this.audio.play().catch(() => {});
  }

  dispose() {
    this.audio?.pause();
  }
}

export default mounting(Gallery);
