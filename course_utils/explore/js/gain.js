// Two recipes' runs, the difference with its interval, and what it allows to
// say. params.experiments: {title: {recipe: {seed: accuracy}}}.
const WIDTH = 420;
// Room beside the axis: for a row's letter, and for half a number.
const [LEFT, RIGHT] = [44, 24];

explorers.gain = (root, { experiments }) => {
  const titles = Object.keys(experiments);
  const controls = new Controls(() => draw());
  const experiment = controls.choice("experiment", titles);
  const first = controls.choice("recipe A", [""]);
  const second = controls.choice("recipe B", [""]);
  const runs = ui.html("div", { className: "cx-gain" });
  const difference = ui.html("div", { className: "cx-gain" });
  const table = ui.html("div");
  const line = new Line();
  const looks = new Set();
  const looked = ui.html("p", { className: "cx-looked" });
  experiment.addEventListener("change", () => fill());

  function fill() {
    const recipes = Object.keys(experiments[experiment.value]);
    [first, second].forEach((select, i) => {
      const options = recipes.map((name) => ui.html("option", {}, name));
      select.replaceChildren(...options);
      select.value = recipes[i === 0 ? 1 : 0];
    });
    draw();
  }

  function draw() {
    const recipes = experiments[experiment.value];
    // The list of another experiment is still in the selects.
    if (!(first.value in recipes)) return;
    const [a, b] = [recipes[first.value], recipes[second.value]];
    const gain = math.gain(a, b);
    const rows = { A: Object.entries(a), B: Object.entries(b) };
    const values = Object.values(rows).flat().map(([, v]) => v);
    const names = `A, ${first.value}; B, ${second.value}`;
    runs.replaceChildren(
      strip(`accuracy at the end of each run: ${names}`, values, (x) => [
        ...gain.seeds.map((seed) =>
          segment("cx-pair", [x(a[seed]), 20], [x(b[seed]), 56]),
        ),
        ...Object.entries(rows).flatMap(([letter, entries], i) => [
          ui.svg("text", { x: 0, y: 20 + 36 * i }, letter),
          ...entries.map(([seed, v]) => dot(x(v), 20 + 36 * i, seed, v)),
        ]),
      ]),
    );
    drawDifference(gain);
    table.replaceChildren(numbers(gain, a, b));
    const pair = [first.value, second.value].sort().join(" / ");
    const interval = gain.pairs > 1 && first.value !== second.value;
    if (interval) looks.add(experiment.value + pair);
    line.say(sentence(gain));
    looked.textContent = warning();
  }

  function drawDifference(gain) {
    const { differences, mean, half } = gain;
    const ends = half === undefined ? [] : [mean - half, mean + half];
    const values = [0, ...differences, ...ends];
    const draw = (x) => [
      segment("cx-zero", [x(0), 6], [x(0), 70]),
      ...differences.map((v, i) => dot(x(v), 24, gain.seeds[i], v)),
      ...ends.map((end) => segment("cx-interval", [x(mean), 56], [x(end), 56])),
      ...ends.slice(1).map(() =>
        segment("cx-interval", [x(mean), 48], [x(mean), 64]),
      ),
    ];
    difference.replaceChildren(
      strip("A minus B: each seed, and the mean with its interval", values, draw),
    );
  }

  // An axis over the values, and what `draw` puts on it.
  function strip(title, values, draw) {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const room = Math.max(high - low, 0.004);
    const step = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5].find(
      (size) => room / size <= 5,
    );
    const from = Math.floor(low / step - 0.2) * step;
    const to = Math.ceil(high / step + 0.2) * step;
    const scale = (WIDTH - LEFT - RIGHT) / (to - from);
    const x = (v) => LEFT + (v - from) * scale;
    const ticks = Math.round((to - from) / step);
    const axis = Array.from({ length: ticks + 1 }, (_, i) => {
      const v = from + i * step;
      const text = fixed(v, step < 0.01 ? 3 : 2);
      const place = { x: x(v), y: 92, class: "cx-tick" };
      const mark = segment("cx-mark", [x(v), 74], [x(v), 80]);
      return [mark, ui.svg("text", place, text)];
    });
    const svg = ui.svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} 100`, role: "img", "aria-label": title },
      segment("cx-mark", [x(from), 74], [x(to), 74]),
      ...axis.flat(),
      ...draw(x),
    );
    return ui.html(
      "div",
      {},
      ui.html("div", { className: "cx-title" }, title),
      svg,
    );
  }

  function segment(className, [x1, y1], [x2, y2]) {
    return ui.svg("line", { class: className, x1, y1, x2, y2 });
  }

  function dot(x, y, seed, value) {
    const title = ui.svg("title", {}, `seed ${seed}: ${ui.number(value, 4)}`);
    return ui.svg("circle", { class: "cx-run", cx: x, cy: y, r: 6 }, title);
  }

  function fixed(v, digits = 3) {
    return v.toFixed(digits).replace("-", "\u2212");
  }

  function numbers(gain, a, b) {
    const row = (head, ...cells) =>
      ui.html(
        "tr",
        {},
        ui.html("th", { scope: "row" }, head),
        ...cells.map((text) => ui.html("td", {}, text)),
      );
    const seeds = [...new Set([...Object.keys(a), ...Object.keys(b)])];
    const shown = (v) => (v === undefined ? "" : fixed(v));
    const rows = seeds.map((seed) => {
      const pair = seed in a && seed in b;
      const difference = pair ? a[seed] - b[seed] : undefined;
      return row(`seed ${seed}`, ...[a[seed], b[seed], difference].map(shown));
    });
    return ui.table(["", "A", "B", "A minus B"], rows);
  }

  function sentence(gain) {
    const { pairs, mean, half } = gain;
    if (first.value === second.value) return "Choose two different recipes.";
    if (pairs === 0) return "No seed was run with both: nothing to compare.";
    const [a, b] = mean < 0 ? [second, first] : [first, second];
    const size = fixed(Math.abs(mean));
    if (pairs === 1) {
      return (
        `One pair of runs: ${a.value} ended ${size} above ${b.value}. With ` +
        "another seed it may be the other way around. You may report the two " +
        "runs, and nothing about the recipes."
      );
    }
    const interval = [mean - half, mean + half].map((v) => fixed(v));
    const found =
      `A minus B: ${fixed(mean)} on average over ${pairs} pairs, ` +
      `95% interval ${interval.join(" to ")}. `;
    if (half < Math.abs(mean)) {
      return (
        found +
        `It leaves out zero. You may say: trained like this, ${a.value} ends ` +
        `above ${b.value}, by ${size} on average over ${pairs} seeds.`
      );
    }
    const needed = math.pairsNeeded(gain);
    const more = needed
      ? `If the mean and the spread stayed, ${needed} pairs would be enough.`
      : "If the mean and the spread stayed, 100 pairs would not be enough.";
    return (
      found +
      "It contains zero. You may say: these runs do not show which of the two is " +
      `better. ${more}`
    );
  }

  function warning() {
    const count = looks.size;
    const times = count === 1 ? "one interval" : `${count} intervals`;
    return (
      `You have looked at ${times}. Even if no recipe differed from another, ` +
      "about one in twenty would leave out zero."
    );
  }

  root.append(controls.node, runs, difference, line.node, looked, table);
  fill();
};
