// The sound of an example whose picture is one of a sound.

import { make, setHidden } from "./dom.js";

const LOUDEST = 32768; // of a sample of 16 bits

export class SoundButton {
  constructor() {
    const help = "Listen to this example: the network is given the picture of this sound";
    this.element = make("button", { type: "button", class: "round listen", "aria-label": "Listen", "data-help": help, text: "♪", hidden: true, onclick: () => this.play() });
  }

  update({ head, arrays }) {
    this.samples = arrays["example/sound"];
    this.rate = head.example?.sound_rate;
    setHidden(this.element, !this.samples);
  }

  play() {
    this.stop();
    this.context ??= new AudioContext();
    const buffer = this.context.createBuffer(1, this.samples.data.length, this.rate);
    buffer.copyToChannel(Float32Array.from(this.samples.data, (value) => value / LOUDEST), 0);
    this.source = this.context.createBufferSource();
    this.source.buffer = buffer;
    this.source.connect(this.context.destination);
    this.source.onended = () => this.element.classList.remove("playing");
    this.element.classList.add("playing");
    this.source.start();
  }

  stop() {
    this.source?.stop();
    this.element.classList.remove("playing");
  }
}
