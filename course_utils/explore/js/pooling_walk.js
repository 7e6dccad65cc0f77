// Windows, strides and borders of pooling: the examples of lesson 04.
explorers.pooling_walk = (root) => {
  const small = { X: math.count(3, 3), k: 2, stride: 1 };
  const X = math.count(4, 4);
  const both = math.stack(X, math.count(4, 4, 1));
  const all = math.map(4, 4, 1);
  const ones = { X: all, k: 3, stride: 1, padding: 1, mode: "avg" };
  const padded = { X, k: 3, stride: 2, padding: 1, mode: "max" };
  new Walk(root, {
    "0 to 8, maximum": { ...small, mode: "max" },
    "0 to 8, average": { ...small, mode: "avg" },
    "0 to 15, maximum, window 3": { X, k: 3, mode: "max" },
    "the same, ceil_mode=True": { X, k: 3, mode: "max", ceil: true },
    "maximum, window 3, padding 1, stride 2": padded,
    "maximum, window 2 x 3, padding 0 and 1": {
      X,
      k: [2, 3],
      padding: [0, 1],
      mode: "max",
    },
    "-1 to -16, maximum, padding 1": {
      ...padded,
      X: math.apply(X, (v) => -v - 1),
    },
    "two channels, maximum, padding 1": { ...padded, X: both },
    "ones, average, padding 1": ones,
    "the same, count_include_pad=False": { ...ones, counted: false },
  });
};
