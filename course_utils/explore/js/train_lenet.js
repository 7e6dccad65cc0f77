// LeNet learns in the page: settings, a worker that trains, what it measures.

const SIDE = 28;
const CLASSES = [
  "T-shirt", "trouser", "pullover", "dress", "coat",
  "sandal", "shirt", "sneaker", "bag", "ankle boot",
];
// Images of the sheet; image i shows class i % 10. Batches of 256, 128 and 64
// leave a short one of 32 images.
const COUNTS = { train: 3872, first: 4096, test: 1000, classes: 10 };
const BOOT = 9;
const LAYERS = {
  "conv 1": [0, 114, 178],
  "conv 2": [213, 94, 0],
  "dense 1": [0, 158, 115],
  "dense 2": [204, 121, 167],
  "dense 3": [166, 111, 0],
};
const SETTINGS = {
  activation: ["sigmoid", "tanh", "ReLU"],
  pooling: ["average", "max"],
  start: ["Xavier", "4 x Xavier", "He"],
  "learning rate": ["0.9", "0.3", "0.1", "0.03", "0.01"],
  "batch size": ["256", "128", "64", "32"],
  momentum: ["0", "0.9"],
  "short last batch": ["used", "left out"],
  seed: ["0", "1", "2"],
};
const STARTS = { Xavier: "xavier", "4 x Xavier": "wide", He: "he" };
const SETTLED = 0.6;
const LOSS = { high: 2.5, most: 4, rule: Math.log(10) };

const percent = (share) => `${ui.number(100 * share, 1)}%`;
const points = (change) => `${change < 0 ? "" : "+"}${ui.number(change, 1)}`;
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
const last = (values) => values[values.length - 1];

// What a run is asked: its answer is null until it is known, then the place
// of the right option, and what was measured.
const QUESTIONS = {
  accuracy: {
    ask: "Predict: how many test images are right after 3 epochs?",
    options: ["under 20%", "20% to 60%", "over 60%"],
    answer({ accuracy }) {
      const found = accuracy.find(([epoch]) => epoch >= 3);
      if (!found) return null;
      const place = found[1] < 0.2 ? 0 : found[1] <= 0.6 ? 1 : 2;
      return [place, `${percent(found[1])} after 3 epochs`];
    },
  },
  short: {
    ask: "Predict: what does a step on the short batch do to the accuracy?",
    options: ["mostly raise it", "about nothing", "mostly lower it"],
    answer({ short }) {
      if (short.length < 5) return null;
      const change = mean(short);
      const place = change > 0.5 ? 0 : change < -0.5 ? 2 : 1;
      return [place, `${points(change)} points, the mean of ${short.length}`];
    },
  },
};

// What lesson 05 tells, as settings; the others keep their first value.
const STORIES = {
  "ReLU and max pooling": {
    tell: "LeNet with what came later learns at once. Then try another story.",
    set: {
      activation: "ReLU",
      pooling: "max",
      "learning rate": "0.1",
      "batch size": "64",
    },
  },
  "the plateau at 2.303": {
    tell:
      "A loss of 2.303 is that of ten equal scores. Watch their spread and the " +
      "first layer's gradient grow while the loss waits. From Xavier's start " +
      "it waits longer.",
    set: { start: "He" },
  },
  "the wide start": {
    tell:
      "Weights four times as large end the wait. Keep the run, then start " +
      "from Xavier.",
    set: { start: "4 x Xavier", "learning rate": "0.1", "batch size": "64" },
  },
  "the short last batch": {
    tell:
      "Each epoch ends with a batch of 32 images; a dot comes right after it. " +
      "Keep the run, then leave that batch out.",
    set: { activation: "tanh", pooling: "max", "learning rate": "0.3" },
    question: "short",
  },
};

// The worker's program: its text goes into the worker, with the engine's.
// While it runs it sends what each step measured.
function workshop(engine, counts) {
  let net, images, order, random, settings, run;
  let running = false;
  let done = 0;
  const part = (indices) => {
    const X = new Float32Array(indices.length * 784);
    indices.forEach((i, n) => {
      for (let p = 0; p < 784; p++) X[784 * n + p] = images[784 * i + p] / 255;
    });
    return X;
  };
  const classes = (indices) => indices.map((i) => i % counts.classes);
  const test = Int32Array.from({ length: counts.test }, (_, i) => i);
  const accuracy = () => {
    const scores = engine.scoresOf(net, part(test.map((i) => i + counts.first)));
    return engine.hits(scores, classes(test)) / counts.test;
  };
  const state = () => ({ run, kernels: net.layers[0].weight.slice() });

  // One batch. It tests around the last two steps of an epoch, so that they
  // can be compared.
  function advance() {
    const { batch, whole } = settings;
    const size = counts.train / batch;
    const steps = whole ? Math.floor(size) : Math.ceil(size);
    const place = done % steps;
    if (place === 0) order = engine.shuffled(counts.train, random);
    const indices = order.subarray(place * batch, (place + 1) * batch);
    const start = performance.now();
    const found = engine.step(net, part(indices), classes(indices), settings);
    const seconds = (performance.now() - start) / 1000;
    done += 1;
    const tested = steps - place <= 3 || done === 1;
    postMessage({
      ...state(),
      ...found,
      seconds,
      epoch: done / steps,
      accuracy: tested ? accuracy() : null,
      change: steps - place > 2 ? "" : indices.length < batch ? "short" : "full",
      size: indices.length,
      ends: place === steps - 1,
    });
  }

  // Messages come in between; a browser may make each wait for 4 ms.
  function loop() {
    const until = performance.now() + 50;
    while (running && performance.now() < until) advance();
    if (running) setTimeout(loop);
  }

  onmessage = ({ data }) => {
    if (data.images) images = data.images;
    if (data.settings) {
      ({ settings, run } = data);
      random = engine.generator(settings.seed);
      net = engine.create(engine.draw(settings.start, settings.seed), settings);
      running = false;
      done = 0;
      postMessage(state());
    }
    if (data.picture) postMessage({ scores: engine.scoresOf(net, data.picture) });
    if (data.order === "step") advance();
    if (data.order === "pause") running = false;
    if (data.order === "run" && !running) {
      running = true;
      loop();
    }
  };
}

// The gray values of a sheet, image after image.
async function pixels(base64) {
  const picture = new Image();
  picture.src = `data:image/png;base64,${base64}`;
  await picture.decode();
  const { width, height } = picture;
  const canvas = ui.html("canvas", { width: SIDE, height: SIDE });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const images = new Uint8Array(width * height);
  for (let p = 0; p < images.length; p += SIDE * SIDE) {
    const x = (p / SIDE) % width;
    const y = SIDE * Math.floor(p / SIDE / width);
    context.drawImage(picture, -x, -y);
    const { data } = context.getImageData(0, 0, SIDE, SIDE);
    for (let i = 0; i < SIDE * SIDE; i++) images[p + i] = data[4 * i];
  }
  return images;
}

// The sheet that came with the figure, or the site's, which is a script so
// that it loads from a disk, too.
async function sheet(params) {
  if (params.sheet) return params.sheet;
  if (!globalThis.fashionMnistSheet) {
    const root = document.documentElement.dataset.content_root;
    if (root === undefined) throw new Error("no site");
    const src = `${root}_static/fashion_mnist.js`;
    const script = ui.html("script", { src });
    await new Promise((resolve, reject) => {
      Object.assign(script, { onload: resolve, onerror: reject });
      document.head.append(script);
    });
  }
  return globalThis.fashionMnistSheet;
}

// The worker, which starts when it is first needed.
class Trainer {
  constructor(params, receive) {
    Object.assign(this, { params, receive, opening: null, worker: null });
  }

  // Wait until the worker has the images and the settings.
  open() {
    this.opening ??= this.load();
    this.opening.catch(() => (this.opening = null));
    return this.opening;
  }

  async load() {
    this.images = await pixels(await sheet(this.params));
    const engine = `(${math.trainLenet})(Float32Array)`;
    const program = `(${workshop})(${engine}, ${JSON.stringify(COUNTS)})`;
    const blob = new Blob([program], { type: "text/javascript" });
    const worker = new Worker(URL.createObjectURL(blob));
    worker.onmessage = ({ data }) => this.receive(data);
    worker.postMessage({ images: this.images });
    worker.postMessage(this.first);
    this.worker = worker;
  }

  // Begin anew; what it measures comes with the number of the run.
  reset(settings, run) {
    this.first = { settings, run };
    this.post(this.first);
  }

  post(message) {
    if (this.worker) this.worker.postMessage(message);
  }
}

// Lines over the epochs. A line is {points: [[epoch, value], ...]} and the
// attributes of its polyline; with dots it is drawn as these.
class StepChart {
  constructor(title, { high = 1, most = Infinity, log = false, rule } = {}) {
    Object.assign(this, { title, high, most, log, rule });
    Object.assign(this, { width: 300, height: 150, left: 46 });
    const box = `0 0 ${this.width} ${this.height}`;
    this.view = ui.svg("svg", { role: "img", viewBox: box });
    const name = ui.html("div", { className: "cx-title" }, title);
    this.node = ui.html("div", { className: "cx-chart" }, name, this.view);
  }

  // end is the epoch at the right.
  draw(lines, end, label) {
    const scale = (v) => (this.log ? Math.log10(v) : Math.min(v, this.most));
    const scaled = lines.map(({ points, ...line }) => {
      const pairs = points.map(([epoch, v]) => [epoch, scale(v)]);
      return { ...line, pairs: pairs.filter(([, v]) => Number.isFinite(v)) };
    });
    const all = scaled.flatMap(({ pairs }) => pairs.map(([, v]) => v));
    const top = all.reduce((a, b) => Math.max(a, b), this.log ? 1 : this.high);
    const bottom = all.reduce((a, b) => Math.min(a, b), this.log ? -3 : 0);
    const [low, high] = this.log ? [bottom, top].map(Math.floor) : [0, top];
    const across = this.width - 6 - this.left;
    const y = (v) => 6 + ((this.height - 28) * (high - v)) / (high - low);
    const place = ([epoch, v]) =>
      [this.left + (across * epoch) / end, y(v)].map((at) => at.toFixed(1));
    const shapes = scaled.flatMap(({ pairs, dots, ...line }) => {
      const places = pairs.map(place);
      if (!dots) return ui.svg("polyline", { points: places.join(" "), ...line });
      return places.map(([cx, cy]) => ui.svg("circle", { cx, cy, r: 2.6 }));
    });
    const epochs = `epoch ${ui.number(end, 1)}`;
    this.view.replaceChildren(
      ...this.rules(low, high, y),
      this.text(this.width - 6, this.height - 4, epochs),
      ...shapes,
    );
    this.view.setAttribute("aria-label", `${this.title}: ${label}`);
  }

  text(x, y, content) {
    return ui.svg("text", { x, y, "text-anchor": "end" }, content);
  }

  rules(low, high, y) {
    const steps = this.log ? [1, 2, 4] : [0.25, 0.5, 1];
    const step = steps.find((v) => high - low <= 5 * v) ?? steps[2];
    const rule = (v, kind) => {
      const ends = { x1: this.left, x2: this.width - 6, y1: y(v), y2: y(v) };
      return ui.svg("line", { ...ends, class: kind });
    };
    const parts = this.rule ? [rule(this.rule, "cx-ten")] : [];
    for (let v = low; v <= high; v += step) {
      const power = v < -3 ? `1e${v}` : Number((10 ** v).toPrecision(1));
      const name = this.log ? power : ui.number(v);
      parts.push(rule(v, "cx-rule"), this.text(this.left - 5, y(v) + 4, name));
    }
    return parts;
  }
}

// What one run has measured, and under which settings.
class Run {
  constructor(named, number) {
    Object.assign(this, { named, number, loss: [], accuracy: [], spread: [] });
    // Changes of the accuracy by the last steps of each epoch, in points.
    Object.assign(this, { full: [], short: [], dots: [], seconds: 0, images: 0 });
    this.norms = Object.keys(LAYERS).map(() => []);
  }

  add({ epoch, loss, accuracy, spread, norms, change, size, seconds }) {
    this.seconds += seconds;
    this.images += size;
    this.size = size;
    this.loss.push([epoch, loss]);
    this.spread.push([epoch, spread]);
    norms.forEach((norm, l) => this.norms[l].push([epoch, norm]));
    if (accuracy === null) return;
    const [, before] = last(this.accuracy) ?? [0, 0];
    if (change && before > SETTLED) this[change].push(100 * (accuracy - before));
    this.accuracy.push([epoch, accuracy]);
    if (change === "short") this.dots.push([epoch, accuracy]);
  }

  // Where it stands, for the line below the buttons.
  tell() {
    const [epoch, loss] = last(this.loss);
    if (!Number.isFinite(loss)) {
      return "The loss is no number any more: the steps are too large. Reset.";
    }
    const tested = last(this.accuracy);
    const parts = [
      `Epoch ${ui.number(epoch, 2)}: loss ${ui.number(loss, 3)}`,
      tested ? `, test accuracy ${percent(tested[1])}` : "",
      `; ${Math.round(this.images / this.seconds)} images a second.`,
    ];
    if (this.short.length > 2) {
      const [full, short] = [this.full, this.short].map((changes) =>
        `${points(mean(changes))} (${points(Math.min(...changes))} to ` +
          `${points(Math.max(...changes))})`,
      );
      parts.push(
        ` A full step changed the accuracy by ${full} points, the short one ` +
          `by ${short}.`,
      );
    }
    return parts.join("");
  }
}

// A question with radio buttons, in a form of its own, so that two figures do
// not share them.
class Guess {
  constructor(change) {
    this.change = change;
    this.node = ui.html("form", { className: "cx-guess" });
    this.node.addEventListener("submit", (event) => event.preventDefault());
  }

  ask({ ask, options }) {
    this.place = -1;
    const items = options.map((option, i) => {
      const radio = ui.html("input", { type: "radio", name: "guess" });
      radio.addEventListener("change", () => {
        this.place = i;
        this.change();
      });
      return ui.html("label", {}, radio, option);
    });
    const legend = ui.html("legend", {}, ask);
    this.node.replaceChildren(ui.html("fieldset", {}, legend, ...items));
  }
}

// The picture that the net is asked about.
class Board {
  constructor(ask) {
    this.ask = ask;
    this.truth = -1;
    this.X = math.map(SIDE, SIDE);
    this.grid = new Grid("draw on it", { cell: 7 });
    this.bars = new Bars(CLASSES);
    this.controls = new Controls(() => this.draw());
    this.brush = this.controls.choice("brush", ["draw", "erase"]);
    this.painter = new Painter(this.grid, SIDE, {
      move: () => this.draw(),
      paint: (from, to) => this.paint(from, to),
    });
    const answers = ui.html("div", { className: "cx-answers" });
    answers.append(this.bars.node, this.controls.node);
    this.node = ui.row(this.grid.node, answers);
  }

  show(data, truth) {
    this.X.data.set(data);
    this.truth = truth;
    this.draw();
    this.ask();
  }

  // Two pixels wide, along a line.
  paint([row, column], to) {
    const value = this.brush.value === "draw" ? 1 : 0;
    const steps = Math.max(Math.abs(to[0] - row), Math.abs(to[1] - column), 1);
    for (let s = 0; s <= steps; s++) {
      const i = Math.round(row + ((to[0] - row) * s) / steps);
      const j = Math.round(column + ((to[1] - column) * s) / steps);
      const at = Math.min(i, SIDE - 2) * SIDE + Math.min(j, SIDE - 2);
      for (const p of [0, 1, SIDE, SIDE + 1]) this.X.data[at + p] = value;
    }
    this.draw();
    this.ask();
  }

  draw() {
    const [row, column] = this.painter.at;
    const focused = document.activeElement === this.grid.view;
    this.grid.draw(this.X, ui.gray(0, 1), {
      frames: focused ? [{ row, column, h: 2, w: 2 }] : [],
      label:
        "picture for the net; arrow keys move the cursor, the space bar " +
        `${this.brush.value}s, also while the cursor moves`,
    });
  }

  answer(scores) {
    const shares = math.softmax(scores);
    const best = shares.indexOf(Math.max(...shares));
    this.bars.draw(shares, best, this.truth);
    return `The net says ${CLASSES[best]}, ${percent(shares[best])}.`;
  }
}

explorers.train_lenet = (root, params) => {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const [line, verdict, said] = [new Line(), new Line(), new Line()];
  const about = ui.html("p");
  const stories = new Controls(() => tell());
  const story = stories.choice("story", Object.keys(STORIES));
  const choices = new Controls(() => {
    reset();
    ask();
  });
  const chosen = {};
  for (const [name, options] of Object.entries(SETTINGS)) {
    chosen[name] = choices.choice(name, options);
  }
  const guess = new Guess(() => ready());
  const orders = new Controls(() => {});
  const train = orders.button("train", () => (running ? pause() : go("run")));
  const once = orders.button("one batch", () => go("step"));
  orders.button("reset", () => reset());
  const keep = orders.button("keep this run", () => {
    kept = current;
    reset();
  });
  const charts = {
    loss: new StepChart("training loss; dashed: 2.303", LOSS),
    accuracy: new StepChart("test accuracy; dots: after a short batch"),
    norms: new StepChart("gradient norm of each layer", { log: true }),
    spread: new StepChart("spread of the scores", { log: true }),
  };
  const kernels = Array.from(
    { length: 6 },
    (_, i) => new Grid(`kernel ${i + 1}`, { cell: 11 }),
  );
  const board = new Board(() => trainer.post({ picture: board.X.data }));
  const trainer = new Trainer(params, (data) => receive(data));
  const names = ui.html("p", { className: "cx-title" });
  let running = false;
  let current = new Run({}, 0);
  let kept = null;
  let waiting = 0;
  let picture = BOOT;

  const question = () => {
    const short = chosen["short last batch"].value === "used";
    return QUESTIONS[(short && STORIES[story.value].question) || "accuracy"];
  };

  function settings() {
    const number = (name) => Number(chosen[name].value);
    return {
      activation: chosen.activation.value.toLowerCase(),
      pool: chosen.pooling.value,
      start: STARTS[chosen.start.value],
      lr: number("learning rate"),
      batch: number("batch size"),
      momentum: number("momentum"),
      whole: chosen["short last batch"].value === "left out",
      seed: number("seed"),
    };
  }

  function tell() {
    const { tell, set } = STORIES[story.value];
    for (const [name, options] of Object.entries(SETTINGS)) {
      chosen[name].value = set[name] ?? options[0];
    }
    about.textContent = tell;
    reset();
    ask();
  }

  // Other settings, another guess.
  function ask() {
    guess.ask(question());
    ready();
  }

  // Nobody sees the answer before a guess.
  function ready() {
    const free = guess.place >= 0;
    train.disabled = once.disabled = !free;
    keep.disabled = !current.loss.length;
    if (!current.loss.length) {
      line.say(free ? "Press train." : "First a guess, then press train.");
    }
  }

  async function open() {
    if (!trainer.worker) line.say("Loading 2.7 MB of images.");
    try {
      await trainer.open();
      if (board.truth < 0) show(picture);
      return true;
    } catch {
      line.say(
        "The images are not here. In a notebook, run " +
          "explore.train_lenet(embed=True); on the site, load the page again.",
      );
      return false;
    }
  }

  async function go(order) {
    if (running) pause();
    if (!(await open())) return;
    move(order === "run");
    trainer.post({ order });
  }

  // While it trains, screen readers hear the verdict alone.
  function move(on) {
    running = on;
    train.textContent = on ? "pause" : "train";
    line.live = said.live = !on;
  }

  function pause() {
    move(false);
    trainer.post({ order: "pause" });
    if (current.loss.length) line.say(current.tell());
  }

  function reset() {
    pause();
    const named = Object.entries(chosen).map(([k, { value }]) => [k, value]);
    current = new Run(Object.fromEntries(named), current.number + 1);
    trainer.reset(settings(), current.number);
    verdict.say("");
    ready();
    draw();
  }

  function receive({ scores, ...data }) {
    if (scores) return said.say(board.answer(scores));
    if (data.run !== current.number) return;
    if ("loss" in data) current.add(data);
    // Draw less often as the lines grow, and for who wants less motion.
    const often = 4 + (current.loss.length >> 7);
    waiting = (waiting + 1) % often;
    if (running && (waiting || still.matches) && !data.ends) return;
    keep.disabled = !current.loss.length;
    drawKernels(data.kernels);
    draw();
    trainer.post({ picture: board.X.data });
    if (!current.loss.length) return;
    line.say(current.tell());
    judge();
    if (running && !Number.isFinite(data.loss)) pause();
  }

  function judge() {
    const answer = question().answer(current);
    if (!answer || verdict.node.textContent) return;
    const [place, found] = answer;
    const { options } = question();
    const right = place === guess.place ? "Right" : "No";
    verdict.say(`You said "${options[guess.place]}". ${right}: ${found}.`);
  }

  function draw() {
    const read = (values) =>
      values.length ? last(values)[1].toPrecision(3) : "no step yet";
    const ends = [current, kept].map((run) => last(run?.loss ?? [])?.[0] ?? 1);
    const end = Math.max(...ends, 1);
    for (const what of ["loss", "accuracy", "spread"]) {
      const lines = [{ points: current[what], class: "cx-this" }];
      if (kept) lines.unshift({ points: kept[what], class: "cx-other" });
      if (what === "accuracy") lines.push({ points: current.dots, dots: true });
      charts[what].draw(lines, end, read(current[what]));
    }
    const norms = Object.values(LAYERS).map((rgb, l) => ({
      points: current.norms[l],
      style: `stroke: rgb(${rgb})`,
    }));
    const label = Object.keys(LAYERS).map(
      (name, l) => `${name} ${read(current.norms[l])}`,
    );
    charts.norms.draw(norms, end, label.join(", "));
    if (!kept) return;
    const other = Object.entries(kept.named)
      .filter(([name, value]) => value !== current.named[name])
      .map(([name, value]) => `${name} ${value}`);
    const found = last(kept.accuracy);
    names.textContent =
      `Gray, dashed: the run that you kept, with ` +
      `${other.join(", ") || "the same settings"}` +
      `${found ? `; test accuracy ${percent(found[1])} at its end` : ""}.`;
  }

  function drawKernels(weight) {
    const colors = ui.signed(math.limit(weight));
    kernels.forEach((grid, i) => {
      const data = weight.slice(25 * i, 25 * i + 25);
      const label = `kernel ${i + 1} of the first convolution`;
      grid.draw({ data, h: 5, w: 5 }, colors, { label });
    });
  }

  function show(i) {
    picture = i % COUNTS.test;
    const from = (COUNTS.first + picture) * SIDE * SIDE;
    const bytes = trainer.images.subarray(from, from + SIDE * SIDE);
    board.show(Array.from(bytes, (v) => v / 255), picture % COUNTS.classes);
  }
  board.controls.button("next test picture", async () => {
    const first = board.truth < 0;
    if ((await open()) && !first) show(picture + 1);
    if (!current.loss.length) ready();
  });
  board.controls.button("clear", () => {
    board.show(new Float32Array(SIDE * SIDE), COUNTS.classes);
  });

  charts.norms.node.append(ui.key(LAYERS));
  const views = ui.html("div", { className: "cx-charts" });
  views.append(...Object.values(charts).map(({ node }) => node));
  root.append(stories.node, about, choices.node, guess.node, orders.node);
  root.append(line.node, verdict.node, views, names);
  root.append(ui.row(...kernels.map(({ node }) => node)), board.node, said.node);
  drawKernels(new Float32Array(150));
  board.draw();
  board.bars.draw(Array(COUNTS.classes).fill(1 / COUNTS.classes), -1, -1);
  tell();
};
