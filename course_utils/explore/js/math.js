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

  // An option for rows and columns: two numbers, or one for both.
  pair: (v) => (Array.isArray(v) ? v : [v, v]),

  // Cross-correlation with a kernel of shape [c_out, c_in, h, w] and a bias
  // for each output channel. Where no window fits, the output is empty.
  conv(X, K, bias, { padding = 0, stride = 1, dilation = 1 } = {}) {
    const [cOut, cIn, kh, kw] = K.shape;
    const [[ph, pw], [sh, sw]] = [padding, stride].map(math.pair);
    const [dh, dw] = math.pair(dilation);
    const h = Math.max(math.places(X.h, kh, ph, sh, dh), 0);
    const w = Math.max(math.places(X.w, kw, pw, sw, dw), 0);
    const Y = math.map(h, w, 0, cOut);
    let p = 0;
    for (let o = 0; o < cOut; o++) {
      for (let i = 0; i < h; i++) {
        for (let j = 0; j < w; j++) {
          let sum = bias[o];
          for (let c = 0; c < cIn; c++) {
            for (let a = 0; a < kh; a++) {
              const row = i * sh + a * dh - ph;
              if (row < 0 || row >= X.h) continue;
              const from = (c * X.h + row) * X.w;
              const weights = ((o * cIn + c) * kh + a) * kw;
              for (let b = 0; b < kw; b++) {
                const column = j * sw + b * dw - pw;
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

  // Max or average pooling of each map; mode is "max" or "avg". The options
  // are PyTorch's: with ceil, windows may hang over the last row and column;
  // the mean counts the zeros of the padding unless counted is false.
  pool(X, k, stride, mode, { padding = 0, ceil = false, counted = true } = {}) {
    const [[kh, kw], [sh, sw]] = [k, stride].map(math.pair);
    const [ph, pw] = math.pair(padding);
    const over = ceil ? [sh - 1, sw - 1] : [0, 0];
    const fit = (n, size, p, s, more) => {
      const places = Math.floor((n + 2 * p - size + more) / s) + 1;
      // No window may begin beyond the input.
      return Math.max((places - 1) * s < n + p ? places : places - 1, 0);
    };
    const h = fit(X.h, kh, ph, sh, over[0]);
    const w = fit(X.w, kw, pw, sw, over[1]);
    const Y = math.map(h, w, 0, X.c);
    for (let p = 0; p < Y.data.length; p++) {
      const top = (Math.floor(p / w) % h) * sh - ph;
      const left = (p % w) * sw - pw;
      const from = Math.floor(p / (h * w)) * X.h * X.w;
      let [best, sum, inside] = [-Infinity, 0, 0];
      for (let i = Math.max(top, 0); i < Math.min(top + kh, X.h); i++) {
        for (let j = Math.max(left, 0); j < Math.min(left + kw, X.w); j++) {
          const v = X.data[from + i * X.w + j];
          best = Math.max(best, v);
          sum += v;
          inside++;
        }
      }
      const rows = Math.min(top + kh, X.h + ph) - top;
      const columns = Math.min(left + kw, X.w + pw) - left;
      const count = counted ? rows * columns : inside;
      Y.data[p] = mode === "max" ? best : sum / count;
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
