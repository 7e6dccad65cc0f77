// The questions of "Check yourself" as a quiz, in a lesson and on the page
// "Review". The folds stay in the page, for paper and for who has no scripts.
//
// Kept in this browser: for each question the choice that was checked first
// at the last visit, such as {"5.2": "B"}. A question answered right stays
// so. One that was missed is asked again, and its next first try counts.
(() => {
  const NAME = "convolutional-networks-quiz";
  const root = document.documentElement.dataset.content_root;
  const blocks = [...document.querySelectorAll("[data-question]")];
  const review = [...document.querySelectorAll(".review")]; // by lesson
  let answers = {};
  let kept = true;

  function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  }

  function button(text, action) {
    const node = make("button", { type: "button" }, text);
    node.addEventListener("click", action);
    return node;
  }

  const copies = (nodes) => [...nodes].map((node) => node.cloneNode(true));

  // --- What is kept --------------------------------------------------------

  // The answers that a text holds. Anything else in it is left out.
  function parse(text) {
    const entries = Object.entries(JSON.parse(text) ?? {}).filter(
      ([name, choice]) => /^\d+\.\d+$/.test(name) && /^[A-Z]$/.test(choice),
    );
    return Object.fromEntries(entries);
  }

  // Another page may have written since.
  function load() {
    if (!kept) return;
    let text;
    try {
      text = localStorage.getItem(NAME);
    } catch {
      kept = false; // the reader, or the browser, has blocked it
      return;
    }
    try {
      answers = parse(text);
    } catch {
      answers = {};
    }
  }

  function save() {
    try {
      localStorage.setItem(NAME, JSON.stringify(answers));
    } catch {
      kept = false;
    }
  }

  const answer = (block) => answers[block.dataset.question];
  const isRight = (block) => answer(block) === block.dataset.right;
  const isMissed = (block) => Boolean(answer(block)) && !isRight(block);

  // --- A question ----------------------------------------------------------

  function ask(block) {
    const { question, right } = block.dataset;
    const folds = {};
    const labels = {};
    for (const fold of block.querySelectorAll("details")) {
      const [summary] = fold.children;
      const letter = summary.textContent.trim()[0];
      const radio = make("input", {
        type: "radio",
        name: question,
        value: letter,
        required: "",
      });
      const words = make("span", {}, ...copies(summary.childNodes));
      folds[letter] = fold;
      labels[letter] = make("label", {}, radio, words);
    }
    const text = block.querySelector("p");
    text.id = `question-${question}`;
    const choices = make(
      "div",
      { role: "radiogroup", "aria-labelledby": text.id },
      ...Object.values(labels),
    );
    const check = make("button", { type: "submit" }, "Check");
    const verdict = make("div", { class: "verdict", role: "status" });
    const form = make("form", { class: "quiz", autocomplete: "off" });
    let counts = !isRight(block);

    function show(letter, note) {
      const outcome = letter === right ? "right" : "wrong";
      const [, ...answer] = copies(folds[letter].children);
      if (outcome === "wrong") {
        answer[0].prepend(make("strong", {}, `Not ${letter}.`), " ");
      }
      if (note) answer.push(make("p", { class: "note" }, note));
      verdict.dataset.outcome = labels[letter].dataset.outcome = outcome;
      verdict.replaceChildren(...answer);
    }

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const letter = new FormData(form).get(question);
      let note = "";
      if (counts) {
        counts = false;
        form.querySelector(".again")?.remove();
        load();
        answers[question] = letter;
        save();
        note = isMissed(block) && "Try another. ";
        if (note && kept) note += "The question comes back at your next visit.";
        report();
      }
      show(letter, note);
    });

    if (isMissed(block)) {
      const again = "You missed this one at your last visit. Try it again.";
      form.append(make("p", { class: "again" }, again));
    }
    form.append(choices, check, verdict);
    if (isRight(block)) {
      labels[right].firstChild.checked = true;
      show(right);
    }
    block.querySelector(".quiz")?.remove();
    block.append(form);
  }

  function start() {
    load();
    blocks.forEach(ask);
    report();
    for (const lesson of review) {
      const asked = [...lesson.querySelectorAll("[data-question]")];
      for (const block of asked) block.hidden = !isMissed(block);
      lesson.hidden = asked.every((block) => block.hidden);
    }
  }

  // --- The score -----------------------------------------------------------

  const score = make("p", { class: "score", role: "status" });

  function report() {
    const right = blocks.filter(isRight).length;
    const missed = blocks.filter(isMissed).length;
    const text = [`Your score: ${right} of ${blocks.length} right.`];
    if (missed) text.push(`To try again: ${missed}.`);
    if (review.length && !missed) text.push("There is nothing to try again.");
    if (!kept) {
      text.push(
        "This browser lets the page keep nothing: your answers are gone when " +
          "you leave it.",
      );
    }
    score.replaceChildren(text.join(" "));
    if (!review.length) {
      const link = make("a", { href: `${root}book/review.html` }, "Review");
      score.append(" ", link, " has what you missed in all lessons.");
    }
  }

  // --- Saving, loading and forgetting, on the page "Review" ----------------

  function saveFile() {
    load();
    const text = `${JSON.stringify(answers, null, 2)}\n`;
    const url = URL.createObjectURL(new Blob([text]));
    make("a", { href: url, download: "check-yourself.json" }).click();
  }

  async function loadFile(file) {
    let found = {};
    try {
      found = parse(await file.text());
    } catch {
      // Not JSON: the same as a file without answers.
    }
    load();
    Object.assign(answers, found);
    save();
    start();
    if (!Object.keys(found).length) {
      score.append(
        ` "${file.name}" holds no answers. Choose a file that was saved here.`,
      );
    }
  }

  function tools() {
    const file = make("input", { type: "file", accept: ".json" });
    file.addEventListener("change", async () => {
      await loadFile(file.files[0]);
      file.value = ""; // so that the same file can be chosen again
    });
    const forget = () => {
      if (!confirm("Forget all your answers in this browser?")) return;
      answers = {};
      save();
      start();
    };
    return make(
      "div",
      { class: "quiz-tools" },
      button("Save my answers", saveFile),
      button("Load answers", () => file.click()),
      button("Forget my answers", forget),
    );
  }

  if (review.length) {
    review[0].before(score, tools());
  } else {
    const how =
      "Choose, check, and read why. Then check the others: each has its " +
      "answer. Your first try counts.";
    blocks[0].before(make("p", { class: "how" }, how));
    blocks.at(-1).after(score);
  }
  start();
  // The browser may show a page again as it was left.
  addEventListener("pageshow", (event) => event.persisted && start());
})();
