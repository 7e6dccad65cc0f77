// Elements, colors and numbers, as the figures draw and write them.
const ui = {
  svg(tag, attributes = {}, ...children) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) {
      node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  },

  html(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name in node) node[name] = value;
      else node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  },

  row(...children) {
    return ui.html("div", { className: "cx-row" }, ...children);
  },

  column(...children) {
    return ui.html("div", { className: "cx-column" }, ...children);
  },

  // head are the columns' titles; one without a title heads nothing.
  table(head, rows) {
    const cells = head.map((text) =>
      text ? ui.html("th", { scope: "col" }, text) : ui.html("td"),
    );
    const top = ui.html("thead", {}, ui.html("tr", {}, ...cells));
    const body = ui.html("tbody", {}, ...rows);
    const table = ui.html("table", {}, top, body);
    return ui.html("div", { className: "cx-table" }, table);
  },

  // What the colors mean: {name: [red, green, blue]}.
  key(colors) {
    const items = Object.entries(colors).map(([name, rgb]) => {
      const square = ui.html("span", { className: "cx-swatch" });
      square.style.background = `rgb(${rgb})`;
      return ui.html("li", {}, square, name);
    });
    return ui.html("ul", { className: "cx-key" }, ...items);
  },

  // Colors are [red, green, blue]. Blue below zero, red above, as in the
  // lessons' figures.
  signed(limit) {
    return (v) => {
      const end = v < 0 ? [33, 102, 172] : [178, 24, 43];
      const t = Math.min(Math.abs(v) / limit, 1);
      return end.map((e) => Math.round(255 + (e - 255) * t));
    };
  },

  // From black at low to white at high.
  gray(low, high) {
    return (v) => {
      const t = (v - low) / (high - low || 1);
      return Array(3).fill(Math.round(255 * Math.max(0, Math.min(1, t))));
    };
  },

  // The gray scale of a picture: zero is black unless there is less.
  grayOf(X) {
    const low = X.data.reduce((a, b) => Math.min(a, b), 0);
    return ui.gray(low, X.data.reduce((a, b) => Math.max(a, b), low));
  },

  // From nearly white at low to blue at high.
  blue(low, high) {
    const end = [86, 160, 220];
    return (v) => {
      const t = 0.08 + (0.92 * (v - low)) / (high - low || 1);
      return end.map((e) => Math.round(255 + (e - 255) * t));
    };
  },

  // Black or white, whichever has the higher contrast on the color.
  ink(rgb) {
    const [r, g, b] = rgb.map((v) => (v / 255) ** 2.2);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#000" : "#fff";
  },

  // What is no number is a gap, such as a cell outside of the input.
  number(v, digits = 2) {
    if (Number.isNaN(v)) return "\u2013";
    if (!Number.isFinite(v)) return v > 0 ? "\u221e" : "\u2212\u221e";
    const rounded = Number(v.toFixed(digits));
    return String(rounded === 0 ? 0 : rounded).replace("-", "\u2212");
  },

  // A factor in a product: a negative one in brackets.
  factor(v, digits = 2) {
    const text = ui.number(v, digits);
    return text.startsWith("\u2212") ? `(${text})` : text;
  },
};
