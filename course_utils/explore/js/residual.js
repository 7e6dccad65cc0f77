// Signal and gradient through a stack of blocks, with and without shortcut.

// A curve over the blocks, on a logarithmic axis that fits its values.
class DepthChart {
  constructor(title) {
    Object.assign(this, { width: 270, height: 200, left: 48, bottom: 34 });
    this.view = ui.svg("svg", {
      role: "img",
      viewBox: `0 0 ${this.width} ${this.height}`,
    });
    this.title = title;
    this.node = ui.html("figure", { className: "cx-chart" });
    this.node.append(ui.html("figcaption", {}, title), this.view);
  }

  // Lines are {values, first, kind}: values for blocks first, first + 1, ...
  draw(lines, depth, label) {
    const shown = lines.flatMap(({ values }) => values).filter((v) => v > 0);
    const low = Math.floor(Math.log10(Math.min(...shown)));
    const high = Math.max(Math.ceil(Math.log10(Math.max(...shown))), low + 1);
    const x = (b) => this.left + ((this.width - this.left - 8) * b) / depth;
    const tall = this.height - this.bottom - 8;
    const y = (power) => 8 + (tall * (high - power)) / (high - low);
    this.view.replaceChildren(
      ...this.axes(low, high, depth, x, y),
      ...lines.flatMap((line) => this.line(line, x, y)),
    );
    this.view.setAttribute("aria-label", `${this.title}: ${label}`);
  }

  axes(low, high, depth, x, y) {
    const parts = [];
    const text = (at, content, anchor) =>
      parts.push(ui.svg("text", { ...at, "text-anchor": anchor }, content));
    const step = Math.ceil((high - low) / 5);
    for (let power = high; power >= low; power -= step) {
      const at = y(power);
      const ends = { x1: this.left, x2: this.width - 8, y1: at, y2: at };
      parts.push(ui.svg("line", { ...ends, class: "cx-rule" }));
      const number = residualMath.power(10 ** power);
      text({ x: this.left - 5, y: at + 4 }, number, "end");
    }
    const floor = this.height - this.bottom + 16;
    const every = Math.max(Math.ceil(depth / 30) * 5, 1);
    for (let b = 0; b <= depth; b += depth < 8 ? 1 : every) {
      text({ x: x(b), y: floor }, String(b), "middle");
    }
    text({ x: x(depth / 2), y: this.height - 3 }, "block", "middle");
    return parts;
  }

  line({ values, first, kind }, x, y) {
    const points = values
      .map((v, b) => [x(b + first), y(Math.log10(v)), v])
      .filter((point) => point[2] > 0);
    const path = points.map(([px, py]) => `${px},${py}`).join(" ");
    const dots = points.map(([cx, cy]) =>
      ui.svg("circle", { cx, cy, r: 2, class: kind }),
    );
    return [ui.svg("polyline", { points: path, class: kind }), ...dots];
  }
}
