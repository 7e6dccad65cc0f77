// Two input channels, with one filter or three: the examples of lesson 03.
explorers.channels_walk = (root) => {
  const X = math.stack(math.count(3, 3), math.count(3, 3, 1));
  const [k0, k1, k2, k3] = [0, 1, 2, 3].map((from) => math.count(2, 2, from));
  new Walk(root, {
    "two channels, one filter": { X, K: math.stack(k0, k1) },
    "two channels, three filters": { X, K: math.stack(k0, k1, k1, k2, k2, k3) },
  });
};
