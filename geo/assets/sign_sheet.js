// What a sign's sheet says: state, place, what is written on it as it is drawn, photos, history, sources.
"use strict";

const UNSURE = ["estimated", "unverified"];
const ARROWS = { straight: "M10 17V3M4.5 8.5 10 3l5.5 5.5", left: "M17 10H3M8.5 4.5 3 10l5.5 5.5", right: "M3 10h14M11.5 4.5 17 10l-5.5 5.5", both: "M2 10h16M6 6l-4 4 4 4M14 6l4 4-4 4" };

// `parks`: the path that answers for parks, empty where there is none.
function signSheet(sign, { speech, columns, parks }) {
  const { texts, lang } = speech;
  const parts = [
    element("p", { className: "badges" }, statusBadge(sign, { speech, columns }), ...certaintyBadge(sign, { speech, columns })),
    factList([
      [columns.id.label, sign.code],
      [columns.type.label, sign.type || texts.unknown],
      [columns.park.label, sign.park ? parkName(sign.park, { speech, parks }) : texts.unknown],
    ]),
    sign.blades.length > 0 && section(texts.written, element("ol", { className: "blades" }, ...sign.blades.map((blade) => bladeRow(blade, speech)))),
    sign.photos.length > 0 && section(texts.photos, element("ul", { className: "photos" }, ...sign.photos.map((photo, index) => photoItem(photo, { sign, texts, index })))),
    sign.history.length > 0 && section(texts.history, historyList(sign.history, { speech, columns })),
    sourceLines(
      [texts.certainty, writeValue(sign.certainty, columns.certainty, speech)],
      [texts.source, sign.source || texts.unknown],
      [texts.updated, numbersIn(lang).day(sign.updated_at)]),
  ];
  return parts.filter(Boolean);
}

function statusBadge(sign, { speech, columns }) {
  const { texts, lang } = speech;
  const state = writeValue(sign.status, columns.status, speech);
  const said = sign.status_on ? fill(texts.state_on, { state, date: numbersIn(lang).date(sign.status_on) }) : fill(texts.state_undated, { state });
  return element("span", { className: `state-badge sign-${sign.status}`, textContent: said });
}

function certaintyBadge(sign, { speech, columns }) {
  if (!UNSURE.includes(sign.certainty)) return [];
  const said = sign.certainty === "estimated" ? speech.texts.estimation : writeValue(sign.certainty, columns.certainty, speech);
  return [element("span", { className: "guess", textContent: said })];
}

// The register names a park as its owner did, mostly by its number: the park's own name joins it where it is known.
function parkName(park, { speech, parks }) {
  const line = element("span", { textContent: park });
  if (parks) askService(`${parks}/${encodeURIComponent(park)}`, {}, speech).then((page) => { line.textContent = `${page.park.properties.name || park} (${park})`; }, () => {});
  return line;
}

// --- blades ---------------------------------------------------------------------------------------------------------

function bladeRow(blade, speech) {
  const { texts } = speech;
  const way = bladeWay(blade, speech);
  const written = blade.lines.length > 0 ? blade.lines.map((line) => bladeLine(line, speech)) : [element("li", { textContent: texts.blank })];
  return element("li", { className: "blade" }, ...bladeArrow(blade, way), element("div", {}, element("ul", {}, ...written), ...(way ? [element("p", { className: "way", textContent: way })] : [])));
}

// Where a blade points in words: by the hand, by the compass, or both; empty when nobody said.
function bladeWay(blade, { texts, lang }) {
  const hands = { straight: texts.straight, left: texts.left, right: texts.right, both: texts.both };
  const bearing = blade.bearing_deg === null ? "" : fill(texts.bearing, { side: compass(blade.bearing_deg, texts), degrees: numbersIn(lang).whole(blade.bearing_deg) });
  return [hands[blade.direction], bearing].filter(Boolean).join(", ");
}

function compass(degrees, texts) {
  const sides = [texts.north, texts.north_east, texts.east, texts.south_east, texts.south, texts.south_west, texts.west, texts.north_west];
  return sides[Math.round(degrees / 45) % 8];
}

// By the hand as one stands before the sign; else by the bearing, north up; the words beside it say the same.
function bladeArrow({ direction, bearing_deg: bearing }) {
  if (!direction && bearing === null) return [];
  const path = drawing("path", { d: ARROWS[direction] ?? ARROWS.straight, fill: "none", stroke: "currentColor", "stroke-width": 2.4, "stroke-linejoin": "round", "stroke-linecap": "round" });
  if (!direction) path.setAttribute("transform", `rotate(${bearing} 10 10)`);
  return [drawing("svg", { viewBox: "0 0 20 20", width: 28, height: 28, "aria-hidden": "true" }, path)];
}

function bladeLine(line, { texts, lang }) {
  const { number, whole } = numbersIn(lang);
  const far = [
    line.distance_km !== null && `${number(line.distance_km)}\u00a0km`,
    line.time_min !== null && fill(texts.minutes, { n: whole(line.time_min) }),
    ...line.pictograms,
  ].filter(Boolean).join(" · ");
  return element("li", {}, element("span", { textContent: line.text }), ...(far ? [" ", element("span", { className: "far", textContent: far })] : []));
}

// --- photos and history ---------------------------------------------------------------------------------------------

function photoItem(photo, { sign, texts, index }) {
  const picture = element("img", { src: photo.href, loading: "lazy", alt: fill(texts.photo, { n: index + 1, code: sign.code }) });
  return element("li", {}, element("a", { href: photo.href, target: "_blank", rel: "noopener" }, picture));
}

function historyList(history, { speech, columns }) {
  const { texts, lang } = speech;
  const entry = (step) => element("li", {}, element("span", { className: "when", textContent: step.status_on ? numbersIn(lang).date(step.status_on) : texts.undated }), element("strong", { textContent: writeValue(step.to_status, columns.status, speech) }));
  return element("ol", { className: "events" }, ...history.map(entry));
}
