"""One page of what all studies found, reports/studies.html, with one module per section; see `page.SECTIONS`."""
