// The form that simulates a roof, and what it answers: energy, money of many years, carbon, caveats.
"use strict";

// name: how the form calls it; above, least, most: what is taken; slack: how rounded the most may be written; needed: no
// simulation without it; more: behind the fold; full: as wide as the form.
function simulationFields({ solar, texts, roofKwp, write }) {
  return [
    { name: "yearly_kwh", label: texts.yearly_kwh, unit: "kWh", hint: texts.from_the_bill, needed: true, above: 0, most: solar.most_yearly_kwh },
    { name: "retail", label: texts.retail, unit: "€/kWh", hint: texts.retail_hint, example: texts.retail_example, needed: true, least: 0, most: solar.most_retail_eur_per_kwh },
    { name: "kwp", label: texts.kwp_wanted, unit: "kWc", hint: fill(texts.kwp_hint, { most: write(roofKwp) }), needed: true, value: Math.min(solar.usual_kwp, roofKwp), above: 0, most: roofKwp, slack: Math.max(0.06, roofKwp * 5e-4) },
    { name: "cost", label: texts.cost, unit: "€", hint: texts.cost_hint, full: true, above: 0, most: 1e9 },
    { name: "battery_kwh", label: texts.battery_kwh, unit: "kWh", more: true, least: 0, most: 1e6 },
    { name: "battery_eur", label: texts.battery_eur, unit: "€/kWh", more: true, least: 0, most: 1e6 },
    { name: "upkeep", label: texts.upkeep, unit: texts.eur_year, more: true, least: 0, most: 1e9 },
    { name: "escalation", label: texts.escalation, unit: texts.percent_year, more: true, value: 100 * solar.retail_escalation, least: -40, most: 40 },
    { name: "discount", label: texts.discount, unit: texts.percent_year, more: true, value: 100 * solar.discount_rate, least: -40, most: 90 },
  ];
}

function simulationForm({ page, solar, speech }) {
  const { texts } = speech;
  const { parse, number } = numbersIn(speech.lang);
  const facts = page.building.properties;
  const fields = simulationFields({ solar, texts, roofKwp: facts.kwp, write: number });
  const inputs = Object.fromEntries(fields.map((field) => [field.name, simulationInput(field, number)]));
  const kind = simulationChoice("kind", texts.profile, { household: texts.household, school: texts.school, office: texts.office, shop: texts.shop });
  const mode = simulationChoice("mode", texts.mode, { surplus: texts.surplus, full_sale: texts.full_sale });
  mode.box.classList.add("full");
  const button = element("button", { type: "submit", className: "main", textContent: texts.simulate });
  const refused = element("p", { className: "refusal", id: "simulation-refusal", hidden: true });
  refused.setAttribute("role", "alert");
  const results = element("section", { className: "results", hidden: true });
  const boxes = (more) => fields.filter((field) => Boolean(field.more) === more).map((field) => inputs[field.name].box);
  const extra = element("details", {}, element("summary", { textContent: texts.more }), element("div", { className: "fields" }, ...boxes(true)));
  const form = element("form", { className: "simulation", noValidate: true }, element("h3", { textContent: texts.simulate_title }), element("p", { className: "help", textContent: texts.needed_help }), element("div", { className: "fields" }, kind.box, ...boxes(false), mode.box), extra, refused, button);
  let busy = false;

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!busy) run();
  });
  return element("section", { className: "simulate" }, form, results);

  async function run() {
    const wrong = check();
    refuse(wrong);
    if (wrong) return;
    wait(true);
    try {
      const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(question()) };
      const answer = await askService(`${solar.address}/simulations`, options, speech);
      results.replaceChildren(...simulationResults(answer, { facts, speech, rate: value("discount") / 100 }));
      results.hidden = false;
      results.firstElementChild.focus();
    } catch (error) {
      results.hidden = true;
      const { said } = refusal(error);
      refuse({ said, name: said.field });
    } finally {
      wait(false);
    }
  }

  function wait(wanted) {
    busy = wanted;
    form.setAttribute("aria-busy", String(wanted));
    button.setAttribute("aria-disabled", String(wanted));
    button.textContent = wanted ? texts.simulating : texts.simulate;
  }

  function refuse(wrong) {
    for (const { input } of Object.values(inputs)) input.removeAttribute("aria-invalid");
    refused.hidden = !wrong;
    refused.textContent = wrong ? wrong.said.text : "";
    refused.lang = wrong ? wrong.said.lang : speech.lang;
    const field = wrong && inputs[wrong.name];
    if (!field) return;
    if (extra.contains(field.input)) extra.open = true;
    field.input.setAttribute("aria-invalid", "true");
    field.input.focus();
    refused.scrollIntoView({ block: "nearest" }); // on a phone the line may stand below what is seen
  }

  function value(name) {
    const text = inputs[name].input.value.trim();
    return text === "" ? undefined : parse(text);
  }

  // The first answer that cannot be, {said, name}, or null.
  function check() {
    const bad = fields.find((field) => !fits(field, value(field.name)));
    const wrong = (name, text) => ({ name, said: { text, lang: speech.lang } });
    if (bad) return wrong(bad.name, fill(value(bad.name) === undefined ? texts.field_missing : texts.field_wrong, { label: bad.label, least: number(bad.above ?? bad.least), most: number(bad.most) }));
    if (value("battery_kwh") > 0 && value("battery_eur") === undefined) return wrong("battery_eur", texts.battery_price_missing);
    if (value("battery_kwh") > 0 && mode.select.value === "full_sale") return wrong("battery_kwh", texts.battery_not_sold);
    return null;
  }

  function fits(field, given) {
    if (given === undefined) return !field.needed;
    return given >= (field.least ?? field.above) && given <= field.most + (field.slack ?? 0) && given !== field.above;
  }

  function question() {
    const { most, slack } = fields.find((field) => field.name === "kwp");
    const wanted = value("kwp") > most - slack ? most : value("kwp");
    const each = facts.kwp / facts.panels;
    const kwp = Math.max(1, Math.floor(wanted / each + 1e-9)) * each; // whole panels, as the service counts them
    const money = { retail_eur_per_kwh: value("retail"), mode: mode.select.value, battery_kwh: value("battery_kwh"), battery_eur_per_kwh: value("battery_eur"), upkeep_eur_per_year: value("upkeep"), retail_escalation: share("escalation"), discount_rate: share("discount") };
    if (value("cost") !== undefined) money.cost_eur_per_wp = value("cost") / (kwp * 1000);
    return { building_id: page.building.id, kwp: wanted, load: { kind: kind.select.value, yearly_kwh: value("yearly_kwh") }, money };
  }

  function share(name) {
    return value(name) === undefined ? undefined : value(name) / 100;
  }
}

function simulationInput(field, write) {
  const id = `simulation-${field.name}`;
  const input = element("input", { id, name: field.name, type: "text", inputMode: "decimal", autocomplete: "off", required: Boolean(field.needed), placeholder: field.example ?? "", value: field.value === undefined ? "" : write(field.value) });
  const label = element("label", { htmlFor: id }, field.label, element("span", { className: "unit", textContent: ` (${field.unit})` }));
  if (field.needed) label.append(element("span", { className: "needed", textContent: " *" }));
  const described = ["simulation-refusal"];
  const box = element("div", { className: field.full ? "field full" : "field" }, label, input);
  if (field.hint) {
    described.unshift(`${id}-hint`);
    box.append(element("p", { className: "help", id: `${id}-hint`, textContent: field.hint }));
  }
  input.setAttribute("aria-describedby", described.join(" "));
  return { input, box };
}

function simulationChoice(name, label, options) {
  const id = `simulation-${name}`;
  const select = element("select", { id, name }, ...Object.entries(options).map(([value, textContent]) => element("option", { value, textContent })));
  return { select, box: element("div", { className: "field" }, element("label", { htmlFor: id, textContent: label }), select) };
}
