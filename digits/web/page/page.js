// Connects paper and answer: sends the drawing while it changes, one request at a time, the newest drawing next.
import { percent, show } from "./answer.js";
import { Paper } from "./paper.js";

const find = (id) => document.getElementById(id);

let asking = false;
let outdated = false;

async function send(address) {
  const body = await paper.content();
  const kind = body.type.startsWith("image/") ? body.type : "application/octet-stream";
  const response = await fetch(address, { method: "POST", body, headers: { "Content-Type": kind } });
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  const content = isJson ? await response.json() : { detail: await response.text() };
  if (!response.ok) throw new Error(typeof content.detail === "string" ? content.detail : response.statusText);
  return content;
}

async function ask() {
  outdated = true;
  if (asking) return;
  asking = true;
  while (outdated) {
    outdated = false;
    const start = performance.now();
    const wanted = paper.empty ? Promise.resolve({ digits: null }) : send(`/api/read?many=${find("many").checked}`);
    await wanted.then(({ digits }) => tell(digits, ""), (error) => tell(null, words(error)));
    find("took").textContent = paper.empty ? "" : `answer in ${Math.round(performance.now() - start)} ms`;
  }
  asking = false;
}

function tell(digits, problem) {
  show(digits, problem !== "");
  const single = digits?.length === 1 && !find("many").checked; // otherwise it is not clear which digit is corrected
  for (const button of find("digits").children) button.disabled = !single;
  find("problem").textContent = problem;
}

function words(error) {
  return error instanceof TypeError ? "The recognizer does not answer. Is it still running?" : error.message;
}

const paper = new Paper(find("paper"), find("pen"), (paper) => {
  find("undo").disabled = find("clear").disabled = paper.empty;
  find("stored").textContent = "";
  queueMicrotask(ask); // after `paper` is assigned
});

find("undo").addEventListener("click", () => paper.undo());
find("clear").addEventListener("click", () => paper.clear());
find("many").addEventListener("change", ask);
document.addEventListener("keydown", (event) => {
  if (event.key === "z" && (event.ctrlKey || event.metaKey)) paper.undo();
  else if (event.key === "Delete" || event.key === "Escape") paper.clear();
});

// Pictures from elsewhere

find("file").addEventListener("change", ({ target }) => {
  if (target.files.length) paper.open(target.files[0]);
  target.value = ""; // so that the same file can be opened again
});
document.addEventListener("paste", ({ clipboardData }) => {
  const file = [...clipboardData.files].find((it) => it.type.startsWith("image/"));
  if (file) paper.open(file);
});
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  find("paper").classList.add("dropping");
});
document.addEventListener("dragleave", () => find("paper").classList.remove("dropping"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  find("paper").classList.remove("dropping");
  if (event.dataTransfer.files.length) paper.open(event.dataTransfer.files[0]);
});

// The model in use, and whether it stores corrections

async function correct(digit) {
  if (paper.empty) return;
  await send(`/api/corrections?digit=${digit}`).then(
    ({ stored }) => (find("stored").textContent = `Stored as ${stored}`),
    (error) => (find("problem").textContent = words(error)),
  );
}

for (let digit = 0; digit < 10; digit++) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = digit;
  button.addEventListener("click", () => correct(digit));
  find("digits").append(button);
}

const about = await (await fetch("/api/about")).json();
find("about").textContent = `Recognized by ${about.model} while you draw. An answer is sure if its confidence is at least ${percent(about.threshold)} and the drawing is not unlike any digit. Drawings are sent to ${location.host} and nowhere else.`;
find("correction").hidden = !about.stores_corrections;
