// What the residual explorer computes: real forward and backward passes of
// a stack of dense blocks, in double precision. Matrices are flat; H is
// (images, width), a weight W is (out, in), as in PyTorch.
math.residual = {
  images: 32,
  classes: 10,

  // A small generator of normal numbers that always gives the same ones.
  normals(seed) {
    let state = seed >>> 0;
    const uniform = () => {
      // mulberry32
      state = (state + 0x6d2b79f5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), state | 1);
      t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    };
    // Box and Muller
    return (count, scale = 1) =>
      Float64Array.from({ length: count }, () => {
        const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
        return scale * radius * Math.cos(2 * Math.PI * uniform());
      });
  },

  // Inputs, classes and He's weights, for as many blocks as are asked for.
  draw({ blocks, width, seed }) {
    const normal = math.residual.normals(seed);
    const { images, classes } = math.residual;
    const he = Math.sqrt(2 / width);
    return {
      width,
      X: normal(images * width),
      y: Array.from({ length: images }, (_, i) => i % classes),
      last: normal(classes * width, Math.sqrt(1 / width)),
      blocks: Array.from({ length: blocks }, () => [
        normal(width * width, he),
        normal(width * width, he),
      ]),
    };
  },

  // H W^T: (n, inner) and (out, inner) to (n, out).
  forth(H, W, inner) {
    const [n, out] = [H.length / inner, W.length / inner];
    const Y = new Float64Array(n * out);
    for (let i = 0; i < n; i++) {
      for (let o = 0; o < out; o++) {
        let sum = 0;
        for (let k = 0; k < inner; k++) {
          sum += H[i * inner + k] * W[o * inner + k];
        }
        Y[i * out + o] = sum;
      }
    }
    return Y;
  },

  // Gradients for H and for W from that for H W^T.
  back(dY, H, W, inner) {
    const [n, out] = [H.length / inner, W.length / inner];
    const dH = new Float64Array(H.length);
    const dW = new Float64Array(W.length);
    for (let i = 0; i < n; i++) {
      for (let o = 0; o < out; o++) {
        const d = dY[i * out + o];
        if (d === 0) continue;
        for (let k = 0; k < inner; k++) {
          dH[i * inner + k] += d * W[o * inner + k];
          dW[o * inner + k] += d * H[i * inner + k];
        }
      }
    }
    return [dH, dW];
  },

  // Mean 0 and variance 1 for each column, over the images.
  normalize(Z, width) {
    const n = Z.length / width;
    const scale = new Float64Array(width);
    const Y = new Float64Array(Z.length);
    for (let k = 0; k < width; k++) {
      let [mean, variance] = [0, 0];
      for (let i = 0; i < n; i++) mean += Z[i * width + k] / n;
      for (let i = 0; i < n; i++) {
        variance += (Z[i * width + k] - mean) ** 2 / n;
      }
      scale[k] = 1 / Math.sqrt(variance + 1e-5);
      for (let i = 0; i < n; i++) {
        Y[i * width + k] = (Z[i * width + k] - mean) * scale[k];
      }
    }
    return { Y, scale };
  },

  normalizeBack(dY, { Y, scale }, width) {
    const n = Y.length / width;
    const dZ = new Float64Array(Y.length);
    for (let k = 0; k < width; k++) {
      let [mean, along] = [0, 0];
      for (let i = 0; i < n; i++) {
        mean += dY[i * width + k] / n;
        along += (dY[i * width + k] * Y[i * width + k]) / n;
      }
      for (let i = 0; i < n; i++) {
        const p = i * width + k;
        dZ[p] = scale[k] * (dY[p] - mean - Y[p] * along);
      }
    }
    return dZ;
  },

  relu: (Z) => Z.map((z) => Math.max(z, 0)),
  reluBack: (dY, Y) => dY.map((d, p) => (Y[p] > 0 ? d : 0)),
  add: (A, B) => A.map((a, p) => a + B[p]),
  norm: (...parts) =>
    Math.sqrt(parts.reduce((sum, P) => P.reduce((s, v) => s + v * v, sum), 0)),

  // Standard deviation over the images, averaged over the units.
  spread(H, width) {
    const n = H.length / width;
    let total = 0;
    for (let k = 0; k < width; k++) {
      let [mean, square] = [0, 0];
      for (let i = 0; i < n; i++) mean += H[i * width + k] / n;
      for (let i = 0; i < n; i++) square += (H[i * width + k] - mean) ** 2;
      total += Math.sqrt(square / (n - 1));
    }
    return total / width;
  },

  // ReLU(F(H) + H), or ReLU(F(H)) without the shortcut.
  block(H, [W1, W2], width, { shortcut, norm }) {
    const wrap = (Z) => (norm ? math.residual.normalize(Z, width) : { Y: Z });
    const first = wrap(math.residual.forth(H, W1, width));
    const A = math.residual.relu(first.Y);
    const second = wrap(math.residual.forth(A, W2, width));
    const sum = shortcut ? math.residual.add(second.Y, H) : second.Y;
    return { H, first, A, second, out: math.residual.relu(sum) };
  },

  blockBack(dOut, kept, [W1, W2], width, { shortcut, norm }) {
    const unwrap = (dY, part) =>
      norm ? math.residual.normalizeBack(dY, part, width) : dY;
    const dSum = math.residual.reluBack(dOut, kept.out);
    const dZ2 = unwrap(dSum, kept.second);
    const [dA, dW2] = math.residual.back(dZ2, kept.A, W2, width);
    const dZ1 = unwrap(math.residual.reluBack(dA, kept.A), kept.first);
    const [dH, dW1] = math.residual.back(dZ1, kept.H, W1, width);
    return { dH: shortcut ? math.residual.add(dH, dSum) : dH, dW1, dW2 };
  },

  // Gradient of the mean cross-entropy for the scores.
  lossBack(scores, y) {
    const { classes } = math.residual;
    const gradient = new Float64Array(scores.length);
    y.forEach((label, i) => {
      const row = scores.subarray(i * classes, (i + 1) * classes);
      math.softmax(row).forEach((p, c) => {
        gradient[i * classes + c] = (p - (c === label ? 1 : 0)) / y.length;
      });
    });
    return gradient;
  },

  // Spread of the signal after 0, 1, ... blocks; norms of the loss's
  // gradient for each block's output and for each block's weights.
  run({ X, y, last, width, blocks }, depth, { scale, ...options }) {
    const weights = blocks
      .slice(0, depth)
      .map((pair) => pair.map((W) => W.map((w) => scale * w)));
    const kept = [];
    let H = X;
    for (const pair of weights) {
      kept.push(math.residual.block(H, pair, width, options));
      H = kept[kept.length - 1].out;
    }
    const scores = math.residual.forth(H, last, width);
    const dScores = math.residual.lossBack(scores, y);
    let [dH] = math.residual.back(dScores, H, last, width);
    const [signal, weight] = [[], []];
    for (let b = depth - 1; b >= 0; b--) {
      signal.unshift(math.residual.norm(dH));
      const grads = math.residual.blockBack(
        dH, kept[b], weights[b], width, options,
      );
      weight.unshift(math.residual.norm(grads.dW1, grads.dW2));
      dH = grads.dH;
    }
    const spread = [X, ...kept.map(({ out }) => out)].map((A) =>
      math.residual.spread(A, width),
    );
    return { spread, signal, weight, scores: Array.from(scores) };
  },
};
