"""What the web server starts."""

import gc

from app import create_app

application = app = create_app()

# What the site is made of stays as long as the process lives: 150,000 objects that need not be
# looked through for garbage again and again. Each time, somebody waited for it.
gc.collect()
gc.freeze()
