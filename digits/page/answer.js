// The answer: the digit, how sure it is, ten bars, and what the model saw.

const find = (id) => document.getElementById(id);

export const percent = (share) => `${(100 * share).toFixed(1)} %`;

const bars = Array.from({ length: 10 }, (_, digit) => {
  const line = document.createElement("li");
  const [name, meter, share] = ["span", "meter", "span"].map((kind) => line.appendChild(document.createElement(kind)));
  name.textContent = digit;
  meter.setAttribute("aria-label", `probability of ${digit}`);
  find("bars").append(line);
  return { line, meter, share };
});

/** Show what was read; null where nothing was asked. */
export function show(digits) {
  const read = digits ?? [];
  const sure = read.length > 0 && read.every((digit) => digit.sure);
  find("answer").className = sure ? "" : "unsure";
  find("digit").textContent = read.map((digit) => digit.digit).join(" ") || "–";
  find("doubt").textContent = words(digits, sure);
  bars.forEach(({ line, meter, share }, digit) => {
    line.className = read[0]?.digit === digit ? "first" : "";
    meter.value = read[0]?.probabilities[digit] ?? 0;
    share.textContent = read.length ? percent(meter.value) : "";
  });
  find("seen").replaceChildren(...read.map(view));
}

function words(digits, sure) {
  if (!digits) return "Nothing drawn yet";
  if (!digits.length) return "No digit found";
  const least = percent(Math.min(...digits.map((digit) => digit.confidence)));
  if (digits.some((digit) => !digit.familiar)) return "Unlike any digit";
  return sure ? `${least} sure` : `Not sure, ${least}`;
}

function view(digit) {
  const image = document.createElement("img");
  image.src = digit.image;
  image.alt = `28 by 28 pixels, read as ${digit.digit}`;
  return image;
}
