"""The layer of ranked brownfields."""

from typing import Final

from geo.catalogue.words import AREA, ID, NAME, ORIGIN, PLACE, count, number, text
from geo.layers import Column, Layer, Quiet, Ramp, Style, Text

BROWNFIELD_SCORES: Final = Layer(
    name="brownfield_scores",
    title=Text("Friches : score et potentiel solaire", "Brownfields: score and solar potential"),
    summary=Text(
        "Score de 0 à 1 avec son intervalle, rang possible, indice publié, puissance et production possibles.",
        "Score from 0 to 1 with its interval, possible rank, published index, possible power and energy.",
    ),
    geometry=(*AREA, "Point"),
    columns={
        "id": ID,
        "name": NAME,
        "site_id": text("Identifiant de la friche", "Id of the brownfield", shown=False),
        "score": number("0-1", "Score, milieu de l'intervalle", "Score, middle of its interval"),
        "score_low": number("0-1", "Score au pire des inconnues", "Score, unknowns at their worst"),
        "score_high": number("0-1", "Score au mieux des inconnues", "Score, unknowns at their best"),
        "known_share": number("0-1", "Part du poids des critères connus", "Weight of known criteria"),
        "rank": count("rang", "Rang", "Rank"),
        "rank_best": count("rang", "Meilleur rang possible", "Best possible rank"),
        "rank_worst": count("rang", "Pire rang possible", "Worst possible rank"),
        "rank_likely_best": count("rang", "Rang probable, meilleur (9 tirages sur 10)", "Likely best rank"),
        "rank_likely_worst": count("rang", "Rang probable, pire (9 tirages sur 10)", "Likely worst rank"),
        "excluded_by": text("Exclue par", "Excluded by"),
        "may_be_excluded": Column("boolean", "", Text("Exclusion possible", "May be excluded"), shown=False),
        "published_index": number("%", "Indice publié (Mutafriches, photovoltaïque au sol)", "Published index"),
        "published_reliability": number("%", "Fiabilité de l'indice publié", "Reliability of the published index"),
        "net_area_ha": number("ha", "Surface nette", "Net area"),
        "mwp_low": number("MWc", "Puissance possible, bas", "Possible power, low"),
        "mwp_mid": number("MWc", "Puissance possible, milieu", "Possible power, middle"),
        "mwp_high": number("MWc", "Puissance possible, haut", "Possible power, high"),
        "mwh_low": number("MWh/an", "Production possible, bas", "Possible energy, low"),
        "mwh_mid": number("MWh/an", "Production possible, milieu", "Possible energy, middle"),
        "mwh_high": number("MWh/an", "Production possible, haut", "Possible energy, high"),
        "yield_kwh_per_kwp": number("kWh/kWc/an", "Productible retenu", "Yield taken"),
        **PLACE,
        **ORIGIN,
    },
    style=Style(
        "#a03c78",
        ramp=Ramp(
            "score", ((0.0, "#f1eef6"), (0.35, "#d7b5d8"), (0.45, "#df65b0"), (0.55, "#dd1c77"), (0.65, "#980043"))
        ),
        on=False,
    ),
    quiet=Quiet("certainty", ("unverified",), Text("sites historiques non vérifiés", "unverified historical sites")),
)
