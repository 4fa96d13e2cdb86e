"""Where to put things so that they serve the most: maximal covering within a budget, in one year or over several."""

from geo.kernels.siting.cover import Coverage, max_coverage
from geo.kernels.siting.years import YearRules, YearsPlan, plan_years

__all__ = ["Coverage", "YearRules", "YearsPlan", "max_coverage", "plan_years"]
