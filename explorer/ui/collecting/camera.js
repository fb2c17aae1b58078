// A camera: takes a small picture at a press, and picture after picture while its button is held.

import { make, setHidden, setText } from "../workbench/dom.js";
import { mounting } from "./mounting.js";
import { Outbox } from "./outbox.js";

const EVERY = 150; // ms between two pictures while the button is held
const QUALITY = 0.92; // of a JPEG
const WORDS = {
  NotFoundError: "This computer has no camera that the browser can see. Connect one and turn it on again, or draw the examples instead.",
  NotAllowedError: "The browser may not use the camera. Allow it beside the address of this page, then turn it on again.",
  NotReadableError: "The camera is in use by another program. Close that program, then turn the camera on again.",
};
const INSECURE = "Browsers give a camera only to pages opened over https, or on the computer that runs them. "
  + "Open this page in one of these ways, or draw the examples instead.";

class Camera {
  constructor() {
    this.outbox = new Outbox();
    this.video = make("video", { class: "view", playsinline: true, "aria-label": "What the camera sees" });
    this.video.muted = true;
    this.turnOn = make("button", { type: "button", class: "main", text: "Turn the camera on", "data-help": "Pictures leave this tab only as the small ones you take.", onclick: () => this.open() });
    this.turnOff = make("button", { type: "button", text: "Turn it off", "data-help": "Turn the camera off.", onclick: () => this.close() });
    this.shoot = make("button", { type: "button", class: "main", "data-help": "A press takes one picture; held, it takes about seven in a second (also with Space or Enter)." });
    this.status = make("div", { class: "status", role: "status" });
    this.stage = make("div", { class: "stage" }, this.video, make("span", { text: "The camera is off." }));
    this.root = make("div", { class: "cl", "data-testid": "camera", "data-state": "off" }, this.stage,
      make("div", { class: "row" }, this.turnOn, this.shoot, this.turnOff), this.status);
    this.canvas = document.createElement("canvas");
    this.listen();
    this.show("off");
  }

  listen() {
    this.shoot.addEventListener("pointerdown", (event) => event.button === 0 && this.hold());
    this.shoot.addEventListener("keydown", (event) => [" ", "Enter"].includes(event.key) && (event.preventDefault(), event.repeat || this.hold()));
    for (const name of ["pointerup", "pointerleave", "pointercancel", "keyup", "blur"]) this.shoot.addEventListener(name, () => this.release());
  }

  configure(data, trigger) {
    this.data = data;
    this.outbox.configure(data.heard, trigger);
    setText(this.shoot, `Hold to record into “${data.name}”`);
  }

  show(state, words = "") {
    this.root.dataset.state = state;
    setHidden(this.turnOn, state === "on");
    setHidden(this.turnOff, state !== "on");
    setHidden(this.shoot, state !== "on");
    setText(this.status, words);
  }

  async open() {
    if (!navigator.mediaDevices?.getUserMedia) return this.show("off", INSECURE);
    this.show("asking", "The browser asks whether this page may use the camera.");
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 320, height: 240 } });
      if (this.gone) return stop(stream);
      this.stream = stream;
      stream.getVideoTracks()[0].addEventListener("ended", () => this.close("The camera was switched off or taken away."));
      this.video.srcObject = stream;
      await this.video.play();
      this.show("on");
    } catch (error) {
      this.close(WORDS[error.name] ?? `The camera could not be turned on (${error.name}). Try again, or draw the examples instead.`);
    }
  }

  close(words = "") {
    this.release();
    if (this.stream) stop(this.stream);
    this.stream = this.video.srcObject = null;
    this.show("off", words);
  }

  hold() {
    this.release();
    this.taken = 0;
    this.take();
    this.timer = setInterval(() => this.take(), EVERY);
  }

  release() {
    clearInterval(this.timer);
  }

  /** One picture of the middle, mirrored as it is shown. */
  take() {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (!this.stream || !width) return;
    const { side, into, name } = this.data;
    const square = Math.min(width, height);
    [this.canvas.width, this.canvas.height] = [side, side];
    const context = this.canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.setTransform(-1, 0, 0, 1, side, 0);
    context.drawImage(this.video, (width - square) / 2, (height - square) / 2, square, square, 0, 0, side, side);
    this.outbox.put(this.canvas.toDataURL("image/jpeg", QUALITY).split(",")[1], into);
    this.taken += 1;
    setText(this.status, `${this.taken} ${this.taken === 1 ? "picture" : "pictures"} taken for “${name}”.`);
  }

  dispose() {
    this.gone = true;
    this.close();
    this.outbox.dispose();
  }
}

function stop(stream) {
  for (const track of stream.getTracks()) track.stop();
}

export default mounting(Camera);
