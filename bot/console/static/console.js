"use strict";
// Counters, live parts, the preview while writing, and a warning before unsaved words are lost. All work is the server's.

const lengths = {
  characters: (text) => [...text].length,
  utf8_bytes: (text) => new TextEncoder().encode(text).length,
  utf16_units: (text) => text.length,
};

for (const field of document.querySelectorAll("[data-count]")) {
  const output = field.parentElement.querySelector(".count");
  const most = Number(field.dataset.most);
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const show = () => {
    const length = lengths[field.dataset.count](field.value.normalize("NFC"));
    output.textContent = `${number.format(length)}/${number.format(most)} ${output.dataset.unit}`;
    output.classList.toggle("over", length > most);
  };
  field.addEventListener("input", show);
}

// A second press of a button while the first is on its way does nothing.
addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const sent of document.querySelectorAll("form[data-sent]")) delete sent.dataset.sent;
});

// Puts fresh HTML in place; what was unfolded stays so, and the keyboard stays on the link or fold it was on.
function refill(part, html) {
  const open = [...part.querySelectorAll("details[open][id]")].map((details) => details.id);
  const at = part.contains(document.activeElement) ? document.activeElement : null;
  const link = at?.getAttribute("href"), fold = at?.closest("details[id]")?.id;
  part.innerHTML = html;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  const again = link
    ? [...part.querySelectorAll("a")].find((a) => a.getAttribute("href") === link)
    : fold && document.getElementById(fold)?.querySelector("summary");
  if (again) again.focus({ preventScroll: true });
}

const live = document.querySelector("[data-live]");
if (live && document.body.hasAttribute("data-signed-in")) {
  let timer = 0;
  const refresh = async () => {
    timer = 0;
    if (live.contains(document.activeElement) && document.activeElement.matches("button, input")) return;
    if ([...live.querySelectorAll("input")].some((input) => input.value !== input.defaultValue)) return;
    const answer = await fetch(live.dataset.live, { redirect: "error" }).catch(() => null);
    if (answer && answer.ok) refill(live, await answer.text());
  };
  const soon = () => { if (!timer) timer = setTimeout(refresh, 500); };
  const events = new EventSource("/live");
  events.addEventListener("change", soon);
  events.addEventListener("error", () => { document.getElementById("stale").hidden = false; });
  events.addEventListener("open", () => { document.getElementById("stale").hidden = true; });
  events.addEventListener("hello", soon); // what changed between the page and this line was not heard
}

const form = document.querySelector("form[data-unsaved]");
if (form) {
  const shown = document.getElementById("preview");
  let changed = false;
  let timer = 0;
  const preview = async () => {
    const data = new FormData(form);
    data.delete("file");
    shown.setAttribute("aria-busy", "true");
    const answer = await fetch(form.dataset.preview || "/posts/preview", { method: "POST", body: data, redirect: "error" }).catch(() => null);
    if (answer && answer.ok) refill(shown, await answer.text());
    shown.removeAttribute("aria-busy");
    if (answer && answer.ok) forgive();
  };
  // What was said beside a field goes away once it is put right; nothing new is said there while somebody writes.
  const forgive = () => {
    for (const list of form.querySelectorAll("[data-errors]")) {
      const still = [...shown.querySelectorAll("[data-wrong]")].filter((a) => a.dataset.wrong === list.dataset.errors);
      for (const item of list.querySelectorAll("li:not([data-typed])")) {
        if (!still.some((a) => a.textContent === item.textContent)) item.remove();
      }
      if (!list.children.length) document.getElementById(list.dataset.errors)?.removeAttribute("aria-invalid");
    }
  };
  form.addEventListener("input", (event) => {
    changed = true;
    if (event.target.name === "timing" && event.target.value !== "at") form.querySelector("[name=due]").value = "";
    document.querySelector(`#errors-${event.target.id} [data-typed]`)?.remove();
    clearTimeout(timer);
    timer = setTimeout(preview, 700);
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.value !== "preview") { changed = false; return; }
    event.preventDefault(); // the preview needs no new page: a chosen file stays chosen
    delete form.dataset.sent;
    preview().then(() => { shown.scrollIntoView(); shown.focus({ preventScroll: true }); });
  });
  addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
}
