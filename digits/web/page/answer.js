// The answer: the digit, its confidence, ten bars of probability, and the 28x28 input of the model.

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

/** Show the predictions `digits`: null if nothing is drawn, or if the request `failed`. */
export function show(digits, failed) {
  const found = digits ?? [];
  const sure = found.length > 0 && found.every((digit) => digit.sure);
  find("answer").className = sure ? "" : "unsure";
  find("digit").textContent = found.map((digit) => digit.digit).join(" ") || "–";
  find("doubt").textContent = failed ? "No answer" : words(digits, sure);
  bars.forEach(({ line, meter, share }, digit) => {
    line.className = found[0]?.digit === digit ? "first" : "";
    meter.value = found[0]?.probabilities[digit] ?? 0;
    share.textContent = found.length ? percent(meter.value) : "";
  });
  find("seen").replaceChildren(...found.map(view));
}

function words(digits, sure) {
  if (!digits) return "Nothing drawn yet";
  if (!digits.length) return "No digit found";
  const lowest = percent(Math.min(...digits.map((digit) => digit.confidence)));
  if (digits.some((digit) => !digit.in_distribution)) return "Unlike any digit";
  return sure ? `${lowest} sure` : `Not sure, ${lowest}`;
}

function view(digit) {
  const image = document.createElement("img");
  image.src = digit.image;
  image.alt = `28 by 28 pixels, recognized as ${digit.digit}`;
  return image;
}
