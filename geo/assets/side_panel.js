// The frame of a panel beside the map, under it on a phone, and the parts that panels of all kinds share.
"use strict";

// `cleared` runs whenever what the panel shows leaves it. One panel is open at a time: the others give way.
function sidePanel({ map, box, texts, kicker, cleared }) {
  const area = box.parentElement;
  box.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  box.addEventListener("giveway", dismiss);
  return { open, write, close };

  function open() {
    for (const other of area.querySelectorAll(".side:not([hidden])")) if (other !== box) other.dispatchEvent(new Event("giveway"));
    cleared();
    map.closePopup();
    area.classList.add("side-open");
    box.hidden = false;
    map.invalidateSize({ animate: false });
  }

  function write(title, parts, busy = false) {
    const heading = element("h2", { id: `${box.id}-title`, tabIndex: -1, textContent: title });
    const shut = element("button", { type: "button", className: "side-close", textContent: "×" });
    shut.setAttribute("aria-label", texts.close);
    shut.addEventListener("click", close);
    const head = element("header", {}, element("p", { className: "kicker", textContent: kicker }), heading, shut);
    box.replaceChildren(head, element("div", { className: `side-body ${box.id}-body` }, ...parts));
    box.setAttribute("aria-busy", String(busy));
    heading.focus();
  }

  function dismiss() {
    cleared();
    box.hidden = true;
    box.replaceChildren();
    area.classList.remove("side-open");
  }

  function close() {
    dismiss();
    map.invalidateSize({ animate: false });
    map.getContainer().focus();
  }
}

function refusalLine({ said }) {
  const line = element("p", { className: "refusal", lang: said.lang, textContent: said.text });
  line.setAttribute("role", "alert");
  return line;
}

function rawData(sheet, title) {
  return element("details", { className: "raw" }, element("summary", { textContent: title }), element("article", { className: "sheet" }, ...sheet));
}

// What else lies under the click that opened the panel.
function otherObjects(others, { texts, close }) {
  if (others.count === 0) return [];
  const button = element("button", { type: "button", className: "others", textContent: fill(texts.others, { n: others.count }) });
  button.addEventListener("click", () => { close(); others.show(); });
  return [button];
}

// A button that shows things on the map and hides them again; `wanted(shown)` does it, and may take its time.
function mapToggle(text, wanted) {
  const button = element("button", { type: "button", className: "plain", textContent: text });
  const line = element("span", { className: "toggle-state" });
  line.setAttribute("role", "status");
  button.setAttribute("aria-pressed", "false");
  const toggle = async () => {
    const shown = button.getAttribute("aria-pressed") !== "true";
    await wanted(shown);
    button.setAttribute("aria-pressed", String(shown));
    line.textContent = "";
  };
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    toggle().catch((error) => { if (!isOvertaken(error)) line.textContent = refusal(error).said.text; }).finally(() => button.removeAttribute("aria-disabled"));
  });
  return element("p", { className: "map-toggle" }, button, line);
}

function sourceLines(...lines) {
  const line = ([label, text]) => element("p", {}, element("strong", { textContent: label }), ` ${text}`);
  return element("section", { className: "sources" }, ...lines.map(line));
}
