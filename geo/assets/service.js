// The solar service's answers, and its English sentences in the page's language.
"use strict";

// What the service says, the text of ours that says the same (what is in brackets goes into {0}, {1}, …), and the
// form's field that mends it, or the part of the results that tells it too.
function serviceSentences(texts) {
  return [
    [/^Tariff (\S+) holds from (\S+): not yet on (\S+)\.$/, texts.note_not_yet],
    [/^Tariff (\S+) held until (\S+): prices may differ on (\S+)\.$/, texts.note_held],
    [/^Cost: middle of (\S+) to (\S+) €\/Wc, VAT included; a quotation is better\.$/, texts.note_cost_included],
    [/^Cost: middle of (\S+) to (\S+) €\/Wc, VAT excluded; a quotation is better\.$/, texts.note_cost_excluded],
    [/^Sales count (\S+) €\/kWh after the (\S+) years of the contract\.$/, texts.note_contract],
    [/^Against (.+) \((\S+) g\/kWh\) the installation saves no carbon: about (\S+) g\/kWh over its life cycle\.$/, texts.note_carbon, "carbon"],
    [/^French average production mix of (\d{4})$/, texts.french_mix],
    [/^full sale is not allowed for (\S+) kWc \(up to (\S+) kWc in (\S+)\);/, texts.no_full_sale],
    [/^(\S+) gives no cost for (\S+) kWc;/, texts.no_cost, "cost"],
    [/^(\S+) kWc has no fixed price in (\S+), which ends at (\S+) kWc:/, texts.no_price],
    [/^found a roof that holds no panel,/, texts.no_panel],
    [/^found no building within 50 m,/, texts.no_building],
  ];
}

// {text, lang, field}: ours in the page's language, or the service's own English sentence where we have none for it.
function sayAgain(sentence, { texts, lang }) {
  for (const [pattern, text, field] of serviceSentences(texts)) {
    const found = pattern.exec(sentence);
    if (found) return { text: fill(text, found.slice(1).map((word) => sayWord(word, { texts, lang }))), lang, field };
  }
  return { text: sentence, lang: "en" };
}

function sayWord(word, speech) {
  if (/^\d{4}-\d{2}-\d{2}$/.test(word)) return numbersIn(speech.lang).day(word);
  if (/^(19|20)\d{2}$/.test(word)) return word; // a year
  if (/^\d+(\.\d+)?$/.test(word)) return numbersIn(speech.lang).number(Number(word));
  return /\s/.test(word) ? sayAgain(word, speech).text : word;
}

class Refusal extends Error {
  constructor(said, status) {
    super(said.text);
    this.said = said;
    this.status = status;
  }
}

// What the service answers, or a Refusal that says why not in one line.
async function askService(address, options, speech) {
  const failed = { text: speech.texts.service_failed, lang: speech.lang };
  const response = await fetch(address, options).catch((error) => {
    throw error.name === "AbortError" ? error : new Refusal(failed, 0);
  });
  const body = await response.json().catch(() => null);
  if (options.signal?.aborted) throw new DOMException("a newer question was asked", "AbortError");
  if (response.ok && body !== null) return body;
  throw new Refusal(typeof body?.detail === "string" ? sayAgain(body.detail, speech) : failed, response.status);
}

function isOvertaken(error) {
  return error.name === "AbortError";
}

// The error as a Refusal; any other is a fault of ours and stays one.
function refusal(error) {
  if (error instanceof Refusal) return error;
  throw error;
}
