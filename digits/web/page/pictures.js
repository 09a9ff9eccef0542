// Pictures from elsewhere: opened, shrunk before they are sent, and parts cut out of them.

const LONGEST = 2000; // pixels of the longer side that are sent; the recognizer looks at half as many
const LARGEST = 2 * 2 ** 20; // bytes that are sent as they are
const READABLE = /^image\/(png|jpeg|webp|gif|bmp)$/; // kinds that the server reads
const OPAQUE = /^image\/(jpeg|hei[cf])/; // kinds of photos; others may be transparent, and stay so
const MARGIN = 0.4; // around a digit that is cut out, as a share of its longer side; of photos, 0.1 is too little

/**
 * What is shown of `file` and what is sent: { image, file }. A large one is shrunk, one of a kind that the server cannot
 * read is converted. `image` is null if the browser cannot show it; then the server may still read it.
 */
export async function open(file) {
  const original = await decode(file).catch(() => null);
  if (!original) return { image: null, file };
  const { naturalWidth: width, naturalHeight: height } = original;
  const image = part(original, 0, 0, width, height, Math.min(1, LONGEST / Math.max(width, height)));
  const fits = image.width === width && image.height === height && file.size <= LARGEST && READABLE.test(file.type);
  return { image, file: fits ? file : await encode(image, file.type) };
}

/** The part of an opened `picture` in `frame`, shares of its sides, as a file. */
export function crop({ image, file }, { left, top, right, bottom }) {
  const { width, height } = image;
  return encode(part(image, left * width, top * height, (right - left) * width, (bottom - top) * height), file.type);
}

/**
 * One digit in `box`, shares of the sides, of the picture `file`, as a file. The margin around it is the picture's own, as
 * shades and edges of paper need it, but white if it was `drawn`: no neighbor stands in it.
 */
export async function cutOut(file, box, drawn) {
  const image = await decode(file);
  const [width, height] = [image.naturalWidth, image.naturalHeight];
  const [left, top, right, bottom] = [box.left * width, box.top * height, box.right * width, box.bottom * height];
  const margin = MARGIN * Math.max(right - left, bottom - top);
  if (drawn) return encode(part(image, left, top, right - left, bottom - top, 1, margin), "image/png");
  const [x, y] = [Math.max(0, left - margin), Math.max(0, top - margin)];
  const [wide, high] = [Math.min(width, right + margin) - x, Math.min(height, bottom + margin) - y];
  return encode(part(image, x, y, wide, high), "image/png");
}

async function decode(file) {
  const image = new Image();
  image.src = URL.createObjectURL(file);
  try {
    await image.decode();
  } finally {
    URL.revokeObjectURL(image.src);
  }
  if (!image.naturalWidth) throw new Error("the picture has no size");
  return image;
}

/** A canvas with a part of `image`, with `margin` of white around it. */
function part(image, x, y, width, height, scale = 1, margin = 0) {
  const canvas = document.createElement("canvas");
  const [wide, high] = [width, height].map((side) => Math.max(1, Math.round(side * scale)));
  canvas.width = wide + 2 * Math.round(margin);
  canvas.height = high + 2 * Math.round(margin);
  const sheet = canvas.getContext("2d");
  if (margin) {
    sheet.fillStyle = "#fff";
    sheet.fillRect(0, 0, canvas.width, canvas.height);
  }
  sheet.imageSmoothingQuality = "high";
  sheet.drawImage(image, x, y, width, height, Math.round(margin), Math.round(margin), wide, high);
  return canvas;
}

export function encode(canvas, kind) {
  return new Promise((resolve) => canvas.toBlob(resolve, OPAQUE.test(kind) ? "image/jpeg" : "image/png", 0.9));
}
