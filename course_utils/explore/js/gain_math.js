// The difference of two recipes, run by run, and its 95% interval.

// The probability that Student's t of whole degrees of freedom stays within
// -t to t: Abramowitz and Stegun, "Handbook of Mathematical Functions",
// 26.7.3 and 26.7.4.
math.withinT = (t, degrees) => {
  const angle = Math.atan(t / Math.sqrt(degrees));
  const square = Math.cos(angle) ** 2;
  const odd = degrees % 2 === 1;
  let [term, sum] = [odd ? Math.cos(angle) : 1, 0];
  for (let k = odd ? 3 : 2; k <= degrees; k += 2) {
    sum += term;
    term *= (square * (k - 1)) / k;
  }
  const part = Math.sin(angle) * sum;
  return odd ? (2 / Math.PI) * (angle + part) : part;
};

// The t that 95% stay within.
math.t95 = (degrees) => {
  let [low, high] = [0, 20];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (math.withinT(middle, degrees) < 0.95) low = middle;
    else high = middle;
  }
  return low;
};

math.mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;

math.deviation = (values) => {
  const center = math.mean(values);
  const squares = values.map((v) => (v - center) ** 2);
  return Math.sqrt(squares.reduce((a, b) => a + b, 0) / (values.length - 1));
};

// a and b are {seed: accuracy}; the seeds that both have make pairs.
math.gain = (a, b) => {
  const seeds = Object.keys(a).filter((seed) => seed in b);
  const differences = seeds.map((seed) => a[seed] - b[seed]);
  const pairs = seeds.length;
  const gain = { seeds, differences, pairs, mean: math.mean(differences) };
  if (pairs < 2) return gain;
  gain.deviation = math.deviation(differences);
  gain.half = (math.t95(pairs - 1) * gain.deviation) / Math.sqrt(pairs);
  return gain;
};

// The least number of pairs whose interval would leave out zero, if their
// mean and deviation stayed; null if that takes more than 100.
math.pairsNeeded = ({ mean, deviation }) => {
  for (let n = 2; n <= 100; n++) {
    const half = (math.t95(n - 1) * deviation) / Math.sqrt(n);
    if (half < Math.abs(mean)) return n;
  }
  return null;
};
