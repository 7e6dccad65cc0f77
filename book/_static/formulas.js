// A formula that is wider than the page can be scrolled from the keyboard.
(function () {
  const update = () => {
    for (const formula of document.querySelectorAll("div.math, span.long")) {
      if (formula.scrollWidth > formula.clientWidth + 1) {
        formula.tabIndex = 0;
      } else {
        formula.removeAttribute("tabindex");
      }
    }
  };
  new ResizeObserver(update).observe(document.body);
  document.addEventListener("toggle", update, true);
})();
