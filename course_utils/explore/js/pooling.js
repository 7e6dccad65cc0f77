// What a small shift of the picture changes, before and after pooling.

// How many values differ, and by how much at most.
math.change = (X, Y) => {
  const gaps = Array.from(X.data, (x, p) => Math.abs(x - Y.data[p]));
  const count = gaps.filter((gap) => gap > 1e-6).length;
  return { count, of: gaps.length, most: Math.max(0, ...gaps) };
};

explorers.pooling = (root, { X, k: start, largest }) => {
  const cell = Math.max(4, Math.min(18, Math.floor(216 / X.w)));
  const line = new Line();
  const controls = new Controls(() => draw());
  const size = controls.slider("window k = stride", {
    min: 2,
    max: largest,
    value: start,
  });
  const right = controls.slider("shift to the right", {
    min: 0,
    max: start,
    value: 1,
  });
  const down = controls.slider("shift down", { min: 0, max: start, value: 0 });
  const maps = [
    { name: "input", get: (Z) => Z },
    { name: "max pooling", get: (Z, k) => math.pool(Z, k, k, "max") },
    { name: "average pooling", get: (Z, k) => math.pool(Z, k, k, "avg") },
  ];
  for (const map of maps) {
    map.before = new Grid(map.name, { cell });
    map.after = new Grid("shifted", { cell });
    map.cells = [0, 1].map(() => ui.html("td"));
  }
  const gray = ui.grayOf(X);

  function draw() {
    const k = size.value;
    right.max = k;
    down.max = k;
    const shifted = math.shift(X, down.value, right.value);
    const changes = maps.map((map) => {
      const before = map.get(X, k);
      const after = map.get(shifted, k);
      // Pooled cells are drawn as large as the windows that they stand for.
      const side = map.name === "input" ? cell : cell * k;
      drawPair(map, before, after, side);
      return fill(map, math.change(before, after));
    });
    write(k, changes);
  }

  function drawPair(map, before, after, side) {
    const frames = [];
    after.data.forEach((v, p) => {
      if (Math.abs(v - before.data[p]) <= 1e-6) return;
      frames.push({
        row: Math.floor(p / after.w),
        column: p % after.w,
        kind: "change",
      });
    });
    const label = `${after.h} by ${after.w}`;
    map.before.draw(before, gray, {
      cell: side,
      label: `${map.name}, ${label}`,
    });
    map.after.draw(after, gray, {
      cell: side,
      frames,
      label: `${map.name} after the shift, ${label}, ${frames.length} changed`,
    });
  }

  function fill(map, change) {
    map.cells[0].textContent = `${change.count} of ${change.of}`;
    map.cells[1].textContent = ui.number(change.most, 3);
    return change;
  }

  function write(k, [input, max, avg]) {
    const move = [right.value, down.value];
    const whole = move.some((v) => v > 0) && move.every((v) => v % k === 0);
    const note = " A shift by a whole window moves the pooled maps with it.";
    line.say(
      `Shift ${move[0]} to the right, ${move[1]} down. Of ${max.of} pooled ` +
        `cells, ${max.count} change with the maximum and ${avg.count} with ` +
        `the average; of ${input.of} pixels, ${input.count} change.` +
        (whole ? note : ""),
    );
  }

  const head = ["", "cells that change", "largest change"];
  const rows = maps.map(({ name, cells }) =>
    ui.html("tr", {}, ui.html("th", { scope: "row" }, name), ...cells),
  );
  root.append(
    controls.node,
    line.node,
    ui.row(
      ...maps.map(({ before, after }) => ui.column(before.node, after.node)),
    ),
    ui.table(head, rows),
  );
  draw();
};
