"""Put what all stages found side by side.

Reads metrics/, plots/, params.yaml and, for the drawing of the pipeline, what DVC makes of dvc.yaml. Writes
reports/index.html and reports/report.md.
"""

from digits import artifacts, cells, command, params, paths, report


def main() -> str:
    knobs = params.load()
    context = report.context(knobs, cells.of(knobs.train))
    artifacts.write_text(paths.REPORT_PAGE, report.page(context))
    artifacts.write_text(paths.REPORT_MARKDOWN, report.markdown(context))
    return f"{len(context['results'])} models side by side in {paths.REPORT_PAGE} and {paths.REPORT_MARKDOWN}"


if __name__ == "__main__":
    command.run("report", main)
