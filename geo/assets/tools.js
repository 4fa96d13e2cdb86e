// Tools on the map: buttons that wait for the next click, or for Enter at the crosshair, and what they say meanwhile.
"use strict";

function startTools({ map, phone }) {
  const hint = element("p", { className: "tool-hint", hidden: true });
  const holder = element("div", { className: "leaflet-control tools" }, hint);
  let armed = null;
  hint.setAttribute("role", "status");
  L.DomEvent.disableClickPropagation(holder);
  const control = new L.Control({ position: phone.matches ? "bottomright" : "topleft" });
  control.onAdd = () => holder;
  control.addTo(map);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && armed) arm(null); });
  return { add, door, lend, pick, rest: () => arm(null) };

  // `prompt` gives the words that ask for a place, `found` takes the place.
  function add({ icon, text, prompt, found }) {
    return lend({ button: placed(icon, text), prompt, found });
  }

  // The same by a button that stands elsewhere.
  function lend({ button, prompt, found }) {
    const tool = { button, prompt, found };
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => arm(armed === tool ? null : tool));
    return { say, rest: () => arm(null) };
  }

  // A button that waits for no place: `run` opens something at once.
  function door({ icon, text, run }) {
    placed(icon, text).addEventListener("click", () => run());
  }

  function placed(icon, text) {
    const button = element("button", { type: "button" }, icon, element("span", { textContent: text }));
    holder.insertBefore(button, hint);
    return button;
  }

  function arm(tool) {
    armed?.button.setAttribute("aria-pressed", "false");
    armed = tool;
    tool?.button.setAttribute("aria-pressed", "true");
    map.getContainer().classList.toggle("picking", tool !== null);
    say(tool ? tool.prompt() : "");
  }

  function say(text) {
    hint.hidden = !text;
    hint.textContent = text;
  }

  // Whether a tool took the place.
  function pick(place) {
    const tool = armed;
    tool?.found(place);
    return tool !== null;
  }
}

function lineIcon(d) {
  const path = drawing("path", { d, fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-linejoin": "round", "stroke-linecap": "round" });
  return drawing("svg", { viewBox: "0 0 20 20", width: 18, height: 18, "aria-hidden": "true" }, path);
}
