// Moving layers with the pointer: every place between two layers becomes a target while one is carried.

const TYPE = "application/x-neural-explorer-layer";

export class Drag {
  constructor(builder) {
    this.builder = builder;
    this.carried = null;
  }

  /** Make a card one that can be picked up. */
  lift(card, id) {
    card.addEventListener("dragstart", (event) => {
      event.stopPropagation();
      this.carried = id;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData(TYPE, id);
      requestAnimationFrame(() => this.builder.root.classList.add("carrying"));
    });
    card.addEventListener("dragend", () => this.drop());
  }

  /** Make a place between layers one where they can be put down. */
  land(slot, spot) {
    slot.addEventListener("dragover", (event) => {
      if (!this.carried) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "move";
      slot.classList.add("over");
    });
    slot.addEventListener("dragleave", () => slot.classList.remove("over"));
    slot.addEventListener("drop", (event) => {
      event.preventDefault();
      event.stopPropagation();
      if (this.carried) this.builder.edit({ action: "move", id: this.carried, ...spot });
      this.drop();
    });
  }

  drop() {
    this.carried = null;
    this.builder.root.classList.remove("carrying");
    for (const slot of this.builder.root.querySelectorAll(".slot.over")) slot.classList.remove("over");
  }
}
