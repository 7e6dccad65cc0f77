// Keeps the images and the weights; then each call trains for an epoch.
([settings, layers, pixels]) => {
  const engine = math.trainLenet(Float32Array);
  const X = Float32Array.from(atob(pixels), (c) => c.charCodeAt(0) / 255);
  const y = Int32Array.from({ length: X.length / 784 }, (_, i) => i % 10);
  window.epoch = () => {
    const net = engine.create(layers, settings);
    const start = performance.now();
    let sum = 0;
    for (let from = 0; from < y.length; from += settings.batch) {
      const part = X.subarray(784 * from, 784 * (from + settings.batch));
      const labels = y.subarray(from, from + settings.batch);
      sum += labels.length * engine.step(net, part, labels, settings).loss;
    }
    return [(performance.now() - start) / 1000, sum / y.length];
  };
}
