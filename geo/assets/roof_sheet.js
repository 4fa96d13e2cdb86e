// What a roof's sheet says: figures, suitability, months, planes, and how sure all this is.
"use strict";

const FLAT_UNDER_DEG = 5; // as the panels are laid: docs/solar-money.md

function roofTitle(facts, columns, texts) {
  const kinds = columns.find((column) => column.name === "kind").values;
  const kind = Object.hasOwn(kinds, facts.kind) ? kinds[facts.kind] : texts.building;
  const name = facts.name || kind.charAt(0).toLocaleUpperCase() + kind.slice(1);
  return facts.commune ? `${name}, ${facts.commune}` : name;
}

function roofSheet(page, { speech, columns, panelButton }) {
  const { texts } = speech;
  const facts = page.building.properties;
  const parts = [keyFigures(facts, speech), element("p", { className: "help", textContent: texts.estimate }), suitability(facts, { speech, columns })];
  if (page.synthetic) parts.unshift(element("p", { className: "warning", textContent: texts.invented }));
  if (facts.heritage) parts.push(element("p", { className: "heritage" }, element("strong", { textContent: texts.heritage }), ` ${facts.heritage}`));
  parts.push(qualityLine(page.quality, { texts, columns }));
  if (!(facts.panels > 0)) return [...parts, element("p", { textContent: texts.no_panel }), planes(page.segments, speech)];
  const charts = facts.yield_month_kwh.every(Number.isFinite) ? [months(facts, speech)] : [];
  return [...parts, panelButton, ...charts, planes(page.segments, speech)];
}

function keyFigures(facts, { texts, lang }) {
  const { whole, number } = numbersIn(lang);
  const known = (value, write, unit) => (typeof value === "number" ? [write(value), element("span", { className: "unit", textContent: `\u00a0${unit}` })] : [texts.unknown]);
  const figure = (className, value, label, ...help) => element("div", { className }, element("dt", { textContent: label }), element("dd", {}, ...value), ...help.map((textContent) => element("dd", { className: "help", textContent })));
  return element("dl", { className: "figures" },
    figure("wide", known(facts.yield_p50_kwh, whole, texts.kwh_year), texts.p50, texts.p50_help),
    figure("wide", known(facts.yield_p90_kwh, whole, texts.kwh_year), texts.p90, texts.p90_help),
    figure("", known(facts.kwp, number, "kWc"), texts.power),
    figure("", [typeof facts.panels === "number" ? whole(facts.panels) : texts.unknown], texts.panels),
    figure("", known(facts.roof_area_m2, whole, "m²"), texts.roof_area),
    figure("", known(facts.usable_area_m2, whole, "m²"), texts.usable_area));
}

function suitability(facts, { speech: { texts, lang }, columns }) {
  const words = { good: texts.suits_well, fair: texts.suits_fairly, poor: texts.suits_poorly, unknown: texts.suits_unknown };
  const known = Object.hasOwn(words, facts.suitability) ? facts.suitability : "unknown";
  const light = facts.best_irradiation_kwh_m2;
  const labels = columns.find((column) => column.name === "suitability").values;
  const badge = element("strong", { className: `suit ${known}`, textContent: `${texts.suitability} ${labels[known]}` });
  const sentence = typeof light === "number" ? fill(words[known], { light: numbersIn(lang).whole(light) }) : texts.suits_unknown;
  return element("p", { className: "suitability" }, badge, ` ${sentence}`);
}

function qualityLine(quality, { texts, columns }) {
  const words = {
    ok: texts.quality_ok,
    partial: texts.quality_partial,
    under_trees: texts.quality_under_trees,
    coarse: texts.quality_coarse,
    no_cells: texts.quality_no_cells,
    overlapping: texts.quality_overlapping,
    duplicate_id: texts.quality_duplicate_id,
    invalid_repaired: texts.quality_invalid_repaired,
  };
  const labels = columns.find((column) => column.name === "quality").values;
  const said = Object.hasOwn(words, quality) ? words[quality] : Object.hasOwn(labels, quality) ? labels[quality] : quality || texts.unknown;
  return element("p", { className: quality === "ok" ? "quality" : "quality doubtful" }, element("strong", { textContent: texts.quality }), ` ${said}`);
}

function months(facts, { texts, lang }) {
  const { whole, month } = numbersIn(lang);
  const values = facts.yield_month_kwh;
  const names = values.map((_, index) => month(index, "long"));
  const best = values.indexOf(Math.max(...values));
  const least = values.indexOf(Math.min(...values));
  return barChart({
    values,
    names,
    labels: values.map((_, index) => month(index, "narrow")),
    title: texts.months,
    summary: fill(texts.months_summary, { best: names[best], most: whole(values[best]), least: names[least], few: whole(values[least]) }),
    write: whole,
    tableText: texts.in_a_table,
    head: [texts.month, "kWh"],
  });
}

function planes(segments, { texts, lang }) {
  const { whole } = numbersIn(lang);
  if (segments.length === 0) return element("p", { textContent: texts.no_plane });
  const known = (value, write) => (typeof value === "number" ? write(value) : "–");
  const row = (first, ...others) => element("tr", {}, element("th", { scope: "row", textContent: first }), ...others.map((textContent) => element("td", { textContent })));
  const rows = segments.map(({ properties: facts }, index) => row(String(index + 1), orientation(facts, texts), known(facts.pitch_deg, (value) => `${whole(value)}°`), known(facts.area_m2, whole), known(facts.irradiation_kwh_m2, whole), known(facts.panels, whole)));
  const titles = [texts.plane, texts.orientation, texts.pitch, "m²", texts.light, texts.panels];
  const head = element("tr", {}, ...titles.map((textContent) => element("th", { scope: "col", textContent })));
  return element("div", { className: "planes" }, element("table", {}, element("caption", { textContent: texts.planes }), element("thead", {}, head), element("tbody", {}, ...rows)));
}

// The side a plane looks to, among eight; a flat one looks up.
function orientation({ pitch_deg: pitch, azimuth_deg: azimuth }, texts) {
  if (typeof azimuth !== "number" || pitch < FLAT_UNDER_DEG) return texts.flat;
  const sides = [texts.north, texts.north_east, texts.east, texts.south_east, texts.south, texts.south_west, texts.west, texts.north_west];
  return sides[Math.round((((azimuth % 360) + 360) % 360) / 45) % 8];
}

function roofSources(page, { texts, lang }) {
  return sourceLines(
    [texts.weather, page.building.properties.weather || texts.unknown],
    [texts.credit, page.credit],
    [texts.built, numbersIn(lang).day(page.built_at)]);
}
