const sections = [...document.querySelectorAll("details.section")];
const press = (button, texts, act) => button.addEventListener("click", () => {
  const on = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", on);
  button.textContent = texts[Number(on)];
  act(on);
});
press(document.getElementById("unfold"), ["Open all sections", "Close all sections"], on => {
  sections.forEach(section => { section.open = on; });
});
press(document.getElementById("toggle"), ["Show code", "Hide code"], on => {
  document.body.classList.toggle("with-code", on);
  if (on) sections.forEach(section => { section.open = true; });
  document.querySelectorAll("details.code").forEach(cell => { cell.open = on; });
});

// A link into a fold opens it, and what that lies in; newer browsers do so by themselves.
const reveal = () => {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let fold = target && target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  if (target) (target.classList.contains("inside") ? target.parentElement : target).scrollIntoView();
};
addEventListener("hashchange", reveal);
document.addEventListener("click", event => {  // the same link twice: the address does not change
  const link = event.target.closest('a[href^="#"]');
  if (link && link.hash === location.hash) reveal();
});
reveal();

// Paper shows every section open.
let opened = [];
addEventListener("beforeprint", () => {
  opened = sections.filter(section => !section.open);
  opened.forEach(section => { section.open = true; });
});
addEventListener("afterprint", () => opened.forEach(section => { section.open = false; }));

// The contents follow the reader.
const links = new Map([...document.querySelectorAll("nav .sections a")].map(link => [link.hash.slice(1), link]));
const places = [...links.keys()].map(id => document.getElementById(id)).filter(Boolean);
const follow = () => {
  const shown = places.filter(place => place.checkVisibility() || place.classList.contains("inside"));
  const above = shown.filter(place => (place.classList.contains("inside") ? place.parentElement : place).getBoundingClientRect().top < innerHeight / 3);
  const current = links.get((above.at(-1) || places[0]).id);
  for (const link of links.values()) {
    if (link === current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    link.parentElement.classList.toggle("here", link.parentElement.contains(current));
  }
};
addEventListener("scroll", () => requestAnimationFrame(follow), { passive: true });
follow();
