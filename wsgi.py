"""What the web server starts."""

from app import create_app

application = app = create_app()
