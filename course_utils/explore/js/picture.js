// For figures that ask a net about a picture which the reader changes.

// The probabilities as labeled bars; the answer stands out.
class Bars {
  constructor(classes) {
    this.classes = classes;
    this.rows = classes.map(() => {
      const parts = ["name", "bar", "percent"].map((part) =>
        ui.html("span", { className: `cx-${part}` }),
      );
      return { node: ui.html("li", {}, ...parts), parts };
    });
    const items = this.rows.map(({ node }) => node);
    this.node = ui.html("ul", { className: "cx-bars" }, ...items);
  }

  draw(probabilities, answer, label) {
    this.rows.forEach(({ node, parts: [name, bar, percent] }, i) => {
      const share = 100 * probabilities[i];
      name.textContent = this.classes[i] + (i === label ? " (true)" : "");
      bar.style.setProperty("--share", `${share}%`);
      percent.textContent = `${share.toFixed(1)}%`;
      node.className = i === answer ? "cx-answer" : "";
    });
  }
}

// Erase and draw: by the pointer, or by a cursor that arrow keys move, while
// the space bar is held down.
class Painter {
  constructor(grid, size, { paint, move }) {
    const middle = Math.floor(size / 2);
    Object.assign(this, { at: [middle, middle], pressed: false });
    let last = null;
    grid.view.addEventListener("pointerdown", () => (last = null));
    grid.onPoint(
      (row, column) => {
        this.at = [row, column];
        paint(last || this.at, this.at);
        last = this.at;
      },
      { touch: "none" },
    );
    grid.onArrow((down, right) => {
      const from = this.at;
      this.at = [from[0] + down, from[1] + right].map((v) =>
        Math.max(0, Math.min(v, size - 1)),
      );
      if (this.pressed) paint(from, this.at);
      else move();
    });
    grid.view.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      if (!this.pressed) paint(this.at, this.at);
      this.pressed = true;
    });
    grid.view.addEventListener("keyup", (event) => {
      if (event.key === " ") this.pressed = false;
    });
    grid.view.addEventListener("focus", move);
    grid.view.addEventListener("blur", () => {
      this.pressed = false;
      move();
    });
  }
}
