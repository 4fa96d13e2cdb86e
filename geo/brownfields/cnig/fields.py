"""The 51 fields of the CNIG Friches standard, version 1.0.6, as facts: order, type, values allowed, form of a value.

Source: schema `cnigfr/schema-friches`, v1.0.6 of 2025-12-16 (Licence Ouverte 2.0), github.com/cnigfr/schema-friches.
Files made before v1.0.6 have 50 fields: all but `urba_zaer`.
"""

from typing import Final, Literal, NamedTuple

Kind = Literal["text", "date", "year", "integer"]
Version = Literal["1.0.6", "50"]

VERSIONS: Final[tuple[Version, ...]] = ("1.0.6", "50")
SEPARATOR: Final = "|"
"""What stands between the values of a cell that holds several."""
LATEST_ONLY: Final = "urba_zaer"

UNKNOWN: Final = ("inconnu", "autre", "sans objet")
"""The three values that end most lists."""


class Field(NamedTuple):
    """What the standard asks of one column.

    `values` lists the values allowed and `form` is the regular expression that a whole value matches; both hold for
    each part when `many`. `shape` says the form in words, for messages.
    """

    name: str
    kind: Kind = "text"
    required: bool = False
    values: tuple[str, ...] = ()
    form: str = ""
    shape: str = ""
    many: bool = False


URL: Final = r"https?://(?:(?![,;]https?://)[^|\s])+"
URL_SHAPE: Final = "une adresse http:// ou https:// sans espace"
EMAIL: Final = r"[A-Za-z0-9_.+-]+@(?:[A-Za-z0-9_-]+\.)+[A-Za-z0-9_-]{2,}"
INSEE: Final = r"(?:0[1-9]|1[0-9]|2[1-9AB]|[3-8][0-9]|9[0-5])[0-9]{3}|9[78][0-9]{3}"
PARCEL: Final = r"[0-9A-B]{2}[0-9]{6}[0-9A-Z]{2}[0-9]{4}"


def listed(name: str, *values: str, required: bool = False, many: bool = False) -> Field:
    """Return a field whose values are listed."""
    return Field(name, required=required, values=values, many=many)


def formed(name: str, form: str, shape: str, *, required: bool = False, many: bool = False) -> Field:
    """Return a field of text whose values have one form."""
    return Field(name, required=required, form=form, shape=shape, many=many)


FIELDS: Final[tuple[Field, ...]] = (
    formed("site_id", rf"(?:{INSEE})_\S+", "<code INSEE>_<identifiant> sans espace, comme 62427_7723", required=True),
    Field("site_nom", required=True),
    listed(
        "site_type",
        "friche industrielle",
        "friche commerciale",
        "friche hospitalière",
        "friche agro-industrielle",
        "friche carrière ou mine",
        "friche militaire",
        "friche d'habitat",
        "friche d'équipement public",
        "friche portuaire",
        "friche aéroportuaire",
        "friche ferroviaire",
        "friche logistique",
        "friche loisir tourisme hôtellerie",
        "friche enseignement",
        "friche cultuelle",
        "mixte - dominante habitat",
        "mixte - autre",
        *UNKNOWN,
        required=True,
    ),
    Field("site_adresse"),
    Field("site_identif_date", "date", required=True),
    Field("site_actu_date", "date", required=True),
    formed("site_url", URL, URL_SHAPE, many=True),
    formed("site_ademe_url", URL, URL_SHAPE),
    listed(
        "site_securite",
        "évacuation des produits dangereux et déchets présents sur le site",
        "interdictions ou limitations d'accès au site",
        "suppression des risques d'incendie et d'explosion",
        "surveillance des effets de l'installation sur son environnement",
        "mesures de gestion de pollution ou restrictions temporaires",
        "existence d'une attestation de mise en sécurité",
        *UNKNOWN,
    ),
    listed(
        "site_occupation",
        "totalement inoccupé",
        "partiellement inoccupé",
        "occupation transitoire ou temporaire",
        "occupation illicite supposée",
        "occupation illicite avérée",
        *UNKNOWN,
    ),
    listed(
        "site_statut",
        "friche potentielle",
        "friche sans projet",
        "friche avec projet",
        "friche reconvertie",
        *UNKNOWN,
    ),
    formed("site_projet_url", rf"{URL}|{EMAIL}", "une adresse http(s):// ou une adresse mail"),
    Field("site_reconv_annee", "year"),
    listed(
        "site_reconv_type",
        "habitat",
        "bureau",
        "commerce",
        "industrie",
        "autres activités économiques",
        "équipement public",
        "aménagement d'espace public",
        "renaturation",
        "panneaux photovoltaïques",
        "énergie, hors photovoltaïque",
        "mixte",
        *UNKNOWN,
    ),
    Field("activite_libelle"),
    formed("activite_code", r"[A-Z][0-9]{2}\.[0-9]{2}[A-Z]", "un code BASIAS comme B05.10Z", many=True),
    Field("activite_fin_annee", "year"),
    formed("comm_nom", r"[^\d=@+<>][^\d<>]*", "le nom d'une commune, sans chiffre", required=True),
    formed("comm_insee", INSEE, "un code INSEE de commune à 5 caractères, comme 62427 ou 2A004", required=True),
    listed("bati_type", "industriel", "commercial", "résidentiel", "secteur tertiaire", *UNKNOWN, many=True),
    Field("bati_nombre", "integer"),
    Field("bati_surface", "integer"),
    listed("bati_pollution", "amiante", "plomb", *UNKNOWN),
    listed("bati_vacance", "occupé", "partiellement occupé", "vacant", *UNKNOWN),
    listed(
        "bati_patrimoine",
        "aucun",
        "présence d'un bâtiment d'intérêt",
        "présence d'un bâtiment classé",
        *UNKNOWN,
    ),
    listed(
        "bati_etat",
        "dégradation inexistante ou faible",
        "dégradation moyenne",
        "dégradation très importante",
        "dégradation hétérogène",
        *UNKNOWN,
    ),
    Field("local_ancien_annee", "year"),
    Field("local_recent_annee", "year"),
    formed("proprio_type", r"[A-Z][0-9][a-z]", "un code de propriétaire comme P4a", many=True),
    listed("proprio_personne", "personne physique", "personne morale", *UNKNOWN, many=True),
    Field("proprio_nom"),
    Field("sol_pollution_annee", "year"),
    listed(
        "sol_pollution_existe",
        "pollution inexistante",
        "pollution traitée",
        "pollution peu probable",
        "pollution supposée",
        "pollution avérée",
        *UNKNOWN,
    ),
    listed(
        "sol_pollution_origine",
        "dépôt de déchets, stockages de produits",
        "pollution due au fonctionnement de l'installation",
        "origine accidentelle (transport, transbordement, manipulation,...)",
        "retombées atmosphériques",
        *UNKNOWN,
    ),
    Field("sol_pollution_commentaire"),
    formed("sol_depollution_fiche", URL, URL_SHAPE),
    Field("unite_fonciere_surface", "integer"),
    formed(
        "unite_fonciere_refcad", PARCEL, "un identifiant de parcelle à 14 caractères, comme 62846000AH0335", many=True
    ),
    listed("urba_zone_type", "U", "AUc", "AUs", "A", "N", "Zc", "ZCa", "ZnC", "RNU", *UNKNOWN),
    Field("urba_zone_lib"),
    Field("urba_zone_formdomi"),
    listed("urba_zaer", "oui", "non", "inconnu", required=True),
    listed("urba_doc_type", "RNU", "CC", "PLU", "PLUI", "PSMV", *UNKNOWN),
    formed("desserte_distance", r"[0-9]+\|[0-9]+\|[0-9]+", "trois distances entières séparées par |, comme 2|6|46"),
    Field("desserte_commentaire"),
    Field("source_nom", required=True),
    formed("source_url", URL, URL_SHAPE),
    Field("source_producteur"),
    formed("source_contact", EMAIL, "une adresse mail"),
    Field("geompoint", required=True),
    Field("geomsurf"),
)

GEOMETRIES: Final = ("geompoint", "geomsurf")
FREE_TEXTS: Final = tuple(
    field.name
    for field in FIELDS
    if field.kind == "text" and not field.values and not field.form and field.name not in GEOMETRIES
)
"""Fields in which anybody writes what they like."""


def fields_of(version: Version) -> tuple[Field, ...]:
    """Return the fields of a version of the standard, in order."""
    return FIELDS if version == "1.0.6" else tuple(field for field in FIELDS if field.name != LATEST_ONLY)
