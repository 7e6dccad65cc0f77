// Where a window has its places, with the formula filling in. All axes are
// alike, so the picture is square.
const CELLS = {
  "input": [86, 180, 233],
  "input, never touched": [240, 228, 66],
  "padding": [200, 206, 214],
  "padding, never touched": [255, 255, 255],
};
const DOT = [28, 33, 40];
const OUTPUT = [0, 158, 115];

// Which of the n + 2p positions along one axis some window touches.
math.touched = (n, k, padding, stride, dilation) => {
  const touched = Array(n + 2 * padding).fill(false);
  const windows = math.places(n, k, padding, stride, dilation);
  for (let i = 0; i < windows; i++) {
    for (let a = 0; a < k; a++) touched[i * stride + a * dilation] = true;
  }
  return touched;
};

// Say such as "rows 2, 4 and 8".
ui.rows = (numbers) => {
  const last = numbers[numbers.length - 1];
  if (numbers.length === 1) return `row ${last}`;
  return `rows ${numbers.slice(0, -1).join(", ")} and ${last}`;
};

explorers.padding_and_stride = (root, start) => {
  const picture = new Grid("input in its frame of padding", { cell: 18 });
  const output = new Grid("output", { cell: 18 });
  const formula = ui.html("p", { className: "cx-sum" });
  const line = new Line();
  const controls = new Controls(() => draw());
  const sliders = Object.entries(start).map(([name, { value, min, max }]) =>
    controls.slider(name, { min, max, value }),
  );
  const places = new Places(controls, line, [picture], [output]);

  function draw() {
    const [n, k, p, s, d] = sliders.map((slider) => slider.value);
    const out = Math.max(math.places(n, k, p, s, d), 0);
    places.stride = s;
    places.resize(out, out);
    writeFormula(n, k, p, s, d, out);
    drawInput(n, k, p, s, d, out);
    drawOutput(out);
    line.say(out ? summary(n, k, p, s, d, out) : refusal(n, k, p, d));
  }

  function writeFormula(n, k, p, s, d, out) {
    const reach = d * (k - 1) + 1;
    const inside = n + 2 * p - reach;
    const windows =
      inside < 0
        ? "no window fits"
        : `\u230a${ui.number(inside / s)}\u230b + 1 = ${out}`;
    const parts = [
      `reach k\u2032 = d\u00b7(k \u2212 1) + 1 = ${reach}`,
      "output = \u230a(n + 2p \u2212 k\u2032) / s\u230b + 1",
      `       = \u230a(${n} + ${2 * p} \u2212 ${reach}) / ${s}\u230b + 1`,
      `       = ${windows}`,
    ];
    formula.replaceChildren(...parts.map((part) => ui.html("div", {}, part)));
  }

  function drawInput(n, k, p, s, d, out) {
    const touched = math.touched(n, k, p, s, d);
    const whole = touched.length;
    const inside = (i) => i >= p && i < p + n;
    const color = (_, at) => {
      const [i, j] = [Math.floor(at / whole), at % whole];
      const name = inside(i) && inside(j) ? "input" : "padding";
      const seen = touched[i] && touched[j];
      return CELLS[seen ? name : `${name}, never touched`];
    };
    const label = `input of ${n} by ${n} in a frame of ${p}`;
    const frames = out ? windowFrames(k, s, d) : [];
    picture.draw(math.map(whole, whole), color, { frames, label });
  }

  // The cells of the window, and the outline of its reach.
  function windowFrames(k, s, d) {
    const [row, column] = [places.row * s, places.column * s];
    const reach = d * (k - 1) + 1;
    const cells = Array.from({ length: k * k }, (_, q) => ({
      row: row + Math.floor(q / k) * d,
      column: column + (q % k) * d,
      kind: "dot",
    }));
    return [...cells, { row, column, h: reach, w: reach }];
  }

  function drawOutput(out) {
    const { row, column } = places;
    const frames = out ? [{ row, column }] : [];
    const label = out ? `output of ${out} by ${out}` : "no output";
    const size = Math.max(out, 1);
    const color = () => (out ? OUTPUT : null);
    output.draw(math.map(size, size), color, { frames, label });
  }

  function refusal(n, k, p, d) {
    const reach = d * (k - 1) + 1;
    return (
      `No window fits: it reaches over ${reach} rows, and there are ` +
      `${n + 2 * p}. PyTorch raises an error here.`
    );
  }

  function summary(n, k, p, s, d, out) {
    const missed = math
      .touched(n, k, p, s, d)
      .map((seen, i) => (seen ? -1 : i - p + 1))
      .filter((i) => i >= 1 && i <= n);
    return (
      `${n} by ${n} becomes ${out} by ${out}. ` +
      (missed.length
        ? `No window touches ${ui.rows(missed)} of the input, and the same ` +
          "columns."
        : "The windows touch every row of the input.")
    );
  }

  root.append(
    controls.node,
    formula,
    line.node,
    ui.row(picture.node, output.node),
    ui.key({ ...CELLS, "in the window": DOT }),
  );
  draw();
};
