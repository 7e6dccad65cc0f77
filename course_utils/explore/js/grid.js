// A map drawn as squares, with its numbers where there is room for them.
// `cell` is the side of a square in pixels; a narrow page draws it smaller.
class Grid {
  constructor(title, { cell = 14, digits = 1, text = false } = {}) {
    Object.assign(this, { cell, digits, text });
    this.canvas = ui.html("canvas");
    this.overlay = ui.svg("svg");
    this.view = ui.html("div", { className: "cx-view", role: "img" });
    this.view.setAttribute("aria-label", title);
    this.view.append(this.canvas, this.overlay);
    this.title = ui.html("div", { className: "cx-title" }, title);
    this.node = ui.html("div", { className: "cx-grid" });
    this.node.append(this.title, this.view);
  }

  // Draw a map. color(value, index) gives [r, g, b], or null for a cell
  // that is left empty. A frame is {row, column, h, w, kind} in cells; its
  // kind is "window", "cell", "dot" or "change". label says what is drawn.
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
    this.drawFrames(frames);
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

  // A frame that is there already is moved, so that it may be seen to move.
  drawFrames(frames) {
    const { children } = this.frames;
    while (children.length > frames.length) this.frames.lastChild.remove();
    frames.forEach((frame, n) => {
      const rect = children[n] || this.frames.appendChild(ui.svg("rect"));
      this.place(rect, frame);
    });
  }

  place(rect, { row, column, h = 1, w = 1, kind = "window" }) {
    const side = this.cell;
    const inset = kind === "dot" ? 0.3 * side : 0;
    const place = { x: column * side + inset, y: row * side + inset };
    const size = { width: w * side - 2 * inset, height: h * side - 2 * inset };
    const attributes = { ...place, ...size, class: `cx-${kind}` };
    for (const [name, value] of Object.entries(attributes)) {
      rect.setAttribute(name, value);
    }
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
