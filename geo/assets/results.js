// What a simulation answers, in words, figures and one line.
"use strict";

function simulationResults(answer, { facts, speech, rate }) {
  const { texts, lang } = speech;
  const { whole, number } = numbersIn(lang);
  const panels = Math.round((answer.kwp * facts.panels) / facts.kwp);
  const heading = element("h3", { tabIndex: -1, textContent: fill(texts.results, { kwp: number(Math.round(answer.kwp * 1000) / 1000), panels: whole(panels) }) });
  const made = fill(texts.made, { made: whole(answer.production_kwh), sold: whole(answer.exported_kwh), bought: whole(answer.imported_kwh) });
  return [
    heading,
    element("p", { className: "help", textContent: made }),
    resultFigures(answer, { speech, rate }),
    cashLine(answer, speech),
    carbon(answer, speech),
    caveats(answer, speech),
  ];
}

function resultFigures(answer, { speech: { texts, lang }, rate }) {
  const { whole, number, percent } = numbersIn(lang);
  const euros = (value) => `${whole(value)}\u00a0€`;
  const years = answer.cash_flows_eur.length - 1;
  const figures = [
    ["wide", percent(answer.self_consumption), texts.self_consumption, texts.self_consumption_help],
    ["wide", percent(answer.self_sufficiency), texts.self_sufficiency, texts.self_sufficiency_help],
    ["", `${euros(answer.bill_savings_eur)}${texts.per_year}`, texts.savings],
    ["", `${euros(answer.sales_eur)}${texts.per_year}`, texts.sales],
    ["", euros(answer.cost_eur), texts.investment],
    ["", euros(answer.premium_eur), texts.premium],
    ["", answer.payback_years === null ? fill(texts.no_payback, { years }) : fill(texts.payback_years, { years: number(Math.round(answer.payback_years * 10) / 10) }), texts.payback],
    ["", answer.irr === null ? texts.none : percent(answer.irr, 1), texts.irr],
    ["whole", euros(answer.npv_eur), fill(texts.npv, { years, rate: percent(rate, 1) }), answer.npv_eur < 0 ? texts.npv_loss : texts.npv_gain],
  ];
  return element("dl", { className: "figures" }, ...figures.map(([className, value, label, ...help]) => element("div", { className }, element("dt", { textContent: label }), element("dd", { textContent: value }), ...help.map((textContent) => element("dd", { className: "help", textContent })))));
}

function cashLine(answer, { texts, lang }) {
  const { whole } = numbersIn(lang);
  let sum = 0;
  const values = answer.cash_flows_eur.map((flow) => (sum += flow));
  const last = values.length - 1;
  return lineChart({
    values,
    labels: values.map((_, year) => String(year)),
    names: values.map((_, year) => fill(texts.year_number, { year })),
    title: texts.cash_line,
    summary: fill(texts.cash_summary, { first: whole(values[0]), last: whole(values[last]), years: last }),
    write: whole,
    tableText: texts.in_a_table,
    head: [texts.year, "€"],
    mark: answer.payback_years,
  });
}

function carbon(answer, speech) {
  const { texts, lang } = speech;
  const { whole, number } = numbersIn(lang);
  const { counterfactual, counterfactual_g_per_kwh: grams, avoided_kg: avoided, emitted_kg: emitted } = answer.carbon;
  const words = { years: answer.cash_flows_eur.length - 1, against: sayAgain(counterfactual, speech).text, grams: number(grams), avoided: whole(avoided), emitted: whole(emitted), net: whole(Math.abs(avoided - emitted)) };
  const sentence = fill(avoided > emitted ? texts.carbon_saved : texts.carbon_not_saved, words);
  return element("p", { className: "carbon" }, element("strong", { textContent: texts.carbon }), ` ${sentence}`);
}

function caveats(answer, speech) {
  const { texts } = speech;
  const said = answer.notes.map((note) => sayAgain(note, speech)).filter((note) => note.field !== "carbon");
  if (answer.synthetic) said.unshift({ text: texts.invented_results, lang: speech.lang });
  const lines = [...said, { text: fill(texts.weather_note, { weather: answer.weather }), lang: speech.lang }, { text: texts.profile_note, lang: speech.lang }, { text: texts.estimate, lang: speech.lang }];
  const list = element("ul", {}, ...lines.map(({ text, lang }) => element("li", { lang, textContent: text })));
  return element("section", { className: "caveats" }, element("h4", { textContent: texts.caveats }), list);
}
