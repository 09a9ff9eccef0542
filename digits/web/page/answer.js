// The answer: the digits, ten bars of probability for one of them, and the 28x28 inputs of the model.

const find = (id) => document.getElementById(id);
const EMPTY = { digits: null };

export const percent = (share) => `${(100 * share).toFixed(1)}\u00a0%`;

let answer = EMPTY;
let tapped = null; // the place of the digit whose bars are shown; without a tap, the last

const bars = Array.from({ length: 10 }, (_, digit) => {
  const line = document.createElement("li");
  const [name, meter, share] = ["span", "meter", "span"].map((kind) => line.appendChild(document.createElement(kind)));
  name.textContent = digit;
  meter.setAttribute("aria-label", `probability of ${digit}`);
  find("bars").append(line);
  return { line, meter, share };
});

/** What was read and the digit whose bars are shown, undefined if there is none. */
export function current() {
  return { ...answer, digit: answer.digits?.[place()] };
}

/** Show an answer of `Reader`, or that a picture is `opening`. */
export function show(next) {
  if (!next.digits?.length || next.digits.length <= tapped) tapped = null;
  answer = next;
  const { digits, several } = answer;
  const sure = Boolean(digits?.length) && digits.every((digit) => digit.sure);
  find("answer").className = sure ? "" : "unsure";
  find("digit").textContent = digits?.length ? lines(digits).map((line) => line.map((it) => it.digit).join(" ")).join("\n") : "–";
  find("doubt").textContent = words(answer, sure);
  find("seen").replaceChildren(...(several ? lines(digits ?? []).map(row) : (digits ?? []).map(image)));
  find("took").textContent = answer.milliseconds ? `answer in ${Math.round(answer.milliseconds)} ms` : "";
  showBars();
}

function showBars() {
  const { digit } = current();
  bars.forEach(({ line, meter, share }, number) => {
    line.className = digit?.digit === number ? "first" : "";
    meter.value = digit?.probabilities[number] ?? 0;
    share.textContent = digit ? percent(meter.value) : "";
  });
  for (const button of find("seen").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", answer.digits[place()] === button.digit);
  }
  const several = answer.several && answer.digits?.length;
  const hint = answer.try_many ? "Several? Turn on “several digits” above." : "";
  find("which").textContent = several ? `Digit ${place() + 1} of ${several}: ${opinion(digit)}` : hint;
}

function place() {
  return tapped ?? (answer.digits?.length ?? 0) - 1;
}

function words({ digits, error, several, opening }, sure) {
  if (error) return "No answer";
  if (opening) return "Reading the picture …";
  if (!digits) return "Nothing drawn yet";
  if (!digits.length) return "No digit found";
  if (!several) return opinion(digits[0]);
  const doubtful = digits.filter((digit) => !digit.sure).length;
  const all = digits.length === 1 ? "1 digit" : `${digits.length} digits`;
  return sure ? `${all}, sure` : `${all}, ${doubtful} doubtful`;
}

function opinion(digit) {
  if (!digit.in_distribution) return "Unlike any digit";
  return digit.sure ? `${percent(digit.confidence)} sure` : `Not sure, ${percent(digit.confidence)}`;
}

/** `digits` in lists, one for each line of writing. */
function lines(digits) {
  const found = [];
  for (const digit of digits) (found[digit.line] ??= []).push(digit);
  return found.filter(Boolean);
}

function row(digits) {
  const group = document.createElement("div");
  group.append(...digits.map(choice));
  return group;
}

/** A button that shows the bars of `digit`. */
function choice(digit) {
  const button = document.createElement("button");
  const name = document.createElement("span");
  name.textContent = digit.digit;
  Object.assign(button, { type: "button", digit, className: digit.sure ? "" : "doubtful" });
  button.setAttribute("aria-label", `${digit.digit}, ${opinion(digit)}`);
  button.append(name, image(digit));
  button.addEventListener("click", () => {
    tapped = answer.digits.indexOf(digit);
    showBars();
    button.dispatchEvent(new CustomEvent("chosen", { bubbles: true }));
  });
  return button;
}

function image(digit) {
  const image = document.createElement("img");
  image.src = digit.image;
  image.alt = `28 by 28 pixels, recognized as ${digit.digit}`;
  return image;
}
