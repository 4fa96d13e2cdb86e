"""What the process of one plan does: make it, write it, tell how far it is, and end with the service that asked.

It runs apart from the service so that it leaves it free and can really be stopped. Nothing heavy is loaded before it
watches over the service's end, and no part of the web at all.
"""

import json
import logging
import multiprocessing
import os
import shutil
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, NamedTuple

from geo.config import Settings
from geo.errors import GeoError, MissingDataError, ProductError, RequestError, UnknownNameError
from geo.signage.steps import Step

logger = logging.getLogger(__name__)

RESULT: Final = "plan.gpkg"
SIGNS: Final = "signs.geojson"
READ: Final = 0.1
"""Part of the work that reading the layers is; writing the files is as much. Rough estimates, as `Step.done`."""
MOST_DECIMALS: Final = 15
"""As many as pandas writes."""
ORPHANED: Final = 3
"""Exit status of a plan whose service is no more."""


class Order(NamedTuple):
    """What a process is told: the installation, years with budgets, and the choices of `geo.signage.plan.Settings`."""

    settings: Settings
    years: dict[int, float]
    choices: dict[str, Any]


Work = Callable[[Order, Path, Connection], None]
"""Writes its result to the path and tells ("step", (name, part done, detail)), at last ("summary", rows)."""


def tell(work: Work, order: Order, target: Path, teller: Connection) -> None:
    """Work in this process, and tell what data or choices have made impossible; of files of ours, in the log alone."""
    threading.Thread(target=end_with_service, args=(target.parent.parent,), daemon=True).start()
    try:
        work(order, target, teller)
    except (RequestError, UnknownNameError) as error:
        teller.send(("error", str(error)))
    except GeoError as error:  # these name files of ours
        logger.warning("%s", error)
        missing = isinstance(error, MissingDataError | ProductError)
        teller.send(("not built" if missing else "broken", ""))
    finally:
        teller.close()


def end_with_service(folder: Path) -> None:
    """End this process when the service has gone without a word (killed, out of memory), and clean up after it."""
    service = multiprocessing.parent_process()
    if service is None:
        return
    service.join()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(ORPHANED)


def make_plan(order: Order, target: Path, teller: Connection) -> None:
    """Make a plan from the layers as they were built, and write it whole: as GeoPackage, its signs as GeoJSON too."""
    from geo.raw import RawFolder  # heavy, all of these
    from geo.register.export import write_vector
    from geo.signage import plan as planner
    from geo.signage.plan_file import LAYERS, write_plan

    def told(step: Step) -> None:
        teller.send(("step", (step.name, READ + (1 - 2 * READ) * step.done, step.detail)))

    settings = order.settings
    teller.send(("step", ("layers", 0.0, "")))
    inputs = planner.load(RawFolder("signage plan", settings.raw, settings.processed, settings.territory()))
    made = planner.plan(inputs, order.years, planner.Settings(**order.choices), tell=told)
    teller.send(("step", ("files", 1 - READ, "")))
    write_plan(made, target)
    write_vector(made.signs, "geojson", target.with_name(SIGNS), layer=LAYERS[0])
    plain = made.summary.to_json(orient="records", double_precision=MOST_DECIMALS)  # neither NaN nor numpy's types
    teller.send(("summary", json.loads(plain)))
