// Arrays come as base64; each figure gets copies of its own.
const TYPES = { float32: Float32Array, uint8: Uint8Array, int8: Int8Array };

function unpack({ dtype, shape, base64 }) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const [w = 1, h = 1, c = 1] = shape.slice().reverse();
  return { data: new TYPES[dtype](bytes.buffer), shape, c, h, w };
}

function revive(value) {
  if (value === null || typeof value !== "object") return value;
  if ("base64" in value) return unpack(value);
  if (Array.isArray(value)) return value.map(revive);
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, revive(part)]),
  );
}

// The text in a root stays until the figure is there to replace it.
function start(name, key, params) {
  const waiting = `[data-explorer="${key}"]:not([data-live])`;
  for (const root of document.querySelectorAll(waiting)) {
    root.dataset.live = "";
    // JupyterLab has shortcuts of one letter; it leaves alone the keys that
    // are pressed on an element with this mark.
    root.addEventListener("focusin", (event) => {
      event.target.dataset.lmSuppressShortcuts = "true";
    });
    const body = ui.html("div");
    explorers[name](body, revive(params));
    root.replaceChildren(body);
  }
}
