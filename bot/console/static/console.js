"use strict";
// Counters, live parts, the preview while writing, and a warning before unsaved words are lost. All work is the server's.

const lengths = {
  characters: (text) => [...text].length,
  utf8_bytes: (text) => new TextEncoder().encode(text).length,
  utf16_units: (text) => text.length,
};

for (const field of document.querySelectorAll("[data-count]")) {
  const output = field.parentElement.querySelector(".count");
  const unit = output.textContent.trim().replace(/^\S+\s/, "");
  const most = Number(field.dataset.most);
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const show = () => {
    const length = lengths[field.dataset.count](field.value.normalize("NFC"));
    output.textContent = `${number.format(length)}/${number.format(most)} ${unit}`;
    output.classList.toggle("over", length > most);
  };
  field.addEventListener("input", show);
}

const live = document.querySelector("[data-live]");
if (live && document.body.hasAttribute("data-signed-in")) {
  let timer = 0;
  const refresh = async () => {
    timer = 0;
    if (live.contains(document.activeElement) && document.activeElement.matches("button, summary, input")) return;
    const answer = await fetch(live.dataset.live, { redirect: "error" }).catch(() => null);
    if (answer && answer.ok) live.innerHTML = await answer.text();
  };
  const soon = () => { if (!timer) timer = setTimeout(refresh, 500); };
  const events = new EventSource("/live");
  events.addEventListener("change", soon);
  events.addEventListener("hello", soon); // what changed between the page and this line was not heard
}

const form = document.querySelector("form[data-unsaved]");
if (form) {
  let changed = false;
  let timer = 0;
  const preview = async () => {
    const data = new FormData(form);
    data.delete("file");
    const answer = await fetch("/posts/preview", { method: "POST", body: data, redirect: "error" }).catch(() => null);
    if (answer && answer.ok) document.getElementById("preview").innerHTML = await answer.text();
  };
  form.addEventListener("input", () => {
    changed = true;
    clearTimeout(timer);
    timer = setTimeout(preview, 700);
  });
  form.addEventListener("submit", () => { changed = false; });
  addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
}
