"""Layers of the brownfields: the inventory, what is doubtful in it, what is known of each site, car parks."""

from typing import Final

from geo.catalogue.words import AREA, ID, NAME, ORIGIN, PLACE, count, number, text
from geo.layers import Column, Layer, Quiet, Style, Text

OWNER: Final = {
    "public": Text("public", "public"),
    "private": Text("privé", "private"),
    "shared": Text("copropriété", "joint ownership"),
    "mixed": Text("public et privé", "public and private"),
}
STATUS: Final = {
    "observed": Text("lu dans une source", "read in a source"),
    "derived": Text("calculé", "computed"),
    "unknown": Text("inconnu", "unknown"),
}
AREA_STATUS: Final = {
    "drawn": Text("contour connu", "known outline"),
    "stated": Text("surface déclarée, sans contour", "stated area, no outline"),
    "unknown": Text("inconnue", "unknown"),
}

BROWNFIELDS: Final = Layer(
    name="brownfields",
    title=Text("Friches", "Brownfields"),
    summary=Text("Friches recensées sur le territoire.", "Brownfields recorded in the territory."),
    geometry=(*AREA, "Point"),
    columns={
        "id": ID,
        "name": NAME,
        "kind": text("Type de site", "Kind of site"),
        "status": text("Statut (CNIG)", "Status (CNIG)"),
        "activity": text("Ancienne activité", "Former activity"),
        "area_m2": number("m²", "Surface déclarée", "Stated area"),
        "drawn_area_m2": number("m²", "Surface du contour", "Area of the outline"),
        "area_status": text("Surface connue par", "Area known by", AREA_STATUS),
        "net_area_m2": number("m²", "Surface nette", "Net area"),
        "net_area_status": text("Surface nette", "Net area (how known)", STATUS),
        "net_area_method": text("Déductions faites et non faites", "What was and was not deducted (in French)"),
        "built_area_m2": number("m²", "dont bâti et ses abords", "of which buildings and their surroundings"),
        "excluded_area_m2": number("m²", "dont zones exclues", "of which excluded zones"),
        "steep_area_m2": number("m²", "dont trop pentu", "of which too steep"),
        "shaded_area_m2": number("m²", "dont trop ombragé", "of which too shaded"),
        "slope_deg": number("°", "Pente médiane", "Median slope"),
        "light_share": number("/1", "Lumière reçue, part d'un sol plat dégagé", "Light received, share of open ground"),
        "pollution": text("Pollution du sol", "Soil pollution"),
        "building_pollution": text("Pollution du bâti", "Pollution of the buildings"),
        "building_state": text("État du bâti", "State of the buildings"),
        "buildings": count("bâtiments", "Bâtiments déclarés", "Stated buildings"),
        "heritage": text("Patrimoine bâti (CNIG)", "Built heritage (CNIG)"),
        "zone_type": text("Type de zone", "Kind of zone"),
        "zoning": text("Zone d'urbanisme", "Zoning"),
        "renewables_zone": text("Zone d'accélération (ZAER)", "Acceleration zone (renewables)"),
        "owner": text("Propriétaire (public ou privé)", "Owner (public or private)", OWNER),
        "parcels": text("Parcelles", "Parcels", shown=False),
        "identified": text("Recensée le", "Recorded on"),
        "updated": text("Mise à jour", "Updated"),
        **PLACE,
        "insee_declared": text("Commune déclarée", "Declared commune"),
        "commune_corrected": Column("boolean", "", Text("Commune corrigée", "Commune corrected")),
        "source_ids": text("Identifiants dans les sources", "Ids in the sources", shown=False),
        "sources": text("Inventaires", "Inventories"),
        **ORIGIN,
    },
    style=Style("#a03c78"),
    quiet=Quiet("certainty", ("unverified",), Text("sites historiques non vérifiés", "unverified historical sites")),
)

ISSUE: Final = {
    "shared_coordinates": Text("plusieurs sites au même point", "several sites at one point"),
    "shared_parcels": Text("deux sites sur les mêmes parcelles", "two sites on the same parcels"),
    "overlap": Text("deux sites se recouvrent", "two sites overlap"),
    "like_name": Text("deux sites voisins de même nom", "two near sites of the same name"),
    "ambiguous_merge": Text("rapprochement ambigu, non fait", "ambiguous match, not made"),
    "commune_conflict": Text(
        "commune déclarée autre que celle du terrain", "declared commune is not that of the ground"
    ),
    "outside_territory": Text("hors du territoire", "outside the territory"),
    "not_in_inventory": Text("site connu, absent des inventaires", "known site that no inventory has"),
}

BROWNFIELDS_ISSUES: Final = Layer(
    name="brownfields_issues",
    title=Text("Friches : points à vérifier", "Brownfields: points to check"),
    summary=Text(
        "Doublons possibles, communes contredites, rapprochements ambigus : rien n'est tranché d'office.",
        "Possible duplicates, contradicted communes, ambiguous matches: nothing is decided automatically.",
    ),
    geometry=(*AREA, "Point"),
    columns={
        "id": ID,
        "name": text("Site", "Site"),
        "kind": text("Nature", "Kind", ISSUE),
        "sites": text("Identifiants des sites", "Ids of the sites"),
        "count": count("sites", "Sites concernés", "Sites concerned"),
        "message": text("Constat", "Finding (in French)"),
        "message_en": text("Constat (en anglais)", "Finding"),
        "found": text("Trouvé", "Found"),
        "expected": text("Attendu", "Expected"),
        "action": text("Que faire", "What to do (in French)"),
        "action_en": text("Que faire (en anglais)", "What to do"),
        **PLACE,
        **ORIGIN,
    },
    style=Style("#b91c1c", on=False),
    may_be_empty=True,
)

BROWNFIELD_FACTS: Final = Layer(
    name="brownfield_facts",
    title=Text("Friches : ce que l'on sait", "Brownfields: what is known"),
    summary=Text(
        "Un critère par ligne et par friche : valeur, source, date, et si elle est lue, calculée ou inconnue.",
        "One criterion of one brownfield a row: value, source, date, and whether it is read, computed or unknown.",
    ),
    geometry=("Point",),
    columns={
        "id": ID,
        "name": NAME,
        "site_id": text("Identifiant de la friche", "Id of the brownfield", shown=False),
        "criterion": text("Critère", "Criterion"),
        "value": text("Valeur", "Value"),
        "unit": text("Unité", "Unit"),
        "status": text("Statut", "Status", STATUS),
        "date": text("Date", "Date"),
        **PLACE,
        **ORIGIN,
    },
    style=Style("#a03c78", on=False),
)

OBLIGATION: Final = {
    "obliged": Text("ombrières sur la moitié, sauf exemption", "canopies over one half, unless exempt"),
    "unknown": Text("inconnue", "unknown"),
}
EXEMPTION: Final = {"unknown": Text("inconnu", "unknown")}

CAR_PARKS: Final = Layer(
    name="car_parks",
    title=Text("Parkings de plus de 1 500 m²", "Car parks over 1,500 m²"),
    summary=Text(
        "Parcs de stationnement extérieurs que vise l'article 40 de la loi APER : échéance et potentiel estimés. La "
        "surface est celle du contour cartographié, les exemptions sont inconnues.",
        "Outdoor car parks within article 40 of the APER act: date and potential, estimated. The area is that of the "
        "mapped outline; exemptions are unknown.",
    ),
    geometry=AREA,
    columns={
        "id": ID,
        "name": NAME,
        "area_m2": number("m²", "Surface du contour", "Area of the outline"),
        "obligation": text("Obligation (APER, art. 40)", "Obligation (APER, art. 40)", OBLIGATION),
        "due": text("Échéance", "Due date"),
        "exempt_technical": text("Exemption : contrainte technique", "Exemption: technical constraint", EXEMPTION),
        "exempt_heritage": text("Exemption : patrimoine ou nature", "Exemption: heritage or nature", EXEMPTION),
        "exempt_cost": text("Exemption : coût excessif", "Exemption: excessive cost", EXEMPTION),
        "exempt_trees": text("Exemption : ombragé par des arbres", "Exemption: shaded by trees", EXEMPTION),
        "exempt_removal": text("Exemption : suppression prévue", "Exemption: removal planned", EXEMPTION),
        "canopy_area_m2": number("m²", "Ombrières à poser", "Canopies to build"),
        "kwp": number("kWc", "Puissance estimée", "Estimated power"),
        "energy_low_mwh": number("MWh/an", "Production estimée, basse", "Estimated energy, low"),
        "energy_mwh": number("MWh/an", "Production estimée", "Estimated energy"),
        "energy_high_mwh": number("MWh/an", "Production estimée, haute", "Estimated energy, high"),
        "weather": text("Année météo", "Weather year"),
        **PLACE,
        **ORIGIN,
    },
    style=Style("#0f766e", on=False),
    may_be_empty=True,
)
