"""One page of what all studies found, reports/studies.html. A module for each study's section, see `page.SECTIONS`."""
