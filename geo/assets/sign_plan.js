// A plan of the pole: years with their budgets, the planner's choices; asked for, followed, cancelled, read.
"use strict";

const POLL_MS = 700; // a plan takes seconds to minutes
const MOST_YEARS = 10;
const MOST_EUROS = 1e9;

// The plan asked for last is found again when the panel opens again; the desk remembers it.
function startSignPlan(desk) {
  if (desk.plan) followPlan(desk);
  else newPlan(desk);
}

// What was typed for the plan before is still there.
function newPlan(desk) {
  desk.plan = null;
  desk.marks.clearLayers();
  desk.form ??= planForm(desk);
  desk.form.token.input.value = desk.token;
  desk.panel.write(desk.speech.texts.plan_title, desk.form.parts);
}

// --- the form -------------------------------------------------------------------------------------------------------

function planForm(desk) {
  const { texts, lang } = desk.speech;
  const { number } = numbersIn(lang);
  const rows = yearRows(desk.speech);
  const share = (name, label, hint, value) => signField({ name, label, hint, input: signText({ inputMode: "decimal", value }) });
  const region = share("region", texts.region_rate, "", number(50));
  const owner = share("owner", texts.owner_rate, "", number(0));
  const epci = share("epci", texts.epci_share, texts.epci_hint, "");
  const open = element("input", { type: "checkbox", id: "sign-open", name: "open" });
  const tick = element("p", { className: "tick" }, open, element("label", { htmlFor: "sign-open", textContent: texts.assume_open }));
  const token = tokenField(desk);
  const key = keyKeeper();
  const boxes = element("div", { className: "fields" }, region.box, owner.box, epci.box);
  region.box.classList.remove("full");
  owner.box.classList.remove("full");
  const send = async () => {
    const body = JSON.stringify(planOrder({ rows: rows.given(), region, owner, epci, open }, desk.speech));
    desk.plan = (await sendJson(desk, `${desk.config.signage.address}/plans`, { body, key: key(body) })).id;
    if (form.isConnected) followPlan(desk); // else the panel was closed meanwhile
  };
  const fields = () => [...rows.fields(), region, owner, epci, token];
  const form = signForm({ desk, fields, parts: [rows.box, boxes, tick, element("div", { className: "fields" }, token.box)], verb: texts.make_plan, sending: texts.asking, send });
  return { token, parts: [element("p", { textContent: texts.plan_help }), form] };
}

// Rows of a year and its budget, one at least; each field is named by its row.
function yearRows({ texts, lang }) {
  const list = element("ul", { className: "year-rows" });
  const add = actionButton(texts.add_year, () => append(nextYear()).input.focus());
  const box = element("fieldset", { className: "field-set" }, element("legend", { textContent: texts.years }), list, add);
  let made = 0;
  let rows = [];
  append(new Date().getFullYear() + 1);
  return { box, fields: () => rows.flatMap(({ year, euros }) => [year, euros]), given: () => rows.map(({ year, euros }) => ({ year, euros })) };

  function nextYear() {
    const last = Number(rows[rows.length - 1].year.input.value);
    return Number.isInteger(last) && last > 0 ? last + 1 : "";
  }

  function append(first) {
    made += 1;
    const year = signField({ name: `year-${made}`, label: texts.year, input: signText({ inputMode: "numeric", maxLength: 4, value: String(first) }), needed: true });
    const euros = signField({ name: `euros-${made}`, label: texts.euros, input: signText({ inputMode: "decimal" }), needed: true });
    const remove = actionButton("×", () => drop(row), "remove");
    const item = element("li", {}, year.box, euros.box, remove);
    const row = { year, euros, item };
    const name = () => remove.setAttribute("aria-label", fill(texts.remove_year, { year: year.input.value }));
    year.input.addEventListener("input", name);
    name();
    rows.push(row);
    list.append(item);
    settle();
    return euros;
  }

  function drop(row) {
    const at = rows.indexOf(row);
    rows = rows.filter((one) => one !== row);
    row.item.remove();
    settle();
    (rows[at] ?? rows[at - 1]).year.input.focus();
  }

  function settle() {
    add.hidden = rows.length >= MOST_YEARS;
    for (const { item } of rows) item.querySelector(".remove").hidden = rows.length === 1;
  }
}

// What is sent, or a Refusal that names the first field that cannot be.
function planOrder({ rows, region, owner, epci, open }, speech) {
  const { texts, lang } = speech;
  const years = {};
  for (const { year, euros } of rows) {
    const number = /^\d{4}$/.test(year.input.value.trim()) ? Number(year.input.value) : NaN;
    if (!(number >= 2000 && number <= 2100)) throw wrong(year, texts.year_wrong);
    if (number in years) throw wrong(year, fill(texts.year_twice, { year: number }));
    years[number] = within(euros, MOST_EUROS, texts.euros_wrong);
  }
  const rates = { region_rate: within(region, 100, texts.share_wrong) / 100, owner_rate: within(owner, 100, texts.share_wrong) / 100 };
  const least = epci.input.value.trim() ? { least_epci_share: { "*": within(epci, 100, texts.share_wrong) / 100 } } : {};
  return { years, ...rates, ...least, assume_open: open.checked };

  function within({ name, input }, most, text) {
    const value = numbersIn(lang).parse(input.value);
    if (!(value >= 0 && value <= most)) throw wrong({ name }, text);
    return value;
  }

  function wrong({ name }, text) {
    return new Refusal({ text, lang, field: name }, 0);
  }
}

// --- following it ---------------------------------------------------------------------------------------------------

async function followPlan(desk) {
  const { panel, speech: { texts }, speech } = desk;
  const address = `${desk.config.signage.address}/plans/${desk.plan}`;
  const view = progressView(desk, () => askService(address, { method: "DELETE", headers: signHeaders(desk) }, speech));
  let gone = false;
  desk.leave = () => { gone = true; };
  panel.write(texts.plan_title, view.parts);
  while (!gone) {
    try {
      const job = await askService(address, { headers: signHeaders(desk) }, speech);
      if (gone) return;
      if (job.state === "done") return showPlan(desk, job);
      if (job.state === "failed" || job.state === "cancelled") return endPlan(desk, job);
      view.tell(job);
    } catch (error) {
      if (gone) return;
      const refused = refusal(error);
      if (refused.status > 0 && refused.status < 500) return endPlan(desk, { refused });
      view.say(refused.said.text); // no answer now: it is asked again
    }
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
}

function progressView(desk, cancel) {
  const { texts } = desk.speech;
  const bar = element("progress", { max: 1, value: 0, id: "sign-progress" });
  const step = element("p", { className: "step", textContent: texts.step_waiting });
  step.setAttribute("role", "status");
  const line = element("p", { className: "refusal", hidden: true });
  line.setAttribute("role", "alert");
  const stop = actionButton(texts.cancel, async () => {
    stop.disabled = true;
    await cancel().catch((error) => { stop.disabled = false; say(refusal(error).said.text); });
  });
  const parts = [element("label", { htmlFor: "sign-progress", textContent: texts.progress }), bar, step, element("p", { className: "help", textContent: texts.progress_help }), line, stop];
  return { parts, tell, say };

  function tell(job) {
    bar.value = job.progress;
    const said = fill(texts.step, { step: stepName(job.step, texts) });
    if (step.textContent !== said) step.textContent = said;
    say("");
  }

  function say(text) {
    line.hidden = !text;
    line.textContent = text;
  }
}

function stepName(step, texts) {
  const names = { waiting: texts.step_waiting, start: texts.step_start, layers: texts.step_layers, network: texts.step_network, "shortest ways": texts.step_ways, flows: texts.step_flows, needs: texts.step_needs, search: texts.step_search, texts: texts.step_texts, done: texts.step_files, files: texts.step_files };
  return Object.hasOwn(names, step) ? names[step] : step;
}

function endPlan(desk, { refused, error }) {
  const { panel, speech: { texts }, speech } = desk;
  const why = refused ?? (error ? new Refusal(sayAgain(error, speech), 0) : null);
  desk.plan = null;
  panel.write(texts.plan_title, [why ? refusalLine(why) : element("p", { textContent: texts.cancelled }), actionButton(texts.new_plan, () => newPlan(desk))]);
}
