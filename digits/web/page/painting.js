// What stands on the paper: paints strokes, or a picture and its frame.

/** Paint `strokes`, `picture` and `frame` on `canvas`. */
export function paint(canvas, { strokes, picture, frame }) {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  if (picture?.image) paintPicture(context, picture.image, frame);
  Object.assign(context, { strokeStyle: "#000", lineCap: "round", lineJoin: "round" });
  for (const { points, pen, sheet } of strokes) {
    const { scale, x, y } = fit(sheet, canvas);
    context.lineWidth = pen * scale;
    context.beginPath();
    const [left, top] = points[0]; // without a length, even of a dot, nothing is painted
    for (const point of [[left - 0.01, top], ...points]) context.lineTo(x + scale * point[0], y + scale * point[1]);
    context.stroke();
  }
}

function paintPicture(context, image, frame) {
  const { scale, x, y } = fit(image, context.canvas);
  const [width, height] = [scale * image.width, scale * image.height];
  context.imageSmoothingQuality = "high";
  context.drawImage(image, x, y, width, height);
  if (!frame) return;
  const { left, top, right, bottom } = sides(frame);
  const inner = [x + left * width, y + top * height, (right - left) * width, (bottom - top) * height];
  context.fillStyle = "#0009";
  context.beginPath();
  context.rect(x, y, width, height);
  context.rect(...inner);
  context.fill("evenodd");
  Object.assign(context, { strokeStyle: "#60a5fa", lineWidth: 4, lineJoin: "miter" });
  context.strokeRect(...inner);
}

/** Where something with a `width` and a `height` is placed on `canvas`: as large as fits, in the middle. */
export function fit({ width, height }, canvas) {
  const scale = Math.min(canvas.width / width, canvas.height / height);
  return { scale, x: (canvas.width - scale * width) / 2, y: (canvas.height - scale * height) / 2 };
}

/** The sides of a frame between two opposite corners [x, y]. */
export function sides([start, end]) {
  const [left, right] = [start[0], end[0]].sort((a, b) => a - b);
  const [top, bottom] = [start[1], end[1]].sort((a, b) => a - b);
  return { left, top, right, bottom };
}
