// Starts reveal.js, and makes the type of a full slide smaller until it fits.
const SMALLEST = 0.5;

const fit = (slide) => {
  const content = slide.querySelector(":scope > .content");
  if (!content || slide.dataset.fitted) return;
  slide.dataset.fitted = "1";
  const full = () =>
    content.scrollHeight > content.clientHeight ||
    content.scrollWidth > content.clientWidth;
  for (let size = 1; full() && size > SMALLEST; size -= 0.05) {
    content.style.setProperty("--size", size);
    slide.dataset.fitted = size.toFixed(2);
  }
};

Reveal.on("ready", ({ currentSlide }) => fit(currentSlide));
Reveal.on("slidechanged", ({ currentSlide }) => fit(currentSlide));
Reveal.on("pdf-ready", () =>
  document.querySelectorAll(".content").forEach((c) => fit(c.parentNode)),
);

Reveal.initialize({
  width: 1280,
  height: 720,
  margin: 0,
  center: false,
  hash: true,
  slideNumber: "c/t",
  transition: "none",
  navigationMode: "linear",
  plugins: [RevealNotes],
  // Keys pressed in a figure are the figure's.
  keyboardCondition: (event) =>
    !(event && event.target.closest && event.target.closest(".cx")),
});
