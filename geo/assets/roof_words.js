// The service's English sentences about roofs, and ours that say the same.
"use strict";

function roofSentences(texts) {
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
