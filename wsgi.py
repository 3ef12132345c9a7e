"""What the web server starts."""

import gc
import os

from app import create_app, warming
from app.core import errors_bare, files, templates

application = app = create_app()

if "FLASK_RUN_FROM_CLI" not in os.environ:  # a server: a command needs few templates or none
    templates.prepare(app)
    files.prepare()
    errors_bare.prepare(app)
    warming.prepare(app)

# What the site is made of stays as long as the process lives: 150,000 objects that need not be
# looked through for garbage again and again. Each time, somebody waited for it.
gc.collect()
gc.freeze()
