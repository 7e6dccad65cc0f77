// Fetches the script of a large live figure when the reader is a screen away.
(() => {
  const { dataset, parentElement } = document.currentScript;
  const script = document.createElement("script");
  new IntersectionObserver(
    (entries, watcher) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      watcher.disconnect();
      script.src = dataset.src;
      parentElement.append(script);
    },
    { rootMargin: "100%" },
  ).observe(parentElement);
})();
