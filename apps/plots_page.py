"""Write the page that `dvc plots` fills, with Vega inside: DVC's own page loads it from a CDN and stays blank offline.

Run once by `make setup`. The JavaScript comes from the package vl-convert-python; none of it is in git.
"""

import argparse
from pathlib import Path

import vl_convert

from digits.core.artifacts import write_text

PAGE = Path(".dvc/plots_page.html")  # named by plots.html_template in .dvc/config
VEGA_LITE = "5.21"  # the newest of the major version that DVC's templates are written for

TEMPLATE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>DVC plots</title>
{refresh_tag}
<link rel="icon" href="data:,">
<style>
body { margin: 1rem; background: #fff; color: #16181d; font: 16px/1.5 system-ui, sans-serif; }
body > div { display: inline-block; margin: .5rem; padding: .75rem; border: 1px solid #d9dde3; border-radius: 8px; }
img { max-width: 100%; height: auto; }
</style>
<script>VEGA</script>
</head>
<body>
{plot_divs}
</body>
</html>
"""


def main() -> None:
    vega = vl_convert.javascript_bundle(vl_version=VEGA_LITE).replace("</script", "<\\/script")
    write_text(PAGE, TEMPLATE.replace("VEGA", vega, 1))


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter).parse_args()
    main()
