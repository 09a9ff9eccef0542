"""Put what the studies found on one page.

Reads what the studies wrote to metrics/ and plots/, metrics/{train,test}/ of the core, params.yaml, and the digests of
the models in the lock files of DVC. Writes reports/studies.html. A study that was not run is named as such.
"""

from digits.config.params import load_params
from digits.config.runs import all_runs, first_seed
from digits.core import artifacts, cli
from studies.report import page, paths


def main() -> str:
    params = load_params()
    runs = first_seed(all_runs(params.train))
    content = page.context(runs, params)
    artifacts.write_text(paths.PAGE, page.render(content))
    not_run = f"; not run: {', '.join(content['not_run'])}" if content["not_run"] else ""
    return f"{len(content['studies'])} studies in {paths.PAGE}{not_run}"


if __name__ == "__main__":
    cli.execute("report_studies", main)
