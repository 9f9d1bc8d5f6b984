"""`scholar-etl export`."""

from __future__ import annotations

from pathlib import Path

import click

from scholar_etl.cli.bar import Bar
from scholar_etl.cli.logs import tell
from scholar_etl.fields import VIEWS
from scholar_etl.settings import Project
from scholar_etl.store import FORMS, export_views


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--format", "form", type=click.Choice(FORMS), default=FORMS[0], show_default=True, help="What to write.")
@click.pass_obj
def command(project_folder: Path, folder: Path, form: str) -> None:
    """Write every public view as files into DIR, with a manifest.json that describes them.

    DIR is made, or replaced as a whole when it is empty or an earlier export; anything else is left alone. Parquet is
    exact. CSV is for spreadsheets and the like: text that would act there is made harmless.

    \b
    Examples:
      scholar-etl export out
      scholar-etl export ~/share/metrics --format csv
      duckdb -c "from 'out/authors.parquet' order by h_index desc"
    """
    project = Project.open(project_folder)
    with Bar("export", len(VIEWS)) as bar:
        views = export_views(project.warehouse, folder, form, apart_from=[project.archive], on_view=bar.advance)
    rows = sum(view.rows for view in views)
    tell(f"{len(views)} views with {rows:,} rows written to {folder}", style="bold")
