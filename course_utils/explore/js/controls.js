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

  // Buttons that move a slider: a step back, to its end step by step, a step
  // on, and at once. It stops out of sight. Where the reader asked for reduced
  // motion, nothing moves by itself, so there is no button to play.
  player(slider, line) {
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    let timer = null;
    const move = (value) => {
      slider.value = value;
      this.change();
    };
    const stop = () => {
      clearInterval(timer);
      timer = null;
      line.live = true;
      button.textContent = "play";
      button.hidden = still.matches;
    };
    const step = (by) => () => {
      stop();
      move(Math.min(slider.value + by, slider.max));
    };
    const tick = () => {
      const seen = button.isConnected && !document.hidden;
      if (seen && slider.value < slider.max) move(slider.value + 1);
      else stop();
    };
    const buttons = new Controls(this.change);
    this.node.append(buttons.node);
    buttons.button("back", step(-1));
    const button = buttons.button("play", () => {
      if (timer) return stop();
      if (slider.value >= slider.max) move(1);
      line.live = false;
      button.textContent = "stop";
      // The fewer places, the more time to read each.
      timer = setInterval(tick, Math.max(300, 1000 - 20 * slider.max));
    });
    buttons.button("step", step(1));
    buttons.button("all", step(Infinity));
    new IntersectionObserver(([entry]) => {
      if (!entry.isIntersecting) stop();
    }).observe(this.node);
    still.addEventListener("change", stop);
    slider.input.addEventListener("input", stop);
    stop();
    return { stop };
  }
}

// The place of a window in an output of c maps of h by w: a slider, buttons,
// and the pointer and the arrow keys on the inputs and the outputs.
class Places {
  constructor(controls, line, inputs, outputs) {
    Object.assign(this, { controls, c: 1, h: 1, w: 1, stride: 1 });
    // As many characters at every place, so that nothing beside it moves.
    const format = (value, max) =>
      `${String(value).padStart(String(max).length, "\u2007")} of ${max}`;
    const start = { min: 1, max: 1, value: 1, format };
    this.slider = controls.slider("place", start);
    this.player = controls.player(this.slider, line);
    for (const grid of inputs) {
      grid.onPoint((i, j) => {
        const [down, right] = math.pair(this.stride);
        this.goTo(Math.floor(i / down), Math.floor(j / right));
      });
    }
    outputs.forEach((grid, o) => {
      grid.onPoint((i, j) => this.goTo(i, j, Math.min(o, this.c - 1)));
    });
    for (const grid of [...inputs, ...outputs]) {
      grid.onArrow((i, j) => this.goTo(this.row + i, this.column + j));
    }
  }

  resize(h, w, c = 1) {
    Object.assign(this, { c, h, w });
    this.slider.max = Math.max(c * h * w, 1);
  }

  get index() {
    return this.slider.value - 1;
  }

  get map() {
    return Math.floor(this.index / (this.h * this.w)) || 0;
  }

  get row() {
    return Math.floor(this.index / this.w) % this.h;
  }

  get column() {
    return this.index % this.w;
  }

  // To the nearest place there is.
  goTo(i, j, map = this.map) {
    const row = Math.max(0, Math.min(i, this.h - 1));
    const column = Math.max(0, Math.min(j, this.w - 1));
    this.player.stop();
    this.slider.value = (map * this.h + row) * this.w + column + 1;
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
