// A kernel that slides over a picture, place by place.
const KERNELS = {
  "vertical edges (Sobel)": [-1, 0, 1, -2, 0, 2, -1, 0, 1],
  "horizontal edges (Sobel)": [-1, -2, -1, 0, 0, 0, 1, 2, 1],
  "all edges (Laplace)": [0, 1, 0, 1, -4, 1, 0, 1, 0],
  "blur": Array(9).fill(1 / 9),
  "sharpen": [0, -1, 0, -1, 5, -1, 0, -1, 0],
  "move up and left": [0, 0, 0, 0, 0, 0, 0, 0, 1],
};

// The products under the kernel's window at row i, column j.
math.products = (X, K, i, j) =>
  Array.from(K.data, (weight, q) => {
    const row = i + Math.floor(q / K.w);
    return [X.data[row * X.w + j + (q % K.w)], weight];
  });

explorers.cross_correlation = (root, { X, K }) => {
  const text = X.w <= 12;
  const cell = text ? 24 : Math.max(6, Math.floor(288 / X.w));
  const picture = new Grid("input X", { cell, text });
  const output = new Grid("output Y", { cell, text });
  const edit = new MatrixInput("kernel K", K, () => {
    kernels.value = "edited";
    draw();
  });
  const sum = ui.html("p", { className: "cx-sum" });
  const line = new Line();
  const controls = new Controls(() => draw());
  const fits = X.h > 2 && X.w > 2 ? Object.keys(KERNELS) : [];
  const kernels = controls.choice("kernel", ["given", ...fits, "edited"]);
  const flipped = controls.toggle("flip the kernel (true convolution)");
  const format = (value, max) => `${value} of ${max}`;
  const place = controls.slider("place", { min: 1, max: 1, value: 1, format });
  const player = controls.player(place, line);
  controls.button("all", () => go(place.max));

  const given = K.data.slice();
  kernels.addEventListener("change", () => {
    if (kernels.value === "edited") return;
    const preset = KERNELS[kernels.value];
    const [h, w] = preset ? [3, 3] : [K.h, K.w];
    edit.set({ data: Float32Array.from(preset || given), c: 1, h, w });
    draw();
  });

  function go(to) {
    player.stop();
    place.value = to;
    draw();
  }

  function size() {
    return [X.h - edit.K.h + 1, X.w - edit.K.w + 1];
  }

  function at() {
    const w = size()[1];
    return [Math.floor((place.value - 1) / w), (place.value - 1) % w];
  }

  // To a place of the window's first corner, or the nearest there is.
  function goTo(i, j) {
    const [h, w] = size();
    const row = Math.max(0, Math.min(i, h - 1));
    const column = Math.max(0, Math.min(j, w - 1));
    go(row * w + column + 1);
  }

  for (const grid of [picture, output]) {
    grid.onPoint(goTo);
    grid.onArrow((down, right) => goTo(at()[0] + down, at()[1] + right));
  }

  function draw() {
    const used = flipped.checked ? math.flip(edit.K) : edit.K;
    const Y = math.corr2d(X, used);
    place.max = Y.data.length;
    const [i, j] = at();
    const p = place.value - 1;
    const color = ui.signed(math.limit(Y.data));
    picture.draw(X, ui.grayOf(X), {
      frames: [{ row: i, column: j, h: used.h, w: used.w }],
      label: `input, ${X.h} by ${X.w}; arrow keys move the window`,
    });
    output.draw(Y, (v, q) => (q <= p ? color(v) : null), {
      frames: [{ row: i, column: j }],
      label: `output, ${Y.h} by ${Y.w}, filled up to place ${p + 1}`,
    });
    const result = ui.number(Y.data[p], 3);
    const terms = math
      .products(X, used, i, j)
      .map(([x, k]) => `${ui.number(x)}\u00b7${ui.factor(k)}`);
    sum.textContent =
      terms.length > 25
        ? `a sum of ${terms.length} products = ${result}`
        : `${terms.join(" + ")} = ${result}`;
    const name = flipped.checked ? "Convolution" : "Cross-correlation";
    line.say(`${name}, row ${i + 1}, column ${j + 1}: the sum is ${result}.`);
  }

  root.append(
    ui.row(picture.node, edit.node, output.node),
    sum,
    line.node,
    controls.node,
  );
  draw();
};
