// A finished plan: money and cover by year, what is proved, its signs on the map and in a list, its file.
"use strict";

// One colour a year, ten at most, none that of the signs that stand; popups and list say the year in words.
const YEAR_COLOURS = ["#c2410c", "#7b1fa2", "#00796b", "#5d4037", "#ad1457", "#33691e", "#37474f", "#b3261e", "#4a148c", "#8a6d00"];

async function showPlan(desk, job) {
  const { panel, speech: { texts }, speech } = desk;
  let gone = false;
  desk.leave = () => { gone = true; };
  try {
    const signs = await askService(job.signs, { headers: signHeaders(desk) }, speech);
    if (gone) return;
    const colours = new Map(Object.keys(job.years).map((year, index) => [year, YEAR_COLOURS[index]]));
    const drawn = drawPlan(desk, { features: signs.features, colours });
    panel.write(texts.plan_ready, planParts(desk, { job, colours, drawn, features: signs.features }));
    if (drawn.group.getLayers().length > 0) desk.map.fitBounds(drawn.group.getBounds().pad(0.1), { maxZoom: 16, animate: false });
  } catch (error) {
    if (!gone) endPlan(desk, { refused: refusal(error) });
  }
}

function planParts(desk, { job, colours, drawn, features }) {
  const { texts } = desk.speech;
  const whole = job.summary.find(({ year }) => year === "all");
  return [
    element("p", { className: "warning", textContent: texts.costs_estimated }),
    element("div", { className: "across", tabIndex: 0, role: "region", ariaLabel: texts.by_year }, planTable(job.summary, { speech: desk.speech, colours })),
    ...planNotes(whole, desk.speech),
    planList(desk, { features, drawn }),
    planFile(desk, job.result),
    actionButton(texts.new_plan, () => newPlan(desk)),
  ];
}

// --- the figures ----------------------------------------------------------------------------------------------------

function planTable(rows, { speech: { texts, lang }, colours }) {
  const { whole, percent } = numbersIn(lang);
  const euros = (name) => (row) => `${money(row[name], lang)}\u00a0€`;
  const lines = [
    [texts.signs, (row) => whole(row.signs)],
    [texts.budget, euros("budget_eur")],
    [texts.spending, euros("cost_eur")],
    [texts.by_region, euros("region_eur")],
    [texts.by_pole, euros("pole_eur")],
    [texts.by_owner, euros("owner_eur")],
    [texts.covered, (row) => percent(row.covered, 1)],
    [texts.greedy, (row) => percent(row.greedy_covered, 1)],
  ];
  const heading = (row) => (row.year === "all" ? texts.all_years : row.year);
  const head = rows.map((row) => element("th", { scope: "col" }, ...yearDot(colours.get(row.year)), heading(row)));
  const body = lines.map(([label, write]) => element("tr", {}, element("th", { scope: "row", textContent: label }), ...rows.map((row) => element("td", { textContent: write(row) }))));
  return element("table", { className: "plan-table" }, element("caption", { textContent: texts.by_year }), element("thead", {}, element("tr", {}, element("td"), ...head)), element("tbody", {}, ...body));
}

// Whole euros where there are no cents.
function money(euros, lang) {
  const cents = Number.isInteger(euros) ? 0 : 2;
  return euros.toLocaleString(lang === "fr" ? "fr-FR" : "en-GB", { minimumFractionDigits: cents, maximumFractionDigits: cents });
}

function yearDot(colour) {
  if (!colour) return [];
  const dot = drawing("circle", { cx: 6, cy: 6, r: 5, fill: colour });
  return [drawing("svg", { viewBox: "0 0 12 12", width: 12, height: 12, "aria-hidden": "true", class: "year-dot" }, dot), " "];
}

function planNotes(whole, { texts, lang }) {
  const { number, percent, whole: count } = numbersIn(lang);
  const notes = [
    fill(texts.cost_range, { low: money(whole.cost_low_eur, lang), high: money(whole.cost_high_eur, lang) }),
    fill(texts.proved, { value: number(whole.value), bound: number(whole.bound), gap: percent(whole.gap, 2) }),
    fill(texts.greedy_note, { value: number(whole.greedy_value) }),
    texts.cover_note,
    whole.waiting > 0 && fill(texts.waiting, { n: count(whole.waiting) }),
    whole.unreached > 0 && fill(texts.unreached, { n: count(whole.unreached), all: count(whole.entrances) }),
  ].filter(Boolean);
  return [element("ul", { className: "plan-notes" }, ...notes.map((textContent) => element("li", { textContent })))];
}

// --- its signs ------------------------------------------------------------------------------------------------------

function drawPlan(desk, { features, colours }) {
  const dots = new Map();
  const group = L.featureGroup().addTo(desk.marks);
  for (const feature of features) {
    const [lon, lat] = feature.geometry.coordinates;
    const dot = L.circleMarker([lat, lon], { pane: SIGN_PANE, radius: 7, color: "#fff", weight: 2, fillColor: colours.get(String(feature.properties.year)), fillOpacity: 1, bubblingMouseEvents: false });
    dot.on("click", () => openPlanned(desk, feature));
    dots.set(feature, dot);
    group.addLayer(dot);
  }
  return { group, dots };
}

// `from`: the button that asked, which gets the focus back.
function openPlanned(desk, feature, from = null) {
  const { map, config, speech } = desk;
  const [lon, lat] = feature.geometry.coordinates;
  const article = element("article", { className: "sheet", tabIndex: -1 }, ...plannedSheet(feature.properties, speech));
  const popup = L.popup(popupRoom(map));
  popup.setLatLng([lat, lon]).setContent(article).openOn(map);
  popup.getElement().querySelector(".leaflet-popup-close-button").setAttribute("aria-label", config.texts.close);
  if (!from) return;
  article.focus();
  article.addEventListener("keydown", (event) => { if (event.key === "Escape") map.closePopup(popup); });
  popup.on("remove", () => from.focus());
}

// On a phone the panel leaves little of the map: the popup keeps clear of the banner and of the tools.
function popupRoom(map) {
  const { x, y } = map.getSize();
  const top = document.querySelector(".banner") ? 54 : 14;
  const right = x < 600 ? 64 : 14;
  return { maxWidth: Math.min(320, x - right - 50), minWidth: 200, maxHeight: Math.max(120, y - top - 60), autoPanPaddingTopLeft: [14, top], autoPanPaddingBottomRight: [right, 14] };
}

function plannedSheet(facts, { texts, lang }) {
  const rows = [
    [texts.code, facts.asked ? fill(texts.asked_as, { id: facts.id, code: facts.asked }) : facts.id],
    [texts.says, facts.text],
    [texts.commune, facts.commune],
    [texts.cost_between, `${money(facts.cost_low_eur, lang)} – ${money(facts.cost_high_eur, lang)}\u00a0€`],
  ].filter(([, value]) => value);
  return [
    element("p", { className: "kicker", textContent: texts.planned_sign }),
    element("h3", { textContent: facts.type }),
    element("p", { className: "said", textContent: fill(texts.planned, { year: facts.year, cost: money(facts.cost_eur, lang) }) }),
    ...(facts.mandatory ? [element("p", { className: "said", textContent: texts.mandatory })] : []),
    element("dl", {}, ...rows.flatMap(([label, value]) => [element("dt", { textContent: label }), element("dd", { textContent: value })])),
  ];
}

// The same signs for those who do not use the map; filled when it is opened, there may be hundreds.
function planList(desk, { features, drawn }) {
  const { texts, lang } = desk.speech;
  const list = element("ol", { className: "planned" });
  const box = element("details", {}, element("summary", { textContent: fill(texts.planned_signs, { n: features.length }) }), list);
  const entry = (feature) => {
    const { id, year, type, text } = feature.properties;
    const button = actionButton([year, id, type, text].filter(Boolean).join(" · "), () => {
      desk.map.setView(drawn.dots.get(feature).getLatLng(), Math.max(desk.map.getZoom(), 15), { animate: false });
      openPlanned(desk, feature, button);
    }, "planned-sign");
    button.lang = lang;
    return element("li", {}, button);
  };
  box.addEventListener("toggle", () => { if (list.childElementCount === 0) list.append(...features.map(entry)); });
  return box;
}

// --- its file -------------------------------------------------------------------------------------------------------

// The file asks for the token, which a link cannot carry: it is fetched, then handed over.
function planFile(desk, address) {
  const { texts } = desk.speech;
  const line = element("p", { className: "refusal", hidden: true });
  line.setAttribute("role", "alert");
  const button = actionButton(texts.download, async () => {
    button.disabled = true;
    line.hidden = true;
    const said = await savePlan(desk, address).then(() => "", () => texts.service_failed);
    line.hidden = !said;
    line.textContent = said;
    button.disabled = false;
  });
  return element("div", { className: "plan-file" }, button, element("p", { className: "help", textContent: texts.download_help }), line);
}

async function savePlan(desk, address) {
  const response = await fetch(address, { headers: signHeaders(desk) });
  if (!response.ok) throw new Error(`${response.status}`);
  const url = URL.createObjectURL(await response.blob());
  element("a", { href: url, download: "plan.gpkg" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
