// How far an output of a stack sees, for a stack that the reader edits. A
// layer is {kernel, stride, dilation}; both axes are alike.
const STACKS = {
  "three 3 x 3": [[3, 1, 1], [3, 1, 1], [3, 1, 1]],
  "one 7 x 7": [[7, 1, 1]],
  "dilated 1, 2, 4": [[3, 1, 1], [3, 1, 2], [3, 1, 4]],
  "strides of 2": [[3, 2, 1], [3, 2, 1], [3, 2, 1]],
  "LeNet's": [[5, 1, 1], [2, 2, 1], [5, 1, 1], [2, 2, 1]],
};
const SETTINGS = { kernel: 11, stride: 4, dilation: 4 };
const MOST_LAYERS = 8;
const MOST_CELLS = 150;
const ROW = 36;

// Size of the field and the jump between neighbors, in input pixels: of the
// input itself, then after each layer.
math.receptiveField = (layers) => {
  const fields = [{ size: 1, jump: 1 }];
  for (const { kernel, stride, dilation } of layers) {
    const { size, jump } = fields[fields.length - 1];
    fields.push({
      size: size + (kernel - 1) * dilation * jump,
      jump: jump * stride,
    });
  }
  return fields;
};

// How many cells of each map lie between the first and the last that one
// output depends on, from the input to the output.
math.spans = (layers) => {
  const spans = [1];
  for (const { kernel, stride, dilation } of layers.slice().reverse()) {
    spans.unshift((spans[0] - 1) * stride + dilation * (kernel - 1) + 1);
  }
  return spans;
};

// Which cells they are: dilation and stride may leave gaps.
math.seen = (layers) => {
  const levels = [[0]];
  for (const { kernel, stride, dilation } of layers.slice().reverse()) {
    const below = new Set();
    for (const i of levels[0]) {
      for (let a = 0; a < kernel; a++) below.add(i * stride + a * dilation);
    }
    levels.unshift([...below].sort((i, j) => i - j));
  }
  return levels;
};

explorers.receptive_field = (root, { layers: given, image: n }) => {
  const named = ([kernel, stride, dilation]) => ({ kernel, stride, dilation });
  let layers = given.map(named);
  const line = new Line();
  const controls = new Controls(() => draw());
  const names = ["given", ...Object.keys(STACKS), "edited"];
  const stacks = controls.choice("stack", names);
  controls.button("add a layer", () => {
    if (layers.length === MOST_LAYERS) {
      return line.say(`There is room for ${MOST_LAYERS} layers.`);
    }
    edit([...layers, { ...layers[layers.length - 1] }]);
  });
  const image = controls.choice("picture", ["28", "32", "64", "224"], `${n}`);
  stacks.addEventListener("change", () => {
    if (stacks.value === "edited") return;
    layers = (STACKS[stacks.value] || given).map(named);
    list();
  });

  const head = ["layer", "kernel", "stride", "dilation", "field", "jump", ""];
  const table = ui.table(head, []);
  const names1d = ui.html("div", { className: "cx-levels" });
  const side = ui.svg("svg", { role: "img", preserveAspectRatio: "none" });
  const cone = ui.html("div", { className: "cx-cone" }, names1d, side);
  const square = ui.svg("svg", { role: "img", class: "cx-square" });
  let cells = [];

  function edit(changed) {
    layers = changed;
    stacks.value = "edited";
    list();
  }

  // The table's rows; field and jump are filled in by `draw`.
  function list() {
    cells = layers.map(() => [ui.html("td"), ui.html("td")]);
    const rows = layers.map((layer, l) => {
      const number = ui.html("th", { scope: "row" }, `${l + 1}`);
      const settings = Object.keys(SETTINGS).map((name) =>
        ui.html("td", {}, select(layer, name, l)),
      );
      const last = ui.html("td", {}, remover(l));
      return ui.html("tr", {}, number, ...settings, ...cells[l], last);
    });
    table.querySelector("tbody").replaceChildren(...rows);
    draw();
  }

  function select(layer, name, l) {
    const options = Array.from({ length: SETTINGS[name] }, (_, i) =>
      ui.html("option", {}, `${i + 1}`),
    );
    const node = ui.html("select", {}, ...options);
    node.value = layer[name];
    node.setAttribute("aria-label", `${name} of layer ${l + 1}`);
    node.addEventListener("change", () => {
      layer[name] = Number(node.value);
      stacks.value = "edited";
      draw();
    });
    return node;
  }

  function remover(l) {
    const node = ui.html("button", { type: "button" }, "\u00d7");
    node.setAttribute("aria-label", `remove layer ${l + 1}`);
    node.disabled = layers.length === 1;
    node.addEventListener("click", () => {
      edit(layers.filter((_, other) => other !== l));
      stacks.focus();
    });
    return node;
  }

  function draw() {
    const fields = math.receptiveField(layers);
    cells.forEach(([size, jump], l) => {
      size.textContent = fields[l + 1].size;
      jump.textContent = fields[l + 1].jump;
    });
    drawCone(fields);
    drawSquare(fields[layers.length].size);
  }

  // One row a map, the output on top; a cell stands over the middle of the
  // pixels that it sees.
  function drawCone(fields) {
    const spans = math.spans(layers);
    const width = spans[0];
    const height = spans.length * ROW;
    const y = (l) => (spans.length - 1 - l) * ROW;
    const x = (l, i) => (fields[l].size - 1) / 2 + i * fields[l].jump;
    side.setAttribute("viewBox", `0 0 ${width} ${height}`);
    side.style.height = `${height}px`;
    const parts = [];
    for (let l = 1; l < spans.length; l++) {
      const [top, bottom] = [y(l) + ROW * 0.7, y(l - 1) + ROW * 0.3];
      const points = [
        [x(l, 0), top],
        [x(l, spans[l] - 1) + 1, top],
        [x(l - 1, spans[l - 1] - 1) + 1, bottom],
        [x(l - 1, 0), bottom],
      ];
      parts.push(ui.svg("polygon", { points: points.join(" ") }));
    }
    const levels = width <= MOST_CELLS ? math.seen(layers) : null;
    spans.forEach((span, l) => {
      const bar = { y: y(l) + ROW * 0.3, height: ROW * 0.4 };
      if (!levels) {
        const size = { x: x(l, 0), width: x(l, span - 1) - x(l, 0) + 1 };
        parts.push(ui.svg("rect", { ...bar, ...size }));
        return;
      }
      for (const i of levels[l]) {
        const cell = { x: x(l, i) + 0.1, width: 0.8 };
        parts.push(ui.svg("rect", { ...bar, ...cell }));
      }
    });
    side.replaceChildren(...parts);
    const texts = spans.map((span, l) => {
      const seen = levels ? levels[l].length : span;
      const name = l ? `layer ${l}` : "input";
      const noun = seen > 1 ? "cells" : "cell";
      return ui.html("div", {}, `${name}: ${seen} ${noun}`);
    });
    names1d.replaceChildren(...texts.reverse());
    side.setAttribute("aria-label", `one output sees ${width} input pixels`);
  }

  // The field on the picture; both are to scale.
  function drawSquare(size) {
    const whole = Number(image.value);
    const most = Math.max(whole, size);
    const box = (side, name) => {
      const start = (most - side) / 2;
      const place = { x: start, y: start, width: side, height: side };
      return ui.svg("rect", { ...place, class: name });
    };
    const pad = most * 0.01;
    const full = most + 2 * pad;
    square.setAttribute("viewBox", `${-pad} ${-pad} ${full} ${full}`);
    square.replaceChildren(box(whole, "cx-outline"), box(size, "cx-field"));
    const text = `a field of ${size} by ${size} on ${whole} by ${whole} pixels`;
    square.setAttribute("aria-label", text);
    const noun = layers.length > 1 ? "layers" : "layer";
    const share = ui.number(100 * (size / whole) ** 2, 1);
    line.say(
      `After ${layers.length} ${noun}, an output sees ${size} by ${size} ` +
        (size > whole
          ? `pixels: more than the whole picture of ${whole} by ${whole}.`
          : `pixels: ${share}% of a picture of ${whole} by ${whole}.`),
    );
  }

  root.append(controls.node, table, line.node, ui.row(cone, square));
  list();
};
