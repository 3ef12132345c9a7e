"""The Flask extensions; ``create_app`` initialises them."""

from flask_babel import Babel
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

from app.core.cookies import FormTokens
from app.core.database import Base

# Models use our own Base; only the session per request comes from the extension.
db = SQLAlchemy(metadata=Base.metadata)
migrate = Migrate()
login_manager = LoginManager()
csrf = FormTokens()
babel = Babel()
