// LeNet's training in typed arrays: forward, backward and a step of SGD with
// momentum. It is one function, so that a worker can be made of its text.
// Matrices are flat and stored row by row; a batch of images is (n, 28 * 28),
// and weights have the order and the shapes of PyTorch.
math.trainLenet = function trainLenet(Numbers) {
  const SHAPES = [
    [6, 1 * 5 * 5],
    [16, 6 * 5 * 5],
    [120, 16 * 5 * 5],
    [84, 120],
    [10, 84],
  ];
  const FAN_OUT = [6 * 5 * 5, 16 * 5 * 5, 120, 84, 10];
  // Images at a time, so that what they need stays in the cache.
  const CHUNK = 32;
  const zeros = (count) => new Numbers(count);

  // C += A B for A (m, k), B (k, p): rows of B, weighted, four at a time, for
  // two rows of C. A's strides say where its entries are, so that A may be the
  // transpose of what is stored. What there is no row for counts zero.
  function multiply(A, row, column, B, C, m, k, p) {
    for (let l = 0; l < k; l += 4) {
      const left = k - l;
      const b0 = l * p;
      const b1 = left > 1 ? b0 + p : b0;
      const b2 = left > 2 ? b1 + p : b0;
      const b3 = left > 3 ? b2 + p : b0;
      for (let i = 0; i < m; i += 2) {
        const two = i + 1 < m;
        const a = i * row + l * column;
        const a0 = A[a];
        const a1 = left > 1 ? A[a + column] : 0;
        const a2 = left > 2 ? A[a + 2 * column] : 0;
        const a3 = left > 3 ? A[a + 3 * column] : 0;
        const e = a + row;
        const d0 = two ? A[e] : 0;
        const d1 = two && left > 1 ? A[e + column] : 0;
        const d2 = two && left > 2 ? A[e + 2 * column] : 0;
        const d3 = two && left > 3 ? A[e + 3 * column] : 0;
        const c = i * p;
        const d = two ? c + p : c;
        for (let j = 0; j < p; j++) {
          const v0 = B[b0 + j];
          const v1 = B[b1 + j];
          const v2 = B[b2 + j];
          const v3 = B[b3 + j];
          C[c + j] += a0 * v0 + a1 * v1 + a2 * v2 + a3 * v3;
          C[d + j] += d0 * v0 + d1 * v1 + d2 * v2 + d3 * v3;
        }
      }
    }
  }

  // C += A B^T for A (m, p), B (k, p): each entry is a sum of products. Two
  // rows of A by four of B at a time; the last ones may come twice, unused.
  function dots(A, B, C, m, k, p) {
    for (let i = 0; i < m; i += 2) {
      const two = i + 1 < m;
      const a = i * p;
      const d = two ? a + p : a;
      for (let l = 0; l < k; l += 4) {
        const left = k - l;
        const b0 = l * p;
        const b1 = left > 1 ? b0 + p : b0;
        const b2 = left > 2 ? b1 + p : b0;
        const b3 = left > 3 ? b2 + p : b0;
        let [s0, s1, s2, s3, t0, t1, t2, t3] = [0, 0, 0, 0, 0, 0, 0, 0];
        for (let j = 0; j < p; j++) {
          const v = A[a + j];
          const w = A[d + j];
          const x0 = B[b0 + j];
          const x1 = B[b1 + j];
          const x2 = B[b2 + j];
          const x3 = B[b3 + j];
          s0 += v * x0;
          s1 += v * x1;
          s2 += v * x2;
          s3 += v * x3;
          t0 += w * x0;
          t1 += w * x1;
          t2 += w * x2;
          t3 += w * x3;
        }
        const sums = [s0, s1, s2, s3, t0, t1, t2, t3];
        for (let x = 0; x < Math.min(left, 4); x++) {
          C[i * k + l + x] += sums[x];
          if (two) C[i * k + k + l + x] += sums[x + 4];
        }
      }
    }
  }

  // im2col: each 5 x 5 window of a map with `pad` zeros around becomes a
  // column. Maps are (c, h, h), columns (c * 25, o * o).
  function windows(maps, columns, c, h, pad) {
    const o = h + 2 * pad - 4;
    let to = 0;
    for (let channel = 0; channel < c; channel++) {
      for (let tap = 0; tap < 25; tap++) {
        const down = Math.floor(tap / 5) - pad;
        const right = (tap % 5) - pad;
        const first = Math.max(0, -right);
        const last = Math.min(o, h - right);
        for (let i = 0; i < o; i++, to += o) {
          const y = i + down;
          if (y < 0 || y >= h) continue;
          const from = (channel * h + y) * h + right;
          for (let j = first; j < last; j++) columns[to + j] = maps[from + j];
        }
      }
    }
  }

  // Add the gradients of columns to those of the maps they were taken from.
  function gather(columns, maps, c, h) {
    const o = h - 4;
    let from = 0;
    for (let channel = 0; channel < c; channel++) {
      for (let tap = 0; tap < 25; tap++) {
        const right = tap % 5;
        for (let i = 0; i < o; i++, from += o) {
          const to = (channel * h + i + Math.floor(tap / 5)) * h + right;
          for (let j = 0; j < o; j++) maps[to + j] += columns[from + j];
        }
      }
    }
  }

  // In place. Math.tanh takes twice as long as Math.exp.
  function activate(X, kind) {
    for (let i = 0; i < X.length; i++) {
      const v = X[i];
      if (kind === "sigmoid") X[i] = 1 / (1 + Math.exp(-v));
      else if (kind === "tanh") X[i] = 1 - 2 / (1 + Math.exp(2 * v));
      else if (v < 0) X[i] = 0;
    }
  }

  // Multiply gradients by the slope, which the activation's output tells.
  function slope(dY, Y, kind) {
    for (let i = 0; i < dY.length; i++) {
      const y = Y[i];
      if (kind === "sigmoid") dY[i] *= y * (1 - y);
      else if (kind === "tanh") dY[i] *= 1 - y * y;
      else if (y <= 0) dY[i] = 0;
    }
  }

  // Pool c maps of h x h to a quarter of the places. For a maximum, `chosen`
  // keeps where it was: the first, as in PyTorch.
  function pool(X, Y, chosen, c, h, kind) {
    for (let map = 0, to = 0; map < c * h; map += 2) {
      for (let j = 0; j < h; j += 2, to++) {
        const at = map * h + j;
        const a = X[at];
        const b = X[at + 1];
        const d = X[at + h];
        const e = X[at + h + 1];
        if (kind === "average") {
          Y[to] = (a + b + d + e) / 4;
          continue;
        }
        const top = Math.max(a, b, d, e);
        const place = a === top ? 0 : b === top ? 1 : d === top ? h : h + 1;
        Y[to] = top;
        chosen[to] = at + place;
      }
    }
  }

  function unpool(dY, dX, chosen, c, h, kind) {
    if (kind === "max") dX.fill(0);
    for (let map = 0, from = 0; map < c * h; map += 2) {
      for (let j = 0; j < h; j += 2, from++) {
        const at = map * h + j;
        if (kind === "max") dX[chosen[from]] = dY[from];
        else {
          const quarter = dY[from] / 4;
          dX[at] = dX[at + 1] = dX[at + h] = dX[at + h + 1] = quarter;
        }
      }
    }
  }

  // A small generator of random numbers from 0 to 1 (mulberry32).
  function generator(seed) {
    let state = seed >>> 0;
    return () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), state | 1);
      t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  // Weights by a start; biases as PyTorch has them.
  function draw(start, seed) {
    const random = generator(seed);
    return SHAPES.map(([out, fan], i) => {
      const xavier = Math.sqrt(6 / (fan + FAN_OUT[i]));
      const bound = { xavier, wide: 4 * xavier, he: Math.sqrt(6 / fan) }[start];
      const uniform = (limit) => () => limit * (2 * random() - 1);
      return {
        weight: Numbers.from({ length: out * fan }, uniform(bound)),
        bias: Numbers.from({ length: out }, uniform(1 / Math.sqrt(fan))),
      };
    });
  }

  // An order of 0 to count - 1 by chance (Fisher and Yates).
  function shuffled(count, random) {
    const order = Int32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }

  // What a chunk of images needs; made once.
  function space() {
    const per = (size, count = CHUNK) =>
      Array.from({ length: count }, () => zeros(size));
    return {
      columns1: per(25 * 784),
      maps1: per(6 * 784),
      pooled1: per(6 * 196),
      chosen1: Array.from({ length: CHUNK }, () => new Int32Array(6 * 196)),
      columns2: per(150 * 100),
      maps2: per(16 * 100),
      chosen2: Array.from({ length: CHUNK }, () => new Int32Array(400)),
      features: zeros(CHUNK * 400),
      dMaps1: zeros(6 * 784),
      dPooled1: zeros(6 * 196),
      dColumns2: zeros(150 * 100),
      dMaps2: zeros(16 * 100),
    };
  }

  // A net: its weights, its settings {activation, pool}, and its velocity.
  function create(layers, settings) {
    const like = ({ weight, bias }) => ({
      weight: zeros(weight.length),
      bias: zeros(bias.length),
    });
    return {
      layers: layers.map(({ weight, bias }) => ({
        weight: Numbers.from(weight),
        bias: Numbers.from(bias),
      })),
      gradients: layers.map(like),
      velocity: layers.map(like),
      space: space(),
      settings,
    };
  }

  function addBias(Y, bias, places) {
    for (let o = 0; o < bias.length; o++) {
      Y.fill(bias[o], o * places, (o + 1) * places);
    }
  }

  // The convolutional part for one image; i is its place in the chunk.
  function convolve({ layers, space: s, settings }, X, i) {
    const { activation, pool: kind } = settings;
    const steps = [
      [X, s.columns1[i], s.maps1[i], s.pooled1[i], s.chosen1[i], 1, 28, 2],
      [s.pooled1[i], s.columns2[i], s.maps2[i], null, s.chosen2[i], 6, 14, 0],
    ];
    steps.forEach(([input, columns, maps, pooled, chosen, c, h, pad], l) => {
      const { weight, bias } = layers[l];
      const [out, fan] = SHAPES[l];
      const side = h + 2 * pad - 4;
      const features = s.features.subarray(i * 400, (i + 1) * 400);
      windows(input, columns, c, h, pad);
      addBias(maps, bias, side * side);
      multiply(weight, fan, 1, columns, maps, out, fan, side * side);
      activate(maps, activation);
      pool(maps, pooled ?? features, chosen, out, side, kind);
    });
  }

  // The dense part: the outputs of its three layers for n images.
  function classify({ layers, space: s, settings }, n) {
    const outputs = [s.features.subarray(0, n * 400)];
    for (let l = 2; l < 5; l++) {
      const { weight, bias } = layers[l];
      const [out, fan] = SHAPES[l];
      const Y = zeros(n * out);
      for (let i = 0; i < n; i++) Y.set(bias, i * out);
      dots(outputs[l - 2], weight, Y, n, out, fan);
      if (l < 4) activate(Y, settings.activation);
      outputs.push(Y);
    }
    return outputs;
  }

  // Send n images through; returns the dense outputs, scores last. X is
  // (n, 784), n at most CHUNK.
  function forward(net, X, n) {
    for (let i = 0; i < n; i++) {
      convolve(net, X.subarray(i * 784, (i + 1) * 784), i);
    }
    return classify(net, n);
  }

  // The sum of the losses; scores become the probabilities.
  function crossEntropy(scores, y, n) {
    let loss = 0;
    for (let i = 0; i < n; i++) {
      const row = scores.subarray(10 * i, 10 * i + 10);
      const top = row.reduce((a, b) => Math.max(a, b));
      let sum = 0;
      for (let k = 0; k < 10; k++) sum += Math.exp(row[k] - top);
      loss += Math.log(sum) + top - row[y[i]];
      for (let k = 0; k < 10; k++) row[k] = Math.exp(row[k] - top) / sum;
    }
    return loss;
  }

  // Add a chunk's gradients to the net's; dY is that of the scores.
  function backward(net, outputs, dY, n) {
    const { layers, gradients, space: s, settings } = net;
    const { activation, pool: kind } = settings;
    for (let l = 4; l >= 2; l--) {
      const [out, fan] = SHAPES[l];
      const X = outputs[l - 2];
      const { weight: dW, bias: db } = gradients[l];
      multiply(dY, 1, out, X, dW, out, n, fan);
      for (let i = 0; i < n * out; i++) db[i % out] += dY[i];
      const dX = zeros(n * fan);
      multiply(dY, out, 1, layers[l].weight, dX, n, out, fan);
      if (l > 2) slope(dX, X, activation);
      dY = dX;
    }
    for (let i = 0; i < n; i++) {
      const dFeatures = dY.subarray(i * 400, (i + 1) * 400);
      unpool(dFeatures, s.dMaps2, s.chosen2[i], 16, 10, kind);
      slope(s.dMaps2, s.maps2[i], activation);
      weigh(gradients[1], s.dMaps2, s.columns2[i], 100);
      s.dColumns2.fill(0);
      multiply(layers[1].weight, 1, 150, s.dMaps2, s.dColumns2, 150, 16, 100);
      s.dPooled1.fill(0);
      gather(s.dColumns2, s.dPooled1, 6, 14);
      unpool(s.dPooled1, s.dMaps1, s.chosen1[i], 6, 28, kind);
      slope(s.dMaps1, s.maps1[i], activation);
      weigh(gradients[0], s.dMaps1, s.columns1[i], 784);
    }
  }

  // Gradients of a convolution's weights and biases, from one image.
  function weigh({ weight, bias }, dMaps, columns, places) {
    const out = bias.length;
    dots(dMaps, columns, weight, out, weight.length / out, places);
    for (let o = 0; o < out; o++) {
      let sum = 0;
      for (let j = o * places; j < (o + 1) * places; j++) sum += dMaps[j];
      bias[o] += sum;
    }
  }

  const norm = (values) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));

  // The mean over classes of how much a score differs between images.
  function spread(scores, n) {
    let total = 0;
    for (let k = 0; k < 10; k++) {
      let sum = 0;
      let squares = 0;
      for (let i = 0; i < n; i++) {
        sum += scores[10 * i + k];
        squares += scores[10 * i + k] ** 2;
      }
      total += Math.sqrt(Math.max(squares / n - (sum / n) ** 2, 0)) / 10;
    }
    return total;
  }

  // One step of SGD on n images X (n, 784) with classes y. Returns the mean
  // loss, the number of right answers, the norm of each layer's gradient and
  // the spread of the scores, all before the step.
  function step(net, X, y, { lr, momentum }) {
    const n = y.length;
    for (const { weight, bias } of net.gradients) {
      weight.fill(0);
      bias.fill(0);
    }
    const all = zeros(10 * n);
    let loss = 0;
    for (let from = 0; from < n; from += CHUNK) {
      const count = Math.min(CHUNK, n - from);
      const labels = y.subarray(from, from + count);
      const part = X.subarray(from * 784, (from + count) * 784);
      const outputs = forward(net, part, count);
      const scores = outputs[3];
      all.set(scores, 10 * from);
      loss += crossEntropy(scores, labels, count);
      for (let i = 0; i < count; i++) scores[10 * i + labels[i]] -= 1;
      for (let i = 0; i < scores.length; i++) scores[i] /= n;
      backward(net, outputs, scores, count);
    }
    const norms = net.gradients.map(({ weight }) => norm(weight));
    net.layers.forEach((layer, l) => {
      for (const kind of ["weight", "bias"]) {
        const w = layer[kind];
        const v = net.velocity[l][kind];
        const g = net.gradients[l][kind];
        for (let i = 0; i < w.length; i++) {
          v[i] = momentum * v[i] + g[i];
          w[i] -= lr * v[i];
        }
      }
    });
    const right = hits(all, y);
    return { loss: loss / n, right, norms, spread: spread(all, n) };
  }

  // How many of the largest scores are those of the true classes.
  function hits(scores, y) {
    let right = 0;
    for (let i = 0; i < y.length; i++) {
      let best = 0;
      for (let k = 1; k < 10; k++) {
        if (scores[10 * i + k] > scores[10 * i + best]) best = k;
      }
      right += best === y[i];
    }
    return right;
  }

  // The scores of images of any number.
  function scoresOf(net, X) {
    const n = X.length / 784;
    const all = zeros(10 * n);
    for (let from = 0; from < n; from += CHUNK) {
      const count = Math.min(CHUNK, n - from);
      const part = X.subarray(from * 784, (from + count) * 784);
      all.set(forward(net, part, count)[3], 10 * from);
    }
    return all;
  }

  return { create, draw, generator, hits, scoresOf, shuffled, step };
};
