// Padding, stride and dilation with numbers: the examples of lesson 02.
explorers.padding_walk = (root) => {
  const X = math.count(3, 3);
  const K = math.count(2, 2);
  // The lesson's layers, which add up their window here.
  const layer = (n, [h, w], options) => ({
    X: math.count(n, n),
    K: math.map(h, w, 1),
    ...options,
  });
  new Walk(root, {
    "0 to 8, padding 1": { X, K, padding: 1 },
    "0 to 8, no padding": { X, K },
    "0 to 8, padding 1, stride 3 and 2": { X, K, padding: 1, stride: [3, 2] },
    "0 to 8, dilation 2, padding 1": { X, K, padding: 1, dilation: 2 },
    "8 x 8, kernel 3 x 3, padding 1": layer(8, [3, 3], { padding: 1 }),
    "8 x 8, kernel 5 x 3, padding 2 and 1": layer(8, [5, 3], {
      padding: [2, 1],
    }),
    "8 x 8, kernel 3 x 3, padding 1, stride 2": layer(8, [3, 3], {
      padding: 1,
      stride: 2,
    }),
    "8 x 8, kernel 3 x 5, padding 0 and 1, stride 3 and 4": layer(8, [3, 5], {
      padding: [0, 1],
      stride: [3, 4],
    }),
    "7 x 7, kernel 3 x 3": layer(7, [3, 3]),
    "7 x 7, kernel 3 x 3, stride 2": layer(7, [3, 3], { stride: 2 }),
    "7 x 7, kernel 3 x 3, dilation 2": layer(7, [3, 3], { dilation: 2 }),
  });
};
