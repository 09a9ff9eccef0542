"""Put what the studies found on one page.

Reads what the studies wrote to metrics/ and plots/, the core's metrics/{train,test}/, params.yaml, and the digests of
the models in DVC's lock files. Writes reports/studies.html, which also names the studies that were not run.
"""

from pathlib import Path

from digits.config.params import load_params
from digits.config.runs import all_runs, first_seed
from digits.core import artifacts, cli
from studies.report import page

PAGE = Path("reports/studies.html")


def main() -> str:
    params = load_params()
    runs = first_seed(all_runs(params.train))
    content = page.context(runs, params)
    artifacts.write_text(PAGE, page.render(content))
    not_run = f"; not run: {', '.join(content['not_run'])}" if content["not_run"] else ""
    return f"{len(content['studies'])} studies in {PAGE}{not_run}"


if __name__ == "__main__":
    cli.execute("report_studies", main)
