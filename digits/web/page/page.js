// Connects the paper, the recognizer and its answer, and says what buttons and keys do.
import { current, percent, show } from "./answer.js";
import { Input } from "./input.js";
import { Paper } from "./paper.js";
import { cutOut } from "./pictures.js";
import { Away, Reader, send } from "./reading.js";

const find = (id) => document.getElementById(id);
const PAUSE = 2_000; // milliseconds until the model is asked for again
const LEARNING = 120_000; // milliseconds that learning may take

const paper = new Paper(find("paper"), changed);
const reader = new Reader(question, tell);
new Input(paper, find("pen"));

function changed(replaced) {
  find("undo").disabled = !paper.past.length;
  find("redo").disabled = !paper.future.length;
  find("clear").disabled = paper.empty;
  find("stored").textContent = "";
  find("tip").textContent = tip(paper.state.picture);
  reader.ask(replaced);
}

function tip(picture) {
  if (!picture) return find("many").checked ? "Write one line or more." : "Draw large; it is read while you draw.";
  if (!picture.image) return "It is read, but this browser cannot show it.";
  return `Drag a frame around the digit${find("many").checked ? "s" : ""} to read.`;
}

function question() {
  return paper.empty ? null : { body: paper.content(), several: find("many").checked, drawn: !paper.state.picture };
}

function tell(answer) {
  const { error } = answer;
  show(answer);
  find("problem").textContent = error ? error.message + (error instanceof Away ? " Trying again …" : "") : "";
  offerCorrection();
}

// Buttons and keys

find("undo").addEventListener("click", () => paper.undo());
find("redo").addEventListener("click", () => paper.redo());
find("clear").addEventListener("click", () => paper.clear());
find("pens").addEventListener("change", ({ target }) => (paper.factor = Number(target.value)));
find("many").addEventListener("change", turn);
document.addEventListener("keydown", (event) => {
  const command = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase(); // Caps Lock and Shift change it
  if (command && (key === "y" || (key === "z" && event.shiftKey))) paper.redo();
  else if (command && key === "z") paper.undo();
  else if (key === "delete" || key === "escape") paper.clear();
  else return;
  event.preventDefault();
});

function turn() {
  find("main").classList.toggle("several", find("many").checked);
  paper.turnTo(find("many").checked ? "several" : "one");
}

// Pictures from elsewhere

function open(file) {
  tell({ digits: null, opening: true }); // the old answer is not that of this picture
  paper.open(file);
}

for (const id of ["file", "camera"]) {
  find(id).addEventListener("change", ({ target }) => {
    if (target.files.length) open(target.files[0]);
    target.value = ""; // so that the same file can be opened again
  });
}
document.addEventListener("paste", ({ clipboardData }) => {
  const file = [...clipboardData.files].find((it) => it.type.startsWith("image/"));
  if (file) open(file);
});
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  find("paper").classList.add("dropping");
});
document.addEventListener("dragleave", () => find("paper").classList.remove("dropping"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  find("paper").classList.remove("dropping");
  if (event.dataTransfer.files.length) open(event.dataTransfer.files[0]);
});

// Corrections, if they are stored

function offerCorrection() {
  const { digit, digits, several } = current();
  find("meant").textContent =
    several && digit ? `Is digit ${digits.indexOf(digit) + 1} wrong? Choose what you meant:` : "Wrong? Choose the digit you meant:";
  for (const button of find("digits").children) button.disabled = !digit;
}

async function correct(meant) {
  const { digit, body, several, drawn } = current();
  try {
    const file = several ? await cutOut(body, digit.box, drawn) : body;
    const { stored } = await send(`/api/corrections?digit=${meant}`, file);
    find("stored").textContent = `Stored as ${stored}`;
  } catch (error) {
    find("stored").textContent = `Not stored: ${error.message}`;
  }
}

find("seen").addEventListener("chosen", offerCorrection);
for (let digit = 0; digit < 10; digit++) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", textContent: digit, disabled: true });
  button.addEventListener("click", () => correct(digit));
  find("digits").append(button);
}

find("learn").addEventListener("click", async () => {
  find("learn").disabled = true;
  find("stored").textContent = "Adapting to your handwriting, up to a minute …";
  try {
    const { outcome, used } = await send("/api/learn", new Blob(), { patience: LEARNING });
    if (used) introduce();
    if (used) reader.ask(true); // what is on the paper may be read otherwise now
    find("stored").textContent = outcome;
  } catch (error) {
    find("stored").textContent = `Not adapted: ${error.message}`;
  }
  find("learn").disabled = false;
});

async function introduce() {
  const about = await fetch("/api/about").then((response) => response.json()).catch(() => null);
  if (!about) return setTimeout(introduce, PAUSE);
  find("about").textContent = `Recognized by ${about.model}. An answer is sure if its confidence is at least ${percent(about.threshold)} and the drawing is not unlike any digit. Drawings are sent to ${location.host} and nowhere else.`;
  find("correction").hidden = !about.stores_corrections;
}

turn(); // the browser may have kept the switch
introduce();
