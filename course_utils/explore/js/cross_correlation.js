// A kernel that slides over a picture, place by place.
const KERNELS = {
  "vertical edges (Sobel)": [-1, 0, 1, -2, 0, 2, -1, 0, 1],
  "horizontal edges (Sobel)": [-1, -2, -1, 0, 0, 0, 1, 2, 1],
  "all edges (Laplace)": [0, 1, 0, 1, -4, 1, 0, 1, 0],
  "blur": Array(9).fill(1 / 9),
  "sharpen": [0, -1, 0, -1, 5, -1, 0, -1, 0],
  "move up and left": [0, 0, 0, 0, 0, 0, 0, 0, 1],
};
const MOST_TERMS = 25;

// The products under the kernel's window at row i, column j.
math.products = (X, K, i, j) =>
  Array.from(K.data, (weight, q) => {
    const row = i + Math.floor(q / K.w);
    return [X.data[row * X.w + j + (q % K.w)], weight];
  });

explorers.cross_correlation = (root, { X, K }) => {
  const text = X.w <= 12;
  const cell = text ? 22 : Math.max(6, Math.floor(264 / X.w));
  const picture = new Grid("input X", { cell, text });
  const output = new Grid("output Y", { cell, text });
  const window = new Grid("weights in the window", { cell: 28, text: true });
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
  const places = new Places(controls, line, picture, output);

  const given = edit.K.data.slice();
  kernels.addEventListener("change", () => {
    if (kernels.value === "edited") return;
    const preset = KERNELS[kernels.value];
    const [h, w] = preset ? [3, 3] : [K.h, K.w];
    edit.set({ data: Float32Array.from(preset || given), c: 1, h, w });
    draw();
  });

  function draw() {
    const used = flipped.checked ? math.flip(edit.K) : edit.K;
    const Y = math.corr2d(X, used);
    places.resize(Y.h, Y.w);
    drawMaps(used, Y);
    write(used, Y.data[places.index]);
  }

  function drawMaps(used, Y) {
    const { row, column, index } = places;
    const color = ui.signed(math.limit(Y.data));
    picture.draw(X, ui.grayOf(X), {
      frames: [{ row, column, h: used.h, w: used.w }],
      label: `input, ${X.h} by ${X.w}; arrow keys move the window`,
    });
    window.draw(used, ui.signed(math.limit(used.data)), {
      label: `weights in the window, ${used.h} by ${used.w}`,
    });
    output.draw(Y, (v, p) => (p <= index ? color(v) : null), {
      frames: [{ row, column }],
      label: `output, ${Y.h} by ${Y.w}, filled up to place ${index + 1}`,
    });
  }

  function write(used, y) {
    const { row, column } = places;
    const result = ui.number(y, 3);
    const terms = math
      .products(X, used, row, column)
      .map(([x, k]) => `${ui.factor(x)}\u00b7${ui.factor(k)}`);
    sum.textContent =
      terms.length > MOST_TERMS
        ? `a sum of ${terms.length} products = ${result}`
        : `${terms.join(" + ")} = ${result}`;
    const name = flipped.checked ? "Convolution" : "Cross-correlation";
    line.say(
      `${name}, row ${row + 1}, column ${column + 1}: the sum is ${result}.`,
    );
  }

  const kernel = ui.column(edit.node, window.node);
  root.append(
    ui.row(picture.node, kernel, output.node),
    sum,
    line.node,
    controls.node,
  );
  draw();
};
