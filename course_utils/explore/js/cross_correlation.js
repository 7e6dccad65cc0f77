// A kernel that slides over a picture, place by place.
const KERNELS = {
  "vertical edges (Sobel)": [-1, 0, 1, -2, 0, 2, -1, 0, 1],
  "horizontal edges (Sobel)": [-1, -2, -1, 0, 0, 0, 1, 2, 1],
  "all edges (Laplace)": [0, 1, 0, 1, -4, 1, 0, 1, 0],
  "blur": Array(9).fill(1 / 9),
  "sharpen": [0, -1, 0, -1, 5, -1, 0, -1, 0],
  "move up and left": [0, 0, 0, 0, 0, 0, 0, 0, 1],
};
const BAND = Array(6).fill([1, 1, 0, 0, 0, 0, 1, 1]);
const LETTER = [[1, 1, 1], [1, 0, 0], [1, 1, 0], [1, 0, 0], [1, 0, 0]];
const PIXEL = math.map(11, 9);
PIXEL.data[5 * 9 + 4] = 1;
const across = (rows) => rows[0].map((_, j) => rows.map((row) => row[j]));

explorers.cross_correlation = (root, { X, K }) => {
  const examples = {
    "the numbers 0 to 8": { X: math.count(3, 3), K: math.count(2, 2) },
    "a digit": { X, K, digits: 1 },
    "a black band": { X: math.of(BAND), K: math.of([[1, -1]]) },
    "the band on its side": { X: math.of(across(BAND)), K: math.of([[1, -1]]) },
    "jolts, and the response to one": {
      X: math.of([[0, 0, 0, 8, 0, 0, 4, 0, 0, 0, 0, 0]]),
      K: math.of([[1, 0.5, 0.25, 0.125]]),
    },
    "a white pixel, and the letter F": { X: PIXEL, K: math.of(LETTER) },
  };
  for (const example of Object.values(examples)) example.gray = true;
  const edit = new MatrixInput("edit the kernel", K, () => {
    kernels.value = "edited";
    walk.draw();
  });
  const controls = new Controls(() => walk.draw());
  const kernels = controls.choice("kernel", [
    "given",
    ...Object.keys(KERNELS),
    "edited",
  ]);
  const flipped = controls.toggle("flip the kernel (true convolution)");
  const set = ({ data, h, w }) => edit.set({ data: data.slice(), c: 1, h, w });
  kernels.addEventListener("change", () => {
    if (kernels.value === "edited") return;
    const preset = KERNELS[kernels.value];
    const data = Float32Array.from(preset || []);
    set(preset ? { data, h: 3, w: 3 } : walk.example.K);
    walk.draw();
  });

  const walk = new Walk(root, examples, {
    edit: (example) => ({
      ...example,
      K: flipped.checked ? math.flip(edit.K) : edit.K,
    }),
    chosen: (example) => {
      kernels.value = "given";
      // The others have three rows.
      kernels.parentNode.hidden = example.X.h < 3;
      set(example.K);
    },
  });
  root.append(ui.row(edit.node, controls.node));
};
