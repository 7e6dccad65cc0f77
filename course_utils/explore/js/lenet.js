// LeNet at work on a picture that the reader moves, turns, erases, draws.

// Matplotlib's viridis, from dark for low to bright for high.
const VIRIDIS = [
  [68, 1, 84], [72, 40, 120], [62, 73, 137], [49, 104, 142], [38, 130, 142],
  [31, 158, 137], [53, 183, 121], [110, 206, 88], [181, 222, 43],
  [253, 231, 37],
];
const SHADES = Array.from({ length: 256 }, (_, s) => {
  const place = (s / 255) * (VIRIDIS.length - 1);
  const i = Math.min(Math.floor(place), VIRIDIS.length - 2);
  return VIRIDIS[i].map((low, c) =>
    Math.round(low + (place - i) * (VIRIDIS[i + 1][c] - low)),
  );
});
const UNITS_A_ROW = 30;

// A canvas with a pixel for each value; the page draws it larger.
function putPixels(canvas, values, color) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  values.forEach((v, p) => image.data.set([...color(v), 255], 4 * p));
  context.putImageData(image, 0, 0);
}

// The maps, or the units, of one layer, in colors that mean the same for
// every picture.
class LayerView {
  constructor({ layer, title, shape, low, high }) {
    Object.assign(this, { layer, title, low, high });
    const [c, h, w] = shape;
    this.maps = h * w > 1;
    this.size = this.maps ? `${c} x ${h} x ${w}` : `${c} units`;
    const rows = Math.ceil(c / UNITS_A_ROW);
    const sizes = this.maps
      ? Array(c).fill({ width: w, height: h })
      : [{ width: Math.min(c, UNITS_A_ROW), height: rows }];
    this.canvases = sizes.map((size) => ui.html("canvas", size));
    this.view = ui.html("div", { role: "img" }, ...this.canvases);
    this.view.className = this.maps ? "cx-maps" : "cx-units";
    this.view.style.setProperty("--columns", Math.min(c, c > 8 ? 8 : 6));
    const range = `${ui.number(low)} to ${ui.number(high)}`;
    const name = ui.html("div", { className: "cx-title" }, `${title}: `);
    name.append(ui.html("strong", {}, this.size), ` (${range})`);
    this.node = ui.html("div", {}, name, this.view);
  }

  draw(X) {
    const scale = 255 / (this.high - this.low || 1);
    const color = (v) => {
      const shade = Math.round((v - this.low) * scale);
      return SHADES[Math.max(0, Math.min(255, shade))];
    };
    this.canvases.forEach((canvas, c) => {
      const values = this.maps ? math.plane(X, c).data : X.data;
      putPixels(canvas, values, color);
    });
    const most = ui.number(X.data.reduce((a, b) => Math.max(a, b)));
    const label = `${this.title}, ${this.size}, largest value ${most}`;
    this.view.setAttribute("aria-label", label);
  }
}

// Small pictures to pick from; radio buttons in a form of their own, so that
// two figures do not share them.
function picker(names, pictures, color, pick) {
  const items = pictures.map((X, i) => {
    const radio = ui.html("input", { type: "radio", name: "picture" });
    radio.setAttribute("aria-label", names[i]);
    radio.checked = i === 0;
    radio.addEventListener("change", () => pick(i));
    const canvas = ui.html("canvas", { width: X.w, height: X.h });
    putPixels(canvas, X.data, color);
    return ui.html("label", { title: names[i] }, radio, canvas);
  });
  const legend = ui.html("legend", {}, "test picture");
  const group = ui.html("fieldset", {}, legend, ...items);
  const form = ui.html("form", { className: "cx-picker" }, group);
  form.addEventListener("submit", (event) => event.preventDefault());
  return form;
}

// Sliders that move and turn the picture.
function placer(controls) {
  const pixels = { min: -10, max: 10, value: 0 };
  const format = (v) => `${v}\u00b0`;
  const degrees = { min: -180, max: 180, step: 5, value: 0, format };
  const sliders = [
    controls.slider("down", pixels),
    controls.slider("right", pixels),
    controls.slider("turn", degrees),
  ];
  return {
    get: () => {
      const [down, right, turn] = sliders.map(({ value }) => value);
      return { down, right, turn };
    },
    reset: () => sliders.forEach((slider) => (slider.value = 0)),
  };
}

// Call a function in the next frame, however often it is asked for.
function eachFrame(draw) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      draw();
    });
  };
}

// A line that screen readers hear when the reader pauses.
function sayAtPause(line) {
  let timer = null;
  return (text) => {
    line.live = false;
    line.say(text);
    clearTimeout(timer);
    timer = setTimeout(() => {
      line.live = true;
      line.say(text);
    }, 500);
  };
}

explorers.lenet = (root, params) => {
  const { layers, rows, labels, classes, low, high } = params;
  const pictures = math.lenet.pictures(params.images);
  const size = pictures[0].h;
  const gray = ui.gray(low, high);
  const cell = Math.max(3, Math.floor(252 / size));
  const grid = new Grid("input: erase or draw on it", { cell });
  const bars = new Bars(classes);
  const views = rows.map((row) => new LayerView(row));
  const line = new Line();
  const say = sayAtPause(line);
  const redraw = eachFrame(() => say(draw()));
  const controls = new Controls(redraw);
  const place = placer(controls);
  const brush = controls.choice("brush", ["erase", "draw"]);
  controls.button("reset", () => {
    place.reset();
    show(shown);
  });
  const painter = new Painter(grid, size, {
    move: redraw,
    paint: (from, to) => {
      const value = brush.value === "erase" ? low : high;
      math.lenet.stroke(board, place.get(), from, to, value);
      redraw();
    },
  });

  let shown = 0;
  let board = math.lenet.board(pictures[0], low);
  function show(picture) {
    shown = picture;
    board = math.lenet.board(pictures[picture], low);
    redraw();
  }

  // Draw everything, and return what there is to say.
  function draw() {
    const X = math.lenet.view(board, place.get());
    const { outputs, probabilities } = math.lenet.forward(layers, X);
    const answer = probabilities.indexOf(Math.max(...probabilities));
    const label = labels ? labels[shown] : -1;
    const cursor = drawInput(X);
    views.forEach((view) => view.draw(outputs[view.layer]));
    bars.draw(probabilities, answer, label);
    const share = (100 * probabilities[answer]).toFixed(1);
    const truth = labels ? ` True class: ${classes[label]}.` : "";
    return `Answer: ${classes[answer]}, ${share}%.${truth}${cursor}`;
  }

  // The cursor is drawn, and told, where the keyboard can move it.
  function drawInput(X) {
    const [row, column] = painter.at;
    const focused = document.activeElement === grid.view;
    const cursor = { row: row - 1, column: column - 1, h: 3, w: 3 };
    grid.draw(X, gray, {
      frames: focused ? [cursor] : [],
      label:
        `input, ${size} by ${size}; arrow keys move the cursor, ` +
        `the space bar ${brush.value}s, also while the cursor moves`,
    });
    return focused ? ` Cursor: row ${row + 1}, column ${column + 1}.` : "";
  }

  const names = pictures.map((_, i) =>
    labels ? `${i + 1}, ${classes[labels[i]]}` : `${i + 1}`,
  );
  const title = (text) => ui.html("div", { className: "cx-title" }, text);
  const chart = ui.html("div", { className: "cx-answers" });
  chart.append(title("probabilities"), bars.node, line.node);
  const maps = ui.html("div", { className: "cx-layers" });
  maps.append(...views.map(({ node }) => node));
  root.append(
    picker(names, pictures, gray, show),
    ui.row(grid.node, chart),
    controls.node,
    maps,
    title("dark to bright: each layer's range over all test pictures"),
  );
  line.say(draw());
};
