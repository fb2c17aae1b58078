// A film that lies in the page itself: the workbench, fed with pictures that were packed into the page instead of by a server.

import mountWorkbench from "../workbench/index.js";

const film = JSON.parse(document.getElementById("film").textContent); // {now, steps, pictures}: deflated, then base64

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate")));
}

/** What a server would answer: "now" is the run as it was when the film was made. */
async function reel(path) {
  if (path === "now") return unpacked(film.now);
  const [, step] = path.match(/film\/(\d+)/) ?? [];
  return step === undefined ? Response.json({ steps: film.steps }) : unpacked(film.pictures[film.steps.indexOf(Number(step))]);
}

function switchTheme() {
  const { dataset } = document.documentElement;
  const dark = dataset.theme ? dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  dataset.theme = dark ? "light" : "dark";
}

const stage = document.getElementById("stage").attachShadow({ mode: "open" });
stage.append(document.getElementById("look").content);
document.getElementById("theme").addEventListener("click", switchTheme);
mountWorkbench({ data: { page: { reel }, readonly: true }, parentElement: stage });
