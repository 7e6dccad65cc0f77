// What the LeNet explorer computes: a picture that is moved, turned and
// painted, and the forward pass of a net given as a list of layers.
const lenetMath = {
  // Pixels around the picture, so that what is moved out is not lost.
  margin: 20,

  bytes(text) {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  },

  floats(text) {
    return new Float32Array(lenetMath.bytes(text).buffer);
  },

  // Pictures come as bytes where these are exact, else as floats.
  images({ images, bytes, size }) {
    const all = bytes
      ? Float32Array.from(lenetMath.bytes(images), (v) => v / 255)
      : lenetMath.floats(images);
    const count = all.length / size ** 2;
    return Array.from({ length: count }, (_, i) => ({
      data: all.subarray(i * size ** 2, (i + 1) * size ** 2),
      h: size,
      w: size,
    }));
  },

  // Give each layer its weights, which follow each other in one array.
  layers(specs, weights) {
    let start = 0;
    const take = (count) => weights.subarray(start, (start += count));
    return specs.map((spec) =>
      spec.weights
        ? { ...spec, weight: take(spec.weights), bias: take(spec.biases) }
        : spec,
    );
  },

  layer(X, { kind, weight, bias, kernel, stride, padding }) {
    const flat = (data) => ({ data, c: data.length, h: 1, w: 1 });
    if (kind === "conv") {
      return math.conv(X, weight, bias, bias.length, kernel, padding);
    }
    if (kind === "linear") return flat(math.dense(X.data, weight, bias));
    if (kind === "flatten") return flat(X.data);
    if (kind === "avg" || kind === "max") {
      const planes = Array.from({ length: X.c }, (_, c) =>
        math.pool2d(math.plane(X, c), kernel, stride, kind),
      );
      return math.stack(planes);
    }
    const curve = { sigmoid: math.sigmoid, relu: math.relu, tanh: Math.tanh };
    return math.apply(X, curve[kind]);
  },

  // What every layer makes of a picture, and the probabilities.
  forward(layers, picture) {
    let X = { ...picture, c: 1 };
    const outputs = layers.map((layer) => (X = lenetMath.layer(X, layer)));
    return { outputs, probabilities: math.softmax(X.data) };
  },

  // A picture on a larger ground; the reader paints on this.
  board(picture, ground) {
    const size = picture.h + 2 * lenetMath.margin;
    const board = math.map(size, size, ground);
    for (let i = 0; i < picture.h; i++) {
      const row = picture.data.subarray(i * picture.w, (i + 1) * picture.w);
      const start = (i + lenetMath.margin) * size + lenetMath.margin;
      board.data.set(row, start);
    }
    return { ...board, size: picture.h, ground };
  },

  // The place on the board that is seen at row i, column j of the view:
  // the picture is turned clockwise about its center, then moved.
  source(board, { down, right, turn }, i, j) {
    const center = (board.size - 1) / 2;
    const angle = (turn * Math.PI) / 180;
    const y = i - center - down;
    const x = j - center - right;
    return [
      lenetMath.margin + center + Math.cos(angle) * y - Math.sin(angle) * x,
      lenetMath.margin + center + Math.sin(angle) * y + Math.cos(angle) * x,
    ];
  },

  // The value between pixels, from the four around (bilinear).
  between(board, row, column) {
    const [i, j] = [Math.floor(row), Math.floor(column)];
    const [down, right] = [row - i, column - j];
    const at = (a, b) =>
      a >= 0 && a < board.h && b >= 0 && b < board.w
        ? board.data[a * board.w + b]
        : board.ground;
    return (
      (1 - down) * ((1 - right) * at(i, j) + right * at(i, j + 1)) +
      down * ((1 - right) * at(i + 1, j) + right * at(i + 1, j + 1))
    );
  },

  // The picture as the net sees it.
  view(board, place) {
    const X = math.map(board.size, board.size);
    for (let i = 0; i < X.h; i++) {
      for (let j = 0; j < X.w; j++) {
        const [row, column] = lenetMath.source(board, place, i, j);
        X.data[i * X.w + j] = lenetMath.between(board, row, column);
      }
    }
    return X;
  },

  // Paint a spot of three by three pixels where the view shows (i, j).
  paint(board, place, i, j, value) {
    const [row, column] = lenetMath.source(board, place, i, j).map(Math.round);
    for (let a = Math.max(row - 1, 0); a <= row + 1 && a < board.h; a++) {
      for (let b = Math.max(column - 1, 0); b <= column + 1; b++) {
        if (b < board.w) board.data[a * board.w + b] = value;
      }
    }
  },

  // Paint along a line, for pointers that skip pixels.
  stroke(board, place, from, to, value) {
    const steps = Math.max(
      Math.abs(to[0] - from[0]),
      Math.abs(to[1] - from[1]),
      1,
    );
    for (let s = 0; s <= steps; s++) {
      const i = from[0] + ((to[0] - from[0]) * s) / steps;
      const j = from[1] + ((to[1] - from[1]) * s) / steps;
      lenetMath.paint(board, place, i, j, value);
    }
  },
};
