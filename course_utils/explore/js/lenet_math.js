// What the LeNet explorer computes: a picture that is moved, turned and
// painted, and the forward pass of a net that is given as a list of layers.
math.lenet = {
  // Pixels around the picture: what is moved out of sight is not lost.
  margin: 20,

  curves: {
    sigmoid: (v) => 1 / (1 + Math.exp(-v)),
    relu: (v) => Math.max(v, 0),
    tanh: Math.tanh,
  },

  // Pictures as float maps; bytes stand for 0 to 1.
  pictures({ data, shape: [count, h, w] }) {
    const unit = data instanceof Uint8Array ? 255 : 1;
    const all = Float32Array.from(data, (v) => v / unit);
    return Array.from({ length: count }, (_, i) =>
      math.plane({ data: all, c: count, h, w }, i),
    );
  },

  // What one layer makes of its input.
  layer(X, { kind, weight, bias, kernel, ...options }) {
    const flat = (data) => ({ data, c: data.length, h: 1, w: 1 });
    if (kind === "conv") return math.conv(X, weight, bias.data, options);
    if (kind === "linear") {
      return flat(math.dense(X.data, weight.data, bias.data));
    }
    if (kind === "flatten") return flat(X.data);
    if (kind === "scale") {
      const size = X.h * X.w;
      const data = X.data.map((v, p) => {
        const c = Math.floor(p / size);
        return v * weight.data[c] + bias.data[c];
      });
      return { ...X, data };
    }
    if (kind in math.lenet.curves) {
      return math.apply(X, math.lenet.curves[kind]);
    }
    return math.pool(X, kernel, options.stride, kind);
  },

  // What every layer makes of a picture, and the probabilities.
  forward(layers, picture) {
    let X = picture;
    const outputs = layers.map((layer) => (X = math.lenet.layer(X, layer)));
    return { outputs, probabilities: math.softmax(X.data) };
  },

  // A copy of a picture on a larger ground, for the reader to paint on.
  board(picture, ground) {
    const { margin } = math.lenet;
    const side = picture.h + 2 * margin;
    const board = math.map(side, side, ground);
    for (let i = 0; i < picture.h; i++) {
      const row = picture.data.subarray(i * picture.w, (i + 1) * picture.w);
      board.data.set(row, (i + margin) * side + margin);
    }
    return { ...board, size: picture.h, ground };
  },

  // The place on the board that is seen at row i, column j: the picture is
  // turned clockwise about its center by so many degrees, then moved.
  source(board, { down, right, turn }, i, j) {
    const center = (board.size - 1) / 2;
    const middle = center + math.lenet.margin;
    const cos = Math.cos((turn * Math.PI) / 180);
    const sin = Math.sin((turn * Math.PI) / 180);
    const y = i - center - down;
    const x = j - center - right;
    return [middle + cos * y - sin * x, middle + sin * y + cos * x];
  },

  // The value between pixels, from the four around it (bilinear).
  between(board, row, column) {
    const [i, j] = [Math.floor(row), Math.floor(column)];
    const [down, right] = [row - i, column - j];
    const at = (a, b) =>
      a >= 0 && a < board.h && b >= 0 && b < board.w
        ? board.data[a * board.w + b]
        : board.ground;
    const upper = (1 - right) * at(i, j) + right * at(i, j + 1);
    const lower = (1 - right) * at(i + 1, j) + right * at(i + 1, j + 1);
    return (1 - down) * upper + down * lower;
  },

  // The picture as the net sees it.
  view(board, place) {
    const X = math.map(board.size, board.size);
    for (let i = 0; i < X.h; i++) {
      for (let j = 0; j < X.w; j++) {
        const [row, column] = math.lenet.source(board, place, i, j);
        X.data[i * X.w + j] = math.lenet.between(board, row, column);
      }
    }
    return X;
  },

  // Paint three by three pixels of the picture, where (i, j) is seen.
  paint(board, place, [i, j], value) {
    const source = math.lenet.source(board, place, i, j);
    const [row, column] = source.map(Math.round);
    for (let a = row - 1; a <= row + 1; a++) {
      for (let b = column - 1; b <= column + 1; b++) {
        const inside = a >= 0 && a < board.h && b >= 0 && b < board.w;
        if (inside) board.data[a * board.w + b] = value;
      }
    }
  },

  // Paint along a line, for pointers that skip pixels.
  stroke(board, place, from, to, value) {
    const [down, right] = [to[0] - from[0], to[1] - from[1]];
    const steps = Math.max(Math.abs(down), Math.abs(right), 1);
    for (let s = 0; s <= steps; s++) {
      const i = from[0] + (down * s) / steps;
      const j = from[1] + (right * s) / steps;
      math.lenet.paint(board, place, [i, j], value);
    }
  },
};
