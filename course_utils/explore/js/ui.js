// Parts of the figures: maps, controls, a matrix to edit, a line of text.
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

  table(head, rows) {
    const top = ui.html("thead", {}, ui.html("tr", {}, ...head));
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

  // Black or white, whichever can be read on the color.
  ink([r, g, b]) {
    return 0.299 * r + 0.587 * g + 0.114 * b > 140 ? "#000" : "#fff";
  },

  number(v, digits = 2) {
    const rounded = Number(v.toFixed(digits));
    return String(rounded === 0 ? 0 : rounded).replace("-", "\u2212");
  },

  // A factor in a product: a negative one in brackets.
  factor(v, digits = 2) {
    const text = ui.number(v, digits);
    return text.startsWith("\u2212") ? `(${text})` : text;
  },
};

// A map drawn as squares, with its numbers where there is room for them.
// `cell` is the side of a square in pixels; a narrow page draws it smaller.
class Grid {
  constructor(title, { cell = 14, digits = 1, text = false } = {}) {
    Object.assign(this, { cell, digits, text });
    this.canvas = ui.html("canvas");
    this.overlay = ui.svg("svg");
    this.view = ui.html("div", { className: "cx-view", role: "img" });
    this.view.append(this.canvas, this.overlay);
    this.title = ui.html("div", { className: "cx-title" }, title);
    this.node = ui.html("div", { className: "cx-grid" });
    this.node.append(this.title, this.view);
  }

  // Draw a map. color(value, index) gives [r, g, b], or null for a cell
  // that is left empty. A frame is {row, column, h, w, kind} in cells; its
  // kind is "window", "dot" or "change". label says what is drawn.
  draw(X, color, { label, frames = [], cell = this.cell }) {
    this.resize(X.h, X.w, cell);
    const context = this.canvas.getContext("2d");
    const image = context.createImageData(X.w, X.h);
    for (let p = 0; p < X.h * X.w; p++) {
      const fill = color(X.data[p], p);
      if (fill) image.data.set([...fill, 255], 4 * p);
      if (this.text) this.write(p, X.data[p], fill);
    }
    context.putImageData(image, 0, 0);
    this.view.setAttribute("aria-label", label);
    this.frames.replaceChildren(...frames.map((frame) => this.frame(frame)));
  }

  resize(h, w, side = this.cell) {
    if (this.h === h && this.w === w && this.cell === side) return;
    Object.assign(this, { h, w, cell: side });
    Object.assign(this.canvas, { width: w, height: h });
    this.view.style.width = `${w * side}px`;
    this.view.style.aspectRatio = `${w} / ${h}`;
    this.overlay.setAttribute("viewBox", `0 0 ${w * side} ${h * side}`);
    this.texts = [];
    for (let p = 0; this.text && p < h * w; p++) {
      const x = ((p % w) + 0.5) * side;
      const y = (Math.floor(p / w) + 0.5) * side;
      const size = Math.round(side * 0.38);
      this.texts.push(ui.svg("text", { x, y, "font-size": size }));
    }
    this.frames = ui.svg("g");
    const lines = side < 12 ? [] : [this.lines()];
    this.overlay.replaceChildren(...lines, ...this.texts, this.frames);
  }

  // The lines between the cells.
  lines() {
    const [right, bottom] = [this.w * this.cell, this.h * this.cell];
    let d = "";
    for (let y = this.cell; y < bottom; y += this.cell) d += `M0 ${y}H${right}`;
    for (let x = this.cell; x < right; x += this.cell) d += `M${x} 0V${bottom}`;
    return ui.svg("path", { d, class: "cx-lines" });
  }

  write(p, value, fill) {
    this.texts[p].textContent = fill ? ui.number(value, this.digits) : "";
    if (fill) this.texts[p].setAttribute("fill", ui.ink(fill));
  }

  frame({ row, column, h = 1, w = 1, kind = "window" }) {
    const side = this.cell;
    const inset = kind === "dot" ? 0.3 * side : 0;
    const place = { x: column * side + inset, y: row * side + inset };
    const size = { width: w * side - 2 * inset, height: h * side - 2 * inset };
    return ui.svg("rect", { ...place, ...size, class: `cx-${kind}` });
  }

  // Call back with the cell that is pressed or dragged over. A finger that
  // moves up or down still scrolls the page, unless `touch` is "none".
  onPoint(callback, { hover = false, touch = "pan-y" } = {}) {
    this.view.style.touchAction = touch;
    this.view.classList.add("cx-active");
    const find = (event) => {
      const box = this.view.getBoundingClientRect();
      const row = ((event.clientY - box.top) / box.height) * this.h;
      const column = ((event.clientX - box.left) / box.width) * this.w;
      callback(
        Math.max(0, Math.min(Math.floor(row), this.h - 1)),
        Math.max(0, Math.min(Math.floor(column), this.w - 1)),
      );
    };
    this.view.addEventListener("pointerdown", (event) => {
      this.view.setPointerCapture(event.pointerId);
      find(event);
    });
    this.view.addEventListener("pointermove", (event) => {
      if (event.buttons || hover) find(event);
    });
  }

  // Call back with the step, down and right, that an arrow key asks for.
  onArrow(callback) {
    const steps = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
    };
    this.view.tabIndex = 0;
    this.view.setAttribute("role", "application");
    this.view.addEventListener("keydown", (event) => {
      if (!steps[event.key]) return;
      event.preventDefault();
      callback(...steps[event.key]);
    });
  }
}

// A row of controls; each calls `change` when the reader moves it.
class Controls {
  constructor(change) {
    this.change = change;
    this.node = ui.html("div", { className: "cx-controls" });
  }

  // format(value, max) is what stands behind the slider.
  slider(name, { min, max, step = 1, value, format = String }) {
    const input = ui.html("input", { type: "range", min, max, step, value });
    const shown = ui.html("output");
    const update = () => {
      shown.textContent = format(Number(input.value), Number(input.max));
      input.setAttribute("aria-valuetext", shown.textContent);
    };
    input.addEventListener("input", () => {
      update();
      this.change();
    });
    update();
    this.add(`${name} `, input, shown);
    return {
      input,
      get value() {
        return Number(input.value);
      },
      set value(value) {
        input.value = value;
        update();
      },
      get max() {
        return Number(input.max);
      },
      set max(max) {
        input.max = max;
        update();
      },
    };
  }

  toggle(name, checked = false) {
    const input = ui.html("input", { type: "checkbox", checked });
    input.addEventListener("change", () => this.change());
    this.add(input, ` ${name}`);
    return input;
  }

  choice(name, options, value = options[0]) {
    const items = options.map((option) => ui.html("option", {}, option));
    const select = ui.html("select", {}, ...items);
    select.value = value;
    select.addEventListener("change", () => this.change());
    this.add(`${name} `, select);
    return select;
  }

  add(...parts) {
    this.node.append(ui.html("label", {}, ...parts));
  }

  button(name, action) {
    const button = ui.html("button", { type: "button" }, name);
    button.addEventListener("click", action);
    this.node.append(button);
    return button;
  }

  // A button that moves a slider to its end, step by step. Where the reader
  // asked for reduced motion, it goes one step and waits for the next press.
  player(slider, line, pause = 300) {
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    let timer = null;
    const move = () => {
      slider.value = slider.value >= slider.max ? 1 : slider.value + 1;
      this.change();
    };
    const stop = () => {
      clearInterval(timer);
      timer = null;
      line.live = true;
      button.textContent = still.matches ? "step" : "play";
    };
    const tick = () => {
      if (slider.value < slider.max && button.isConnected) move();
      else stop();
    };
    const button = this.button("", () => {
      if (timer) return stop();
      if (still.matches) return move();
      if (slider.value >= slider.max) move();
      line.live = false;
      button.textContent = "stop";
      timer = setInterval(tick, pause);
    });
    still.addEventListener("change", stop);
    slider.input.addEventListener("input", stop);
    stop();
    return { stop };
  }
}

// The place of a window in an output of h by w: a slider, buttons, and the
// pointer and the arrow keys on an input and its output.
class Places {
  constructor(controls, line, input, output) {
    Object.assign(this, { controls, h: 1, w: 1, stride: 1 });
    const format = (value, max) => `${value} of ${max}`;
    const start = { min: 1, max: 1, value: 1, format };
    this.slider = controls.slider("place", start);
    this.player = controls.player(this.slider, line);
    controls.button("all", () => this.goTo(this.h - 1, this.w - 1));
    const scaled = (i) => Math.floor(i / this.stride);
    input.onPoint((i, j) => this.goTo(scaled(i), scaled(j)));
    output.onPoint((i, j) => this.goTo(i, j));
    for (const grid of [input, output]) {
      grid.onArrow((i, j) => this.goTo(this.row + i, this.column + j));
    }
  }

  resize(h, w) {
    Object.assign(this, { h, w });
    this.slider.max = Math.max(h * w, 1);
  }

  get index() {
    return this.slider.value - 1;
  }

  get row() {
    return Math.floor(this.index / this.w);
  }

  get column() {
    return this.index % this.w;
  }

  // To the nearest place there is.
  goTo(i, j) {
    const row = Math.max(0, Math.min(i, this.h - 1));
    const column = Math.max(0, Math.min(j, this.w - 1));
    this.player.stop();
    this.slider.value = row * this.w + column + 1;
    this.controls.change();
  }
}

// A small matrix of numbers that the reader can edit.
class MatrixInput {
  constructor(title, K, change, digits = 3) {
    const legend = ui.html("legend", {}, title);
    this.body = ui.html("div", { className: "cx-numbers" });
    this.node = ui.html("fieldset", {}, legend, this.body);
    Object.assign(this, { change, digits });
    this.set(K);
  }

  // Take another matrix; the reader edits it in place.
  set(K) {
    this.K = K;
    this.body.style.gridTemplateColumns = `repeat(${K.w}, auto)`;
    const inputs = Array.from(K.data, (_, p) => this.input(p));
    this.body.replaceChildren(...inputs);
  }

  input(p) {
    const { data, w } = this.K;
    const input = ui.html("input", { type: "number", step: "any" });
    const show = () => (input.value = Number(data[p].toFixed(this.digits)));
    const place = `row ${Math.floor(p / w) + 1}, column ${(p % w) + 1}`;
    input.setAttribute("aria-label", place);
    input.addEventListener("input", () => {
      if (!Number.isFinite(input.valueAsNumber)) return;
      data[p] = input.valueAsNumber;
      this.change();
    });
    // What is no number becomes the last one that was.
    input.addEventListener("blur", show);
    show();
    return input;
  }
}

// A line that says what is shown; screen readers read it when it changes.
class Line {
  constructor() {
    this.node = ui.html("p", { className: "cx-line" });
    this.live = true;
  }

  set live(on) {
    this.node.setAttribute("aria-live", on ? "polite" : "off");
  }

  say(text) {
    this.node.textContent = text;
  }
}
