"""Choose sentences of a paragraph that can be understood on a slide."""

import re

SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z*`$\"“(])")
ENDS = re.compile(r"[.?!][)\"”*]*$")
BOLD = re.compile(r"\*\*[^*]+\*\*")
TITLE = re.compile(r"\*\*[^*]+[.?]\*\*")
LEAD = 40  # words
# Begins a sentence that cannot be understood without the one before it.
LEANS = re.compile(
    r"(?:It|Its|They|Their|This|That|These|Those|Then|There|Here|So|But|And|"
    r"Both|Neither|Such|Such a|Now|Only|Still|Even|Also|Otherwise|Meanwhile|"
    r"In the same way|In one|In the other|In both|The same|The others?|"
    r"The former|The latter|The first|The second|The last|Each of them|"
    r"One after|The line that decides|Go back)\b"
)
# Begins a paragraph that cannot be understood without the one before it.
TORN = re.compile(
    r"(?:It|Its|They|Their|Those|These|Both|Neither|Such|Otherwise|That is|"
    r"In one|In the other|In both|The others?|The former|The latter|"
    r"The line that decides)\b"
)
LINK = re.compile(r"(?:So|But|And),? (?=\w)")
# Points at what is elsewhere in the notebook, or is left out of the slides.
AWAY = re.compile(
    r"\bnext (?:two |three |four )?(?:cells?|paragraphs?)\b|"
    r"\b(?:cells?|tables?|images|maps) (?:above|below)\b|\blines above\b|"
    r"\bfurther (?:down|up)\b|\bsee below\b|\bwill see\b.*\bbelow\b|"
    r"\bExercises? \d|\bthat cell\b|^Go back\b"
)
ASIDE = re.compile(r" \([^()]*\)")


def sentences(text):
    """Split a paragraph into its sentences."""
    return SENTENCE.split(" ".join(text.split()))


def count_words(text):
    """Count words; a formula is one."""
    return len(re.sub(r"\$[^$]+\$", "x", text).split())


def first_sentences(text, most):
    """Return as many first sentences as have at most ``most`` words."""
    kept = []
    for sentence in sentences(text):
        if kept and count_words(" ".join([*kept, sentence])) > most:
            break
        kept.append(sentence)
    return " ".join(kept)


def standing(found, index):
    """Return a sentence, with those that it leans on; empty if too many."""
    start = index
    while start > 0 and LEANS.match(found[start]):
        start -= 1
    text = " ".join(found[start : index + 1])
    return "" if LEANS.match(text) or count_words(text) > LEAD else text


def key_sentences(text, goes_on=False):
    """Return the sentences with a term in bold, each with what it leans on.

    Where the text goes on from what is shown, its first one may lean on that.
    """
    found = sentences(text)
    keys = []
    for index, sentence in enumerate(found):
        key = standing(found, index)
        if not key and goes_on and index == 0:
            key = sentence
        if BOLD.search(sentence) and key:
            if keys and key.startswith(keys[-1]):
                keys.pop()
            keys.append(key)
    return keys


def introduction(text):
    """Return what of a paragraph introduces the thing below it."""
    found = sentences(text)
    if count_words(text) <= LEAD:
        return alone(" ".join(found))
    last = len(found) - 1
    if not ENDS.search(found[last]):
        return standing(found, last) or alone(found[last])
    keys = key_sentences(text)
    whole = [i for i, s in enumerate(found) if not LEANS.match(s)]
    if keys or not whole:
        return keys[0] if keys else ""
    return first_sentences(" ".join(found[whole[0] :]), LEAD)


def situation(text):
    """Return what of a paragraph the question after it is about."""
    found = sentences(text)
    if count_words(text) <= LEAD:
        return alone(" ".join(found))
    return standing(found, len(found) - 1)


def alone(text):
    """Return a text from its first sentence on that stands alone.

    A sentence that a formula ends is left, so that the formula has one.
    """
    found = sentences(text)
    whole = ENDS.search(text) or text.endswith(":")
    while found and TORN.match(found[0]) and (whole or len(found) > 1):
        found.pop(0)
    text = " ".join(found)
    link = LINK.match(text)
    if link:
        text = text[link.end() :]
        return text[0].upper() + text[1:]
    return text


def self_contained(text):
    """Return a text without what it says of other places.

    Its lists, formulas and tables stay as they are.
    """
    if not AWAY.search(text):
        return text
    kept = [
        paragraph
        if re.match(r"[-|$>`]|\d+\. ", paragraph)
        else here(paragraph)
        for paragraph in text.split("\n\n")
    ]
    return "\n\n".join(p for p in kept if p)


def here(paragraph):
    """Return a paragraph without the sentences that point away from it."""
    title = TITLE.match(paragraph)
    start = title.end() if title else 0
    kept, inside, cut = [paragraph[:start]] if title else [], False, False
    for sentence in sentences(paragraph[start:].strip()):
        left = without_pointer(sentence)
        if inside:  # an aside that began in a sentence that is left out
            inside = ")" not in sentence
        elif left and not (cut and TORN.match(sentence)):
            kept.append(left)
        inside = inside or (
            not left and sentence.count("(") > sentence.count(")")
        )
        cut = cut and not kept or left != sentence
    return " ".join(kept)


def without_pointer(sentence):
    """Return a sentence without the clause that points away."""
    sentence = ASIDE.sub(
        lambda m: "" if AWAY.search(m[0]) else m[0], sentence
    )
    if not AWAY.search(sentence):
        return sentence
    clause = re.match(r"(.*)[:;] ", sentence)
    if clause and not AWAY.search(clause[1]):
        return f"{clause[1]}."
    return ""
