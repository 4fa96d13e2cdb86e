"""The register of signs: the only primary data that the platform owns, in a GeoPackage that QGIS opens or in PostGIS.

Glossary: sign = panneau ou mât; blade = lame; line = ligne; owner = maître d'ouvrage; draft = brouillon; request =
demande; funding = financement.
"""
