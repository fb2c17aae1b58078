// Examples on their way to Python: one message at a time, and none is lost when the page is busy.

const AT_ONCE = 24; // examples in one message
const AGAIN = 8000; // ms after which a message that nobody answered is sent again

export class Outbox {
  constructor() {
    this.waiting = [];
    this.sent = null;
    this.number = Date.now();
  }

  /** New data from Python: which message it has, and how to send another. */
  configure(heard, trigger) {
    this.trigger = trigger;
    if (this.sent?.at === heard) this.sent = null;
    this.flush();
  }

  put(item, into) {
    this.waiting.push({ item, into });
    this.flush();
  }

  flush() {
    if (this.sent || !this.waiting.length || !this.trigger) return;
    const [{ into }] = this.waiting;
    const several = this.waiting.findIndex((one) => one.into !== into);
    const taken = this.waiting.splice(0, Math.min(several < 0 ? this.waiting.length : several, AT_ONCE));
    this.number += 1;
    this.sent = { at: this.number, into, items: taken.map((one) => one.item) };
    this.send();
  }

  send() {
    clearTimeout(this.timer);
    if (!this.sent) return;
    this.trigger("examples", this.sent);
    this.timer = setTimeout(() => this.send(), AGAIN);
  }

  dispose() {
    clearTimeout(this.timer);
  }
}
