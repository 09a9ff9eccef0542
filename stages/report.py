"""Put the results of the core pipeline side by side.

Reads metrics/, plots/, predictions/ and params.yaml. Writes reports/index.html and reports/report.md.
"""

from digits import config, files, report
from digits.config import all_runs, load_params


def main() -> None:
    params = load_params()
    context = report.context(params, all_runs(params.train))
    files.write_text(config.REPORT_PAGE, report.page(context))
    files.write_text(config.REPORT_MARKDOWN, report.markdown(context))
    print(f"{len(context['results'])} models in {config.REPORT_PAGE} and {config.REPORT_MARKDOWN}")


if __name__ == "__main__":
    files.execute("report", main)
