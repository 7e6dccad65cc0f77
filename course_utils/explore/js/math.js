// What the explorers compute. A map, or a stack of c maps, is
// {data, c, h, w} with flat data.
const math = {
  map(h, w, fill = 0, c = 1) {
    return { data: new Float32Array(c * h * w).fill(fill), c, h, w };
  },

  // One map of a stack; it shares the stack's memory.
  plane(X, c) {
    const size = X.h * X.w;
    const data = X.data.subarray(c * size, (c + 1) * size);
    return { data, c: 1, h: X.h, w: X.w };
  },

  // The kernel turned by 180 degrees, as in true convolution.
  flip(K) {
    return { ...K, data: K.data.slice().reverse() };
  },

  // How many places a window has along one axis; none may be below one.
  places(n, k, padding = 0, stride = 1, dilation = 1) {
    const reach = dilation * (k - 1) + 1;
    return Math.floor((n + 2 * padding - reach) / stride) + 1;
  },

  // Cross-correlation with a kernel of shape [c_out, c_in, h, w] and a bias
  // for each output channel. Where no window fits, the output is empty.
  conv(X, K, bias, { padding = 0, stride = 1, dilation = 1 } = {}) {
    const [cOut, cIn, kh, kw] = K.shape;
    const h = Math.max(math.places(X.h, kh, padding, stride, dilation), 0);
    const w = Math.max(math.places(X.w, kw, padding, stride, dilation), 0);
    const Y = math.map(h, w, 0, cOut);
    let p = 0;
    for (let o = 0; o < cOut; o++) {
      for (let i = 0; i < h; i++) {
        for (let j = 0; j < w; j++) {
          let sum = bias[o];
          for (let c = 0; c < cIn; c++) {
            for (let a = 0; a < kh; a++) {
              const row = i * stride + a * dilation - padding;
              if (row < 0 || row >= X.h) continue;
              const from = (c * X.h + row) * X.w;
              const weights = ((o * cIn + c) * kh + a) * kw;
              for (let b = 0; b < kw; b++) {
                const column = j * stride + b * dilation - padding;
                if (column < 0 || column >= X.w) continue;
                sum += K.data[weights + b] * X.data[from + column];
              }
            }
          }
          Y.data[p++] = sum;
        }
      }
    }
    return Y;
  },

  // One map with one kernel.
  corr2d(X, K, options) {
    return math.conv(X, { ...K, shape: [1, 1, K.h, K.w] }, [0], options);
  },

  // Max or average pooling of each map; mode is "max" or "avg".
  pool(X, k, stride, mode) {
    const h = Math.max(math.places(X.h, k, 0, stride), 0);
    const w = Math.max(math.places(X.w, k, 0, stride), 0);
    const Y = math.map(h, w, 0, X.c);
    let p = 0;
    for (let c = 0; c < X.c; c++) {
      for (let i = 0; i < h; i++) {
        for (let j = 0; j < w; j++) {
          let best = -Infinity;
          let sum = 0;
          for (let a = 0; a < k; a++) {
            const from = (c * X.h + i * stride + a) * X.w + j * stride;
            for (let b = 0; b < k; b++) {
              best = Math.max(best, X.data[from + b]);
              sum += X.data[from + b];
            }
          }
          Y.data[p++] = mode === "max" ? best : sum / (k * k);
        }
      }
    }
    return Y;
  },

  // A picture moved by whole pixels; zeros come in.
  shift(X, down, right) {
    const Y = math.map(X.h, X.w, 0, X.c);
    for (let p = 0; p < Y.data.length; p++) {
      const row = (Math.floor(p / X.w) % X.h) - down;
      const column = (p % X.w) - right;
      if (row < 0 || row >= X.h || column < 0 || column >= X.w) continue;
      Y.data[p] = X.data[p - down * X.w - right];
    }
    return Y;
  },

  // A dense layer; weight is (outputs, inputs), flat.
  dense(x, weight, bias) {
    return Float32Array.from(bias, (b, o) => {
      let sum = b;
      const from = o * x.length;
      for (let i = 0; i < x.length; i++) sum += weight[from + i] * x[i];
      return sum;
    });
  },

  apply(X, f) {
    return { ...X, data: X.data.map(f) };
  },

  softmax(x) {
    const top = Math.max(...x);
    const powers = Array.from(x, (v) => Math.exp(v - top));
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((v) => v / sum);
  },

  // The largest absolute value, or 1 where all are zero.
  limit(values) {
    let most = 0;
    for (const v of values) most = Math.max(most, Math.abs(v));
    return most || 1;
  },
};
