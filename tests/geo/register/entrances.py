"""Three entrance signs, and what tests of copies ask of a register."""

from geo.register import signs
from geo.register.database import Register
from geo.register.health import faults
from geo.register.people import Actor
from geo.register.signs import Birth, SignForm

FORM = SignForm(x=686_000, y=7_037_000, name="Entrée")
PUBLISHED = Birth(prefix="SOU", draft=False)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50


def add(register: Register, actor: Actor, count: int = 1) -> None:
    """Record signs SOU-001, SOU-002 …."""
    with register.write(actor.name) as database:
        for _ in range(count):
            signs.create(database, actor, FORM, PUBLISHED)


def codes(register: Register, actor: Actor) -> list[str]:
    """Return the codes of a register without faults."""
    with register.read() as database:
        assert faults(database) == []
        return [one.code for one in signs.signs(database, actor)]
