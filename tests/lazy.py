"""What gunicorn starts in most tests: the site of wsgi.py, without all templates compiled at once.

That takes two seconds of each start, and a test needs few of them. What is prepared for visitors is
the concern of tests of wsgi.py itself, of warming and of the templates, and of ``tests.bench``.
"""

import gc

from app import create_app, warming
from app.core import files

application = create_app()
files.prepare()
warming.prepare(application)
gc.collect()
gc.freeze()
