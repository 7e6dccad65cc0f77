// Channels mixed by a 1x1 kernel: each pixel for itself.
const SUBSCRIPTS = "\u2080\u2081\u2082\u2083\u2084\u2085\u2086\u2087\u2088";
const COLOR_NAMES = ["red", "green", "blue"];

// weight is (c_out, c_in), flat.
math.mix = (X, weight, bias) =>
  math.conv(X, { data: weight, shape: [bias.length, X.c, 1, 1] }, bias);

explorers.channels = (root, { X, weight, bias }) => {
  const size = X.h * X.w;
  const cell = Math.max(2, Math.min(12, Math.floor(144 / X.w)));
  const isColor = X.c === 3;
  const line = new Line();
  const sum = ui.html("p", { className: "cx-sum" });
  const kernel = new MatrixInput("1x1 kernel K", weight, () => draw());
  const shifts = new MatrixInput("bias b", bias, () => draw());
  const name = (c) => `channel ${c + 1}${isColor ? `, ${COLOR_NAMES[c]}` : ""}`;
  const inputs = Array.from({ length: X.c }, (_, c) => grid(name(c)));
  const outputs = Array.from(bias.data, (_, o) => grid(`output ${o + 1}`));
  const picture = isColor ? [grid("the picture")] : [];
  let [row, column] = [Math.floor(X.h / 2), Math.floor(X.w / 2)];

  function grid(title) {
    const made = new Grid(title, { cell });
    made.onPoint(goTo, { hover: true });
    made.onArrow((down, right) => goTo(row + down, column + right));
    return made;
  }

  function goTo(i, j) {
    row = Math.max(0, Math.min(i, X.h - 1));
    column = Math.max(0, Math.min(j, X.w - 1));
    draw();
  }

  function draw() {
    const Y = math.mix(X, kernel.K.data, shifts.K.data);
    const frames = [{ row, column }];
    const hint = `${X.h} by ${X.w}; arrow keys move the pixel`;
    const byte = (v) => Math.round(255 * Math.max(0, Math.min(1, v)));
    picture.forEach((view) => {
      const color = (_, p) => [0, 1, 2].map((c) => byte(X.data[c * size + p]));
      view.draw(math.plane(X, 0), color, { frames, label: `picture, ${hint}` });
    });
    const gray = ui.grayOf(X);
    inputs.forEach((view, c) => {
      const label = `${name(c)}, ${hint}`;
      view.draw(math.plane(X, c), gray, { frames, label });
    });
    const signed = ui.signed(math.limit(Y.data));
    outputs.forEach((view, o) => {
      const label = `output ${o + 1}, ${hint}`;
      view.draw(math.plane(Y, o), signed, { frames, label });
    });
    write(Y);
  }

  function write(Y) {
    const p = row * X.w + column;
    const results = outputs.map((_, o) => ui.number(Y.data[o * size + p], 3));
    const sums = results.map((result, o) => {
      const terms = inputs.map((_, c) => {
        const k = ui.factor(kernel.K.data[o * X.c + c], 3);
        return `${k}\u00b7${ui.factor(X.data[c * size + p], 3)}`;
      });
      terms.push(ui.factor(shifts.K.data[o], 3));
      return `y${SUBSCRIPTS[o + 1]} = ${terms.join(" + ")} = ${result}`;
    });
    sum.replaceChildren(...sums.map((text) => ui.html("div", {}, text)));
    line.say(
      `Row ${row + 1}, column ${column + 1}: ${X.c} numbers become ` +
        `${results.length}: ${results.join(", ")}.`,
    );
  }

  const nodes = (grids) => grids.map((view) => view.node);
  root.append(
    ui.row(...nodes(picture), ...nodes(inputs)),
    ui.row(kernel.node, shifts.node, ...nodes(outputs)),
    ui.key({ "below zero": ui.signed(1)(-1), "above zero": ui.signed(1)(1) }),
    sum,
    line.node,
  );
  draw();
};
