// Signal and gradient through a stack of blocks, with and without shortcut.

// Two digits; far from one with a power of ten.
math.residual.write = (v) => {
  if (v === 0) return "0";
  if (v >= 0.01 && v < 1e6) {
    return Number(v.toPrecision(2)).toLocaleString("en-US");
  }
  const [digits, power] = v.toExponential(1).split("e");
  return `${digits}\u00b7${math.residual.power(Number(power))}`;
};

math.residual.power = (power) => {
  const small = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079";
  const digits = [...String(Math.abs(power))].map((d) => small[d]).join("");
  return `10${power < 0 ? "\u207b" : ""}${digits}`;
};

// Curves over the blocks, on a logarithmic axis that fits their values.
class DepthChart {
  constructor(title) {
    Object.assign(this, { width: 270, height: 160, left: 40, title });
    const box = `0 0 ${this.width} ${this.height}`;
    this.view = ui.svg("svg", { role: "img", viewBox: box });
    const name = ui.html("div", { className: "cx-title" }, title);
    this.node = ui.html("div", { className: "cx-chart" }, name, this.view);
  }

  // A line is {values, first, kind}: for the blocks first, first + 1, ...
  draw(lines, depth, label) {
    const powers = lines
      .flatMap(({ values }) => values)
      .filter((v) => v > 0)
      .map(Math.log10);
    const low = Math.floor(Math.min(...powers, 0));
    const high = Math.max(Math.ceil(Math.max(...powers, 0)), low + 1);
    const [right, floor] = [this.width - 8, this.height - 36];
    const x = (b) => this.left + ((right - this.left) * b) / depth;
    const y = (power) => 8 + ((floor - 8) * (high - power)) / (high - low);
    this.view.replaceChildren(
      ...this.rules(low, high, y),
      ...this.blocks(depth, x),
      ...lines.flatMap((line) => this.line(line, x, y)),
    );
    this.view.setAttribute("aria-label", `${this.title}: ${label}`);
  }

  text(x, y, anchor, content) {
    return ui.svg("text", { x, y, "text-anchor": anchor }, content);
  }

  rules(low, high, y) {
    const step = Math.ceil((high - low) / 5);
    const parts = [];
    for (let power = 0; power <= high; power += step) parts.push(power);
    for (let power = -step; power >= low; power -= step) parts.push(power);
    return parts.flatMap((power) => {
      const at = y(power);
      const ends = { x1: this.left, x2: this.width - 8, y1: at, y2: at };
      const name = power === 0 ? "1" : math.residual.power(power);
      return [
        ui.svg("line", { ...ends, class: power ? "cx-rule" : "cx-one" }),
        this.text(this.left - 5, at + 4, "end", name),
      ];
    });
  }

  blocks(depth, x) {
    const step = depth > 6 ? 5 : 1;
    const parts = [this.text(x(depth / 2), this.height - 3, "middle", "block")];
    for (let b = 0; b <= depth; b += step) {
      parts.push(this.text(x(b), this.height - 20, "middle", String(b)));
    }
    return parts;
  }

  line({ values, first, kind }, x, y) {
    const points = values
      .map((v, b) => [x(b + first), y(Math.log10(v)), v])
      .filter((point) => point[2] > 0);
    const path = points.map(([px, py]) => `${px},${py}`).join(" ");
    const dots = points.map(([cx, cy]) =>
      ui.svg("circle", { cx, cy, r: 2.2, class: kind }),
    );
    return [ui.svg("polyline", { points: path, class: kind }), ...dots];
  }
}

explorers.residual = (root, { width, blocks, scale, norm, seed }) => {
  const names = { on: "With the shortcut", off: "Without the shortcut" };
  const charts = {
    spread: new DepthChart("spread of the signal"),
    signal: new DepthChart("gradient for the signal"),
    weight: new DepthChart("gradient for the weights"),
  };
  const formula = ui.html("p", { className: "cx-sum" });
  const line = new Line();
  const controls = new Controls(() => draw());
  const shortcut = controls.toggle("shortcut");
  const normed = controls.toggle("batch norm", norm);
  const depth = controls.slider("blocks", { min: 1, max: 30, value: blocks });
  const size = controls.slider("weights", {
    min: 0.25,
    max: 2,
    step: 0.05,
    value: scale,
    format: (v) => `${v.toFixed(2)} x He's`,
  });
  let stack = null;
  const roll = () => (stack = math.residual.draw({ blocks: 30, width, seed }));
  controls.button("other weights", () => {
    seed += 1;
    roll();
    draw();
  });

  function draw() {
    const run = (on) =>
      math.residual.run(stack, depth.value, {
        scale: size.value,
        norm: normed.checked,
        shortcut: on,
      });
    const runs = { on: run(true), off: run(false) };
    const [shown, other] = shortcut.checked ? ["on", "off"] : ["off", "on"];
    for (const [quantity, chart] of Object.entries(charts)) {
      const first = quantity === "spread" ? 0 : 1;
      const lines = [
        { values: runs[other][quantity], first, kind: `cx-${other} cx-pale` },
        { values: runs[shown][quantity], first, kind: `cx-${shown}` },
      ];
      const values = runs[shown][quantity];
      const ends = [values[0], values[values.length - 1]];
      const label = ends.map(math.residual.write).join(" at the first, ");
      chart.draw(lines, depth.value, `${label} at the last block`);
    }
    write(runs);
  }

  function write(runs) {
    const F = normed.checked
      ? "norm(W\u2082 ReLU(norm(W\u2081 H)))"
      : "W\u2082 ReLU(W\u2081 H)";
    const sum = shortcut.checked ? `${F} + H` : F;
    formula.textContent = `each block: H \u2192 ReLU(${sum})`;
    const last = depth.value;
    const [here, there] = shortcut.checked ? ["on", "off"] : ["off", "on"];
    const [name, otherName] = [names[here], names[there]];
    const [now, other] = [ends(runs[here]), ends(runs[there])];
    line.say(
      `${name}, the gradient at block 1 is ${now.signal} times that at ` +
        `block ${last} for the signal, and ${now.weight} times for the ` +
        `weights. The signal ends with a spread of ${now.spread}. ` +
        `${otherName}: ${other.signal} times, ${other.weight} times, and a ` +
        `spread of ${other.spread}.`,
    );
  }

  // The first block compared with the last, in words.
  function ends({ spread, signal, weight }) {
    const ratio = (values) =>
      math.residual.write(values[0] / values[values.length - 1]);
    return {
      signal: ratio(signal),
      weight: ratio(weight),
      spread: math.residual.write(spread[spread.length - 1]),
    };
  }

  const key = ui.html("ul", { className: "cx-key" });
  for (const [kind, name] of Object.entries(names)) {
    const box = { viewBox: "0 0 26 8", "aria-hidden": "true" };
    const view = ui.svg("svg", { ...box, class: "cx-stroke" });
    const ends = { points: "0,4 26,4", class: `cx-${kind}` };
    view.append(ui.svg("polyline", ends));
    key.append(ui.html("li", {}, view, name.toLowerCase()));
  }
  roll();
  const views = ui.html("div", { className: "cx-charts" });
  views.append(...Object.values(charts).map(({ node }) => node));
  root.append(controls.node, formula, views, key, line.node);
  draw();
};
