"""Put the results of the core pipeline side by side.

Reads metrics/, plots/, predictions/ and params.yaml. Writes reports/index.html and reports/report.md.
"""

from digits.config.params import load_params
from digits.config.runs import all_runs
from digits.core import artifacts, cli, paths
from digits.reporting import report


def main() -> str:
    params = load_params()
    context = report.context(params, all_runs(params.train))
    artifacts.write_text(paths.REPORT_PAGE, report.page(context))
    artifacts.write_text(paths.REPORT_MARKDOWN, report.markdown(context))
    return f"{len(context['results'])} models in {paths.REPORT_PAGE} and {paths.REPORT_MARKDOWN}"


if __name__ == "__main__":
    cli.execute("report", main)
