// §4.1 of the paper: crops, reflections, colour noise along the principal components, ten views.
// Numbers in, numbers out, no page. A picture is { width, height, data }, RGBA bytes row after row,
// as a canvas gives them. Held to alexnet_lab.data and numpy by tests/widgets/test_augmentation_core.py.

/** @typedef {{ eigenvalues: number[], eigenvectors: number[][] }} Principal */

export const SCALES = ["deviation", "literal"]; // √λ as the 2012 source; λ as the formula reads

/**
 * Say in one line what is wrong with a picture and a crop; null when nothing is.
 * @param {Picture} picture
 * @param {number} size
 */
export function problem({ width, height, data }, size) {
  if (!(width >= 1) || !(height >= 1) || data.length !== 4 * width * height) {
    return `${data.length} bytes make no picture of ${width} × ${height}`;
  }
  if (!Number.isInteger(size) || size < 1) return `a crop of ${size} pixels is no crop`;
  if (size > Math.min(width, height)) {
    return `a crop of ${size} × ${size} does not fit a picture of ${width} × ${height}`;
  }
  return null;
}

/**
 * How many different crops and reflections there are.
 * @param {{ width: number, height: number }} picture
 * @param {number} size
 */
export function variants({ width, height }, size) {
  return (width - size + 1) * (height - size + 1) * 2;
}

/**
 * Half of a whole number, rounded to the even one, as Python and torchvision do.
 * @param {number} n
 */
function half(n) {
  return n % 4 === 3 ? (n + 1) / 2 : Math.floor(n / 2);
}

/**
 * Four corners and the centre, and the same of the mirrored picture: as ten_views has them.
 * @param {{ width: number, height: number }} picture
 * @param {number} size
 */
export function tenViews({ width, height }, size) {
  const [low, right] = [height - size, width - size];
  const places = [
    [0, 0],
    [0, right],
    [low, 0],
    [low, right],
    [half(low), half(right)],
  ];
  return [false, true].flatMap((mirrored) =>
    // The mirror image's own corner: its left is the picture's right.
    places.map(([top, left]) => ({ top, left: mirrored ? right - left : left, mirrored })),
  );
}

/**
 * Cut a square out of a picture, mirrored or not.
 * @param {Picture} picture
 * @param {{ top: number, left: number, mirrored?: boolean }} place
 * @param {number} size
 */
export function crop(picture, { top, left, mirrored = false }, size) {
  const data = new Uint8ClampedArray(4 * size * size);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const from = 4 * ((top + y) * picture.width + left + (mirrored ? size - 1 - x : x));
      for (let c = 0; c < 4; c += 1) data[4 * (y * size + x) + c] = picture.data[from + c];
    }
  }
  return { width: size, height: size, data };
}

/**
 * What is added to R, G and B: [p1 p2 p3][α1 w1, α2 w2, α3 w3]ᵀ, with w = √λ or λ.
 * @param {number[]} alphas
 * @param {Principal} principal
 * @param {string} [scale]
 */
export function colourShift(alphas, { eigenvalues, eigenvectors }, scale = "deviation") {
  return [0, 1, 2].map((channel) =>
    [0, 1, 2].reduce((sum, k) => {
      const weight = scale === "literal" ? eigenvalues[k] : Math.sqrt(eigenvalues[k]);
      return sum + eigenvectors[channel][k] * alphas[k] * weight;
    }, 0),
  );
}

/**
 * The picture with every pixel shifted, clipped to 0–255 for the eye, and the share clipped.
 * @param {Picture} picture
 * @param {number[]} shift
 */
export function recoloured(picture, shift) {
  const data = new Uint8ClampedArray(picture.data.length);
  let clipped = 0;
  for (let i = 0; i < data.length; i += 4) {
    for (let c = 0; c < 3; c += 1) {
      const value = picture.data[i + c] + shift[c];
      if (value < 0 || value > 255) clipped += 1;
      data[i + c] = value;
    }
    data[i + 3] = picture.data[i + 3];
  }
  return {
    width: picture.width,
    height: picture.height,
    data,
    clipped: (clipped * 4) / (3 * data.length),
  };
}

/**
 * Mean (3) and covariance (3 × 3, divided by the number of pixels) of R, G, B.
 * @param {{ data: Uint8ClampedArray | Uint8Array }} picture
 */
export function colours({ data }) {
  const count = data.length / 4;
  const mean = [0, 0, 0];
  const products = [0, 1, 2].map(() => [0, 0, 0]);
  for (let i = 0; i < data.length; i += 4) {
    for (let a = 0; a < 3; a += 1) {
      mean[a] += data[i + a];
      for (let b = 0; b < 3; b += 1) products[a][b] += data[i + a] * data[i + b];
    }
  }
  for (let a = 0; a < 3; a += 1) mean[a] /= count;
  const covariance = products.map((row, a) => row.map((v, b) => v / count - mean[a] * mean[b]));
  return { mean, covariance };
}

/**
 * Eigenvalues, largest first, and eigenvectors, one a column, of a symmetric 3 × 3 matrix, by
 * Jacobi's rotations; each vector's largest entry is positive, as in pca_colour.
 * @param {number[][]} matrix
 */
export function eigen(matrix) {
  const a = matrix.map((row) => [...row]);
  const v = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  for (let sweep = 0; sweep < 30; sweep += 1) {
    for (const [p, q] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ]) {
      if (a[p][q] === 0) continue;
      const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
      const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
      const c = 1 / Math.hypot(t, 1);
      const s = t * c;
      for (let k = 0; k < 3; k += 1) {
        [a[k][p], a[k][q]] = [c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]];
      }
      for (let k = 0; k < 3; k += 1) {
        [a[p][k], a[q][k]] = [c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]];
        [v[k][p], v[k][q]] = [c * v[k][p] - s * v[k][q], s * v[k][p] + c * v[k][q]];
      }
    }
  }
  const order = [0, 1, 2].sort((i, j) => a[j][j] - a[i][i]);
  const signs = order.map((k) => {
    const column = [v[0][k], v[1][k], v[2][k]];
    const largest = column.reduce((m, x) => (Math.abs(x) > Math.abs(m) ? x : m), 0);
    return largest < 0 ? -1 : 1;
  });
  return {
    eigenvalues: order.map((k) => Math.max(0, a[k][k])),
    eigenvectors: v.map((row) => order.map((k, i) => signs[i] * row[k])),
  };
}

/**
 * Three normal numbers of standard deviation sd, from uniform ones (Box and Muller).
 * @param {() => number} next
 * @param {number} [sd]
 */
export function normals(next, sd = 0.1) {
  return [0, 1, 2].map(() => {
    const radius = Math.sqrt(-2 * Math.log(1 - next()));
    return sd * radius * Math.cos(2 * Math.PI * next());
  });
}

/**
 * Where a point of the RGB cube falls on a flat picture, turned by an angle: [x, y, depth].
 * @param {Colour} point
 * @param {number} turn
 * @param {number} [tilt]
 */
export function project([r, g, b], turn, tilt = 0.5) {
  const [x, y, z] = [r - 127.5, g - 127.5, b - 127.5];
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const [across, away] = [cos * x + sin * z, -sin * x + cos * z];
  return [
    across,
    -Math.cos(tilt) * y + Math.sin(tilt) * away,
    Math.sin(tilt) * y + Math.cos(tilt) * away,
  ];
}

/**
 * Mean of probabilities over views, and of each view the class with the most.
 * @param {number[][]} rows
 */
export function votes(rows) {
  const mean = rows[0].map((_, k) => rows.reduce((sum, row) => sum + row[k], 0) / rows.length);
  const top = (/** @type {number[]} */ row) => row.indexOf(Math.max(...row));
  return { mean, tops: rows.map(top), top: top(mean) };
}
