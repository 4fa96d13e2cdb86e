// A request of an owner: where, which type, for which park, in which words; recorded as a requested sign and a request.
"use strict";

const NEAR_PARK_M = 300; // as far as an entrance counts as on the ways, in the plan

async function startSignRequest(desk) {
  const { config, panel, speech: { texts }, speech } = desk;
  let gone = false;
  desk.leave = () => { gone = true; };
  try {
    const { types } = await askService(`${config.signage.address}/catalogue`, {}, speech);
    if (!gone) panel.write(texts.request_title, requestParts(desk, types));
  } catch (error) {
    if (!gone) panel.write(texts.request_title, [refusalLine(refusal(error))]);
  }
}

function requestParts(desk, types) {
  const { panel, speech: { texts } } = desk;
  const type = typeField(types, desk.speech);
  const park = signField({ name: "park", label: texts.park, input: signChoice([["", texts.no_park]]), hint: texts.park_hint });
  const letters = signField({ name: "letters", label: texts.letters, input: signText({ maxLength: 5, autocapitalize: "characters" }), hint: texts.letters_hint, needed: true });
  const words = signField({ name: "wanted", label: texts.wanted, input: element("textarea", { rows: 4, maxLength: 4000 }), hint: texts.wanted_hint, needed: true });
  const token = tokenField(desk);
  const known = parksAround(desk, { park, letters });
  const place = placeField(desk, known.around);
  const fields = [place, type, park, letters, words, token];
  const boxes = element("div", { className: "fields" }, ...fields.map(({ box }) => box));
  const keys = { sign: keyKeeper(), request: keyKeeper() };
  const send = () => sendRequest(desk, { keys, given: { at: place.at(), type: type.input.value, park: park.input.value, letters: letters.input.value, wanted: words.input.value } }).then((done) => { if (boxes.isConnected) panel.write(texts.asked_title, requestDone(desk, done)); });
  return [element("p", { textContent: texts.request_help }), signForm({ desk, fields: () => fields, parts: [boxes], verb: texts.ask, sending: texts.asking, send })];
}

// --- its fields -----------------------------------------------------------------------------------------------------

function typeField(types, { texts, lang }) {
  const field = signField({ name: "type", label: texts.type, input: signChoice([["", texts.choose], ...types.map(({ name }) => [name, name])]), needed: true });
  field.input.addEventListener("change", () => {
    const found = types.find(({ name }) => name === field.input.value);
    field.help.textContent = found ? priceOf(found, { texts, lang }) : "";
  });
  return field;
}

// Prices of the catalogue are ranges from memory unless it says otherwise.
function priceOf({ cost_low_cents: low, cost_high_cents: high }, { texts, lang }) {
  const { whole } = numbersIn(lang);
  return low === null || high === null ? texts.no_price : fill(texts.price, { low: whole(low / 100), high: whole(high / 100) });
}

// The place is a click on the map, Enter at its crosshair, or its middle; `found` hears of it.
function placeField(desk, found) {
  const { map, tools, marks, speech: { texts, lang } } = desk;
  const said = element("p", { className: "picked", textContent: texts.no_place });
  said.setAttribute("role", "status");
  const pick = element("button", { type: "button", className: "plain", id: "sign-place", textContent: texts.pick_place });
  const middle = actionButton(texts.middle, () => choose(map.getCenter()));
  const tool = tools.lend({ button: pick, prompt: () => texts.pick_hint, found: choose });
  const box = element("fieldset", { className: "field-set" }, element("legend", {}, texts.where, element("span", { className: "needed", textContent: " *" })), said, element("p", { className: "choices" }, pick, middle));
  let at = null;
  let mark = null;
  return { name: "place", input: pick, box, at: () => at };

  function choose(place) {
    const { lat, lng } = place.wrap();
    at = { lat: Number(lat.toFixed(6)), lon: Number(lng.toFixed(6)) };
    mark?.remove();
    mark = L.circleMarker([lat, lng], { pane: SIGN_PANE, interactive: false, radius: 10, color: "#fff", weight: 3, fillColor: "#c2410c", fillOpacity: 1 }).addTo(marks);
    const degrees = (value) => value.toLocaleString(lang === "fr" ? "fr-FR" : "en-GB", { minimumFractionDigits: 5, maximumFractionDigits: 5 });
    said.textContent = fill(texts.picked, { lat: degrees(lat), lon: degrees(lng) });
    tool.rest();
    pick.focus();
    found(at);
  }
}

// Offers the parks near the place, and for each the letters that its signs bear already, or its name's own.
function parksAround(desk, { park, letters }) {
  const { config: { signage }, speech } = desk;
  let offered = "";
  let asked = 0;
  let names = new Map();
  park.input.addEventListener("change", propose);
  return { around };

  async function around({ lon, lat }) {
    if (!signage.parks) return;
    const mine = (asked += 1);
    const answer = await askService(`${signage.parks}/nearest?lon=${lon}&lat=${lat}`, {}, speech).catch(() => ({ parks: [] }));
    if (mine !== asked) return;
    names = new Map(answer.parks.map(({ id, name }) => [id, name || id]));
    const option = (one) => element("option", { value: one.id, textContent: `${one.name || one.id} (${metres(one.straight_m, speech)})` });
    park.input.replaceChildren(park.input.options[0], ...answer.parks.map(option));
    const nearest = answer.parks[0];
    park.input.value = nearest && nearest.straight_m <= NEAR_PARK_M ? nearest.id : "";
    propose();
  }

  async function propose() {
    const id = park.input.value;
    if (!id || (letters.input.value && letters.input.value !== offered)) return; // somebody's own letters stay
    const page = await askService(`${signage.address}/signs?park=${encodeURIComponent(id)}&limit=1`, {}, speech).catch(() => ({ features: [] }));
    if (park.input.value !== id) return;
    offered = page.features[0]?.id.split("-")[0] ?? lettersOf(names.get(id) ?? "");
    letters.input.value = offered;
  }
}

function lettersOf(name) {
  const plain = name.normalize("NFD").replace(/\p{M}/gu, "").toUpperCase();
  const words = plain.split(/[^A-Z]+/).filter((word) => word.length > 2 && !["PARC", "TERRIL", "SITE", "DES", "LES"].includes(word));
  return (words[0] ?? "").slice(0, 3);
}

// --- sending --------------------------------------------------------------------------------------------------------

async function sendRequest(desk, { keys, given }) {
  const { config: { signage: { address } }, speech: { texts, lang } } = desk;
  requireGiven(given, { texts, lang });
  const { lon, lat } = given.at;
  const facts = { lon, lat, type: given.type, ...(given.park ? { park: given.park } : {}) };
  const sign = JSON.stringify({ facts, birth: { prefix: letterCode(given.letters), draft: false } });
  const made = await sendJson(desk, `${address}/signs`, { body: sign, key: keys.sign(sign) });
  const wanted = JSON.stringify({ wanted: given.wanted.trim(), sign: made.code });
  const asked = await sendJson(desk, `${address}/requests`, { body: wanted, key: keys.request(wanted) }).catch((error) => {
    const { said } = refusal(error);
    throw new Refusal({ ...said, text: fill(texts.half_done, { code: made.code, why: said.text }) }, error.status);
  });
  return { made, asked };
}

function letterCode(text) {
  return text.trim().toUpperCase();
}

function requireGiven({ at, type, letters, wanted }, { texts, lang }) {
  const checks = [
    ["place", at, texts.place_missing],
    ["type", type, texts.type_missing],
    ["letters", /^[A-Z]{2,5}$/.test(letterCode(letters)), texts.letters_wrong],
    ["wanted", wanted.trim(), texts.wanted_missing],
  ];
  const bad = checks.find(([, fits]) => !fits);
  if (bad) throw new Refusal({ text: bad[2], lang, field: bad[0] }, 0);
}

function requestDone(desk, { made, asked }) {
  const { speech: { texts, lang } } = desk;
  L.circleMarker([made.lat, made.lon], { pane: SIGN_PANE, interactive: false, radius: 12, color: "#0b57d0", weight: 4, fillOpacity: 0.05 }).addTo(desk.marks);
  return [
    element("p", { className: "done" }, fill(texts.asked, { code: made.code, n: asked.id, date: numbersIn(lang).date(asked.asked_on) })),
    element("blockquote", { textContent: asked.wanted }),
    element("p", { className: "help", textContent: texts.asked_help }),
    element("p", { className: "choices" }, actionButton(texts.sign_sheet, () => desk.openSign(made.code)), actionButton(texts.ask_another, desk.menu)),
  ];
}
