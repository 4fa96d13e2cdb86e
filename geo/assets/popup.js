// Reading an object: what lies under a click, in a popup or in the panel of its own kind.
"use strict";

// `panels` name the layers whose objects open a panel beside the map: {layer, label, open(properties, others)}.
function startReading({ map, config, layers, panels, tools, note }) {
  const texts = config.texts;
  const panelOf = new Map(panels.map((panel) => [panel.layer, panel]));
  let selected = null;

  map.on("click", (event) => read(event.containerPoint));
  map.on("popupclose", () => select(null));
  return { read };

  function read(point, { focus = false } = {}) {
    const place = map.containerPointToLatLng(point);
    if (tools?.pick(place)) return;
    const hits = layers.objectsAt(point);
    if (hits.length === 0) {
      if (focus) note(texts.nothing);
    } else if (panelOf.has(hits[0].item.spec.name)) {
      map.closePopup();
      const others = hits.slice(1);
      panelOf.get(hits[0].item.spec.name).open(hits[0].feature.properties, { count: others.length, show: () => leafThrough(others, place, true) });
    } else {
      leafThrough(hits, place, focus);
    }
  }

  function leafThrough(hits, place, focus) {
    const article = element("article", { tabIndex: -1, className: "sheet" });
    const size = map.getSize();
    const popup = L.popup({ maxWidth: Math.min(340, size.x - 70), minWidth: 220, maxHeight: Math.max(160, size.y - 150), autoPanPaddingTopLeft: [14, document.querySelector(".banner") ? 54 : 14], autoPanPaddingBottomRight: [14, 14] });
    const show = (index) => {
      select(hits[index].element);
      const steps = hits.length > 1 ? [stepper(index, hits.length, show)] : [];
      const { item, feature } = hits[index];
      article.replaceChildren(...steps, ...objectSheet(item.spec, feature.properties, config), ...panelLink(item.spec, feature));
      if (popup.isOpen()) popup.update();
    };
    show(0);
    popup.setLatLng(place).setContent(article).openOn(map);
    popup.getElement().querySelector(".leaflet-popup-close-button").setAttribute("aria-label", texts.close);
    if (focus) {
      article.focus();
      article.addEventListener("keydown", (event) => { if (event.key === "Escape") map.closePopup(popup); });
      popup.on("remove", () => map.getContainer().focus());
    }
  }

  // Where an object with a panel is not what the click met first, its sheet leads to its panel.
  function panelLink(spec, feature) {
    const panel = panelOf.get(spec.name);
    if (!panel) return [];
    const button = element("button", { type: "button", className: "panel-link", textContent: panel.label });
    button.addEventListener("click", () => { map.closePopup(); panel.open(feature.properties); });
    return [button];
  }

  function stepper(index, count, show) {
    const button = (label, sign, to) => {
      const made = element("button", { type: "button", textContent: sign });
      made.setAttribute("aria-label", label);
      made.addEventListener("click", (event) => { event.stopPropagation(); show((to + count) % count); });
      return made;
    };
    const bar = element("p", { className: "stepper" });
    bar.append(button(texts.previous, "‹", index - 1), element("span", { textContent: `${index + 1} / ${count}` }), button(texts.next, "›", index + 1));
    return bar;
  }

  function select(element) {
    selected?.classList.remove("selected");
    selected = element;
    selected?.classList.add("selected");
  }
}

// What an object says: a heading, and each of its values with its unit.
function objectSheet(spec, properties, { texts, lang }) {
  const list = element("dl");
  for (const column of spec.columns) {
    const value = properties[column.name];
    const always = column.name === "certainty" || column.name === "source";
    if (column.name === "name" || !(column.shown || always)) continue;
    if (!always && (value === null || value === undefined || value === "")) continue;
    list.append(element("dt", { textContent: column.label }), element("dd", { textContent: writeValue(value, column, { texts, lang }) }));
  }
  const parts = [
    element("p", { className: "kicker", textContent: spec.title }),
    element("h3", { textContent: properties.name || properties.id || texts.unnamed }),
  ];
  if (properties.synthetic === true) parts.push(element("p", { className: "warning", textContent: texts.synthetic }));
  return [...parts, list];
}

function writeValue(value, column, { texts, lang }) {
  if (value === null || value === undefined || value === "") return texts.unknown;
  if (value === true) return texts.yes;
  if (value === false) return texts.no;
  if (typeof value === "number") return numbersIn(lang).number(value) + (column.unit ? `\u00a0${column.unit}` : "");
  return Object.hasOwn(column.values, value) ? column.values[value] : String(value);
}
