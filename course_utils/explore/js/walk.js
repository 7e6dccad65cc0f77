// A window that walks over an input, place by place: the cells under it,
// what becomes of them, and the output. An example is {X, K, ...} for a
// cross-correlation, with the options of math.conv, or {X, k, mode, ...} for
// a pooling, with those of math.pool; and {gray, digits} for its look.
const OUTSIDE = [208, 212, 218];

// A map, or a stack of maps, of the numbers in nested lists.
math.of = (lists) => {
  const maps = Array.isArray(lists[0][0]) ? lists : [lists];
  const [c, h, w] = [maps.length, maps[0].length, maps[0][0].length];
  return { data: Float32Array.from(maps.flat(2)), c, h, w };
};

// Maps that count, row by row, from a number on.
math.count = (h, w, from = 0) => {
  const X = math.map(h, w);
  return { ...X, data: X.data.map((_, p) => from + p) };
};

// Maps of one size as channels of one.
math.stack = (...maps) => ({
  ...maps[0],
  data: Float32Array.from(maps.flatMap(({ data }) => Array.from(data))),
  c: maps.length,
});

// Cells around each map: above and on the left, then as far as h by w.
math.pad = (X, [top, left], h, w, fill) => {
  const P = math.map(h, w, fill, X.c);
  X.data.forEach((v, p) => {
    const row = (Math.floor(p / X.w) % X.h) + top;
    const map = Math.floor(p / (X.h * X.w));
    P.data[(map * h + row) * w + (p % X.w) + left] = v;
  });
  return P;
};

// An example in full: the padded input P, the output Y, and the window. K has
// a map for each output and each input channel in it.
math.walk = ({ X, K, k, mode, ...options }) => {
  const { padding = 0, stride = k || 1, dilation = 1 } = options;
  const [size, pad, s, d] = [K ? [K.h, K.w] : k, padding, stride, dilation].map(
    math.pair,
  );
  const shape = K && [K.c / X.c, X.c, ...size];
  const Y = K
    ? math.conv(X, { ...K, shape }, Array(shape[0]).fill(0), options)
    : math.pool(X, size, s, mode, options);
  const reach = size.map((n, axis) => d[axis] * (n - 1) + 1);
  const [h, w] = [[X.h, Y.h], [X.w, Y.w]].map(([n, out], axis) =>
    Math.max(n + 2 * pad[axis], (out - 1) * s[axis] + reach[axis]),
  );
  const zero = options.counted === false ? NaN : 0;
  const P = math.pad(X, pad, h, w, mode === "max" ? -Infinity : zero);
  return { X, K, P, Y, mode, size, pad, stride: s, dilation: d, reach };
};

// What one input channel gives to row i, column j of output map o: the cells
// under the window, where they are at in P and, of a convolution, the kernel
// and the products.
math.step = ({ K, P, size: [h, w], stride, dilation }, c, o, i, j) => {
  const [window, at] = [math.map(h, w), []];
  for (let q = 0; q < h * w; q++) {
    const row = i * stride[0] + Math.floor(q / w) * dilation[0];
    const column = j * stride[1] + (q % w) * dilation[1];
    at.push(row * P.w + column);
    window.data[q] = P.data[c * P.h * P.w + at[q]];
  }
  if (!K) return { window, at };
  const kernel = math.plane(K, o * P.c + c);
  const data = window.data.map((x, q) => x * kernel.data[q]);
  return { window, at, kernel, products: { ...window, data } };
};

math.sum = (values) => values.reduce((a, b) => a + b, 0);

class Walk {
  // edit(example) is the example with what the reader changed in it;
  // chosen(example) is called when the reader takes another.
  constructor(root, examples, { edit = (e) => e, chosen = () => {} } = {}) {
    const all = Object.values(examples).map(math.walk);
    const most = (count) => Math.max(...all.map(count));
    const grids = (count, title) =>
      Array.from({ length: count }, () => new Grid(title, { text: true }));
    const lanes = most(({ X }) => X.c);
    this.grids = {
      input: grids(lanes, "input"),
      window: grids(lanes, "window"),
      kernel: grids(lanes, "\u00d7 kernel"),
      products: grids(lanes, "= products"),
    };
    this.outputs = grids(most(({ Y }) => Y.c), "output");
    this.edit = edit;
    this.line = new Line();
    this.line.node.classList.add("cx-sum");
    const controls = new Controls(() => this.draw());
    const chooser = new Controls(() => {});
    const choice = chooser.choice("example", Object.keys(examples));
    const { input } = this.grids;
    this.places = new Places(controls, this.line, input, this.outputs);
    const take = () => {
      this.example = examples[choice.value];
      chosen(this.example);
      this.places.goTo(0, 0, 0);
    };
    choice.addEventListener("change", take);
    this.lanes = input.map((_, c) => {
      const nodes = Object.values(this.grids).map((grids) => grids[c].node);
      return ui.html("div", { className: "cx-row cx-lane" }, ...nodes);
    });
    root.classList.add("cx-walk");
    const outputs = this.outputs.map(({ node }) => node);
    root.append(
      chooser.node,
      controls.node,
      ui.row(ui.column(...this.lanes), ui.column(...outputs)),
      this.line.node,
    );
    take();
  }

  draw() {
    const walk = math.walk(this.edit(this.example));
    const { X, K, P, Y } = walk;
    // A convolution fills one output map after the other, a pooling all.
    this.places.resize(Y.h, Y.w, K ? Y.c : 1);
    this.places.stride = walk.stride;
    this.look = { cell: P.w <= 4 ? 32 : P.w <= 6 ? 26 : 22 };
    const low = X.data.reduce((a, b) => Math.min(a, b));
    const high = X.data.reduce((a, b) => Math.max(a, b));
    const cells = this.example.gray ? ui.grayOf(X) : ui.blue(low, high);
    const { row, column, map } = this.places;
    const steps = Array.from({ length: X.c }, (_, c) =>
      math.step(walk, c, map, row, column),
    );
    this.lanes.forEach((lane, c) => {
      lane.hidden = c >= X.c;
      if (c < X.c) this.drawLane(walk, c, steps[c], cells);
    });
    this.outputs.forEach((grid, o) => {
      grid.node.hidden = o >= Y.c;
      if (o < Y.c) this.drawOutput(walk, o, cells);
    });
    this.line.say(this.lines(walk, steps).join("\n"));
  }

  // Draw a map of one channel, under the name of what it is.
  show(grid, Z, color, { name, c, of = 1, frames = [], note = "" }) {
    const channel = of > 1 ? ` ${c + 1}` : "";
    grid.title.textContent = `${name}${channel}`;
    grid.digits = this.example.digits ?? 2;
    const label = `${name}${channel}, ${Z.h} by ${Z.w}${note}`;
    grid.draw(Z, color, { ...this.look, label, frames });
  }

  drawLane(walk, c, step, cells) {
    const { X, K, P, mode, pad } = walk;
    const { window, at, kernel, products } = step;
    const grids = Object.fromEntries(
      Object.entries(this.grids).map(([name, lanes]) => [name, lanes[c]]),
    );
    const inside = (p) => {
      const [i, j] = [Math.floor(p / P.w) - pad[0], (p % P.w) - pad[1]];
      return i >= 0 && i < X.h && j >= 0 && j < X.w;
    };
    this.show(
      grids.input,
      math.plane(P, c),
      (v, p) => (inside(p) ? cells(v) : OUTSIDE),
      { name: "input", c, of: X.c, frames: this.frames(walk) },
    );
    const wins = window.data.indexOf(Math.max(...window.data));
    const row = Math.floor(wins / window.w);
    const winner = { row, column: wins % window.w, kind: "change" };
    this.show(
      grids.window,
      window,
      (v, q) => (inside(at[q]) ? cells(v) : OUTSIDE),
      {
        name: "window",
        frames: mode === "max" ? [winner] : [],
      },
    );
    grids.kernel.node.hidden = grids.products.node.hidden = !K;
    if (!K) return;
    const most = math.limit(K.data);
    const signed = ui.signed(most * math.limit(X.data));
    this.show(grids.kernel, kernel, ui.signed(most), { name: "\u00d7 kernel" });
    this.show(grids.products, products, signed, { name: "= products" });
  }

  // The window on the input; with gaps in it, its cells as well.
  frames({ size: [h, w], stride, dilation, reach }) {
    const row = this.places.row * stride[0];
    const column = this.places.column * stride[1];
    const cells = Array.from({ length: h * w }, (_, q) => ({
      row: row + Math.floor(q / w) * dilation[0],
      column: column + (q % w) * dilation[1],
      kind: "cell",
    }));
    const whole = { row, column, h: reach[0], w: reach[1] };
    return Math.max(...dilation) > 1 ? [...cells, whole] : [whole];
  }

  drawOutput({ K, Y }, o, cells) {
    const { row, column, map, index } = this.places;
    const color = K ? ui.signed(math.limit(Y.data)) : cells;
    const filled = K ? index - o * Y.h * Y.w : index;
    this.show(
      this.outputs[o],
      math.plane(Y, o),
      (v, p) => (p <= filled ? color(v) : null),
      {
        name: "output",
        c: o,
        of: Y.c,
        frames: K && o !== map ? [] : [{ row, column }],
        note: `, ${Math.max(0, Math.min(filled + 1, Y.h * Y.w))} filled`,
      },
    );
  }

  // What happens at this place, in words and numbers.
  lines(walk, steps) {
    const { X, K, P, Y } = walk;
    const { row, column, map } = this.places;
    const write = K ? ui.factor : ui.number;
    const width = (data, write) =>
      Math.max(...Array.from(data, (v) => write(v, 4).length));
    const [wide, most] = [width(P.data, write), width(Y.data, ui.number)];
    // As many characters at every place, so that no line breaks elsewhere.
    const even = (text, length) => text.padStart(length, "\u00a0");
    const end = (v) => ui.number(v, 4).padEnd(most, "\u00a0");
    const place =
      `row ${even(String(row + 1), String(Y.h).length)}, ` +
      `column ${even(String(column + 1), String(Y.w).length)}`;
    const numbers = ({ window }) =>
      Array.from(window.data, (v) => even(write(v, 4), wide));
    const result = (o) => Y.data[(o * Y.h + row) * Y.w + column];
    const parts = steps.map((step, c) => {
      if (!K) return this.pooled(walk, step, numbers(step), end(result(c)));
      const terms = numbers(step).map(
        (x, q) => `${x} \u00d7 ${ui.factor(step.kernel.data[q], 4)}`,
      );
      const sum = X.c > 1 ? math.sum(step.products.data) : result(map);
      return `${terms.join(" + ")} =\u00a0${end(sum)}`;
    });
    if (X.c === 1) return [`Row${place.slice(3)}: ${parts[0]}`];
    const channels = parts.map((part, c) => `channel ${c + 1}: ${part}`);
    if (!K) return [`Row${place.slice(3)}`, ...channels];
    const sums = steps.map(({ products }) => math.sum(products.data));
    const total = sums.map((v) => ui.factor(v, 4)).join(" + ");
    return [
      Y.c > 1 ? `Output channel ${map + 1}, ${place}` : `Row${place.slice(3)}`,
      ...channels,
      `sum: ${total} =\u00a0${end(result(map))}`,
    ];
  }

  pooled({ mode }, { window }, numbers, result) {
    const list = numbers.join(", ");
    if (mode === "max") return `the largest of ${list} is\u00a0${result}`;
    const cells = window.data.filter(Number.isFinite);
    const sum = ui.number(math.sum(cells), 4);
    return `the mean of ${list} is ${sum} / ${cells.length} =\u00a0${result}`;
  }
}
