// The line to a run: frames in, commands out. It reconnects by itself and rests while nobody sees the page.

const FIRST_WAIT = 250;
const LONGEST_WAIT = 5000;
const GONE = 4404; // close code of the server: no such run
const KEEP = 8; // commands kept while the line is down

export class LiveSocket {
  /** handlers: onFrame(ArrayBuffer), onMessage(object), onLink("open" | "waiting" | "resting" | "gone"). */
  constructor(handlers) {
    this.handlers = handlers;
    this.path = null;
    this.socket = null;
    this.wait = FIRST_WAIT;
    this.timer = 0;
    this.queue = [];
    this.onVisibility = () => (document.hidden ? this.rest() : this.connect());
    document.addEventListener("visibilitychange", this.onVisibility);
  }

  /** Watch the run at this path (relative to the page); the picture of the last one stays until the first frame. */
  watch(path) {
    if (path === this.path) return;
    this.path = path;
    this.queue = [];
    this.wait = FIRST_WAIT;
    this.drop();
    this.connect();
  }

  send(command) {
    const text = JSON.stringify(command);
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(text);
    else this.queue = [...this.queue.slice(1 - KEEP), text];
  }

  connect() {
    clearTimeout(this.timer);
    if (!this.path || this.socket || document.hidden) return;
    const address = new URL(this.path, document.baseURI);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.opened(socket);
    socket.onmessage = (event) => this.received(socket, event.data);
    socket.onclose = (event) => this.lost(socket, event.code);
    this.socket = socket;
  }

  opened(socket) {
    if (socket !== this.socket) return;
    for (const text of this.queue.splice(0)) socket.send(text);
    this.handlers.onLink("open");
  }

  received(socket, data) {
    if (socket !== this.socket) return; // a late word from the run before
    this.wait = FIRST_WAIT;
    if (typeof data === "string") this.handlers.onMessage(JSON.parse(data));
    else this.handlers.onFrame(data);
  }

  lost(socket, code) {
    if (socket !== this.socket) return;
    this.socket = null;
    if (code === GONE) return this.handlers.onLink("gone");
    this.handlers.onLink("waiting");
    this.timer = setTimeout(() => this.connect(), this.wait * (0.75 + Math.random() / 2));
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  rest() {
    this.drop();
    this.handlers.onLink("resting");
  }

  drop() {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  dispose() {
    document.removeEventListener("visibilitychange", this.onVisibility);
    this.drop();
    this.path = null;
  }
}
