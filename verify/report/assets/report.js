"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const claims = all(".claim").map((card) => ({ card, ...card.dataset, words: card.textContent.toLowerCase() }));
  const field = (id) => document.getElementById(id);
  const chips = all(".chip");

  // Formulas near the window are set at once, the others a few at a time: a page of hundreds opens at once.
  const options = { throwOnError: false, trust: false, strict: "ignore", output: "htmlAndMathml", maxSize: 20, maxExpand: 300 };
  const set = (place) => {
    if (place.dataset.set !== undefined) return;
    place.dataset.set = "";
    katex.render("\\displaystyle " + place.textContent, place, options);
  };
  const formulas = all(".tex");
  if ("IntersectionObserver" in window) {
    const near = new IntersectionObserver((seen) => {
      for (const { isIntersecting, target } of seen) if (isIntersecting) { near.unobserve(target); set(target); }
    }, { rootMargin: "800px" });
    formulas.forEach((place) => near.observe(place));
  }
  const waiting = [...formulas];
  const some = () => {
    const until = performance.now() + 20;
    while (waiting.length && performance.now() < until) set(waiting.shift());
    if (waiting.length) setTimeout(some, 10);
  };
  setTimeout(some, 50);
  window.addEventListener("beforeprint", () => {
    formulas.forEach(set);
    all("details").forEach((box) => { box.open = true; });
  });

  if (!field("filters")) return;  // a page without a list of claims

  const value = (id) => (field(id) ? field(id).value : "");
  const filter = () => {
    const wanted = new Set(chips.filter((c) => c.getAttribute("aria-pressed") === "true").map((c) => c.dataset.verdict));
    const words = value("search").toLowerCase().split(/\s+/).filter(Boolean);
    const paper = value("paper"), topic = value("topic");
    let shown = 0;
    for (const claim of claims) {
      const fits = (!wanted.size || wanted.has(claim.verdict)) && (!paper || claim.paper === paper)
        && (topic === "*" || claim.topic === topic) && words.every((word) => claim.words.includes(word));
      claim.card.hidden = !fits;
      shown += fits;
    }
    for (const section of all("section.part, section.paper")) section.hidden = !section.querySelector(".claim:not([hidden])");
    field("nothing").hidden = shown > 0;
    field("shown").textContent = shown === claims.length ? `${shown} claims` : `${shown} of ${claims.length} claims`;
  };
  const press = (chip, on) => chip.setAttribute("aria-pressed", String(on));
  const reset = () => {
    chips.forEach((chip) => press(chip, false));
    field("search").value = "";
    field("topic").value = "*";
    if (field("paper")) field("paper").value = "";
    filter();
  };
  chips.forEach((chip) => chip.addEventListener("click", () => {
    press(chip, chip.getAttribute("aria-pressed") !== "true");
    filter();
  }));
  all(".segment").forEach((part) => part.addEventListener("click", () => {
    reset();
    if (field("paper")) field("paper").value = part.dataset.paper;
    chips.filter((chip) => chip.dataset.verdict === part.dataset.verdict).forEach((chip) => press(chip, true));
    filter();
    field("filters").scrollIntoView();
  }));
  field("filters").addEventListener("input", filter);
  field("filters").addEventListener("submit", (event) => event.preventDefault());
  field("reset").addEventListener("click", reset);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/INPUT|SELECT|TEXTAREA/.test(document.activeElement.tagName)) {
      event.preventDefault();
      field("search").focus();
    }
  });

  // Pointing at a claim of the graph lights what it rests on and what rests on it.
  for (const graph of all(".graph svg")) {
    const title = (group) => group.querySelector("title").textContent;
    const edges = all(".edge", graph).map((group) => ({ group, ends: title(group).split("->") }));
    const nodes = new Map(all(".node", graph).map((group) => [title(group), group]));
    const reach = (start, from, to) => {
      const seen = new Set([start]), todo = [start], lit = [];
      while (todo.length) {
        const here = todo.pop();
        for (const { group, ends } of edges) {
          if (ends[from] !== here) continue;
          lit.push(group);
          if (!seen.has(ends[to])) { seen.add(ends[to]); todo.push(ends[to]); }
        }
      }
      return [...lit, ...[...seen].map((name) => nodes.get(name)).filter(Boolean)];
    };
    const dim = () => { graph.classList.remove("pointed"); all(".lit", graph).forEach((part) => part.classList.remove("lit")); };
    for (const [name, group] of nodes) {
      group.addEventListener("pointerenter", () => {
        dim();
        graph.classList.add("pointed");
        [...reach(name, 0, 1), ...reach(name, 1, 0)].forEach((part) => part.classList.add("lit"));
      });
      group.addEventListener("pointerleave", dim);
    }
  }

  // A link leads to its claim even if the filters hide it, and opens what is folded.
  const visit = () => {
    const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!place) return;
    if (place.hidden) reset();
    if (place.tagName === "DETAILS") place.open = true;
    else for (const box of all("details.more", place)) box.open = true;
    place.scrollIntoView();
  };
  window.addEventListener("hashchange", visit);
  if (location.hash) visit();
})();
